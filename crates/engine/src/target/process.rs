//! A process that was pointed at.

use std::os::fd::{AsFd as _, OwnedFd};

use insula_ns::idmap::{IdKind, IdMap};
use insula_ns::{Kind, Namespace, NsLink, Pid, PidFd, ProcDir, has_own_inode};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::TargetError;

/// A process, held so that its id cannot come to mean another one while something of it is opened.
#[derive(Debug)]
pub struct TargetProcess {
    pidfd: PidFd,
    pid: Pid,
    proc: ProcDir,
}

/// Who a process is, in the ids of its own user namespace.
///
/// An id that its user namespace has no number for is `None`: the kernel shows it as 65534.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The effective user id.
    pub uid: Option<u32>,
    /// The effective group id.
    pub gid: Option<u32>,
    /// The supplementary groups that have a number there.
    pub groups: Vec<u32>,
}

impl TargetProcess {
    /// Opens the process with id `pid`, if the inode number of its pidfd is `inode`.
    ///
    /// # Errors
    /// [`TargetError::OtherProcess`] if it is not; others if there is no such process.
    pub fn open(pid: Pid, inode: Option<u64>) -> Result<Self, TargetError> {
        let process = Self { pidfd: PidFd::open(pid)?, pid, proc: ProcDir::open()? };
        match inode {
            Some(inode) if process.inode()? != inode => {
                Err(TargetError::OtherProcess { pid, inode, found: process.inode()? })
            }
            _ => Ok(process),
        }
    }

    /// The process with id `pid` that is held open already.
    ///
    /// # Errors
    /// [`TargetError::Proc`].
    pub fn held(pid: Pid, pidfd: PidFd) -> Result<Self, TargetError> {
        Ok(Self { pidfd, pid, proc: ProcDir::open()? })
    }

    /// The inode number of its pidfd, which no other process gets until the machine is restarted.
    ///
    /// # Errors
    /// [`TargetError::NoInodes`] on kernels before 6.9.
    pub fn inode(&self) -> Result<u64, TargetError> {
        let stat = rustix::fs::fstat(&self.pidfd).map_err(|source| TargetError::Descriptor { source })?;
        if has_own_inode(&self.pidfd) { Ok(stat.st_ino) } else { Err(TargetError::NoInodes) }
    }

    /// The handle on it.
    #[must_use]
    pub const fn pidfd(&self) -> &PidFd {
        &self.pidfd
    }

    /// Its id, in the caller's PID namespace.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// Opens a namespace that it is in, or that its next children are born in.
    ///
    /// # Errors
    /// [`TargetError::Namespace`] when it is gone, or the caller may not trace it.
    pub fn namespace(&self, link: impl Into<NsLink>) -> Result<Namespace, TargetError> {
        Ok(Namespace::of_process(&self.pidfd, link)?)
    }

    /// A handle (`O_PATH`) on its root directory, in its mount namespace.
    ///
    /// # Errors
    /// [`TargetError::ProcFile`] with `EACCES` when the caller may not trace it.
    pub fn root(&self) -> Result<OwnedFd, TargetError> {
        self.open_file("root", OFlags::PATH | OFlags::DIRECTORY)
    }

    /// A handle (`O_PATH`) on its working directory.
    ///
    /// # Errors
    /// As [`root`](Self::root).
    pub fn working_directory(&self) -> Result<OwnedFd, TargetError> {
        self.open_file("cwd", OFlags::PATH | OFlags::DIRECTORY)
    }

    /// The environment that it was started with: `NAME=VALUE` strings, each ended by a zero byte.
    ///
    /// # Errors
    /// As [`root`](Self::root).
    #[doc(alias = "environ")]
    pub fn environment(&self) -> Result<Vec<u8>, TargetError> {
        self.read("environ")
    }

    /// Its control groups, a line each: `cgroups(7)`, "/proc files".
    ///
    /// # Errors
    /// [`TargetError`] when it is gone.
    pub fn control_groups(&self) -> Result<Vec<u8>, TargetError> {
        self.read("cgroup")
    }

    /// Whether its user namespace lets anyone set supplementary groups: `/proc/PID/setgroups`, `user_namespaces(7)`.
    ///
    /// # Errors
    /// [`TargetError`] when it is gone.
    pub fn may_set_groups(&self) -> Result<bool, TargetError> {
        Ok(self.read("setgroups")?.trim_ascii() == b"allow")
    }

    /// Its security context, in the words of the security module: `proc_pid_attr(5)`.
    ///
    /// # Errors
    /// [`TargetError`] when it is gone, or there is no security module.
    pub fn security_context(&self) -> Result<Vec<u8>, TargetError> {
        self.read("attr/current")
    }

    /// Its effective user and group id, in the ids of the caller's user namespace.
    ///
    /// # Errors
    /// [`TargetError`] when it is gone.
    pub fn seen_ids(&self) -> Result<(u32, u32), TargetError> {
        let status = String::from_utf8_lossy(&self.read("status")?).into_owned();
        let invalid = TargetError::ProcFile { pid: self.pid, file: "status", source: Errno::INVAL };
        ids_in(&status).map(|(uid, gid, _)| (uid, gid)).ok_or(invalid)
    }

