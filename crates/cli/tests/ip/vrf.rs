//! Facts about `ip vrf`.

use crate::fact::{Fact, shows};
use crate::link_elsewhere::kernel_has;

const VRF: (&str, &str) = kernel_has!("vrf", "ip link add x type vrf table 10");

pub(crate) const FACTS: &[Fact] = &[
    shows("no_virtual_router", "", "ip vrf; ip vrf list; ip -j vrf; ip -o vrf show"),
    shows("unknown_virtual_router", "", "ip vrf show foo"),
    shows("processes_of_none", "", "ip vrf pids foo"),
    shows("name_is_missing", "", "ip vrf pids"),
    shows("mistyped_process", "", "ip vrf identify foo"),
    shows("missing_process", "mount -t proc none /proc", "ip vrf identify 99999999"),
    shows("process_of_none", "", "ip vrf identify; ip vrf identify 1; echo $?"),
    shows("two_processes", "", "ip vrf identify 1 2"),
    shows("unknown_verb", "", "ip vrf foo"),
    shows("virtual_routers", "ip link add red type vrf table 10; ip link add a-much-longer-x type vrf table 123456", "ip vrf; ip vrf show red; ip -j vrf; ip -j -p vrf show; ip -j vrf show red; ip vrf show lo").needs(VRF.0, VRF.1),
    shows("processes_of_a_virtual_router", "ip link add red type vrf table 10", "/bin/ip vrf exec red sh -c 'ip vrf identify; ip vrf identify $$; sleep 9 & ip vrf pids red | grep sleep | wc -l; kill $!'").needs(VRF.0, VRF.1),
];
