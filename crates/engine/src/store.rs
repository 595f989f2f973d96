//! Where things with names are recorded until the next boot: one directory for each, below one for them all.
//!
//! ```text
//! /run/insula/                  the system's; of an ordinary user, $XDG_RUNTIME_DIR/insula/
//!     NAME/                     one object; locked (flock) by who makes or removes it
//!         record.json           what it is; written aside and renamed
//!         net uts …             namespaces, bind-mounted on empty files (the system's only)
//! ```
//! The store itself is locked while a name is claimed in it and while it is taken away with its last object.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

mod cover;
mod dir;
pub(crate) mod record;

pub use dir::{Deed, PathError};
pub(crate) use dir::{Dir, is_dir};

/// The place of the system's store.
pub const SYSTEM: &str = "/run/insula";

/// Whose objects a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The system's: root's, who may mount.
    System,
    /// A user's.
    User,
}

/// A directory of objects with names, which need not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    path: PathBuf,
    scope: Scope,
}

/// Why a store cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no place for it.
    #[error(
        "no place to keep records: `XDG_RUNTIME_DIR` is not set, and `/run/user/{uid}` is not this user's directory"
    )]
    NoPlace {
        /// The caller's effective user id.
        uid: u32,
    },
    /// `XDG_RUNTIME_DIR` is set to something else than an absolute path.
    #[error("`XDG_RUNTIME_DIR` is `{}`, which is not an absolute path", path.display())]
    NotAbsolute {
        /// The value.
        path: PathBuf,
    },
    /// The directory belongs to somebody else, or others may write in it: its records could say anything.
    #[error("`{}` is not safe to keep records in: owner {owner}, mode {mode:o}", path.display())]
    NotSafe {
        /// The directory.
        path: PathBuf,
        /// The uid that it belongs to.
        owner: u32,
        /// Its permissions.
        mode: u32,
    },
    /// Something could not be done to a path in it.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl Store {
    /// The store for what the caller makes: the system's if `/run` is root's and the caller is root, else the user's.
    ///
    /// Root inside a user namespace sees `/run` as somebody else's, and is an ordinary user here.
    /// # Errors
    /// [`StoreError::NoPlace`], [`StoreError::NotAbsolute`].
    pub fn of_caller() -> Result<Self, StoreError> {
        let uid = rustix::process::geteuid().as_raw();
        if uid == 0 && rustix::fs::stat("/run").is_ok_and(|run| run.st_uid == 0) {
            return Ok(Self::system());
        }
        let path = match std::env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty()) {
            Some(path) => PathBuf::from(path),
            // What a login would have set it to; `su` and `cron` don't.
            None => PathBuf::from(format!("/run/user/{uid}")),
        };
        if !path.is_absolute() {
            return Err(StoreError::NotAbsolute { path });
        }
        if std::env::var_os("XDG_RUNTIME_DIR").is_none()
            && !rustix::fs::stat(&path).is_ok_and(|stat| stat.st_uid == uid)
        {
            return Err(StoreError::NoPlace { uid });
        }
        Ok(Self { path: path.join("insula"), scope: Scope::User })
    }

    /// The system's store, which everyone can read.
    #[must_use]
    pub fn system() -> Self {
        Self { path: SYSTEM.into(), scope: Scope::System }
    }

    /// A user's store at another place.
    #[must_use]
    pub fn user_at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), scope: Scope::User }
    }

    /// A store inside of it, for objects of another type.
    pub(crate) fn inner(&self, name: &str) -> Self {
        Self { path: self.path.join(name), scope: self.scope }
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose objects it has.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// Opens it; `None` if it does not exist.
    pub(crate) fn find(&self) -> Result<Option<Dir>, StoreError> {
        let dir = match Dir::open(&self.path) {
            Ok(dir) => dir,
            Err(error) if error.source == Errno::NOENT => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let owner = match self.scope {
            Scope::System => 0,
            Scope::User => rustix::process::geteuid().as_raw(),
        };
        let stat = dir.own_stat()?;
        if stat.st_uid == owner && stat.st_mode & 0o022 == 0 {
            Ok(Some(dir))
        } else {
            let (path, owner, mode) = (self.path.clone(), stat.st_uid, stat.st_mode & 0o7777);
            Err(StoreError::NotSafe { path, owner, mode })
        }
    }

    /// Opens it, makes it if need be, and locks it.
    pub(crate) fn lock_or_make(&self) -> Result<Dir, StoreError> {
        loop {
            if let Some(dir) = self.lock()? {
                return Ok(dir);
            }
            let mode = match self.scope {
                Scope::System => 0o755,
                Scope::User => 0o700,
            };
            let parent = self.parent()?;
            check_parent(&parent)?;
            match parent.make_dir(self.name(), mode) {
                Err(error) if error.source != Errno::EXIST => return Err(error.into()),
                _ => {}
            }
        }
    }

    /// Opens and locks it; `None` if it does not exist.
    pub(crate) fn lock(&self) -> Result<Option<Dir>, StoreError> {
        loop {
            let Some(dir) = self.find()? else { return Ok(None) };
            dir.lock()?;
            // While we waited, it may have been removed with its last object, or covered by a mount of itself.
            let there = Dir::open(&self.path);
            if there.is_ok_and(|there| there.is_same_mount(&dir)) {
                return Ok(Some(dir));
            }
        }
    }

    /// The directory that it is in.
    pub(crate) fn parent(&self) -> Result<Dir, StoreError> {
        let parent = self.path.parent().unwrap_or(Path::new("/"));
        // `/run` and a user's own directory may be reached by symbolic links.
        let path = parent.canonicalize().map_err(|error| PathError {
            deed: Deed::Open,
            path: parent.to_owned(),
            source: Errno::from_io_error(&error).unwrap_or(Errno::IO),
        })?;
        Ok(Dir::open(&path)?)
    }

    /// Its own name in there.
    pub(crate) fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or(OsStr::new("insula"))
    }
}

