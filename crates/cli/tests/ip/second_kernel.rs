//! The types of links that this kernel may lack, on another one, where a virtual machine is at hand.

use libtest_mimic::{Completion, Failed, Trial};

use crate::machine;

/// Tunnels take minutes there, so all but one are for whoever changes them: `cargo test -p insula --test ip -- --ignored tunnels_elsewhere`.
pub(crate) fn trials() -> [Trial; 2] {
    [
        Trial::ignorable_test("the_second_kernel", || there("link_elsewhere tunnel::ipips")),
        Trial::ignorable_test("tunnels_elsewhere", || there("tunnel::")).with_ignored_flag(true),
    ]
}

fn there(facts: &str) -> Result<Completion, Failed> {
    // What is a module there is not loaded from inside a network namespace; each such would have ten tunnels of the kernel's own.
    let script = format!(
        "for module in 8021q bonding bridge dummy fou geneve ifb ip6_gre ip6_tunnel ip6_vti ip_gre ip_vti ipip ipvlan macsec \
         macvlan macvtap mpls_router sit tun veth vrf vxlan wireguard xfrm_interface; do \
         modprobe $module; done; echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net; \
         for some in {facts}; do \"$0\" --test-threads 2 --skip the_second_kernel $some || exit; done"
    );
    machine::there(&["--timeout", "1200"], &["sh", "-c", &script], &[])
}
