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
    assert find(one)["peer"]["name"] == other["name"], find(one)
ports = {i["name"]: i["master"] for network in map["networks"] for i in network["interfaces"] if i["name"].startswith("v-")}
assert ports == {"v-web": "lan", "v-db": "lan"}, ports
END
"#,
    ),
    (
        "published_ports_are_at_the_border",
        r#"
insula net create shop
insula net connect shop host
insula net publish shop 127.0.0.1:8080-8081:80-81/tcp
insula map --format json > /run/map.json
python3 - <<'END'
import json
map = json.load(open("/run/map.json"))
(port,) = map["published"]
assert (port["address"], port["port"], port["inside_port"], port["count"]) == ("127.0.0.1", 8080, 80, 2), port
END
has "$(insula map)" 8080
has "$(insula map --format svg)" 8080
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
assert any("</script><script>x</script> bell\\u{7}\\u{1b}[2J" in title for title in titles), titles
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
    (
        "lab_is_a_room_around_its_nodes",
        r#"
cat > /run/ring.clab.yml <<'END'
name: ring
topology:
  nodes: {r1: , r2: , r3: }
  links:
    - endpoints: ["r1:eth1", "r2:eth1"]
    - endpoints: ["r2:eth2", "r3:eth2"]
    - endpoints: ["r3:eth1", "r1:eth2"]
END
insula lab up /run/ring.clab.yml
tree=$(insula map --lab ring)
has "$tree" "└─ lab ring
   ├─ r1 ("
has "$tree" "├─ eth1 → r2 eth1
"
lacks "$tree" "web"
insula map --lab ring -o /run/ring.svg
has "$(cat /run/ring.svg)" '>lab ring<'
insula lab down ring
lacks "$(insula map)" "lab ring"
has "$(fails insula map --lab ring)" "there is no lab \`ring\`"
"#,
    ),
    (
        "port_leads_to_the_process_that_listens_on_it_and_to_its_namespace",
        r#"
cat > /run/serve.py <<'END'
import socket, time
tcp = socket.create_server(("0.0.0.0", 8080))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("10.1.0.2", 5353))
open("/run/ready", "w").close()
time.sleep(999)
END
web python3 /run/serve.py &
await test -e /run/ready
inode=$(stat -c %i /run/netns/web)
said=$(insula who tcp:8080)
has "$said" "tcp 0.0.0.0:8080 in net:[$inode], of set web
"
has "$said" "python3 /run/serve.py"
insula who --json tcp:127.0.0.1:8080 udp:5353 > /run/who.json
python3 - <<'END'
import json
tcp, udp = json.load(open("/run/who.json"))
assert tcp["sockets"][0]["processes"][0]["command"].endswith("/run/serve.py"), tcp
assert udp["sockets"][0]["address"] == "10.1.0.2", udp
END
has "$(fails insula who tcp:8081)" "nothing in sight listens on tcp:8081"
has "$(fails insula who udp:10.1.0.3:5353)" "nothing in sight listens on udp:10.1.0.3:5353"
has "$(fails insula who tcp:x)" "is neither a port"
has "$(insula show web)" "tcp 0.0.0.0:8080"
has "$(insula ls -t net -o INODE,PORTS)" "$inode tcp 0.0.0.0:8080, udp 10.1.0.2:5353"
"#,
    ),
    (
        "interface_leads_to_its_namespace_and_its_other_end",
        r#"
web_inode=$(stat -c %i /run/netns/web)
said=$(insula who eth0)
has "$said" "eth0 in net:[$web_inode], of set web
  veth, up
  address 10.1.0.2/24
"
has "$said" "leads to v-web in host"
has "$said" "sleep 1000"
same "$(echo "$said" | grep -c '^eth0 in')" 2
has "$(insula who v-web)" "leads to eth0 in web
  port of lan"
has "$(insula who dev:lan)" "has the ports v-web v-db"
has "$(fails insula who nowhere)" "there is neither a set nor an interface \`nowhere\` in sight"
ip -n web link property add dev eth0 altname longer-than-the-kernel-has-it
has "$(insula who longer-than-the-kernel-has-it)" "eth0 in net:[$web_inode]"
# A set of that name comes first.
ip link add web type bridge
has "$(insula who web)" "net:[$web_inode], of set web"
has "$(insula who dev:web)" "web in net:["
"#,
    ),
    (
        "show_and_ls_know_addresses_and_other_ends",
        r#"
said=$(insula show web)
has "$said" "eth0            up 10.1.0.2/24"
has "$said" "→ v-web in host"
insula show --json web > /run/show.json
insula ls --json -t net -o INODE,INTERFACES,PEERS,PORTS > /run/ls.json
python3 - <<'END'
import json, os
inode = os.stat("/run/netns/web").st_ino
link = next(link for link in json.load(open("/run/show.json"))["links"] if link["name"] == "eth0")
assert link["addresses"][0] == "10.1.0.2/24" and link["peer"]["name"] == "v-web", link
assert link["received_bytes"] >= 0
net = next(net for net in json.load(open("/run/ls.json"))["namespaces"] if net["inode"] == inode)
assert [interface["name"] for interface in net["interfaces"]] == ["lo", "eth0"], net
assert net["peers"][0]["peer"]["name"] == "v-web" and net["ports"] == [], net
END
has "$(insula ls -t net -o INODE,PEERS)" "$(stat -c %i /run/netns/web) eth0 → v-web in host"
"#,
    ),
];
