//! Queueing disciplines of interfaces.

use std::fmt;

use super::discipline::Discipline;
use super::handle::{Handle, TrafficHeader};
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, NESTED, Received, at};

pub(super) const TCA_KIND: u16 = 1;
pub(super) const TCA_OPTIONS: u16 = 2;
const TCA_STATS2: u16 = 7;
const TCA_STATS_BASIC: u16 = 1;
const TCA_STATS_QUEUE: u16 = 3;
const RTM_NEWQDISC: u16 = 36;
const RTM_DELQDISC: u16 = 37;
const RTM_GETQDISC: u16 = 38;

/// A queueing discipline that an interface has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Qdisc {
    /// The number of the interface.
    pub index: u32,
    /// Its name.
    pub handle: Handle,
    /// What it is in.
    pub parent: Handle,
    /// The kernel's name of what it is.
    pub kind: String,
    /// What it does, where that is known here.
    pub discipline: Option<Discipline>,
    /// Bytes that went through.
    pub bytes: u64,
    /// Packets that went through.
    pub packets: u32,
    /// Packets that were lost.
    pub drops: u32,
}

impl Qdisc {
    /// Every queueing discipline in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETQDISC")]
    pub fn list(route: &mut Netlink) -> Result<Vec<Self>, Error> {
        route.dump(
            &List,
            |message| {
                if message.kind == RTM_NEWQDISC { Self::read(message).map(Some) } else { Ok(None) }
            },
        )
    }

    pub(crate) fn read(message: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = message.split()?;
        let header = TrafficHeader::read(&header)?;
        let mut qdisc = Self {
            index: header.index,
            handle: header.handle,
            parent: header.parent,
            kind: String::new(),
            discipline: None,
            bytes: 0,
            packets: 0,
            drops: 0,
        };
        let mut options = &[][..];
        for attribute in attributes {
            match attribute.kind {
                TCA_KIND => qdisc.kind = attribute.text().into_owned(),
                TCA_OPTIONS => options = attribute.payload,
                TCA_STATS2 => {
                    for statistic in attribute.nested() {
                        match statistic.kind {
                            TCA_STATS_BASIC => {
                                qdisc.bytes = statistic.u64()?;
                                qdisc.packets = u32::from_ne_bytes(at(statistic.payload, 8)?);
                            }
                            TCA_STATS_QUEUE => qdisc.drops = u32::from_ne_bytes(at(statistic.payload, 8)?),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        qdisc.discipline = Discipline::read(&qdisc.kind, options)?;
        Ok(qdisc)
    }
}

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list queueing disciplines")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        let header =
            TrafficHeader { index: 0, handle: Handle::UNSPECIFIED, parent: Handle::UNSPECIFIED, info: 0 };
        Encoded(Message::new(RTM_GETQDISC, 0, &header.bytes()))
    }
}

/// A queueing discipline for an interface, in place of the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct NewQdisc {
    /// The number of the interface.
    pub index: u32,
    /// What it is in: [`Handle::ROOT`], or a class.
    pub parent: Handle,
    /// Its name.
    pub handle: Handle,
    /// What it does.
    pub discipline: Discipline,
}

impl NewQdisc {
    /// One for all that leaves the interface, or that comes in if it is [`Discipline::Ingress`].
    pub const fn new(index: u32, discipline: Discipline) -> Self {
        match discipline {
            Discipline::Ingress => {
                Self { index, parent: Handle::INGRESS, handle: Handle::new(0xffff, 0), discipline }
            }
            _ => Self { index, parent: Handle::ROOT, handle: Handle::new(1, 0), discipline },
        }
    }
}

impl fmt::Display for NewQdisc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "queue packets of link {} by `{}`", self.index, self.discipline.name())
    }
}

impl Request for NewQdisc {
    fn encode(&self) -> Encoded {
        let header = TrafficHeader { index: self.index, handle: self.handle, parent: self.parent, info: 0 };
        let flags = libc::NLM_F_CREATE | libc::NLM_F_REPLACE;
        let mut message = Message::new(RTM_NEWQDISC, flags, &header.bytes());
        message.put_str(TCA_KIND, self.discipline.name());
        message.nest(TCA_OPTIONS | NESTED, |options| self.discipline.put(options));
        Encoded(message)
    }
}

/// Takes the queueing discipline of an interface away; the kernel's default takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct DeleteQdisc {
    /// The number of the interface.
    pub index: u32,
    /// [`Handle::ROOT`] or [`Handle::INGRESS`], or a class.
    pub parent: Handle,
}

impl fmt::Display for DeleteQdisc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "take the queueing discipline at {} away from link {}", self.parent, self.index)
    }
}

impl Request for DeleteQdisc {
    fn encode(&self) -> Encoded {
        let header =
            TrafficHeader { index: self.index, handle: Handle::UNSPECIFIED, parent: self.parent, info: 0 };
        Encoded(Message::new(RTM_DELQDISC, 0, &header.bytes()))
    }
}
