//! What can be refused before anything is made.
//!
//! The types of [`spec`](crate::spec) hold any value of the right form; here is what the specification, runc and the
//! kernel say of values and of how they fit together. What only the running kernel can answer (a capability that it
//! lacks, a namespace file of another kind) is not asked here.

mod devices;
mod hooks;
mod mounts;
mod names;
mod namespaces;
mod process;
mod resources;
mod seccomp;
mod sysctl;

use std::fmt;
use std::path::{Path, PathBuf};

use insula_cgroup::{ListOf, NumberList, NumberListError};
use insula_ns::Kind;
use insula_ns::idmap::MapError;

use crate::spec::{Process, Resources, Spec};

/// A value that cannot be honoured, with its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct Invalid {
    /// Its place in the configuration: `process.env[3]`.
    pub key: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It must be there.
    Missing,
    /// It must not be there, since this is.
    Beside {
        /// Another key, or value.
        other: &'static str,
    },
    /// It makes sense with this alone.
    Without {
        /// Another key, or value.
        other: &'static str,
    },
    /// It cannot be this.
    Excluded {
        /// The value.
        value: &'static str,
    },
    /// It is no absolute path.
    Relative {
        /// The path.
        path: PathBuf,
    },
    /// It has a component `..`, or is none of the names that a file can have.
    LeadsElsewhere,
    /// It has the character that ends strings of the kernel.
    Nul,
    /// It is there twice.
    Twice,
    /// It needs a namespace of the container's own.
    NeedsNamespace {
        /// Of which kind.
        kind: Kind,
    },
    /// It needs a namespace that is new.
    NeedsNewNamespace {
        /// Of which kind.
        kind: Kind,
    },
    /// It is a number out of range.
    Range {
        /// The number.
        value: i128,
        /// The least that there is.
        least: i64,
        /// The most that there is.
        most: u64,
    },
    /// It is longer than the kernel takes.
    TooLong {
        /// How many bytes the kernel takes.
        most: usize,
    },
    /// It is greater than another value.
    Above {
        /// The key of the other.
        other: &'static str,
    },
    /// It is less than another value.
    Below {
        /// The key of the other.
        other: &'static str,
    },
    /// It does not have the form that it must have.
    Form {
        /// An example of the form.
        example: &'static str,
    },
    /// It is a version of the specification that is not understood.
    Version {
        /// The version.
        version: String,
    },
    /// It is a kernel parameter that does not belong to a namespace.
    NotNamespaced,
    /// It is an id that the container's user namespace lacks.
    Unmapped {
        /// The id.
        id: u32,
    },
    /// It is no map of ids.
    Map(MapError),
    /// The specification has nothing like it.
    Undefined,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Beside { other } => write!(f, "makes no sense beside `{other}`"),
            Self::Without { other } => write!(f, "makes no sense without `{other}`"),
            Self::Excluded { value } => write!(f, "must not be `{value}`"),
            Self::Relative { path } => write!(f, "is `{}`, and must be an absolute path", path.display()),
            Self::LeadsElsewhere => {
                f.write_str("leads elsewhere: `..`, `.`, `/` and empty names are refused here")
            }
            Self::Nul => f.write_str("has a NUL character"),
            Self::Twice => f.write_str("is there twice"),
            Self::NeedsNamespace { kind } => write!(f, "needs a {kind} namespace in `linux.namespaces`"),
            Self::NeedsNewNamespace { kind } => {
                write!(f, "needs a {kind} namespace in `linux.namespaces`, one without a path")
            }
            Self::Range { value, least, most } => write!(f, "is {value}, and must be from {least} to {most}"),
            Self::TooLong { most } => write!(f, "has more than {most} bytes"),
            Self::Above { other } => write!(f, "is greater than `{other}`"),
            Self::Below { other } => write!(f, "is less than `{other}`"),
            Self::Form { example } => write!(f, "does not have the form `{example}`"),
            Self::Version { version } => write!(f, "is `{}`, and must be 1.x", version.escape_debug()),
            Self::NotNamespaced => {
                f.write_str("is no kernel parameter of a namespace that the container has")
            }
            Self::Unmapped { id } => write!(f, "is {id}, which the id mappings lack"),
            Self::Map(error) => write!(f, "is no map of ids: {error}"),
            Self::Undefined => f.write_str("is not defined by the specification"),
        }
    }
}

/// A value that is passed over, or read in a way of its own, as runc does it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A capability that nobody knows.
    #[error("`process.capabilities.{set}`: unknown capability `{}` is passed over", name.escape_debug())]
    UnknownCapability {
        /// The set that it is in.
        set: &'static str,
        /// Its name.
        name: String,
    },
    /// A mount point without `/` at its begin.
    #[error("`mounts[{index}].destination`: relative path `{}` is taken to start at `/`", destination.display())]
    RelativeDestination {
        /// Which mount.
        index: usize,
        /// The path.
        destination: PathBuf,
    },
}

