//! Walls around the networks of the host: each is climbed, or tried to.

use crate::city::run;
use crate::world::User::Root;

#[test]
fn networks_do_not_reach_each_other_though_the_host_forwards() {
    run(
        Root,
        r#"
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
insula net create web db link
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net bridge other --addr 10.2.0.1/24 --addr fd00:1:2::1/64 --nat
insula net attach web lan
insula net attach db other
insula net connect link host --addr 10.3.0.2/24 --peer-addr 10.3.0.1/24 --addr fd00:1:3::2/64 --peer-addr fd00:1:3::1/64
for site in web db link; do answer $site $site :: 80; done
answer outside outside :: 80
for site in outside db link; do misses $site 10.1.0.2 80; misses $site fd00:1:1::2 80; done
for site in outside web link; do misses $site 10.2.0.2 80; misses $site fd00:1:2::2 80; done
for site in outside web db; do misses $site 10.3.0.2 80; misses $site fd00:1:3::2 80; done
# What has no NAT does not get out either.
ip -n outside route add default via 192.0.2.1
for site in web link; do misses $site 192.0.2.2 80; misses $site fd00:9::2 80; done
# The host is in each of them.
reaches host tcp 10.1.0.2 80 'web 80 10.1.0.1'
reaches host tcp fd00:1:3::2 80 'link 80 fd00:1:3::1'
# Without the walls all that is open.
nft flush chain inet insula forward
reaches outside tcp 10.1.0.2 80 'web 80 192.0.2.2'
reaches link tcp fd00:1:2::2 80 'db 80 fd00:1:3::2'
end
insula net rm --force web db link lan other
# Settings that were so before stay so.
same "$(forwarding)" '1 1 '
no_rules
nothing_left
"#,
    );
}

#[test]
fn what_has_nat_gets_out_and_nothing_in() {
    run(
        Root,
        r#"
insula net create web near
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64 --nat
same "$(forwarding)" '1 1 '
has "$(insula net bridge lan --nat 2>&1)" 'the bridge `lan` exists already'
has "$(fails insula net bridge lan)" 'not as asked: with NAT'
insula net attach web lan
insula net attach near lan
answer web web :: 80
answer outside outside :: 80
for kind in tcp udp; do
    reaches web $kind 192.0.2.2 80 'outside 80 192.0.2.1'
    reaches web $kind fd00:9::2 80 'outside 80 fd00:9::1'
    reaches near $kind 10.1.0.2 80 'web 80 10.1.0.3'
done
misses outside 10.1.0.2 80
misses outside fd00:1:1::2 80
has "$(insula net ls --json)" '"egress": "nat"'
end
insula net rm --force web near lan
same "$(forwarding)" '0 0 '
no_rules
nothing_left
"#,
    );
}

#[test]
fn loopback_of_the_host_is_not_reached_from_a_network() {
    run(
        Root,
        r"
insula net create web
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64 --nat
insula net attach web lan
answer host four 127.0.0.1 7000
answer host six ::1 7001
ip -n web address flush dev lo
ip netns exec web sh -c 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet'
ip -n web route add 127.0.0.0/8 via 10.1.0.1
ip -n web -6 route add ::1/128 via fd00:1:1::1
misses web 127.0.0.1 7000
misses web 10.1.0.1 7000
misses web ::1 7001
misses web fd00:1:1::1 7001
insula net publish web 127.0.0.1:8080:80
misses web 127.0.0.1 7000
misses web ::1 7001
reaches host tcp 127.0.0.1 7000 'four 7000 127.0.0.1'
end
insula net rm --force web lan
no_rules
",
    );
}

#[test]
fn table_of_somebody_else_is_not_touched() {
    run(
        Root,
        r#"
nft -f - <<'END'
table inet insula {
    chain published { tcp dport 8080 drop comment "publish 8080:80/tcp lan 1 web"; }
}
table ip nat {
    chain insula { counter; }
}
END
theirs=$(nft list ruleset)
insula net create web
has "$(fails insula net bridge lan --addr 10.1.0.1/24)" 'the table `inet insula` of the packet filter was not made by Insula'
fails ip link show lan > /dev/null
has "$(fails insula net connect web host)" 'was not made by Insula'
fails ip link show web > /dev/null
fails insula net publish web 8080:80 > /dev/null
fails insula net unpublish web > /dev/null
insula net ls > /dev/null
insula gc
insula net rm web
same "$(nft list ruleset)" "$theirs"
same "$(forwarding)" '0 0 '
nft delete table inet insula
theirs=$(nft list ruleset)
insula net create web
insula net bridge lan --addr 10.1.0.1/24 --nat
insula net attach web lan
insula net publish web 8080:80
end
insula net rm --force web lan
same "$(nft list ruleset)" "$theirs"
nothing_left
"#,
    );
}

#[test]
fn chains_of_others_that_drop_are_told() {
    run(
        Root,
        r#"
nft -f - <<'END'
table ip filter {
    chain FORWARD { type filter hook forward priority 0; policy drop; }
}
END
insula net create web
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
said=$(insula net publish web 8080:80 2>&1)
has "$said" 'others may not reach it: the chain `FORWARD` of table `ip filter` drops what it does not know'
has "$said" 'iptables -I DOCKER-USER -o lan -j ACCEPT'
same "$(insula net publish web 127.0.0.1:8081:80 2>&1)" "$(printf 'web\t127.0.0.1:8081:80/tcp\t10.1.0.2')"
end
insula net rm --force web lan
"#,
    );
}

