//! How much passes in a second.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::super::wire::{Malformed, at};

/// A rate, in bytes a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u64);

/// Not a number with a unit of `tc(8)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no rate, such as `20mbit`, `1.5gbit` or `100kbps` (kilobytes a second)")]
pub struct RateError {
    /// The text.
    pub text: Box<str>,
}

/// The units of `tc(8)`, section "UNITS", in bits a second.
const UNITS: [(&str, f64); 20] = [
    ("", 1.0),
    ("bit", 1.0),
    ("kbit", 1e3),
    ("mbit", 1e6),
    ("gbit", 1e9),
    ("tbit", 1e12),
    ("kibit", 1024.0),
    ("mibit", 1_048_576.0),
    ("gibit", 1_073_741_824.0),
    ("tibit", 1_099_511_627_776.0),
    ("bps", 8.0),
    ("kbps", 8e3),
    ("mbps", 8e6),
    ("gbps", 8e9),
    ("tbps", 8e12),
    ("kibps", 8.0 * 1024.0),
    ("mibps", 8.0 * 1_048_576.0),
    ("gibps", 8.0 * 1_073_741_824.0),
    ("tibps", 8.0 * 1_099_511_627_776.0),
    ("k", 1e3),
];

impl Rate {
    /// This many bytes a second.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Bytes a second.
    #[must_use]
    pub const fn in_bytes(self) -> u64 {
        self.0
    }

    /// How many bytes pass in `time`.
    #[must_use]
    pub fn during(self, time: Duration) -> u64 {
        u64::try_from(u128::from(self.0) * time.as_nanos() / 1_000_000_000).unwrap_or(u64::MAX)
    }

    /// How long `bytes` take, in the kernel's ticks of 64 ns: `PSCHED_NS2TICKS`.
    pub(super) fn ticks(self, bytes: u32) -> u32 {
        let nanoseconds = u128::from(bytes) * 1_000_000_000 / u128::from(self.0.max(1));
        u32::try_from(nanoseconds >> 6).unwrap_or(u32::MAX)
    }

    /// The rate as the 32 bits that older structures have room for: the largest number stands for more.
    pub(super) fn narrow(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }

    /// `struct tc_ratespec`, for Ethernet.
    pub(super) fn specification(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        // `TC_LINKLAYER_ETHERNET`; the rest are sizes that are added to packets and rounded up to.
        bytes[1] = 1;
        bytes[8..12].copy_from_slice(&self.narrow().to_ne_bytes());
        bytes
    }

    /// From a `struct tc_ratespec`.
    pub(super) fn read(specification: &[u8]) -> Result<Self, Malformed> {
        at(specification, 8).map(|rate| Self(u32::from_ne_bytes(rate).into()))
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let refused = || RateError { text: text.into() };
        let digits = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let number: f64 = number.parse().map_err(|_| refused())?;
        let unit = unit.to_ascii_lowercase();
        let (_, bits) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
        let bytes = (number * bits / 8.0).round();
        if !(1.0..1e15).contains(&bytes) {
            return Err(refused());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range has been checked"
        )]
        Ok(Self(bytes as u64))
    }
}

impl fmt::Display for Rate {
    /// In the largest decimal unit that leaves whole numbers, as `tc(8)` does: `20Mbit`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from(self.0) * 8;
        let (unit, name) = [(1_000_000_000, "Gbit"), (1_000_000, "Mbit"), (1000, "Kbit"), (1, "bit")]
            .into_iter()
            .find(|(unit, _)| bits >= *unit && bits % unit == 0)
            .unwrap_or((1, "bit"));
        write!(f, "{}{name}", bits / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_are_those_of_tc() {
        assert_eq!("20mbit".parse(), Ok(Rate::bytes(2_500_000)));
        assert_eq!("1.5Gbit".parse(), Ok(Rate::bytes(187_500_000)));
        assert_eq!("100kbps".parse(), Ok(Rate::bytes(100_000)));
        assert_eq!("8".parse(), Ok(Rate::bytes(1)));
        for text in ["", "mbit", "1 mbit", "-1mbit", "1e3bit", "0", "1xbit", "99999999tbit", "1.2.3mbit"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn rates_read_as_tc_prints_them() {
        assert_eq!(Rate::bytes(2_500_000).to_string(), "20Mbit");
        assert_eq!(Rate::bytes(1).to_string(), "8bit");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(bytes in 1..1_u64 << 40) {
            prop_assert_eq!(Rate::bytes(bytes).to_string().parse(), Ok(Rate::bytes(bytes)));
        }
    }
}
