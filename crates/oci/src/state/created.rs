//! Points in time, as RFC 3339 has them.

use std::fmt;
use std::str::FromStr;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// When a container was created, in UTC.
///
/// Written as Go's `time.RFC3339Nano`, without zeros at its end: `2026-11-29T17:05:52.257203488Z`.
///
/// ```
/// use insula_oci::state::Created;
/// let created: Created = "2024-02-29T23:59:59.5Z".parse()?;
/// assert_eq!(created.seconds(), 1_709_251_199);
/// assert_eq!(created.to_string(), "2024-02-29T23:59:59.5Z");
/// # Ok::<(), insula_oci::state::ParseCreatedError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Created {
    seconds: i64,
    nanoseconds: u32,
}

/// A text that is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no point in time, such as `2026-11-29T17:05:52.25Z`", text.escape_debug())]
pub struct ParseCreatedError {
    /// The text.
    pub text: String,
}

/// The first second of the year 10000, for which RFC 3339 has no form.
const END: i64 = 253_402_300_800;

impl Created {
    /// Now, by the real-time clock.
    #[must_use]
    pub fn now() -> Self {
        let now = clock_gettime(ClockId::Realtime);
        let nanoseconds = u32::try_from(now.tv_nsec).expect("the kernel's nanoseconds are below a second");
        Self { seconds: now.tv_sec.clamp(0, END - 1), nanoseconds }
    }

    /// Seconds since 1970; not below zero, and before the year 10000.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }
}

/// Days in the 400 years after which the calendar repeats itself.
const DAYS_OF_ERA: i64 = 146_097;

/// Year, month from 1 and day from 1 of a day since 1970, in the Gregorian calendar.
///
/// Years that begin with March have the day that leap years add at their end, so that days before a month are a line:
/// the months from March on have 31 30 31 30 31 days, over and over.
fn date(day: i64) -> (i64, i64, i64) {
    // Since 0000-03-01.
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(DAYS_OF_ERA), day.rem_euclid(DAYS_OF_ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day)
}

/// The day since 1970 of a date; the inverse of [`date`].
fn day(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * DAYS_OF_ERA + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds > 0 {
            let fraction = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl FromStr for Created {
    type Err = ParseCreatedError;

    /// Takes UTC alone, from 1970 to 9999, with up to nine digits after the second.
    fn from_str(text: &str) -> Result<Self, ParseCreatedError> {
        parse(text).ok_or_else(|| ParseCreatedError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Created> {
    let (whole, fraction) = match text.strip_suffix('Z')?.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text.strip_suffix('Z')?, None),
    };
    if !whole.is_ascii() || whole.len() != "1970-01-01T00:00:00".len() {
        return None;
    }
    for (at, separator) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
        if whole.as_bytes()[at] != separator {
            return None;
        }
    }
    let [year, month, of_month, hour, minute, second] =
        [&whole[..4], &whole[5..7], &whole[8..10], &whole[11..13], &whole[14..16], &whole[17..]].map(number);
    let since = day(year?, month?, of_month?);
    // A date that does not exist, such as February 30, is another one when it comes back.
    if date(since) != (year?, month?, of_month?) || !(1..=12).contains(&month?) {
        return None;
    }
    if hour? > 23 || minute? > 59 || second? > 59 {
        return None;
    }
    let seconds = since * 86_400 + hour? * 3_600 + minute? * 60 + second?;
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) if (1..=9).contains(&digits.len()) => {
            let missing = u32::try_from(9 - digits.len()).ok()?;
            u32::try_from(number(digits)?).ok()? * 10_u32.pow(missing)
        }
        Some(_) => return None,
    };
    (0..END).contains(&seconds).then_some(Created { seconds, nanoseconds })
}

/// Digits alone, without the sign that `str::parse` would take.
fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

impl TryFrom<String> for Created {
    type Error = ParseCreatedError;

    fn try_from(text: String) -> Result<Self, ParseCreatedError> {
        text.parse()
    }
}

impl From<Created> for String {
    fn from(created: Created) -> Self {
        created.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pairs that `date -u -d @SECONDS` prints.
    #[test]
    fn points_in_time_are_those_of_the_calendar() {
        for (seconds, nanoseconds, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z"),
            (951_868_799, 999_999_999, "2000-02-29T23:59:59.999999999Z"),
            (4_107_542_400, 1_000, "2100-03-01T00:00:00.000001Z"),
            (1_796_058_352, 257_203_488, "2026-11-30T17:05:52.257203488Z"),
            (253_402_300_799, 500_000_000, "9999-12-31T23:59:59.5Z"),
        ] {
            let created = Created { seconds, nanoseconds };
            assert_eq!(created.to_string(), text);
            assert_eq!(text.parse(), Ok(created));
        }
    }

    #[test]
    fn what_is_no_point_in_time_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-29T17:05:52",
            "2026-11-29 17:05:52Z",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.1234567890Z",
            "2026-01-01T00:00:00.+1Z",
            "+026-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-01-01T00:00:0éZ",
        ] {
            assert!(text.parse::<Created>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn printed_points_parse_back(seconds in 0..END, nanoseconds in 0..1_000_000_000_u32) {
            let created = Created { seconds, nanoseconds };
            prop_assert_eq!(created.to_string().parse(), Ok(created));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Created>();
        }
    }
}
