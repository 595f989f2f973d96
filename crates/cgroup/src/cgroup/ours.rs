//! The mark of groups that Insula made: an extended attribute, see `xattr(7)`.

use std::os::fd::BorrowedFd;

use rustix::fs::XattrFlags;
use rustix::io::Errno;

use super::Cgroup;

/// Names to have it under: the first since Linux 5.7, the second for `CAP_SYS_ADMIN`.
const NAMES: [&str; 2] = ["user.insula", "trusted.insula"];

/// What a group was made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// What was asked for.
    Group,
    /// A group on the way there; it goes with the last one in it.
    Above,
}

impl Made {
    const fn value(self) -> &'static [u8] {
        match self {
            Self::Group => b"group",
            Self::Above => b"above",
        }
    }
}

/// Marks a directory, where the kernel lets it.
pub(super) fn mark(directory: BorrowedFd<'_>, made: Made) {
    for name in NAMES {
        match rustix::fs::fsetxattr(directory, name, made.value(), XattrFlags::empty()) {
            Err(Errno::OPNOTSUPP) => {}
            _ => return,
        }
    }
}

/// Whether, and as what, a directory is marked.
pub(super) fn marked(directory: BorrowedFd<'_>) -> Option<Made> {
    let mut value = [0; 8];
    let length =
        NAMES.into_iter().find_map(|name| rustix::fs::fgetxattr(directory, name, &mut value).ok())?;
    [Made::Group, Made::Above].into_iter().find(|made| made.value() == &value[..length])
}

impl Cgroup {
    /// Whether it bears the mark that [`create`](Self::create) gives to what it makes.
    ///
    /// Who may write to a group can mark it, so this tells what was left behind from what others made, and nothing about
    /// whom to trust.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        use std::os::fd::AsFd as _;
        marked(self.main().directory.as_fd()).is_some()
    }
}
