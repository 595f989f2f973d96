//! Virtual functions: what a network card shows the machine as further cards. See `ip-link(8)`, `vf`.

use std::fmt;

use super::attribute as ifla;
use super::hardware::HardwareAddress;
use super::header::LinkHeader;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, NESTED, Received, at};

/// `IFLA_VF_INFO`, and what is in it: `IFLA_VF_*`.
const INFO: u16 = 1;
const MAC: u16 = 1;
const VLAN: u16 = 2;
const TX_RATE: u16 = 3;
const SPOOFCHK: u16 = 4;
const LINK_STATE: u16 = 5;
const RATE: u16 = 6;
const RSS_QUERY_EN: u16 = 7;
const TRUST: u16 = 9;
const IB_NODE_GUID: u16 = 10;
const IB_PORT_GUID: u16 = 11;
const VLAN_LIST: u16 = 12;
const VLAN_INFO: u16 = 1;

/// `RTEXT_FILTER_VF`.
const WITH_FUNCTIONS: u32 = 1;

/// Settings of a virtual function of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionChange {
    /// Its number, from 0.
    pub number: u32,
    /// What it is to have.
    pub settings: Vec<FunctionSetting>,
}

/// One setting of a virtual function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FunctionSetting {
    /// Its link-layer address.
    Address(HardwareAddress),
    /// The VLAN that it is in; 0 for none.
    Vlan {
        /// The VLAN's number, 0 to 4095.
        id: u32,
        /// The priority of its packets, 0 to 7.
        priority: u32,
        /// `ETH_P_8021AD`, where it is not 802.1Q.
        protocol: Option<u16>,
    },
    /// The most that it sends, in megabits a second; 0 for no limit.
    TransmitRate(u32),
    /// The least and the most that it sends, likewise.
    Rates {
        /// What it gets in any case.
        least: u32,
        /// What it gets at most.
        most: u32,
    },
    /// Whether it may only send as itself.
    SpoofCheck(bool),
    /// Whether it may ask how packets are spread over queues.
    QueryRss(bool),
    /// Whether it may do what could harm others, as to receive all packets.
    Trust(bool),
    /// Its state.
    State(FunctionState),
    /// Its node's identifier on InfiniBand.
    NodeGuid(u64),
    /// Its port's identifier on InfiniBand.
    PortGuid(u64),
}

/// `IFLA_VF_LINK_STATE_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionState {
    /// As the card itself.
    Auto = 0,
    /// Up, whatever the card is.
    Enable = 1,
    /// Down.
    Disable = 2,
}

impl FunctionChange {
    pub(super) fn put_all(all: &[Self], message: &mut Message) {
        if all.is_empty() {
            return;
        }
        message.nest(ifla::VFINFO_LIST | NESTED, |list| {
            for change in all {
                list.nest(INFO | NESTED, |info| {
                    for setting in &change.settings {
                        setting.put(change.number, info);
                    }
                });
            }
        });
    }
}

impl FunctionSetting {
    /// Each is a structure that begins with the number of the function.
    fn put(&self, number: u32, message: &mut Message) {
        let numbers = |rest: &[u32]| -> Vec<u8> {
            std::iter::once(&number).chain(rest).flat_map(|number| number.to_ne_bytes()).collect()
        };
        match self {
            Self::Address(address) => {
                let mut bytes = numbers(&[]);
                bytes.extend(address.bytes());
                bytes.resize(size_of::<u32>() + HardwareAddress::MAX, 0);
                message.put(MAC, &bytes);
            }
            Self::Vlan { id, priority, protocol: None } => message.put(VLAN, &numbers(&[*id, *priority])),
            Self::Vlan { id, priority, protocol: Some(protocol) } => {
                let mut bytes = numbers(&[*id, *priority]);
                bytes.extend(protocol.to_be_bytes());
                bytes.extend([0; 2]);
                message.nest(VLAN_LIST | NESTED, |list| list.put(VLAN_INFO, &bytes));
            }
            Self::TransmitRate(rate) => message.put(TX_RATE, &numbers(&[*rate])),
            Self::Rates { least, most } => message.put(RATE, &numbers(&[*least, *most])),
            Self::SpoofCheck(on) => message.put(SPOOFCHK, &numbers(&[u32::from(*on)])),
            Self::QueryRss(on) => message.put(RSS_QUERY_EN, &numbers(&[u32::from(*on)])),
            Self::Trust(on) => message.put(TRUST, &numbers(&[u32::from(*on)])),
            Self::State(state) => message.put(LINK_STATE, &numbers(&[*state as u32])),
            Self::NodeGuid(guid) | Self::PortGuid(guid) => {
                // The structure is aligned to the identifier.
                let mut bytes = numbers(&[0]);
                bytes.extend(guid.to_ne_bytes());
                message
                    .put(if matches!(self, Self::NodeGuid(_)) { IB_NODE_GUID } else { IB_PORT_GUID }, &bytes);
            }
        }
    }
}

/// The least and the most that virtual function `number` of interface `index` sends; `None` where the card does not say.
///
/// # Errors
/// [`Error`].
pub fn function_rates(route: &mut Netlink, index: u32, number: u32) -> Result<Option<(u32, u32)>, Error> {
    route.ask(&WithFunctions { index }, |received| rates(received, number))
}

