//! Shares of caches and memory bandwidth: `config-linux.md`, "IntelRdt", and the kernel's `resctrl.rst`.
//!
//! A class of service is a directory of the file system resctrl; processes are in it by its file `tasks`. What is watched of one
//! container alone is a directory below `mon_groups` of its class.

mod schema;

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{AtFlags, CWD, FsWord, Mode, OFlags, fstatfs, mkdirat, openat, unlinkat};
use rustix::io::Errno;

use crate::ContainerId;
use crate::error::Error;
use crate::spec::{IntelRdt, Spec};
use crate::state::write_all;

/// Where everybody mounts it: the kernel makes this directory for it.
const MOUNT_POINT: &str = "/sys/fs/resctrl";
/// `RDTGROUP_SUPER_MAGIC` of `linux/magic.h`.
const SUPER_MAGIC: FsWord = 0x0765_5821;
/// The name of the class that all processes are in which are in no other: its directory is the root.
const ROOT: &str = "/";

const GROUPS: &str = "mon_groups";
const TASKS: &str = "tasks";
const SCHEMATA: &str = "schemata";

const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The file system.
#[derive(Debug)]
struct Resctrl(OwnedFd);

/// What a container has of it. What was made is taken away with this value, unless it is kept.
#[derive(Debug)]
pub(crate) struct Class<'a> {
    resctrl: Resctrl,
    id: &'a ContainerId,
    config: &'a IntelRdt,
    directory: OwnedFd,
    /// Whether the directory was made now.
    is_new: bool,
    /// Whether the container is watched, by a directory that was made now.
    is_watched: bool,
}

/// Makes what a new container is to have of it, if it is to have anything.
pub(crate) fn make<'a>(id: &'a ContainerId, spec: &'a Spec) -> Result<Option<Class<'a>>, Error> {
    let Some(config) = &spec.linux.intel_rdt else { return Ok(None) };
    let class = Resctrl::find()?.make(id, config)?;
    class.share()?;
    Ok(Some(class))
}

/// The files by which a process that is added to a container comes to where that is.
pub(crate) fn tasks(id: &ContainerId, spec: &Spec) -> Result<Vec<OwnedFd>, Error> {
    spec.linux.intel_rdt.as_ref().map_or(Ok(Vec::new()), |config| Resctrl::find()?.tasks(id, config))
}

/// Gives the class of a container other shares, of caches and of memory bandwidth.
pub(crate) fn update(id: &ContainerId, spec: &Spec, change: &IntelRdt) -> Result<(), Error> {
    let config = spec.linux.intel_rdt.as_ref().ok_or_else(|| Error::NoShares(id.clone()))?;
    let resctrl = Resctrl::find()?;
    let name = class_name(id, config);
    let class = resctrl.open(name)?;
    resctrl.write_shares(&class, name, &schema::lines(change).unwrap_or_default())
}

/// Takes away what was made for a container. One whose creation was interrupted may have nothing of it.
pub(crate) fn remove(id: &ContainerId, spec: &Spec, creation: Creation) -> Result<(), Error> {
    let Some(config) = &spec.linux.intel_rdt else { return Ok(()) };
    match (Resctrl::find(), creation) {
        // Unmounted meanwhile, and all classes with it.
        (Err(Error::NoResctrl { .. }), _) => Ok(()),
        (resctrl, Creation::Whole) => resctrl?.remove(id, config),
        (resctrl, Creation::Interrupted) => resctrl?.remove_empty(id, config),
    }
}

/// Whether a container was made to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Creation {
    /// It was.
    Whole,
    /// It was not.
    Interrupted,
}

impl Resctrl {
    /// The one that is mounted.
    fn find() -> Result<Self, Error> {
        let absent = |errno| Error::NoResctrl { mount_point: MOUNT_POINT, errno };
        let root = openat(CWD, MOUNT_POINT, OFlags::RDONLY | DIRECTORY, Mode::empty()).map_err(absent)?;
        match fstatfs(&root).map_err(absent)?.f_type {
            SUPER_MAGIC => Ok(Self(root)),
            _ => Err(absent(Errno::NODEV)),
        }
    }

