//! Setting what a group may use.

use std::borrow::Cow;
use std::ffi::CString;
use std::fmt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::cgroup::Place;
use crate::{Cgroup, Controller, DeviceRule, FileError, Limit, ListOf, NumberListError, Resources, Version};

pub(crate) mod convert;
mod cpu;
mod devices;
mod io;
mod memory;
mod rest;

/// Why something was not set. What was set before stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// The kernel refused a value.
    #[error("cannot limit the control group `{}`", directory.display())]
    File {
        /// Its directory.
        directory: PathBuf,
        /// Which file and value.
        source: FileError,
    },
    /// The file is not the caller's to write: the group was not delegated to this user. See "Delegation" in
    /// `admin-guide/cgroup-v2.rst`; with systemd, `Delegate=yes` in the unit of the session.
    #[error("cannot limit the control group `{}`: it is not delegated to this user", directory.display())]
    NotDelegated {
        /// Its directory.
        directory: PathBuf,
        /// Which file.
        source: FileError,
    },
    /// The controller is not mounted, not in this kernel, or the groups above do not give it to this one.
    #[error("the control group `{}` has no controller `{controller}`", directory.display())]
    NoController {
        /// Its directory.
        directory: PathBuf,
        /// The controller.
        controller: Controller,
        /// Why the groups above did not give it, or which file is missing.
        source: Option<FileError>,
    },
    /// This version of control groups has nothing of the kind.
    #[error("`{setting}` does not exist in version {version} of control groups, in which `{}` is", directory.display())]
    Unsupported {
        /// The group's directory.
        directory: PathBuf,
        /// The setting, as the OCI specification calls it.
        setting: &'static str,
        /// 1 or 2.
        version: u8,
    },
    /// A value is outside of what is allowed.
    #[error("`{setting}` cannot be {value}: it is {least} to {most}")]
    Range {
        /// The setting, as the OCI specification calls it.
        setting: &'static str,
        /// What it was to be.
        value: u64,
        /// The least that it can be.
        least: u64,
        /// The most.
        most: u64,
    },
    /// More memory is in use than the new limit.
    #[error("cannot limit memory to {limit} bytes: {usage} are in use")]
    BelowUsage {
        /// The new limit.
        limit: u64,
        /// What is used.
        usage: u64,
    },
    /// A limit of memory and swap together says nothing about swap without one of memory.
    #[error("cannot limit memory and swap together without a limit of memory")]
    SwapAlone,
    /// Memory and swap together would be less than memory.
    #[error("cannot limit memory and swap to {swap} bytes, which is less than the {limit} of memory alone")]
    SwapBelowMemory {
        /// Of memory and swap together.
        swap: u64,
        /// Of memory.
        limit: u64,
    },
    /// Not the name of a file in a group.
    #[error("`{}` is no file of a control group", name.escape_debug())]
    Name {
        /// The name.
        name: Box<str>,
    },
    /// The program that decides about devices was not loaded or attached.
    #[error("cannot attach the program for devices to the control group `{}`", directory.display())]
    Program {
        /// Its directory.
        directory: PathBuf,
        /// What the kernel answered to `bpf(2)`.
        source: Errno,
    },
    /// A rule changes a part of what another rule is about, which version 1 cannot express: it would do nothing.
    #[error("version 1 of control groups has no way to `{rule}` in `{}`: another rule is about more devices", directory.display())]
    PartOfRule {
        /// The group's directory.
        directory: PathBuf,
        /// The rule.
        rule: DeviceRule,
    },
    /// Not a list of processors or memory nodes.
    #[error("cannot tell systemd which {of} the group may use")]
    List {
        /// What it is a list of.
        of: ListOf,
        /// What is wrong with it.
        source: NumberListError,
    },
    /// `unified` was asked for where version 2 is not.
    #[error("`{file}` is a file of version 2 of control groups, which is not mounted")]
    NotUnified {
        /// The name of the file.
        file: Box<str>,
    },
}

impl Cgroup {
    /// Sets what `resources` says, one file after the other, by the files of the version that has each controller.
    ///
    /// Values of version 1, in which the specification thinks, are converted for version 2 as `runc` and `crun` do. A
    /// controller that the groups above do not give yet is asked for. What cannot be had is an error; but rules about devices
    /// are left out where the kernel forbids to set them, if they deny nothing or the caller is in a user namespace of its own.
    ///
    /// # Errors
    /// [`SetError`], with the file, the value and the kernel's reason.
    pub fn set(&self, resources: &Resources) -> Result<(), SetError> {
        self.set_and_tell(resources, &|_| {})
    }

    /// As [`set`](Self::set); `tell` hears of each thing before it is done.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_and_tell(&self, resources: &Resources, tell: &dyn Fn(Act<'_>)) -> Result<(), SetError> {
        let setting = Setting { group: self, tell };
        setting.set_memory(&resources.memory)?;
        setting.set_cpu(&resources.cpu)?;
        setting.set_block_io(&resources.block_io)?;
        setting.set_pids(resources.pids)?;
        setting.set_hugepages(&resources.hugepage_limits)?;
        setting.set_network(&resources.network)?;
        setting.set_rdma(&resources.rdma)?;
        setting.set_unified(&resources.unified)?;
        setting.set_devices(resources.devices.as_deref())
    }
}

