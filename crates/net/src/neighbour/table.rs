//! The tables that neighbours are in, and how each interface asks for neighbours. See `ip-ntable(8)` and `linux/neighbour.h`.

use std::fmt;

use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Attribute, Malformed, Message, Received, at};

/// `RTM_NEWNEIGHTBL`, `RTM_GETNEIGHTBL`, `RTM_SETNEIGHTBL`.
const NEW: u16 = 64;
const GET: u16 = 66;
const SET: u16 = 67;
/// `NDTA_*`.
const NAME: u16 = 1;
const THRESHOLD: u16 = 2;
const CONFIGURATION: u16 = 5;
const PARAMETERS: u16 = 6;
const STATISTICS: u16 = 7;
const INTERVAL: u16 = 8;
/// `NDTPA_IFINDEX`, `NDTPA_REFCNT`.
const INDEX: u16 = 1;
const REFERENCES: u16 = 2;

/// A table of neighbours, or what is different in it for one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeighbourTable {
    /// IPv4 or IPv6.
    pub family: Family,
    /// `arp_cache` or `ndisc_cache`.
    pub name: String,
    /// The interface; none is the table itself.
    pub index: Option<u32>,
    /// With so many entries nothing is collected; with so many what is old; and no more than so many.
    pub thresholds: [Option<u32>; 3],
    /// How often entries are collected, in milliseconds.
    pub interval: Option<u64>,
    /// How many use these settings.
    pub references: Option<u32>,
    /// How neighbours are asked for.
    pub settings: NeighbourSettings,
    /// What the table is like.
    pub configuration: Option<TableConfiguration>,
    /// What was counted: [`TABLE_COUNTERS`] names each.
    pub counters: Vec<u64>,
}

/// What a table is like: `struct ndt_config`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says its name")]
pub struct TableConfiguration {
    pub key_length: u16,
    pub entry_size: u16,
    pub entries: u32,
    /// How long ago, in milliseconds.
    pub last_flush: u32,
    /// How long ago, in milliseconds.
    pub last_random: u32,
    pub hash_random: u32,
    pub hash_mask: u32,
    pub hash_chain: u32,
    pub proxy_queue: u32,
}

/// `struct ndt_stats`, in its order.
pub const TABLE_COUNTERS: [&str; 11] = [
    "allocs",
    "destroys",
    "hash_grows",
    "res_failed",
    "lookups",
    "hits",
    "rcv_probes_mcast",
    "rcv_probes_ucast",
    "periodic_gc_runs",
    "forced_gc_runs",
    "table_fulls",
];

/// `NDTPA_*`: each says its name; times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says its name")]
pub enum NeighbourSetting {
    Reachable,
    BaseReachable,
    Retransmission,
    Stale,
    Delay,
    Queue,
    ApplicationProbes,
    UnicastProbes,
    MulticastProbes,
    AnycastDelay,
    ProxyDelay,
    ProxyQueue,
    LockTime,
}

impl NeighbourSetting {
    /// All of them, in the kernel's order.
    pub const ALL: [Self; 13] = [
        Self::Reachable,
        Self::BaseReachable,
        Self::Retransmission,
        Self::Stale,
        Self::Delay,
        Self::Queue,
        Self::ApplicationProbes,
        Self::UnicastProbes,
        Self::MulticastProbes,
        Self::AnycastDelay,
        Self::ProxyDelay,
        Self::ProxyQueue,
        Self::LockTime,
    ];

    /// The first one is 3.
    const fn number(self) -> u16 {
        self as u16 + 3
    }

    /// Whether it is a time, which has 64 bits.
    const fn is_time(self) -> bool {
        !matches!(
            self,
            Self::Queue
                | Self::ApplicationProbes
                | Self::UnicastProbes
                | Self::MulticastProbes
                | Self::ProxyQueue
        )
    }
}

/// How neighbours are asked for; what is not told is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeighbourSettings([Option<u64>; NeighbourSetting::ALL.len()]);

