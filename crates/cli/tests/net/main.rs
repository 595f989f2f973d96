//! `insula net`, each test in a world of its own, where a network namespace plays the host; what was done is read back by `ip`,
//! and by traffic.
#![allow(clippy::disallowed_methods, reason = "tests drive the binary")]

mod limit;
#[path = "../sets/world.rs"]
mod world;

mod acceptance;
mod city;
mod dns;
mod forged;
mod forward;
mod nonsense;
mod publish;
mod sandbox;
mod walls;

use world::User::{Ordinary, Root};
use world::run;

#[test]
fn both_ends_are_up_and_reach_each_other() {
    run(
        Root,
        r#"
insula net create web
has "$(ip netns exec web ip -br address show lo)" 127.0.0.1
said=$(insula net connect web host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24)
same "$said" "$(printf 'web\thost\t172.16.0.2/24\nhost\tweb\t172.16.0.1/24')"
has "$(ip -o -4 address show dev web)" ' 172.16.0.1/24 '
has "$(ip -n web -o -4 address show dev host)" ' 172.16.0.2/24 '
has "$(ip link show web)" ',UP,LOWER_UP>'
has "$(ip -d link show web)" 'alias insula:link=host:web'
ping -c1 -W5 172.16.0.2 > /dev/null
ip netns exec web ping -c1 -W5 172.16.0.1 > /dev/null
insula net rm web
none() { ! ip link show web 2> /dev/null; }
await none
nothing_left
"#,
    );
}

#[test]
fn routes_lead_to_the_other_end_and_beyond() {
    run(
        Root,
        r#"
ip link set lo up
ip address add 192.0.2.1/32 dev lo
insula net create web db
insula net connect web db --addr 10.0.1.1/32 --peer-addr 10.0.2.1/32
ip netns exec web ping -c1 -W5 10.0.2.1 > /dev/null
same "$(ip -n web route show default)" ""
insula net connect web host --addr 172.16.0.2/24 --addr fd00:2::2/64
has "$(ip -n web route show default)" 'default via 172.16.0.1 dev host'
has "$(ip -n web -6 route show default)" 'default via fd00:2::1 dev host'
ip netns exec web ping -c1 -W5 192.0.2.1 > /dev/null
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
same "$(ip -n web route show default | wc -l)" 1
insula net attach db lan --no-default-route
same "$(ip -n db route show default)" ""
insula net rm --force web db lan
nothing_left
"#,
    );
}

#[test]
fn what_is_there_is_found_or_told() {
    run(
        Root,
        r#"
insula net create web db
has "$(insula net create web 2>&1)" 'the set `web` exists already'
made=$(insula net connect web db --mtu 1400)
same "$(insula net connect web db 2> /dev/null)" "$made"
has "$(insula net connect web db 2>&1)" '`web` and `db` are connected already'
has "$(fails insula net connect web db --mtu 1500)" 'but not as asked: `db` in `web` with 10.'
has "$(fails insula net connect web db --addr 10.0.0.1/24)" 'mtu 1400'
insula net connect web db --name second --addr 10.5.0.1/24
same "$(ip -n web -o link | grep -c 'db\|second')" 2
insula net disconnect web db --name second
fails ip -n web link show second > /dev/null
insula net disconnect db web
has "$(insula net disconnect web db 2>&1)" 'nothing connects `web` and `db`'
same "$(ip -n web -o link | wc -l)" 1

insula net bridge lan --addr 10.1.0.1/24
has "$(insula net bridge lan 2>&1)" 'the bridge `lan` exists already'
has "$(fails insula net bridge lan --addr 10.1.0.2/24)" 'not as asked: `lan` in the host with 10.1.0.1/24'
insula net attach web lan
has "$(insula net attach web lan 2>&1)" '`web` is attached to `lan` already'
has "$(fails insula net attach web lan --addr 10.1.0.9/24)" 'not as asked: `lan` in `web` with 10.1.0.2/24'
has "$(fails insula net attach db lan --addr 10.1.0.2/24)" 'the address 10.1.0.2/24 is taken: `web` has it'
has "$(fails insula net attach db lan --addr 10.1.0.1/24)" 'taken: the bridge `lan` has it'
has "$(fails insula net create lan)" 'there is a bridge `lan`'
has "$(fails insula net bridge db)" 'there is a set `db`'
insula net detach web lan
has "$(insula net detach web lan 2>&1)" 'not attached'
insula net rm lan
has "$(insula net rm lan 2>&1)" 'neither a set nor a bridge `lan`'
same "$(ip -o link | wc -l)" 1
insula net rm web db
nothing_left
"#,
    );
}

