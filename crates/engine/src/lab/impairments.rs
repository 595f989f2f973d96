//! What happens to packets on their way out of an interface.

use std::time::Duration;

use insula_net::traffic::{Discipline, Netem, Probability, Rate};

use super::problem::Problem;
use super::topology::duration;

/// What happens to packets that leave through an interface: `tc-netem(8)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impairments {
    /// How long each waits.
    pub delay: Option<Duration>,
    /// How much that varies.
    pub jitter: Option<Duration>,
    /// How many are lost.
    pub loss: Option<Probability>,
    /// How many get a wrong bit.
    pub corruption: Option<Probability>,
    /// How many come twice.
    pub duplication: Option<Probability>,
    /// How many overtake others that wait.
    pub reordering: Option<Probability>,
    /// How fast the line is.
    pub rate: Option<Rate>,
}

impl Impairments {
    /// The keys that [`set`](Self::set) takes.
    pub(super) const KEYS: [&'static str; 7] =
        ["delay", "jitter", "loss", "corruption", "duplication", "reordering", "rate"];

    /// Whether nothing happens to packets.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The queueing discipline that does it; `None` if nothing happens.
    pub(super) fn discipline(&self) -> Option<Discipline> {
        (!self.is_none()).then(|| {
            Discipline::Netem(Netem {
                delay: self.delay.unwrap_or_default(),
                jitter: self.jitter.unwrap_or_default(),
                loss: self.loss.unwrap_or_default(),
                corrupt: self.corruption.unwrap_or_default(),
                duplicate: self.duplication.unwrap_or_default(),
                reorder: self.reordering.unwrap_or_default(),
                rate: self.rate,
                ..Netem::default()
            })
        })
    }

    /// Takes one key of a file with its value.
    pub(super) fn set(&mut self, key: &str, text: &str) -> Result<(), Problem> {
        let invalid = |expected| Problem::Invalid { key: key.to_owned(), text: text.to_owned(), expected };
        let time = || duration(text).ok_or_else(|| invalid("a time such as `40ms`, of at most an hour"));
        let share =
            || text.parse::<Probability>().map_err(|_| invalid("a share such as `0.1%`, of at most 100%"));
        match key {
            "delay" => self.delay = Some(time()?),
            "jitter" => self.jitter = Some(time()?),
            "loss" => self.loss = Some(share()?),
            "corruption" => self.corruption = Some(share()?),
            "duplication" => self.duplication = Some(share()?),
            "reordering" => self.reordering = Some(share()?),
            _ => {
                let expected = "a rate such as `20mbit`; a number alone is of kbit";
                self.rate = Some(rate(text).ok_or_else(|| invalid(expected))?);
            }
        }
        Ok(())
    }

    /// Whether what was set makes sense together.
    pub(super) fn check(&self) -> Result<(), Problem> {
        for (key, given) in [("jitter", self.jitter.is_some()), ("reordering", self.reordering.is_some())] {
            if given && self.delay.is_none() {
                return Err(Problem::Without { key, other: "delay" });
            }
        }
        Ok(())
    }
}

/// A rate; a number alone is of kbit, as containerlab has it.
fn rate(text: &str) -> Option<Rate> {
    let with_unit =
        if text.ends_with(|c: char| c.is_ascii_digit()) { format!("{text}kbit") } else { text.into() };
    with_unit.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(key: &str, text: &str) -> Result<Impairments, Problem> {
        let mut impairments = Impairments::default();
        impairments.set(key, text).map(|()| impairments)
    }

    #[test]
    fn times_shares_and_rates_have_units() {
        assert_eq!(set("delay", "40ms").unwrap().delay, Some(Duration::from_millis(40)));
        assert_eq!(set("jitter", "1.5s").unwrap().jitter, Some(Duration::from_millis(1500)));
        assert_eq!(set("loss", "0.1%").unwrap().loss, "0.1%".parse().ok());
        assert_eq!(set("loss", "10").unwrap().loss, "10%".parse().ok());
        assert_eq!(set("rate", "20mbit").unwrap().rate, "20mbit".parse().ok());
        assert_eq!(set("rate", "100").unwrap().rate, "100kbit".parse().ok());
    }

    #[test]
    fn nonsense_is_refused() {
        for (key, text) in [
            ("delay", "40"),
            ("delay", "-1ms"),
            ("delay", "2h"),
            ("loss", "101%"),
            ("loss", "NaN"),
            ("loss", "-1"),
            ("rate", "fast"),
            ("rate", "1e300gbit"),
            ("delay", ""),
        ] {
            assert!(set(key, text).is_err(), "{key} {text}");
        }
    }

    #[test]
    fn jitter_without_delay_is_refused() {
        assert!(set("jitter", "1ms").unwrap().check().is_err());
    }
}