impl NeighbourSettings {
    /// One of them.
    #[must_use]
    pub const fn get(&self, setting: NeighbourSetting) -> Option<u64> {
        self.0[setting as usize]
    }

    /// Sets one. What is a number and no time has 32 bits.
    pub const fn set(&mut self, setting: NeighbourSetting, value: u64) {
        self.0[setting as usize] = Some(value);
    }

    /// Whether none is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    fn take(&mut self, attribute: &Attribute<'_>) -> Result<(), Malformed> {
        let setting = NeighbourSetting::ALL.into_iter().find(|one| one.number() == attribute.kind);
        if let Some(setting) = setting {
            let value = if setting.is_time() { attribute.u64()? } else { attribute.u32()?.into() };
            self.set(setting, value);
        }
        Ok(())
    }

    fn put(&self, message: &mut Message) {
        for setting in NeighbourSetting::ALL {
            let Some(value) = self.get(setting) else { continue };
            if setting.is_time() {
                message.put_u64(setting.number(), value);
            } else {
                message.put_u32(setting.number(), u32::try_from(value).unwrap_or(u32::MAX));
            }
        }
    }
}

impl NeighbourTable {
    /// Every table, each with its interfaces behind it, in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETNEIGHTBL")]
    pub fn list(route: &mut Netlink, family: Option<Family>) -> Result<Vec<Self>, Error> {
        route.dump(&List(family), |message| if message.kind == NEW { Self::read(message) } else { Ok(None) })
    }

    /// `None` for a table of another protocol.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = message.split::<4>()?;
        let Some(family) = Family::read(header[0]) else { return Ok(None) };
        let mut read = Self {
            family,
            name: String::new(),
            index: None,
            thresholds: [None; 3],
            interval: None,
            references: None,
            settings: NeighbourSettings::default(),
            configuration: None,
            counters: Vec::new(),
        };
        for attribute in attributes {
            match attribute.kind {
                NAME => read.name = attribute.text().into_owned(),
                kind @ THRESHOLD..CONFIGURATION => {
                    read.thresholds[usize::from(kind - THRESHOLD)] = Some(attribute.u32()?);
                }
                CONFIGURATION => read.configuration = Some(TableConfiguration::read(attribute.payload)?),
                INTERVAL => read.interval = Some(attribute.u64()?),
                STATISTICS => {
                    let counters = attribute.payload.chunks_exact(8);
                    read.counters = counters
                        .map(|bytes| at(bytes, 0).map(u64::from_ne_bytes))
                        .collect::<Result<_, _>>()?;
                }
                PARAMETERS => {
                    for inner in attribute.nested() {
                        match inner.kind {
                            INDEX => read.index = Some(inner.u32()?),
                            REFERENCES => read.references = Some(inner.u32()?),
                            _ => read.settings.take(&inner)?,
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(Some(read))
    }
}

impl TableConfiguration {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let half = |place| at(bytes, place).map(u16::from_ne_bytes);
        let word = |place: usize| at(bytes, 4 * place).map(u32::from_ne_bytes);
        Ok(Self {
            key_length: half(0)?,
            entry_size: half(2)?,
            entries: word(1)?,
            last_flush: word(2)?,
            last_random: word(3)?,
            hash_random: word(4)?,
            hash_mask: word(5)?,
            hash_chain: word(6)?,
            proxy_queue: word(7)?,
        })
    }
}

struct List(Option<Family>);

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list tables of neighbours")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        // `struct ndtmsg`.
        Encoded(Message::new(GET, 0, &[Family::number_or_all(self.0), 0, 0, 0]))
    }
}

/// Changes to a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct ChangeNeighbourTable {
    /// Of IPv4 or of IPv6; `None` is whichever has the name.
    pub family: Option<Family>,
    /// Its name.
    pub name: String,
    /// The interface that the settings are for; none: those to come.
    pub index: Option<u32>,
    /// As [`NeighbourTable::thresholds`]. The first namespace alone can change these, and the interval.
    pub thresholds: [Option<u32>; 3],
    /// As [`NeighbourTable::interval`].
    pub interval: Option<u64>,
    /// The settings that change.
    pub settings: NeighbourSettings,
}

