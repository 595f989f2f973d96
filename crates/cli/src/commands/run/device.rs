//! `--device`: which devices the command has and may use.

use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use insula_cgroup::{DEFAULT_DEVICES, DeviceAccess, DeviceKind, DeviceRule};
use insula_sandbox::mounts::{Bind, Mount};
use rustix::fs::FileType;

use super::values;
use crate::args::{Arg, Invalid};
use crate::report::Failure;

/// What `--device` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Devices {
    /// Whether it says anything.
    is_given: bool,
    /// Whether what is not named is to be denied for certain.
    is_strict: bool,
    list: Vec<DeviceOption>,
}

/// A device of the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct DeviceOption {
    source: PathBuf,
    target: PathBuf,
    access: DeviceAccess,
}

impl Devices {
    /// Adds `PATH[:TARGET][:ACCESS]`; `none` adds no device.
    pub(super) fn add(&mut self, value: Arg) -> Result<(), Invalid> {
        self.is_given = true;
        if value == "none" {
            self.is_strict = true;
            return Ok(());
        }
        let mut parts: Vec<&'static [u8]> = value.as_bytes().split(|byte| *byte == b':').collect();
        let mut access = DeviceAccess::ALL;
        if let [_, .., last] = parts[..]
            && !last.starts_with(b"/")
        {
            access = std::str::from_utf8(last)?.parse()?;
            if access.is_empty() {
                return Err(Invalid("what may be done is made of `r`, `w` and `m`".to_owned()));
            }
            self.is_strict = true;
            parts.pop();
        }
        let (source, target) = match parts[..] {
            [path] => (path, path),
            [path, target] => (path, target),
            _ => return Err(Invalid("expected PATH[:TARGET][:rwm]".to_owned())),
        };
        self.list.push(DeviceOption {
            source: values::path(source)?,
            target: values::inside(target)?,
            access,
        });
        Ok(())
    }

    /// The rules: what every command may use, and what is named. None if nothing is said of devices, or if the caller is somebody
    /// to whom the kernel lets nobody set rules, and only wants them to be there.
    pub(super) fn rules(&self) -> Result<Option<Vec<DeviceRule>>, Failure> {
        if !self.is_given || (!self.is_strict && !rustix::process::geteuid().is_root()) {
            return Ok(None);
        }
        let named = self.list.iter().map(DeviceOption::rule).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(DEFAULT_DEVICES.into_iter().chain(named).collect()))
    }

    /// What brings them to where they are to be seen; those that the command sees anyway are left out unless `apart` says that its
    /// `/dev` is its own.
    pub(super) fn mounts(&self, apart: bool) -> Result<Vec<Mount>, Failure> {
        let mut mounts = Vec::new();
        for device in &self.list {
            device.kind()?;
            if apart || device.source != device.target {
                mounts.push(Mount::Bind(Bind::new(&device.source, &device.target)));
            }
        }
        Ok(mounts)
    }
}

impl DeviceOption {
    fn rule(&self) -> Result<DeviceRule, Failure> {
        let (kind, major, minor) = self.kind()?;
        Ok(DeviceRule::allow(kind, Some(major), Some(minor), self.access))
    }

    fn kind(&self) -> Result<(DeviceKind, u32, u32), Failure> {
        let name = self.source.display();
        let stat = rustix::fs::stat(&self.source)
            .map_err(|errno| Failure::from(errno).context(&format!("cannot look at the device `{name}`")))?;
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::CharacterDevice => DeviceKind::Char,
            FileType::BlockDevice => DeviceKind::Block,
            _ => {
                return Err(Failure::new(format!("`{name}` is no device"))
                    .hint(format!("another file is shown by `--bind {name}`")));
            }
        };
        Ok((kind, rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn devices(value: &'static str) -> Result<Devices, Invalid> {
        let mut devices = Devices::default();
        devices.add(OsStr::new(value)).map(|()| devices)
    }

    #[test]
    fn access_and_target_can_be_left_out() {
        let option = |value| devices(value).unwrap().list.remove(0);
        assert_eq!(option("/dev/kvm").target, PathBuf::from("/dev/kvm"));
        let both = option("/dev/kvm:/dev/x:rw");
        assert_eq!((both.target, both.access.to_string()), (PathBuf::from("/dev/x"), "rw".to_owned()));
        assert_eq!(option("/dev/kvm:r").access, DeviceAccess::READ);
        for wrong in ["/dev/kvm:x", "/dev/kvm:", ":/dev/x", "/a:/b:/c", "/a:/b:r:w"] {
            assert!(devices(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn without_a_word_nothing_is_bounded() {
        assert_eq!(Devices::default().rules().unwrap(), None);
    }
}
