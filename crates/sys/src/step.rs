//! One thing that a child does between clone and exec: a system call, or the few that make one action.

use std::ffi::CString;
use std::os::fd::RawFd;

use crate::landlock::Landlock;
use crate::seccomp::Filter;

/// A register for a descriptor that a step opens and a later step of the same process (or its child) uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub(crate) u8);

/// How many slots a program has.
pub const SLOTS: usize = 128;

/// A descriptor as a step names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fd {
    /// The working directory, `AT_FDCWD`.
    Cwd,
    /// One of the descriptors that the program was given: see [`Program::keep`](crate::program::Program::keep).
    Given(Given),
    /// One that an earlier step opened.
    Slot(Slot),
}

/// A descriptor that a program holds open for its child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given(pub(crate) RawFd);

impl From<Given> for Fd {
    fn from(given: Given) -> Self {
        Self::Given(given)
    }
}

impl From<Slot> for Fd {
    fn from(slot: Slot) -> Self {
        Self::Slot(slot)
    }
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These bytes.
    Bytes(Box<[u8]>),
    /// The decimal process id of the first process inside, as the caller sees it.
    Pid,
}

/// How many parts a message has at most.
pub const PARTS: usize = 8;

/// What a path is to be, where it does not exist yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// A directory with this mode.
    Dir(u32),
    /// An empty regular file with this mode.
    File(u32),
    /// What fits a mount of this handle: a directory with mode 0755 for a directory, else an empty file with mode 0644.
    Like(Fd),
}

/// A change of the capability sets that `capset(2)` sets; bit n is capability n. `None` leaves a set as it is, but for
/// what has to go: nothing is effective that is not permitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CapabilityChange {
    /// The effective set.
    pub effective: Option<u64>,
    /// The permitted set.
    pub permitted: Option<u64>,
    /// The inheritable set.
    pub inheritable: Option<u64>,
}

/// From which sets a capability goes when it has been used for the last time: see [`Step::LastUse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeFrom {
    /// From none.
    Nowhere,
    /// From the ambient set.
    Ambient,
    /// From the inheritable set, and so from the ambient one.
    Inheritable,
}

/// A change of a mount's attributes: see `mount_setattr(2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MountAttributes {
    /// `MOUNT_ATTR_*` to set.
    pub set: u64,
    /// `MOUNT_ATTR_*` to clear.
    pub clear: u64,
    /// `MS_SHARED`, `MS_SLAVE`, `MS_PRIVATE`, `MS_UNBINDABLE`, or 0 for no change.
    pub propagation: u64,
}

/// A `struct sched_attr`, as `sched_setattr(2)` takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedulerAttributes {
    /// `SCHED_OTHER` 0, `SCHED_FIFO` 1, `SCHED_RR` 2, `SCHED_BATCH` 3, `SCHED_IDLE` 5, `SCHED_DEADLINE` 6.
    pub policy: u32,
    /// `SCHED_FLAG_*`.
    pub flags: u64,
    /// The nice value, -20 to 19, for `SCHED_OTHER` and `SCHED_BATCH`.
    pub nice: i32,
    /// The static priority, 1 to 99, for `SCHED_FIFO` and `SCHED_RR`.
    pub priority: u32,
    /// Nanoseconds of runtime a period, for `SCHED_DEADLINE`.
    pub runtime: u64,
    /// The deadline in nanoseconds.
    pub deadline: u64,
    /// The period in nanoseconds.
    pub period: u64,
}

