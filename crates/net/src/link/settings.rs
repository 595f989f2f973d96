//! What can be asked of an interface, new or there already.

use super::attribute as ifla;
use super::create::Place;
use super::function::FunctionChange;
use super::hardware::HardwareAddress;
use super::header::LinkHeader;
use crate::name::IfName;
use crate::wire::{Message, NESTED};

/// Flags of an interface that are to be set or cleared: `IFF_*` in `linux/if.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagChange {
    /// Their values.
    pub flags: u32,
    /// Those that are changed.
    pub mask: u32,
}

impl FlagChange {
    /// Sets `flag`.
    pub const fn set(&mut self, flag: u32) {
        self.mask |= flag;
        self.flags |= flag;
    }

    /// Clears `flag`.
    pub const fn clear(&mut self, flag: u32) {
        self.mask |= flag;
        self.flags &= !flag;
    }
}

/// Attributes of an interface, all of which go into one request. What is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct LinkSettings {
    /// `IFF_UP` and others.
    pub flags: FlagChange,
    /// Its name.
    pub name: Option<IfName>,
    /// Its link-layer address.
    pub address: Option<HardwareAddress>,
    /// The address of all stations.
    pub broadcast: Option<HardwareAddress>,
    /// The largest packet, in bytes.
    pub mtu: Option<u32>,
    /// The number of the bridge, bond or VRF that it is a port of; 0 for none.
    pub master: Option<u32>,
    /// The number of the interface that it is made on.
    pub link: Option<u32>,
    /// The network namespace that [`LinkSettings::link`] is in, by the number that it has here.
    pub link_netnsid: Option<i32>,
    /// Settings of its virtual functions.
    pub functions: Vec<FunctionChange>,
    /// A text for people, up to 255 bytes.
    pub alias: Option<String>,
    /// The network namespace that it is to be in.
    pub place: Option<Place>,
    /// Its number there.
    pub new_index: Option<u32>,
    /// How many packets wait to be sent, at most.
    pub queue_length: Option<u32>,
    /// How many transmit queues.
    pub transmit_queues: Option<u32>,
    /// How many receive queues.
    pub receive_queues: Option<u32>,
    /// The group.
    pub group: Option<u32>,
    /// 0 as usual, 1 dormant first.
    pub link_mode: Option<u8>,
    /// The operational state: `IF_OPER_*`.
    pub state: Option<u8>,
    /// Whether a user-space driver says that it carries traffic.
    pub carrier: Option<bool>,
    /// Whether a protocol holds it down.
    pub protocol_down: Option<bool>,
    /// Why: the bits' values and which of them count.
    pub protocol_down_reason: Option<(u32, u32)>,
    /// How IPv6 makes the link-local address: `IN6_ADDR_GEN_MODE_*`.
    pub address_generation: Option<u8>,
    /// The device that it is of. The kernel heeds it for few types, when one is made.
    pub parent_device: Option<String>,
    /// Bytes of a packet before it is cut.
    pub gso_max_size: Option<u32>,
    /// Segments of a packet before it is cut.
    pub gso_max_segs: Option<u32>,
    /// Bytes of a packet when it is put together.
    pub gro_max_size: Option<u32>,
    /// The same two of IPv4, where the kernel has limits of its own for that.
    pub gso_ipv4_max_size: Option<u32>,
    /// See [`LinkSettings::gso_ipv4_max_size`].
    pub gro_ipv4_max_size: Option<u32>,
}

impl LinkSettings {
    /// Brings it up, or takes it down.
    pub(super) const fn up(&mut self, up: bool) {
        let flag = libc::IFF_UP.cast_unsigned();
        if up { self.flags.set(flag) } else { self.flags.clear(flag) }
    }

    pub(super) const fn header(&self, index: u32) -> LinkHeader {
        LinkHeader { family: 0, hardware: 0, index, flags: self.flags.flags, change: self.flags.mask }
    }

    pub(super) fn put(&self, message: &mut Message) {
        if let Some(name) = &self.name {
            message.put_str(ifla::IFNAME, name.as_str());
        }
        if let Some(address) = &self.address {
            message.put(ifla::ADDRESS, address.bytes());
        }
        if let Some(address) = &self.broadcast {
            message.put(ifla::BROADCAST, address.bytes());
        }
        if let Some(alias) = &self.alias {
            message.put(ifla::IFALIAS, alias.as_bytes());
        }
        if let Some(id) = self.link_netnsid {
            message.put_i32(ifla::LINK_NETNSID, id);
        }
        let numbers = [
            (ifla::MTU, self.mtu),
            (ifla::MASTER, self.master),
            (ifla::LINK, self.link),
            (ifla::NEW_IFINDEX, self.new_index),
            (ifla::TXQLEN, self.queue_length),
            (ifla::NUM_TX_QUEUES, self.transmit_queues),
            (ifla::NUM_RX_QUEUES, self.receive_queues),
            (ifla::GROUP, self.group),
            (ifla::GSO_MAX_SIZE, self.gso_max_size),
            (ifla::GSO_MAX_SEGS, self.gso_max_segs),
            (ifla::GRO_MAX_SIZE, self.gro_max_size),
            (ifla::GSO_IPV4_MAX_SIZE, self.gso_ipv4_max_size),
            (ifla::GRO_IPV4_MAX_SIZE, self.gro_ipv4_max_size),
        ];
        for (kind, number) in numbers {
            if let Some(number) = number {
                message.put_u32(kind, number);
            }
        }
        let bytes = [
            (ifla::LINKMODE, self.link_mode),
            (ifla::OPERSTATE, self.state),
            (ifla::CARRIER, self.carrier.map(u8::from)),
            (ifla::PROTO_DOWN, self.protocol_down.map(u8::from)),
        ];
        for (kind, byte) in bytes {
            if let Some(byte) = byte {
                message.put_u8(kind, byte);
            }
        }
        if let Some(device) = &self.parent_device {
            message.put_str(ifla::PARENT_DEV_NAME, device);
        }
        if let Some((value, mask)) = self.protocol_down_reason {
            message.nest(ifla::PROTO_DOWN_REASON | NESTED, |reason| {
                reason.put_u32(ifla::PROTO_DOWN_REASON_MASK, mask);
                reason.put_u32(ifla::PROTO_DOWN_REASON_VALUE, value);
            });
        }
        if let Some(mode) = self.address_generation {
            message.nest(ifla::AF_SPEC | NESTED, |families| {
                families.nest(ifla::AF_INET6 | NESTED, |inet6| inet6.put_u8(ifla::INET6_ADDR_GEN_MODE, mode));
            });
        }
        FunctionChange::put_all(&self.functions, message);
        if let Some(place) = &self.place {
            place.put(message);
        }
    }
}