    /// Makes what a container is to have, but for the shares of its class.
    fn make<'a>(self, id: &'a ContainerId, config: &'a IntelRdt) -> Result<Class<'a>, Error> {
        let name = class_name(id, config);
        let is_new = match config.clos_id.as_deref() {
            Some(ROOT) => false,
            // One that says nothing of its shares is somebody else's, and there.
            Some(name) if schema::lines(config).is_none() => {
                self.open(name)?;
                false
            }
            Some(name) => match self.make_directory(name) {
                Err(Error::Resctrl { errno: Errno::EXIST, .. }) => false,
                other => other.map(|()| true)?,
            },
            None => self.make_directory(name).map(|()| true)?,
        };
        let directory = match self.open(name) {
            Ok(directory) => directory,
            Err(error) => {
                self.remove_if(is_new, name);
                return Err(error);
            }
        };
        let mut class = Class { resctrl: self, id, config, directory, is_new, is_watched: false };
        if config.enable_monitoring {
            class.watch()?;
        }
        Ok(class)
    }

    /// Takes away what was made for a container that has ended: a class with a name of its own is there for others as well.
    fn remove(&self, id: &ContainerId, config: &IntelRdt) -> Result<(), Error> {
        let name = class_name(id, config);
        let removed = match &config.clos_id {
            // What is watched goes with it.
            None => unlinkat(&self.0, name, AtFlags::REMOVEDIR),
            Some(_) if config.enable_monitoring => {
                match openat(&self.0, relative(name), OFlags::PATH | DIRECTORY, Mode::empty()) {
                    Ok(class) => unlinkat(&class, watched(id), AtFlags::REMOVEDIR),
                    Err(errno) => Err(errno),
                }
            }
            Some(_) => Ok(()),
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.failed("remove", name.to_owned(), errno)),
        }
    }

    /// As [`remove`](Self::remove), of a container whose creation was interrupted: only if nobody is in the class, since it
    /// could be somebody else's still.
    fn remove_empty(&self, id: &ContainerId, config: &IntelRdt) -> Result<(), Error> {
        let name = class_name(id, config);
        let is_empty = match self.open(name) {
            Err(Error::Resctrl { errno: Errno::NOENT, .. }) => return Ok(()),
            other => self.read(&other?, name, TASKS)?.trim().is_empty(),
        };
        if config.clos_id.is_some() || is_empty { self.remove(id, config) } else { Ok(()) }
    }

    /// The files by which a process comes to where a container of this configuration is, in this order.
    fn tasks(&self, id: &ContainerId, config: &IntelRdt) -> Result<Vec<OwnedFd>, Error> {
        let name = class_name(id, config);
        let class = self.open(name)?;
        let mut files = vec![self.open_file(&class, name, TASKS, OFlags::WRONLY)?];
        if config.enable_monitoring {
            let tasks = format!("{}/{TASKS}", watched(id));
            files.push(self.open_file(&class, name, &tasks, OFlags::WRONLY)?);
        }
        Ok(files)
    }

    fn make_directory(&self, name: &str) -> Result<(), Error> {
        let mode = Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH;
        mkdirat(&self.0, name, mode).map_err(|errno| self.failed("make", name.to_owned(), errno))
    }

    fn remove_if(&self, is_new: bool, name: &str) {
        if is_new {
            // What is told is why it could not stay.
            let _ = unlinkat(&self.0, name, AtFlags::REMOVEDIR);
        }
    }

    fn open(&self, name: &str) -> Result<OwnedFd, Error> {
        openat(&self.0, relative(name), OFlags::RDONLY | DIRECTORY, Mode::empty())
            .map_err(|errno| self.failed("open", name.to_owned(), errno))
    }

    fn open_file(&self, class: &OwnedFd, name: &str, file: &str, how: OFlags) -> Result<OwnedFd, Error> {
        openat(class, file, how | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
            .map_err(|errno| self.failed("open", format!("{name}/{file}"), errno))
    }

    fn read(&self, class: &OwnedFd, name: &str, file: &str) -> Result<String, Error> {
        let failed = |errno| self.failed("read", format!("{name}/{file}"), errno);
        let open = self.open_file(class, name, file, OFlags::RDONLY)?;
        let mut text = Vec::new();
        loop {
            text.reserve(4096);
            let room = rustix::buffer::spare_capacity(&mut text);
            if rustix::io::read(&open, room).map_err(failed)? == 0 {
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
        }
    }

    fn write_shares(&self, class: &OwnedFd, name: &str, lines: &[Vec<&str>; 2]) -> Result<(), Error> {
        let file = self.open_file(class, name, SCHEMATA, OFlags::WRONLY)?;
        for lines in lines.iter().filter(|lines| !lines.is_empty()) {
            let text = lines.join("\n") + "\n";
            write_all(&file, text.as_bytes())
                .map_err(|errno| self.failed("write", format!("{name}/{SCHEMATA}"), errno))?;
        }
        Ok(())
    }

    /// With what the kernel says of it.
    fn failed(&self, doing: &'static str, what: String, errno: Errno) -> Error {
        let said = openat(&self.0, "info/last_cmd_status", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            .and_then(|file| {
                let mut text = [0; 512];
                rustix::io::read(&file, &mut text).map(|length| text[..length].to_vec())
            })
            .unwrap_or_default();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let said = Some(said).filter(|said| !said.is_empty() && said != "ok");
        Error::Resctrl { doing, group: PathBuf::from(what), said, errno }
    }
}

impl Class<'_> {
    /// Gives a class that was made its shares. One that was there has to have them.
    fn share(&self) -> Result<(), Error> {
        let Some(lines) = schema::lines(self.config) else { return Ok(()) };
        let name = class_name(self.id, self.config);
        if !self.is_new {
            let found = self.resctrl.read(&self.directory, name, SCHEMATA)?;
            return match lines.iter().flatten().find(|line| !schema::holds(&found, line)) {
                Some(line) => Err(Error::OtherShares { class: name.to_owned(), line: (*line).to_owned() }),
                None => Ok(()),
            };
        }
        self.resctrl.write_shares(&self.directory, name, &lines)
    }

    /// The files by which a process comes to it, in this order.
    pub(crate) fn tasks(&self) -> Result<Vec<OwnedFd>, Error> {
        self.resctrl.tasks(self.id, self.config)
    }

    /// Leaves it to the container.
    pub(crate) fn keep(mut self) {
        (self.is_new, self.is_watched) = (false, false);
    }

    fn watch(&mut self) -> Result<(), Error> {
        let name = watched(self.id);
        let mode = Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH;
        mkdirat(&self.directory, &name, mode).map_err(|errno| {
            let class = class_name(self.id, self.config);
            self.resctrl.failed("make", format!("{class}/{name}"), errno)
        })?;
        self.is_watched = true;
        Ok(())
    }
}

impl Drop for Class<'_> {
    fn drop(&mut self) {
        if self.is_watched {
            let _ = unlinkat(&self.directory, watched(self.id), AtFlags::REMOVEDIR);
        }
        self.resctrl.remove_if(self.is_new, class_name(self.id, self.config));
    }
}

/// The directory of a class; without a name of its own it has the container's.
fn class_name<'a>(id: &'a ContainerId, config: &'a IntelRdt) -> &'a str {
    config.clos_id.as_deref().unwrap_or_else(|| id.as_str())
}

const fn relative(name: &str) -> &str {
    match name.as_bytes() {
        b"/" => ".",
        _ => name,
    }
}

fn watched(id: &ContainerId) -> String {
    format!("{GROUPS}/{id}")
}

#[cfg(test)]
#[path = "resctrl/tests.rs"]
mod tests;
