//! The name of a group.

use std::ffi::CString;
use std::fmt;

/// Where a group is: an absolute path is below the root of each mount, a relative one below the caller's own group.
///
/// (In version 2 that means beside the caller's own group, since a group with processes cannot give controllers to others.)
/// It has at least one component, and none is `..`, so it never leads elsewhere, whatever it is put below. Empty
/// components and `.` mean nothing to the kernel and are dropped.
///
/// ```
/// use insula_cgroup::CgroupPath;
/// assert_eq!(CgroupPath::new("/docker//4f2a/")?.to_string(), "/docker/4f2a");
/// assert!(CgroupPath::new("/docker/../../etc").is_err());
/// # Ok::<(), insula_cgroup::CgroupPathError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CgroupPath {
    absolute: bool,
    components: Vec<CString>,
}

/// Not a path of a control group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CgroupPathError {
    /// It has no component: that would be the group of everything.
    #[error("`{}` names no control group below the root", path.escape_debug())]
    Empty {
        /// The path as it was given.
        path: Box<str>,
    },
    /// `..` is a component, and leads out of where the group shall be.
    #[error("the control group path `{}` leads elsewhere by `..`", path.escape_debug())]
    Parent {
        /// The path as it was given.
        path: Box<str>,
    },
    /// A component has a byte that no name of a group can have: NUL, or the line feed that would break `/proc/PID/cgroup`.
    #[error("the control group path `{}` has a NUL or a line feed", path.escape_debug())]
    Control {
        /// The path as it was given.
        path: Box<str>,
    },
    /// A component is longer than 255 bytes, or all are longer than 4,095.
    #[error("the control group path `{}` is too long", path.escape_debug())]
    TooLong {
        /// The path as it was given.
        path: Box<str>,
    },
}

/// `NAME_MAX` and `PATH_MAX` of `linux/limits.h`, without the NUL.
const NAME_MAX: usize = 255;
const PATH_MAX: usize = 4095;

impl CgroupPath {
    /// Checks `path`.
    ///
    /// # Errors
    /// [`CgroupPathError`] says what is wrong with it.
    pub fn new(path: &str) -> Result<Self, CgroupPathError> {
        if path.len() > PATH_MAX {
            return Err(CgroupPathError::TooLong { path: path.into() });
        }
        let mut components = Vec::new();
        for component in path.split('/') {
            match component {
                "" | "." => {}
                ".." => return Err(CgroupPathError::Parent { path: path.into() }),
                long if long.len() > NAME_MAX => return Err(CgroupPathError::TooLong { path: path.into() }),
                name => match CString::new(name) {
                    Ok(name) if !name.as_bytes().contains(&b'\n') => components.push(name),
                    _ => return Err(CgroupPathError::Control { path: path.into() }),
                },
            }
        }
        if components.is_empty() {
            return Err(CgroupPathError::Empty { path: path.into() });
        }
        Ok(Self { absolute: path.starts_with('/'), components })
    }

    /// Whether it is below the root of a mount, and not below the caller's own group.
    #[must_use]
    pub const fn is_absolute(&self) -> bool {
        self.absolute
    }

    /// The names on the way, at least one.
    #[must_use]
    pub fn components(&self) -> &[CString] {
        &self.components
    }
}

impl fmt::Display for CgroupPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, component) in self.components.iter().enumerate() {
            if self.absolute || position > 0 {
                f.write_str("/")?;
            }
            f.write_str(component.to_str().expect("it was a part of a string"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for CgroupPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for path in ["..", "/..", "a/..", "/a/../b", "../a", "/a/./.."] {
            assert!(matches!(CgroupPath::new(path), Err(CgroupPathError::Parent { .. })), "{path}");
        }
        for path in ["", "/", "//", ".", "/./"] {
            assert!(matches!(CgroupPath::new(path), Err(CgroupPathError::Empty { .. })), "{path}");
        }
        for path in ["a\0b", "/a\nb", "\0"] {
            assert!(matches!(CgroupPath::new(path), Err(CgroupPathError::Control { .. })), "{path:?}");
        }
        for path in ["a".repeat(256), "/a".repeat(2048)] {
            assert!(matches!(CgroupPath::new(&path), Err(CgroupPathError::TooLong { .. })), "{path}");
        }
    }

    #[test]
    fn names_with_dots_are_names() {
        for path in ["/...", "a..b/..c", "/system.slice/docker-1.scope"] {
            assert_eq!(CgroupPath::new(path).unwrap().to_string(), path);
        }
    }

    proptest! {
        #[test]
        fn no_accepted_path_leads_elsewhere(text in "[ab./\\x00\\n]{0,12}|.*") {
            let Ok(path) = CgroupPath::new(&text) else { return Ok(()) };
            prop_assert!(!path.components().is_empty());
            for name in path.components() {
                prop_assert!(!matches!(name.to_bytes(), b"" | b"." | b".."));
                prop_assert!(!name.to_bytes().contains(&b'/') && name.to_bytes().len() <= NAME_MAX);
            }
            prop_assert_eq!(CgroupPath::new(&path.to_string()).unwrap(), path);
        }
    }
}
