//! Facts about `ip tuntap`.

use crate::fact::{Fact, does, shows};

const TUNS: &str = "mount -t sysfs none /sys; ip tuntap add tap0 mode tap user 0; ip tuntap add dev tun0 mode tun pi multi_queue group 0; ip tuntap add name tap1 mode tap vnet_hdr user nobody";
/// What the original reads is that of this namespace.
const SYS: &str = "mount -t sysfs none /sys";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "tuns_are_listed",
        TUNS,
        "ip tuntap; ip tunt l; ip tap show foo; ip -j tuntap; ip -j -p tuntap; ip -o -d tuntap 2>/dev/null",
    ),
    does(
        "tuns_are_made",
        SYS,
        "ip tuntap add tap0 mode tap user 0; ip tuntap add dev tun0 mode tun pi multi_queue group 0; ip tuntap add name tap1 mode tap vnet_hdr one_queue user nobody; ip tuntap add mode tun; ip tuntap add mode tap",
        "ip tuntap; ip -br link | cut -d' ' -f1",
    ),
    does(
        "tuns_are_deleted",
        TUNS,
        "ip tuntap del tap0 mode tun; echo $?; ip tuntap del tap0 mode tap; ip tuntap del tun0 mode tun; ip tuntap delete dev tun0 mode tun multi_queue; ip tuntap del tap0",
        "ip -br link | cut -d' ' -f1",
    ),
    does(
        "tuns_of_another_namespace",
        "ip netns add blue",
        "ip -n blue tuntap add tap0 mode tap; ip -n blue tuntap del tap0 mode tap; ip -n blue tuntap add tun7 mode tun",
        "ip -n blue -br link; ip -br link",
    ),
    does(
        "tuns_in_a_batch",
        "",
        "printf 'tuntap add tap0 mode tap\\nlink set tap0 mtu 1400\\ntuntap add tap0 mode tap\\nlink set tap0 up\\n' | ip -force -batch -",
        "ip -d link show tap0 | grep -v link/",
    ),
    shows(
        "bad_tuns",
        "ip tuntap add tap0 mode tap",
        "for words in '' 'mode foo' 'mode tun mode tap' tun9 'tun9 mode tun user nosuchuser' 'tun9 mode tun group nosuch' 'tun9 tun8 mode tun' 'tap0 mode tap' \\
'toolongname0123456789 mode tap' 'dev x/y mode tap' dev; do ip tuntap add $words; echo $?; ip tuntap del $words; echo $?; ip tuntap add tap0 mode tap; done; ip tuntap foo; echo $?",
    ),
];
