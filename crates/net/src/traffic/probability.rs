//! How likely something is to happen to a packet.

use std::fmt;
use std::str::FromStr;

/// From never to always, in steps of one in 2³² - 1, as the kernel counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probability(u32);

/// Not a number of percent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no probability from `0%` to `100%`")]
pub struct ProbabilityError {
    /// The text.
    pub text: Box<str>,
}

impl Probability {
    /// It does not happen.
    pub const NEVER: Self = Self(0);

    /// The kernel's number for it.
    pub(super) const fn number(self) -> u32 {
        self.0
    }

    pub(super) const fn of(number: u32) -> Self {
        Self(number)
    }

    /// In percent, 0 to 100.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / f64::from(u32::MAX) * 100.0
    }
}

impl FromStr for Probability {
    type Err = ProbabilityError;

    /// Percent, with or without the sign.
    fn from_str(text: &str) -> Result<Self, ProbabilityError> {
        let refused = || ProbabilityError { text: text.into() };
        let number = text.strip_suffix('%').unwrap_or(text);
        if !number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(refused());
        }
        let percent: f64 = number.parse().map_err(|_| refused())?;
        if percent > 100.0 {
            return Err(refused());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2³² - 1")]
        Ok(Self((percent / 100.0 * f64::from(u32::MAX)).round() as u32))
    }
}

impl fmt::Display for Probability {
    /// In percent with six digits that count at most: `0.1%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.percent();
        let text = if percent >= 1.0 { format!("{percent:.4}") } else { format!("{percent:.6}") };
        write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_is_read_and_printed() {
        for text in ["0%", "0.1%", "1%", "12.5%", "100%"] {
            assert_eq!(text.parse::<Probability>().unwrap().to_string(), text);
        }
        assert_eq!("100".parse(), Ok(Probability(u32::MAX)));
        for text in ["", "%", "100.1%", "-1%", "1e1", "nan", "inf", "1%%", "."] {
            assert!(text.parse::<Probability>().is_err(), "{text}");
        }
    }
}
