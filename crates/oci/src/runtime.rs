//! The directory in which containers are known, one directory for each.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, flock, mkdirat, openat, unlinkat};
use rustix::io::Errno;

use crate::ContainerId;
use crate::container::{Container, Unlocked};
use crate::error::Error;
use crate::translate::in_user_namespace;

/// The containers of one state directory.
#[derive(Debug)]
pub struct Runtime {
    path: PathBuf,
}

/// A container's directory, held open, and locked against others who change it.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) directory: OwnedFd,
}

/// What is in it.
pub(crate) const CONFIG: &str = "config.json";
pub(crate) const GATE: &str = "gate";
pub(crate) const MARK: &str = "process";
const FILES: [&str; 5] = [CONFIG, GATE, MARK, "state.json", "state.json.new"];

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Runtime {
    /// The containers below this directory, which need not be there yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where containers are known if nobody says otherwise: `/run/insula/.oci`, of an ordinary user
    /// `$XDG_RUNTIME_DIR/insula/.oci`. An engine of such a user has us run as root of a user namespace, so that this is an
    /// ordinary user too, unless `$USER` says that it is root: as runc has it.
    #[must_use]
    pub fn default_path() -> PathBuf {
        let is_ordinary = || {
            !rustix::process::geteuid().is_root()
                || in_user_namespace() && std::env::var_os("USER").is_none_or(|user| user != "root")
        };
        let user = std::env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty() && is_ordinary());
        Path::new(&user.unwrap_or_else(|| "/run".into())).join("insula/.oci")
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A container that is there.
    ///
    /// # Errors
    /// [`Error::Unknown`] if it is not; [`Error::Record`] if what is known of it cannot be read.
    pub fn container(&self, id: &ContainerId) -> Result<Container, Error> {
        Container::read(id.clone(), self.enter(id)?)
    }

    /// A container as it is now: others may change it, and nobody is kept from that.
    ///
    /// # Errors
    /// As [`container`](Self::container).
    pub fn look(&self, id: &ContainerId) -> Result<Unlocked, Error> {
        Ok(Container::read(id.clone(), self.open(id)?)?.into())
    }

    /// The names of all containers, those that are made just now too.
    ///
    /// # Errors
    /// [`Error::File`] if the directory cannot be read; without one there are none.
    pub fn ids(&self) -> Result<Vec<ContainerId>, Error> {
        let failed = |errno| Error::File { doing: "read", path: self.path.clone(), errno };
        let directory = match openat(CWD, &self.path, OFlags::RDONLY | DIRECTORY, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut ids = Vec::new();
        for entry in rustix::fs::Dir::new(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // What has another name is nobody's container.
            ids.extend(entry.file_name().to_str().ok().and_then(|name| ContainerId::new(name).ok()));
        }
        ids.sort();
        Ok(ids)
    }

    /// Makes the directory of a new container.
    pub(crate) fn claim(&self, id: &ContainerId) -> Result<Room, Error> {
        let path = self.path.join(id.as_str());
        let failed = |doing| move |errno| Error::File { doing, path: path.clone(), errno };
        let root = self.make()?;
        match mkdirat(&root, id.as_str(), Mode::RWXU) {
            Err(Errno::EXIST) => return Err(Error::Exists(id.clone())),
            other => other.map_err(failed.clone()("make"))?,
        }
        let directory = openat(&root, id.as_str(), OFlags::RDONLY | DIRECTORY, Mode::empty())
            .map_err(failed.clone()("open"))?;
        flock(&directory, FlockOperation::LockExclusive).map_err(failed("lock"))?;
        Ok(Room { directory })
    }

    /// Takes the directory of a container away, with all that was ever in one.
    pub(crate) fn remove(&self, id: &ContainerId, room: &Room) -> Result<(), Error> {
        let path = self.path.join(id.as_str());
        let failed = |errno| Error::File { doing: "remove", path: path.clone(), errno };
        for file in FILES {
            match unlinkat(&room.directory, file, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        match unlinkat(CWD, &path, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(failed(errno)),
        }
    }

    /// Opens and locks the directory of a container.
    pub(crate) fn enter(&self, id: &ContainerId) -> Result<Room, Error> {
        loop {
            let room = self.open(id)?;
            if self.lock(id, &room)? {
                return Ok(room);
            }
        }
    }

    fn open(&self, id: &ContainerId) -> Result<Room, Error> {
        let path = self.path.join(id.as_str());
        match openat(CWD, &path, OFlags::RDONLY | DIRECTORY, Mode::empty()) {
            Err(Errno::NOENT | Errno::NAMETOOLONG) => Err(Error::Unknown(id.clone())),
            Err(errno) => Err(Error::File { doing: "open", path, errno }),
            Ok(directory) => Ok(Room { directory }),
        }
    }

    /// Locks the directory of a container; tells whether it is still that. Whoever had the lock may have taken it away, and
    /// another one may be there by now.
    pub(crate) fn lock(&self, id: &ContainerId, room: &Room) -> Result<bool, Error> {
        let path = self.path.join(id.as_str());
        let failed = |errno| Error::File { doing: "lock", path: path.clone(), errno };
        rustix::io::retry_on_intr(|| flock(&room.directory, FlockOperation::LockExclusive))
            .map_err(failed)?;
        let own = rustix::fs::fstat(&room.directory).map_err(failed)?;
        match rustix::fs::stat(&path) {
            Ok(now) => Ok((now.st_dev, now.st_ino) == (own.st_dev, own.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(failed(errno)),
        }
    }

    fn make(&self) -> Result<OwnedFd, Error> {
        let failed = |errno| Error::File { doing: "make", path: self.path.clone(), errno };
        loop {
            match openat(CWD, &self.path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
                Err(Errno::NOENT) => make_all(&self.path).map_err(failed)?,
                other => return other.map_err(failed),
            }
        }
    }
}

/// Makes a directory and its parents, of which nobody else needs to know.
fn make_all(path: &Path) -> Result<(), Errno> {
    match rustix::fs::mkdir(path, Mode::RWXU) {
        Err(Errno::NOENT) => {
            make_all(path.parent().ok_or(Errno::NOENT)?)?;
            make_all(path)
        }
        Err(Errno::EXIST) => Ok(()),
        other => other,
    }
}
