//! A mount namespace of a set: seen from here, changed by a process that enters it.

use std::ffi::CString;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use insula_ns::{Kind, Namespace};
use insula_sys::elsewhere;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::super::NetworkError;
use super::layout::{Layout, What};
use super::record::{Cover, Record};
use crate::set::{Set, SetName};
use crate::store::{Dir, is_dir};

/// What tables of mounts call our empty directories.
const EMPTY: &std::ffi::CStr = c"insula";

/// A mount namespace of a set.
#[derive(Debug)]
pub(super) struct Inside {
    name: SetName,
    /// It, after the user namespace that it belongs to, if that is another than ours.
    namespaces: Vec<Namespace>,
    /// Its root directory.
    root: OwnedFd,
}

impl Inside {
    pub(super) fn open(set: &Set, mnt: Namespace) -> Result<Self, NetworkError> {
        let mut namespaces = Vec::with_capacity(2);
        if set.kinds().contains(Kind::User) {
            let user = set.open(Kind::User)?;
            if user.id() != Namespace::of_self(Kind::User)?.id() {
                namespaces.push(user);
            }
        }
        namespaces.push(mnt);
        let name = set.name().clone();
        let flags = OFlags::PATH.union(OFlags::DIRECTORY).bits().cast_signed();
        let root = elsewhere::open(&borrowed(&namespaces), CWD, c"/", flags)
            .map_err(|source| NetworkError::Inside { name: name.clone(), path: "/".into(), source })?;
        Ok(Self { name, namespaces, root })
    }

    /// What is seen at a path, not what a link there leads to; `None` if there is nothing.
    fn stat(&self, path: &str) -> Option<Stat> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            match rustix::fs::openat2(&self.root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT) {
                // Something was renamed meanwhile.
                Err(Errno::AGAIN | Errno::INTR) => {}
                found => return found.and_then(rustix::fs::fstat).ok(),
            }
        }
    }

    /// Whether there is something at a path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.stat(path).is_some()
    }

    /// Whether there is a directory at a path, not a link to one.
    pub(super) fn has_dir(&self, path: &str) -> bool {
        self.stat(path).is_some_and(|stat| is_dir(&stat))
    }

    /// Whether what is seen is what was put there: others may have mounted something over it, and who replaces the file below it
    /// by another one (`rename(2)`), in whatever mount namespace, takes off what lies on it.
    fn shows(&self, cover: &Cover) -> bool {
        self.stat(&cover.target).is_some_and(|stat| (stat.st_dev, stat.st_ino) == cover.id)
    }

    fn failed(&self, path: &str, source: Errno) -> NetworkError {
        NetworkError::Inside { name: self.name.clone(), path: path.into(), source }
    }

    fn detach(&self, cover: &Cover) -> Result<(), NetworkError> {
        let path = c_string(&cover.target);
        elsewhere::detach(&borrowed(&self.namespaces), &path)
            .map_err(|source| self.failed(&cover.target, source))
    }

    /// The file or empty directory, attached to nothing yet.
    fn prepare(&self, target: &str, what: &What) -> Result<(OwnedFd, Cover), NetworkError> {
        let namespaces = borrowed(&self.namespaces);
        let (path, mount) = match what {
            What::Nothing => (target.to_owned(), elsewhere::tmpfs(&namespaces, EMPTY)),
            What::File { path, .. } => {
                let path = path.to_string_lossy().into_owned();
                let mount = elsewhere::copy_of_mount(&namespaces, &c_string(&path));
                (path, mount)
            }
        };
        let prepared = mount.and_then(|mount| rustix::fs::fstat(&mount).map(|stat| (mount, stat)));
        let (mount, stat) = prepared.map_err(|source| self.failed(&path, source))?;
        Ok((mount, Cover { target: target.to_owned(), id: (stat.st_dev, stat.st_ino) }))
    }

    /// Has all that is wanted seen, and what lies there besides no more. `record` says what lies there; what will is written to it
    /// before it does.
    pub(super) fn fit(&self, dir: &Dir, layout: &Layout, record: &mut Record) -> Result<(), NetworkError> {
        let mut there = Vec::new();
        for cover in &record.covers {
            match (self.shows(cover), layout.wants(cover)) {
                (true, true) => there.push(cover.clone()),
                (true, false) => self.detach(cover)?,
                (false, _) => {}
            }
        }
        let is_missing = |target: &&(String, What)| !there.iter().any(|cover| cover.target == target.0);
        let missing: Vec<_> = layout.wanted.iter().filter(is_missing).collect();
        let prepared = missing
            .into_iter()
            .map(|(target, what)| self.prepare(target, what))
            .collect::<Result<Vec<_>, _>>()?;
        there.extend(prepared.iter().map(|(_, cover)| cover.clone()));
        if record.covers != there {
            record.covers = there;
            record.write(dir)?;
        }
        for (mount, cover) in &prepared {
            elsewhere::attach(&borrowed(&self.namespaces), mount.as_fd(), &c_string(&cover.target))
                .map_err(|source| self.failed(&cover.target, source))?;
        }
        Ok(())
    }

    /// Takes off all that lies there.
    pub(super) fn uncover(&self, record: &Record) -> Result<(), NetworkError> {
        record.covers.iter().filter(|cover| self.shows(cover)).try_for_each(|cover| self.detach(cover))
    }
}

fn borrowed(namespaces: &[Namespace]) -> Vec<BorrowedFd<'_>> {
    namespaces.iter().map(|namespace| namespace.as_fd()).collect()
}

fn c_string(path: &str) -> CString {
    CString::new(path).expect("no file name has a zero byte")
}
