//! Settings of a network namespace: `net.*` of `sysctl(8)`, see the kernel's `networking/ip-sysctl.rst`.

use std::ffi::CString;
use std::fmt;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::str::FromStr;

use insula_sys::elsewhere;
use rustix::fs::{Mode, OFlags, PROC_SUPER_MAGIC};
use rustix::io::Errno;

/// The name of a setting below `net`: `net.ipv4.ip_forward`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Setting {
    /// Relative to `/proc/sys`.
    path: CString,
}

/// Not the name of a setting of a network namespace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no setting of a network namespace, such as `net.ipv4.ip_forward`", name.escape_debug())]
pub struct SettingError {
    /// The text.
    pub name: Box<str>,
}

/// Why a setting was not read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SysctlError {
    /// `/proc` is something else.
    #[error("`/proc` is no proc file system that shows settings")]
    Proc {
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// It was not read.
    #[error("cannot read `{setting}`")]
    Read {
        /// Which one.
        setting: Setting,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// It was not written.
    #[error("cannot set `{setting}` to `{value}`")]
    Write {
        /// Which one.
        setting: Setting,
        /// What it was to be.
        value: Box<str>,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
}

impl FromStr for Setting {
    type Err = SettingError;

    /// As `sysctl(8)` reads it: the first of `.` and `/` is what separates, and the other one is part of a name.
    fn from_str(name: &str) -> Result<Self, SettingError> {
        let refused = || SettingError { name: name.into() };
        let path: String = match name.find(['.', '/']).map(|position| name.as_bytes()[position]) {
            Some(b'/') => name.to_owned(),
            Some(_) => name
                .chars()
                .map(|char| match char {
                    '.' => '/',
                    '/' => '.',
                    other => other,
                })
                .collect(),
            None => return Err(refused()),
        };
        let plain = |part: &str| !matches!(part, "" | "." | "..");
        let parts: Vec<&str> = path.split('/').collect();
        if parts[0] != "net" || parts.len() < 2 || !parts.iter().all(|part| plain(part)) {
            return Err(refused());
        }
        Ok(Self { path: CString::new(path).map_err(|_| refused())? })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.to_string_lossy())
    }
}

impl Setting {
    /// Reads it in the network namespace that is the last of `namespaces`, or here if there is none.
    ///
    /// # Errors
    /// [`SysctlError::Read`]: `ENOENT` if this kernel, or an interface that is not there, has no such setting.
    pub fn read(&self, namespaces: &[BorrowedFd<'_>]) -> Result<String, SysctlError> {
        let failed = |source| SysctlError::Read { setting: self.clone(), source };
        let file = self.open(namespaces, libc::O_RDONLY)?.map_err(failed)?;
        let mut value = [0; 4096];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&file, &mut value)).map_err(failed)?;
        Ok(String::from_utf8_lossy(&value[..length]).trim_end().to_owned())
    }

    /// Sets it in the network namespace that is the last of `namespaces`, or here if there is none.
    ///
    /// # Errors
    /// [`SysctlError::Write`]: `EINVAL` for a value that it does not take, `EACCES` without privileges there.
    pub fn write(&self, namespaces: &[BorrowedFd<'_>], value: &str) -> Result<(), SysctlError> {
        let failed = |source| SysctlError::Write { setting: self.clone(), value: value.into(), source };
        let file = self.open(namespaces, libc::O_WRONLY)?.map_err(failed)?;
        let bytes = value.as_bytes();
        let written = rustix::io::retry_on_intr(|| rustix::io::write(&file, bytes)).map_err(failed)?;
        if written == bytes.len() { Ok(()) } else { Err(failed(Errno::INVAL)) }
    }

    /// The file shows the settings of the namespace that it was opened in, wherever it is read.
    fn open(&self, namespaces: &[BorrowedFd<'_>], flags: i32) -> Result<Result<OwnedFd, Errno>, SysctlError> {
        let settings = settings().map_err(|source| SysctlError::Proc { source })?;
        Ok(elsewhere::open(namespaces, std::os::fd::AsFd::as_fd(&settings), &self.path, flags))
    }
}

/// `/proc/sys`, if it is that of a proc file system.
fn settings() -> Result<OwnedFd, Errno> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let settings = rustix::fs::open("/proc/sys", flags, Mode::empty())?;
    if rustix::fs::fstatfs(&settings)?.f_type == PROC_SUPER_MAGIC { Ok(settings) } else { Err(Errno::NODEV) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_sysctl_does() {
        let path = |name: &str| name.parse::<Setting>().map(|setting| setting.to_string());
        assert_eq!(path("net.ipv4.ip_forward").unwrap(), "net/ipv4/ip_forward");
        assert_eq!(path("net/ipv4/conf/eth0.100/forwarding").unwrap(), "net/ipv4/conf/eth0.100/forwarding");
        assert_eq!(path("net.ipv4.conf.eth0/100.forwarding").unwrap(), "net/ipv4/conf/eth0.100/forwarding");
    }

    #[test]
    fn nothing_else_of_proc_is_reached() {
        for name in [
            "",
            "net",
            "kernel.hostname",
            "net.ipv4...",
            "net/../kernel/hostname",
            "/net/ipv4",
            "net.ipv4.a\0b",
        ] {
            assert!(name.parse::<Setting>().is_err(), "{name:?}");
        }
    }
}