    /// Who it is.
    ///
    /// # Errors
    /// [`TargetError`] when it is gone, or the caller may not open its user namespace.
    pub fn credentials(&self) -> Result<Credentials, TargetError> {
        let invalid = |file| TargetError::ProcFile { pid: self.pid, file, source: Errno::INVAL };
        let status = String::from_utf8_lossy(&self.read("status")?).into_owned();
        let (uid, gid, groups) = ids_in(&status).ok_or_else(|| invalid("status"))?;
        if self.namespace(Kind::User)?.id() == Namespace::of_self(Kind::User)?.id() {
            return Ok(Credentials { uid: Some(uid), gid: Some(gid), groups });
        }
        // Read from another user namespace than its own, a map goes from its ids to ours.
        let map = |kind: IdKind| {
            let text = String::from_utf8_lossy(&self.read(kind.map_file())?).into_owned();
            IdMap::from_proc(&text).map_err(|_| invalid(kind.map_file()))
        };
        let (uids, gids) = (map(IdKind::Uid)?, map(IdKind::Gid)?);
        Ok(Credentials {
            uid: uids.to_inside(uid),
            gid: gids.to_inside(gid),
            groups: groups.into_iter().filter_map(|group| gids.to_inside(group)).collect(),
        })
    }

    fn open_file(&self, file: &'static str, flags: OFlags) -> Result<OwnedFd, TargetError> {
        let path = format!("{}/{file}", self.pid);
        let opened = rustix::fs::openat(&self.proc, path, flags | OFlags::CLOEXEC, Mode::empty());
        // Only if it lives still was its id its own when the file was opened.
        if self.pidfd.has_exited() {
            return Err(TargetError::Ended { pid: self.pid });
        }
        opened.map_err(|source| TargetError::ProcFile { pid: self.pid, file, source })
    }

    fn read(&self, file: &'static str) -> Result<Vec<u8>, TargetError> {
        let opened = self.open_file(file, OFlags::RDONLY)?;
        let mut content = Vec::new();
        loop {
            content.reserve(4096);
            match rustix::io::read(opened.as_fd(), rustix::buffer::spare_capacity(&mut content)) {
                Ok(0) => return Ok(content),
                Ok(_) | Err(Errno::INTR) => {}
                Err(source) => return Err(TargetError::ProcFile { pid: self.pid, file, source }),
            }
        }
    }
}

/// The effective uid, effective gid and groups in `/proc/PID/status`.
fn ids_in(status: &str) -> Option<(u32, u32, Vec<u32>)> {
    let line = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let effective = |name| line(name)?.split_ascii_whitespace().nth(1)?.parse().ok();
    let groups =
        line("Groups:")?.split_ascii_whitespace().map(|id| id.parse().ok()).collect::<Option<_>>()?;
    Some((effective("Uid:")?, effective("Gid:")?, groups))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn own() -> TargetProcess {
        TargetProcess::open(rustix::process::getpid(), None).unwrap()
    }

    #[test]
    fn we_are_who_the_kernel_says() {
        let credentials = own().credentials().unwrap();
        assert_eq!(credentials.uid, Some(rustix::process::geteuid().as_raw()));
        assert_eq!(credentials.gid, Some(rustix::process::getegid().as_raw()));
        let groups: Vec<u32> =
            rustix::process::getgroups().unwrap().into_iter().map(rustix::process::Gid::as_raw).collect();
        assert_eq!(credentials.groups, groups);
    }

    #[test]
    fn root_and_working_directory_are_ours() {
        let same = |fd: OwnedFd, path: &str| {
            let (handle, there) = (rustix::fs::fstat(fd).unwrap(), rustix::fs::stat(path).unwrap());
            assert_eq!((handle.st_dev, handle.st_ino), (there.st_dev, there.st_ino));
        };
        same(own().root().unwrap(), "/");
        same(own().working_directory().unwrap(), ".");
    }

    #[test]
    fn another_inode_number_is_another_process() {
        let error = TargetProcess::open(rustix::process::getpid(), Some(1)).unwrap_err();
        assert!(
            matches!(error, TargetError::OtherProcess { inode: 1, .. } | TargetError::NoInodes),
            "{error}"
        );
    }

    #[test]
    fn own_environment_is_read() {
        let path = std::env::var("PATH").unwrap();
        let environment = own().environment().unwrap();
        let wanted = format!("PATH={path}");
        assert!(environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()));
    }

    proptest! {
        #[test]
        fn ids_are_read_back(uid: u32, gid: u32, groups: Vec<u32>) {
            let list: Vec<String> = groups.iter().map(u32::to_string).collect();
            let status = format!("Name:\tx\nUid:\t1\t{uid}\t2\t3\nGid:\t1\t{gid}\t2\t3\nGroups:\t{} \n", list.join(" "));
            prop_assert_eq!(ids_in(&status), Some((uid, gid, groups)));
        }
    }
}