impl fmt::Display for ChangeNeighbourTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "change neighbour table `{}`", self.name)
    }
}

impl Request for ChangeNeighbourTable {
    fn encode(&self) -> Encoded {
        let header = [Family::number_or_all(self.family), 0, 0, 0];
        let mut message = Message::new(SET, libc::NLM_F_REPLACE, &header);
        message.put_str(NAME, &self.name);
        for (kind, value) in (THRESHOLD..).zip(self.thresholds) {
            if let Some(value) = value {
                message.put_u32(kind, value);
            }
        }
        if let Some(interval) = self.interval {
            message.put_u64(INTERVAL, interval);
        }
        if !self.settings.is_empty() {
            message.nest(PARAMETERS, |nest| {
                if let Some(index) = self.index {
                    nest.put_u32(INDEX, index);
                }
                self.settings.put(nest);
            });
        }
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Messages, captured};
    use proptest::prelude::*;

    /// `ip ntable change name arp_cache dev va retrans 300 queue 5` of iproute2 6.1, where `va` is number 3.
    const ASKED_BY_IPROUTE2: &str = "
        44 00 00 00 43 00 05 01 01 00 00 00 00 00 00 00 00 00 00 00 0e 00 01 00 61 72 70 5f 63 61 63 68
        65 00 00 00 20 00 06 00 08 00 01 00 03 00 00 00 0c 00 05 00 2c 01 00 00 00 00 00 00 08 00 08 00
        05 00 00 00";

    fn bytes(change: &ChangeNeighbourTable) -> Vec<u8> {
        let mut bytes = Vec::new();
        change.encode().0.write(1, libc::NLM_F_ACK, &mut bytes);
        bytes
    }

    #[test]
    fn what_we_ask_is_what_iproute2_asks() {
        let mut change = ChangeNeighbourTable {
            family: None,
            name: "arp_cache".into(),
            index: Some(3),
            thresholds: [None; 3],
            interval: None,
            settings: NeighbourSettings::default(),
        };
        change.settings.set(NeighbourSetting::Retransmission, 300);
        change.settings.set(NeighbourSetting::Queue, 5);
        assert_eq!(bytes(&change), captured(ASKED_BY_IPROUTE2));
    }

    proptest! {
        #[test]
        fn what_is_asked_for_is_read_back(
            name in "[a-z_]{1,12}", index: u32, thresholds: [Option<u32>; 3], interval: Option<u64>, values: Vec<Option<u32>>,
        ) {
            let mut change = ChangeNeighbourTable {
                family: Some(Family::V6), name, index: Some(index), thresholds, interval, settings: NeighbourSettings::default(),
            };
            change.settings.set(NeighbourSetting::Delay, 7);
            for (setting, value) in NeighbourSetting::ALL.into_iter().zip(values) {
                if let Some(value) = value {
                    change.settings.set(setting, value.into());
                }
            }
            let bytes = bytes(&change);
            let read = NeighbourTable::read(&Messages::new(&bytes).next().unwrap().unwrap()).unwrap().unwrap();
            prop_assert_eq!((read.name, read.index), (change.name, Some(index)));
            prop_assert_eq!((read.thresholds, read.interval), (change.thresholds, change.interval));
            prop_assert_eq!(read.settings, change.settings);
        }

        #[test]
        fn no_message_panics(mut body: Vec<u8>) {
            if let Some(first) = body.first_mut() {
                *first = 2;
            }
            let _ = NeighbourTable::read(&Received { kind: NEW, flags: 0, sequence: 0, body: &body });
        }
    }
}
