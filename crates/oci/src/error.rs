//! Why something cannot be done with a container.

use std::path::PathBuf;

use insula_cgroup::NumberListError;
use rustix::io::Errno;

use crate::spec::SpecError;
use crate::state::{RecordError, Status};
use crate::validate::Invalid;
use crate::{ContainerId, IdError};

/// Why something cannot be done with a container.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is none.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The configuration, or another document, is not what the specification says.
    #[error("cannot use `{}`", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: SpecError,
    },
    /// A file or directory could not be used.
    #[error("cannot {doing} `{}`", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        errno: Errno,
    },
    /// What is on record of the container cannot be read or written.
    #[error("cannot use the record of container `{id}`")]
    Record {
        /// The container.
        id: ContainerId,
        /// Why not.
        #[source]
        source: RecordError,
    },
    /// The container's first process has ended.
    #[error("container `{0}`: container not running")]
    NotRunning(ContainerId),
    /// There is a container of this name.
    #[error("container `{0}` exists already")]
    Exists(ContainerId),
    /// There is no container of this name.
    #[error("container `{0}` does not exist")]
    Unknown(ContainerId),
    /// The container is in another state than it would have to be.
    #[error("cannot {doing} container `{id}`: it is {status}")]
    State {
        /// What was tried.
        doing: &'static str,
        /// The container.
        id: ContainerId,
        /// Its state.
        status: Status,
    },
    /// The configuration has no `process`.
    #[error("`config.json` has no `process`, so there is nothing to run")]
    NoProcess,
    /// The configuration has no `root`.
    #[error("`config.json` has no `root`")]
    NoRoot,
    /// The process has no arguments.
    #[error("`process.args` is empty, so there is nothing to run")]
    NoArguments,
    /// A variable of the environment has no value.
    #[error("`{0}` in `process.env` is not NAME=VALUE")]
    Variable(String),
    /// A bind mount without a source.
    #[error("the bind mount on `{}` has no `source`", .0.display())]
    NoSource(PathBuf),
    /// A mount without a type.
    #[error("the mount on `{}` has no `type`", .0.display())]
    NoType(PathBuf),
    /// A number that no device has.
    #[error("device `{}` cannot have the number {number}", path.display())]
    DeviceNumber {
        /// The device.
        path: PathBuf,
        /// The number.
        number: i64,
    },
    /// A priority that `ioprio_set(2)` does not know.
    #[error("`process.ioPriority.priority` is {0}: it must be 0 to 7")]
    IoPriority(i64),
    /// A priority that `sched_setattr(2)` does not know.
    #[error("`process.scheduler.priority` is {0}: it must not be negative")]
    SchedulerPriority(i32),
    /// A list of numbers that is none.
    #[error("`{key}`")]
    List {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        source: NumberListError,
    },
    /// Supplementary groups for a user who may not set any.
    #[error(
        "`process.user.additionalGids` cannot be set: a user without subordinate group ids may not set groups"
    )]
    GroupsDenied,
    /// A label of each of two security modules, of which a process can have one.
    #[error(
        "`process.apparmorProfile` and `process.selinuxLabel` are both set: one execution changes one of them"
    )]
    TwoLabels,
    /// A profile that nobody would enforce.
    #[error("`process.apparmorProfile` is `{0}`, and this kernel has no AppArmor in force")]
    NoApparmor(String),
    /// A label that nobody would enforce.
    #[error("`process.selinuxLabel` is `{0}`, and this kernel has no SELinux in force")]
    NoSelinux(String),
    /// A terminal that nobody takes.
    #[error(
        "`process.terminal` is set, and nobody is named who takes the terminal: `--console-socket` is missing"
    )]
    NoConsoleSocket,
    /// A socket for a terminal that there is not.
    #[error("`--console-socket` is given, and `process.terminal` is not set")]
    ConsoleSocketForNothing,
    /// A descriptor of the caller's.
    #[error("cannot pass descriptor {number} on")]
    Descriptor {
        /// Its number.
        number: i32,
        /// Why not.
        #[source]
        errno: Errno,
    },
    /// A system call of the runtime's own failed.
    #[error("cannot {doing}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        errno: Errno,
    },
    /// A hook failed.
    #[error("hook `{}` of `{list}` {why}", path.display())]
    Hook {
        /// The key in `hooks`.
        list: &'static str,
        /// The program.
        path: PathBuf,
        /// How it ended.
        why: crate::hook::Ending,
    },
    /// The configuration has a value that cannot be honoured.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A network interface was not moved into the container.
    #[error("cannot move network interface `{name}` into the container")]
    NetDevice {
        /// Its name outside.
        name: String,
        /// Why not.
        #[source]
        source: Box<Error>,
    },
    /// The container's network namespace has an interface of that name.
    #[error("the container's network namespace has an interface `{0}` already")]
    NameTaken(String),
    /// A name that no network interface can have.
    #[error(transparent)]
    InterfaceName(#[from] insula_net::IfNameError),
    /// The kernel was asked about network interfaces.
    #[error(transparent)]
    Net(#[from] insula_net::Error),
    /// Shares of caches and memory bandwidth that nobody would enforce.
    #[error("cannot have `linux.intelRdt`: no resctrl file system is mounted at `{mount_point}`")]
    NoResctrl {
        /// Where it would be.
        mount_point: &'static str,
        /// Why it cannot be used.
        #[source]
        errno: Errno,
    },
    /// Other shares for a container that has none of its own.
    #[error(
        "cannot change the shares of caches and memory bandwidth of container `{0}`: its configuration has no `linux.intelRdt`"
    )]
    NoShares(ContainerId),
    /// A directory or file of resctrl could not be used.
    #[error("cannot {doing} `{}` of resctrl{}", group.display(), said.as_deref().map(|said| format!(": {said}")).unwrap_or_default())]
    Resctrl {
        /// What was tried.
        doing: &'static str,
        /// Its path below the mount point.
        group: PathBuf,
        /// What the kernel says of the last thing that was tried: `info/last_cmd_status`.
        said: Option<String>,
        /// Why not.
        #[source]
        errno: Errno,
    },
    /// A class of service is there, and has other shares.
    #[error("class of service `{class}` of `linux.intelRdt` is there already, and has not `{line}`")]
    OtherShares {
        /// Its name.
        class: String,
        /// What it lacks.
        line: String,
    },
    /// The control group has processes already.
    #[error("the control group `{0}` has processes already")]
    CgroupInUse(String),
    /// The control group is frozen, or one above it: what is born there does not run, and nobody could wait for it.
    #[error("the control group `{0}` is frozen, or one above it")]
    CgroupFrozen(String),
    /// The container has no control group.
    #[error("cannot {doing} container `{id}`: it has no control group")]
    NoCgroup {
        /// What was tried.
        doing: &'static str,
        /// The container.
        id: ContainerId,
    },
    /// The hierarchies of control groups.
    #[error(transparent)]
    Hierarchies(#[from] insula_cgroup::HierarchiesError),
    /// The path of a control group.
    #[error(transparent)]
    CgroupPath(#[from] insula_cgroup::CgroupPathError),
    /// A control group was not opened.
    #[error(transparent)]
    Cgroup(#[from] insula_cgroup::CgroupError),
    /// A control group was not made.
    #[error(transparent)]
    CgroupCreate(#[from] insula_cgroup::CreateError),
    /// A file of a control group.
    #[error(transparent)]
    CgroupFile(#[from] insula_cgroup::FileError),
    /// A control group was not frozen or thawed.
    #[error(transparent)]
    Freeze(#[from] insula_cgroup::FreezeError),
    /// The processes of a control group were not killed.
    #[error(transparent)]
    CgroupKill(#[from] insula_cgroup::KillError),
    /// systemd did not do something.
    #[error(transparent)]
    Systemd(#[from] insula_cgroup::systemd::SystemdError),
    /// `linux.cgroupsPath` names no unit of systemd.
    #[error("cannot use `linux.cgroupsPath` with systemd")]
    Unit(#[from] insula_cgroup::systemd::UnitError),
    /// An annotation that systemd cannot be told.
    #[error(
        "the annotation `org.systemd.property.{name}` is `{value}`, which is no value that systemd can be told: such as `true`, `'text'`, `uint64 5`"
    )]
    UnitProperty {
        /// The name of the property.
        name: String,
        /// What it is to be.
        value: String,
    },
    /// A control group was not removed.
    #[error(transparent)]
    CgroupRemove(#[from] insula_cgroup::RemoveError),
    /// A control group was not emptied and removed.
    #[error(transparent)]
    CgroupEnd(#[from] insula_cgroup::EndError),
    /// A limit of a control group was not set.
    #[error(transparent)]
    Limit(#[from] insula_cgroup::SetError),
    /// A number that no device has, in a rule about devices or block I/O.
    #[error("`linux.resources` names a device with the number {0}")]
    RuleNumber(i64),
    /// Letters that are no access to a device.
    #[error("`access` in `linux.resources.devices` is `{0}`, and not some of `r`, `w` and `m`")]
    DeviceAccess(String),
    /// The filter of system calls has an argument that no call has.
    #[error("cannot use `linux.seccomp`")]
    FilterArgument(#[from] insula_seccomp::ArgumentError),
    /// The filter of system calls cannot be made.
    #[error("cannot use `linux.seccomp`")]
    Filter(#[from] insula_seccomp::CompileError),
    /// A number that no call fails with.
    #[error("`errnoRet` in `linux.seccomp` is {0}: it must be at most 65535")]
    ErrnoRange(u32),
    /// Id maps that are none.
    #[error(transparent)]
    Map(#[from] insula_ns::idmap::MapError),
    /// A namespace that cannot be entered.
    #[error(transparent)]
    Namespace(#[from] insula_ns::NamespaceError),
    /// The container was not written to files, or not made of them.
    #[error("cannot {doing} container `{id}`")]
    Criu {
        /// What was tried.
        doing: &'static str,
        /// The container.
        id: ContainerId,
        /// Why not.
        #[source]
        source: Box<crate::CriuError>,
    },
    /// A namespace that nobody can put a restored container into.
    #[error("cannot restore a container into the {kind} namespace `{}`: criu cannot", path.display())]
    RestoreInto {
        /// Its kind.
        kind: insula_ns::Kind,
        /// Its file.
        path: PathBuf,
    },
    /// An earlier checkpoint is named by a path that does not begin at the later one.
    #[error("the path `{}` of the earlier checkpoint is not relative to that of the later one", .0.display())]
    ParentPath(PathBuf),
    /// The process did not start.
    #[error(transparent)]
    Start(#[from] insula_sandbox::Error),
}

impl Error {
    pub(crate) fn criu(doing: &'static str, id: &ContainerId, source: crate::CriuError) -> Self {
        Self::Criu { doing, id: id.clone(), source: Box::new(source) }
    }

    /// Whether there was no criu to ask.
    #[must_use]
    pub fn is_for_want_of_criu(&self) -> bool {
        matches!(self, Self::Criu { source, .. } if matches!(**source, crate::CriuError::Missing))
    }

    /// Whether no systemd was there to make a control group.
    #[must_use]
    pub const fn is_for_want_of_systemd(&self) -> bool {
        use insula_cgroup::systemd::SystemdError;
        matches!(self, Self::Systemd(SystemdError::Connect { .. } | SystemdError::NoUserBus))
    }
}
