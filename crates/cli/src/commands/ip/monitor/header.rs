//! What stands before a change: when it happened, where, and what it is.

use std::time::{SystemTime, UNIX_EPOCH};

use insula_net::Event;
use insula_sys::local_time::LocalTime;

use super::super::Session;
use super::super::options::Timestamp;
use super::super::page::Page;

/// The head of one change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    /// `[LINK]`, if labels are asked for.
    pub(super) label: Option<&'static str>,
    pub(super) event: &'a Event,
    /// Whether changes of other namespaces are heard of too.
    pub(super) all: bool,
}

impl Header<'_> {
    pub(super) fn show(&self, session: &Session, page: &mut Page) {
        if let Some(form) = session.options.timestamp {
            page.text(timestamp(form, SystemTime::now()));
        }
        if self.all {
            match self.event.netns_id {
                None => page.text("[nsid current]"),
                Some(id) => page.text(format_args!("[nsid {id}]")),
            }
        }
        if let Some(label) = self.label {
            page.text(label);
        }
    }
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn timestamp(form: Timestamp, moment: SystemTime) -> String {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    let micros = since.subsec_micros();
    let Some(time) = LocalTime::of(seconds) else { return String::new() };
    let LocalTime { year, month, day, weekday, hour, minute, second } = time;
    let named = |names: &[&'static str], index: i32| {
        usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
    };
    match form {
        Timestamp::Short => {
            format!("[{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}] ")
        }
        Timestamp::Long => format!(
            "Timestamp: {} {} {day:2} {hour:02}:{minute:02}:{second:02} {year} {micros} usec\n",
            named(&DAYS, weekday),
            named(&MONTHS, month - 1),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn timestamps_are_as_ctime_and_as_iso_has_them() {
        let moment = UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_007);
        let short = timestamp(Timestamp::Short, moment);
        assert!(short.starts_with("[2023-11-1") && short.ends_with(".000007] "), "{short}");
        let long = timestamp(Timestamp::Long, moment);
        assert!(long.starts_with("Timestamp: ") && long.ends_with(" 2023 7 usec\n"), "{long}");
    }
}