/// Whether nobody else can put another directory in the store's place.
fn check_parent(parent: &Dir) -> Result<(), StoreError> {
    let stat = parent.own_stat()?;
    let is_ours = [0, rustix::process::geteuid().as_raw()].contains(&stat.st_uid);
    let is_sticky = stat.st_mode & 0o1000 != 0;
    if is_ours && (stat.st_mode & 0o022 == 0 || is_sticky) {
        return Ok(());
    }
    let path = parent.path().to_owned();
    Err(StoreError::NotSafe { path, owner: stat.st_uid, mode: stat.st_mode & 0o7777 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::Mode;

    /// A directory that goes when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("insula-store-{test}-{}", std::process::id()));
            rustix::fs::mkdir(&path, Mode::RWXU).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn store_is_made_when_it_is_locked_and_goes_when_it_is_empty() {
        let scratch = Scratch::new("life");
        let store = Store::user_at(scratch.0.join("insula"));
        assert!(store.find().unwrap().is_none() && !store.remove_if_empty().unwrap());
        let dir = store.lock_or_make().unwrap();
        dir.make_dir("x", 0o700).unwrap();
        drop(dir);
        assert!(!store.remove_if_empty().unwrap());
        assert!(store.lock().unwrap().unwrap().remove_dir("x").unwrap());
        assert!(store.remove_if_empty().unwrap() && store.find().unwrap().is_none());
    }

    #[test]
    fn directory_that_others_may_write_in_is_refused() {
        let scratch = Scratch::new("mode");
        rustix::fs::chmod(&scratch.0, Mode::from_raw_mode(0o770)).unwrap();
        let error = Store::user_at(&scratch.0).find().unwrap_err();
        assert!(matches!(error, StoreError::NotSafe { mode: 0o770, .. }), "{error}");
    }

    #[test]
    fn store_is_not_made_where_others_could_exchange_it() {
        let scratch = Scratch::new("parent");
        let store = Store::user_at(scratch.0.join("insula"));
        rustix::fs::chmod(&scratch.0, Mode::from_raw_mode(0o777)).unwrap();
        let error = store.lock_or_make().unwrap_err();
        assert!(matches!(error, StoreError::NotSafe { mode: 0o777, .. }), "{error}");
        assert!(!store.path().exists());
        rustix::fs::chmod(&scratch.0, Mode::from_raw_mode(0o1777)).unwrap();
        store.lock_or_make().unwrap();
    }

    #[test]
    fn symbolic_link_is_no_store() {
        let scratch = Scratch::new("link");
        let link = scratch.0.join("insula");
        rustix::fs::symlink("/", &link).unwrap();
        assert!(matches!(
            Store::user_at(link).find(),
            Err(StoreError::Path(PathError { deed: Deed::Open, .. }))
        ));
    }

    #[test]
    fn whoever_waited_for_a_store_that_went_gets_the_next_one() {
        let scratch = Scratch::new("wait");
        let store = Store::user_at(scratch.0.join("insula"));
        let held = store.lock_or_make().unwrap();
        let waiting = std::thread::spawn({
            let store = store.clone();
            move || store.lock_or_make().unwrap().make_dir("late", 0o700).unwrap()
        });
        store.parent().unwrap().remove_dir("insula").unwrap();
        drop(held);
        waiting.join().unwrap();
        assert!(store.path().join("late").is_dir());
    }

    #[test]
    fn lock_of_a_directory_that_was_removed_is_none() {
        let scratch = Scratch::new("removed");
        let parent = Dir::open(&scratch.0).unwrap();
        parent.make_dir("set", 0o700).unwrap();
        let open = || parent.find_dir("set").unwrap().unwrap();
        let (remover, late) = (open(), open());
        assert!(remover.try_lock().unwrap());
        assert!(!late.try_lock().unwrap(), "two have it locked");
        assert!(parent.remove_dir("set").unwrap());
        drop(remover);
        assert!(!late.try_lock().unwrap(), "who came late takes it for one that nobody removes");
    }
}
