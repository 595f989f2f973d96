//! Types of hardware and their addresses: `ARPHRD_*` in `linux/if_arp.h`.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use insula_net::HardwareAddress;

/// The word for a type of hardware.
pub(super) fn name(hardware: u16) -> Option<&'static str> {
    NAMES.iter().find(|(number, _)| *number == hardware).map(|(_, name)| *name)
}

#[rustfmt::skip]
const NAMES: &[(u16, &str)] = &[
    (0, "generic"), (1, "ether"), (2, "eether"), (3, "ax25"), (4, "pronet"), (5, "chaos"), (6, "ieee802"), (7, "arcnet"),
    (8, "atalk"), (15, "dlci"), (19, "atm"), (23, "metricom"), (24, "ieee1394"), (27, "eui64"), (32, "infiniband"),
    (256, "slip"), (257, "cslip"), (258, "slip6"), (259, "cslip6"), (260, "rsrvd"), (264, "adapt"), (270, "rose"),
    (271, "x25"), (272, "hwx25"), (280, "can"), (512, "ppp"), (513, "hdlc"), (516, "lapb"), (517, "ddcmp"), (518, "rawhdlc"),
    (519, "rawip"), (768, "ipip"), (769, "tunnel6"), (770, "frad"), (771, "skip"), (772, "loopback"), (773, "ltalk"),
    (774, "fddi"), (775, "bif"), (776, "sit"), (777, "ip/ddp"), (778, "gre"), (779, "pimreg"), (780, "hippi"), (781, "ash"),
    (782, "econet"), (783, "irda"), (784, "fcpp"), (785, "fcal"), (786, "fcpl"), (787, "fcfb0"), (800, "ieee802.11"),
    (801, "ieee802.11/prism"), (802, "ieee802.11/radiotap"), (803, "ieee802.15.4"), (804, "ieee802.15.4/monitor"),
    (820, "phonet"), (821, "phonet_pipe"), (822, "caif"), (823, "gre6"), (824, "netlink"), (825, "6lowpan"),
    (65534, "none"), (65535, "void"),
];

/// An address as this hardware's are written: that of a tunnel is an IP address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a>(pub(super) &'a HardwareAddress, pub(super) u16);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const IPIP: u16 = 768;
        const TUNNEL6: u16 = 769;
        const SIT: u16 = 776;
        const GRE: u16 = 778;
        const GRE6: u16 = 823;
        let bytes = self.0.bytes();
        match (self.1, <[u8; 4]>::try_from(bytes), <[u8; 16]>::try_from(bytes)) {
            (IPIP | SIT | GRE, Ok(bytes), _) => Ipv4Addr::from(bytes).fmt(f),
            (TUNNEL6 | GRE6, _, Ok(bytes)) => Ipv6Addr::from(bytes).fmt(f),
            _ => self.0.fmt(f),
        }
    }
}