/// One step. Its `Display` is the system call that it makes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// The signal that this process gets when its parent ends: `PR_SET_PDEATHSIG`. 0 is none.
    DeathSignal(i32),
    /// Ends with `ESRCH` if the process that started this one is gone already (its death sent no signal).
    ParentAlive,
    /// Sets the mask of blocked signals; bit n-1 is signal n.
    SignalMask(u64),
    /// Gives a signal its default disposition.
    DefaultSignal(i32),
    /// A new session.
    NewSession,
    /// Refuses the requests that type into a terminal, from here on and for good: `seccomp(2)`.
    GuardTerminal,
    /// A step of `landlock(7)`.
    Landlock(Landlock),
    /// Installs a filter of system calls: `seccomp(2)`.
    Filter(Box<Filter>),
    /// Makes a terminal the session's controlling one.
    ControllingTerminal(Fd),
    /// `dup2(2)` onto descriptor `to`, which stays open over exec.
    Redirect {
        /// What to duplicate.
        from: Fd,
        /// The number that the payload sees.
        to: RawFd,
    },
    /// Marks every descriptor from this number on close-on-exec.
    CloseOnExecFrom(u32),
    /// Lets a descriptor stay open over exec.
    KeepOpen(RawFd),
    /// The file-mode creation mask.
    Umask(u32),
    /// Sets the file-mode creation mask to 0, so that what is made gets the mode that was asked for.
    ClearUmask,
    /// Gives the file-mode creation mask the value that it had at [`Step::ClearUmask`].
    RestoreUmask,
    /// A nice value, -20 to 19.
    Nice(i32),
    /// The class and priority of the process's input and output, as `ioprio_set(2)` takes them.
    IoPriority(u16),
    /// The processors that the process may run on; bit n of word n/64 is processor n: `sched_setaffinity(2)`.
    Affinity(Box<[u64]>),
    /// Where memory comes from: `set_mempolicy(2)`.
    MemoryPolicy {
        /// `MPOL_*`, with flags.
        mode: u32,
        /// The nodes; bit n of word n/64 is node n.
        nodes: Box<[u64]>,
    },
    /// The execution domain: `personality(2)`.
    Personality(u32),
    /// A new session keyring of this name: `KEYCTL_JOIN_SESSION_KEYRING` in `keyctl(2)`.
    SessionKeyring(CString),
    /// Scheduling policy and parameters.
    Scheduler(Box<SchedulerAttributes>),
    /// A resource limit: `RLIMIT_*`, soft and hard; `u64::MAX` is no limit.
    Limit {
        /// `RLIMIT_*`.
        resource: u32,
        /// The soft limit.
        soft: u64,
        /// The hard limit.
        hard: u64,
    },
    /// Nobody without `CAP_SYS_PTRACE` in the caller's user namespace may look into the memory of this process, or into
    /// its `/proc` directory, until it executes: `PR_SET_DUMPABLE`.
    NotDumpable,
    /// No exec gains privileges from here on: `PR_SET_NO_NEW_PRIVS`.
    NoNewPrivs,
    /// `PR_SET_SECUREBITS`.
    SecureBits(u32),
    /// Keeps permitted capabilities when all user ids become nonzero: `PR_SET_KEEPCAPS`.
    KeepCapabilities,
    /// Drops a capability from the bounding set.
    DropBounding(u32),
    /// Drops a capability from all sets, also the bounding one, so that no exec brings it back.
    DropCapability(u32),
    /// Gives up every capability but this one for good, and so that no execution gives any back, not even as root. Where this
    /// process does not have that one, none is left.
    OnlyCapability(u32),
    /// Effective, permitted and inheritable capabilities.
    Capabilities(CapabilityChange),
    /// Empties the ambient set.
    ClearAmbient,
    /// Adds to the ambient set.
    RaiseAmbient(u32),
    /// All inheritable capabilities that are permitted, and the same ambient: what a payload keeps over exec.
    KeepAllCapabilities,
    /// Makes a capability inheritable, as [`Step::RaiseAmbient`] wants it; `EACCES` where it is not permitted.
    Inherit(u32),
    /// Puts a capability in force for what comes before the next execution; `EACCES` where it is not permitted. The execution
    /// keeps of it what the other sets say: see `capabilities(7)`.
    LastUse {
        /// Its number.
        capability: u32,
        /// Where it was put for this use alone.
        take_from: TakeFrom,
    },
    /// The supplementary groups.
    Groups(Box<[u32]>),
    /// Real, effective and saved group id.
    Gid(u32),
    /// Real, effective and saved user id.
    Uid(u32),
    /// The effective ids alone, of user and group: whoever makes a user namespace then owns it.
    EffectiveIds {
        /// The user id.
        uid: u32,
        /// The group id.
        gid: u32,
    },
    /// The ids that belong to what this process makes, until it executes: `setfsuid(2)`. `EINVAL` where this user namespace
    /// lacks one.
    FileIds {
        /// The user id.
        uid: Option<u32>,
        /// The group id.
        gid: Option<u32>,
    },
    /// The host name of this UTS namespace.
    Hostname(Box<[u8]>),
    /// The NIS domain name of this UTS namespace.
    Domainname(Box<[u8]>),
    /// Enters namespaces: `fd` is one (`kinds` its flag or 0) or a pidfd (`kinds` several flags).
    Join {
        /// A namespace or a process.
        fd: Fd,
        /// `CLONE_NEW*`.
        kinds: u32,
    },
    /// Leaves the shared namespaces for new ones.
    Unshare(u32),
    /// Sets the loopback interface of this network namespace up.
    LoopbackUp,
    /// Asks the process outside to do its part (write the id maps, bind the namespaces), and waits for it.
    Outside,
    /// Asks the caller the question of this number (any but 255), and waits for the answer: see
    /// [`Program::start_attended`](crate::program::Program::start_attended).
    Ask(u8),
    /// Writes `data` to an existing file in one `write(2)`; `path` is looked up below `at`, never above it.
    Write {
        /// Where `path` starts.
        at: Fd,
        /// A relative path.
        path: CString,
        /// What to write.
        data: Box<[u8]>,
    },
    /// Writes `data` in one `write(2)` to a file that is open.
    WriteTo {
        /// The file.
        file: Fd,
        /// What to write.
        data: Box<[u8]>,
    },
    /// Writes which process this is to a file that is open: the inode number of its pidfd, eight bytes in this machine's order.
    /// Since Linux 6.9 no other process has it until reboot.
    WriteProcess {
        /// The file.
        file: Fd,
    },
    /// Opens a path as a handle (`O_PATH`), following symbolic links.
    Open {
        /// The path, seen from this process's root and working directory.
        path: CString,
        /// Where the handle goes.
        into: Slot,
    },
    /// Opens a path inside `root` as a handle; symbolic links are resolved as if `root` were `/`.
    OpenIn {
        /// The handle on the root directory.
        root: Fd,
        /// The path inside it.
        path: CString,
        /// Where the handle goes.
        into: Slot,
    },
    /// Opens a path inside `root` as a handle, and makes it and its parents where they are missing.
    MakeIn {
        /// The handle on the root directory.
        root: Fd,
        /// The path inside it.
        path: CString,
        /// What it becomes if it is missing. Parents become directories with mode 0755.
        make: Make,
        /// Where the handle goes.
        into: Slot,
    },
    /// Makes a new file inside `root` with this content; its directory must exist.
    WriteNew {
        /// The handle on the directory.
        dir: Fd,
        /// The file's name.
        name: CString,
        /// Its mode.
        mode: u32,
        /// Its content.
        data: Box<[u8]>,
    },
    /// Makes a symbolic link; one of that name to the same target is as good.
    Symlink {
        /// The handle on the directory.
        dir: Fd,
        /// The link's name.
        name: CString,
        /// What it points to.
        target: CString,
    },
    /// Makes a device node, as `mknodat(2)` does; one of that name, type and number is as good.
    Node {
        /// The handle on the directory.
        dir: Fd,
        /// The node's name.
        name: CString,
        /// Type and permissions, `S_IFCHR` and the like.
        mode: u32,
        /// Major and minor number.
        device: u64,
    },
    /// The owner of what is at a name; a symbolic link is not followed. An empty name is the handle itself.
    Owner {
        /// The handle on the directory.
        dir: Fd,
        /// The name in it.
        name: CString,
        /// The user id, if it changes.
        uid: Option<u32>,
        /// The group id, if it changes.
        gid: Option<u32>,
    },
    /// Gives what the standard streams lead to, but for `/dev/null`, to this user, as far as that may be: a program opens them
    /// again by name.
    OwnStreams(u32),
    /// Opens a new pseudo-terminal of a devpts file system; `EINVAL` if the directory is none.
    OpenTerminal {
        /// The handle on its top directory.
        devpts: Fd,
        /// Rows and columns, if it is to have a size.
        size: Option<(u16, u16)>,
        /// Where the controlling side goes.
        master: Slot,
        /// Where the side of the program goes.
        slave: Slot,
    },
    /// Sends a descriptor over a UNIX socket, with the first byte of a message: `SCM_RIGHTS` in `unix(7)`.
    SendDescriptor {
        /// The connected socket.
        socket: Fd,
        /// What is sent.
        descriptor: Fd,
        /// At least a byte, in at most [`PARTS`] parts.
        message: Box<[Part]>,
    },
    /// The older `mount(2)`, for a target that is a path of this process's own.
    Mount {
        /// What to mount.
        source: Option<CString>,
        /// Where.
        target: CString,
        /// The file system's type.
        fstype: Option<CString>,
        /// `MS_*`.
        flags: u64,
        /// The file system's options.
        data: Option<CString>,
    },
    /// Takes the mount at this path out of its peer group, so that nothing mounted over it shows elsewhere. Nothing to do
    /// where the path is no mount point.
    MakePrivate(CString),
    /// A file-system context: `fsopen(2)`.
    FsOpen {
        /// The file system's type.
        fstype: CString,
        /// Where the context goes.
        into: Slot,
    },
    /// A parameter of a file-system context; without a value, a flag.
    FsConfig {
        /// The context.
        context: Slot,
        /// The parameter.
        key: CString,
        /// Its value.
        value: Option<CString>,
    },
    /// Creates the file system: `FSCONFIG_CMD_CREATE`.
    FsCreate {
        /// The context.
        context: Slot,
    },
    /// A mount of the file system, attached to nothing yet: `fsmount(2)`.
    FsMount {
        /// The context.
        context: Slot,
        /// `MOUNT_ATTR_*`.
        attributes: u32,
        /// Where the mount goes.
        into: Slot,
    },
    /// A copy of a mount (and of those below it), attached to nothing yet: `open_tree(2)`.
    OpenTree {
        /// Where `path` starts.
        at: Fd,
        /// The path; empty for `at` itself.
        path: CString,
        /// Whether the mounts below come along.
        recursive: bool,
        /// Where the mount goes.
        into: Slot,
    },
    /// Changes a mount's attributes: `mount_setattr(2)`.
    SetMount {
        /// The mount.
        mount: Fd,
        /// Whether those below change too.
        recursive: bool,
        /// The change.
        attributes: MountAttributes,
    },
    /// Attaches a mount onto a handle, or onto a name in the directory that it is: `move_mount(2)`.
    MoveMount {
        /// The mount.
        mount: Fd,
        /// Onto what.
        target: Fd,
        /// The name in `target`; empty for `target` itself. A symbolic link is not followed.
        name: CString,
    },
    /// Hides what is at a path inside `root`: a directory behind an empty read-only file system, anything else behind
    /// `/dev/null`. Nothing to do where the path does not exist.
    Mask {
        /// The handle on the root directory.
        root: Fd,
        /// The path inside it.
        path: CString,
    },
    /// Makes what is at a path inside `root`, and all that is mounted below it, read-only, by a mount of itself onto
    /// itself. Nothing to do where the path does not exist.
    ReadOnly {
        /// The handle on the root directory.
        root: Fd,
        /// The path inside it.
        path: CString,
    },
    /// Detaches the mount that the working directory is the root of, and those below: `umount2(".", MNT_DETACH)`.
    DetachHere,
    /// Closes a slot.
    Close(Slot),
    /// The working directory.
    Chdir(CString),
    /// The working directory, if the path leads to a directory that may be searched; else it stays.
    ChdirIfThere(CString),
    /// The working directory, by handle.
    Fchdir(Fd),
    /// Fails with `ENOENT` if the working directory is outside this process's root.
    CwdInsideRoot,
    /// The root directory becomes the working directory: `chroot(".")`.
    ChrootHere,
    /// The working directory becomes the root of this mount namespace, and the old root goes.
    PivotRootHere,
}
