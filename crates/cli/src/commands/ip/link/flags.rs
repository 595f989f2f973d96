//! `IFF_*`, between angle brackets.

use super::super::page::Page;

/// In the order in which they are shown. `IFF_RUNNING` is not: without it there is `NO-CARRIER`.
const NAMES: &[(u32, &str)] = &[
    (1 << 3, "LOOPBACK"),
    (1 << 1, "BROADCAST"),
    (1 << 4, "POINTOPOINT"),
    (1 << 12, "MULTICAST"),
    (1 << 7, "NOARP"),
    (1 << 9, "ALLMULTI"),
    (1 << 8, "PROMISC"),
    (1 << 10, "MASTER"),
    (1 << 11, "SLAVE"),
    (1 << 2, "DEBUG"),
    (1 << 15, "DYNAMIC"),
    (1 << 14, "AUTOMEDIA"),
    (1 << 13, "PORTSEL"),
    (1 << 5, "NOTRAILERS"),
    (1 << 0, "UP"),
    (1 << 16, "LOWER_UP"),
    (1 << 17, "DORMANT"),
    (1 << 18, "ECHO"),
];
pub(super) const UP: u32 = 1;
const RUNNING: u32 = 1 << 6;

/// State of the other end, or of what it is made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    Down,
    /// Or not known.
    Up,
}

/// Shows `flags`.
pub(super) fn show(page: &mut Page, flags: u32, below: Below) {
    page.text('<');
    page.array("flags", |page| {
        let mut left = flags & !RUNNING;
        // A comma follows as long as there is another bit, which may have no name.
        let comma = |left: u32| if left == 0 { "" } else { "," };
        if flags & UP != 0 && flags & RUNNING == 0 {
            page.element("NO-CARRIER", format_args!("NO-CARRIER{}", comma(left)));
        }
        for (bit, name) in NAMES {
            if left & bit != 0 {
                left &= !bit;
                page.element(*name, format_args!("{name}{}", comma(left)));
            }
        }
        if left != 0 {
            let hex = format!("{left:x}");
            page.element(&hex, &hex);
        }
        if below == Below::Down {
            page.element("M-DOWN", ",M-DOWN");
        }
    });
    page.text("> ");
}
