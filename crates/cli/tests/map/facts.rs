//! What holds of `insula map`, and the scripts that show it.

pub(crate) const FACTS: &[(&str, &str)] = &[
    (
        "tree_has_bridge_ports_and_the_interfaces_at_their_other_ends",
        r#"
tree=$(insula map)
has "$tree" "this machine
"
has "$tree" "├─ lan (bridge) 10.1.0.1/24
"
has "$tree" "├─ v-web → web eth0
"
has "$tree" "└─ web (net)
   ├─ eth0 10.1.0.2/24 → host v-web
   └─ "
has "$tree" "sleep 1000"
has "$tree" "├─ db (net)
"
lacks "$tree" "127.0.0.1"
"#,
    ),
    (
        "rooms_are_nested_as_the_namespaces_are",
        r#"
unshare --user --map-root-user --pid --fork --net --kill-child sh -c 'sleep 999; true' &
await pgrep -fx 'sleep 999' > /run/pid
insula map --format json > /run/map.json
python3 - <<'END'
import json, os
map = json.load(open("/run/map.json"))
assert map["version"] == 1
rooms = map["rooms"]
inner = next(room for room in rooms if any(p["command"] == "sleep 999" for p in room["processes"]))
assert "pid" in [ns["kind"] for ns in inner["namespaces"]], inner
outer = rooms[inner["parent"]]
assert {"user", "net"} <= {ns["kind"] for ns in outer["namespaces"]}, outer
pid = outer["processes"][0]["pid"]
net = next(ns for ns in outer["namespaces"] if ns["kind"] == "net")
assert os.readlink(f"/proc/{pid}/ns/net") == f"net:[{net['inode']}]"
assert rooms[outer["parent"]]["kind"] == "machine"
# Each line leads to interfaces that say the same of each other.
assert len(map["lines"]) == 2
for line in map["lines"]:
    (one, other) = line["ends"]
    find = lambda end: next(i for i in map["networks"][end["network"]]["interfaces"] if i["index"] == end["index"])
    assert find(one)["peer"]["index"] == other["index"] and find(other)["peer"]["index"] == one["index"]
END
"#,
    ),
    (
        "names_of_processes_and_interfaces_are_only_text",
        r#"
ip link add '"><b>&'"'" type bridge
sh -c 'echo > /run/ready; sleep 998; true' '</script><script>x</script>' "$(printf 'bell\a\033[2J')" &
await test -e /run/ready
for format in svg html; do insula map -f $format -o /run/map.$format; done
python3 - <<'END'
import xml.dom.minidom
picture = xml.dom.minidom.parse("/run/map.svg")
words = lambda node: "".join(child.data for child in node.childNodes if child.nodeType == child.TEXT_NODE)
texts = [words(text) for text in picture.getElementsByTagName("text")]
assert "\"><b>&'" in texts, texts
titles = [words(title) for title in picture.getElementsByTagName("title")]
assert any("</script><script>x</script> bell\\x07\\x1b[2J" in title for title in titles), titles
page = open("/run/map.html").read()
assert page.count("<script") == 1 and page.count("</script") == 1
END
lacks "$(insula map)" "$(printf '\033')"
"#,
    ),
    (
        "targets_leave_their_rooms_and_what_lines_lead_to",
        r#"
insula map web > /run/by-name
has "$(cat /run/by-name)" "eth0 10.1.0.2/24 → host v-web"
lacks "$(cat /run/by-name)" "db (net)"
insula map /run/netns/web > /run/by-file
insula map net:$(stat -c %i /run/netns/web) > /run/by-number
web() { grep -A 9 '^└─ web' "$1"; }
same "$(web /run/by-file)" "$(web /run/by-name)"
same "$(web /run/by-number)" "$(web /run/by-name)"
has "$(fails insula map nowhere)" "there is no set \`nowhere\`"
"#,
    ),
    (
        "same_state_gives_the_same_bytes",
        r#"
# Without lines, so that the command itself is not in the picture.
ip netns add alone
nsenter --net=/run/netns/alone sleep 997 &
await pgrep -fx 'sleep 997' > /run/pid
for format in svg html dot json text; do
    insula map alone -f $format > /run/one
    insula map alone -f $format > /run/two
    cmp /run/one /run/two
    has "$(cat /run/one)" "sleep 997"
done
insula map web db -o /run/map.dot
case $(head -1 /run/map.dot) in graph*) ;; *) exit 1 ;; esac
"#,
    ),
    (
        "file_is_written_again_when_something_changes",
        r#"
insula map --watch=0.1 -o /run/map.txt &
watch=$!
await grep -q 'v-web' /run/map.txt
ip netns exec web ip link set eth0 name renamed
await grep -q 'v-web → web renamed' /run/map.txt
kill -INT $watch
wait $watch
same "$(ls -a /run | grep map)" map.txt
has "$(fails insula map --watch --format svg)" "a picture that is drawn again needs a file"
"#,
    ),
];
