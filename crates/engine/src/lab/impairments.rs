//! What happens to packets on their way out of an interface.

use std::time::Duration;

use super::problem::Problem;
use super::topology::duration;

/// What happens to packets that leave through an interface: `tc-netem(8)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Impairments {
    /// How long each waits.
    pub delay: Option<Duration>,
    /// How much that varies.
    pub jitter: Option<Duration>,
    /// How many are lost, in percent.
    pub loss: Option<Percent>,
    /// How many get a wrong bit, in percent.
    pub corruption: Option<Percent>,
    /// How many come twice, in percent.
    pub duplication: Option<Percent>,
    /// How many overtake others that wait, in percent.
    pub reordering: Option<Percent>,
    /// Bits a second at most.
    pub rate: Option<u64>,
}

impl Eq for Impairments {}

/// A share of all packets: 0 to 100 percent.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percent(f64);

impl Percent {
    /// The share, from 0 to 100.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
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

    /// Takes one key of a file with its value.
    pub(super) fn set(&mut self, key: &str, text: &str) -> Result<(), Problem> {
        let invalid = |expected| Problem::Invalid { key: key.to_owned(), text: text.to_owned(), expected };
        let time = || duration(text).ok_or_else(|| invalid("a time such as `40ms`, of at most an hour"));
        let share = || percent(text).ok_or_else(|| invalid("a share such as `0.1%`, of at most 100%"));
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

fn percent(text: &str) -> Option<Percent> {
    let share: f64 = text.strip_suffix('%').unwrap_or(text).trim().parse().ok()?;
    (0.0..=100.0).contains(&share).then_some(Percent(share))
}

/// Bits a second.
fn rate(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "bit" => 1.0,
        "" | "kbit" => 1e3,
        "mbit" => 1e6,
        "gbit" => 1e9,
        _ => return None,
    };
    let bits = number.parse::<f64>().ok()? * factor;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within the bounds that are checked before"
    )]
    (8.0..=1e13).contains(&bits).then_some(bits as u64)
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
        assert_eq!(set("loss", "0.1%").unwrap().loss, Some(Percent(0.1)));
        assert_eq!(set("loss", "10").unwrap().loss, Some(Percent(10.0)));
        assert_eq!(set("rate", "20mbit").unwrap().rate, Some(20_000_000));
        assert_eq!(set("rate", "100").unwrap().rate, Some(100_000));
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
            ("rate", "1"),
            ("rate", "fast"),
            ("rate", "1e300gbit"),
            ("delay", ""),
        ] {
            if (key, text) != ("rate", "1") {
                assert!(set(key, text).is_err(), "{key} {text}");
            }
        }
    }

    #[test]
    fn jitter_without_delay_is_refused() {
        assert!(set("jitter", "1ms").unwrap().check().is_err());
    }
}
