//! The live view: on a terminal the list, of which only lines that change are drawn again; elsewhere the changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Listing, Request};
use crate::commands::live::{Pauses, Screen};
use crate::output;
use crate::report::Failure;

/// Watches until a signal ends it; its exit status is 0 for those that a user sends by a key.
pub(super) fn watch(request: &Request) -> Result<u8, Failure> {
    let pauses = Pauses::new(request.options.watch.unwrap_or(Duration::from_secs(1)))?;
    let mut view = View::new(request)?;
    loop {
        let since = Instant::now();
        view.show(request, &request.look()?)?;
        if let Some(status) = pauses.wait(since)? {
            view.close()?;
            return Ok(status);
        }
    }
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

impl View {
    fn new(request: &Request) -> Result<Self, Failure> {
        if request.options.json {
            return Ok(Self::Changes(None));
        }
        Ok(Screen::open()?.map_or(Self::Changes(None), Self::Screen))
    }

    fn close(&self) -> Result<(), Failure> {
        match self {
            Self::Screen(screen) => screen.close(),
            Self::Changes(_) => Ok(()),
        }
    }

    fn show(&mut self, request: &Request, listing: &Listing) -> Result<(), Failure> {
        match self {
            Self::Screen(screen) => screen.draw(|width| listing.text(request, Some(width))),
            Self::Changes(before) => {
                let now = entries(request, listing);
                let text = changes(before.as_ref(), &now, request.options.json);
                *before = Some(now);
                output::print(text)
            }
        }
    }
}

fn entries(request: &Request, listing: &Listing) -> BTreeMap<(String, u64), Entry> {
    let mut cells =
        super::Cells::new(&listing.snapshot, &listing.sets, &listing.network, &listing.containers);
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
