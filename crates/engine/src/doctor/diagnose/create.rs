//! `clone3(2)` and `unshare(2)`.

use insula_cgroup::Membership;
use insula_ns::idmap::IdKind;
use insula_ns::{Kind, Kinds};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Birthplace, Diagnosis, Evidence, apparmor, lacks, out_of_memory, refused_by_others};

/// How deep user and PID namespaces may be nested: `user_namespaces(7)`, `pid_namespaces(7)`.
const DEPTH: u32 = 32;

pub(super) fn clone(
    kinds: Kinds,
    cgroup: Birthplace,
    errno: Errno,
    evidence: &Evidence,
) -> Option<Diagnosis> {
    if cgroup == Birthplace::OtherCgroup
        && let Some(diagnosis) = into_cgroup(errno)
    {
        return Some(diagnosis);
    }
    match errno {
        Errno::AGAIN => Some(too_many_processes(evidence)),
        Errno::NOMEM => Some(no_init(evidence)),
        Errno::EXIST => {
            Some(Diagnosis::new("the process id that was asked for is in use in the PID namespace"))
        }
        Errno::TOOBIG => Some(Diagnosis::new("this kernel's clone3 knows less than this call asks of it")),
        Errno::INVAL => missing_kind(kinds, evidence),
        _ => both(kinds, errno, evidence),
    }
}

pub(super) fn unshare(kinds: Kinds, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    if errno != Errno::INVAL {
        return both(kinds, errno, evidence);
    }
    let threads = evidence.process().map_or(1, |process| process.threads);
    if kinds.contains(Kind::User) && threads > 1 {
        return Some(
            Diagnosis::new(format!(
                "this process has {threads} threads, and only a process with one can change its user namespace"
            ))
            .hint("create it with a new process: `--fork`"),
        );
    }
    missing_kind(kinds, evidence).or_else(|| {
        kinds.contains(Kind::Pid).then(|| {
            Diagnosis::new(
                "this process has a PID namespace for its children already, and may not take another",
            )
            .hint("fork first: `--fork`")
        })
    })
}

fn both(kinds: Kinds, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::NOSPC => Some(limit(kinds, evidence)),
        Errno::USERS => Some(too_deep("user")),
        Errno::PERM | Errno::ACCESS if kinds.contains(Kind::User) => no_user_namespace(errno, evidence),
        Errno::PERM | Errno::ACCESS => {
            let what = if kinds.is_empty() {
                "this".to_owned()
            } else {
                format!("creating a namespace ({kinds}) without a user namespace")
            };
            lacks(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", &what)
                .map(|diagnosis| diagnosis.hint("create a user namespace with it, or run as root"))
                .or_else(|| refused_by_others(evidence))
        }
        _ => None,
    }
}

/// Why one may not have a user namespace, the surest reason first.
fn no_user_namespace(errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    let privileged = evidence.has(CapabilitySet::SYS_ADMIN);
    if evidence.setting("kernel.unprivileged_userns_clone") == Some(0) && !privileged {
        return Some(
            Diagnosis::new(
                "only privileged users may create user namespaces here (kernel.unprivileged_userns_clone = 0)",
            )
            .hint("as root: `sysctl kernel.unprivileged_userns_clone=1`"),
        );
    }
    if let Some(diagnosis) = apparmor(evidence) {
        return Some(diagnosis);
    }
    if errno == Errno::PERM {
        if let Some(kind) = evidence.unmapped_id() {
            return Some(
                Diagnosis::new(format!(
                    "the effective {kind} id of this process does not exist in its own user namespace \
                     (/proc/self/{})",
                    kind.map_file()
                ))
                .hint(match kind {
                    IdKind::Uid => "enter or create the outer user namespace with a map that has this user",
                    IdKind::Gid => "enter or create the outer user namespace with a map that has this group",
                }),
            );
        }
        if evidence.is_chrooted() {
            return Some(
                Diagnosis::new(
                    "this process is in a chroot (no mount of its is at `/`), where the kernel refuses user \
                     namespaces",
                )
                .hint("enter that directory with `--rootfs` (pivot_root) instead of chroot"),
            );
        }
    }
    refused_by_others(evidence)
}

/// `ENOSPC` says that one of several limits is reached.
fn limit(kinds: Kinds, evidence: &Evidence) -> Diagnosis {
    let setting = |kind: Kind| format!("user.max_{kind}_namespaces");
    let zero = kinds.iter().find(|kind| evidence.setting(&setting(*kind)) == Some(0));
    if let Some(kind) = zero {
        let name = setting(kind);
        return Diagnosis::new(format!("{kind} namespaces are switched off ({name} = 0)"))
            .hint(format!("as root: `sysctl {name}=10000`"));
    }
    // Not which limits are low, but which kind fails, says which it is.
    let fails = |kind: &Kind| {
        let user = if kinds.contains(Kind::User) { Kinds::from(Kind::User) } else { Kinds::NONE };
        evidence.attempt(user | *kind) == Some(Err(Errno::NOSPC))
    };
    let guilty = if kinds.contains(Kind::User) && fails(&Kind::User) {
        Some(Kind::User)
    } else {
        kinds.iter().find(fails)
    };
    let nested = "or namespaces are nested as deep as they may";
    match guilty.or_else(|| (kinds.len() == 1).then(|| kinds.iter().next()).flatten()) {
        Some(kind @ (Kind::User | Kind::Pid)) => Diagnosis::new(format!(
            "this user has as many {kind} namespaces as allowed ({} here, or the same limit further out), {nested} \
             ({DEPTH} levels)",
            shown(&setting(kind), evidence)
        )),
        Some(kind) => Diagnosis::new(format!(
            "this user has as many {kind} namespaces as allowed ({} here, or the same limit further out)",
            shown(&setting(kind), evidence)
        )),
        None => Diagnosis::new(format!(
            "this user has as many namespaces of one of these kinds as allowed ({kinds}; user.max_*_namespaces here, \
             or further out), {nested} ({DEPTH} levels)"
        )),
    }
    .hint("end what holds namespaces open (`insula ls`), or as root raise the limit: `sysctl user` shows them")
}