impl Spec {
    /// Checks the values of a configuration, before anything is made of it.
    ///
    /// # Errors
    /// [`Invalid`] is the first value that cannot be honoured.
    pub fn validate(&self) -> Result<Vec<Warning>, Invalid> {
        version(&self.oci_version)?;
        let process = self.process.as_ref().ok_or_else(|| missing("process"))?;
        let mut warnings = process.validate()?;
        let root = self.root.as_ref().ok_or_else(|| missing("root"))?;
        present("root.path", &root.path)?;
        names::check(self)?;
        namespaces::check(self, process)?;
        mounts::check(self, &mut warnings)?;
        hooks::check(&self.hooks)?;
        devices::check(self)?;
        sysctl::check(self)?;
        if let Some(resources) = &self.linux.resources {
            resources.validate()?;
        }
        if let Some(seccomp) = &self.linux.seccomp {
            seccomp::check(seccomp)?;
        }
        Ok(warnings)
    }

    /// Whether the container has a namespace of this kind of its own, new or entered.
    fn has_namespace(&self, kind: Kind) -> bool {
        self.linux.namespaces.iter().any(|namespace| namespace.kind == kind)
    }

    /// Whether the container has a new namespace of this kind.
    fn has_new_namespace(&self, kind: Kind) -> bool {
        self.linux.namespaces.iter().any(|namespace| namespace.kind == kind && namespace.path.is_none())
    }
}

impl Process {
    /// Checks a process alone, as `exec --process` takes it.
    ///
    /// # Errors
    /// As [`Spec::validate`].
    pub fn validate(&self) -> Result<Vec<Warning>, Invalid> {
        process::check(self)
    }
}

impl Resources {
    /// Checks limits alone, as `update --resources` takes them.
    ///
    /// # Errors
    /// As [`Spec::validate`].
    pub fn validate(&self) -> Result<(), Invalid> {
        resources::check(self)
    }
}

/// Versions of one major number are compatible, be they older or newer: `config.md`, "Specification version".
fn version(version: &str) -> Result<(), Invalid> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    let mut numbers = release.split('.');
    let is_known = numbers.next() == Some("1")
        && release.split('.').count() == 3
        && numbers.all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    if is_known { Ok(()) } else { refuse("ociVersion", Problem::Version { version: version.to_owned() }) }
}

fn refuse<T>(key: impl fmt::Display, problem: Problem) -> Result<T, Invalid> {
    Err(Invalid { key: key.to_string(), problem })
}

fn missing(key: impl fmt::Display) -> Invalid {
    Invalid { key: key.to_string(), problem: Problem::Missing }
}

/// Refuses a path that is empty or that the kernel would read half of.
fn present(key: impl fmt::Display, path: &Path) -> Result<(), Invalid> {
    if path.as_os_str().is_empty() {
        return Err(missing(key));
    }
    no_nul(key, path.as_os_str().as_encoded_bytes())
}

/// Refuses a path that is not absolute, or not [`present`].
fn absolute(key: impl fmt::Display, path: &Path) -> Result<(), Invalid> {
    present(&key, path)?;
    if path.is_absolute() { Ok(()) } else { refuse(key, Problem::Relative { path: path.to_owned() }) }
}

/// Refuses a text of which the kernel would read the beginning alone.
fn no_nul(key: impl fmt::Display, text: impl AsRef<[u8]>) -> Result<(), Invalid> {
    if text.as_ref().contains(&0) { refuse(key, Problem::Nul) } else { Ok(()) }
}

/// Refuses a number that is not from `least` to `most`.
fn within(key: impl fmt::Display, value: impl Into<i128>, least: i64, most: u64) -> Result<(), Invalid> {
    let value = value.into();
    if (i128::from(least)..=i128::from(most)).contains(&value) {
        Ok(())
    } else {
        refuse(key, Problem::Range { value, least, most })
    }
}

/// Refuses what is no list of numbers, and an empty one.
fn number_list(key: impl fmt::Display, of: ListOf, text: &str) -> Result<(), Invalid> {
    match NumberList::parse(text, of) {
        Ok(_) if !text.trim().is_empty() => Ok(()),
        Err(NumberListError::Range { number, most, .. }) => within(key, number, 0, u64::from(most) - 1),
        _ => refuse(key, Problem::Form { example: "0-3,7" }),
    }
}

#[cfg(test)]
mod tests;
