//! Facts about `ip link add`, `set`, `delete` and `property`.

use crate::fact::{Fact, does, shows};

/// All of the links; addresses that the kernel chose are left out.
const ALL: &str = "ip -d link | sed -E 's/([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/MAC/g; s/gc_timer([^0-9]*)[0-9.]+/gc_timer/g; s/NO-CARRIER,|\"NO-CARRIER\",//; s/state (UNKNOWN|UP|DOWN|LOWERLAYERDOWN)/state/'";

const PAIR: &str = "ip link add br0 type bridge; ip link add v0 type veth peer name v1";

pub(crate) const FACTS: &[Fact] = &[
    does(
        "veth_pair",
        "",
        "ip link add veth0 type veth peer name veth1; ip link add v5 up type veth peer v6",
        ALL,
    ),
    does(
        "names_are_chosen_by_the_kernel",
        "",
        "ip link add type veth; ip link add type bridge; ip link add type ifb",
        ALL,
    ),
    does(
        "everything_at_once",
        "",
        "ip link add name b0 index 50 address 02:00:00:00:00:01 broadcast ff:ff:ff:ff:ff:00 mtu 1400 txqueuelen 5 alias 'a b' \
         group 6 numtxqueues 1 arp off up type bridge",
        // The kernel says a moment later that there is no carrier.
        "for i in $(seq 500); do ip link show b0 | grep -q 'state DOWN' && break; sleep 0.02; done; ip link; ip -d link | grep -v bridge",
    ),
    does(
        "peer_has_what_is_said_behind_it",
        "ip netns add blue",
        "ip link add v0 address 02:00:00:00:00:01 mtu 1400 type veth peer name v1 address 02:00:00:00:00:02 mtu 1300 netns blue \
         index 77",
        "ip -d link; ip -n blue -d link",
    ),
    does(
        "moved_to_a_named_namespace",
        "ip netns add blue; ip link add v0 type veth peer name v1",
        "ip link set v1 netns blue; ip link set dev v0 netns blue name v9",
        "ip -br link | cut -d' ' -f1; ip -n blue -br link | cut -d' ' -f1",
    ),
    does(
        "moved_to_the_namespace_of_a_process",
        PAIR,
        "unshare -n sleep 10 & until [ $(readlink /proc/$!/ns/net) != $(readlink /proc/self/ns/net) ]; do sleep 0.02; done; ip link set v1 netns $!; nsenter -n -t $! ip -br link | cut -d' ' -f1; kill $!",
        "true",
    ),
    does(
        "switches",
        PAIR,
        "ip link set v0 up multicast off arp off promisc on allmulticast on trailers off dynamic on; ip link set v1 up down",
        ALL,
    ),
    does(
        "switches_back",
        PAIR,
        "ip link set v0 up promisc on multicast off arp off; ip link set v0 down promisc off multicast on arp on",
        ALL,
    ),
    does(
        "names_and_addresses",
        PAIR,
        "ip link set v0 name port; ip link set dev port address 02:00:00:00:00:05; ip link set port name port; ip link set v1 addr 02:00:00:00:00:06 brd 02:ff:ff:ff:ff:ff",
        ALL,
    ),
    does(
        "sizes",
        PAIR,
        "ip link set v0 mtu 1280 txqueuelen 77; ip link set v1 qlen 5 gso_max_size 30000 gso_max_segs 60 gro_max_size 20000",
        ALL,
    ),
    does(
        "masters_come_and_go",
        PAIR,
        "ip link set v0 master br0; ip link set v1 master br0; ip link set v0 nomaster",
        ALL,
    ),
    does(
        "groups",
        PAIR,
        "ip link set v0 group 5; ip link set v1 group 5; ip link set group 5 mtu 1300; ip link set group 5 up",
        ALL,
    ),
    does("groups_are_deleted", PAIR, "ip link set v0 group 5; ip link del group 5", ALL),
    does(
        "alias_comes_and_goes",
        PAIR,
        "ip link set v0 alias 'one two'; ip link set v1 alias x; ip link set v1 alias ''",
        ALL,
    ),
    does(
        "modes_and_states",
        PAIR,
        "ip link set v0 mode dormant addrgenmode none; ip link set v1 addrgenmode random; ip link set v0 state dormant",
        ALL,
    ),
    does(
        "further_names",
        PAIR,
        "ip link property add dev v0 altname a-name-longer-than-fifteen altname b; ip link property add v0 altname c; ip link property del dev v0 altname b; ip link set a-name-longer-than-fifteen up; ip link set c mtu 1300",
        ALL,
    ),
    does("deleted", PAIR, "ip link del v1; ip link delete dev br0", ALL),
    does(
        "deleted_by_another_name",
        "ip link add v0 type veth peer name v1; ip link property add dev v0 altname a-name-longer-than-fifteen",
        "ip link del a-name-longer-than-fifteen type veth",
        ALL,
    ),
    does(
        "replaced_or_made",
        PAIR,
        "ip link replace b1 type bridge; ip link replace br0 mtu 1300 type bridge; ip link change v0 up",
        ALL,
    ),
    does(
        "abbreviations",
        PAIR,
        "ip l s v0 up; ip l s dev v1 up; ip li a name b5 type bridge; ip l d b5; ip l a b6 type bridge; ip l c b6 up; ip l r b7 type bridge",
        ALL,
    ),
    does(
        "batch_changes",
        "",
        "printf 'link add v0 type veth peer name v1\\nlink set v0 up\\n link set dev v1 up alias \"a b\"\\nlink add br0 type bridge\\nlink set v0 master br0\\nlink show v0\\nlink add br0 type bridge\\nlink del v0\\n' | ip -batch - | cut -c1-30 | grep -v link/",
        ALL,
    ),
    does(
        "batch_changes_by_force",
        "",
        "printf 'link add br0 type bridge\\nlink add br0 type bridge\\nlink set nonsense up\\nlink add br1 type bridge\\nlink set br1 name br2\\nlink set br2 up' | ip -force -batch -",
        ALL,
    ),
    does(
        "batch_by_force_tells_each_refusal_and_does_the_rest",
        "",
        "printf 'link add br0 type bridge\\nlink add br0 type bridge\\nlink add br1 type bridge\\nlink delete nonsense\\nlink set br1 up\\naddress add 10.0.0.1/24 dev br1\\naddress add 10.0.0.1/24 dev br1\\nroute add 10.9.0.0/16 via 10.8.0.1\\nroute add 10.9.0.0/16 via 10.0.0.9\\nlink set br1 name br2\\nlink set br1 mtu 1400\\nlink set br2 mtu 1300\\nrule add table 9\\nrule del table 10\\nlink add v0 type veth peer name v1\\nlink set v0 master br2\\nlink del br0\\nlink add br0 type bridge\\nlink set v1 master br0\\nneigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev br2\\nlink set v0 master br7' | ip -force -batch - 2>err; echo $?; grep . err; rm err",
        "ip -br link | cut -d' ' -f1 | sort; ip address show br2 | grep 'inet '; ip route; ip rule; ip neigh; bridge link | cut -d' ' -f2-8",
    ),
    // The original has no such lines, and does the same by itself.
    does(
        "batch_reaches_other_namespaces",
        "ip netns add blue; ip netns add red",
        "if ip -V | grep -q insula; then
            printf 'link add v0 type veth peer name v1 netns blue\\n-n blue link set lo up\\n-netns blue link set v1 name eth0 up\\n-n blue address add 10.0.0.2/24 dev eth0\\nlink set v0 up\\n-n red link add br0 address 02:00:00:00:00:01 type bridge\\n-n blue link set eth0 netns red\\n-n red link set eth0 master br0\\n-n red link show br0\\n-n red link show br0\\n-n red link set nonsense up\\n-n red netns list\\n' >f
            ip -force -batch f 2>err | grep -c br0
            # The line of each failure.
            grep failed err | sed 's/.*://' >&2; rm f err
        else
            ip link add v0 type veth peer name v1 netns blue; ip -n blue link set lo up; ip -n blue link set v1 name eth0 netns red
            ip -n red link add br0 address 02:00:00:00:00:01 type bridge; ip link set v0 up; ip -n red link set eth0 master br0
            echo 2; printf '11\\n12\\n' >&2
        fi",
        "for net in blue red; do ip -n $net -o link | cut -d' ' -f2,3 | cut -d, -f1 | sort; done; ip -n red -o link show eth0 | grep -o 'master br0'",
    ),
    shows("nothing_to_change", PAIR, "ip link set v0; ip link set v0 type veth; echo changed"),
    shows(
        "device_is_missing",
        "",
        "ip link set; echo $?; ip link del; echo $?; ip link property add altname x; echo $?",
    ),
    shows("type_is_missing", "", "ip link add; echo $?; ip link add a; echo $?; ip link add name a; echo $?"),
    shows(
        "type_is_unknown",
        "",
        "ip link add foo type nosuch; echo $?; ip link add foo type nosuch bar; echo $?",
    ),
    shows(
        "link_is_there_already",
        PAIR,
        "ip link add v0 type veth; echo $?; ip link add b5 index 2 type bridge; echo $?",
    ),
    shows(
        "link_is_not_there",
        PAIR,
        "ip link set nosuch up; echo $?; ip link del nosuch; echo $?; ip link set nosuch mtu 5 name x; echo $?; ip link property add dev nosuch altname x; echo $?",
    ),
    shows("master_is_not_there", PAIR, "ip link set v0 master nosuch"),
    shows(
        "kernel_s_own_words",
        PAIR,
        "ip link set v0 mtu 1000000; echo $?; ip link set v0 protodown on; echo $?; ip link del lo; echo $?",
    ),
    shows(
        "bad_numbers",
        PAIR,
        "ip link set v0 mtu x; ip link set v0 txqueuelen -1; ip link add index 0 name x type bridge",
    ),
    shows("bad_mtu", PAIR, "ip link set v0 mtu x"),
    shows("bad_index", PAIR, "ip link add index 0 name x type bridge"),
    shows("bad_name", PAIR, "ip link set v0 name averyveryverylongname"),
    shows("bad_switch", PAIR, "ip link set v0 arp maybe; echo $?; ip link set v0 carrier 2; echo $?"),
    shows("bad_address", PAIR, "ip link set v0 address zz; echo $?; ip link set v0 address 00:11; echo $?"),
    shows("bad_netns", PAIR, "ip link set v0 netns nosuch"),
    shows("process_is_not_there", PAIR, "ip link set v0 netns 4194303; echo $?"),
    shows("bad_group", PAIR, "ip link set v0 group nosuch"),
    shows("bad_state", PAIR, "ip link set v0 state nosuch"),
    shows("bad_mode", PAIR, "ip link set v0 mode nosuch"),
    shows("bad_address_generation", PAIR, "ip link set v0 addrgenmode nosuch"),
    shows("value_is_missing", PAIR, "ip link set v0 alias"),
    shows("value_comes_twice", PAIR, "ip link set dev v0 mtu 1400 mtu 1500"),
    shows("name_comes_twice", PAIR, "ip link add name x name y type veth"),
    shows("two_links_at_once", PAIR, "ip link set v0 v1"),
    shows("word_is_none", PAIR, "ip link set v0 bar"),
    shows(
        "further_name_is_taken",
        PAIR,
        "ip link property add dev v0 altname v0; echo $?; ip link property del dev v0 altname zz; echo $?",
    ),
    shows("link_below_is_not_there", "", "ip link add link nosuch name x type vlan id 5; echo $?"),
    // No driver of these has virtual functions, so what is asked for right is refused by the kernel.
    shows(
        "virtual_functions",
        PAIR,
        "for words in 'vf 3 mac 02:00:00:00:00:05' 'vf 0 vlan 5 qos 2 proto 802.1ad' 'vf 0 rate 100' 'vf 0 max_tx_rate 100' \
         'vf 0 min 5 max 7' 'vf 1 spoofchk on query_rss off tr on st en' 'vf 1 node_guid 00:11:22:33:44:55:66:77 mtu 1300' \
         'vf 1 vlan 5 vf 2 trust on' 'vf' 'vf x' 'vf 1' 'vf 1 foo' 'vf 1 vlan x' 'vf 1 vlan 5 qos x' 'vf 1 vlan 5 proto 0x806' \
         'vf 1 vlan 5 proto 802.1z' 'vf 1 spoofchk maybe' 'vf 1 state foo' 'vf 1 port_guid 0011223344556677' 'vf 1 rate x' 'vf 1 mac x'
do ip link set v0 $words; echo $?; done; ip link set vf 1 trust on dev v0; echo $?",
    ),
    shows(
        "bad_changes",
        PAIR,
        "for words in 'v0 index 5' 'v0 type foo_slave bar' 'v0 type bridge_slave' 'dev v0 dev v1 up' 'v0 name v1' 'v0 mtu 10' 'group 99 up' 'v0 address 02:00:00'
do ip link set $words; echo $?; done; ip link property foo; echo $?",
    ),
    does("parent_device", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip link set v0 parentdev foo; ip link add br0 address 02:00:00:00:00:09 parentdev foo type bridge; ip link set parentdev v0 up", "ip link"),
];
