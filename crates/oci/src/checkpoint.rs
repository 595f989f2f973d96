//! A container is written to files, and made of them again: by the program `criu`, which is asked over a socket.
//!
//! What is asked and how files are called is as runc has it. Whether one of them restores what the other one wrote was not tried.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::error::Error;
use crate::spec::Spec;
use crate::{CgroupManager, Rights};

mod conversation;
mod dump;
mod error;
mod external;
mod message;
mod options;
mod restore;

pub use error::CriuError;
use options::Numbers;

/// What is asked of criu in both directions: see `criu(8)`.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of criu's")]
pub struct Imaging {
    /// The directory of the files.
    pub images: PathBuf,
    /// The directory of the log; that of the files, if it is not given.
    pub work: Option<PathBuf>,
    /// Whether established TCP connections are kept.
    pub tcp_established: bool,
    /// Whether sockets that others are connected to are kept.
    pub external_sockets: bool,
    /// Whether it is part of a session that others lead.
    pub shell_job: bool,
    /// Whether locks on files are kept.
    pub file_locks: bool,
    /// Whether a page of memory that is in a later file too is taken out of an earlier one.
    pub deduplicated: bool,
    /// What becomes of control groups.
    pub cgroups: CgroupMode,
}

/// What becomes of control groups: `--manage-cgroups-mode` in `criu(8)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CgroupMode {
    /// Nothing is written down of them.
    Ignore,
    /// Limits are restored in groups that are made on restoring.
    #[default]
    Soft,
    /// Limits are restored in all groups.
    Full,
    /// There must be none before.
    Strict,
}

/// How a container is written to files: `runc-checkpoint(8)`.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint {
    /// The files.
    pub imaging: Imaging,
    /// The directory of an earlier checkpoint, relative to that of the files: what has not changed since is not written again.
    pub parent: Option<PathBuf>,
    /// How much is written, and what becomes of the container.
    pub extent: Extent,
}

/// How much of a container is written, and what becomes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// All of it, and its processes end.
    #[default]
    Whole,
    /// All of it, and its processes go on.
    Running,
    /// Its memory alone, in advance of a checkpoint. Its processes go on.
    Memory,
}

/// How a container is made of files: `runc-restore(8)`.
#[derive(Debug, Default)]
pub struct Restoration {
    /// The files.
    pub imaging: Imaging,
    /// A connected socket that the controlling side of the terminal is sent to, if the process has one.
    pub console: Option<OwnedFd>,
    /// Who makes its control group.
    pub cgroups: CgroupManager,
    /// With whose rights; those of the caller, if it is not said.
    pub rights: Option<Rights>,
    /// `TYPE:LABEL` in place of the security context that its processes had.
    pub security_context: Option<String>,
    /// The SELinux context of its mounts, where they had one.
    pub mount_context: Option<String>,
}

/// What the standard streams were, in the directory of the files.
const STREAMS: &str = "descriptors.json";

/// Where the files of criu are.
struct Directories {
    images: OwnedFd,
    work: Option<OwnedFd>,
    /// Of the log.
    log: PathBuf,
}

impl Directories {
    /// Opens them; that of the log is made if it is not there.
    fn open(imaging: &Imaging, log: &str) -> Result<Self, Error> {
        let images = open(&imaging.images)?;
        let work = imaging.work.as_deref().map(|path| make(path).and_then(|()| open(path))).transpose()?;
        let log = imaging.work.as_deref().unwrap_or(&imaging.images).join(log);
        Ok(Self { images, work, log })
    }

    /// The same as a process in another mount namespace has them.
    fn as_seen_by(&self, process: Pid) -> Result<Self, Error> {
        let again = |directory: &OwnedFd| {
            let failed = |errno| Error::System { doing: "open the directory of the files for criu", errno };
            let path = external::shown(directory).map_err(failed)?;
            let there = Path::new("/proc").join(process.to_string()).join("root");
            open(&there.join(path.strip_prefix("/").unwrap_or(&path)))
        };
        let work = self.work.as_ref().map(again).transpose()?;
        Ok(Self { images: again(&self.images)?, work, log: self.log.clone() })
    }

    /// By which criu finds them.
    fn numbers(&self) -> Numbers {
        let number = |directory: &OwnedFd| directory.as_raw_fd();
        Numbers { images: number(&self.images), work: self.work.as_ref().map(number) }
    }
}

fn open(path: &Path) -> Result<OwnedFd, Error> {
    openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| Error::File { doing: "open", path: path.to_owned(), errno })
}

/// Makes a directory, which may be there.
fn make(path: &Path) -> Result<(), Error> {
    match rustix::fs::mkdir(path, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(Error::File { doing: "make", path: path.to_owned(), errno }),
    }
}

/// The file of more settings, which count more than ours: another one or none, by an annotation of the container's.
fn settings(spec: &Spec) -> Option<&str> {
    const ANNOTATION: &str = "org.criu.config";
    const FILE: &str = "/etc/criu/runc.conf";
    let named = spec.annotations.get(ANNOTATION).map_or(FILE, String::as_str);
    Some(named).filter(|name| !name.is_empty())
}