#[test]
fn sets_on_a_bridge_reach_each_other_and_the_host() {
    run(
        Root,
        r#"
insula net create a b
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1::1/64
same "$(insula net attach a lan)" "$(printf 'a\tlan\t10.1.0.2/24 fd00:1::2/64')"
same "$(insula net attach b lan)" "$(printf 'b\tlan\t10.1.0.3/24 fd00:1::3/64')"
ip netns exec a ping -c1 -W5 10.1.0.3 > /dev/null
ip netns exec a ping -c1 -W5 fd00:1::3 > /dev/null
ip netns exec b ping -c1 -W5 fd00:1::1 > /dev/null
ping -c1 -W5 10.1.0.2 > /dev/null
has "$(fails insula net rm lan)" 'attached to it: set `a`, set `b`'
insula net rm --force lan
same "$(ip -o link | wc -l)" 1
same "$(ip -n a -o link | wc -l)" 1
insula net rm a b
nothing_left
"#,
    );
}

#[test]
fn several_sets_are_made_or_none() {
    run(
        Root,
        r#"
insula net bridge lan --addr 10.1.0.1/24
has "$(fails insula net create a lan b)" 'there is a bridge `lan`'
same "$(ls /run/netns)" ""
insula net rm lan
# A set without a network, which the kernel's side of making it finds out.
insula create lan uts
insula net create there
has "$(fails insula net create a there lan b)" 'the set `lan` exists already'
same "$(ls /run/netns)" there
insula net rm there
insula rm lan
nothing_left
"#,
    );
}

#[test]
fn addresses_of_one_link_are_shown_and_found() {
    run(
        Root,
        r#"
insula net create web db
made=$(insula net connect web db --addr fe80::1/64)
same "$made" "$(printf 'web\tdb\tfe80::1/64\ndb\tweb\tfe80::2/64')"
same "$(insula net connect web db --addr fe80::1/64 2> /dev/null)" "$made"
# What the kernel makes itself is not told.
same "$(insula net show db --json | grep -c fe80)" "$(insula net show db --json | grep -c fe80::2/64)"
# As a router has the same one on each of its links.
insula net connect web host --addr fe80::2/64 --peer-addr fe80::1/64
insula net connect db host --addr fe80::2/64 --peer-addr fe80::1/64
has "$(ip -n db -6 route show default)" 'default via fe80::1 dev host'
insula net rm web db
nothing_left
"#,
    );
}

#[test]
fn third_connection_has_a_name_too() {
    run(
        Root,
        r#"
insula net create web db
insula net connect web db
insula net connect web db --name eth1
insula net connect web db --name eth2
same "$(ip -n db -o link | grep -c alias)" 3
insula net disconnect web db
same "$(ip -n db -o link | wc -l)" 1
insula net rm web db
nothing_left
"#,
    );
}

#[test]
fn what_is_meant_is_hinted_at() {
    run(
        Root,
        r#"
insula net create web
insula net bridge lan --addr 10.1.0.1/24
has "$(fails insula net attach lan web)" '`insula net attach web lan`'
said=$(fails insula net bridge lan --nat)
has "$said" 'without NAT'
has "$said" 'hint: `insula net rm` takes it away'
same "$(echo "$said" | grep -c -- --name)" 0
insula net rm web lan
nothing_left
"#,
    );
}

#[test]
fn chosen_subnets_are_in_nobodys_way() {
    run(
        Root,
        r#"
ip link set lo up
# All of the pools but one subnet of the first.
for net in 172.16.0.0/12 192.168.0.0/16 198.18.0.0/15; do ip address add "$net" dev lo; done
ip address add 10.192.0.1/10 dev lo
insula net create a b
has "$(fails insula net connect a b)" 'no free subnet is left'
has "$(fails insula net bridge lan)" 'say which: `--addr'
ip address del 198.18.0.0/15 dev lo
has "$(insula net connect a b)" "$(printf 'a\tb\t198.1')"
insula net rm a b
nothing_left
"#,
    );
}

