//! Groups that keep connections where they are when next hops come and go.

use crate::wire::{Attribute, Malformed, Message};

/// `NHA_RES_GROUP_*`.
const BUCKETS: u16 = 1;
const IDLE: u16 = 2;
const UNBALANCED: u16 = 3;
const UNBALANCED_FOR: u16 = 4;

/// How a group keeps connections where they are. Times are in 1/100 s; what is `None` is the kernel's to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resilience {
    /// Over how many buckets connections are spread.
    pub buckets: Option<u16>,
    /// After how long without traffic a bucket may go to another next hop.
    pub idle: Option<u32>,
    /// After how long out of balance buckets go to other next hops all the same; 0 is never.
    pub unbalanced: Option<u32>,
    /// For how long the group has been out of balance.
    pub unbalanced_for: Option<u64>,
}

impl Resilience {
    pub(super) fn read(attribute: &Attribute<'_>) -> Result<Self, Malformed> {
        let mut read = Self::default();
        for attribute in attribute.nested() {
            match attribute.kind {
                BUCKETS => read.buckets = Some(attribute.u16()?),
                IDLE => read.idle = Some(attribute.u32()?),
                UNBALANCED => read.unbalanced = Some(attribute.u32()?),
                UNBALANCED_FOR => read.unbalanced_for = Some(attribute.u64()?),
                _ => {}
            }
        }
        Ok(read)
    }

    pub(super) fn put(&self, message: &mut Message) {
        if let Some(buckets) = self.buckets {
            message.put_u16(BUCKETS, buckets);
        }
        for (kind, ticks) in [(IDLE, self.idle), (UNBALANCED, self.unbalanced)] {
            if let Some(ticks) = ticks {
                message.put_u32(kind, ticks);
            }
        }
    }
}
