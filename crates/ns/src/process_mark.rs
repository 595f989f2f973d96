//! Which process it was.

use std::os::fd::AsFd;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::{PidFd, ProcDir};

/// What tells a process from every other one since boot, to be written down while it lives and looked for later.
///
/// With the feature `serde` it is an object with `pid`, and `inode` or `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProcessMark {
    pid: i32,
    #[cfg_attr(feature = "serde", serde(flatten))]
    unique: Unique,
}

/// What no other process that gets the same id has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
enum Unique {
    /// The inode number of its pidfd, never used again until reboot: Linux 6.9.
    Inode(u64),
    /// When it was started, in clock ticks since boot: the 22nd field of `/proc/PID/stat`.
    Start(u64),
}

/// `PID_FS_MAGIC` of `linux/magic.h`.
const PID_FS_MAGIC: rustix::fs::FsWord = 0x5049_4446;

impl ProcessMark {
    /// The mark of a process that is known to live: its pidfd and its id.
    ///
    /// # Errors
    /// What the kernel answered when it was asked for the inode, or for `/proc/PID/stat`.
    pub fn of(process: impl AsFd, pid: Pid) -> Result<Self, Errno> {
        let process = process.as_fd();
        let unique = if has_own_inode(process) {
            Unique::Inode(rustix::fs::fstat(process)?.st_ino)
        } else {
            Unique::Start(start_time(pid)?)
        };
        Ok(Self { pid: pid.as_raw_nonzero().get(), unique })
    }

    /// Whether both are marks of one process, whichever PID namespace each was made in.
    #[must_use]
    pub fn is_same_process(&self, other: &Self) -> bool {
        self.unique == other.unique
    }

    /// Its process id, in the PID namespace that the mark was made in.
    #[must_use]
    pub const fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.pid)
    }

    /// Opens it; `None` if it is gone, whoever has its id now.
    ///
    /// # Errors
    /// What the kernel answered, save that there is no such process.
    pub fn find(&self) -> Result<Option<PidFd>, Errno> {
        let Some(pid) = self.pid() else { return Ok(None) };
        let process = match rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
            Ok(fd) => PidFd::from(fd),
            // The second: the id is a thread's now.
            Err(Errno::SRCH | Errno::INVAL | Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno),
        };
        match Self::of(&process, pid) {
            // What was read by its id was its own only if it has not ended since.
            Ok(mark) if mark == *self && !process.has_exited() => Ok(Some(process)),
            Ok(_) | Err(Errno::NOENT | Errno::SRCH) => Ok(None),
            Err(errno) => Err(errno),
        }
    }
}

/// Whether the inode number of a pidfd is the process's own: before Linux 6.9 all had the same.
#[must_use]
pub fn has_own_inode(process: impl AsFd) -> bool {
    rustix::fs::fstatfs(process).is_ok_and(|stat| stat.f_type == PID_FS_MAGIC)
}

fn start_time(pid: Pid) -> Result<u64, Errno> {
    let proc = ProcDir::open().map_err(|_| Errno::NOSYS)?;
    let path = format!("{}/stat", pid.as_raw_nonzero());
    let file = rustix::fs::openat(&proc, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    // 52 numbers and a name.
    let mut buffer = [0; 2048];
    let length = rustix::io::read(&file, &mut buffer)?;
    start_time_in(&buffer[..length]).ok_or(Errno::INVAL)
}

/// The 22nd field of `/proc/PID/stat`. The second is a name in parentheses that may hold anything.
fn start_time_in(stat: &[u8]) -> Option<u64> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    std::str::from_utf8(&stat[end + 1..]).ok()?.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_live_process_is_found_by_its_mark_and_no_other_is() {
        let me = rustix::process::getpid();
        let mark = ProcessMark::of(PidFd::open(me).unwrap(), me).unwrap();
        assert!(mark.find().unwrap().is_some());
        for unique in [Unique::Inode(1), Unique::Start(1)] {
            assert!(ProcessMark { unique, ..mark }.find().unwrap().is_none());
        }
        assert!(ProcessMark { pid: i32::MAX, ..mark }.find().unwrap().is_none());
    }

    #[test]
    fn own_start_time_is_read() {
        let now = start_time(rustix::process::getpid()).unwrap();
        assert!(now >= start_time(rustix::process::getppid().unwrap()).unwrap());
    }

    proptest! {
        #[test]
        fn start_time_is_found_behind_any_name(name: Vec<u8>, start: u64) {
            let mut stat = b"12 (".to_vec();
            stat.extend(name);
            stat.extend(format!(") S{} {start} 0 0", " 1".repeat(18)).as_bytes());
            prop_assert_eq!(start_time_in(&stat), Some(start));
        }

        #[test]
        fn nothing_panics(stat: Vec<u8>) {
            let _ = start_time_in(&stat);
        }
    }
}
