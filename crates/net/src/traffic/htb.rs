//! A rate shared by classes: `tc-htb(8)`.

use std::fmt;

use super::handle::{Handle, TrafficHeader};
use super::qdisc::{TCA_KIND, TCA_OPTIONS};
use super::rate::Rate;
use crate::netlink::{Encoded, Request};
use crate::wire::{Attributes, Malformed, Message, NESTED, at};

const TCA_HTB_PARMS: u16 = 1;
const TCA_HTB_INIT: u16 = 2;
const TCA_HTB_RATE64: u16 = 6;
const TCA_HTB_CEIL64: u16 = 7;
const RTM_NEWTCLASS: u16 = 40;
/// `TC_HTB_PROTOVER`, major.
const VERSION: u32 = 3;

/// The queueing discipline that has the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Htb {
    /// The minor number of the class for packets that no filter gives to one; 0: they are not limited.
    pub default_class: u16,
}

impl Htb {
    pub(super) fn put(self, options: &mut Message) {
        // `struct tc_htb_glob`: version, rate to quantum, default class, debug, direct packets.
        let words = [VERSION, 10, u32::from(self.default_class), 0, 0];
        options.put(TCA_HTB_INIT, &words.into_iter().flat_map(u32::to_ne_bytes).collect::<Vec<_>>());
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, Malformed> {
        let init = Attributes::new(payload).find(TCA_HTB_INIT).ok_or(Malformed)?;
        let class = u32::from_ne_bytes(at(init.payload, 8)?);
        Ok(Self { default_class: u16::try_from(class & 0xffff).expect("it has 16 bits") })
    }
}

/// What a class gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct HtbClass {
    /// What it always has.
    pub rate: Rate,
    /// What it may have when others leave it.
    pub ceiling: Rate,
    /// How many bytes pass at once after a pause.
    pub burst: u32,
    /// Who is first to have what others leave, 0 to 7.
    pub priority: u32,
}

/// A class to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct NewClass {
    /// The number of the interface.
    pub index: u32,
    /// The queueing discipline or class that it is in.
    pub parent: Handle,
    /// Its name; the major number is that of the queueing discipline.
    pub handle: Handle,
    /// What it gets.
    pub class: HtbClass,
}

impl fmt::Display for NewClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "create class {} on link {}", self.handle, self.index)
    }
}

impl Request for NewClass {
    fn encode(&self) -> Encoded {
        let header = TrafficHeader { index: self.index, handle: self.handle, parent: self.parent, info: 0 };
        let mut message = Message::new(RTM_NEWTCLASS, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &header.bytes());
        message.put_str(TCA_KIND, "htb");
        let class = self.class;
        message.nest(TCA_OPTIONS | NESTED, |options| {
            for (rate, wide) in [(class.rate, TCA_HTB_RATE64), (class.ceiling, TCA_HTB_CEIL64)] {
                if rate.in_bytes() > u64::from(u32::MAX) {
                    options.put_u64(wide, rate.in_bytes());
                }
            }
            // `struct tc_htb_opt`: rate, ceiling, buffers, quantum (the kernel's choice), level, priority.
            let mut parameters = Vec::with_capacity(44);
            parameters.extend_from_slice(&class.rate.specification());
            parameters.extend_from_slice(&class.ceiling.specification());
            let buffers = [class.rate.ticks(class.burst), class.ceiling.ticks(class.burst)];
            for word in [buffers[0], buffers[1], 0, 0, class.priority] {
                parameters.extend_from_slice(&word.to_ne_bytes());
            }
            options.put(TCA_HTB_PARMS, &parameters);
        });
        Encoded(message)
    }
}
