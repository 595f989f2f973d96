//! The live view: on a terminal the list, of which only lines that change are drawn again; elsewhere the changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use insula_sys::signal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::{stdio, termios};
use serde_json::{Value, json};

use super::{Listing, Request};
use crate::output;
use crate::report::Failure;

/// Watches until a signal ends it; its exit status is 0 for those that a user sends by a key.
pub(super) fn watch(request: &Request) -> Result<u8, Failure> {
    let pause = request.options.watch.unwrap_or(Duration::from_secs(1));
    // Taken from a descriptor, so that the terminal is left in order.
    let ends = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw);
    let set =
        ends.into_iter().map(signal::bit).fold(signal::bit(Signal::WINCH.as_raw()), |set, bit| set | bit);
    signal::block(set).map_err(signals)?;
    let signals_at = signal::descriptor(set).map_err(signals)?;
    let mut view = View::new(request)?;
    loop {
        let next = Instant::now() + pause;
        view.show(request, &request.look()?)?;
        loop {
            let left = next.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            let mut ready = [PollFd::new(&signals_at, PollFlags::IN)];
            match poll(&mut ready, Some(&left)) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(signals(errno)),
            }
            if !ready[0].revents().is_empty() {
                let taken = signal::read_descriptor(signals_at.as_fd()).map_err(signals)?;
                if taken.signal == Signal::WINCH.as_raw() {
                    break;
                }
                view.close()?;
                let by_key = taken.signal == Signal::INT.as_raw();
                return Ok(if by_key { 0 } else { u8::try_from(128 + taken.signal).unwrap_or(u8::MAX) });
            }
        }
    }
}

fn signals(errno: Errno) -> Failure {
    Failure::from(errno).context("cannot wait for signals")
}

/// What is shown now.
enum View {
    Screen(Screen),
    /// The last state of each namespace, by kind and inode number: as a line, or as an object.
    Changes(Option<BTreeMap<(String, u64), Entry>>),
}

/// A namespace as it was last seen.
#[derive(Clone, PartialEq)]
struct Entry {
    line: String,
    object: Value,
}

/// A terminal, and what is on it.
struct Screen {
    lines: Vec<Vec<u8>>,
    /// Columns and rows.
    size: (usize, usize),
}

impl View {
    fn new(request: &Request) -> Result<Self, Failure> {
        if request.options.json || !termios::isatty(stdio::stdout()) {
            return Ok(Self::Changes(None));
        }
        // The alternate screen, without cursor and line wrap.
        output::print("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J")?;
        Ok(Self::Screen(Screen { lines: Vec::new(), size: (0, 0) }))
    }

    fn close(&self) -> Result<(), Failure> {
        match self {
            Self::Screen(_) => output::print("\x1b[?7h\x1b[?25h\x1b[?1049l"),
            Self::Changes(_) => Ok(()),
        }
    }

    fn show(&mut self, request: &Request, listing: &Listing) -> Result<(), Failure> {
        match self {
            Self::Screen(screen) => screen.draw(request, listing),
            Self::Changes(before) => {
                let now = entries(request, listing);
                let text = changes(before.as_ref(), &now, request.options.json);
                *before = Some(now);
                output::print(text)
            }
        }
    }
}

impl Screen {
    fn draw(&mut self, request: &Request, listing: &Listing) -> Result<(), Failure> {
        let size = termios::tcgetwinsize(stdio::stdout())
            .map_or((80, 24), |size| (size.ws_col.max(1).into(), size.ws_row.max(1).into()));
        let mut out = Vec::new();
        if size != self.size {
            self.size = size;
            self.lines.clear();
            out.extend_from_slice(b"\x1b[2J");
        }
        let text = listing.text(request, Some(size.0));
        let mut lines: Vec<Vec<u8>> = text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.pop(); // Behind the last line break.
        if lines.len() > size.1 {
            let more = lines.len() - (size.1 - 1);
            lines.truncate(size.1 - 1);
            lines.push(format!("… and {more} more").into_bytes());
        }
        for row in 0..lines.len().max(self.lines.len()) {
            let line = lines.get(row);
            if line != self.lines.get(row) {
                out.extend_from_slice(format!("\x1b[{};1H", row + 1).as_bytes());
                out.extend_from_slice(line.map_or(b"", Vec::as_slice));
                out.extend_from_slice(b"\x1b[K");
            }
        }
        self.lines = lines;
        output::print(out)
    }
}

fn entries(request: &Request, listing: &Listing) -> BTreeMap<(String, u64), Entry> {
    let mut cells = super::Cells::new(&listing.snapshot, &listing.sets);
    let mut entries = BTreeMap::new();
    for node in &listing.nodes {
        let found = &listing.snapshot.namespaces[node.subject.namespace];
        let object: Value = cells.json(&node.subject, &request.columns).into();
        let mut line = String::new();
        for column in &request.columns {
            let cell = cells.get(&node.subject, *column);
            let _ = write!(line, " {}", cell.shown());
        }
        entries.insert((found.kind.to_string(), found.id.ino), Entry { line, object });
    }
    entries
}

/// One line for each difference; for each namespace where there is no state before.
fn changes(
    before: Option<&BTreeMap<(String, u64), Entry>>,
    now: &BTreeMap<(String, u64), Entry>,
    as_json: bool,
) -> String {
    let mut text = String::new();
    let mut tell = |event: &str, sign: char, entry: &Entry| {
        let _ = if as_json {
            writeln!(text, "{}", json!({ "event": event, "namespace": entry.object }))
        } else {
            writeln!(text, "{sign}{}", entry.line)
        };
    };
    let nothing = BTreeMap::new();
    let before = before.unwrap_or(&nothing);
    for (key, entry) in before {
        if !now.contains_key(key) {
            tell("gone", '-', entry);
        }
    }
    for (key, entry) in now {
        match before.get(key) {
            None => tell("appeared", '+', entry),
            Some(earlier) if earlier != entry => tell("changed", '~', entry),
            Some(_) => {}
        }
    }
    text
}
