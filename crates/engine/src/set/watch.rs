//! Learning that sets come and go.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags};
use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{SetError, Sets};
use crate::store::{Deed, PathError};

/// Tells that sets may have come or gone. Who hears that reads the list anew.
///
/// A set is there when its record is, which is renamed into its directory, or when something is mounted in `/run/netns`, of which
/// only the list of mounts tells.
#[derive(Debug)]
pub struct SetsWatch {
    inotify: OwnedFd,
    mounts: OwnedFd,
    /// Directories of sets.
    stores: Vec<PathBuf>,
}

const MOUNTS: &str = "/proc/self/mountinfo";

impl Sets {
    /// Begins to watch; what came before is in the first [`Sets::list`] after it.
    ///
    /// # Errors
    /// [`SetError::Path`].
    pub fn watch(&self) -> Result<SetsWatch, SetError> {
        let failed = |path: &str, source| PathError { deed: Deed::Watch, path: path.into(), source };
        let flags = CreateFlags::CLOEXEC | CreateFlags::NONBLOCK;
        let inotify = init(flags).map_err(|source| failed("/run", source))?;
        let mounts = rustix::fs::open(MOUNTS, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            .map_err(|source| failed(MOUNTS, source))?;
        let stores = self.stores().map(|store| store.path().to_owned()).collect();
        let watch = SetsWatch { inotify, mounts, stores };
        watch.arm()?;
        Ok(watch)
    }
}

impl SetsWatch {
    /// What is to be polled: one of them is ready when something may have happened.
    #[must_use]
    pub fn polled(&self) -> [PollFd<'_>; 2] {
        // That the mounts are others is told as an urgent thing.
        [PollFd::new(&self.inotify, PollFlags::IN), PollFd::new(&self.mounts, PollFlags::PRI)]
    }

    /// Forgets what has happened, to be told of what happens from now on. The list is to be read afterwards.
    ///
    /// # Errors
    /// [`SetError::Path`].
    pub fn rearm(&mut self) -> Result<(), SetError> {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.inotify, &mut buffer);
        // Which directory it was does not matter: all that have come since are watched too.
        while reader.next().is_ok() {}
        self.arm()
    }

    fn arm(&self) -> Result<(), SetError> {
        for store in &self.stores {
            // It comes with its first set, and goes with its last.
            if let Some(parent) = store.parent() {
                self.watch(parent, WatchFlags::CREATE)?;
            }
            let entries = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVED_TO;
            if !self.watch(store, entries)? {
                continue;
            }
            let Ok(directory) = std::fs::read_dir(store) else { continue };
            for entry in directory.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            {
                self.watch(&entry.path(), WatchFlags::MOVED_TO)?;
            }
        }
        Ok(())
    }

    /// Whether there is such a directory.
    fn watch(&self, directory: &Path, flags: WatchFlags) -> Result<bool, PathError> {
        match add_watch(&self.inotify, directory, flags | WatchFlags::ONLYDIR) {
            Ok(_) => Ok(true),
            // Others' sets are not ours to see.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => Ok(false),
            Err(source) => Err(PathError { deed: Deed::Watch, path: directory.to_owned(), source }),
        }
    }
}
