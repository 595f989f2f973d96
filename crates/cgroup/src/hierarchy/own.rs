//! The groups that the caller itself is in: `/proc/self/cgroup`, see `cgroups(7)`.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use insula_ns::mountinfo::{self, Mount};

use super::{HierarchiesError, Hierarchy, MOUNT, Version, read_own, split};
use crate::Controllers;
use crate::directory::Directory;

/// A line of `/proc/self/cgroup`: a hierarchy, and the caller's group in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Membership {
    /// The controllers of version 1, separated by commas, or `name=…`; empty for version 2.
    pub(super) name: Box<str>,
    /// Seen from the root of the caller's cgroup namespace.
    pub(super) path: Vec<u8>,
}

impl Membership {
    /// Parses one line: `4:memory:/user.slice`.
    fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = line.splitn(3, |byte| *byte == b':');
        let number = fields.next()?;
        if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let name = std::str::from_utf8(fields.next()?).ok()?;
        let path = fields.next().filter(|path| path.starts_with(b"/"))?;
        Some(Self { name: name.into(), path: path.to_owned() })
    }

    pub(super) fn is_unified(&self) -> bool {
        self.name.is_empty()
    }

    /// Where distributions mount such a hierarchy.
    pub(super) fn conventional(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let mount = Path::new(MOUNT);
        let name = if self.is_unified() { "unified" } else { self.name.trim_start_matches("name=") };
        // `cpuacct,cpu` is mounted on `cpu,cpuacct` by some, with a link for each.
        let first = name.split(',').next().unwrap_or(name);
        let plain = |name: &&str| !name.is_empty() && !name.contains('/') && *name != "." && *name != "..";
        [name, first].map(|name| plain(&name).then(|| mount.join(name))).into_iter().flatten()
    }

    /// Whether `mount` shows this hierarchy.
    pub(super) fn is_in(&self, mount: &Mount<'_>) -> bool {
        if self.is_unified() {
            return &*mount.fs_type == "cgroup2";
        }
        let mut options = mount.super_options.as_bytes().split(|byte| *byte == b',');
        let mut words = self.name.split(',');
        &*mount.fs_type == "cgroup"
            && words.all(|word| options.clone().any(|option| option == word.as_bytes()))
            && options.next().is_some()
    }

    pub(super) fn at(self, root: Directory) -> Hierarchy {
        let version = match &*self.name {
            "" => Version::V2,
            named if named.starts_with("name=") => Version::V1 { controllers: Controllers::NONE },
            list => Version::V1 { controllers: Controllers::parse(list) },
        };
        Hierarchy { version, name: self.name, root: Arc::new(root) }
    }
}

/// Reads `/proc/self/cgroup`.
pub(super) fn memberships() -> Result<Vec<Membership>, HierarchiesError> {
    parse(&read_own("cgroup")?)
}

/// Parses the content of `/proc/PID/cgroup`.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Membership>, HierarchiesError> {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            Membership::parse(line)
                .ok_or_else(|| HierarchiesError::Membership { line: String::from_utf8_lossy(line).into() })
        })
        .collect()
}

/// Where the caller is, read once for all hierarchies.
#[derive(Debug)]
pub(crate) struct Own {
    memberships: Vec<Membership>,
    /// The table of mounts.
    table: Vec<u8>,
}

impl Own {
    pub(crate) fn read() -> Result<Self, HierarchiesError> {
        Ok(Self { memberships: memberships()?, table: read_own("mountinfo")? })
    }

    /// The names on the way from the root of the mount to where the caller's relative paths begin.
    pub(super) fn names(&self, hierarchy: &Hierarchy) -> Result<Vec<CString>, HierarchiesError> {
        let own = self.memberships.iter().find(|membership| membership.name == hierarchy.name);
        let own = own.map_or(b"/".as_slice(), |membership| &membership.path);
        let mut below = None;
        for mount in mountinfo::parse(&self.table) {
            let mount = mount.map_err(|source| HierarchiesError::Mounts { source })?;
            // The last of several mounts on one place is the one that is seen.
            if *mount.mount_point == *hierarchy.root.path().as_os_str() {
                below = relative(own, mount.root.as_bytes());
            }
        }
        let mut names = below.ok_or_else(|| HierarchiesError::OwnOutside {
            own: PathBuf::from(OsStr::from_bytes(own)),
            mount: hierarchy.root.path().clone(),
        })?;
        if hierarchy.version == Version::V2 {
            names.pop();
        }
        Ok(names)
    }
}

/// `own` as seen from `root`, both seen from the root of the cgroup namespace.
fn relative(own: &[u8], root: &[u8]) -> Option<Vec<CString>> {
    let mut own = split(own);
    for name in split(root) {
        if own.next() != Some(name) {
            return None;
        }
    }
    // A group that was moved out of the namespace is shown with `..`.
    own.map(|name| if name == ".." { None } else { CString::new(name.as_bytes()).ok() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_of_both_versions_are_understood() {
        let text = b"12:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/user.slice\n";
        let found = parse(text).unwrap();
        assert_eq!(found[0], Membership { name: "cpu,cpuacct".into(), path: b"/a:b".to_vec() });
        let places: Vec<_> =
            found.iter().map(|membership| membership.conventional().next().unwrap()).collect();
        assert_eq!(places, ["cpu,cpuacct", "systemd", "unified"].map(|name| Path::new(MOUNT).join(name)));
        for bad in ["memory:/", "x:memory:/", "1:memory", "1:memory:relative"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
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

    #[test]
    fn own_group_is_seen_from_the_root_of_the_mount() {
        let names = |own: &str, root: &str| relative(own.as_bytes(), root.as_bytes());
        assert_eq!(names("/docker/1/a", "/docker/1"), Some(vec![c"a".into()]));
        assert_eq!(names("/a", "/"), Some(vec![c"a".into()]));
        assert_eq!(names("/", "/"), Some(vec![]));
        assert_eq!(names("/docker/2", "/docker/1"), None);
        assert_eq!(names("/", "/.."), None);
        assert_eq!(names("/../b", "/"), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text: Vec<u8>) {
            let _ = parse(&text);
        }

        #[test]
        fn memberships_are_what_was_written(lines in prop::collection::vec(("[a-z_,=]{0,12}", "/[a-z:./]{0,20}"), 0..8)) {
            let text: Vec<_> = lines.iter().map(|(name, path)| format!("7:{name}:{path}\n")).collect();
            let text = text.concat();
            let found = parse(text.as_bytes()).unwrap();
            prop_assert_eq!(found.len(), lines.len());
            for (membership, (name, path)) in found.iter().zip(&lines) {
                prop_assert_eq!(&*membership.name, name);
                prop_assert_eq!(&membership.path, path.as_bytes());
                for place in membership.conventional() {
                    prop_assert_eq!(place.parent(), Some(Path::new(MOUNT)));
                }
            }
        }
    }
}
