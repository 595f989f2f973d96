//! `insula net limit`, read back with `tc`, and by what passes in how much time.

use crate::world::User::{Ordinary, Root};
use crate::world::run;

/// `sent FROM TO ADDRESS BYTES`: how many microseconds it takes from namespace FROM to TO, `-` for our own.
const SENT: &str = r#"
sent() {
    python3 - "$@" <<'END'
import ctypes, os, socket, sys, time
source, target, address, size = *sys.argv[1:4], int(sys.argv[4])
own = os.open("/proc/self/ns/net", os.O_RDONLY)
def enter(name):
    net = own if name == "-" else os.open(f"/run/netns/{name}", os.O_RDONLY)
    assert ctypes.CDLL(None).setns(net, 0x40000000) == 0
enter(target)
listener = socket.create_server((address, 7000))
enter(source)
sender = socket.create_connection((address, 7000))
receiver, _ = listener.accept()
since = time.monotonic()
if os.fork() == 0:
    sender.sendall(bytes(size))
    os._exit(0)
while size > 0:
    size -= len(receiver.recv(65536))
os.wait()
print(int((time.monotonic() - since) * 1e6))
END
}
# That the second takes several times as long as the first, and no less than 500,000 bytes at 2 Mbit/s do, but for the burst.
slower() {
    if [ "$2" -lt $(($1 * 4)) ] || [ "$2" -lt 1600000 ]; then echo "$1 us at full speed, $2 us limited" >&2; exit 1; fi
}
"#;

#[test]
fn rate_is_what_passes_each_way() {
    let script = r#"
insula net create web
insula net connect web host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24
out=$(sent web - 172.16.0.1 500000)
in=$(sent - web 172.16.0.2 500000)
said=$(insula net limit web --rate 2mbit)
same "$said" "$(printf 'web\thost\tout\trate 2Mbit\nweb\thost\tin\trate 2Mbit')"
has "$(tc -n web qdisc show dev host)" 'qdisc tbf 4953: root'
has "$(tc qdisc show dev web)" 'qdisc tbf 4953: root'
slower "$out" "$(sent web - 172.16.0.1 500000)"
slower "$in" "$(sent - web 172.16.0.2 500000)"
same "$(insula net limit web)" "$said"
has "$(insula net show web)" "$said"
has "$(insula net limit web --rate 2mbit 2>&1)" '`web` is limited like this already'
insula net limit web --rate 3mbit --in > /dev/null
has "$(tc qdisc show dev web)" 'qdisc tbf 4954: root '
has "$(tc qdisc show dev web)" ' rate 3Mbit '
has "$(insula net limit web --json --in)" '"rate": 3000000'
insula net limit web --none
same "$(insula net limit web)" ""
has "$(insula net limit web --none 2>&1)" '`web` has no limit'
fails sh -c '{ tc -n web qdisc show; tc qdisc show; } | grep -q tbf' > /dev/null
insula net rm web
nothing_left
"#;
    run(Root, &format!("{SENT}{script}"));
}

#[test]
fn what_comes_from_strangers_is_limited_behind_an_ifb() {
    let script = r#"
insula net create web
ip link add eth0 type veth peer name far netns web
ip address add 10.0.0.1/24 dev eth0
ip link set eth0 up
ip -n web address add 10.0.0.2/24 dev far
ip -n web link set far up
has "$(fails insula net limit web --rate 2mbit)" 'has no interface that Insula made'
has "$(fails insula net limit web --link nowhere --rate 2mbit)" '`web` has no interface `nowhere`'
full=$(sent - web 10.0.0.2 500000)
same "$(insula net limit web --link far --in --rate 2mbit)" "$(printf 'web\tfar\tin\trate 2Mbit')"
has "$(ip -n web link show far-in)" 'insula:shaper='
slower "$full" "$(sent - web 10.0.0.2 500000)"
ip netns exec web ping -c1 -W5 10.0.0.1 > /dev/null
has "$(insula net limit web --link far --in --rate 2mbit 2>&1)" already
insula net limit web --link far --in --rate 4mbit > /dev/null
has "$(tc -n web qdisc show dev far-in)" 'rate 4Mbit'
insula net gc
has "$(insula net show web)" 'rate 4Mbit'
insula net limit web --link far --none
fails ip -n web link show far-in > /dev/null
has "$(tc -n web qdisc show dev far)" 'qdisc noqueue 0: root'
ip netns exec web ping -c1 -W5 10.0.0.1 > /dev/null
# Without the interface it is garbage.
insula net limit web --link far --in --rate 2mbit > /dev/null
ip link delete eth0
has "$(insula net gc)" 'far-in in `web`'
fails ip -n web link show far-in > /dev/null
insula net rm web
nothing_left
"#;
    run(Root, &format!("{SENT}{script}"));
}