#[test]
fn host_that_configures_itself_by_advertisements_keeps_doing_so() {
    run(
        Root,
        r#"
ip -6 route add default via fd00:9::2 dev eth0 proto ra
insula net create web
has "$(fails insula net bridge lan --addr fd00:1:1::1/64 --nat)" '`eth0` gets its routes by router advertisements'
fails ip link show lan > /dev/null
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net attach web lan
has "$(insula net publish web 8080:80 2>&1)" 'only IPv4 is published'
has "$(fails insula net publish web '[fd00:9::1]:8080:80' 2>&1)" 'IPv6'
same "$(forwarding)" '1 0 '
echo 2 > /proc/sys/net/ipv6/conf/eth0/accept_ra
insula net publish web '[fd00:9::1]:8081:80'
same "$(forwarding)" '1 1 '
end
insula net rm --force web lan
same "$(forwarding)" '0 0 '
no_rules
"#,
    );
}

#[test]
fn network_of_somebody_else_gets_no_walls() {
    run(
        Root,
        r#"
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link add theirs type bridge
ip address add 10.7.0.1/24 dev theirs
ip link set theirs up
insula net create web
insula net attach web theirs --addr 10.7.0.2/24
answer web web :: 80
insula net publish web 127.0.0.1:8080:80
reaches host tcp 127.0.0.1 8080 'web 80 10.7.0.1'
reaches outside tcp 10.7.0.2 80 'web 80 192.0.2.2'
insula net unpublish web
no_rules
same "$(cat /proc/sys/net/ipv4/conf/theirs/route_localnet)" 0
end
insula net rm --force web
nothing_left
"#,
    );
}

/// Sends a UDP packet from any source out of an interface, to a hardware address.
const FORGE: &str = r#"
cat > "${before%/*}/forge.py" <<'END'
import socket, struct, sys
source, destination, source_port, port, interface, hardware = sys.argv[1:]
def sum16(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16: total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff
family, kind = (socket.AF_INET6, 0x86dd) if ':' in source else (socket.AF_INET, 0x800)
ends = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
data = b'forged'
udp = struct.pack('!HHHH', int(source_port), int(port), 8 + len(data), 0)
udp = udp[:6] + struct.pack('!H', sum16(ends + struct.pack('!HH', 17, 8 + len(data)) + udp + data)) + data
if kind == 0x86dd:
    header = struct.pack('!IHBB', 6 << 28, len(udp), 17, 64) + ends
else:
    header = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + ends
    header = header[:10] + struct.pack('!H', sum16(header)) + ends
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind((interface, 0))
out.send(bytes.fromhex(hardware.replace(':', '')) + bytes([2, 0, 0, 0, 0, 9]) + struct.pack('!H', kind) + header + udp)
END
# What waits for an answer of ADDRESS 53, and says what came.
cat > "${before%/*}/wait.py" <<'END'
import socket, sys
own = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
own.bind(('::' if ':' in sys.argv[1] else '0.0.0.0', int(sys.argv[4])))
own.connect((sys.argv[1], 53))
own.send(b'?')
own.settimeout(float(sys.argv[2]))
open(sys.argv[3], 'w').close()
try: print(own.recv(100).decode())
except OSError: print('nothing')
END
# forged SITE ADDRESS WAIT FROM TO: what SITE, which asked ADDRESS, gets when `web` sends to TO as FROM.
forged() {
    rm -f /run/asked
    # What the host masquerades has the same port there.
    if [ "$1" = host ]; then port=5001; else port=5000; fi
    (at "$1" python3 "${before%/*}/wait.py" "$2" "$3" /run/asked $port > /run/got) &
    waiting=$!
    await test -e /run/asked
    at web python3 "${before%/*}/forge.py" "$4" "$5" 53 $port lan "$lan"
    wait $waiting
    cat /run/got
}
"#;

#[test]
fn nobody_speaks_as_who_is_elsewhere() {
    run(
        Root,
        &format!(
            r#"{FORGE}
insula net create web db
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64 --nat
insula net bridge other --addr 10.2.0.1/24 --addr fd00:1:2::1/64 --nat
insula net attach web lan
insula net attach db other
lan=$(ip -o link show lan | sed 's/.*ether //; s/ .*//')
# Who is asked keeps silent.
ip netns exec outside nft 'add table inet t; add chain inet t i {{ type filter hook input priority 0; policy drop; }}; add rule inet t i meta l4proto ipv6-icmp accept'
for site in db host; do
    same "$site: $(forged $site 192.0.2.2 1 192.0.2.2 192.0.2.1)" "$site: nothing"
    same "$site: $(forged $site fd00:9::2 1 fd00:9::2 fd00:9::1)" "$site: nothing"
done
same "$(forged db 192.0.2.2 1 192.0.2.2 10.2.0.2)" nothing
same "$(forged db fd00:9::2 1 fd00:9::2 fd00:1:2::2)" nothing
# It is this wall that holds it.
nft flush chain inet insula walls
nft flush chain inet insula forward
same "$(forged db 192.0.2.2 20 192.0.2.2 192.0.2.1)" forged
same "$(forged db fd00:9::2 20 fd00:9::2 fd00:9::1)" forged
same "$(forged host 192.0.2.2 20 192.0.2.2 192.0.2.1)" forged
end
insula net rm --force web db lan other
no_rules
nothing_left
"#
        ),
    );
}
