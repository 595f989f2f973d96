//! What a command is pointed at: a process, a set, a namespace or a file, in one word.

use std::ffi::OsStr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use insula_ns::{
    Kind, Kinds, Namespace, NamespaceError, ParseKindError, Pid, PidFdError, ProcError, Scan, ScanError, Want,
};
use insula_sandbox::Join;
use rustix::io::Errno;

use crate::containers::Containers;
use crate::set::{InvalidName, Set, SetError, SetName, Sets};

mod process;

pub use process::{Credentials, TargetProcess};

/// What is meant by a word of the command line.
///
/// ```
/// use insula_engine::target::Target;
/// assert!(matches!(Target::parse("4711")?, Target::Process { inode: None, .. }));
/// assert!(matches!(Target::parse("4711:90210")?, Target::Process { inode: Some(90210), .. }));
/// assert!(matches!(Target::parse("net:[4026531833]")?, Target::Namespace { .. }));
/// assert!(matches!(Target::parse("/run/netns/blue")?, Target::File(_)));
/// assert!(matches!(Target::parse("blue")?, Target::Set(_)));
/// # Ok::<(), insula_engine::target::ParseTargetError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `PID`, or `PID:INODE`: only if that is the inode number of its pidfd, so that no other process that got the
    /// same id is meant.
    Process {
        /// The process id, in the caller's PID namespace.
        pid: Pid,
        /// The inode number.
        inode: Option<u64>,
    },
    /// `KIND:[INODE]`, as `/proc/PID/ns` has it, with or without the brackets: whatever holds it.
    Namespace {
        /// The kind.
        kind: Kind,
        /// The inode number.
        inode: u64,
    },
    /// A path, which is any word with a slash: a namespace file.
    File(PathBuf),
    /// The name of a set, or of a container that runs, if no set has it.
    Set(SetName),
}

