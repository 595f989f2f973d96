//! `newuidmap` and `newgidmap`: found, and known to be able to do it.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, getxattr, statvfs};

use super::sources::IdKind;

/// Why a map can't be written by `newuidmap(1)` or `newgidmap(1)`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HelperError {
    /// It isn't there.
    #[error("`{program}` is not installed, and only it may map the ids that a user has been granted")]
    Missing {
        /// Its name.
        program: &'static str,
    },
    /// It is there as an ordinary program.
    #[error("`{}` is neither set-user-ID root nor has it the file capability {capability}", path.display())]
    Unprivileged {
        /// The program.
        path: PathBuf,
        /// The capability that it would need.
        capability: &'static str,
    },
    /// It would gain nothing when run, since its file system says so.
    #[error("`{}` is on a file system that is mounted `nosuid`, so it gains no privilege", path.display())]
    NoSuid {
        /// The program.
        path: PathBuf,
    },
    /// It would gain nothing when run, since the caller may not.
    #[error("`{}` gains no privilege here, since this process has `no_new_privs` set", path.display())]
    NoNewPrivileges {
        /// The program.
        path: PathBuf,
    },
}

impl HelperError {
    /// The smallest thing to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Missing { .. } => {
                "install the package `uidmap` (Debian, Ubuntu) or `shadow-utils` (Fedora), \
                                     or map your own id alone"
                    .to_owned()
            }
            Self::Unprivileged { path, .. } => format!("as root: `chmod u+s {}`", path.display()),
            Self::NoSuid { .. } => {
                "map your own id alone, or as root remount that file system `suid`".to_owned()
            }
            Self::NoNewPrivileges { .. } => {
                "map your own id alone, or start from a process without `no_new_privs`".to_owned()
            }
        }
    }
}

/// The first `newuidmap` (or `newgidmap`) of `path`; like the shell's, the search doesn't go on to a better one.
pub(super) fn find_helper(kind: IdKind, path: &[PathBuf]) -> Result<CString, HelperError> {
    let executable = |file: &PathBuf| {
        std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    let file = path
        .iter()
        .map(|entry| entry.join(kind.helper()))
        .find(executable)
        .ok_or(HelperError::Missing { program: kind.helper() })?;
    let (bit, capability) = match kind {
        IdKind::Uid => (7, "CAP_SETUID"),
        IdKind::Gid => (6, "CAP_SETGID"),
    };
    if !is_set_user_id_root(&file) && file_capabilities(&file) & (1 << bit) == 0 {
        return Err(HelperError::Unprivileged { path: file, capability });
    }
    if statvfs(&file).is_ok_and(|fs| fs.f_flag.contains(StatVfsMountFlags::NOSUID)) {
        return Err(HelperError::NoSuid { path: file });
    }
    if rustix::thread::no_new_privs().unwrap_or(false) {
        return Err(HelperError::NoNewPrivileges { path: file });
    }
    Ok(CString::new(file.as_os_str().as_bytes()).expect("a path that was opened holds no NUL"))
}

fn is_set_user_id_root(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|meta| meta.uid() == 0 && meta.permissions().mode() & 0o4000 != 0)
}

/// The lower 32 permitted capabilities of a file: `struct vfs_cap_data` in `linux/capability.h`, of any revision.
fn file_capabilities(file: &Path) -> u32 {
    let mut data = [0_u8; 24];
    match getxattr(file, "security.capability", data.as_mut_slice()) {
        Ok(length) if length >= 8 => u32::from_le_bytes([data[4], data[5], data[6], data[7]]),
        _ => 0,
    }
}
