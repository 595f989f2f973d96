//! Types of interfaces that a kernel may lack, made by `ip` as ours: real packets go as they say.

use crate::world::User::Root;
use crate::world::run;

/// Two sets with a cable between, and a third one; `ours` is `ip` as ours.
const PLACE: &str = r#"
mkdir /run/ours
ln -s "$(command -v insula)" /run/ours/ip
ours() { /run/ours/ip "$@"; }
insula net create one two three
ours link add trunk netns one type veth peer name trunk netns two
for set in one two; do ours -n $set link set trunk up; done
# Whether the kernel has a type; if not, that is what is told.
has_type() {
    ours -n one link add link trunk name tried type "$@" 2> /run/err || {
        has "$(cat /run/err)" "this kernel has no links of type \`$1\`"
        return 1
    }
    ours -n one link delete tried
}
# up SET INTERFACE ADDRESS
up() { ours -n "$1" address add "$3" dev "$2"; ours -n "$1" link set "$2" up; }
# From a set to an address, by way of an interface if there is a third word.
reaches() { ip netns exec "$1" ping -c1 -W20 ${3:+-I "$3"} "$2" > /dev/null; }
misses() { fails ip netns exec "$1" ping -c2 -i0.2 -W1 "$2" > /dev/null; }
"#;

const END: &str = r"
insula net rm one two three
nothing_left
";

/// A world with these packets, where the kernel has the type.
fn where_there_is(kind: &str, packets: &str) {
    run(Root, &format!("{PLACE}if has_type {kind}; then\n{packets}\nfi\n{END}"));
}

pub(crate) fn vlans_on_one_cable_are_apart() {
    where_there_is(
        "vlan id 7",
        "
for set in one two; do ours -n $set link add link trunk name five type vlan id 5; done
ours -n two link add link trunk name six type vlan id 6
up one five 10.5.0.1/24
up two five 10.5.0.2/24
reaches one 10.5.0.2
up two six 10.6.0.2/24
ours -n one address add 10.6.0.1/24 dev five
misses one 10.6.0.2
ours -n two link set six type vlan id 6
ours -n one link add link trunk name six type vlan id 6
ours -n one address flush dev five
up one six 10.6.0.1/24
reaches one 10.6.0.2",
    );
}

pub(crate) fn dummy_has_an_address_that_others_reach() {
    where_there_is(
        "dummy",
        "
up one trunk 10.1.0.1/24
up two trunk 10.1.0.2/24
ours -n one link add service type dummy
up one service 10.7.0.1/32
ours -n two route add 10.7.0.1 via 10.1.0.1
reaches two 10.7.0.1
ours -n one link delete service
misses two 10.7.0.1",
    );
}

pub(crate) fn ipvlan_gives_another_network_a_place_on_the_cable() {
    where_there_is(
        "ipvlan",
        "
up one trunk 10.1.0.1/24
ours -n two link add link trunk name port netns three type ipvlan mode l2
up three port 10.1.0.3/24
reaches three 10.1.0.1
reaches one 10.1.0.3
# It has the hardware's address, and not what is in the network that it was made of.
up two trunk 10.1.0.2/24
same \"$(ours -n three -br link show port | awk '{ print $3 }')\" \"$(ours -n two -br link show trunk | awk '{ print $3 }')\"
misses two 10.1.0.3",
    );
}

pub(crate) fn vrf_has_routes_of_its_own() {
    where_there_is(
        "vrf table 5",
        "
ours -n one link add red type vrf table 10
ours -n one link set red up
ours -n one link set trunk master red
up one trunk 10.1.0.1/24
up two trunk 10.1.0.2/24
has \"$(ours -n one route show vrf red)\" 10.1.0.0/24
reaches one 10.1.0.2 red
misses one 10.1.0.2
ours -n one link set trunk nomaster
reaches one 10.1.0.2",
    );
}
