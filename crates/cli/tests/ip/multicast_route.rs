//! Facts about `ip mroute`, where a multicast router says what goes where.

use crate::fact::{Fact, shows};

/// A router with an IPv4 and an IPv6 side, which waits for the end of its input.
const ROUTER: &str = r#"
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip link set lo up
ip address add 10.0.0.1/24 dev v0
cat >router.py <<'END'
import socket, struct, time
inet = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
inet.setsockopt(0, 200, 1)
for number, name in enumerate(["v0", "v1", "lo"]):
    inet.setsockopt(0, 202, struct.pack("HBBIi4s", number, 8, 1, 0, socket.if_nametoindex(name), bytes(4)))
def route(source, group, incoming, limits):
    ttls = bytearray(32)
    for number, limit in limits.items():
        ttls[number] = limit
    ends = socket.inet_aton(source) + socket.inet_aton(group)
    inet.setsockopt(0, 204, ends + struct.pack("H", incoming) + bytes(ttls) + bytes(2) + struct.pack("IIIi", 0, 0, 0, 0))
route("10.0.0.5", "239.1.1.1", 0, {1: 1, 2: 5})
route("10.0.0.6", "239.1.1.2", 1, {0: 1})
route("10.0.0.7", "239.1.1.3", 1, {})
inet6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
inet6.setsockopt(41, 200, 1)
for number, name in enumerate(["v0", "v1"]):
    inet6.setsockopt(41, 202, struct.pack("HBBHI", number, 0, 1, socket.if_nametoindex(name), 0))
end = lambda address: struct.pack("HHI", 10, 0, 0) + socket.inet_pton(socket.AF_INET6, address) + bytes(4)
inet6.setsockopt(41, 204, end("fd00::5") + end("ff05::7") + bytes(4) + struct.pack("8I", 2, 0, 0, 0, 0, 0, 0, 0))
print("ready", flush=True)
time.sleep(5)
END
python3 router.py >ready &
until grep -q ready ready; do sleep 0.05; done"#;

const PYTHON: (&str, &str) = (
    "python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 2); s.setsockopt(0, 200, 1)'",
    "this kernel routes no multicast, or python3 is missing",
);

pub(crate) const FACTS: &[Fact] = &[
    shows("routes_are_listed", ROUTER, "ip mroute; ip -4 mroute list; ip -6 mroute; ip -c mroute; ip mroute show iif v1; ip mroute show table all; ip mroute show table default").needs(PYTHON.0, PYTHON.1),
    shows("routes_in_json", ROUTER, "ip -j mroute; ip -j -p mroute show iif v0; ip -6 -j mroute").needs(PYTHON.0, PYTHON.1),
    shows("counters_of_routes", ROUTER, "(ip -s mroute; ip -o -s mroute) | sed -E 's/Age [0-9.]+/Age/'; ip -j -s mroute | sed -E 's/\"expires\":[0-9.]+//g'").needs(PYTHON.0, PYTHON.1),
    shows("no_routes", "", "ip mroute; ip -j mroute; ip mroute show table all; echo $?"),
    shows("unknown_table", "", "ip mroute show table foo"),
    shows("missing_table", "", "ip mroute show table 7"),
    shows("prefixes_are_not_understood", "", "ip mroute show to 239.1.1.1"),
    shows("unknown_link", "", "ip mroute show iif foo"),
    shows("unknown_verb", "", "ip mroute foo"),
];
