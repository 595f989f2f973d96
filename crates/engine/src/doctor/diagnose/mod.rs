//! From an operation that failed and the kernel's number for it to a cause that a person can do something about.

use std::path::Path;

use insula_ns::Kinds;
use insula_ns::idmap::IdKind;
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::evidence::Evidence;
use super::surroundings::Surroundings;

mod create;
mod enter;
mod filter;
mod identity;
mod maps;
mod mount;
mod pivot;
mod process;

/// What was tried, with what it was tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation<'a> {
    /// `clone3(2)`: a process in new namespaces.
    Create {
        /// The new ones.
        kinds: Kinds,
        /// Where the process is born.
        cgroup: Birthplace,
    },
    /// `unshare(2)`.
    Unshare {
        /// The new ones.
        kinds: Kinds,
    },
    /// `setns(2)`.
    Enter {
        /// The kinds to enter.
        kinds: Kinds,
    },
    /// A write to `uid_map` or `gid_map`: `user_namespaces(7)`.
    WriteMap(IdKind),
    /// A write to `setgroups`: `user_namespaces(7)`.
    WriteSetGroups,
    /// A write to `timens_offsets`: `time_namespaces(7)`.
    WriteTimeOffsets,
    /// A new file system: `mount(2)`, or `fsopen(2)`, `fsconfig(2)` and `fsmount(2)`.
    Mount {
        /// Its type.
        fs_type: &'a str,
        /// Where it goes.
        target: &'a Path,
    },
    /// Another view on what is mounted already: `mount(2)` with `MS_BIND`, or `open_tree(2)`.
    Bind {
        /// What is to be seen.
        source: &'a Path,
    },
    /// Putting a mount in its place: `move_mount(2)`, or `mount(2)` with `MS_MOVE`.
    Attach {
        /// The place.
        target: &'a Path,
    },
    /// Read-only, `nosuid`, propagation and the like: `mount_setattr(2)`, or `mount(2)` with `MS_REMOUNT`.
    SetMountAttributes {
        /// Where the mount is.
        target: &'a Path,
    },
    /// Another map of ids on a mount: `mount_setattr(2)` with `MOUNT_ATTR_IDMAP`.
    MapMount {
        /// What is mounted.
        source: &'a Path,
    },
    /// `umount2(2)`.
    Unmount {
        /// Where the mount is.
        target: &'a Path,
    },
    /// `pivot_root(2)`.
    PivotRoot {
        /// The root to be.
        new_root: &'a Path,
    },
    /// `sethostname(2)` or `setdomainname(2)`.
    SetName,
    /// Setting an interface up: `netdevice(7)`.
    SetLinkUp,
    /// `setresuid(2)`.
    SetUid(u32),
    /// `setresgid(2)`.
    SetGid(u32),
    /// `setgroups(2)`.
    SetGroups,
    /// `execve(2)`.
    Execute {
        /// As it was given: a path, or a name to look for in `PATH`.
        program: &'a str,
    },
    /// `setrlimit(2)`.
    SetLimit,
    /// `setpriority(2)`, `sched_setattr(2)`.
    SetScheduling,
    /// A write to `oom_score_adj`.
    SetOomScore,
    /// `capset(2)`, or `prctl(2)` on one of the other sets.
    SetCapabilities,
    /// `seccomp(2)`: a filter of system calls.
    InstallFilter,
    /// `landlock_restrict_self(2)`.
    RestrictSelf,
    /// Sending a descriptor to who waits for it: `sendmsg(2)`.
    HandOver,
    /// Pipes and memory for a process to be.
    Prepare,
    /// Opening, making or changing to what is at a path.
    UsePath(&'a Path),
}

/// Where a new process is to be born.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Birthplace {
    /// The control group of its parent.
    #[default]
    Inherited,
    /// Another one, by `CLONE_INTO_CGROUP`.
    OtherCgroup,
}

/// Why an operation failed, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What is in the way, with the evidence: lowercase, no full stop.
    pub cause: String,
    /// The smallest thing to do about it.
    pub hint: Option<String>,
}

