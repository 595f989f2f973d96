//! A container is written to files.

use std::path::{Path, PathBuf};

use insula_cgroup::{Cgroup, Controller};
use rustix::fs::{Mode, OFlags, openat};
use rustix::process::Pid;

use super::conversation::{Criu, Request};
use super::options::{checkpoint, common};
use super::{Checkpoint, Directories, Extent, STREAMS, external, make, settings};
use crate::container::Container;
use crate::error::Error;
use crate::state::{Status, write_all};

/// The log.
const LOG: &str = "dump.log";

impl Container {
    /// Writes it to files by criu: `runc-checkpoint(8)`. With [`Extent::Whole`] its processes have ended then, and it is to be
    /// deleted.
    ///
    /// # Errors
    /// [`Error::State`] if it does not run; [`Error::Criu`], with the container as it was.
    pub fn checkpoint(&self, asked: &Checkpoint) -> Result<(), Error> {
        let status = self.status()?;
        let process = Pid::from_raw(self.pid())
            .filter(|_| matches!(status, Status::Running | Status::Paused))
            .ok_or_else(|| Error::State { doing: "checkpoint", id: self.id.clone(), status })?;
        make(&asked.imaging.images)?;
        if let Some(parent) = &asked.parent {
            check_parent(&asked.imaging.images, parent)?;
        }
        let spec = self.spec()?;
        let directories = Directories::open(&asked.imaging, LOG)?;
        let mut message =
            common(&asked.imaging, directories.numbers(), LOG, settings(spec), &self.record.rootfs);
        message = checkpoint(message, asked, process.as_raw_pid(), self.freezer()?.as_deref());
        message = external::dump_namespaces(message, spec)?;
        if asked.extent != Extent::Memory {
            let bound = external::bound(&self.record.bundle, spec)?;
            message = external::dump_mounts(message, &bound, spec, process);
            let streams = external::streams(process)?;
            write_streams(&directories, &asked.imaging.images, &streams)?;
            message = external::dump_streams(message, &streams);
        }
        let failed = |error| Error::criu("checkpoint", &self.id, error);
        let request = if asked.extent == Extent::Memory { Request::PreDump } else { Request::Dump };
        let criu = Criu::start(Vec::new(), |_| ()).map_err(failed)?;
        criu.ask(request, message, &directories.log, failed, |_| Ok(()))
    }

    /// Where criu stops all of its processes at once; those that are not below the first are found there too.
    fn freezer(&self) -> Result<Option<PathBuf>, Error> {
        let path = |group: &Cgroup| {
            let is_legacy = group.is_legacy(Controller::Freezer);
            let is_it = |name: &str| name.split(',').any(|one| one == if is_legacy { "freezer" } else { "" });
            group.by_hierarchy().find(|(name, _)| is_it(name)).map(|(_, path)| path.to_owned())
        };
        Ok(self.cgroup()?.and_then(path))
    }
}

fn check_parent(images: &Path, parent: &Path) -> Result<(), Error> {
    if parent.is_absolute() {
        return Err(Error::ParentPath(parent.to_owned()));
    }
    super::open(&images.join(parent)).map(drop)
}

/// Writes down what the standard streams were.
fn write_streams(directories: &Directories, images: &Path, streams: &[String]) -> Result<(), Error> {
    let failed = |errno| Error::File { doing: "write", path: images.join(STREAMS), errno };
    let text = serde_json::to_vec(streams).expect("a list of strings is JSON");
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat(&directories.images, STREAMS, flags, Mode::RUSR | Mode::WUSR).map_err(failed)?;
    write_all(&file, &text).map_err(failed)
}