#[test]
fn queueing_disciplines_of_others_stay() {
    run(
        Root,
        r#"
insula net create web
insula net connect web host
all() { { tc qdisc show; tc -n web qdisc show; } | sed 's/ refcnt [0-9]*//'; ip -n web -o link | cut -d' ' -f 2-4; }
tc qdisc add dev web root tbf rate 1mbit burst 70kb latency 50ms
before=$(all)
has "$(fails insula net limit web --rate 2mbit)" 'the interface `web` in the host has a queueing discipline `tbf` that Insula did not put'
same "$(all)" "$before"
has "$(insula net limit web --none 2>&1)" 'no limit'
insula net limit web --out --rate 2mbit > /dev/null
insula net limit web --none
same "$(all)" "$before"
tc qdisc del dev web root
ip -n web tuntap add eth1 mode tap
tc -n web qdisc add dev eth1 clsact
before=$(all)
has "$(fails insula net limit web --link eth1 --rate 2mbit)" 'tc -n web qdisc del dev eth1 clsact'
same "$(all)" "$before"
insula net rm web
nothing_left
"#,
    );
}

#[test]
fn failure_restores_what_was_there() {
    run(
        Root,
        r#"
insula net create web
insula net connect web host
ip -n web tuntap add eth1 mode tap
insula net limit web --rate 2mbit > /dev/null
all() { { tc qdisc show; tc -n web qdisc show; } | sed 's/ refcnt [0-9]*//'; ip -n web -o link | cut -d' ' -f 2-4; }
before=$(all)
# Not every kernel has netem.
if insula net limit web --delay 40ms > /dev/null 2> /run/said; then
    has "$(tc qdisc show dev web)" 'delay 40ms'
else
    has "$(cat /run/said)" 'this kernel has no `netem`'
    has "$(cat /run/said)" 'cause: the kernel was built without CONFIG_NET_SCH_NETEM'
    same "$(all)" "$before"
    fails insula net limit web --link eth1 --in --delay 40ms > /dev/null
    same "$(all)" "$before"
fi
has "$(fails insula net limit web --jitter 4ms)" 'need a `--delay`'
has "$(fails insula net limit web --loss 101%)" 'no probability'
has "$(fails insula net limit web --delay 0ms)" 'limits nothing'
has "$(fails insula net limit host --loss 1%)" 'expected a set'
insula net rm web
nothing_left
"#,
    );
}

#[test]
fn without_root_the_other_end_in_another_set_is_limited() {
    run(
        Ordinary,
        r#"
insula net create a
insula net create b --beside a
insula net connect a b --addr 10.0.0.1/24 --peer-addr 10.0.0.2/24
insula net limit a --rate 2mbit > /dev/null
same "$(insula net limit b)" "$(printf 'b\ta\tout\trate 2Mbit\nb\ta\tin\trate 2Mbit')"
has "$(insula enter b -- tc qdisc show dev a)" 'tbf 4953: root'
insula enter a -- ping -c1 -W5 10.0.0.2 > /dev/null
insula net limit b --none
same "$(insula net limit a)" ""
insula net rm b a
nothing_left
"#,
    );
}
