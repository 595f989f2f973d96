//! `insula net monitor` and `diff`: what they say of real changes.

use crate::world::User::{Ordinary, Root};
use crate::world::run;

/// `watch WORD…` in the background, with its output in /run/out and /run/err; `watched` ends it.
const WATCH: &str = r#"
watch() {
    : > /run/err
    insula net monitor "$@" > /run/out 2> /run/err & watch=$!
    await grep -q watching /run/err
}
watched() { kill -INT $watch; wait $watch; }
lines() { cut -d' ' -f2- /run/out; }
# That the line comes, without the time.
comes() {
    tries=0
    until lines | grep -Fqx -- "$1"; do
        tries=$((tries + 1))
        if [ $tries -gt 500 ]; then echo "\`$1\` was not told:" >&2; cat /run/out /run/err >&2; exit 1; fi
        sleep 0.02
    done
}
"#;

pub(crate) fn changes_are_told_where_they_happen() {
    let script = r#"
insula net create web db
watch
ip -n web link add eth0 type veth peer name eth0 netns db
ip -n web link set eth0 address 02:00:00:00:00:01 mtu 1400
ip -n db link set eth0 up
ip -n web link set eth0 up
ip -n web address add 10.0.0.1/24 dev eth0
ip -n web route add 10.9.0.0/16 via 10.0.0.2 metric 5
ip -n web route replace 10.9.0.0/16 via 10.0.0.3 metric 5
ip -n web rule add from 10.9.0.0/16 lookup 77
ip -n web neigh add 10.0.0.2 lladdr 02:00:00:00:00:09 dev eth0
comes '+ web address 10.0.0.1/24 dev eth0'
comes '+ web route 10.0.0.0/24 dev eth0 src 10.0.0.1 proto kernel'
comes '+ web route 10.9.0.0/16 via 10.0.0.2 dev eth0 metric 5 proto boot'
comes '~ web route 10.9.0.0/16 via 10.0.0.2 → 10.0.0.3'
comes '+ web neighbour 10.0.0.2 dev eth0 mac 02:00:00:00:00:09 permanent'
lines | grep -q '^+ web rule inet priority 32765 from 10.9.0.0/16 lookup 77$'
lines | grep -q '^~ web interface eth0 .*mtu 1500 → 1400'
lines | grep -q '^+ db interface eth0 type veth down state down mtu 1500 mac '
# A name that is another's: all that is known is under the new one. The kernel does not tell of routes that go with a link.
ip -n web link set eth0 down
comes '- web route 10.9.0.0/16 via 10.0.0.3 dev eth0 metric 5 proto boot'
ip -n web link set eth0 name up0
comes '~ web interface eth0 name eth0 → up0'
ip -n web link delete up0
comes '- web address 10.0.0.1/24 dev up0'
lines | grep -q '^- web interface up0 type veth '
lines | grep -q '^- db interface eth0 type veth '
# Once each.
same "$(lines | grep -Fcx '+ web address 10.0.0.1/24 dev eth0')" 1
# What every network has is not told, nor what follows from addresses.
! lines | grep -Eq 'fe80|ff00|127\.0\.0\.1|10\.0\.0\.255'
grep -Eqx '[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} \+ web address 10.0.0.1/24 dev eth0' /run/out
watched
insula net rm web db
nothing_left
"#;
    run(Root, &format!("{WATCH}{script}"));
}

pub(crate) fn networks_come_and_go() {
    let script = r#"
watch
insula net create early
comes '+ early network'
comes '+ early interface lo up state unknown mtu 65536 mac 00:00:00:00:00:00 qdisc noqueue'
ip netns add late
comes '+ late network'
ip -n late link add br0 type bridge
ip netns delete late
comes '- late network'
# Another one of the same name is another one.
insula net rm early; insula net create early
await sh -c 'test "$(grep -c "+ early network" /run/out)" = 2'
insula net rm early
await sh -c 'test "$(grep -c -- "- early network" /run/out)" = 2'
watched
same "$(sed -n '$p' /run/err)" 'insula: watching 1 network'
# By name only that one; nobody else's are told of.
insula net create a b
watch --only network,address a
ip -n b address add 10.0.0.1/24 dev lo
ip -n a address add 10.0.0.2/24 dev lo
comes '+ a address 10.0.0.2/24 dev lo'
insula net rm a
comes '- a network'
same "$(lines | wc -l)" 2
# It ends when the last of those that were named is gone, and not before; another one of the name is the last one's heir.
wait $watch
same "$(cat /run/err)" "$(printf 'insula: watching 1 network\ninsula: nothing is left to watch')"
insula net create a
watch --only network --json a b
insula net rm a
await grep -q '"gone"' /run/out
kill -0 $watch
insula net create a
await grep -q '"appeared"' /run/out
insula net rm a b
wait $watch
same "$(grep -c '"gone"' /run/out)" 3
has "$(fails insula net monitor nosuch)" 'there is no set `nosuch`'
has "$(fails insula net monitor --only links)" 'there are interface, address'
nothing_left
"#;
    run(Root, &format!("{WATCH}{script}"));
}

