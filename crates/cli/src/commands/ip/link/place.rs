//! Network namespaces in the arguments of a link, and in what is shown of it.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use insula_net::{NetnsId, Place};
use rustix::fs::{Mode, OFlags};

use super::super::session::NETNS_DIR;
use super::super::words::number;
use super::super::{Session, Stop};

/// The namespace called `word`, or that of the process with this id.
pub(super) fn parse(word: &str) -> Result<Place, Stop> {
    if let Some(fd) = open(word) {
        return Place::of(fd.as_fd()).map_err(|errno| Stop::failed(super::super::stop::words(errno)));
    }
    number(word).map(Place::Process).ok_or_else(|| {
        Stop::wrong(word, "Invalid \"netns\" value").cause(format!("there is no `{NETNS_DIR}/{word}`"))
    })
}

/// A named namespace; one with a slash is a path, as in the original.
fn open(name: &str) -> Option<OwnedFd> {
    let path = if name.contains('/') { name.to_owned() } else { format!("{NETNS_DIR}/{name}") };
    rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()
}

/// Numbers and names of the named namespaces, as far as they were looked at.
///
/// With a thousand of them that is what costs time: each is opened and asked about once, and only until the one that is wanted
/// is found.
#[derive(Debug, Default)]
pub(in super::super) struct Names {
    known: Vec<(u32, String)>,
    left: Option<Vec<String>>,
}

impl Names {
    /// The name of namespace `id`, if it has one.
    pub(super) fn find(session: &mut Session, id: u32) -> Option<String> {
        if let Some((_, name)) = session.place().netns.known.iter().find(|(known, _)| *known == id) {
            return Some(name.clone());
        }
        let mut left = session.place().netns.left.take().unwrap_or_else(Self::all);
        let mut found = None;
        while let Some(name) = left.pop() {
            let Some(fd) = open(&name) else { continue };
            let Some(number) = Self::number(session, fd.as_fd()) else { continue };
            session.place().netns.known.push((number, name.clone()));
            if number == id {
                found = Some(name);
                break;
            }
        }
        session.place().netns.left = Some(left);
        found
    }

    fn number(session: &mut Session, net: BorrowedFd<'_>) -> Option<u32> {
        NetnsId::of(session.route().ok()?, net).ok().flatten()
    }

    fn all() -> Vec<String> {
        let entries = std::fs::read_dir(NETNS_DIR).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}
