//! New file systems.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Attributes;

/// A file system of any type, as `mount -t` makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// The type: a line of `/proc/filesystems`.
    pub fstype: String,
    /// What is mounted, where the type wants a device or a name.
    pub source: Option<OsString>,
    /// The type's own options, with or without a value.
    pub options: Vec<(String, Option<OsString>)>,
    /// What the mount forbids.
    pub attributes: Attributes,
    /// Where it is mounted.
    pub target: PathBuf,
}

impl FileSystem {
    /// One that forbids set-user-id programs, devices and execution.
    #[must_use]
    pub fn new(fstype: impl Into<String>, target: impl Into<PathBuf>) -> Self {
        Self {
            fstype: fstype.into(),
            source: None,
            options: Vec::new(),
            attributes: Attributes::NO_SUID | Attributes::NO_DEV | Attributes::NO_EXEC,
            target: target.into(),
        }
    }

    /// The POSIX message queues of this IPC namespace: `mq_overview(7)`. Without root it needs a new IPC namespace.
    #[must_use]
    pub fn mqueue(target: impl Into<PathBuf>) -> Self {
        Self::new("mqueue", target)
    }

    /// The kernel's objects, with the interfaces of this network namespace: `sysfs(5)`. Without root it needs a new
    /// network namespace.
    #[must_use]
    pub fn sysfs(target: impl Into<PathBuf>) -> Self {
        Self::new("sysfs", target)
    }

    /// The control groups from this cgroup namespace's root down, version 2: `cgroups(7)`.
    #[must_use]
    pub fn cgroup2(target: impl Into<PathBuf>) -> Self {
        Self::new("cgroup2", target)
    }

    /// Pseudo-terminals of their own, which anyone inside may open a new one of: see the kernel's
    /// `filesystems/devpts.rst`. The nodes belong to group `gid`, or to that of who opens them.
    #[must_use]
    pub fn devpts(target: impl Into<PathBuf>, gid: Option<u32>) -> Self {
        let mut new =
            Self::new("devpts", target).flag("newinstance").option("ptmxmode", "0666").option("mode", "0620");
        if let Some(gid) = gid {
            new = new.option("gid", gid.to_string());
        }
        new.attributes = Attributes::NO_SUID | Attributes::NO_EXEC;
        new
    }

    /// Adds an option with a value.
    #[must_use]
    pub fn option(mut self, key: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.options.push((key.into(), Some(value.into())));
        self
    }

    /// Adds an option without a value.
    #[must_use]
    pub fn flag(mut self, key: impl Into<String>) -> Self {
        self.options.push((key.into(), None));
        self
    }
}

/// Which processes of others a procfs shows: `proc(5)`, "Mount options".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HidePid {
    /// All, with everything that is public: 0.
    #[default]
    Off,
    /// All, with nothing in their directories: 1.
    NoAccess,
    /// None: 2.
    Invisible,
    /// Only those that the reader may trace: 4.
    Ptraceable,
}

/// A procfs of this PID namespace: `proc(5)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proc {
    /// Where it is mounted.
    pub target: PathBuf,
    /// Whether it has the processes only, and not the system: `subset=pid`.
    pub processes_only: bool,
    /// Which processes of others it shows.
    pub hide_pid: HidePid,
    /// Whether nothing in it can be written.
    pub read_only: bool,
}

impl<P: Into<PathBuf>> From<P> for Proc {
    fn from(target: P) -> Self {
        Self { target: target.into(), ..Self::default() }
    }
}

impl From<&Proc> for FileSystem {
    fn from(proc: &Proc) -> Self {
        let mut new = Self::new("proc", &proc.target);
        if proc.processes_only {
            new = new.option("subset", "pid");
        }
        new = match proc.hide_pid {
            HidePid::Off => new,
            HidePid::NoAccess => new.option("hidepid", "1"),
            HidePid::Invisible => new.option("hidepid", "2"),
            HidePid::Ptraceable => new.option("hidepid", "4"),
        };
        if proc.read_only {
            new.attributes |= Attributes::READ_ONLY;
        }
        new
    }
}

/// A file system in memory: `tmpfs(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tmpfs {
    /// Where it is mounted.
    pub target: PathBuf,
    /// The most that it may take, in bytes; half of the memory without.
    pub size: Option<u64>,
    /// The permissions of its top directory.
    pub mode: u32,
    /// What the mount forbids.
    pub attributes: Attributes,
}

impl Tmpfs {
    /// One with mode 0755 that forbids set-user-id programs and devices.
    #[must_use]
    pub fn new(target: impl Into<PathBuf>) -> Self {
        let attributes = Attributes::NO_SUID | Attributes::NO_DEV;
        Self { target: target.into(), size: None, mode: 0o755, attributes }
    }
}

impl From<&Tmpfs> for FileSystem {
    fn from(tmpfs: &Tmpfs) -> Self {
        let mut new = Self::new("tmpfs", &tmpfs.target).option("mode", format!("{:o}", tmpfs.mode));
        if let Some(size) = tmpfs.size {
            new = new.option("size", size.to_string());
        }
        new.attributes = tmpfs.attributes;
        new
    }
}
