//! The directory of the names.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;

use insula_net::{Netlink, NetnsId};
use insula_sys::errno::sentence;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{DIRECTORY, Stop};

/// So many namespaces are opened at a time to be asked about: the kernel answers them all in one go.
pub(in super::super) const BATCH: usize = 96;

/// At most so many descriptors are open beside them.
const FEW: usize = 64;

/// The directory, open.
#[derive(Debug)]
pub(in super::super) struct Directory(OwnedFd);

impl Directory {
    /// Opens it; `None` if there is none.
    pub(in super::super) fn find() -> Result<Option<Self>, Stop> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::open(DIRECTORY, flags, Mode::empty()) {
            Ok(fd) => Ok(Some(Self(fd))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => {
                Err(Stop::failed(format!("Failed to open directory {DIRECTORY}:{}", sentence(errno))))
            }
        }
    }

    /// The names in it, in its own order, which is the one that iproute2 shows.
    pub(in super::super) fn names(&self) -> Result<Vec<String>, Stop> {
        let failed =
            |errno| Stop::failed(format!("Failed to read directory {DIRECTORY}: {}", sentence(errno)));
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        Ok(names)
    }

    /// The number that the namespace of `route` has for the one of each name; none for what is no namespace.
    ///
    /// Each of `others`, which are bound to the same namespace, is used by a thread of its own: the kernel looks through all numbers
    /// for each name, a thousand times a thousand, and holds nobody up meanwhile.
    pub(in super::super) fn ids(
        &self,
        route: &mut Netlink,
        others: Vec<Netlink>,
        names: &[String],
    ) -> Vec<Option<u32>> {
        if !others.is_empty() {
            self.make_room(1 + others.len());
        }
        let next = AtomicUsize::new(0);
        let work = |route: &mut Netlink| {
            let mut found = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(batch) = names.chunks(BATCH).nth(number) else { return found };
                found.push((number, self.ids_of(route, batch)));
            }
        };
        let mut found = std::thread::scope(|scope| {
            let start = |mut other| Builder::new().spawn_scoped(scope, move || work(&mut other));
            // Where there can be no more threads, those that there are do it.
            let others: Vec<_> = others.into_iter().flat_map(start).collect();
            let mut found = work(route);
            for other in others {
                found.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            found
        });
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().flat_map(|(_, ids)| ids).collect()
    }

    /// To be called before there are so many threads that look at names, beside the caller or with it.
    pub(in super::super) fn make_room(&self, threads: usize) {
        let open = FEW + BATCH * threads;
        insula_sys::descriptor::make_room(self, RawFd::try_from(open).unwrap_or(RawFd::MAX));
    }

    fn ids_of(&self, route: &mut Netlink, names: &[String]) -> Vec<Option<u32>> {
        let opened: Vec<_> = names.iter().map(|name| self.open(name).ok()).collect();
        let nets: Vec<_> = opened.iter().flatten().map(AsFd::as_fd).collect();
        let mut answers = NetnsId::of_all(route, &nets).unwrap_or_default().into_iter();
        let mut answer = || answers.next()?.ok().flatten();
        opened.iter().map(|net| net.as_ref().and_then(|_| answer())).collect()
    }

    fn open(&self, name: &str) -> Result<OwnedFd, Errno> {
        rustix::fs::openat(&self.0, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Whether the namespace of `route` has given out a number at all: if not, none need be asked for.
pub(in super::super) fn any_number(route: &mut Netlink) -> bool {
    NetnsId::list(route).is_ok_and(|all| !all.is_empty())
}

/// All names; none where there is no directory.
pub(super) fn all() -> Result<Vec<String>, Stop> {
    Directory::find()?.map_or(Ok(Vec::new()), |directory| directory.names())
}
