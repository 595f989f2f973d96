//! Bonds and their ports: `IFLA_BOND_*` and `IFLA_BOND_SLAVE_*` in `linux/if_link.h`, see the kernel's `networking/bonding.rst`.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::link::LinkData as _;
use crate::wire::{Attribute, Field, Malformed, Message, Native, attributes};

attributes! {
    /// What a bond is. Times are in milliseconds.
    pub struct Bond: "bond" {
        /// 0 balance-rr, 1 active-backup, 2 balance-xor, 3 broadcast, 4 802.3ad, 5 balance-tlb, 6 balance-alb.
        mode: u8 = 1,
        /// The number of the port in use.
        active_port: u32 = 2,
        /// How often links are looked at.
        miimon: u32 = 3,
        /// How long a port is up before it is used.
        up_delay: u32 = 4,
        /// How long it is down before it is not.
        down_delay: u32 = 5,
        /// Whether the kernel's carrier says whether a link is up.
        use_carrier: bool = 6,
        /// How often ARP is asked.
        arp_interval: u32 = 7,
        /// Who is asked.
        arp_targets: Targets<Ipv4Addr> = 8,
        /// What answers count: 0 to 6.
        arp_validate: u32 = 9,
        /// Whether all must answer.
        arp_all_targets: u32 = 10,
        /// The number of the port that is used when it can be.
        primary: u32 = 11,
        /// When it is: 0 always, 1 better, 2 failure.
        primary_reselect: u8 = 12,
        /// Whose address it has: 0 none, 1 active, 2 follow.
        fail_over_mac: u8 = 13,
        /// How a port is chosen: 0 layer2, 1 layer3+4, 2 layer2+3, 3 encap2+3, 4 encap3+4, 5 vlan+srcmac.
        transmit_hash_policy: u8 = 14,
        /// How often groups are joined again.
        resend_igmp: u32 = 15,
        /// How often neighbours are told.
        peer_notifications: u8 = 16,
        /// Whether what comes in at ports not in use counts.
        all_ports_active: u8 = 17,
        /// How many links must be up.
        minimum_links: u32 = 18,
        /// Seconds between learning packets.
        learning_interval: u32 = 19,
        /// How many packets leave by one port before the next.
        packets_per_port: u32 = 20,
        /// 0 slow, 1 fast.
        lacp_rate: u8 = 21,
        /// How an aggregator is chosen: 0 stable, 1 bandwidth, 2 count.
        aggregator_select: u8 = 22,
        /// The priority of this system.
        actor_priority: u16 = 24,
        /// The key of its ports.
        user_port_key: u16 = 25,
        /// Its address.
        actor_system: [u8; 6] = 26,
        /// Whether traffic is moved between ports.
        dynamic_balance: u8 = 27,
        /// Between telling neighbours.
        peer_notification_delay: u32 = 28,
        /// Whether LACP is begun by this side.
        lacp_active: u8 = 29,
        /// How many answers may be missed.
        missed_max: u8 = 30,
        /// Who is asked by IPv6's neighbour discovery.
        neighbour_targets: Targets<Ipv6Addr> = 31,
        /// Whether a port of mode 802.3ad receives only when it may send.
        coupled_control: bool = 32,
        /// Whether ARP and neighbour discovery leave by all ports of mode 802.3ad.
        broadcast_neighbours: bool = 33,
    }
}

attributes! {
    /// What the aggregator in use is, in mode 802.3ad.
    pub struct Aggregator: "bond" {
        /// Its number.
        id: u16 = 1,
        /// How many ports it has.
        ports: u16 = 2,
        /// The key of this side.
        actor_key: u16 = 3,
        /// The key of the other.
        partner_key: u16 = 4,
        /// The address of the other.
        partner: [u8; 6] = 5,
    }
}

attributes! {
    /// What can only be read of a bond.
    pub struct AggregatorState: "bond" {
        /// The aggregator in use.
        aggregator: Aggregator = 23,
    }
}

attributes! {
    /// What a port of a bond has.
    pub struct BondPort: "bond" {
        /// 0 active, 1 backup; only read.
        state: u8 = 1,
        /// 0 up, 1 going down, 2 down, 3 coming up; only read.
        mii_status: u8 = 2,
        /// How often it failed; only read.
        failures: u32 = 3,
        /// The address that it came with; only read.
        permanent_address: [u8; 6] = 4,
        /// The queue of the bond that leaves here.
        queue: u16 = 5,
        /// Its aggregator; only read.
        aggregator: u16 = 6,
        /// What LACP says of this side; only read.
        actor_state: u8 = 7,
        /// What it says of the other; only read.
        partner_state: u16 = 8,
        /// Its priority when another one is to be used.
        priority: i32 = 9,
        /// Its priority in LACP.
        actor_port_priority: u16 = 10,
    }
}

/// Addresses that are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets<A>(pub Vec<A>);

impl<A: Field<Native>> Field<Native> for Targets<A> {
    fn put(&self, kind: u16, message: &mut Message) {
        message.nest(kind | super::NESTED, |list| {
            for (number, address) in (0_u16..).zip(&self.0) {
                address.put(number, list);
            }
        });
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        attribute.nested().map(|one| A::read(&one)).collect::<Result<_, _>>().map(Self)
    }
}

impl Field<Native> for Aggregator {
    fn put(&self, kind: u16, message: &mut Message) {
        message.nest(kind | super::NESTED, |data| Self::put(self, data));
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        Self::parse(attribute.payload)
    }
}

#[cfg(test)]
impl crate::wire::Arbitrary for Aggregator {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::prelude::*;
        any::<Self>().boxed()
    }
}

#[cfg(test)]
impl<A: proptest::arbitrary::Arbitrary + 'static> crate::wire::Arbitrary for Targets<A> {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::prelude::*;
        proptest::collection::vec(any::<A>(), 0..16).prop_map(Self).boxed()
    }
}
