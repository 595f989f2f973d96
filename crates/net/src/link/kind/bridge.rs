//! Bridges and their ports: `IFLA_BR_*` and `IFLA_BRPORT_*` in `linux/if_link.h`. Times are in hundredths of a second.

use std::fmt;

use crate::wire::{Attribute, Field, Malformed, Message, Native, Present, attributes};

attributes! {
    /// What can be set of a bridge.
    pub struct Bridge: "bridge" {
        /// How long a port listens, and learns, before it forwards.
        forward_delay: u32 = 1,
        /// How often the spanning tree is announced.
        hello_time: u32 = 2,
        /// How old an announcement may be.
        max_age: u32 = 3,
        /// How long an address is remembered.
        ageing_time: u32 = 4,
        /// Whether it takes part in the spanning tree protocol.
        stp_state: u32 = 5,
        /// Its priority there; the lowest is the root.
        priority: u16 = 6,
        /// Whether it looks at VLAN tags.
        vlan_filtering: bool = 7,
        /// `ETH_P_8021Q` or `ETH_P_8021AD`.
        vlan_protocol: u16 = 8 Network,
        /// Which link-local groups are forwarded: a bit each.
        group_forward_mask: u16 = 9,
        /// Where its announcements go.
        group_address: [u8; 6] = 20,
        /// Forgets all that it has learned.
        flush: Present = 21,
        /// Whether multicast routers are behind it: 0 never, 1 found out, 2 always.
        multicast_router: u8 = 22,
        /// Whether it listens to who wants which group.
        multicast_snooping: bool = 23,
        /// Whether it asks with its own address.
        multicast_query_use_address: bool = 24,
        /// Whether it asks.
        multicast_querier: bool = 25,
        /// Not used any more.
        multicast_hash_elasticity: u32 = 26,
        /// How many groups it remembers.
        multicast_hash_max: u32 = 27,
        /// How often it asks before it forgets a group.
        multicast_last_member_count: u32 = 28,
        /// How often it asks when it starts.
        multicast_startup_query_count: u32 = 29,
        /// Between those questions.
        multicast_last_member_interval: u64 = 30,
        /// How long a member is remembered.
        multicast_membership_interval: u64 = 31,
        /// How long another querier is waited for.
        multicast_querier_interval: u64 = 32,
        /// How often it asks.
        multicast_query_interval: u64 = 33,
        /// How long an answer may take.
        multicast_query_response_interval: u64 = 34,
        /// How often it asks when it starts.
        multicast_startup_query_interval: u64 = 35,
        /// Whether packets pass iptables.
        netfilter_iptables: bool = 36,
        /// Whether packets pass ip6tables.
        netfilter_ip6tables: bool = 37,
        /// Whether packets pass arptables.
        netfilter_arptables: bool = 38,
        /// The VLAN of what has no tag, 0 for none.
        vlan_default_pvid: u16 = 39,
        /// Whether packets are counted by VLAN.
        vlan_stats: bool = 41,
        /// Whether multicast packets are counted.
        multicast_stats: bool = 42,
        /// 2 or 3.
        multicast_igmp_version: u8 = 43,
        /// 1 or 2.
        multicast_mld_version: u8 = 44,
        /// Whether packets are counted by VLAN and port.
        vlan_stats_per_port: bool = 45,
        /// Further switches, `BR_BOOLOPT_*`: their values, and which of them count.
        switches: (u32, u32) = 46,
        /// How many addresses it learns, 0 without limit.
        fdb_max_learned: u32 = 49,
    }
}

attributes! {
    /// What can only be read of a bridge.
    pub struct BridgeState: "bridge" {
        /// The root of the spanning tree.
        root: BridgeId = 10,
        /// This bridge.
        id: BridgeId = 11,
        /// The port towards the root.
        root_port: u16 = 12,
        /// How far that is.
        root_path_cost: u32 = 13,
        /// Whether the tree is changing.
        topology_change: u8 = 14,
        /// Whether it was this bridge that saw it.
        topology_change_detected: u8 = 15,
        /// Until the next announcement.
        hello_timer: u64 = 16,
        /// Until the next notification of a change.
        tcn_timer: u64 = 17,
        /// Until the change is over.
        topology_change_timer: u64 = 18,
        /// Until old addresses are looked for.
        gc_timer: u64 = 19,
        /// How many addresses it has learned.
        fdb_learned: u32 = 48,
    }
}

