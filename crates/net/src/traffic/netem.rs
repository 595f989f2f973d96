//! Emulation of a bad line: `tc-netem(8)`.

use std::time::Duration;

use super::probability::Probability;
use super::rate::Rate;
use crate::wire::{Attributes, Malformed, Message, at};

const TCA_NETEM_REORDER: u16 = 3;
const TCA_NETEM_CORRUPT: u16 = 4;
const TCA_NETEM_CORR: u16 = 1;
const TCA_NETEM_RATE: u16 = 6;
const TCA_NETEM_RATE64: u16 = 8;
const TCA_NETEM_LATENCY64: u16 = 10;
const TCA_NETEM_JITTER64: u16 = 11;
/// `struct tc_netem_qopt`.
const QOPT: usize = 24;

/// What happens to packets on their way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Netem {
    /// How long each one waits.
    pub delay: Duration,
    /// By how much the delay varies, to both sides.
    pub jitter: Duration,
    /// How much the next delay is like the one before.
    pub delay_correlation: Probability,
    /// How many are lost.
    pub loss: Probability,
    /// How many are sent twice.
    pub duplicate: Probability,
    /// How many get a wrong bit.
    pub corrupt: Probability,
    /// How many are sent at once, before those that wait; only with a delay.
    pub reorder: Probability,
    /// How fast the line is.
    pub rate: Option<Rate>,
    /// How many packets may wait; what comes then is lost.
    pub limit: u32,
}

impl Default for Netem {
    /// A perfect line. The limit is that of `tc(8)`.
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            delay_correlation: Probability::NEVER,
            loss: Probability::NEVER,
            duplicate: Probability::NEVER,
            corrupt: Probability::NEVER,
            reorder: Probability::NEVER,
            rate: None,
            limit: 1000,
        }
    }
}

/// The kernel's ticks of 64 ns, for the fields that kernels before 4.15 read.
fn ticks(time: Duration) -> u32 {
    u32::try_from(time.as_nanos() >> 6).unwrap_or(u32::MAX)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX >> 1)
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

impl Netem {
    pub(super) fn put(&self, options: &mut Message) {
        // Every so many packets, `gap`, one is reordered.
        let gap = u32::from(self.reorder != Probability::NEVER);
        options.append(&words(&[
            ticks(self.delay),
            self.limit,
            self.loss.number(),
            gap,
            self.duplicate.number(),
            ticks(self.jitter),
        ]));
        options.put_u64(TCA_NETEM_LATENCY64, nanoseconds(self.delay));
        options.put_u64(TCA_NETEM_JITTER64, nanoseconds(self.jitter));
        options.put(TCA_NETEM_CORR, &words(&[self.delay_correlation.number(), 0, 0]));
        options.put(TCA_NETEM_REORDER, &words(&[self.reorder.number(), 0]));
        options.put(TCA_NETEM_CORRUPT, &words(&[self.corrupt.number(), 0]));
        if let Some(rate) = self.rate {
            if rate.in_bytes() > u64::from(u32::MAX) {
                options.put_u64(TCA_NETEM_RATE64, rate.in_bytes());
            }
            // Overhead of a packet, size and overhead of a cell.
            options.put(TCA_NETEM_RATE, &words(&[rate.narrow(), 0, 0, 0]));
        }
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, Malformed> {
        let word = |place: usize| at(payload, 4 * place).map(u32::from_ne_bytes);
        let mut netem = Self {
            delay: Duration::from_nanos(u64::from(word(0)?) << 6),
            limit: word(1)?,
            loss: Probability::of(word(2)?),
            duplicate: Probability::of(word(4)?),
            jitter: Duration::from_nanos(u64::from(word(5)?) << 6),
            ..Self::default()
        };
        let mut wide = None;
        for attribute in Attributes::new(payload.get(QOPT..).unwrap_or_default()) {
            match attribute.kind {
                TCA_NETEM_LATENCY64 => netem.delay = Duration::from_nanos(attribute.u64()?),
                TCA_NETEM_JITTER64 => netem.jitter = Duration::from_nanos(attribute.u64()?),
                TCA_NETEM_CORR => netem.delay_correlation = Probability::of(attribute.u32()?),
                TCA_NETEM_REORDER => netem.reorder = Probability::of(attribute.u32()?),
                TCA_NETEM_CORRUPT => netem.corrupt = Probability::of(attribute.u32()?),
                TCA_NETEM_RATE64 => wide = Some(Rate::bytes(attribute.u64()?)),
                TCA_NETEM_RATE => {
                    netem.rate =
                        Some(Rate::bytes(attribute.u32()?.into())).filter(|rate| rate.in_bytes() > 0);
                }
                _ => {}
            }
        }
        netem.rate = wide.or(netem.rate);
        Ok(netem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_asked_is_read_back(
            delay in 0..1_u64 << 40, jitter in 0..1_u64 << 40, numbers: [u32; 5], rate in 1..1_u64 << 40,
            limit: u32,
        ) {
            let [loss, duplicate, corrupt, reorder, correlation] = numbers.map(Probability::of);
            let netem = Netem {
                delay: Duration::from_nanos(delay), jitter: Duration::from_nanos(jitter),
                delay_correlation: correlation, loss, duplicate, corrupt, reorder,
                rate: Some(Rate::bytes(rate)), limit,
            };
            let mut message = Message::new(0, 0, &[]);
            netem.put(&mut message);
            prop_assert_eq!(Netem::read(message.body()), Ok(netem));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Netem::read(&bytes);
        }
    }
}
