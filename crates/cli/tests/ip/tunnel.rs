//! Facts about tunnels and what is like them, which many kernels lack; the second one has them, and is slow about it.

use crate::fact::{Fact, does, shows};
use crate::link_elsewhere::{BASE, kernel_has};

/// All links, but for addresses that the kernel chooses.
const TUNNELS: &str = "for form in '' -j; do ip $form -d link | sed -E 's/([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/MAC/g; s/permaddr [^ ]*/permaddr/g; s/\"permaddr\":\"[^\"]*\"/permaddr/g'; done";

// One without ends would be that which the kernel makes by itself.
const IPIP: (&str, &str) = kernel_has!("ipip", "ip link add x type ipip remote 10.0.0.1");
const SIT: (&str, &str) = kernel_has!("sit", "ip link add x type sit remote 10.0.0.1");
const IP6TNL: (&str, &str) = kernel_has!("ip6tnl", "ip link add x type ip6tnl remote fd00::1 local fd00::2");
const GRE: (&str, &str) = kernel_has!("gre", "ip link add x type gre remote 10.0.0.1");
const IP6GRE: (&str, &str) = kernel_has!("ip6gre", "ip link add x type ip6gre remote fd00::1 local fd00::2");
const VTI: (&str, &str) =
    kernel_has!("vti6", "ip link add x type vti local 10.0.0.1; ip link add y type vti6 local fd00::1");
const GENEVE: (&str, &str) = kernel_has!("geneve", "ip link add x type geneve id 5 remote 10.0.0.1");
const XFRM: (&str, &str) =
    kernel_has!("xfrm", "ip link add d0 type veth peer name d1; ip link add x type xfrm dev d0 if_id 1");
const MACSEC: (&str, &str) =
    kernel_has!("macsec", "ip link add d0 type veth peer name d1; ip link add link d0 x type macsec");

/// Tunnels of all kinds by `ip tunnel`; it has no word for those that the kernel makes by itself.
const OLD: &str = "ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; ip address add 10.0.0.1/24 dev d0; \
ip tunnel add t1 mode ipip remote 10.0.0.2 local 10.0.0.1; ip tunnel add t2 mode gre remote 10.0.0.3 local 10.0.0.1 key 5 ttl 9 tos 3 dev d0; \
ip tunnel add t3 mode sit remote 10.0.0.4 local 10.0.0.1 ttl 3; ip tunnel add t4 mode isatap local 10.0.0.1; \
ip tunnel add t6 mode gre remote 10.0.0.7 ikey 1.2.3.4 okey 9 csum icsum oseq seq nopmtudisc; ip tunnel add t7 mode ipip remote 10.0.0.17 tos inherit; \
ip tunnel add t8 mode ipip remote 10.0.0.18 tos 10";

/// The kernel gives those that `ioctl(2)` makes other limits of MTUs.
const OLD_TUNNELS: &str =
    "ip tunnel; ip -d link | sed -E 's/([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}/MAC/g; s/m(in|ax)mtu [0-9]+//g'";

const ALL: (&str, &str) = kernel_has!(
    "ipip`, `gre` or `sit",
    "ip link add x type ipip remote 10.0.0.1; ip link add y type gre remote 10.0.0.1; ip link add z type sit remote 10.0.0.1"
);

