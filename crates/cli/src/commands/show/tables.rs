//! Tables of `/proc` that are made for people.

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) received_bytes: u64,
    pub(super) sent_bytes: u64,
    /// What else is known, where the caller may ask the namespace: its members are beside the others.
    #[serde(flatten)]
    pub(super) facts: Option<serde_json::Value>,
    /// The same for people.
    #[serde(skip)]
    pub(super) words: String,
}

#[derive(Serialize)]
pub(super) struct Limit {
    pub(super) name: String,
    pub(super) soft: Option<u64>,
    pub(super) hard: Option<u64>,
    pub(super) unit: Option<String>,
}

/// The lines of `/proc/PID/net/dev` behind the two of headings: see `proc_pid_net(5)`.
pub(super) fn links_in(text: &str) -> Vec<Link> {
    let link = |line: &str| {
        let (name, numbers) = line.split_once(':')?;
        let mut numbers = numbers.split_ascii_whitespace();
        let received_bytes = numbers.next()?.parse().ok()?;
        let sent_bytes = numbers.nth(7)?.parse().ok()?;
        let (facts, words) = (None, String::new());
        Some(Link { name: name.trim().to_owned(), received_bytes, sent_bytes, facts, words })
    };
    text.lines().skip(2).filter_map(link).collect()
}

/// The lines of `/proc/PID/limits` behind the heading: columns of fixed width, see `proc_pid_limits(5)`.
pub(super) fn limits(text: &str) -> Vec<Limit> {
    let limit = |line: &str| {
        let (name, rest) = line.split_at_checked(26)?;
        let mut words = rest.split_ascii_whitespace();
        let (soft, hard) = (words.next()?.parse().ok(), words.next()?.parse().ok());
        Some(Limit { name: name.trim().to_owned(), soft, hard, unit: words.next().map(str::to_owned) })
    };
    text.lines().skip(1).filter_map(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        let text = "Inter-|   Receive   |  Transmit\n face |bytes    packets\n    lo:     840      10    0    0    0     0          0         0      841      10    0    0    0     0       0          0\n";
        let links = links_in(text);
        assert_eq!((links[0].name.as_str(), links[0].received_bytes, links[0].sent_bytes), ("lo", 840, 841));
        assert_eq!(links.len(), 1);
    }

    #[test]
    fn limits_are_read() {
        let text = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max cpu time              unlimited            unlimited            seconds   \n\
            Max open files            1024                 4096                 files     \n\
            Max nice priority         0                    0                    \n";
        let limits = limits(text);
        assert_eq!((limits[0].name.as_str(), limits[0].soft), ("Max cpu time", None));
        assert_eq!(
            (limits[1].soft, limits[1].hard, limits[1].unit.as_deref()),
            (Some(1024), Some(4096), Some("files"))
        );
        assert_eq!((limits[2].name.as_str(), limits[2].unit.as_deref()), ("Max nice priority", None));
    }
}
