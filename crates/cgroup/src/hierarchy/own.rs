//! The groups that the caller itself is in: `/proc/self/cgroup`, see `cgroups(7)`.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use insula_ns::mountinfo;

use super::{HierarchiesError, Hierarchy, MOUNT, Version, read_own, split};
use crate::directory::Directory;
use crate::{Controllers, Membership};

impl Membership {
    /// Where distributions mount such a hierarchy.
    pub(super) fn conventional(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let mount = Path::new(MOUNT);
        let name = if self.is_unified() { "unified" } else { self.hierarchy().trim_start_matches("name=") };
        // `cpuacct,cpu` is mounted on `cpu,cpuacct` by some, with a link for each.
        let first = name.split(',').next().unwrap_or(name);
        let plain = |name: &&str| !name.is_empty() && !name.contains('/') && *name != "." && *name != "..";
        [name, first].map(|name| plain(&name).then(|| mount.join(name))).into_iter().flatten()
    }

    pub(super) fn at(&self, root: Directory) -> Hierarchy {
        let version = match self.hierarchy() {
            "" => Version::V2,
            named if named.starts_with("name=") => Version::V1 { controllers: Controllers::NONE },
            list => Version::V1 { controllers: Controllers::parse(list) },
        };
        Hierarchy { version, name: self.hierarchy().into(), root: Arc::new(root) }
    }
}

/// Reads `/proc/self/cgroup`.
pub(super) fn memberships() -> Result<Vec<Membership>, HierarchiesError> {
    Membership::parse_all(&read_own("cgroup")?).map_err(|source| HierarchiesError::Memberships { source })
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
        let own = self.memberships.iter().find(|membership| *membership.hierarchy() == *hierarchy.name);
        let own = own.map_or(Path::new("/"), Membership::path).as_os_str().as_bytes();
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
    fn hierarchies_are_looked_for_under_their_own_names() {
        let found = Membership::parse_all(b"12:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n").unwrap();
        let places: Vec<_> =
            found.iter().map(|membership| membership.conventional().next().unwrap()).collect();
        assert_eq!(places, ["cpu,cpuacct", "systemd", "unified"].map(|name| Path::new(MOUNT).join(name)));
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
        fn no_name_leads_elsewhere(name in "[a-z./,=]{0,12}") {
            let text = format!("7:{name}:/");
            for membership in Membership::parse_all(text.as_bytes()).unwrap() {
                for place in membership.conventional() {
                    prop_assert_eq!(place.parent(), Some(Path::new(MOUNT)));
                }
            }
        }
    }
}