pub(crate) const FACTS: &[Fact] = &[
    does("ipips", BASE, "ip link add t1 type ipip remote 10.0.0.1 local 10.0.0.2 ttl 5 tos 3 dev d0 fwmark 7 mode any; ip link add t2 type ipip remote 10.0.0.3 tos inherit nopmtudisc mode ipip encap gue encap-sport auto encap-dport 5555 encap-csum encap-remcsum; ip link add t3 type ipip external; ip link add t4 type ipip remote 10.0.0.4 encap fou encap-sport 77 encap-dport 5555 encap-udp6-csum; ip link set t1 type ipip ttl 9 remote 10.0.0.9; ip link set t4 type ipip noencap", TUNNELS).needs(IPIP.0, IPIP.1),
    // The original ends by a fault of its own at `6rd-reset`.
    does("sits", BASE, "ip link add t1 type sit remote 10.0.0.5 local 10.0.0.2 mode ip6ip isatap 6rd-prefix 2001:db8::/32 6rd-relay_prefix 10.1.0.0/16; ip link add t2 type sit remote 10.0.0.6 mode any; ip link set t1 type sit ttl 9", TUNNELS).needs(SIT.0, SIT.1),
    does("ip6tnls", BASE, "ip link add t1 type ip6tnl remote fd00::13 local fd00::2 mode ip6ip6 hoplimit 7 encaplimit none tclass 0x10 flowlabel 0x12345 dev d0 fwmark 5; ip link add t2 type ip6tnl remote fd00::14 local fd00::2 mode ipip6 tclass inherit flowlabel inherit dscp inherit fwmark inherit allow-localremote hoplimit inherit; ip link add t3 type ip6tnl external; ip link set t1 type ip6tnl hoplimit 9 encaplimit 5", TUNNELS).needs(IP6TNL.0, IP6TNL.1),
    does("gres", BASE, "ip link add t1 type gre remote 10.0.0.7 local 10.0.0.2 key 5 seq csum ttl 9 tos 0x10 dev d0; ip link add t2 type gre remote 239.1.1.1 local 10.0.0.2; ip link add t3 type gretap remote 10.0.0.9 ikey 1.2.3.4 okey 9 nopmtudisc ignore-df; ip link add t4 type gretap external; ip link add t5 type erspan remote 10.0.0.11 local 10.0.0.2 seq key 11 erspan_ver 1 erspan 123; ip link add t6 type erspan remote 10.0.0.12 local 10.0.0.2 seq key 12 erspan_ver 2 erspan_dir egress erspan_hwid 0x17; ip link set t1 type gre key 6 nocsum noseq", TUNNELS).needs(GRE.0, GRE.1),
    does("gres_over_ipv6", BASE, "ip link add t1 type ip6gre remote fd00::16 local fd00::2 key 16 seq csum dev d0; ip link add t2 type ip6gretap remote fd00::17 local fd00::2 encaplimit none tclass inherit flowlabel inherit hoplimit inherit fwmark inherit dscp inherit; ip link add t3 type ip6erspan remote fd00::18 local fd00::2 seq key 18 erspan_ver 1 erspan 12; ip link set t2 type ip6gretap hoplimit 9", TUNNELS).needs(IP6GRE.0, IP6GRE.1),
    does("vtis", BASE, "ip link add t1 type vti remote 10.0.0.19 local 10.0.0.2 key 5 dev d0 fwmark 9; ip link add t2 type vti local 10.0.0.2 ikey 1.2.3.4; ip link add t3 type vti6 remote fd00::21 local fd00::2 key 5 dev d0 fwmark 9; ip link set t3 type vti6 key 7", TUNNELS).needs(VTI.0, VTI.1),
    does("geneves", "", "ip link add t1 type geneve id 5 remote 10.0.0.22 ttl 4 tos 3 dstport 5 udpcsum; ip link add t2 type geneve id 6 remote fd00::23 ttl inherit tos inherit df set flowlabel 7 udp6zerocsumtx udp6zerocsumrx; ip link add t3 type geneve external dstport 7; ip link add t4 type geneve id 8 remote 10.0.0.25 df inherit ttl auto innerprotoinherit; ip link set t1 type geneve id 5 ttl 9", TUNNELS).needs(GENEVE.0, GENEVE.1),
    does("xfrms", BASE, "ip link add t1 type xfrm dev d0 if_id 0x10; ip link add t2 type xfrm external; ip link set t1 type xfrm dev d0 if_id 0x11", TUNNELS).needs(XFRM.0, XFRM.1),
    shows("macsecs", "ip link add d0 type veth peer name d1; ip link add link d0 t1 type macsec; ip link add link d1 t2 type macsec port 11 cipher gcm-aes-256 icvlen 16 encrypt on send_sci off end_station on protect on replay on window 64 validate check encodingsa 2", "ip -d link; ip -j -d link; ip -s -d link show t1").needs(MACSEC.0, MACSEC.1),
    shows("tunnels_are_shown", "ip link add t1 type ipip remote 10.0.0.1 local 10.0.0.2; ip link add t2 type gre key 5; ip address add 10.1.0.1/24 dev t1; ip link set t1 up; ip link set t2 up", "ip link; ip -br link; ip address; ip -s -s link show t1; ip -j -s address show t2; ip -d -o address show t1; ip link set t1 type gre ttl 5; echo $?; ip -4 route").needs("ip link add x type ipip remote 10.0.0.1; ip link add y type gre remote 10.0.0.1", "this kernel has no links of type `gre`"),
    shows("old_words_show_tunnels", OLD, "ip tunnel; ip tunnel show t2; ip tunnel show t6; ip -o tunnel; ip -d tunnel; ip -c tunnel; ip tunnel show mode gre; ip tunnel show remote 10.0.0.4; ip tunnel show nonsense; ip tunnel show lo; ip tunnel show dev d0; ip tunnel show mode ipip remote 10.0.0.2 local 10.0.0.1").needs(ALL.0, ALL.1),
    shows("old_words_in_json", OLD, "ip -j tunnel; ip -j -p tunnel show t2; ip -s tunnel show t1; ip -s -j tunnel show t2").needs(ALL.0, ALL.1),
    does("old_words_make_tunnels", OLD, "ip tunnel add t11 mode ipip remote 10.0.0.22 local 10.0.0.1; ip tunnel add name t12 mode gre remote 10.0.0.23 local 10.0.0.1 key 5 ttl 9 tos 3 dev d0 seq icsum; ip tunnel add t13 mode sit remote 10.0.0.24 ttl 3 tos inherit; ip tunnel add t14 mode isatap local 10.0.0.66; ip tunnel add t15 mode gre remote 239.1.1.1 local 10.0.0.1; ip tunnel add t2 mode gre remote 10.0.0.99", OLD_TUNNELS).needs(ALL.0, ALL.1),
    does("old_words_change_tunnels", OLD, "ip tunnel change t1 ttl 7 remote 10.0.0.12; ip tunnel change t2 key 6 nopmtudisc ttl inherit; ip tunnel change t3 tos 0x10 dev d0; ip tunnel change t20 ttl 3", OLD_TUNNELS).needs(ALL.0, ALL.1),
    does("old_words_delete_tunnels", OLD, "ip tunnel del t1; ip tunnel del t2; ip tunnel del mode ipip remote 10.0.0.17; ip tunnel del nonsense", OLD_TUNNELS).needs(ALL.0, ALL.1),
    shows("mistyped_mode", "", "ip tunnel add t1 mode foo"),
    shows("mistyped_end", "", "ip tunnel add t20 mode ipip remote foo"),
    shows("mistyped_ttl", "", "ip tunnel add t20 ttl foo mode ipip"),
    shows("unknown_link", "", "ip tunnel add t20 mode ipip dev foo"),
    shows("key_of_ipip", "", "ip tunnel add t20 mode ipip key 5"),
    shows("ttl_and_no_discovery", "", "ip tunnel add t20 mode ipip ttl 5 nopmtudisc"),
    shows("mode_is_missing", "", "ip tunnel add t20 remote 10.0.0.99"),
    shows("unknown_verb", "", "ip tunnel foo"),
    shows("two_modes", "", "ip tunnel add t20 mode ipip mode gre"),
    shows("missing_tunnel_is_changed", "", "ip tunnel change t20 ttl 3"),
    shows("missing_tunnel_is_deleted", "", "ip tunnel del nonsense"),
    shows("broadcast_without_a_source", "", "ip tunnel add t20 mode gre remote 239.1.1.1"),
];
