//! What a step is for, in the words of an error message and of `--explain`.

use std::fmt;
use std::path::PathBuf;

use insula_ns::{Kind, Kinds};

use crate::{Owner, Point};

/// The purpose of one step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Preparing pipes, stacks and the init.
    Prepare,
    /// Making the process in these new namespaces.
    Create(Kinds),
    /// Entering an existing namespace of this kind.
    Join(Kind),
    /// Entering the namespaces of these kinds of a process.
    JoinProcess(Kinds),
    /// Keeping our memory from whoever lives in the joined namespaces.
    Shield,
    /// Making the user namespace as this user and group, who own it then.
    Own(Owner),
    /// Writing the map of this name: `uid_map`, `gid_map` or `setgroups`.
    MapIds(&'static str),
    /// Keeping a namespace of this kind by a bind mount on this file.
    Pin(Kind, PathBuf),
    /// Setting the host name.
    Hostname(String),
    /// Setting the NIS domain name.
    Domainname(String),
    /// Setting the clocks' offsets.
    TimeOffsets,
    /// Setting the loopback interface up.
    Loopback,
    /// Setting this kernel parameter.
    Sysctl(String),
    /// Changing the propagation of mounts.
    Propagation,
    /// Preparing the new root.
    Root(PathBuf),
    /// Opening this path of the caller's, to mount it elsewhere.
    Source(PathBuf),
    /// Finding this path, to mount something on it.
    MountPoint(PathBuf),
    /// Making this path read-only.
    ReadOnly(PathBuf),
    /// Hiding what is at this path.
    Mask(PathBuf),
    /// Seeing to it that no mount is undone.
    LockMounts,
    /// Mounting something at this path.
    Mount(String, PathBuf),
    /// Registering this binary format.
    BinaryFormat(String),
    /// Making a file, directory, link or node at this path.
    Make(PathBuf),
    /// Changing the root to the one prepared.
    EnterRoot(PathBuf),
    /// Detaching what is mounted here below the old root.
    DetachOld(PathBuf),
    /// Connecting this descriptor of the payload.
    Descriptor(i32),
    /// Keeping descriptors from the payload.
    CloseDescriptors,
    /// Keeping the command from typing into the caller's terminal.
    GuardTerminal,
    /// Opening a terminal of the payload's own, and passing its controlling side out.
    Console,
    /// The caller's own part at this point.
    Attend(Point),
    /// A new session, or its terminal.
    Session,
    /// Setting this resource limit.
    Limit(&'static str),
    /// Setting the out-of-memory score.
    OomScore(i32),
    /// Setting the priority or scheduler.
    Scheduling,
    /// Setting the execution domain.
    Personality,
    /// Making a session keyring.
    Keyring,
    /// Setting the file-mode creation mask.
    Umask,
    /// Changing to this working directory.
    WorkingDirectory(PathBuf),
    /// Setting the supplementary groups.
    Groups,
    /// Taking ids for the files that are made.
    FileIds,
    /// Changing to this group id.
    Gid(u32),
    /// Changing to this user id.
    Uid(u32),
    /// Moving to a control group.
    Cgroup,
    /// Setting the security context.
    SecurityContext(String),
    /// Changing capabilities.
    Capabilities,
    /// Forbidding new privileges.
    NoNewPrivs,
    /// Giving rights on what is at this path back.
    Allow(PathBuf),
    /// Taking all other rights away: Landlock.
    Restrict,
    /// Installing the filter of system calls.
    Filter,
    /// Sending the listener of that filter to who decides.
    HandOver,
    /// Signal mask and death signal.
    Signals,
    /// Executing the init.
    Init,
    /// Executing this program.
    Execute(String),
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prepare => f.write_str("prepare a process"),
            Self::Create(kinds) if kinds.is_empty() => f.write_str("create a process"),
            Self::Create(kinds) if kinds.len() == 1 => write!(f, "create a {kinds} namespace"),
            Self::Create(kinds) => write!(f, "create namespaces ({kinds})"),
            Self::Shield => f.write_str("keep processes there from looking into this one"),
            Self::Join(kind) => write!(f, "enter the {kind} namespace"),
            Self::JoinProcess(kinds) if kinds.len() == 1 => write!(f, "enter the {kinds} namespace"),
            Self::JoinProcess(kinds) => write!(f, "enter the namespaces ({kinds})"),
            Self::Own(Owner { uid, gid }) => {
                write!(f, "make the user namespace as user {uid} and group {gid}")
            }
            Self::MapIds("setgroups") => f.write_str("deny setgroups in the user namespace"),
            Self::MapIds(file) => write!(f, "write `{file}` of the user namespace"),
            Self::Pin(kind, path) => write!(f, "keep the {kind} namespace at `{}`", path.display()),
            Self::Hostname(name) => write!(f, "set the host name to `{name}`"),
            Self::Domainname(name) => write!(f, "set the domain name to `{name}`"),
            Self::TimeOffsets => f.write_str("set the offsets of the clocks"),
            Self::Loopback => f.write_str("set the loopback interface up"),
            Self::Sysctl(name) => write!(f, "set `{name}`"),
            Self::Propagation => f.write_str("change the propagation of mounts"),
            Self::Root(path) => write!(f, "prepare the root `{}`", path.display()),
            Self::Source(path) => write!(f, "open the mount source `{}`", path.display()),
            Self::MountPoint(path) => write!(f, "open the mount point `{}`", path.display()),
            Self::ReadOnly(path) => write!(f, "make `{}` read-only", path.display()),
            Self::Mask(path) => write!(f, "mask `{}`", path.display()),
            Self::LockMounts => f.write_str("lock the mounts"),
            Self::Mount(what, path) => write!(f, "mount {what} on `{}`", path.display()),
            Self::BinaryFormat(format) => write!(f, "register the binary format `{format}`"),
            Self::Make(path) => write!(f, "make `{}`", path.display()),
            Self::DetachOld(path) => write!(f, "detach `{}` of the old root", path.display()),
            Self::EnterRoot(path) => write!(f, "change the root to `{}`", path.display()),
            Self::Descriptor(number) => write!(f, "connect descriptor {number}"),
            Self::CloseDescriptors => f.write_str("close other descriptors"),
            Self::GuardTerminal => f.write_str("keep the command from typing into the terminal"),
            Self::Console => f.write_str("open a terminal inside"),
            Self::Attend(Point::Created) => f.write_str("do what comes before the mounts"),
            Self::Attend(Point::Mounted) => f.write_str("do what comes before the root is entered"),
            Self::Session => f.write_str("start a session"),
            Self::Limit(name) => write!(f, "set the limit `{name}`"),
            Self::OomScore(score) => write!(f, "set the out-of-memory score to {score}"),
            Self::Scheduling => f.write_str("set the priority or scheduler"),
            Self::Personality => f.write_str("set the execution domain"),
            Self::Keyring => f.write_str("make a session keyring"),
            Self::Umask => f.write_str("set the umask"),
            Self::WorkingDirectory(path) => write!(f, "change to the directory `{}`", path.display()),
            Self::Groups => f.write_str("set the supplementary groups"),
            Self::FileIds => f.write_str("make files as root of the user namespace"),
            Self::Gid(id) => write!(f, "change to group id {id}"),
            Self::Uid(id) => write!(f, "change to user id {id}"),
            Self::Cgroup => f.write_str("move to the control group"),
            Self::SecurityContext(context) => write!(f, "set the security context `{context}`"),
            Self::Capabilities => f.write_str("change the capabilities"),
            Self::NoNewPrivs => f.write_str("forbid new privileges"),
            Self::Allow(path) => write!(f, "allow access to `{}`", path.display()),
            Self::Restrict => f.write_str("restrict the process by Landlock"),
            Self::Filter => f.write_str("install the filter of system calls"),
            Self::HandOver => f.write_str("hand over the listener of the filter of system calls"),
            Self::Signals => f.write_str("prepare the signals"),
            Self::Init => f.write_str("execute the init"),
            Self::Execute(program) => write!(f, "execute `{program}`"),
        }
    }
}
