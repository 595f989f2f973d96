//! `insula net forward`: who reaches which service of the host's loopback, by real traffic.

use crate::city::run;
use crate::world::User::{Ordinary, Root};

#[test]
fn service_of_the_loopback_is_reached_by_the_set_that_it_is_for() {
    run(
        Root,
        r#"
insula net create web db
insula net connect web host --addr 10.3.0.2/24 --peer-addr 10.3.0.1/24
insula net connect db host --addr 10.4.0.2/24 --peer-addr 10.4.0.1/24
answer host local 127.0.0.1 7000 7001 7002
same "$(insula net forward web 127.0.0.1:7000 9000:127.0.0.1:7000/udp 9001-9002:127.0.0.1:7001-7002)" "$(cat <<'END'
web	7000:127.0.0.1:7000/tcp	10.3.0.1
web	9000:127.0.0.1:7000/udp	10.3.0.1
web	9001-9002:127.0.0.1:7001-7002/tcp	10.3.0.1
END
)"
has "$(insula net forward web 127.0.0.1:7000 2>&1)" '`7000:127.0.0.1:7000/tcp` is forwarded for `web` already'
reaches web tcp 10.3.0.1 7000 'local 7000 10.3.0.2'
reaches web udp 10.3.0.1 9000 'local 7000 10.3.0.2'
reaches web tcp 10.3.0.1 9002 'local 7002 10.3.0.2'
reaches host tcp 127.0.0.1 7000 'local 7000 127.0.0.1'
same "$(forwarding)" '0 0 '
same "$(cat /proc/sys/net/ipv4/conf/web/route_localnet)" 1
same "$(cat /proc/sys/net/ipv4/conf/all/route_localnet /proc/sys/net/ipv4/conf/db/route_localnet | tr '\n' ' ')" '0 0 '
# No other port, and not at another address.
misses web 10.3.0.1 7001
misses web 10.4.0.1 7000
misses web 192.0.2.1 7000
# Nobody else, wherever they send it.
for site in db outside; do
    for address in 10.3.0.1 10.4.0.1 192.0.2.1; do
        misses $site $address 7000
        misses $site $address 9000
    done
done
misses host 10.3.0.1 7000
has "$(insula net ls)" '7000:127.0.0.1:7000/tcp           web     10.3.0.1'
has "$(insula net show web)" '9000:127.0.0.1:7000/udp'
has "$(insula net show web --json)" '"what": "9001-9002:127.0.0.1:7001-7002/tcp"'
has "$(insula map web --format text)" 'service of the host 10.3.0.1:7000 -> 127.0.0.1:7000/tcp'
has "$(insula who tcp:9001)" 'tcp:9001 of this network is forwarded for `web` (9001-9002:127.0.0.1:7001-7002/tcp): it leads to 127.0.0.1:7001'
same "$(insula net unforward web 127.0.0.1:7000)" "$(printf 'web\t7000:127.0.0.1:7000/tcp')"
misses web 10.3.0.1 7000
reaches web udp 10.3.0.1 9000 'local 7000 10.3.0.2'
has "$(insula net unforward web 127.0.0.1:7000 2>&1)" '`7000:127.0.0.1:7000/tcp` is not forwarded for `web`'
insula net unforward web > /dev/null
misses web 10.3.0.1 9002
same "$(cat /proc/sys/net/ipv4/conf/web/route_localnet)" 0
end
insula net rm --force web db
no_rules
nothing_left
"#,
    );
}

