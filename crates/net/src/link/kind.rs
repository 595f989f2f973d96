//! The types of interfaces that can be made, and what each has of its own; one file a type. See `ip-link(8)`, TYPES.

mod bond;
mod bridge;
#[cfg(test)]
mod captured;
mod geneve;
mod gre;
mod ip_tunnel;
mod ipvlan;
mod macsec;
mod macvlan;
mod netkit;
mod tun;
mod veth;
mod vlan;
mod vrf;
mod vti;
mod vxlan;
mod xfrm;

pub use bond::{Aggregator, AggregatorState, Bond, BondPort, Targets};
pub use bridge::{Bridge, BridgeId, BridgePort, BridgePortState, BridgeState};
pub use geneve::Geneve;
pub use gre::Gre;
pub use ip_tunnel::{IpTunnel, TunnelFlags};
pub use ipvlan::Ipvlan;
pub use macsec::Macsec;
pub use macvlan::{Macvlan, SourceAddresses};
pub use netkit::{Netkit, NetkitMode};
pub use tun::Tun;
pub use veth::Veth;
pub use vlan::{PriorityMap, Vlan};
pub use vrf::{Vrf, VrfPort};
pub use vti::Vti;
pub use vxlan::{Inherit, Vxlan};
pub use xfrm::Xfrm;

use super::attribute as ifla;
use crate::wire::{Message, NESTED};

/// What type of interface to make: `IFLA_INFO_KIND` and its data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LinkKind {
    /// A pair of Ethernet interfaces: what goes in at one comes out at the other. See `veth(4)`.
    Veth(Veth),
    /// A pair like veth, with BPF programs where the packets pass.
    Netkit(Netkit),
    /// An Ethernet bridge.
    Bridge(Box<Bridge>),
    /// An interface that swallows what is sent to it.
    Dummy,
    /// An interface to which traffic is redirected, to shape what comes in.
    Ifb,
    /// What is tagged with a number on another interface: IEEE 802.1Q.
    Vlan(Vlan),
    /// Another link-layer address on an interface.
    Macvlan(Macvlan),
    /// The same, with a character device for a virtual machine.
    Macvtap(Macvlan),
    /// Other IP addresses on an interface, with its link-layer address.
    Ipvlan(Ipvlan),
    /// The same, with a character device for a virtual machine.
    Ipvtap(Ipvlan),
    /// Ethernet over UDP: RFC 7348.
    Vxlan(Box<Vxlan>),
    /// Ethernet over UDP with options: RFC 8926.
    Geneve(Geneve),
    /// IPv4 or MPLS over IPv4.
    Ipip(Box<IpTunnel>),
    /// IPv6, IPv4 or MPLS over IPv4.
    Sit(Box<IpTunnel>),
    /// IP over IPv6.
    Ip6tnl(Box<IpTunnel>),
    /// Packets over IPv4 by GRE: RFC 2784.
    Gre(Box<Gre>),
    /// Ethernet over IPv4 by GRE.
    Gretap(Box<Gre>),
    /// Copies of Ethernet frames over IPv4 by GRE.
    Erspan(Box<Gre>),
    /// Packets over IPv6 by GRE.
    Ip6gre(Box<Gre>),
    /// Ethernet over IPv6 by GRE.
    Ip6gretap(Box<Gre>),
    /// Copies of Ethernet frames over IPv6 by GRE.
    Ip6erspan(Box<Gre>),
    /// An IPsec tunnel over IPv4, by its key.
    Vti(Vti),
    /// An IPsec tunnel over IPv6, by its key.
    Vti6(Vti),
    /// IPsec policies, by their number.
    Xfrm(Xfrm),
    /// Interfaces with a routing table of their own.
    Vrf(Vrf),
    /// Several interfaces as one.
    Bond(Box<Bond>),
    /// A WireGuard tunnel; its keys and peers are set afterwards.
    WireGuard,
    /// One of a type that is made without saying more: `nlmon`, `vcan`.
    Other(Box<str>),
}

impl LinkKind {
    /// A bridge as the kernel makes it.
    #[must_use]
    pub fn bridge() -> Self {
        Self::Bridge(Box::default())
    }