pub(crate) fn lines_are_objects_and_names_of_strangers_harmless() {
    let script = r#"
insula net create a
watch --json a
ip -n a link add "$(printf 'x\033[2J')" type bridge
ip -n a link set "$(printf 'x\033[2J')" mtu 1400
await grep -q '"mtu":1400' /run/out
watched
python3 - <<'END'
import json, time
told = [json.loads(line) for line in open("/run/out")]
first, last = told[0], told[-1]
assert abs(first["time"] - time.time()) < 600 and first["network"] == "a", first
assert (first["event"], first["kind"], first["interface"]["type"]) == ("appeared", "interface", "bridge"), first
assert (last["event"], last["before"]["mtu"], last["interface"]["mtu"]) == ("changed", 1500, 1400), last
assert last["interface"]["name"] == "x\x1b[2J", last
END
watch a
ip -n a link delete "$(printf 'x\033[2J')"
await grep -q -F -- '- a interface x\u{1b}[2J type bridge' /run/out
watched
! grep -q "$(printf '\033')" /run/out
insula net rm a
nothing_left
"#;
    run(Root, &format!("{WATCH}{script}"));
}

pub(crate) fn without_root_own_sets_are_watched() {
    let script = r#"
insula net create a
watch a
insula enter a -- ip link add br0 type bridge
await grep -q '+ a interface br0 type bridge down' /run/out
insula enter a -- ip link delete br0
await grep -q -- '- a interface br0 type bridge' /run/out
insula net create b
insula net rm a
comes '- a network'
wait $watch
same "$(grep -c ' b ' /run/out)" 0
same "$(insula net diff a b 2>&1 | head -n1)" 'insula: there is no set `a`'
insula net rm b
nothing_left
"#;
    run(Ordinary, &format!("{WATCH}{script}").replace("/run/", "/run/user/4242/"));
}

pub(crate) fn what_a_command_changes_is_shown() {
    let script = r#"
insula net create web
same "$(insula net diff web -- true)" ""
said=$(insula net diff web -- sh -c 'echo noise; ip -n web address add 10.0.0.1/24 dev lo; ip -n web route add blackhole 10.8.0.0/16')
same "$(echo "$said" | sort)" "$(printf '%s\n' '+ address 10.0.0.1/24 dev lo' \
    '+ route blackhole 10.8.0.0/16 proto boot')"
# The command's own status, and its output beside ours.
status=0; insula net diff host -- sh -c 'echo noise; exit 7' > /run/out 2> /run/err || status=$?
same $status 7
same "$(cat /run/out)" ""
same "$(cat /run/err)" noise
status=0; insula net diff host -- /nowhere/command 2> /run/err || status=$?
same $status 127
insula net diff --json host -- ip link add br0 type bridge > /run/out
python3 -c '
import json
[told] = json.load(open("/run/out"))
assert (told["event"], told["interface"]["name"], told["interface"]["up"]) == ("appeared", "br0", False), told'
insula net rm web
nothing_left
"#;
    run(Root, script);
}

pub(crate) fn networks_are_compared_with_each_other_and_with_what_was() {
    let script = r#"
differs() { status=0; insula net diff "$@" > /run/out || status=$?; same $status 1; }
insula net create a b
insula net connect a host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24 > /dev/null
insula net connect b host --addr 172.16.1.2/24 --peer-addr 172.16.1.1/24 > /dev/null
insula net show a --json > /run/before.json
insula net diff /run/before.json a
insula net show a --json | insula net diff - a
differs a b
has "$(cat /run/out)" '- address 172.16.0.2/24 dev host'
has "$(cat /run/out)" '+ address 172.16.1.2/24 dev host'
has "$(cat /run/out)" '~ route 0.0.0.0/0 via 172.16.0.1 → 172.16.1.1'
# Each interface has a link-layer address of its own, which is no difference.
same "$(grep -c mac /run/out || true)" 0
ip -n a link set host mtu 1400 address 02:00:00:00:00:01
differs /run/before.json a
grep -Eqx '~ interface host mac [0-9a-f:]+ → 02:00:00:00:00:01 mtu 1500 → 1400|~ interface host mtu 1500 → 1400 mac [0-9a-f:]+ → 02:00:00:00:00:01' /run/out
same "$(wc -l < /run/out)" 1
echo '{}' > /run/bad.json
status=0; said=$(insula net diff /run/bad.json a 2>&1) || status=$?
same $status 2; has "$said" 'insula net show SET --json'
status=0; said=$(insula net diff a 2>&1) || status=$?
same $status 2; has "$said" 'expected two networks'
insula net rm a b
nothing_left
"#;
    run(Root, script);
}
