//! Changes that a batch has asked for, and that are sent to the kernel at once; or names of network namespaces that go at once.

use std::collections::HashMap;
use std::fmt;

use insula_net::{Error, Netlink, Request};

use super::Stop;

/// So many are sent at once: what one answer of the kernel's can hold, if it refuses all of them.
const MOST: usize = 96;

/// They are about one namespace, in the order of their lines.
#[derive(Default)]
pub(super) struct Pending {
    /// The line that is read now.
    pub(super) line: usize,
    changes: Vec<Change>,
    /// Names of network namespaces that go, with the lines that ask for it. There are no changes meanwhile: the order matters.
    departures: HashMap<String, usize>,
    refused: Vec<Refused>,
}

struct Change {
    request: Box<dyn Request>,
    explain: Box<dyn FnOnce(Error) -> Stop>,
    line: usize,
}

/// A line that was refused.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) line: usize,
    pub(super) stop: Stop,
}

impl Pending {
    pub(super) fn add(&mut self, request: Box<dyn Request>, explain: Box<dyn FnOnce(Error) -> Stop>) {
        self.changes.push(Change { request, explain, line: self.line });
    }

    pub(super) fn depart(&mut self, name: &str) {
        self.departures.insert(name.to_owned(), self.line);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.departures.is_empty()
    }

    pub(super) const fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    pub(super) fn has_departures(&self) -> bool {
        !self.departures.is_empty()
    }

    /// Whether the name goes already.
    pub(super) fn departs(&self, name: &str) -> bool {
        self.departures.contains_key(name)
    }

    pub(super) const fn is_full(&self) -> bool {
        self.changes.len() >= MOST
    }

    /// Takes the names away that are to go, and remembers which did not.
    pub(super) fn perform_departures(&mut self) {
        let departures = std::mem::take(&mut self.departures);
        self.refused.extend(super::netns::remove_all(departures.into_iter().collect()));
    }

    /// Sends the changes, and remembers what was refused.
    pub(super) fn perform(&mut self, route: Result<&mut Netlink, Stop>) {
        let changes = std::mem::take(&mut self.changes);
        let route = match route {
            Ok(route) => route,
            Err(stop) => {
                let refused = changes.iter().map(|change| Refused { line: change.line, stop: stop.clone() });
                return self.refused.extend(refused);
            }
        };
        let requests: Vec<&dyn Request> = changes.iter().map(|change| &*change.request).collect();
        let (refused, lost) = match route.attempt_all(&requests) {
            Ok(refused) => (refused, None),
            Err(failed) => (Vec::new(), Some(failed)),
        };
        let mut refused = refused.into_iter().peekable();
        for (index, change) in changes.into_iter().enumerate() {
            let error = match &lost {
                // Nothing was sent of this one and what follows.
                Some(lost) if index >= lost.index => Some(lost.source.clone()),
                _ => refused.next_if(|refused| refused.index == index).map(|refused| refused.source),
            };
            if let Some(error) = error {
                self.refused.push(Refused { line: change.line, stop: (change.explain)(error) });
            }
        }
    }

    pub(super) fn take_refused(&mut self) -> Vec<Refused> {
        std::mem::take(&mut self.refused)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<String> = self.changes.iter().map(|change| change.request.to_string()).collect();
        f.debug_struct("Pending").field("line", &self.line).field("changes", &changes).finish_non_exhaustive()
    }
}
