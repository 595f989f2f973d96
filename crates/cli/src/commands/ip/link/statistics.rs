//! Counters of a link.

use std::fmt::Write as _;

use insula_net::{Link, Statistics};

use super::super::options::Options;
use super::super::page::Page;

/// Shows them, twice as many if `-s` was given twice.
pub(in super::super) fn show(page: &mut Page, options: &Options, link: &Link) {
    let Some(counters) = &link.statistics else { return };
    if page.is_json() {
        json(page, counters, link.carrier_changes, options.stats > 1);
    } else {
        text(page, options, counters, link.carrier_changes);
    }
}

fn json(page: &mut Page, counters: &Statistics, changes: Option<u32>, errors: bool) {
    page.nested("stats64", |page| {
        page.nested("rx", |page| {
            page.json("bytes", counters.rx_bytes);
            page.json("packets", counters.rx_packets);
            page.json("errors", counters.rx_errors);
            page.json("dropped", counters.rx_dropped);
            page.json("over_errors", counters.rx_over_errors);
            page.json("multicast", counters.multicast);
            if counters.rx_compressed != 0 {
                page.json("compressed", counters.rx_compressed);
            }
            if errors {
                page.json("length_errors", counters.rx_length_errors);
                page.json("crc_errors", counters.rx_crc_errors);
                page.json("frame_errors", counters.rx_frame_errors);
                page.json("fifo_errors", counters.rx_fifo_errors);
                page.json("missed_errors", counters.rx_missed_errors);
                if counters.rx_nohandler != 0 {
                    page.json("nohandler", counters.rx_nohandler);
                }
            }
        });
        page.nested("tx", |page| {
            page.json("bytes", counters.tx_bytes);
            page.json("packets", counters.tx_packets);
            page.json("errors", counters.tx_errors);
            page.json("dropped", counters.tx_dropped);
            page.json("carrier_errors", counters.tx_carrier_errors);
            page.json("collisions", counters.collisions);
            if counters.tx_compressed != 0 {
                page.json("compressed", counters.tx_compressed);
            }
            if errors {
                page.json("aborted_errors", counters.tx_aborted_errors);
                page.json("fifo_errors", counters.tx_fifo_errors);
                page.json("window_errors", counters.tx_window_errors);
                page.json("heartbeat_errors", counters.tx_heartbeat_errors);
                if let Some(changes) = changes {
                    page.json("carrier_changes", changes);
                }
            }
        });
    });
}

/// The heads of the columns, for receiving and sending, and for the errors of each.
const HEADS: [[&str; 7]; 4] = [
    ["bytes", "packets", "errors", "dropped", "missed", "mcast", "compressed"],
    ["", "length", "crc", "frame", "fifo", "overrun", "nohandler"],
    ["bytes", "packets", "errors", "dropped", "carrier", "collsns", "compressed"],
    ["", "aborted", "fifo", "window", "heartbt", "transns", ""],
];
const LABELS: [&str; 4] = ["RX:", "RX errors:", "TX:", "TX errors:"];
/// The least width of each column.
const WIDTHS: [usize; 7] = [10, 7, 6, 7, 7, 7, 10];

fn text(page: &mut Page, options: &Options, c: &Statistics, changes: Option<u32>) {
    let rows: [[u64; 7]; 4] = [
        [
            c.rx_bytes,
            c.rx_packets,
            c.rx_errors,
            c.rx_dropped,
            c.rx_missed_errors,
            c.multicast,
            c.rx_compressed,
        ],
        [
            0,
            c.rx_length_errors,
            c.rx_crc_errors,
            c.rx_frame_errors,
            c.rx_fifo_errors,
            c.rx_over_errors,
            c.rx_nohandler,
        ],
        [
            c.tx_bytes,
            c.tx_packets,
            c.tx_errors,
            c.tx_dropped,
            c.tx_carrier_errors,
            c.collisions,
            c.tx_compressed,
        ],
        [
            0,
            c.tx_aborted_errors,
            c.tx_fifo_errors,
            c.tx_window_errors,
            c.tx_heartbeat_errors,
            changes.unwrap_or(0).into(),
            0,
        ],
    ];
    let errors = options.stats > 1;
    let shown: Vec<usize> = if errors { vec![0, 1, 2, 3] } else { vec![0, 2] };
    // Heads and counters of all rows stand below each other.
    let mut widths = WIDTHS;
    for row in &shown {
        for (width, counter) in widths.iter_mut().zip(rows[*row]) {
            *width = (*width).max(counter.to_string().len());
        }
    }
    for (position, row) in shown.into_iter().enumerate() {
        if position > 0 {
            page.line();
        }
        let mut head = format!("    {}", LABELS[row]);
        let mut line = String::from("    ");
        for (column, width) in widths.into_iter().enumerate() {
            let (name, counter) = (HEADS[row][column], rows[row][column]);
            // The last column is there only with something in it, the number of changes only where it is known.
            let last = column == 6;
            let present = if last { counter != 0 } else { row != 3 || column != 5 || changes.is_some() };
            match (row % 2, column) {
                (0, 0) => {
                    let _ = write!(head, "{name:>0$}", width - 3);
                }
                (1, 0) => {
                    let _ = write!(head, "{:1$}", "", width - 10);
                    let _ = write!(line, "{:1$}", "", width + 1);
                    continue;
                }
                (0, 6) => {
                    let _ = write!(head, " {:>width$}", if present { name } else { "" });
                }
                _ if present => {
                    let _ = write!(head, " {name:>width$}");
                }
                _ => {}
            }
            if present {
                let _ = write!(line, "{:>width$} ", number(options, counter));
            }
        }
        page.text(head);
        page.line();
        page.text(line);
    }
}

/// A counter as it is shown: with `-h` in thousands, with up to three digits that count.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn number(options: &Options, counter: u64) -> String {
    let base = if options.iec { 1024 } else { 1000 };
    if !options.human || counter < base {
        return counter.to_string();
    }
    let mut letters = "kMGTPE".chars();
    let mut letter = letters.next().expect("there are six");
    let mut unit = base;
    while counter / base >= unit {
        let Some(next) = letters.next() else { break };
        letter = next;
        unit *= base;
    }
    let whole = counter / unit;
    let digits = if whole < 10 { 2 } else { usize::from(whole < 100) };
    let i = if options.iec { "i" } else { "" };
    format!("{:.digits$}{letter}{i}", counter as f64 / unit as f64)
}