/// One thing that is done to a group.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Act<'a> {
    /// A file is written.
    Write {
        /// Its path.
        file: &'a Path,
        /// What is written.
        value: &'a str,
    },
    /// A program that decides about devices is attached.
    Attach {
        /// The group's directory.
        directory: &'a Path,
        /// Of how many rules it was made.
        rules: usize,
    },
}

impl fmt::Display for Act<'_> {
    /// The system call.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { file, value } => write!(f, "write(\"{}\", {value:?})", file.display()),
            Self::Attach { directory, rules } => {
                let directory = directory.display();
                write!(f, "bpf(BPF_PROG_ATTACH, BPF_CGROUP_DEVICE, \"{directory}\": {rules} rules)")
            }
        }
    }
}

/// A group, and who hears of what is done to it.
#[derive(Clone, Copy)]
struct Setting<'a> {
    group: &'a Cgroup,
    tell: &'a dyn Fn(Act<'_>),
}

impl<'a> Setting<'a> {
    /// Where `controller` is set: version 1 if it is mounted there.
    fn target(self, controller: Controller) -> Result<Target<'a>, SetError> {
        let Self { group, tell } = self;
        let legacy = group.legacy(controller).map(|place| Target { place, version: 1, tell });
        let unified = || group.unified().map(|place| Target { place, version: 2, tell });
        legacy.or_else(unified).ok_or_else(|| SetError::NoController {
            directory: group.main().directory.path().clone(),
            controller,
            source: None,
        })
    }
}

/// A group in the hierarchy that has a controller.
#[derive(Clone, Copy)]
struct Target<'a> {
    place: &'a Place,
    version: u8,
    tell: &'a dyn Fn(Act<'_>),
}

impl Target<'_> {
    const fn is_legacy(self) -> bool {
        self.version == 1
    }

    /// Writes `value` to `file`. In version 2, has the groups above give the controller if the file is missing.
    fn write(self, file: &str, value: &str) -> Result<(), SetError> {
        self.try_write(file, value)?.map_err(|source| self.refused(source))
    }

    /// As [`write`](Self::write); the inner error is the kernel's, for those who know what to do about it.
    fn try_write(self, file: &str, value: &str) -> Result<Result<(), FileError>, SetError> {
        let name = file_name(file)?;
        (self.tell)(Act::Write { file: &self.place.directory.path_of(&name), value });
        match self.place.directory.write(&name, value) {
            Err(error) if error.errno() == Some(Errno::NOENT) && self.place.version == Version::V2 => {
                let Some(controller) = controller_of(file) else { return Ok(Err(error)) };
                if self.place.has(controller) {
                    return Ok(Err(error));
                }
                self.place.enable(controller).map_err(|source| self.missing(controller, source))?;
                Ok(self.place.directory.write(&name, value))
            }
            result => Ok(result),
        }
    }

    /// Writes `value` to `file` if the kernel has such a file; tells whether it has.
    fn write_if_there(self, file: &str, value: &str) -> Result<bool, SetError> {
        match self.try_write(file, value)? {
            Ok(()) => Ok(true),
            Err(error) if error.errno() == Some(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// Reads a file with one number, or `max`.
    fn read_limit(self, file: &str) -> Result<Limit, SetError> {
        let name = file_name(file)?;
        let text = self.place.directory.read(&name).map_err(|source| self.refused(source))?;
        match text.trim_end() {
            "max" => Ok(Limit::Max),
            number => number.parse().map(Limit::At).map_err(|_| {
                self.refused(FileError::Content {
                    file: self.place.directory.path_of(&name),
                    content: number.into(),
                })
            }),
        }
    }

    fn refused(self, source: FileError) -> SetError {
        let directory = self.place.directory.path().clone();
        match source.errno() {
            Some(Errno::ACCESS | Errno::PERM | Errno::ROFS) => SetError::NotDelegated { directory, source },
            _ => SetError::File { directory, source },
        }
    }

    fn missing(self, controller: Controller, source: FileError) -> SetError {
        let directory = self.place.directory.path().clone();
        SetError::NoController { directory, controller, source: Some(source) }
    }

    /// An error unless `asked` is `None`.
    fn unsupported<T: Copy>(self, asked: Option<T>, setting: &'static str) -> Result<(), SetError> {
        if asked.is_none() {
            return Ok(());
        }
        let directory = self.place.directory.path().clone();
        Err(SetError::Unsupported { directory, setting, version: self.version })
    }
}

/// The controller whose file it is.
fn controller_of(file: &str) -> Option<Controller> {
    file.split('.').next()?.parse().ok()
}

/// A name that leads to nothing but a file in the directory.
fn file_name(name: &str) -> Result<CString, SetError> {
    let refused = || SetError::Name { name: name.into() };
    if matches!(name, "" | "." | "..") || name.contains('/') {
        return Err(refused());
    }
    CString::new(name).map_err(|_| refused())
}

/// A limit as version 2 has it.
fn or_max(limit: Limit) -> Cow<'static, str> {
    match limit {
        Limit::Max => "max".into(),
        Limit::At(value) => value.to_string().into(),
    }
}

/// A limit as version 1 has it.
fn or_minus_one(limit: Limit) -> Cow<'static, str> {
    match limit {
        Limit::Max => "-1".into(),
        Limit::At(value) => value.to_string().into(),
    }
}
