//! `insula net publish`: who reaches what, by real traffic, with a network namespace as the host and one beyond it.

use crate::city::run;
use crate::world::User::Root;

#[test]
fn published_port_is_reached_from_everywhere() {
    run(
        Root,
        r#"
insula net create web near far
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net bridge other --addr 10.2.0.1/24 --addr fd00:1:2::1/64 --nat
insula net attach web lan
insula net attach near lan
insula net attach far other
answer web web :: 80
same "$(insula net publish web 8080:80 8080:80/udp)" "$(printf 'web\t8080:80/tcp\t10.1.0.2 fd00:1:1::2\nweb\t8080:80/udp\t10.1.0.2 fd00:1:1::2')"
has "$(insula net publish web 8080:80 2>&1)" 'is published for `web` already'
for kind in tcp udp; do
    reaches outside $kind 192.0.2.1 8080 'web 80 192.0.2.2'
    reaches outside $kind fd00:9::1 8080 'web 80 fd00:9::2'
    reaches host $kind 127.0.0.1 8080 'web 80 10.1.0.1'
    reaches host $kind 192.0.2.1 8080 'web 80 10.1.0.1'
    reaches host $kind fd00:9::1 8080 'web 80 fd00:1:1::1'
    reaches far $kind 10.2.0.1 8080 'web 80 10.2.0.2'
    reaches far $kind fd00:9::1 8080 'web 80 fd00:1:2::2'
done
# A neighbour on the bridge, where the packet filter sees what is bridged (as Docker wants it), and where it does not.
bridged() {
    for file in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do
        if [ -e "$file" ]; then echo "$1" > "$file"; fi
    done
}
bridged 0
for kind in tcp udp; do
    reaches near $kind 10.1.0.1 8080 'web 80 10.1.0.1'
    reaches near $kind 192.0.2.1 8080 'web 80 10.1.0.1'
    reaches near $kind fd00:1:1::1 8080 'web 80 fd00:1:1::1'
    # And the set itself.
    reaches web $kind 10.1.0.1 8080 'web 80 10.1.0.1'
done
bridged 1
for kind in tcp udp; do
    has "$(at near python3 "${before%/*}/ask.py" $kind 10.1.0.1 8080 20)" 'web 80 10.1.0.'
    has "$(at near python3 "${before%/*}/ask.py" $kind fd00:1:1::1 8080 20)" 'web 80 fd00:1:1::'
done
misses outside 10.1.0.2 80
misses outside 10.1.0.2 8080
misses outside fd00:1:1::2 80
misses host ::1 8080
same "$(insula net unpublish web)" "$(printf 'web\t8080:80/tcp\nweb\t8080:80/udp')"
misses outside 192.0.2.1 8080
misses outside fd00:9::1 8080
misses host 127.0.0.1 8080
# All addresses of one family are none of the other's.
insula net publish web 0.0.0.0:8080:80 '[::]:8081:80'
reaches outside tcp 192.0.2.1 8080 'web 80 192.0.2.2'
reaches host tcp 127.0.0.1 8080 'web 80 10.1.0.1'
misses outside fd00:9::1 8080
reaches outside tcp fd00:9::1 8081 'web 80 fd00:9::2'
misses outside 192.0.2.1 8081
misses host 127.0.0.1 8081
has "$(insula who tcp:8081)" web
insula net unpublish web
end
insula net rm --force web near far lan other
no_rules
nothing_left
"#,
    );
}

#[test]
fn connections_end_with_what_they_go_through() {
    run(
        Root,
        r#"
cat > /run/echo.py <<'END'
import socket, threading
def tcp(port):
    listener = socket.create_server(('::', port), family=socket.AF_INET6, dualstack_ipv6=True)
    while True: threading.Thread(target=echo, args=listener.accept()).start()
def echo(peer, _):
    while word := peer.recv(100): peer.sendall(word)
def udp(port):
    own = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    own.bind(('::', port))
    open('/run/echoes', 'w').close()
    while True:
        word, peer = own.recvfrom(100)
        own.sendto(word, peer)
for port in 80, 81: threading.Thread(target=tcp, args=[port]).start()
udp(80)
END
# talk NAME KIND ADDRESS PORT: says twice whether it is answered: at once, and when it is told to.
cat > /run/talk.py <<'END'
import os, socket, sys, time
name, kind, address, port = sys.argv[1:]
peer = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM)
peer.settimeout(20)
peer.connect((address, int(port)))
def ask():
    try:
        peer.send(b'?')
        return 'answered' if peer.recv(100) else 'ended'
    except OSError: return 'nothing'
first = ask()
open('/run/talks-' + name, 'w').close()
while not os.path.exists('/run/go'): time.sleep(0.02)
peer.settimeout(3)
second = ask()
# One write, whole even where Python is told not to buffer: eight of these share a file.
os.write(1, f'{name} {first} {second}\n'.encode())
END
insula net create web
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net attach web lan
at web python3 /run/echo.py & echo=$!
await test -e /run/echoes
insula net publish web 8080:80 8080:80/udp 8081-8082:80-81 127.0.0.1:9000:80
# Somebody else's rule to the same port.
nft add table ip other
nft 'add chain ip other prerouting { type nat hook prerouting priority dstnat; }'
nft add rule ip other prerouting tcp dport 7070 dnat to 10.1.0.2:80
talk() { site=$1; shift; at "$site" python3 /run/talk.py "$@" >> /run/said & talks="${talks:-} $!"; await test -e "/run/talks-$1"; }
talk outside tcp4 tcp 192.0.2.1 8080
talk outside tcp6 tcp fd00:9::1 8080
talk outside udp4 udp 192.0.2.1 8080
talk outside other-port tcp 192.0.2.1 8082
talk outside other-rule tcp 192.0.2.1 7070
talk host local tcp 127.0.0.1 8080
talk host other-address tcp 127.0.0.1 9000
talk host direct tcp 10.1.0.2 80
insula net unpublish web 8080:80 8080:80/udp > /run/gone
touch /run/go
wait $talks
same "$(sort /run/said)" "$(sort <<'END'
tcp4 answered nothing
tcp6 answered nothing
udp4 answered nothing
local answered nothing
other-port answered answered
other-rule answered answered
other-address answered answered
direct answered answered
END
)"
same "$(cat /run/gone)" "$(printf 'web\t8080:80/tcp\nweb\t8080:80/udp')"
kill $echo
nft delete table ip other
end
insula net rm --force web lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn what_is_published_at_the_loopback_is_for_the_host_alone() {
    run(
        Root,
        r#"
insula net create web near
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net attach web lan
insula net attach near lan
answer web web :: 80
answer host secret 127.0.0.1 7000
insula net publish web 127.0.0.1:8080:80/tcp 127.0.0.2:8080:80/udp
same "$(forwarding)" '0 0 '
same "$(cat /proc/sys/net/ipv4/conf/lan/route_localnet)" 1
same "$(cat /proc/sys/net/ipv4/conf/all/route_localnet /proc/sys/net/ipv4/conf/eth0/route_localnet | tr '\n' ' ')" '0 0 '
reaches host tcp 127.0.0.1 8080 'web 80 10.1.0.1'
reaches host udp 127.0.0.2 8080 'web 80 10.1.0.1'
reaches host tcp 127.0.0.1 7000 'secret 7000 127.0.0.1'
for site in outside near; do
    # Whoever wants can send there: with no address of its own on the loopback, what is for 127.0.0.0/8 goes to the host.
    ip -n $site address flush dev lo
    ip netns exec $site sh -c 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet'
done
ip -n outside route add 127.0.0.0/8 via 192.0.2.1
ip -n near route add 127.0.0.0/8 via 10.1.0.1
misses outside 192.0.2.1 8080
misses outside 127.0.0.1 8080
misses outside 127.0.0.1 7000
misses near 10.1.0.1 8080
misses near 127.0.0.1 8080
# The setting is what the wall is needed for.
misses near 127.0.0.1 7000
nft flush chain inet insula walls
reaches near tcp 127.0.0.1 7000 'secret 7000 10.1.0.3'
insula net unpublish web
same "$(cat /proc/sys/net/ipv4/conf/lan/route_localnet)" 0
misses near 127.0.0.1 7000
end
insula net rm --force web near lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn loopback_of_version_six_is_published_too_and_nobody_else_gets_there() {
    run(
        Root,
        r#"
insula net create web near
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net attach web lan
insula net attach near lan
answer web web :: 80 81
answer host secret ::1 7000
ways() { ip -6 route show table local ::1/128 | grep -vE 'dev (lo|eth0) ' || true; }
seen=/proc/sys/net/bridge/bridge-nf-call-ip6tables
if [ -e $seen ]; then
    echo 1 > $seen
    said=$(fails insula net publish web '[::1]:8080:80')
    has "$said" 'what the bridge `lan` brings would not get to ::1'
    has "$said" 'bridge-nf-call-ip6tables = 1'
    same "$(insula net ls | grep -c 8080)" 0
    echo 0 > $seen
fi
# What is published everywhere is not there.
insula net publish web 8080:80/tcp
misses host ::1 8080
same "$(ways)" ''
insula net unpublish web
insula net publish web '[::1]:8080:80/tcp' '[::1]:8080:80/udp' '[::1]:8081:81/tcp'
has "$(ways)" 'local ::1 dev lan metric '
reaches host tcp ::1 8080 'web 80 fd00:1:1::1'
reaches host udp ::1 8080 'web 80 fd00:1:1::1'
reaches host tcp ::1 8081 'web 81 fd00:1:1::1'
reaches host tcp ::1 7000 'secret 7000 ::1'
misses host 127.0.0.1 8080
misses host fd00:1:1::1 8080
misses outside fd00:9::1 8080
# With a way for answers, what a network sends to ::1 itself still does not get there.
ip -n near address flush dev lo
ip -n near -6 route add ::1/128 via fd00:1:1::1
misses near ::1 7000
misses near ::1 8080
insula net unpublish web '[::1]:8080:80/tcp'
has "$(ways)" 'dev lan'
reaches host tcp ::1 8081 'web 81 fd00:1:1::1'
# A process of the host is not taken from, and a stranger's route stays.
has "$(fails insula net publish web '[::1]:7000:80')" 'listen'
ip -6 route add local ::1 dev eth0 table local metric 9999 proto static
insula net unpublish web
same "$(ways)" ''
has "$(ip -6 route show table local ::1/128)" '::1 dev eth0'
misses host ::1 8081
ip -6 route del local ::1 dev eth0 table local metric 9999
# By a pair it needs nothing else; and it goes with its set.
insula net create alone
insula net connect alone host --addr fd00:1:3::2/64 --peer-addr fd00:1:3::1/64
answer alone alone :: 80
[ ! -e $seen ] || echo 1 > $seen
insula net publish alone '[::1]:8080:80/tcp'
reaches host tcp ::1 8080 'alone 80 fd00:1:3::1'
[ ! -e $seen ] || echo 0 > $seen
insula net publish web '[::1]:8082:80/tcp'
same "$(ways | wc -l)" 2
reaches host tcp ::1 8082 'web 80 fd00:1:1::1'
reaches host tcp ::1 8080 'alone 80 fd00:1:3::1'
insula net unpublish alone
has "$(ways)" 'dev lan'
end
insula net rm --force web
insula gc > /dev/null
same "$(ways)" ''
insula net rm --force near alone lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn one_address_and_a_connection_to_the_host_are_enough() {
    run(
        Root,
        r#"
insula net create web
insula net connect web host --addr 10.1.0.2/24 --peer-addr 10.1.0.1/24 --addr fd00:1:1::2/64 --peer-addr fd00:1:1::1/64
answer web web :: 80 81 82 90
ip address add 198.51.100.1/32 dev eth0
ip -n outside route add 198.51.100.1/32 via 192.0.2.1
insula net publish web 192.0.2.1:8080-8082:80-82 '[fd00:9::1]:90:90'
same "$(forwarding)" '1 1 '
reaches outside tcp 192.0.2.1 8080 'web 80 192.0.2.2'
reaches outside tcp 192.0.2.1 8082 'web 82 192.0.2.2'
reaches host tcp 192.0.2.1 8081 'web 81 10.1.0.1'
reaches outside tcp fd00:9::1 90 'web 90 fd00:9::2'
misses outside 192.0.2.1 8083
misses outside 192.0.2.1 90
misses outside 198.51.100.1 8080
misses host 127.0.0.1 8080
same "$(cat /proc/sys/net/ipv4/conf/web/route_localnet)" 0
insula net unpublish web 192.0.2.1:8080-8082:80-82
same "$(forwarding)" '0 1 '
reaches outside tcp fd00:9::1 90 'web 90 fd00:9::2'
end
insula net rm --force web
same "$(forwarding)" '0 0 '
no_rules
nothing_left
"#,
    );
}

#[test]
fn rule_is_the_one_that_is_written_by_hand() {
    run(
        Root,
        r#"
insula net create web
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
insula net publish web 192.0.2.1:8080:80 9000-9500:9000-9500/udp
rules() { nft --debug=netlink list chain inet "$1" published | grep '^ *\['; }
nft -f - <<'END'
table inet hand {
    chain published {
        ip daddr 192.0.2.1 tcp dport 8080 dnat ip to 10.1.0.2:80
        meta nfproto ipv4 udp dport 9000-9500 dnat ip to 10.1.0.2
    }
}
END
same "$(rules insula)" "$(rules hand)"
nft delete table inet hand
end
insula net rm --force web lan
no_rules
"#,
    );
}

#[test]
fn what_cannot_be_published_changes_nothing() {
    run(
        Root,
        r#"
insula net create web db
has "$(fails insula net publish web 8080:80)" 'no interface of the host leads to `web`'
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
insula net attach db lan
answer host busy 192.0.2.1 7000
before_all=$(nft list ruleset)
has "$(fails insula net publish web 7000:80)" 'a process of the host listens on tcp 192.0.2.1:7000'
has "$(fails insula net publish web 192.0.2.1:7000:80/udp)" 'listens on udp 192.0.2.1:7000'
has "$(fails insula net publish web 192.0.2.9:80:80)" 'the host does not have the address 192.0.2.9'
has "$(fails insula net publish web '[fd00:9::1]:80:80')" '`web` has no IPv6 address that the host reaches'
has "$(fails insula net publish web 80)" 'is not `[ADDRESS:]PORT:PORT[/tcp|/udp]`'
has "$(fails insula net publish web 80-90:80)" 'has not as many ports on the host as in the set'
has "$(fails insula net publish nosuch 80:80)" 'nosuch'
same "$(nft list ruleset)" "$before_all"
same "$(forwarding)" '0 0 '
insula net publish web 192.0.2.1:8080-8090:80-90
has "$(fails insula net publish db 8085:80)" '`192.0.2.1:8080-8090:80-90/tcp` is published for `web`'
insula net publish db 127.0.0.1:8085:80
# All of one command, or none.
fails insula net publish db 9000:80 9001:80 8080:80 > /dev/null
same "$(nft list ruleset | grep -c 'dport 900')" 0
insula net unpublish db 127.0.0.1:8085:80
has "$(insula net unpublish db 2>&1)" 'nothing is published for `db`'
end
insula net rm --force web db lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn what_is_published_goes_with_the_set() {
    run(
        Root,
        r#"
insula net create web db
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
insula net attach db lan
insula net publish web 8080:80
insula net publish db 8081:80
has "$(insula net ls)" '8080:80/tcp web     10.1.0.2'
has "$(insula net show web --json)" '"what": "8080:80/tcp"'
has "$(insula who tcp:8080)" 'tcp:8080 of this network is published for `web` (8080:80/tcp): it leads to 10.1.0.2:80'
has "$(insula who tcp:127.0.0.1:8081 --json)" '"10.1.0.3:80"'
has "$(fails insula who udp:8080)" 'nothing in sight listens on udp:8080'
insula rm web
has "$(nft list ruleset)" 'publish 8081:80/tcp lan'
same "$(nft list ruleset | grep -c 'publish 8080')" 0
same "$(forwarding)" '1 0 '
# Somebody else takes it away, and makes another one of that name.
ip netns delete db
ip netns add db
has "$(insula gc --dry-run)" 'would remove 8081:80/tcp of db: what it led to is gone'
has "$(nft list ruleset)" 'publish 8081:80/tcp lan'
has "$(insula gc)" 'removed 8081:80/tcp of db'
same "$(nft list ruleset | grep -c 'publish 8081')" 0
same "$(forwarding)" '0 0 '
ip netns delete db
# And so it does with the bridge.
ip link delete lan
has "$(insula net gc)" 'walls around lan'
no_rules
end
nothing_left
"#,
    );
}

#[test]
fn many_at_once_do_not_disturb_each_other() {
    run(
        Root,
        r#"
insula net create a b
insula net bridge lan --addr 10.1.0.1/24
insula net attach a lan
insula net attach b lan
jobs=
for port in 1 2 3 4 5 6; do
    insula net publish a 800$port:80 > /dev/null & jobs="$jobs $!"
    insula net publish b 900$port:80 > /dev/null & jobs="$jobs $!"
done
for job in $jobs; do wait "$job"; done
same "$(nft list chain inet insula published | grep -c dnat)" 12
# One of two has a port.
insula net publish a 7000:80 > /dev/null 2>&1 & first=$!
insula net publish b 7000:80 > /dev/null 2>&1 & second=$!
won=0
if wait $first; then won=$((won + 1)); fi
if wait $second; then won=$((won + 1)); fi
same $won 1
same "$(nft list chain inet insula published | grep -c 'dport 7000')" 1
jobs=
for port in 1 2 3 4 5 6; do
    insula net unpublish a 800$port:80 > /dev/null & jobs="$jobs $!"
    insula net unpublish b 900$port:80 > /dev/null & jobs="$jobs $!"
done
for job in $jobs; do wait "$job"; done
insula net unpublish a > /dev/null 2>&1
insula net unpublish b > /dev/null 2>&1
same "$(forwarding)" '0 0 '
end
insula net rm --force a b lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn what_is_published_while_the_set_is_removed_goes_with_it() {
    run(
        Root,
        r#"
insula net bridge lan --addr 10.1.0.1/24
for i in $(seq 20); do
    insula net create "n$i"
    insula net attach "n$i" lan > /dev/null
    insula net publish "n$i" "$((8000 + i)):80" > /dev/null 2>&1 &
    insula net rm --force "n$i" &
    wait
    same "$i: $(nft list ruleset | grep -c "publish.* n$i\"")" "$i: 0"
done
end
insula net rm --force lan
no_rules
nothing_left
"#,
    );
}