impl Diagnosis {
    pub(super) fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Finds the cause of a failure.
///
/// Covers every error that the manual pages of these calls document, and those of a seccomp filter or security module
/// in their way. `None` for one that says nothing more than its own text, such as `EFAULT`.
#[must_use]
pub fn diagnose(operation: &Operation<'_>, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::NOMEM if !matches!(operation, Operation::Create { .. }) => return Some(out_of_memory()),
        Errno::NOSYS => return Some(no_such_call(evidence)),
        Errno::MFILE | Errno::NFILE if !is_mount(operation) => return Some(too_many_files(errno)),
        _ => {}
    }
    match *operation {
        Operation::Create { kinds, cgroup } => create::clone(kinds, cgroup, errno, evidence),
        Operation::Unshare { kinds } => create::unshare(kinds, errno, evidence),
        Operation::Enter { kinds } => enter::enter(kinds, errno, evidence),
        Operation::WriteMap(kind) => maps::map(kind, errno, evidence),
        Operation::WriteSetGroups => maps::setgroups(errno, evidence),
        Operation::WriteTimeOffsets => maps::time_offsets(errno),
        Operation::Mount { fs_type, target } => mount::new(fs_type, target, errno, evidence),
        Operation::Bind { source } => mount::bind(source, errno, evidence),
        Operation::Attach { target } => mount::attach(target, errno, evidence),
        Operation::SetMountAttributes { target } => mount::attributes(target, errno, evidence),
        Operation::MapMount { source } => mount::map_ids(source, errno, evidence),
        Operation::Unmount { target } => mount::unmount(target, errno, evidence),
        Operation::PivotRoot { new_root } => pivot::pivot_root(new_root, errno, evidence),
        Operation::SetName => identity::name(errno, evidence),
        Operation::SetLinkUp => identity::link_up(errno, evidence),
        Operation::SetUid(id) => identity::id(IdKind::Uid, id, errno, evidence),
        Operation::SetGid(id) => identity::id(IdKind::Gid, id, errno, evidence),
        Operation::SetGroups => identity::groups(errno, evidence),
        Operation::Execute { program } => process::execute(program, errno, evidence),
        Operation::SetLimit => process::limit(errno, evidence),
        Operation::SetScheduling => process::scheduling(errno),
        Operation::SetOomScore => process::oom_score(errno),
        Operation::SetCapabilities => process::capabilities(errno, evidence),
        Operation::InstallFilter => filter::install(errno, evidence),
        Operation::RestrictSelf => filter::restrict(errno, evidence),
        Operation::HandOver => filter::hand_over(errno),
        Operation::Prepare => None,
        Operation::UsePath(path) => mount::path(path, errno),
    }
}

fn is_mount(operation: &Operation<'_>) -> bool {
    matches!(operation, Operation::Mount { .. })
}

fn out_of_memory() -> Diagnosis {
    Diagnosis::new(
        "the kernel has no memory left for this, or the control group's limit on kernel memory is reached",
    )
}

fn no_such_call(evidence: &Evidence) -> Diagnosis {
    match filter(evidence) {
        Some(who) => Diagnosis::new(format!("{who} hides this system call")).hint(unfiltered(evidence)),
        None => Diagnosis::new("this kernel doesn't have this system call"),
    }
}

fn too_many_files(errno: Errno) -> Diagnosis {
    if errno == Errno::MFILE {
        Diagnosis::new("this process has as many descriptors open as it may")
            .hint("raise the limit: `ulimit -n`, up to `ulimit -Hn`")
    } else {
        Diagnosis::new("the machine has as many files open as it may (fs.file-max)")
            .hint("as root: `sysctl fs.file-max=1000000`")
    }
}

/// The filter that looks at this process's system calls, in words, if there is one.
fn filter(evidence: &Evidence) -> Option<String> {
    evidence.process().is_some_and(|process| process.seccomp).then(|| {
        let whose = match Surroundings::read(evidence).container {
            Some(container) => format!("the seccomp filter of {}", container.name()),
            None => "a seccomp filter outside".to_owned(),
        };
        format!("{whose} (`Seccomp: 2` in /proc/self/status)")
    })
}

/// What to do about a filter.
fn unfiltered(evidence: &Evidence) -> String {
    match Surroundings::read(evidence).container {
        Some(container) => container.unfiltered().to_owned(),
        None => "start it where no such filter is set".to_owned(),
    }
}

/// Why a process that has the capability it needs, or seems to, is refused all the same.
fn refused_by_others(evidence: &Evidence) -> Option<Diagnosis> {
    if let Some(who) = filter(evidence) {
        return Some(Diagnosis::new(format!("{who} likely refuses it")).hint(unfiltered(evidence)));
    }
    evidence.confinement().map(|label| {
        Diagnosis::new(format!("a security module has this process in `{label}`, which likely refuses it"))
            .hint("look for the refusal in the kernel's log: `sudo dmesg | grep -i denied`")
    })
}

/// AppArmor's rule that takes the capabilities from a user namespace of an unprivileged, unconfined program.
fn apparmor(evidence: &Evidence) -> Option<Diagnosis> {
    (evidence.apparmor_restricts() && !evidence.has_outside(CapabilitySet::SYS_ADMIN)).then(|| {
        Diagnosis::new(
            "AppArmor lets only programs with a profile use user namespaces here \
             (kernel.apparmor_restrict_unprivileged_userns = 1)",
        )
        .hint(apparmor_profile(evidence))
    })
}

/// What lets this program alone, in words.
pub(super) fn apparmor_profile(evidence: &Evidence) -> String {
    let program = evidence.link("/proc/self/exe").unwrap_or_else(|| "/usr/bin/insula".to_owned());
    format!("`sudo {program} doctor --install-apparmor-profile` lets this program, and no other")
}

/// The lack of a capability, if this process lacks it.
fn lacks(evidence: &Evidence, capability: CapabilitySet, name: &str, what: &str) -> Option<Diagnosis> {
    (evidence.process().is_some() && !evidence.has(capability))
        .then(|| Diagnosis::new(format!("{what} takes {name}, which this process lacks")))
}

#[cfg(test)]
mod tests;
