//! Giving a group to another user: "Delegation" in `admin-guide/cgroup-v2.rst`.

use std::ffi::CString;

use rustix::fs::{AtFlags, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::Cgroup;
use crate::FileError;
use crate::directory::read_whole;

/// What the kernel says may be given away, if it does: since Linux 4.15.
const LIST: &str = "/sys/kernel/cgroup/delegate";
/// What was always meant.
const USUAL: &str = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";

impl Cgroup {
    /// Makes `owner` the owner of the group in version 2, so that it can make groups below and move processes among them. The
    /// limits of the group itself stay the caller's.
    ///
    /// For a container whose root is another user outside: `config-linux.md`, "Cgroup ownership".
    ///
    /// # Errors
    /// [`FileError`], with `EPERM` without `CAP_CHOWN`.
    pub fn delegate(&self, owner: Uid) -> Result<(), FileError> {
        use std::os::fd::AsFd as _;
        let Some(place) = self.unified() else { return Ok(()) };
        let value = || format!("owner {}", owner.as_raw()).into();
        let listed = rustix::fs::open(LIST, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            .and_then(|file| read_whole(file.as_fd()))
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let list = listed.as_deref().unwrap_or(USUAL);
        let names = list.lines().filter(|name| !name.is_empty() && !name.contains('/'));
        for name in names.filter_map(|name| CString::new(name).ok()) {
            match rustix::fs::chownat(&place.directory, &name, Some(owner), None, AtFlags::SYMLINK_NOFOLLOW) {
                // Files of controllers that it does not have.
                Ok(()) | Err(Errno::NOENT) => {}
                Err(source) => {
                    return Err(FileError::Write {
                        file: place.directory.path_of(&name),
                        value: value(),
                        source,
                    });
                }
            }
        }
        rustix::fs::fchown(&place.directory, Some(owner), None).map_err(|source| FileError::Write {
            file: place.directory.path().clone(),
            value: value(),
            source,
        })
    }
}
