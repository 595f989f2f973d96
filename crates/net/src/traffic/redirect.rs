//! What comes in at one interface, sent out at another: how traffic that comes in is shaped, and two interfaces are one way.

use std::fmt;

use super::handle::{Handle, TrafficHeader};
use super::qdisc::{TCA_KIND, TCA_OPTIONS};
use crate::netlink::{Encoded, Request};
use crate::wire::{Message, NESTED};

const RTM_NEWTFILTER: u16 = 44;
const TCA_U32_SEL: u16 = 5;
const TCA_U32_ACT: u16 = 7;
const TCA_ACT_KIND: u16 = 1;
const TCA_ACT_OPTIONS: u16 = 2;
const TCA_MIRRED_PARMS: u16 = 2;
const TCA_EGRESS_REDIR: u32 = 1;
const TC_ACT_STOLEN: u32 = 4;
const TC_U32_TERMINAL: u8 = 1;

/// A filter on the [`Ingress`](super::Discipline::Ingress) of one interface that hands all that comes in to another, whose
/// queueing discipline it then passes: `tc-u32(8)` and `tc-mirred(8)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Redirect {
    /// The number of the interface where it comes in.
    pub from: u32,
    /// The number of the interface that it is handed to.
    pub to: u32,
}

impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "redirect what comes in at link {} to link {}", self.from, self.to)
    }
}

impl Request for Redirect {
    fn encode(&self) -> Encoded {
        // Priority 1, all protocols, in network byte order.
        let info = 1 << 16 | u32::from(u16::try_from(libc::ETH_P_ALL).expect("a small number").to_be());
        let parent = Handle::new(0xffff, 0);
        let header = TrafficHeader { index: self.from, handle: Handle::UNSPECIFIED, parent, info };
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        let mut message = Message::new(RTM_NEWTFILTER, flags, &header.bytes());
        message.put_str(TCA_KIND, "u32");
        message.nest(TCA_OPTIONS | NESTED, |options| {
            // `struct tc_u32_sel` with one key whose mask is zero, so that all match.
            let mut selector = [0; 32];
            selector[0] = TC_U32_TERMINAL;
            selector[2] = 1;
            options.put(TCA_U32_SEL, &selector);
            options.nest(TCA_U32_ACT | NESTED, |actions| {
                actions.nest(1 | NESTED, |action| {
                    action.put_str(TCA_ACT_KIND, "mirred");
                    action.nest(TCA_ACT_OPTIONS | NESTED, |parameters| {
                        // `struct tc_mirred`: index, capabilities, action, two counts, what to do, with which interface.
                        let words = [0, 0, TC_ACT_STOLEN, 0, 0, TCA_EGRESS_REDIR, self.to];
                        let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_ne_bytes).collect();
                        parameters.put(TCA_MIRRED_PARMS, &bytes);
                    });
                });
            });
        });
        Encoded(message)
    }
}
