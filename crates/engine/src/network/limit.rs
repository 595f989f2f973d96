//! What slows down or harms packets that go one way through an interface.

use std::fmt;
use std::time::Duration;

use insula_net::traffic::{Discipline, Handle, Netem, Probability, Qdisc, Rate, TokenBucket};

use super::Site;

/// What happens to packets on their way. With all that it has by default, nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// How long each waits.
    pub delay: Duration,
    /// By how much that varies, to both sides.
    pub jitter: Duration,
    /// How many are lost.
    pub loss: Probability,
    /// How many come twice.
    pub duplicate: Probability,
    /// How many get a wrong bit.
    pub corrupt: Probability,
    /// How many overtake those that wait; only with a delay.
    pub reorder: Probability,
    /// How much passes in a second.
    pub rate: Option<Rate>,
}

/// Which way packets go, seen from the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Out of it.
    Out,
    /// Into it.
    In,
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Out => "out",
            Self::In => "in",
        })
    }
}

/// Where packets are limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitScope {
    /// At this interface of the set; `None`: at all that Insula made there.
    pub interface: Option<String>,
    /// Which ways.
    pub flows: Vec<Flow>,
}

/// A limit that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitFound {
    /// The set.
    pub site: Site,
    /// The interface in it.
    pub interface: String,
    /// Which way.
    pub flow: Flow,
    /// What happens to the packets; `None` where it was taken away.
    pub limit: Option<Limit>,
}

/// The names of our queueing disciplines, by which they are told from everybody else's. A new one takes the name that the old
/// one does not have, so that the kernel exchanges them at once.
pub(super) const HANDLES: [Handle; 2] = [Handle::new(0x4953, 0), Handle::new(0x4954, 0)];

/// How many packets wait at most where no rate says how fast they come: 40 ms of 1 Gbit/s are 3,300 large ones. The 1,000 of
/// `tc(8)` would lose packets that nobody wants to be lost.
const WAITING: u32 = 100_000;

impl Limit {
    /// Whether nothing happens to packets.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What does this: a rate alone is a matter of a token bucket, which every kernel has; all else of `netem`.
    pub(super) fn discipline(&self) -> Discipline {
        match self.rate {
            Some(rate) if *self == (Self { rate: Some(rate), ..Self::default() }) => {
                Discipline::TokenBucket(TokenBucket::new(rate))
            }
            rate => Discipline::Netem(Netem {
                delay: self.delay,
                jitter: self.jitter,
                loss: self.loss,
                duplicate: self.duplicate,
                corrupt: self.corrupt,
                reorder: self.reorder,
                rate,
                limit: rate.map_or(WAITING, |rate| self.waiting(rate)),
                ..Netem::default()
            }),
        }
    }

    /// How many packets of 1,000 bytes come at this rate while one waits, and in 50 ms besides.
    fn waiting(&self, rate: Rate) -> u32 {
        let time = self.delay.saturating_add(self.jitter).saturating_add(Duration::from_millis(50));
        u32::try_from(rate.during(time) / 1000).unwrap_or(u32::MAX).max(1000)
    }

    pub(super) fn of(discipline: &Discipline) -> Option<Self> {
        match discipline {
            Discipline::TokenBucket(bucket) => Some(Self { rate: Some(bucket.rate), ..Self::default() }),
            Discipline::Netem(netem) => Some(Self {
                delay: netem.delay,
                jitter: netem.jitter,
                loss: netem.loss,
                duplicate: netem.duplicate,
                corrupt: netem.corrupt,
                reorder: netem.reorder,
                rate: netem.rate,
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Limit {
    /// As it is asked for on the command line, without the dashes: `delay 40ms loss 0.1% rate 20Mbit`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: Duration| (!time.is_zero()).then(|| format!("{time:?}"));
        let share = |share: Probability| (share != Probability::NEVER).then(|| share.to_string());
        let parts = [
            ("delay", time(self.delay)),
            ("jitter", time(self.jitter)),
            ("loss", share(self.loss)),
            ("duplicate", share(self.duplicate)),
            ("corrupt", share(self.corrupt)),
            ("reorder", share(self.reorder)),
            ("rate", self.rate.map(|rate| rate.to_string())),
        ];
        let mut space = "";
        for (word, value) in parts {
            if let Some(value) = value {
                write!(f, "{space}{word} {value}")?;
                space = " ";
            }
        }
        Ok(())
    }
}

/// Whether we put it there.
pub(super) fn is_ours(qdisc: &Qdisc) -> bool {
    HANDLES.contains(&qdisc.handle)
}

/// Whether the kernel put it there itself: only those have no name.
pub(super) fn is_default(qdisc: &Qdisc) -> bool {
    qdisc.handle == Handle::UNSPECIFIED
}

/// The name for one that takes the place of `there`.
pub(super) fn next_handle(there: Option<&Qdisc>) -> Handle {
    let taken = there.map(|qdisc| qdisc.handle);
    if taken == Some(HANDLES[0]) { HANDLES[1] } else { HANDLES[0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(delay: u64, rate: &str) -> Limit {
        let rate = (!rate.is_empty()).then(|| rate.parse().unwrap());
        Limit { delay: Duration::from_millis(delay), rate, ..Limit::default() }
    }

    #[test]
    fn rate_alone_needs_no_netem() {
        assert_eq!(limit(0, "20mbit").discipline().name(), "tbf");
        assert_eq!(limit(40, "20mbit").discipline().name(), "netem");
        assert_eq!(limit(40, "").discipline().name(), "netem");
    }

    #[test]
    fn what_a_discipline_does_is_read_back() {
        for limit in [limit(0, "20mbit"), limit(40, "1gbit"), limit(40, "")] {
            assert_eq!(Limit::of(&limit.discipline()), Some(limit));
        }
    }

    #[test]
    fn limit_reads_as_it_is_asked_for() {
        let limit = Limit { loss: "0.1%".parse().unwrap(), ..limit(40, "20mbit") };
        assert_eq!(limit.to_string(), "delay 40ms loss 0.1% rate 20Mbit");
    }

    #[test]
    fn fast_line_keeps_what_it_delays() {
        let Discipline::Netem(netem) = limit(40, "10gbit").discipline() else { panic!() };
        assert!(netem.limit > 40 * 1250);
    }
}
