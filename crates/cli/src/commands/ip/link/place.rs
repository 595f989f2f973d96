//! Network namespaces in the arguments of a link, and in what is shown of it.

use std::collections::HashMap;
use std::os::fd::{AsFd as _, OwnedFd};
use std::panic::resume_unwind;
use std::thread::Builder;

use insula_net::{Netlink, Place};
use rustix::fs::{Mode, OFlags};

use super::super::netns::{BATCH, Directory, any_number};
use super::super::session::NETNS_DIR;
use super::super::words::number;
use super::super::{Session, Stop};

/// The namespace called `word`, or that of the process with this id.
pub(super) fn parse(word: &str) -> Result<Place, Stop> {
    if let Some(fd) = open(word) {
        return Place::of(fd.as_fd()).map_err(|errno| Stop::failed(insula_sys::errno::sentence(errno)));
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
/// With a thousand of them that is what costs time: each is opened and asked about once, many at a time, and only until the one
/// that is wanted is found.
#[derive(Debug, Default)]
pub(in super::super) struct Names {
    known: HashMap<u32, String>,
    /// Those that were not looked at; `None` before any was.
    left: Option<Vec<String>>,
}

impl Names {
    /// The name of namespace `id`, if it has one.
    pub(super) fn find(session: &mut Session, id: u32) -> Option<String> {
        while !session.place().netns.known.contains_key(&id) && session.place().netns.left != Some(Vec::new())
        {
            // What cannot be read has no names.
            session.place().netns.left = Some(Self::look(session).unwrap_or_default());
        }
        session.place().netns.known.get(&id).cloned()
    }

    /// Looks at some more, and gives those that are left then.
    fn look(session: &mut Session) -> Result<Vec<String>, Stop> {
        let Some(directory) = Directory::find()? else { return Ok(Vec::new()) };
        let mut names = session.place().netns.left.take().map_or_else(|| directory.names(), Ok)?;
        let left = names.split_off(names.len().min(BATCH));
        let ids = directory.ids(session.route()?, Vec::new(), &names);
        session.place().netns.learn(names, ids);
        Ok(left)
    }

    fn learn(&mut self, names: Vec<String>, ids: Vec<Option<u32>>) {
        for (name, id) in names.into_iter().zip(ids) {
            if let Some(id) = id {
                // Of two names for one the first counts, as with iproute2.
                self.known.entry(id).or_insert(name);
            }
        }
    }

    /// Does `work`, and where there are many names another thread looks at all of them meanwhile.
    pub(in super::super) fn beside<T>(session: &mut Session, work: impl FnOnce(&mut Session) -> T) -> T {
        let Some((directory, names, mut route)) = Self::ahead(session) else { return work(session) };
        directory.make_room(1);
        let (done, ids) = std::thread::scope(|scope| {
            let looking =
                Builder::new().spawn_scoped(scope, || directory.ids(&mut route, Vec::new(), &names));
            let done = work(session);
            (done, looking.map(|looking| looking.join().unwrap_or_else(|panic| resume_unwind(panic))))
        });
        if let Ok(ids) = ids {
            session.place().netns.learn(names, ids);
            session.place().netns.left = Some(Vec::new());
        }
        done
    }

    /// What it takes to look at all names at once, if there are many and none was looked at yet.
    fn ahead(session: &mut Session) -> Option<(Directory, Vec<String>, Netlink)> {
        if session.place().netns.left.is_some() {
            return None;
        }
        let directory = Directory::find().ok()??;
        let names = directory.names().ok().filter(|names| names.len() > BATCH)?;
        let mut route = session.more_routes(1).pop()?;
        any_number(&mut route).then_some((directory, names, route))
    }
}