#[test]
fn rest_of_the_loopback_stays_out_of_reach() {
    run(
        Root,
        r#"
insula net create web near
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
insula net attach near lan
answer host local 127.0.0.1 7000 7001
insula net forward lan 9000:127.0.0.1:7000 9000:127.0.0.1:7000/udp
for site in web near; do
    reaches $site tcp 10.1.0.1 9000 "local 7000 $(ip -n $site -o -4 address show dev lan | sed 's/.*inet //; s,/.*,,')"
    # Whoever wants can send there: with no address of its own on the loopback, what is for 127.0.0.0/8 goes to the host.
    ip -n $site address flush dev lo
    ip netns exec $site sh -c 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet'
    ip -n $site route add 127.0.0.0/8 via 10.1.0.1
    misses $site 127.0.0.1 7000
    misses $site 127.0.0.1 7001
    misses $site 127.0.0.1 9000
    misses $site 10.1.0.1 7001
done
ip -n outside address flush dev lo
ip netns exec outside sh -c 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet'
ip -n outside route add 127.0.0.0/8 via 192.0.2.1
misses outside 127.0.0.1 7000
misses outside 10.1.0.1 9000
# Nor do they speak as one of it.
ip -n web address add 127.0.0.9/8 dev lan
same "$(at web python3 -c '
import socket
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.settimeout(0.4)
own.bind(("127.0.0.9", 0))
try: own.sendto(b"?", ("10.1.0.1", 9000)); print(own.recv(100))
except OSError: print("nothing")')" nothing
# It is the wall that keeps them out.
nft flush chain inet insula walls
reaches near tcp 127.0.0.1 7001 'local 7001 10.1.0.3'
end
insula net rm --force web near lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn service_at_the_loopback_of_ipv6_is_reached_likewise() {
    run(
        Root,
        r#"
insula net create web db
insula net connect web host --addr fd00:1:3::2/64 --peer-addr fd00:1:3::1/64
insula net connect db host --addr fd00:1:4::2/64 --peer-addr fd00:1:4::1/64
answer host local ::1 7000 7001
loopback() { ip -6 route show table local | grep '::1 dev' | grep -v fd00; }
routes=$(loopback)
same "$(insula net forward web '[::1]:7000' '9000:[::1]:7000/udp')" "$(printf 'web\t7000:[::1]:7000/tcp\tfd00:1:3::1\nweb\t9000:[::1]:7000/udp\tfd00:1:3::1')"
reaches web tcp fd00:1:3::1 7000 'local 7000 fd00:1:3::2'
reaches web udp fd00:1:3::1 9000 'local 7000 fd00:1:3::2'
reaches host tcp ::1 7000 'local 7000 ::1'
reaches host udp ::1 7001 'local 7001 ::1'
misses web fd00:1:3::1 7001
misses web fd00:1:4::1 7000
for site in db outside; do for address in fd00:1:3::1 fd00:1:4::1 fd00:9::1; do misses $site $address 7000; done; done
# Whoever wants can send there, with no address of its own on the loopback.
for site in web db; do
    ip -n $site address flush dev lo
    ip -n $site -6 route add ::1/128 via "$(if [ $site = web ]; then echo fd00:1:3::1; else echo fd00:1:4::1; fi)"
    misses $site ::1 7000
    misses $site ::1 7001
done
insula net unforward web '[::1]:7000'
misses web fd00:1:3::1 7000
reaches web udp fd00:1:3::1 9000 'local 7000 fd00:1:3::2'
insula net unforward web
same "$(loopback)" "$routes"
insula net forward web '[::1]:7000'
insula rm web
same "$(loopback)" "$routes"
end
insula net rm --force db
no_rules
nothing_left
"#,
    );
}

#[test]
fn loopback_of_ipv6_is_reached_by_a_bridge_where_the_packet_filter_does_not_see_what_is_bridged() {
    run(
        Root,
        r#"
insula net create web
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net attach web lan
answer host local ::1 7000
seen=/proc/sys/net/bridge/bridge-nf-call-ip6tables
if [ -e $seen ]; then
    echo 1 > $seen
    before_all=$(nft list ruleset)
    said=$(fails insula net forward lan '[::1]:7000')
    has "$said" 'cannot forward `7000:[::1]:7000/tcp`: what the bridge `lan` brings would not get to ::1'
    has "$said" 'bridge-nf-call-ip6tables = 1'
    same "$(nft list ruleset)" "$before_all"
    echo 0 > $seen
fi
insula net forward lan '[::1]:7000' > /dev/null
reaches web tcp fd00:1:1::1 7000 'local 7000 fd00:1:1::2'
end
insula net rm --force web lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn what_cannot_be_forwarded_changes_nothing() {
    run(
        Root,
        r#"
insula net create web alone
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
answer host busy 0.0.0.0 7000
before_all=$(nft list ruleset)
said=$(fails insula net forward web 127.0.0.1:5432)
has "$said" '`web` comes by the bridge `lan`, as all that is attached to it does'
has "$said" '`insula net connect web host` gives it a way of its own'
has "$(fails insula net forward alone 127.0.0.1:5432)" 'no interface of the host leads to `alone`'
has "$(fails insula net forward nosuch 127.0.0.1:5432)" nosuch
has "$(fails insula net forward host 127.0.0.1:5432)" '`host` is the network that this command is in'
said=$(fails insula net forward lan 127.0.0.1:7000)
has "$said" 'a process of the host listens on tcp 0.0.0.0:7000'
has "$said" 'it is reached as it is, at 10.1.0.1'
has "$(fails insula net forward lan '[::1]:7001')" 'the host has no IPv6 address on `lan`'
has "$(fails insula net forward lan 192.0.2.1:7000)" '192.0.2.1 is not at the loopback of the host'
has "$(fails insula net forward lan 7000)" 'is not `[PORT:]127.0.0.1:PORT[/tcp|/udp]`'
ip link add bare type bridge
has "$(fails insula net forward bare 127.0.0.1:5432)" 'the host has no IPv4 address on `bare`'
ip link delete bare
same "$(nft list ruleset)" "$before_all"
insula net forward lan 8000:127.0.0.1:5432
has "$(fails insula net forward lan 8000:127.0.0.1:5433)" 'cannot forward `8000:127.0.0.1:5433/tcp` for `lan`: `8000:127.0.0.1:5432/tcp` is forwarded for `lan`'
has "$(fails insula net publish web 8000:80)" 'cannot publish `8000:80/tcp` for `web`: `8000:127.0.0.1:5432/tcp` is forwarded for `lan`'
insula net publish web 127.0.0.1:8000:80 8001:80
has "$(fails insula net forward lan 8001:127.0.0.1:5432)" '`8001:80/tcp` is published for `web`'
# All of one command, or none.
fails insula net forward lan 8010:127.0.0.1:1 8001:127.0.0.1:1 > /dev/null
same "$(nft list ruleset | grep -c 'dport 8010')" 0
nft 'add table ip filter; add chain ip filter INPUT { type filter hook input priority 0; policy drop; }'
said=$(insula net forward lan 8002:127.0.0.1:5432 2>&1)
has "$said" '`lan` may not reach it: the chain `INPUT` of table `ip filter` drops what it does not know'
has "$said" 'iptables -I INPUT -i lan -j ACCEPT'
nft delete table ip filter
end
insula net rm --force web alone lan
no_rules
nothing_left
"#,
    );
}

#[test]
fn what_is_forwarded_goes_with_the_network() {
    run(
        Root,
        r#"
insula net create web db
insula net connect web host --addr 10.3.0.2/24 --peer-addr 10.3.0.1/24
insula net connect db host --addr 10.4.0.2/24 --peer-addr 10.4.0.1/24
insula net bridge lan --addr 10.1.0.1/24
for network in web db lan; do insula net forward $network 127.0.0.1:7000 > /dev/null; done
same "$(nft list ruleset | grep -c 'forward 7000')" 3
insula rm web
same "$(nft list ruleset | grep -c 'forward 7000')" 2
# The host has another address there: what leads to the first one is exchanged.
ip address delete 10.4.0.1/24 dev db
ip address add 10.4.0.9/24 dev db
same "$(insula net forward db 127.0.0.1:7000)" "$(printf 'db\t7000:127.0.0.1:7000/tcp\t10.4.0.9')"
same "$(nft list ruleset | grep -c 'forward 7000')" 2
# Somebody else takes it away, and makes another one of that name.
ip netns delete db
none() { ! ip link show db > /dev/null 2>&1; }
await none
ip netns add db
has "$(insula gc --dry-run)" 'would remove 7000:127.0.0.1:7000/tcp for db'
has "$(insula gc)" 'removed 7000:127.0.0.1:7000/tcp for db'
same "$(nft list ruleset | grep -c 'forward 7000')" 1
ip netns delete db
insula net rm lan
no_rules
end
nothing_left
"#,
    );
}

#[test]
fn connections_end_with_what_is_forwarded() {
    run(
        Root,
        r#"
cat > /run/echo.py <<'END'
import socket
listener = socket.create_server(('127.0.0.1', 7000))
open('/run/listens', 'w').close()
peer = listener.accept()[0]
while word := peer.recv(100): peer.sendall(word)
END
cat > /run/talk.py <<'END'
import os, socket, time
peer = socket.create_connection(('10.3.0.1', 7000), 20)
def ask():
    try:
        peer.send(b'?')
        return 'answered' if peer.recv(100) else 'ended'
    except OSError: return 'nothing'
first = ask()
open('/run/talks', 'w').close()
while not os.path.exists('/run/go'): time.sleep(0.02)
peer.settimeout(3)
print(first, ask())
END
insula net create web
insula net connect web host --addr 10.3.0.2/24 --peer-addr 10.3.0.1/24
python3 /run/echo.py & echo=$!
await test -e /run/listens
insula net forward web 127.0.0.1:7000
at web python3 /run/talk.py > /run/said & talk=$!
await test -e /run/talks
insula net unforward web
touch /run/go
wait $talk
same "$(cat /run/said)" 'answered nothing'
kill $echo
end
insula net rm --force web
no_rules
nothing_left
"#,
    );
}

#[test]
fn without_root_it_is_refused() {
    crate::world::run(
        Ordinary,
        r#"
insula net create web
has "$(fails insula net forward web 127.0.0.1:5432)" 'no interface of the host leads to `web`'
insula rm web
nothing_left
"#,
    );
}