    /// The kernel's name of the type.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Veth(..) => "veth",
            Self::Netkit(..) => "netkit",
            Self::Bridge(..) => "bridge",
            Self::Dummy => "dummy",
            Self::Ifb => "ifb",
            Self::Vlan(..) => "vlan",
            Self::Macvlan(..) => "macvlan",
            Self::Macvtap(..) => "macvtap",
            Self::Ipvlan(..) => "ipvlan",
            Self::Ipvtap(..) => "ipvtap",
            Self::Vxlan(..) => "vxlan",
            Self::Geneve(..) => "geneve",
            Self::Ipip(..) => "ipip",
            Self::Sit(..) => "sit",
            Self::Ip6tnl(..) => "ip6tnl",
            Self::Gre(..) => "gre",
            Self::Gretap(..) => "gretap",
            Self::Erspan(..) => "erspan",
            Self::Ip6gre(..) => "ip6gre",
            Self::Ip6gretap(..) => "ip6gretap",
            Self::Ip6erspan(..) => "ip6erspan",
            Self::Vti(..) => "vti",
            Self::Vti6(..) => "vti6",
            Self::Xfrm(..) => "xfrm",
            Self::Vrf(..) => "vrf",
            Self::Bond(..) => "bond",
            Self::WireGuard => "wireguard",
            Self::Other(name) => name,
        }
    }

    pub(super) fn put(&self, message: &mut Message) {
        message.nest(ifla::LINKINFO | NESTED, |info| {
            info.put_str(ifla::INFO_KIND, self.name());
            if matches!(self, Self::Dummy | Self::Ifb | Self::WireGuard | Self::Other(..)) {
                return;
            }
            info.nest(ifla::INFO_DATA | NESTED, |data| match self {
                Self::Veth(veth) => veth.put(data),
                Self::Netkit(netkit) => netkit.put(data),
                Self::Bridge(bridge) => bridge.put(data),
                Self::Vlan(vlan) => vlan.put(data),
                Self::Macvlan(macvlan) | Self::Macvtap(macvlan) => macvlan.put(data),
                Self::Ipvlan(ipvlan) | Self::Ipvtap(ipvlan) => ipvlan.put(data),
                Self::Vxlan(vxlan) => vxlan.put(data),
                Self::Geneve(geneve) => geneve.put(data),
                Self::Ipip(tunnel) | Self::Sit(tunnel) | Self::Ip6tnl(tunnel) => tunnel.put(data),
                Self::Gre(gre)
                | Self::Gretap(gre)
                | Self::Erspan(gre)
                | Self::Ip6gre(gre)
                | Self::Ip6gretap(gre)
                | Self::Ip6erspan(gre) => gre.put(data),
                Self::Vti(vti) | Self::Vti6(vti) => vti.put(data),
                Self::Xfrm(xfrm) => xfrm.put(data),
                Self::Vrf(vrf) => vrf.put(data),
                Self::Bond(bond) => bond.put(data),
                Self::Dummy | Self::Ifb | Self::WireGuard | Self::Other(..) => {}
            });
        });
    }
}

/// What an interface is to have as a port of its master: `IFLA_INFO_SLAVE_KIND` and its data.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PortKind {
    /// Of a bridge.
    Bridge(Box<BridgePort>),
    /// Of a bond.
    Bond(BondPort),
}

impl PortKind {
    /// The kernel's name of the type of master.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bridge(..) => "bridge",
            Self::Bond(..) => "bond",
        }
    }

    pub(super) fn put(&self, message: &mut Message) {
        message.nest(ifla::LINKINFO | NESTED, |info| {
            info.put_str(ifla::INFO_SLAVE_KIND, self.name());
            info.nest(ifla::INFO_SLAVE_DATA | NESTED, |data| match self {
                Self::Bridge(port) => port.put(data),
                Self::Bond(port) => port.put(data),
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LinkData;
    use proptest::prelude::*;

    /// What `put` wrote, without the header.
    fn bytes(put: impl FnOnce(&mut Message)) -> Vec<u8> {
        let mut message = Message::new(0, 0, &[]);
        put(&mut message);
        message.body().to_vec()
    }

    macro_rules! round_trips {
        ($($test:ident $type:ty;)*) => {
            proptest! {
                $(#[test]
                fn $test(data: $type, noise: Vec<u8>) {
                    prop_assert_eq!(<$type>::parse(&bytes(|message| data.put(message))).unwrap(), data);
                    let _ = <$type>::parse(&noise);
                })*
            }
        };
    }

    round_trips! {
        bridges_are_read_back Bridge;
        bridge_ports_are_read_back BridgePort;
        vlans_are_read_back Vlan;
        macvlans_are_read_back Macvlan;
        ipvlans_are_read_back Ipvlan;
        vxlans_are_read_back Vxlan;
        geneves_are_read_back Geneve;
        tunnels_are_read_back IpTunnel;
        gres_are_read_back Gre;
        vtis_are_read_back Vti;
        xfrms_are_read_back Xfrm;
        macsecs_are_read_back Macsec;
        vrfs_are_read_back Vrf;
        bonds_are_read_back Bond;
        bond_ports_are_read_back BondPort;
        netkits_are_read_back NetkitMode;
        aggregators_are_read_back AggregatorState;
        bridge_states_are_read_back BridgeState;
        bridge_port_states_are_read_back BridgePortState;
        tuns_are_read_back Tun;
    }
}
