//! The groups that a process is in: `/proc/PID/cgroup`, see `cgroups(7)`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use insula_ns::mountinfo::Mount;

/// A line of `/proc/PID/cgroup`: a hierarchy, and the group of the process in it.
///
/// ```
/// use insula_cgroup::Membership;
/// let all = Membership::parse_all(b"4:memory:/user.slice\n0::/user.slice\n")?;
/// assert_eq!((all[0].hierarchy(), all[1].is_unified()), ("memory", true));
/// # Ok::<(), insula_cgroup::MembershipError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    hierarchy: Box<str>,
    path: Vec<u8>,
}

/// A line that is not what `cgroups(7)` says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown form of line: `{}`", line.escape_debug())]
pub struct MembershipError {
    /// The line.
    pub line: Box<str>,
}

impl Membership {
    /// Parses the content of `/proc/PID/cgroup`.
    ///
    /// # Errors
    /// [`MembershipError`] for the first line that is none.
    pub fn parse_all(text: &[u8]) -> Result<Vec<Self>, MembershipError> {
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| {
                Self::parse(line)
                    .ok_or_else(|| MembershipError { line: String::from_utf8_lossy(line).into() })
            })
            .collect()
    }

    /// Parses one line: `4:memory:/user.slice`.
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.splitn(3, |byte| *byte == b':');
        let number = fields.next()?;
        if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let hierarchy = std::str::from_utf8(fields.next()?).ok()?;
        let path = fields.next().filter(|path| path.starts_with(b"/"))?;
        Some(Self { hierarchy: hierarchy.into(), path: path.to_owned() })
    }

    /// The controllers of a hierarchy of version 1, separated by commas, or `name=…`; empty for version 2.
    #[must_use]
    pub fn hierarchy(&self) -> &str {
        &self.hierarchy
    }

    /// The group, seen from the root of the cgroup namespace of whoever read it.
    #[must_use]
    pub fn path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// Whether the hierarchy is the one of version 2.
    #[must_use]
    pub fn is_unified(&self) -> bool {
        self.hierarchy.is_empty()
    }

    /// Whether `mount` shows the hierarchy.
    #[must_use]
    pub fn is_in(&self, mount: &Mount<'_>) -> bool {
        if self.is_unified() {
            return &*mount.fs_type == "cgroup2";
        }
        let options = mount.super_options.as_bytes().split(|byte| *byte == b',');
        let mut words = self.hierarchy.split(',');
        &*mount.fs_type == "cgroup"
            && words.all(|word| options.clone().any(|option| option == word.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insula_ns::mountinfo;
    use proptest::prelude::*;

    #[test]
    fn lines_of_both_versions_are_understood() {
        let found = Membership::parse_all(b"12:cpu,cpuacct:/a:b\n0::/user.slice\n").unwrap();
        assert_eq!((found[0].hierarchy(), found[0].path()), ("cpu,cpuacct", Path::new("/a:b")));
        assert!(found[1].is_unified());
        for bad in ["memory:/", "x:memory:/", "1:memory", "1:memory:relative"] {
            assert_eq!(&*Membership::parse_all(bad.as_bytes()).unwrap_err().line, bad);
        }
    }

    #[test]
    fn a_hierarchy_is_found_by_its_controllers_in_any_order() {
        let table =
            b"33 31 0:30 / /c rw - cgroup cgroup rw,cpu,cpuacct\n34 31 0:31 / /u rw - cgroup2 cgroup2 rw\n\
            35 31 0:32 / /s rw - cgroup cgroup rw,xattr,name=systemd\n";
        let mounts: Vec<_> = mountinfo::parse(table).map(Result::unwrap).collect();
        let found = |line: &str| {
            let membership = Membership::parse(line.as_bytes()).unwrap();
            mounts.iter().position(|mount| membership.is_in(mount))
        };
        assert_eq!(found("2:cpuacct,cpu:/"), Some(0));
        assert_eq!(found("0::/"), Some(1));
        assert_eq!(found("1:name=systemd:/"), Some(2));
        assert_eq!(found("3:memory:/"), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text: Vec<u8>) {
            let _ = Membership::parse_all(&text);
        }

        #[test]
        fn memberships_are_what_was_written(lines in prop::collection::vec(("[a-z_,=]{0,12}", "/[a-z:./]{0,20}"), 0..8)) {
            let text: Vec<_> = lines.iter().map(|(name, path)| format!("7:{name}:{path}\n")).collect();
            let found = Membership::parse_all(text.concat().as_bytes()).unwrap();
            prop_assert_eq!(found.len(), lines.len());
            for (membership, (name, path)) in found.iter().zip(&lines) {
                prop_assert_eq!(membership.hierarchy(), name);
                prop_assert_eq!(membership.path(), Path::new(path));
            }
        }
    }
}