attributes! {
    /// What can be set of a port of a bridge.
    pub struct BridgePort: "bridge" {
        /// 0 disabled, 1 listening, 2 learning, 3 forwarding, 4 blocking.
        state: u8 = 1,
        /// Its priority, 0 to 63.
        priority: u16 = 2,
        /// What its way costs.
        cost: u32 = 3,
        /// Whether a packet may leave where it came in.
        hairpin: bool = 4,
        /// Whether announcements are refused.
        guard: bool = 5,
        /// Whether it may not become the way to the root.
        root_block: bool = 6,
        /// Whether a group is left at once.
        fast_leave: bool = 7,
        /// Whether it learns addresses.
        learning: bool = 8,
        /// Whether it gets packets to addresses that are not known.
        flood: bool = 9,
        /// Whether ARP is answered for others.
        proxy_arp: bool = 10,
        /// The same, as IEEE 802.11 has it.
        proxy_arp_wifi: bool = 12,
        /// Forgets what was learned there.
        flush: Present = 24,
        /// As [`Bridge::multicast_router`], and 3 for a while.
        multicast_router: u8 = 25,
        /// Whether it gets multicast of groups that are not known.
        multicast_flood: bool = 27,
        /// Whether multicast is sent to each member alone.
        multicast_to_unicast: bool = 28,
        /// Whether VLANs are mapped to tunnels.
        vlan_tunnel: bool = 29,
        /// Whether it gets broadcasts.
        broadcast_flood: bool = 30,
        /// As [`Bridge::group_forward_mask`].
        group_forward_mask: u16 = 31,
        /// Whether ARP and neighbour discovery are not forwarded to it.
        neighbour_suppress: bool = 32,
        /// Whether it reaches only ports that are not isolated.
        isolated: bool = 33,
        /// The number of the port that stands in for it.
        backup_port: u32 = 34,
        /// How many hosts are followed for each group.
        multicast_hosts_limit: u32 = 37,
        /// Whether only addresses that are known may send.
        locked: bool = 39,
        /// Whether addresses that are not known are kept to be let in.
        mac_authentication_bypass: bool = 40,
        /// How many multicast groups it may be in; 0 is no limit.
        multicast_max_groups: u32 = 42,
        /// Whether [`BridgePort::neighbour_suppress`] is said for each VLAN.
        neighbour_vlan_suppress: bool = 43,
        /// The next hop that what goes to [`BridgePort::backup_port`] is marked with.
        backup_next_hop: u32 = 44,
    }
}

attributes! {
    /// What can only be read of a port of a bridge.
    pub struct BridgePortState: "bridge" {
        /// The root that it knows.
        root: BridgeId = 13,
        /// The bridge on the way there.
        bridge: BridgeId = 14,
        /// The port there.
        designated_port: u16 = 15,
        /// What that way costs.
        designated_cost: u16 = 16,
        /// Priority and number.
        id: u16 = 17,
        /// Its number.
        number: u16 = 18,
        /// Whether a change was acknowledged.
        topology_change_ack: u8 = 19,
        /// Whether an announcement is due.
        config_pending: u8 = 20,
        /// Until what it knows is too old.
        message_age_timer: u64 = 21,
        /// Until it forwards.
        forward_delay_timer: u64 = 22,
        /// Until it may announce again.
        hold_timer: u64 = 23,
    }
}

/// Who a bridge is in the spanning tree: `struct ifla_bridge_id`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BridgeId {
    /// Its priority.
    pub priority: u16,
    /// Its link-layer address.
    pub address: [u8; 6],
}

impl fmt::Display for BridgeId {
    /// As `ip-link(8)` shows it: `8000.2:0:0:0:0:1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}.", self.priority)?;
        for (position, byte) in self.address.iter().enumerate() {
            write!(f, "{}{byte:x}", if position == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl Field<Native> for BridgeId {
    fn put(&self, kind: u16, message: &mut Message) {
        let mut bytes = [0; 8];
        bytes[..2].copy_from_slice(&self.priority.to_be_bytes());
        bytes[2..].copy_from_slice(&self.address);
        message.put(kind, &bytes);
    }

    fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let bytes: [u8; 8] = crate::wire::first(attribute.payload)?;
        let mut id = Self { priority: u16::from_be_bytes([bytes[0], bytes[1]]), address: [0; 6] };
        id.address.copy_from_slice(&bytes[2..]);
        Ok(id)
    }
}

#[cfg(test)]
impl crate::wire::Arbitrary for BridgeId {
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        use proptest::prelude::*;
        any::<(u16, [u8; 6])>().prop_map(|(priority, address)| Self { priority, address }).boxed()
    }
}
