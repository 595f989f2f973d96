//! When something was seen.

use std::time::Duration;

/// The time of day of so long after the beginning of 1970, in UTC.
pub(super) fn time_of_day(time: Duration) -> String {
    let seconds = time.as_secs() % 86_400;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:06}", time.subsec_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_the_day() {
        assert_eq!(time_of_day(Duration::new(1_700_000_000, 42_000)), "22:13:20.000042");
    }
}
