//! The time of day where the machine is: `localtime(3)`.

/// A moment in the local time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
    /// 0 is Sunday.
    pub weekday: i32,
    /// 0 to 23.
    pub hour: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 60.
    pub second: i32,
}

impl LocalTime {
    /// That of a moment in seconds since 1970; `None` if its year is beyond all numbers.
    #[doc(alias = "localtime_r")]
    #[must_use]
    pub fn of(seconds: i64) -> Option<Self> {
        // SAFETY: an all-zero `struct tm` is a valid one.
        let mut broken: libc::tm = unsafe { core::mem::zeroed() };
        // SAFETY: both pointers are valid for the call.
        let filled = unsafe { libc::localtime_r(&raw const seconds, &raw mut broken) };
        (!filled.is_null()).then_some(Self {
            year: broken.tm_year + 1900,
            month: broken.tm_mon + 1,
            day: broken.tm_mday,
            weekday: broken.tm_wday,
            hour: broken.tm_hour,
            minute: broken.tm_min,
            second: broken.tm_sec,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_a_day_apart_are_a_day_apart() {
        let (one, next) = (LocalTime::of(1_700_000_000).unwrap(), LocalTime::of(1_700_086_400).unwrap());
        assert_eq!((one.year, one.month), (2023, 11));
        assert_eq!((one.weekday + 1) % 7, next.weekday);
        assert_eq!((one.hour, one.minute, one.second), (next.hour, next.minute, next.second));
    }
}
