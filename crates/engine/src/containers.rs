//! OCI containers by name, wherever an engine has had them made by us.

use std::path::{Path, PathBuf};

use insula_ns::{Pid, PidFd};
use insula_oci::state::Record;
use insula_oci::{ContainerId, Error, Runtime, Unlocked};
use rustix::fs::{CWD, Mode, OFlags, openat};

/// Directories of state directories, where engines have one for each of their namespaces: containerd, and Docker.
const ENGINES: [&str; 2] = ["/run/containerd/runc", "/run/docker/runtime-runc"];

/// The state directories that are looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Containers {
    roots: Vec<PathBuf>,
}

/// A container in a list. Nothing of it is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedContainer {
    /// The state directory that it is in.
    pub root: PathBuf,
    /// What is written down of it.
    pub record: Record,
}

impl Containers {
    /// Those in the caller's own state directory, in the system's, and in those that containerd and Docker use.
    #[must_use]
    pub fn known() -> Self {
        let mut roots = vec![Runtime::default_path(), PathBuf::from("/run/insula/.oci")];
        for engine in ENGINES {
            // Most machines have none, and others may not look.
            let Ok(entries) = std::fs::read_dir(engine) else { continue };
            roots.extend(entries.flatten().map(|entry| entry.path()));
        }
        roots.sort();
        roots.dedup();
        Self { roots }
    }

    /// Those in this directory too, which an engine has said by `--root`.
    #[must_use]
    pub fn and_in(mut self, root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        if !self.roots.contains(&root) {
            self.roots.push(root);
        }
        self
    }

    /// All that the caller may see. What another runtime has made there is none.
    #[must_use]
    pub fn list(&self) -> Vec<ListedContainer> {
        let of_root = |root: &PathBuf| {
            let ids = Runtime::new(root).ids().unwrap_or_default();
            let listed = ids.iter().filter_map(|id| {
                Some(ListedContainer { root: root.clone(), record: read(&root.join(id.as_str()))? })
            });
            listed.collect::<Vec<_>>()
        };
        self.roots.iter().flat_map(of_root).collect()
    }

    /// The container of this name; none if there is none, or nothing has such a name.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub fn find(&self, name: &str) -> Result<Option<(PathBuf, Unlocked)>, Error> {
        let Ok(id) = ContainerId::new(name) else { return Ok(None) };
        for root in &self.roots {
            if read(&root.join(id.as_str())).is_none() {
                continue;
            }
            match Runtime::new(root).look(&id) {
                Err(Error::Unknown(_)) => {}
                found => return Ok(Some((root.clone(), found?))),
            }
        }
        Ok(None)
    }

    /// The first process of the container of this name, if it runs, and the id of that.
    #[must_use]
    pub fn process(&self, name: &str) -> Option<(Pid, PidFd)> {
        let id = ContainerId::new(name).ok()?;
        self.roots.iter().find_map(|root| running(&read(&root.join(id.as_str()))?))
    }
}

impl ListedContainer {
    /// Its first process, if that has not ended, and the id of that.
    #[must_use]
    pub fn process(&self) -> Option<(Pid, PidFd)> {
        running(&self.record)
    }

    /// The container itself, to be asked for more.
    ///
    /// # Errors
    /// As [`Runtime::look`].
    pub fn look(&self) -> Result<Unlocked, Error> {
        Runtime::new(&self.root).look(&self.record.id)
    }
}

/// What is written down in the directory of a container.
fn read(directory: &Path) -> Option<Record> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Record::read(openat(CWD, directory, flags, Mode::empty()).ok()?).ok()
}

fn running(record: &Record) -> Option<(Pid, PidFd)> {
    let mark = record.process.as_ref()?;
    let process = mark.find().ok()??;
    Some((mark.pid()?, process))
}
