//! What is written down of a container, in its directory.

use std::collections::BTreeMap;
use std::fmt;
use std::os::fd::AsFd;
use std::path::PathBuf;

use insula_ns::{ProcDir, ProcessMark};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{Created, Status};
use crate::ContainerId;

/// The version of the format that this code writes, and the only one that it reads.
const VERSION: u32 = 1;

/// What is written down of a container: `state.json` in its directory.
///
/// It says what was made. Whether the first process still lives, and whether it is frozen, the kernel is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    /// Its name.
    pub id: ContainerId,
    /// The boot of the machine that it was made in, if that could be told: what is said of processes and control groups holds
    /// for that alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The version of the specification that its configuration names.
    pub oci_version: String,
    /// How far it had come when this was written: [`Status::Creating`], [`Status::Created`] or [`Status::Running`].
    pub status: Status,
    /// When it was created.
    pub created: Created,
    /// The user id of whoever made it.
    pub owner: u32,
    /// The absolute path of the bundle.
    pub bundle: PathBuf,
    /// The absolute path of the root file system.
    pub rootfs: PathBuf,
    /// Its first process, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessMark>,
    /// Its control group, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cgroup: Option<CgroupRecord>,
    /// Whether it was made of a checkpoint: it has a time namespace then, in which clocks go on where they were.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restored: bool,
    /// The annotations of its configuration.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// The control group of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CgroupRecord {
    /// Who made it.
    pub driver: CgroupDriver,
    /// Where it is below the mount point of each hierarchy.
    pub path: String,
    /// The names of the hierarchies that had it before, where it stays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found_in: Vec<String>,
}

/// Who makes control groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CgroupDriver {
    /// Insula, as directories.
    Cgroupfs,
    /// systemd, as a unit of this name.
    Systemd(String),
    /// The systemd of the user, as a unit of this name.
    #[serde(rename = "user-systemd")]
    UserSystemd(String),
}

/// What was being done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Opening it.
    Open,
    /// Reading it.
    Read,
    /// Making it under another name.
    Make,
    /// Writing it.
    Write,
    /// Giving it its name.
    Rename,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Make => "make",
            Self::Write => "write",
            Self::Rename => "rename",
        })
    }
}

/// Why a file of a container's directory cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The kernel refused.
    #[error("cannot {step} `{file}`")]
    File {
        /// What was being done.
        step: Step,
        /// To what.
        file: &'static str,
        /// What the kernel answered.
        source: Errno,
    },
    /// It is no regular file.
    #[error("`{file}` is no regular file")]
    NoFile {
        /// The file.
        file: &'static str,
    },
    /// It is larger than any that was written.
    #[error("`{file}` has more than {most} bytes")]
    TooLarge {
        /// The file.
        file: &'static str,
        /// How many bytes such a file can have.
        most: usize,
    },
    /// It is not what a record is.
    #[error("`{file}` is no record of a container")]
    Invalid {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Another version of Insula wrote it.
    #[error("`{file}` has version {version} of the format, and only {VERSION} is understood")]
    Version {
        /// The file.
        file: &'static str,
        /// Its version.
        version: u32,
    },
}

impl RecordError {
    /// Whether there is no file to read.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::File { step: Step::Open, source: Errno::NOENT, .. })
    }
}

/// The part of a record that says how to read the rest.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

impl Record {
    /// The name of the file.
    pub const FILE: &str = "state.json";
    /// What it is written as before it gets that name.
    const DRAFT: &str = "state.json.new";
    /// How many bytes it can have: annotations are what grows.
    const MOST: usize = 4 << 20;

    /// The record of a container that is being created now, and has nothing yet.
    #[must_use]
    pub fn new(id: ContainerId, oci_version: String, bundle: PathBuf, rootfs: PathBuf) -> Self {
        Self {
            version: VERSION,
            id,
            boot: this_boot(),
            oci_version,
            status: Status::Creating,
            created: Created::now(),
            owner: rustix::process::getuid().as_raw(),
            bundle,
            rootfs,
            process: None,
            cgroup: None,
            restored: false,
            annotations: BTreeMap::new(),
        }
    }

    /// Whether it was made since the machine was started.
    #[must_use]
    pub fn is_of_this_boot(&self) -> bool {
        match (&self.boot, this_boot()) {
            (Some(made), Some(now)) => *made == now,
            // Not known to be of another one.
            _ => true,
        }
    }

    /// Writes it into a container's directory, in place of the one that is there: aside first, so that nobody ever reads
    /// half of it.
    ///
    /// # Errors
    /// [`RecordError::File`]. The record that was there is untouched then.
    pub fn write(&self, directory: impl AsFd) -> Result<(), RecordError> {
        let directory = directory.as_fd();
        let failed = |step| move |source| RecordError::File { step, file: Self::FILE, source };
        let text =
            serde_json::to_vec(self).expect("a record has neither maps with other keys nor failing parts");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(directory, Self::DRAFT, flags, Mode::RUSR | Mode::WUSR)
            .map_err(failed(Step::Make))?;
        let written = write_all(&file, &text).map_err(failed(Step::Write)).and_then(|()| {
            insula_sys::rename::replace(directory, Self::DRAFT, Self::FILE).map_err(failed(Step::Rename))
        });
        if written.is_err() {
            let _ = rustix::fs::unlinkat(directory, Self::DRAFT, AtFlags::empty());
        }
        written
    }

    /// Reads it from a container's directory.
    ///
    /// # Errors
    /// [`RecordError`]; with `ENOENT` from opening there is none.
    pub fn read(directory: impl AsFd) -> Result<Self, RecordError> {
        Self::parse(&read_bounded(directory, Self::FILE, Self::MOST)?)
    }

    fn parse(text: &[u8]) -> Result<Self, RecordError> {
        let invalid = |source| RecordError::Invalid { file: Self::FILE, source };
        let Header { version } = serde_json::from_slice(text).map_err(invalid)?;
        if version != VERSION {
            return Err(RecordError::Version { file: Self::FILE, version });
        }
        serde_json::from_slice(text).map_err(invalid)
    }
}

fn this_boot() -> Option<String> {
    ProcDir::open().ok()?.boot_id().ok()
}

pub(crate) fn write_all(file: impl AsFd, mut text: &[u8]) -> Result<(), Errno> {
    while !text.is_empty() {
        let written = rustix::io::write(&file, text)?;
        text = &text[written..];
    }
    Ok(())
}

/// Reads a regular file of a directory, whatever it says its size is, up to `most` bytes.
fn read_bounded(directory: impl AsFd, file: &'static str, most: usize) -> Result<Vec<u8>, RecordError> {
    let failed = |step| move |source| RecordError::File { step, file, source };
    // Not blocked by a FIFO that somebody put there.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let open = rustix::fs::openat(directory, file, flags, Mode::empty()).map_err(failed(Step::Open))?;
    let stat = rustix::fs::fstat(&open).map_err(failed(Step::Read))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(RecordError::NoFile { file });
    }
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match rustix::io::read(&open, &mut chunk).map_err(failed(Step::Read))? {
            0 => return Ok(text),
            length if text.len() + length > most => return Err(RecordError::TooLarge { file, most }),
            length => text.extend_from_slice(&chunk[..length]),
        }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