/// A word that means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseTargetError {
    /// The number is none that a process can have.
    #[error("`{word}` is not the id of a process: the lowest is 1, the highest 2147483647")]
    Pid {
        /// The word.
        word: String,
    },
    /// What follows the colon is no inode number.
    #[error("`{inode}` is not an inode number")]
    Inode {
        /// What follows the colon.
        inode: String,
    },
    /// What precedes the colon is no kind.
    #[error(transparent)]
    Kind(#[from] ParseKindError),
    /// It is not a name either.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

/// Why a target, or something of it, is not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// There is no such process.
    #[error(transparent)]
    Process(#[from] PidFdError),
    /// The process with this id is another one.
    #[error("process {pid} is not the one that was meant: its pidfd has inode number {found}, not {inode}")]
    OtherProcess {
        /// The process id.
        pid: Pid,
        /// The inode number that was asked for.
        inode: u64,
        /// The inode number that it has.
        found: u64,
    },
    /// All pidfds have the same inode number here.
    #[error("inode numbers of processes mean nothing on this kernel: they came with Linux 6.9")]
    NoInodes,
    /// The process ended meanwhile.
    #[error("process {pid} has ended")]
    Ended {
        /// The process id.
        pid: Pid,
    },
    /// Something of the process cannot be read.
    #[error("cannot read `/proc/{pid}/{file}`")]
    ProcFile {
        /// The process id.
        pid: Pid,
        /// The file.
        file: &'static str,
        /// What the kernel answered.
        source: Errno,
    },
    /// `/proc` is not usable.
    #[error(transparent)]
    Proc(#[from] ProcError),
    /// A namespace cannot be opened.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// Namespaces cannot be looked for.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// No namespace has this inode number, as far as the caller sees.
    #[error("there is no namespace {kind}:[{inode}]{}", if *hidden { ", as far as this user may see" } else { "" })]
    NoSuchNamespace {
        /// The kind.
        kind: Kind,
        /// The inode number.
        inode: u64,
        /// Whether there are processes or descriptors that the caller may not look at.
        hidden: bool,
    },
    /// The target is a single namespace, of another kind.
    #[error("the target is a {found} namespace, and has no {kind} namespace")]
    WrongKind {
        /// The kind that was asked for.
        kind: Kind,
        /// The kind that it is of.
        found: Kind,
    },
    /// The set cannot be used.
    #[error(transparent)]
    Set(#[from] SetError),
    /// No descriptor is left.
    #[error("cannot duplicate a descriptor")]
    Descriptor {
        /// What the kernel answered.
        source: Errno,
    },
}

impl Target {
    /// Says what is meant by `word`; nothing is looked up.
    ///
    /// # Errors
    /// [`ParseTargetError`] if nothing can be.
    pub fn parse(word: impl AsRef<OsStr>) -> Result<Self, ParseTargetError> {
        let word = word.as_ref();
        if word.as_bytes().contains(&b'/') {
            return Ok(Self::File(word.into()));
        }
        let text = word.to_string_lossy();
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let inode_of = |part: &str| {
            let digits = part.strip_prefix('[').and_then(|part| part.strip_suffix(']')).unwrap_or(part);
            let inode = if is_number(digits) { digits.parse().ok() } else { None };
            inode.ok_or_else(|| ParseTargetError::Inode { inode: part.to_owned() })
        };
        let pid_of = |part: &str| {
            let pid = part.parse().ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
            pid.ok_or_else(|| ParseTargetError::Pid { word: part.to_owned() })
        };
        match text.split_once(':') {
            None if is_number(&text) => Ok(Self::Process { pid: pid_of(&text)?, inode: None }),
            None => Ok(Self::Set(SetName::from_os(word)?)),
            Some((pid, inode)) if is_number(pid) => {
                Ok(Self::Process { pid: pid_of(pid)?, inode: Some(inode_of(inode)?) })
            }
            Some((kind, inode)) => Ok(Self::Namespace { kind: kind.parse()?, inode: inode_of(inode)? }),
        }
    }

    /// Looks it up.
    ///
    /// # Errors
    /// [`TargetError`] if it isn't there, or isn't to be had.
    pub fn resolve(&self) -> Result<Resolved, TargetError> {
        Ok(match self {
            Self::Process { pid, inode } => Resolved::Process(TargetProcess::open(*pid, *inode)?),
            Self::Namespace { kind, inode } => Resolved::Namespace(find_namespace(*kind, *inode)?),
            Self::File(path) => Resolved::Namespace(Namespace::open(path)?),
            Self::Set(name) => match Sets::of_caller().find(name) {
                Err(SetError::Missing { name }) => match Containers::known().process(name.as_str()) {
                    Some((pid, process)) => Resolved::Process(TargetProcess::held(pid, process)?),
                    None => return Err(SetError::Missing { name }.into()),
                },
                found => Resolved::Set(found?),
            },
        })
    }
}

/// A target that was found.
#[derive(Debug)]
pub enum Resolved {
    /// A process, with all its namespaces.
    Process(TargetProcess),
    /// A set, with some of each kind.
    Set(Set),
    /// One namespace.
    Namespace(Namespace),
}

impl Resolved {
    /// The kinds of namespaces that it leads to: of a process, all.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        match self {
            Self::Process(_) => Kinds::ALL,
            Self::Set(set) => set.kinds(),
            Self::Namespace(namespace) => namespace.kind().into(),
        }
    }

    /// The process, if it is one.
    #[must_use]
    pub const fn process(&self) -> Option<&TargetProcess> {
        match self {
            Self::Process(process) => Some(process),
            _ => None,
        }
    }

    /// Who one is in its user namespace: whom its process is, or root of a set. `None` if nothing says.
    ///
    /// # Errors
    /// [`TargetError`] if the process does not tell.
    pub fn credentials(&self) -> Result<Option<Credentials>, TargetError> {
        match self {
            Self::Process(process) => process.credentials().map(Some),
            Self::Set(set) => Ok(set.credentials()),
            Self::Namespace(_) => Ok(None),
        }
    }

    /// Opens its namespace of a kind.
    ///
    /// # Errors
    /// [`TargetError`] if it has none, or the caller may not have it.
    pub fn namespace(&self, kind: Kind) -> Result<Namespace, TargetError> {
        match self {
            Self::Process(process) => process.namespace(kind),
            Self::Set(set) => Ok(set.open(kind)?),
            Self::Namespace(namespace) if namespace.kind() == kind => {
                Ok(Namespace::from_fd(duplicate(namespace.as_fd())?)?)
            }
            Self::Namespace(namespace) => Err(TargetError::WrongKind { kind, found: namespace.kind() }),
        }
    }

    /// What a [`Sandbox`](insula_sandbox::Sandbox) joins to be in its namespaces of these kinds.
    ///
    /// # Errors
    /// [`TargetError`] if one of them is missing, or not to be had.
    pub fn joins(&self, kinds: Kinds) -> Result<Vec<Join>, TargetError> {
        match self {
            Self::Process(process) => Ok(vec![Join::Process(duplicate(process.pidfd().as_fd())?, kinds)]),
            _ => kinds.iter().map(|kind| self.namespace(kind).map(Join::Namespace)).collect(),
        }
    }
}

fn duplicate(fd: std::os::fd::BorrowedFd<'_>) -> Result<OwnedFd, TargetError> {
    rustix::io::fcntl_dupfd_cloexec(fd, 3).map_err(|source| TargetError::Descriptor { source })
}

/// Finds a namespace by its inode number: in processes and the caller's mounts first, then wherever else it can hide.
fn find_namespace(kind: Kind, inode: u64) -> Result<Namespace, TargetError> {
    let near = Scan::new(kind.into()).with(Want::Mounts);
    let far = near.with(Want::Descriptors).with(Want::AllMounts).with(Want::Listed).with(Want::Relations);
    let mut hidden = false;
    for scan in [near, far] {
        let snapshot = scan.take()?;
        hidden = !snapshot.hidden.is_empty();
        if let Some(place) = snapshot.find(inode)
            && snapshot.namespaces[place].kind == kind
        {
            return Ok(snapshot.open(place)?);
        }
    }
    Err(TargetError::NoSuchNamespace { kind, inode, hidden })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(word: &str) -> String {
        Target::parse(word).unwrap_err().to_string()
    }

    #[test]
    fn each_form_is_told_from_the_others() {
        let pid = Pid::from_raw(12).unwrap();
        assert_eq!(Target::parse("12").unwrap(), Target::Process { pid, inode: None });
        assert_eq!(Target::parse("12:34").unwrap(), Target::Process { pid, inode: Some(34) });
        for word in ["uts:[5]", "uts:5"] {
            assert_eq!(Target::parse(word).unwrap(), Target::Namespace { kind: Kind::Uts, inode: 5 });
        }
        assert_eq!(Target::parse("./12").unwrap(), Target::File("./12".into()));
        assert_eq!(Target::parse("a12").unwrap(), Target::Set("a12".parse().unwrap()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(message("0"), "`0` is not the id of a process: the lowest is 1, the highest 2147483647");
        assert_eq!(
            message("99999999999"),
            "`99999999999` is not the id of a process: the lowest is 1, the highest 2147483647"
        );
        assert_eq!(message("1:x"), "`x` is not an inode number");
        assert_eq!(message("net:[+1]"), "`[+1]` is not an inode number");
        assert!(message("nets:1").contains("unknown namespace kind `nets`"));
        assert_eq!(message(""), "`` cannot be a name: it is empty");
    }

    #[test]
    fn own_namespaces_are_found_by_pid_inode_number_and_file() {
        let me = rustix::process::getpid();
        let own = Namespace::of_self(Kind::Uts).unwrap().id();
        for word in [me.to_string(), format!("uts:[{}]", own.ino), "/proc/self/ns/uts".to_owned()] {
            let resolved = Target::parse(&word).unwrap().resolve().unwrap();
            assert_eq!(resolved.namespace(Kind::Uts).unwrap().id(), own, "{word}");
        }
    }

    #[test]
    fn inode_number_that_no_namespace_has_is_named() {
        let error = Target::parse("uts:[1]").unwrap().resolve().unwrap_err();
        assert!(error.to_string().starts_with("there is no namespace uts:[1]"), "{error}");
    }

    proptest! {
        #[test]
        fn no_word_panics(word in "[0-9a-z:\\[\\]./-]{0,12}|\\PC*") {
            let _ = Target::parse(word);
        }

        #[test]
        fn a_process_with_its_inode_number_is_read_back(pid in 1..=i32::MAX, inode: u64) {
            let target = Target::Process { pid: Pid::from_raw(pid).unwrap(), inode: Some(inode) };
            prop_assert_eq!(Target::parse(format!("{pid}:{inode}")).unwrap(), target);
        }
    }
}
