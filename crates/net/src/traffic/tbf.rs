//! A limit of the rate by a bucket of tokens: `tc-tbf(8)`.

use std::time::Duration;

use super::rate::Rate;
use crate::wire::Attributes;
use crate::wire::{Malformed, Message};

const TCA_TBF_PARMS: u16 = 1;
const TCA_TBF_RATE64: u16 = 4;
const TCA_TBF_BURST: u16 = 6;

/// Lets through `rate`, and `burst` at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct TokenBucket {
    /// How much passes for long.
    pub rate: Rate,
    /// How many bytes pass at once after a pause; no packet may be larger.
    pub burst: u32,
    /// How many bytes may wait; what comes then is lost.
    pub limit: u32,
}

impl TokenBucket {
    /// A packet of an Ethernet with offloads has up to 64 KiB, and more than a burst at once is dropped.
    const LEAST_BURST: u32 = 65_536 + 1024;

    /// A bucket for this rate that holds what passes in 4 ms, and in which packets wait for up to 50 ms.
    pub fn new(rate: Rate) -> Self {
        let bytes = |time| u32::try_from(rate.during(time)).unwrap_or(u32::MAX >> 1);
        let burst = bytes(Duration::from_millis(4)).max(Self::LEAST_BURST);
        Self { rate, burst, limit: bytes(Duration::from_millis(50)).saturating_add(burst) }
    }

    pub(super) fn put(&self, options: &mut Message) {
        // `struct tc_tbf_qopt`: rate, peak rate, limit, buffer, mtu.
        let mut parameters = Vec::with_capacity(36);
        parameters.extend_from_slice(&self.rate.specification());
        parameters.extend_from_slice(&[0; 12]);
        parameters.extend_from_slice(&self.limit.to_ne_bytes());
        parameters.extend_from_slice(&self.rate.ticks(self.burst).to_ne_bytes());
        parameters.extend_from_slice(&0_u32.to_ne_bytes());
        options.put(TCA_TBF_PARMS, &parameters);
        options.put_u32(TCA_TBF_BURST, self.burst);
        if self.rate.in_bytes() > u64::from(u32::MAX) {
            options.put_u64(TCA_TBF_RATE64, self.rate.in_bytes());
        }
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, Malformed> {
        let options = Attributes::new(payload);
        let parameters = options.find(TCA_TBF_PARMS).ok_or(Malformed)?.payload;
        let word = |place| crate::wire::at(parameters, place).map(u32::from_ne_bytes);
        let mut rate = Rate::read(parameters)?;
        if let Some(wide) = options.find(TCA_TBF_RATE64) {
            rate = Rate::bytes(wide.u64()?);
        }
        // The kernel tells the burst as the time that it takes.
        let time = Duration::from_nanos(u64::from(word(28)?) << 6);
        let burst = match options.find(TCA_TBF_BURST) {
            Some(burst) => burst.u32()?,
            None => u32::try_from(rate.during(time)).unwrap_or(u32::MAX),
        };
        Ok(Self { rate, burst, limit: word(24)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_asked_is_read_back(rate in 1..1_u64 << 40, burst: u32, limit: u32) {
            let bucket = TokenBucket { rate: Rate::bytes(rate), burst, limit };
            let mut message = Message::new(0, 0, &[]);
            bucket.put(&mut message);
            prop_assert_eq!(TokenBucket::read(message.body()), Ok(bucket));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = TokenBucket::read(&bytes);
        }
    }
}