fn rates(received: &Received<'_>, number: u32) -> Result<Option<(u32, u32)>, Malformed> {
    let (_, attributes) = received.split::<{ LinkHeader::LENGTH }>()?;
    let Some(list) = attributes.find(ifla::VFINFO_LIST) else { return Ok(None) };
    for function in list.nested() {
        let Some(rate) = function.nested().find(RATE) else { continue };
        let at = |place: usize| at(rate.payload, place * size_of::<u32>()).map(u32::from_ne_bytes);
        if at(0)? == number {
            return Ok(Some((at(1)?, at(2)?)));
        }
    }
    Ok(None)
}

#[derive(Debug)]
struct WithFunctions {
    index: u32,
}

impl fmt::Display for WithFunctions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "look at the virtual functions of link {}", self.index)
    }
}

impl Request for WithFunctions {
    fn encode(&self) -> Encoded {
        let header = LinkHeader { index: self.index, ..LinkHeader::default() };
        let mut message = Message::new(libc::RTM_GETLINK, 0, &header.bytes());
        message.put_u32(ifla::EXT_MASK, WITH_FUNCTIONS);
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Messages;
    use proptest::prelude::*;

    /// The attribute with one function's settings.
    fn bytes(number: u32, settings: &[FunctionSetting]) -> Vec<u8> {
        let mut message = Message::new(0, 0, &[]);
        FunctionChange::put_all(&[FunctionChange { number, settings: settings.to_vec() }], &mut message);
        message.body().to_vec()
    }

    /// Numbers as the kernel has them, behind attributes' lengths and types: those that nest have `NLA_F_NESTED` too.
    fn words(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
    }

    fn nested(length: u32, kind: u16) -> u32 {
        length | u32::from(kind | NESTED) << 16
    }

    fn plain(length: u32, kind: u16) -> u32 {
        length | u32::from(kind) << 16
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn settings_are_the_structures_that_iproute2_sends() {
        // As `strace ip link set dev d0 vf …` of iproute2 6.1 shows them; that does not say that lists are nested.
        let address = FunctionSetting::Address("02:00:00:00:00:05".parse().unwrap());
        let mut wanted = words(&[nested(48, 22), nested(44, 1), plain(40, 1), 3, 0x2, 0x500]);
        wanted.resize(48, 0);
        assert_eq!(bytes(3, &[address]), wanted);
        let vlan = |protocol| FunctionSetting::Vlan { id: 5, priority: 2, protocol };
        assert_eq!(bytes(0, &[vlan(None)]), words(&[nested(24, 22), nested(20, 1), plain(16, 2), 0, 5, 2]));
        assert_eq!(
            bytes(0, &[vlan(Some(0x88a8))]),
            words(&[nested(32, 22), nested(28, 1), nested(24, 12), plain(20, 1), 0, 5, 2, 0xa888])
        );
        assert_eq!(
            bytes(0, &[FunctionSetting::TransmitRate(100)]),
            words(&[nested(20, 22), nested(16, 1), plain(12, 3), 0, 100])
        );
        assert_eq!(
            bytes(0, &[FunctionSetting::Rates { least: 10, most: 100 }]),
            words(&[nested(24, 22), nested(20, 1), plain(16, 6), 0, 10, 100])
        );
        let switches = [
            FunctionSetting::SpoofCheck(true),
            FunctionSetting::QueryRss(false),
            FunctionSetting::Trust(true),
            FunctionSetting::State(FunctionState::Enable),
        ];
        let four = [plain(12, 4), 1, 1, plain(12, 7), 1, 0, plain(12, 9), 1, 1, plain(12, 5), 1, 1];
        assert_eq!(bytes(1, &switches), words(&[&[nested(56, 22), nested(52, 1)], &four[..]].concat()));
        assert_eq!(
            bytes(1, &[FunctionSetting::NodeGuid(0x11_2233_4455_6677)]),
            words(&[nested(28, 22), nested(24, 1), plain(20, 10), 1, 0, 0x4455_6677, 0x11_2233])
        );
    }

    proptest! {
        #[test]
        fn rates_are_read_of_the_function_that_is_meant(least: u32, most: u32, number in 0..4_u32) {
            let mut message = Message::new(libc::RTM_NEWLINK, 0, &LinkHeader::default().bytes());
            let of = |of: u32| if of == number { (least, most) } else { (1, 2) };
            let change = |function| {
                let (least, most) = of(function);
                FunctionChange { number: function, settings: vec![FunctionSetting::Rates { least, most }] }
            };
            FunctionChange::put_all(&(0..4).map(change).collect::<Vec<_>>(), &mut message);
            let mut buffer = Vec::new();
            message.write(1, 0, &mut buffer);
            let received = Messages::new(&buffer).next().unwrap().unwrap();
            prop_assert_eq!(rates(&received, number), Ok(Some((least, most))));
            prop_assert_eq!(rates(&received, 9), Ok(None));
        }

        #[test]
        fn no_bytes_panic(body: Vec<u8>) {
            let _ = rates(&Received { kind: libc::RTM_NEWLINK, flags: 0, sequence: 0, body: &body }, 0);
        }
    }
}
