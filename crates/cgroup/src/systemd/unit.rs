//! Names of units: `systemd.unit(5)`.

use std::fmt::Write as _;

/// A scope, and the slice that it is in.
///
/// ```
/// use insula_cgroup::systemd::Unit;
/// let unit = Unit::from_cgroups_path("machine.slice:libpod:4f2a")?;
/// assert_eq!((unit.slice(), unit.name()), (Some("machine.slice"), "libpod-4f2a.scope"));
/// # Ok::<(), insula_cgroup::systemd::UnitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    slice: Option<Box<str>>,
    name: Box<str>,
}

/// Not a unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// It has another form than `SLICE:PREFIX:NAME`.
    #[error("`{}` is not of the form SLICE:PREFIX:NAME, as a control group path with systemd is", path.escape_debug())]
    Form {
        /// The path.
        path: Box<str>,
    },
    /// It is no name of a slice.
    #[error("`{}` is no name of a slice, such as `machine.slice`", name.escape_debug())]
    Slice {
        /// The name.
        name: Box<str>,
    },
    /// It cannot be the name of a unit: letters, digits and `:-_.\@`, at most 255 of them.
    #[error("`{}` is no name of a unit", name.escape_debug())]
    Name {
        /// The name.
        name: Box<str>,
    },
}

impl Unit {
    /// Takes a path as engines give it: `SLICE:PREFIX:NAME` is the scope `PREFIX-NAME.scope` in SLICE. An empty slice is the usual
    /// one.
    ///
    /// # Errors
    /// [`UnitError`].
    pub fn from_cgroups_path(path: &str) -> Result<Self, UnitError> {
        match path.split(':').collect::<Vec<_>>()[..] {
            [slice, prefix, name] if !name.is_empty() => {
                Self::scope(Some(slice).filter(|slice| !slice.is_empty()), prefix, name)
            }
            _ => Err(UnitError::Form { path: path.into() }),
        }
    }

    /// The scope `PREFIX-NAME.scope`, or `NAME.scope` without a prefix.
    ///
    /// # Errors
    /// [`UnitError`].
    pub fn scope(slice: Option<&str>, prefix: &str, name: &str) -> Result<Self, UnitError> {
        if let Some(slice) = slice
            && !is_slice(slice)
        {
            return Err(UnitError::Slice { name: slice.into() });
        }
        let dash = if prefix.is_empty() { "" } else { "-" };
        let name = format!("{prefix}{dash}{name}.scope");
        if !is_unit(&name) {
            return Err(UnitError::Name { name: name.into() });
        }
        Ok(Self { slice: slice.map(Box::from), name: name.into() })
    }

    /// Its name, with `.scope`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The slice that it is in, if it is not the usual one.
    #[must_use]
    pub fn slice(&self) -> Option<&str> {
        self.slice.as_deref()
    }

    /// The path of its object on the bus: what is no letter or digit is `_` and two hexadecimal digits.
    pub(super) fn object(&self) -> String {
        let mut path = String::from("/org/freedesktop/systemd1/unit/");
        for (position, byte) in self.name.bytes().enumerate() {
            // A digit at the beginning too, `sd_bus_path_encode(3)`.
            if byte.is_ascii_alphabetic() || byte.is_ascii_digit() && position > 0 {
                path.push(char::from(byte));
            } else {
                write!(path, "_{byte:02x}").expect("a string takes everything");
            }
        }
        path
    }
}

fn is_unit(name: &str) -> bool {
    name.len() <= 255 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte))
}

/// `a-b.slice` is in `a.slice`; so no part between dashes is empty, except in `-.slice`, the root.
fn is_slice(name: &str) -> bool {
    let Some(parts) = name.strip_suffix(".slice") else { return false };
    is_unit(name) && (parts == "-" || parts.split('-').all(|part| !part.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_of_engines() {
        let unit = Unit::from_cgroups_path("system.slice:docker:4f").unwrap();
        assert_eq!((unit.slice(), unit.name()), (Some("system.slice"), "docker-4f.scope"));
        assert_eq!(unit.object(), "/org/freedesktop/systemd1/unit/docker_2d4f_2escope");
        let unit = Unit::from_cgroups_path("::4f").unwrap();
        assert_eq!((unit.slice(), unit.name()), (None, "4f.scope"));
        assert_eq!(unit.object(), "/org/freedesktop/systemd1/unit/_34f_2escope");
        let pod = "kubepods-burstable-pod0_1.slice:cri-containerd:f00";
        assert_eq!(Unit::from_cgroups_path(pod).unwrap().name(), "cri-containerd-f00.scope");
    }

    #[test]
    fn what_is_no_unit_is_refused() {
        for path in ["/docker/4f", "a.slice:b", "a.slice:b:c:d", "a.slice:b:", ""] {
            assert!(matches!(Unit::from_cgroups_path(path), Err(UnitError::Form { .. })), "{path}");
        }
        for path in
            ["a:b:c", ".slice:b:c", "a--b.slice:b:c", "-a.slice:b:c", "../a.slice:b:c", "a/b.slice:b:c"]
        {
            assert!(matches!(Unit::from_cgroups_path(path), Err(UnitError::Slice { .. })), "{path}");
        }
        let long = format!("a.slice:b:{}", "c".repeat(256));
        for path in ["a.slice:b:c/d", "a.slice:b:../c", "a.slice:b\0:c", "a.slice:b:c d", &long] {
            assert!(matches!(Unit::from_cgroups_path(path), Err(UnitError::Name { .. })), "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_unit_leads_elsewhere(path in "[a./:-]{0,20}|.*") {
            if let Ok(unit) = Unit::from_cgroups_path(&path) {
                prop_assert!(!unit.name().contains('/') && unit.name().strip_suffix(".scope").is_some());
                prop_assert!(unit.object().bytes().skip(31).all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
            }
        }
    }
}