#[test]
fn strangers_are_not_touched() {
    run(
        Root,
        r#"
insula net create web
# Interfaces of somebody else have the names.
ip link add web type veth peer name lan
ip -n web link add host type veth peer name other
before=$(ip -o link; ip -n web -o link)
insula net connect web host
has "$(ip -o link | grep -c 'web~')" 1
has "$(fails insula net connect web host --name host)" '`web` has an interface `host` already'
has "$(fails insula net bridge lan)" 'the host has an interface `lan` already'
has "$(fails insula net attach web lan)" '`lan` in the host is no bridge'
has "$(insula net disconnect web host 2>&1)" ''
has "$(insula net rm lan 2>&1 || true)" 'is no bridge'
insula net gc
same "$(ip -o link; ip -n web -o link)" "$before"
# And a bridge.
ip link add br7 type bridge
insula net attach web br7 --addr 10.7.0.2/24
has "$(fails insula net rm br7)" 'the bridge `br7` was not made by Insula'
insula net detach web br7
has "$(ip -o link show br7)" br7
insula net rm web
nothing_left
"#,
    );
}

#[test]
fn names_beyond_fifteen_bytes_are_alternative_names() {
    run(
        Root,
        r#"
long=a-set-with-a-name-of-thirty-three
insula net create $long web
insula net connect $long web
has "$(ip -n web link show $long)" "altname $long"
has "$(insula net show web)" $long
insula net bridge another-rather-long-name --addr 10.1.0.1/24
has "$(insula net bridge another-rather-long-name 2>&1)" already
insula net attach $long another-rather-long-name
has "$(ip -n $long link show another-rather-long-name)" 'altname another-rather-long-name'
has "$(ip link show $long-another-rather-long-name)" 'master another-~'
insula net disconnect web $long
insula net detach $long another-rather-long-name
insula net rm another-rather-long-name
# As long as a name can be.
max=$(printf 'x%.0s' $(seq 255))
insula net create "$max"
insula net connect "$max" web
has "$(insula net connect "$max" web 2>&1)" already
insula net disconnect "$max" web
insula net rm $long web "$max"
same "$(ip -o link | wc -l)" 1
nothing_left
"#,
    );
}

#[test]
fn moved_interface_keeps_its_addresses_and_comes_back() {
    run(
        Root,
        r#"
ip tuntap add dev eth1 mode tap
ip address add 10.3.0.7/24 dev eth1
ip link set eth1 up
insula net create web
same "$(insula net move eth1 web)" "$(printf 'web\teth1\t10.3.0.7/24')"
fails ip link show eth1 > /dev/null
has "$(ip -n web -o -4 address show eth1)" 10.3.0.7/24
has "$(ip -n web link show eth1)" ',UP'
has "$(insula net move eth1 web 2>&1)" '`eth1` is in `web` already'
has "$(fails insula net move eth9 web)" 'the host has no interface `eth9`'
insula net connect web host
has "$(fails insula net move web web)" 'part of a network that Insula made'
insula net move eth1 host --from web --name eth7
has "$(ip -o -4 address show eth7)" 10.3.0.7/24
# A name of somebody else's for it is not what it is called; a long one that is asked for is.
ip link property add dev eth7 altname enp0s7
long=an-interface-with-a-long-name
same "$(insula net move eth7 web --name $long)" "$(printf "web\t$long\t10.3.0.7/24")"
has "$(ip -n web link show $long)" "altname $long"
has "$(insula net move eth7 web --name $long 2>&1)" 'already'
same "$(insula net move $long host --from web --name eth7)" "$(printf 'host\teth7\t10.3.0.7/24')"
same "$(ip link show eth7 | grep -c $long)" 0
has "$(ip link show eth7)" 'altname enp0s7'
# The kernel says of what it will not move by its number alone.
ip link add br0 type bridge
has "$(fails insula net move br0 web)" 'cannot move the interface `br0` out of the host'
ip link delete br0
ip -n web link add eth7 type veth peer name x
has "$(fails insula net move eth7 web)" '`web` has an interface `eth7` already'
has "$(ip -o link show eth7)" eth7
insula net rm web
nothing_left
"#,
    );
}

#[test]
fn failure_leaves_nothing() {
    run(
        Root,
        r#"
insula net create a b
links() { ip -o link; ip -n a -o link; ip -n b -o link; }
ip -n b link set lo down
ip -n b address add 10.0.0.2/24 dev lo
before=$(links)
has "$(fails insula net connect a missing)" 'there is no set `missing`'
has "$(fails insula net connect a a)" 'have the same network namespace'
has "$(fails insula net connect a b --addr 10.0.0.1/24 --peer-addr 10.0.0.2/24)" 'taken: `b` has it'
has "$(fails insula net connect a b --addr 10.0.0.1/24 --peer-addr 10.0.0.1/24)" 'taken: `a` has it'
has "$(fails insula net connect a b --addr fd00::1/64 --mtu 1279)" 'with packets of 1279 bytes'
has "$(fails insula net bridge lan --addr fd00::1/64 --mtu 1000)" 'IPv6 takes 1280'
# The kernel refuses the second one, once the pair is there.
ip netns exec b sh -c 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6'
has "$(fails insula net connect a b --addr fd00::1/64 --peer-addr fd00::3/64)" 'add address `fd00::3/64`'
same "$(links)" "$before"
insula net rm a b
nothing_left
"#,
    );
}

