//! `insula net capture`: what it says of real packets.

use crate::world::User::{Ordinary, Root};
use crate::world::run;

/// `capture WORD…` in the background, with its output in /run/out and /run/err; `captured` ends it.
const CAPTURE: &str = r#"
capture() {
    : > /run/err
    insula net capture "$@" > /run/out 2> /run/err & capture=$!
    await grep -q capturing /run/err
}
captured() { kill -INT $capture; wait $capture; }
# The packets of a recording, each by its interface, bytes that are kept, bytes that it had, and time; or what is wrong with it.
pcapng() {
    python3 - "$1" <<'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
assert struct.unpack_from("=II", data, 4)[1] == 0x1a2b3c4d
first, names, resolutions = True, [], []
while data:
    kind, length = struct.unpack_from("=II", data)
    assert length % 4 == 0 and struct.unpack_from("=I", data, length - 4)[0] == length
    assert first == (kind == 0x0a0d0d0a), kind
    first, body = False, data[8:length - 4]
    if kind == 1:
        at, options = 8, {}
        while at < len(body):
            number, size = struct.unpack_from("=HH", body, at)
            options[number] = body[at + 4:at + 4 + size]
            at += 4 + (size + 3) // 4 * 4
        names.append(options[2].decode())
        resolutions.append(options.get(9, bytes([6]))[0])
    elif kind == 6:
        interface, high, low, kept, whole = struct.unpack_from("=IIIII", body)
        assert len(body) >= 20 + kept
        print(names[interface], kept, whole, (high << 32 | low) / 10 ** resolutions[interface])
    data = data[length:]
assert len(names) == len(set(names)), names
END
}
# That the line is in /run/out, without the time.
seen() { cut -d' ' -f2- /run/out | grep -Fqx -- "$1" || { echo "\`$1\` was not seen:" >&2; cat /run/out >&2; exit 1; }; }
"#;

pub(crate) fn packets_of_several_networks_are_seen_where_they_leave_and_come_in() {
    let script = r#"
insula net create a b
insula net connect a b --addr 10.0.0.1/24 --peer-addr 10.0.0.2/24 > /dev/null
capture a b
ip netns exec a ping -c1 -W5 10.0.0.2 > /dev/null
# An interface that comes later.
insula net connect a host --name late --addr 10.1.0.2/24 --peer-addr 10.1.0.1/24 > /dev/null
ip netns exec a ping -c1 -W5 10.1.0.1 > /dev/null
captured
seen 'a/b out 10.0.0.1 > 10.0.0.2 echo request'
seen 'b/a in 10.0.0.1 > 10.0.0.2 echo request'
seen 'b/a out 10.0.0.2 > 10.0.0.1 echo reply'
seen 'a/b in 10.0.0.2 > 10.0.0.1 echo reply'
seen 'a/late out 10.1.0.2 > 10.1.0.1 echo request'
grep -Eqx '[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} a/b out .*' /run/out
same "$(tail -n1 /run/err)" "insula: $(wc -l < /run/out) packets, 0 lost"
insula net rm a b
nothing_left
"#;
    run(Root, &format!("{CAPTURE}{script}"));
}

pub(crate) fn recording_is_pcapng_with_the_names_of_all_interfaces() {
    let script = r#"
insula net create a b
insula net connect a b --addr 10.0.0.1/24 --peer-addr 10.0.0.2/24 > /dev/null
capture -w /run/file --snaplen 50 --count 8 a b
ip netns exec a ping -c2 -i0.2 -W5 10.0.0.2 > /dev/null
ip netns exec a ping -c2 -i0.2 -W5 10.0.0.2 > /dev/null
wait $capture
same "$(tail -n1 /run/err)" 'insula: 8 packets, 0 lost'
pcapng /run/file > /run/packets
same "$(cut -d' ' -f1 /run/packets | sort | uniq -c | tr -s ' ' | tr '\n' ,)" ' 4 a/b, 4 b/a,'
awk '$2 > 50 || $2 > $3 { exit 1 }' /run/packets
grep -q ' 50 98 ' /run/packets
has "$(fails insula net capture -w /nowhere/file a)" 'cannot write `/nowhere/file`'
has "$(fails insula net capture c)" 'there is no set `c`'
capture --interface lo a b
ip netns exec a ping -c1 -W5 10.0.0.2 > /dev/null
ip netns exec b ping -c1 -W5 127.0.0.1 > /dev/null
captured
seen 'b/lo out 127.0.0.1 > 127.0.0.1 echo request'
fails grep -q a/b /run/out
insula net rm a b
nothing_left
"#;
    run(Root, &format!("{CAPTURE}{script}"));
}

pub(crate) fn lab_stands_for_its_nodes() {
    let script = r#"
cat > /run/pair.yml <<'END'
name: pair
topology:
  nodes:
    one: { kind: linux }
    two: { kind: linux }
  links:
    - endpoints: [{ node: one, interface: eth1, addr: 10.0.0.1/24 }, { node: two, interface: eth1, addr: 10.0.0.2/24 }]
END
insula lab up /run/pair.yml > /dev/null
capture pair
insula lab exec pair one -- ping -c1 -W5 10.0.0.2 > /dev/null
captured
grep -q 'one/eth1 out 10.0.0.1 > 10.0.0.2 echo request' /run/out
grep -q 'two/eth1 in 10.0.0.1 > 10.0.0.2 echo request' /run/out
# What is removed is let go: it ends with the last of them, and what passed before is told.
capture -w /run/file pair
insula lab exec pair two -- ping -c1 -W5 10.0.0.1 > /dev/null
insula lab down pair > /dev/null
wait $capture
has "$(cat /run/err)" 'insula: nothing is left to capture'
pcapng /run/file > /run/packets
same "$(tail -n1 /run/err)" "insula: $(wc -l < /run/packets) packets, 0 lost"
# An echo request and its reply, each where it leaves and where it comes in, within a minute of now.
for interface in pair-one/eth1 pair-two/eth1; do [ "$(grep -c "^$interface 98 98 " /run/packets)" = 2 ]; done
awk -v now="$(date +%s)" '$4 < now - 60 || $4 > now + 1 { exit 1 }' /run/packets
insula net create a b
insula net connect a b --addr 10.0.0.1/24 --peer-addr 10.0.0.2/24 > /dev/null
capture a b
insula net rm a
none() { ! ip -n b link show a 2> /dev/null; }
await none
kill -0 $capture
insula net rm b
wait $capture
nothing_left
"#;
    run(Root, &format!("{CAPTURE}{script}"));
}

pub(crate) fn without_root_own_sets_are_seen() {
    let script = r#"
insula net create a
capture a
insula enter a -- ping -c1 -W5 127.0.0.1 > /dev/null
captured
seen 'a/lo in 127.0.0.1 > 127.0.0.1 echo reply'
has "$(fails insula net capture host)" 'CAP_NET_RAW'
insula net rm a
nothing_left
"#;
    run(Ordinary, &format!("{CAPTURE}{script}").replace("/run/", "/run/user/4242/"));
}