fn shown(setting: &str, evidence: &Evidence) -> String {
    match evidence.setting(setting) {
        Some(value) => format!("{setting} = {value}"),
        None => setting.to_owned(),
    }
}

fn too_deep(kind: &str) -> Diagnosis {
    Diagnosis::new(format!("{kind} namespaces are nested as deep as they may ({DEPTH} levels)"))
}

/// A kind that the kernel was built without; `CONFIG_…` as its documentation has it.
fn missing_kind(kinds: Kinds, evidence: &Evidence) -> Option<Diagnosis> {
    let kind = kinds.iter().find(|kind| !evidence.kernel_has(*kind))?;
    let option = match kind {
        Kind::Cgroup => "CONFIG_CGROUPS",
        Kind::Ipc => "CONFIG_SYSVIPC and CONFIG_IPC_NS",
        // Mount namespaces can't be left out: `/proc` isn't there.
        Kind::Mnt => return None,
        Kind::Net => "CONFIG_NET_NS",
        Kind::Pid => "CONFIG_PID_NS",
        Kind::Time => "CONFIG_TIME_NS",
        Kind::User => "CONFIG_USER_NS",
        Kind::Uts => "CONFIG_UTS_NS",
    };
    Some(
        Diagnosis::new(format!(
            "this kernel has no {kind} namespaces: there is no /proc/self/ns/{kind} (it was built without {option})"
        ))
        .hint(format!("do without: `--share {kind}`")),
    )
}

fn too_many_processes(evidence: &Evidence) -> Diagnosis {
    if let Some((path, limit)) = full_cgroup(evidence) {
        return Diagnosis::new(format!(
            "the control group `{path}` has as many processes as it may ({limit})"
        ))
        .hint(format!("end some, or as root raise `{path}/pids.max`"));
    }
    let own = evidence.text("/proc/self/limits").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("Max processes"))?;
        line.split_ascii_whitespace().next().map(str::to_owned)
    });
    let own = own.map_or_else(String::new, |limit| format!(" (RLIMIT_NPROC = {limit})"));
    Diagnosis::new(format!(
        "this user has as many processes as allowed{own}, or the machine has (kernel.threads-max, kernel.pid_max)"
    ))
    .hint("end some, or raise the limit: `ulimit -u`")
}

/// The nearest control group of ours, version 2, whose `pids.max` is reached, and that number.
fn full_cgroup(evidence: &Evidence) -> Option<(String, u64)> {
    let cgroup = evidence.text("/proc/self/cgroup")?;
    let own = Membership::parse_all(cgroup.as_bytes()).ok()?.into_iter().find(Membership::is_unified)?;
    let mut path = own.path().to_str()?.trim_end_matches('/').to_owned();
    while !path.is_empty() {
        let directory = format!("/sys/fs/cgroup{path}");
        let number = |file: &str| evidence.text(&format!("{directory}/{file}"))?.trim().parse::<u64>().ok();
        if let (Some(limit), Some(current)) = (number("pids.max"), number("pids.current"))
            && current >= limit
        {
            return Some((directory, limit));
        }
        path.truncate(path.rfind('/')?);
    }
    None
}

/// `ENOMEM` is also what a PID namespace answers whose first process has ended: `pid_namespaces(7)`.
fn no_init(evidence: &Evidence) -> Diagnosis {
    let [own, children] =
        ["pid", "pid_for_children"].map(|name| evidence.link(&format!("/proc/self/ns/{name}")));
    if own.is_some() && own != children {
        return Diagnosis::new(
            "the PID namespace that children of this process are born in has lost its first process, and takes no \
             other",
        )
        .hint("create a new PID namespace with a first process that stays");
    }
    out_of_memory()
}

/// `CLONE_INTO_CGROUP`: `clone(2)`, `cgroups(7)`.
fn into_cgroup(errno: Errno) -> Option<Diagnosis> {
    Some(match errno {
        Errno::ACCESS => Diagnosis::new(
            "this user may not move processes into that control group: it takes write permission on `cgroup.procs` \
             there and in the common ancestor",
        )
        .hint("let systemd delegate one: `systemd-run --user --scope -p Delegate=yes COMMAND`"),
        Errno::BUSY => Diagnosis::new(
            "that control group hands controllers on to its children, so it may hold no processes itself",
        )
        .hint("use a new control group below it"),
        Errno::OPNOTSUPP => Diagnosis::new("that control group is in the invalid state of a threaded subtree")
            .hint("as root: write `threaded` to its `cgroup.type`, or use another"),
        Errno::NODEV | Errno::NOENT => Diagnosis::new("that control group is gone"),
        _ => return None,
    })
}