#[test]
fn many_at_once_do_not_disturb_each_other() {
    run(
        Root,
        r#"
insula net bridge lan --addr 10.1.0.1/24
for i in $(seq 12); do (insula net create "n$i" && insula net attach "n$i" lan && insula net connect "n$i" host) & done
wait
same "$(ip -o link | grep -c 'master lan')" 12
# No address was given twice.
same "$(for i in $(seq 12); do ip -n "n$i" -o -4 address show lan; done | awk '{ print $4 }' | sort -u | wc -l)" 12
same "$(ip -o -4 address show | awk '{ print $4 }' | sort -u | wc -l)" 13
for i in $(seq 12); do insula net connect "n$i" host > /dev/null 2>&1 & insula net rm "n$i" & done
wait
insula net rm --force lan
insula net gc
alone() { [ "$(ip -o link | wc -l)" = 1 ]; }
await alone
nothing_left
"#,
    );
}

#[test]
fn set_called_as_all_interfaces_are_has_a_link_of_its_own() {
    run(
        Root,
        r#"
insula net create all default
insula net connect all host
insula net connect default host
insula net publish all 127.0.0.1:8080:80
same "$(cat /proc/sys/net/ipv4/conf/all/route_localnet)" 0
has "$(ip link show)" 'altname all'
insula net rm --force all default
nothing_left
"#,
    );
}

#[test]
fn without_root_a_bridge_of_the_host_is_out_of_reach() {
    run(
        Root,
        r#"
ip link add lan type bridge
ip address add 10.1.0.1/24 dev lan
before=$(ip -o link)
cat > /run/user/4242/script <<'END'
insula create web --all
if said=$(insula net attach web lan 2>&1); then exit 1; fi
insula rm web
echo "$said"
END
said=$(unshare --user --map-user=4242 --map-group=4242 env XDG_RUNTIME_DIR=/run/user/4242 sh /run/user/4242/script)
has "$said" 'cannot attach `web` to `lan`, which is a bridge of the host'
has "$said" "cause: the host's network is changed only with CAP_NET_ADMIN"
has "$said" 'hint: run as root; without root connect two sets (`insula net create other --beside web`)'
same "$(ip -o link)" "$before"
nothing_left
"#,
    );
}

#[test]
fn lists_say_what_leads_where() {
    run(
        Root,
        r#"
insula net create web
insula net connect web host --addr 172.16.0.2/24
insula net bridge lan --addr 10.1.0.1/24
insula net attach web lan
insula net ls --json > /run/json
python3 - <<'END'
import json
found = {n["name"]: {i["name"]: i for i in n["interfaces"]} for n in json.load(open("/run/json"))}
assert found["web"]["host"]["leads_to"] == "host", found
assert found["web"]["host"]["addresses"] == ["172.16.0.2/24"]
assert found["web"]["lan"]["purpose"] == "port"
assert found["host"]["web-lan"]["leads_to"] == "web"
assert found["host"]["lan"]["type"] == "bridge" and found["host"]["lan"]["complete"]
assert "lo" not in found["host"] and "lo" not in found["web"]
END
has "$(insula net show lan)" web-lan
insula net rm --force lan web
nothing_left
"#,
    );
}

#[test]
fn without_root_sets_in_one_user_namespace_are_connected() {
    run(
        Ordinary,
        r#"
insula net create a c
insula net create b --beside a
insula net connect a b --addr 10.0.0.1/24 --peer-addr 10.0.0.2/24
insula enter a -- ping -c1 -W5 10.0.0.2 > /dev/null
has "$(fails insula net connect a c)" '`insula net create c --beside a`'
has "$(fails insula net connect a host)" 'CAP_NET_ADMIN'
has "$(fails insula net bridge lan)" 'run as root'
insula net disconnect a b
same "$(insula enter b -- ip -o link | wc -l)" 1
insula net rm b a c
nothing_left
"#,
    );
}
