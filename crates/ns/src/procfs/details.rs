//! What `/proc` says of a single process, read when it is asked for.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;

use super::{Numbers, ProcDir, ProcPath};

impl ProcDir {
    /// All processes that it shows, in ascending order.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn pids(&self) -> Result<Vec<Pid>, Errno> {
        let mut numbers = Numbers::new();
        Ok(numbers.read(self.0.as_fd(), c".")?.iter().filter_map(|pid| Pid::from_raw(*pid)).collect())
    }

    /// The arguments of a process, each ended by a zero byte; empty for a kernel thread or a zombie.
    ///
    /// # Errors
    /// `ENOENT` or `ESRCH` when it is gone.
    #[doc(alias = "cmdline")]
    pub fn command_line(&self, pid: Pid) -> Result<Vec<u8>, Errno> {
        self.read_whole(ProcPath::new(format_args!("{pid}/cmdline")).as_c_str())
    }

    /// The name of a process, at most 15 bytes, of kernel threads up to 63: that in brackets in `ps(1)`.
    ///
    /// # Errors
    /// `ENOENT` or `ESRCH` when it is gone.
    #[doc(alias = "comm")]
    pub fn name(&self, pid: Pid) -> Result<Vec<u8>, Errno> {
        let mut name = self.read_whole(ProcPath::new(format_args!("{pid}/comm")).as_c_str())?;
        if name.last() == Some(&b'\n') {
            name.pop();
        }
        Ok(name)
    }

    /// The parent of a process; `None` when that lies outside the PID namespace of this procfs.
    ///
    /// # Errors
    /// `ENOENT` or `ESRCH` when it is gone.
    #[doc(alias = "ppid")]
    pub fn parent(&self, pid: Pid) -> Result<Option<Pid>, Errno> {
        let file = self.open_below(ProcPath::new(format_args!("{pid}/stat")).as_c_str())?;
        // The number, a name of at most 64 bytes, the state and the parent come first.
        let mut buffer = [0; 256];
        let length = rustix::io::read(&file, &mut buffer)?;
        parent_in(&buffer[..length]).ok_or(Errno::INVAL).map(Pid::from_raw)
    }

    /// The effective uid of a process, or 0 while it is not dumpable: the owner of its directory.
    ///
    /// # Errors
    /// `ENOENT` when it is gone.
    pub fn uid(&self, pid: Pid) -> Result<u32, Errno> {
        let path = ProcPath::new(format_args!("{pid}"));
        rustix::fs::statat(&self.0, path.as_c_str(), AtFlags::empty()).map(|stat| stat.st_uid)
    }

    /// The ids of a process, from that in the PID namespace of this procfs to that in its own.
    ///
    /// # Errors
    /// `ENOENT` or `ESRCH` when it is gone.
    #[doc(alias = "NSpid")]
    pub fn nested_pids(&self, pid: Pid) -> Result<Vec<Pid>, Errno> {
        let status = self.read_whole(ProcPath::new(format_args!("{pid}/status")).as_c_str())?;
        nested_pids_in(&status).ok_or(Errno::INVAL)
    }

    /// The inode numbers of the sockets that a process has descriptors of, in the order of those, some perhaps several times.
    ///
    /// # Errors
    /// `EACCES` when the caller may not see its descriptors, `ENOENT` when it is gone.
    #[doc(alias = "fd")]
    pub fn sockets(&self, pid: Pid) -> Result<Vec<u64>, Errno> {
        let path = ProcPath::new(format_args!("{pid}/fd"));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(&self.0, path.as_c_str(), flags, Mode::empty())?;
        let mut numbers = Numbers::new();
        let mut sockets = Vec::new();
        for descriptor in numbers.read(dir.as_fd(), c".")? {
            let mut buffer = [MaybeUninit::uninit(); 64];
            let name = ProcPath::new(format_args!("{descriptor}"));
            // One that was closed since it was listed has no target.
            if let Ok((target, _)) = rustix::fs::readlinkat_raw(&dir, name.as_c_str(), &mut buffer) {
                sockets.extend(socket_in(target));
            }
        }
        Ok(sockets)
    }

    /// Reads a file of unknown length.
    pub(crate) fn read_whole(&self, path: &CStr) -> Result<Vec<u8>, Errno> {
        read_to_end(&self.open_below(path)?)
    }
}

fn read_to_end(file: &OwnedFd) -> Result<Vec<u8>, Errno> {
    let mut content = Vec::with_capacity(1024);
    loop {
        content.reserve(content.len().max(512));
        match rustix::io::read(file, rustix::buffer::spare_capacity(&mut content)) {
            Ok(0) => return Ok(content),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// The fourth field of `/proc/PID/stat`. The second is a name in parentheses that may hold anything.
fn parent_in(stat: &[u8]) -> Option<i32> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    std::str::from_utf8(&stat[end + 1..]).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// The inode number in `socket:[NUMBER]`.
fn socket_in(target: &[u8]) -> Option<u64> {
    let number = target.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn nested_pids_in(status: &[u8]) -> Option<Vec<Pid>> {
    let ids = status.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"NSpid:"))?;
    std::str::from_utf8(ids)
        .ok()?
        .split_ascii_whitespace()
        .map(|id| Pid::from_raw(id.parse().ok()?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn details_of_ourselves_are_true() {
        let proc = ProcDir::open().unwrap();
        let me = rustix::process::getpid();
        assert_eq!(proc.parent(me).unwrap(), rustix::process::getppid());
        assert_eq!(proc.uid(me).unwrap(), rustix::process::geteuid().as_raw());
        assert_eq!(*proc.nested_pids(me).unwrap().last().unwrap(), me);
        let program = std::env::args().next().unwrap();
        assert!(proc.command_line(me).unwrap().starts_with(program.as_bytes()));
        assert!(program.contains(std::str::from_utf8(&proc.name(me).unwrap()).unwrap()));
        assert!(proc.pids().unwrap().is_sorted_by_key(|pid| pid.as_raw_nonzero()));
        assert!(proc.pids().unwrap().contains(&me));
    }

    #[test]
    fn socket_of_ours_is_among_our_sockets() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let inode = rustix::fs::fstat(&socket).unwrap().st_ino;
        let sockets = ProcDir::open().unwrap().sockets(rustix::process::getpid()).unwrap();
        assert!(sockets.contains(&inode), "{inode} {sockets:?}");
    }

    #[test]
    fn process_that_is_not_there_is_an_error() {
        let proc = ProcDir::open().unwrap();
        let nobody = Pid::from_raw(i32::MAX).unwrap();
        assert_eq!(proc.parent(nobody).unwrap_err(), Errno::NOENT);
        assert_eq!(proc.command_line(nobody).unwrap_err(), Errno::NOENT);
    }

    proptest! {
        #[test]
        fn parent_is_found_behind_any_name(name: Vec<u8>, parent: i32) {
            let mut stat = b"12 (".to_vec();
            stat.extend(name);
            stat.extend(format!(") S {parent} 12 12 0 -1").as_bytes());
            prop_assert_eq!(parent_in(&stat), Some(parent));
        }

        #[test]
        fn nothing_panics(content: Vec<u8>) {
            let _ = parent_in(&content);
            let _ = nested_pids_in(&content);
            let _ = socket_in(&content);
        }
    }
}
