//! Joins, new namespaces, and what is set in them.

use std::ffi::CString;
use std::fmt::Write as _;
use std::os::fd::{AsFd as _, OwnedFd};

use insula_ns::idmap::{Caller, IdMaps, IdSources, SetGroups, Writing};
use insula_ns::{Kind, Kinds, Namespace};
use insula_sys::program::Outside;
use insula_sys::step::Step;
use rustix::thread::CapabilitySet;

use super::{Plan, Way};
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::namespaces::{Join, Namespaces};

const NANOSECONDS: i128 = 1_000_000_000;

pub(super) fn compile(plan: &mut Plan, namespaces: Namespaces) -> Result<(), Error> {
    check(&namespaces)?;
    plan.joins_user = joins(plan, namespaces.join)?;
    if let Some(owner) = namespaces.owner {
        plan.join(Action::Own(owner), Step::EffectiveIds { uid: owner.uid, gid: owner.gid });
    }
    let mut asks = false;
    let mapped = namespaces.ids.map(|maps| (maps, namespaces.caller.unwrap_or_else(Caller::current)));
    if let Some((maps, caller)) = &mapped {
        asks |= map_ids(plan, maps, caller, namespaces.owner.is_some())?;
    }
    if !namespaces.pins.is_empty() {
        plan.remember_home();
    }
    for pin in &namespaces.pins {
        asks = true;
        plan.proc()?;
        let name = match (pin.kind, plan.way) {
            // The first process to be born in it makes it; without a child of ours, none is yet.
            (Kind::Pid, Way::Exec) => "ns/pid_for_children".to_owned(),
            (Kind::Time, Way::Exec) => "ns/time_for_children".to_owned(),
            (kind, _) => format!("ns/{kind}"),
        };
        let bind = Outside::Bind { namespace: c_string(name)?, target: c_string(&pin.target)? };
        plan.outside(Action::Pin(pin.kind, pin.target.clone()), bind);
    }
    if asks {
        let action = plan.outside.first().cloned().unwrap_or(Action::Prepare);
        plan.program.proc = Some(plan.proc()?);
        plan.world(action, Step::Outside);
    }
    if let (Some(_), Some((maps, caller))) = (namespaces.owner, &mapped) {
        own_ids_again(plan, maps, caller);
    }
    if !namespaces.time_offsets.is_empty() {
        let mut lines = String::new();
        for (clock, offset) in &namespaces.time_offsets {
            // The kernel wants nanoseconds that are not negative, so -0.5 s is -1 s and 0.5 s.
            let (seconds, rest) = (offset.div_euclid(NANOSECONDS), offset.rem_euclid(NANOSECONDS));
            writeln!(lines, "{} {seconds} {rest}", clock.name()).expect("writing to a string does not fail");
        }
        write_proc(plan, Action::TimeOffsets, c"self/timens_offsets".into(), lines.into_bytes())?;
    }
    if let Some(name) = namespaces.hostname {
        let step = Step::Hostname(name.as_bytes().into());
        plan.world(Action::Hostname(name), step);
    }
    if let Some(name) = namespaces.domainname {
        let step = Step::Domainname(name.as_bytes().into());
        plan.world(Action::Domainname(name), step);
    }
    if namespaces.loopback_up {
        plan.world(Action::Loopback, Step::LoopbackUp);
    }
    Ok(())
}

/// Sets kernel parameters, also those of interfaces that the caller has put into the new namespaces.
pub(super) fn set(plan: &mut Plan, sysctls: Vec<(String, String)>) -> Result<(), Error> {
    for (name, value) in sysctls {
        let path = c_string(sysctl_path(&name)?)?;
        write_proc(plan, Action::Sysctl(name), path, value.into_bytes())?;
    }
    Ok(())
}

/// The path below `/proc` of a kernel parameter. As in `sysctl(8)`, the first separator in a name is that of directories, and
/// the other one is part of names.
fn sysctl_path(name: &str) -> Result<String, Error> {
    let dots = name.find(['.', '/']).is_some_and(|at| name.as_bytes()[at] == b'.');
    let path: String = name
        .chars()
        .map(|one| match one {
            '.' if dots => '/',
            '/' if dots => '.',
            other => other,
        })
        .collect();
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(Error::Contradiction {
            what: format!("`{name}`"),
            why: "is no name of a kernel parameter",
        });
    }
    Ok(format!("sys/{path}"))
}

/// Settings of a namespace that is neither new nor joined would change the caller's own.
fn check(namespaces: &Namespaces) -> Result<(), Error> {
    let joined: Kinds = namespaces.join.iter().map(Join::kinds).fold(Kinds::NONE, |all, kinds| all | kinds);
    let own = namespaces.new | joined;
    let needs = [
        (namespaces.hostname.is_some(), "a host name", Kind::Uts, own),
        (namespaces.domainname.is_some(), "a domain name", Kind::Uts, own),
        (namespaces.loopback_up, "the loopback interface", Kind::Net, own),
        (!namespaces.time_offsets.is_empty(), "a clock offset", Kind::Time, namespaces.new),
        (namespaces.ids.is_some(), "an id map", Kind::User, namespaces.new),
        (namespaces.owner.is_some(), "an owner", Kind::User, namespaces.new),
    ];
    for (wanted, what, kind, kinds) in needs {
        if wanted && !kinds.contains(kind) {
            return Err(Error::Contradiction { what: what.to_owned(), why: lacking(kind) });
        }
    }
    match namespaces.pins.iter().find(|pin| !namespaces.new.contains(pin.kind)) {
        Some(pin) => Err(Error::Contradiction {
            what: format!("the file `{}`", pin.target.display()),
            why: lacking(pin.kind),
        }),
        None => Ok(()),
    }
}

const fn lacking(kind: Kind) -> &'static str {
    match kind {
        Kind::Cgroup => "needs a new cgroup namespace",
        Kind::Ipc => "needs a new ipc namespace",
        Kind::Mnt => "needs a new mnt namespace",
        Kind::Net => "needs a new net namespace",
        Kind::Pid => "needs a new pid namespace",
        Kind::Time => "needs a new time namespace",
        Kind::User => "needs a new user namespace",
        Kind::Uts => "needs a new uts namespace",
    }
}

/// Plans the joins in the order that works; says whether a user namespace is among them.
///
/// With `CAP_SYS_ADMIN` where we are, the user namespace comes last: entering it gives that capability up for
/// namespaces that lie outside of it. Without, it comes first: only entering it gives the capability at all.
fn joins(plan: &mut Plan, joins: Vec<Join>) -> Result<bool, Error> {
    if joins.is_empty() {
        return Ok(false);
    }
    let privileged = rustix::thread::capabilities(None)
        .is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_ADMIN));
    let mut joins = needed(joins, privileged)?;
    joins.sort_by_key(|join| match join {
        Join::Namespace(namespace) if namespace.kind() == Kind::User => {
            if privileged {
                9
            } else {
                0
            }
        }
        // One call for several kinds: the kernel checks all with the capabilities that the user namespace gives.
        Join::Process(_, kinds) if kinds.contains(Kind::User) => {
            if privileged {
                8
            } else {
                1
            }
        }
        Join::Process(..) => 2,
        // The mount namespace after all others: it changes the root that everything is looked up from.
        Join::Namespace(namespace) if namespace.kind() == Kind::Mnt => 7,
        Join::Namespace(_) => 3,
    });
    let mut entered = Kinds::NONE;
    let mut steps = Vec::new();
    for join in joins {
        match join {
            Join::Namespace(namespace) => {
                let kind = namespace.kind();
                if matches!(kind, Kind::User | Kind::Time) && namespace.id() == Namespace::of_self(kind)?.id()
                {
                    continue;
                }
                entered.insert(kind);
                let fd = plan.keep(OwnedFd::from(namespace))?;
                steps.push((Action::Join(kind), Step::Join { fd, kinds: kind.clone_flag() }));
            }
            Join::Process(pidfd, kinds) => {
                entered |= kinds;
                let fd = plan.keep(pidfd)?;
                steps.push((Action::JoinProcess(kinds), Step::Join { fd, kinds: kinds.clone_flags() }));
            }
        }
    }
    // Only a process between joins a PID namespace (which takes its children) or a time namespace (which memory
    // cannot be shared over), and only it can make new namespaces inside the joined ones.
    let between = plan.way == Way::Exec
        || !plan.kinds.is_empty()
        || entered.contains(Kind::Pid)
        || entered.contains(Kind::Time);
    plan.program.join_time = entered.contains(Kind::Time);
    // Whoever has CAP_SYS_PTRACE in there could take a process over that still shares our memory.
    let shield = (!steps.is_empty()).then_some((Action::Shield, Step::NotDumpable));
    for (action, step) in shield.into_iter().chain(steps) {
        if between {
            plan.join(action, step);
        } else {
            plan.world(action, step);
        }
    }
    if !between && entered.contains(Kind::User) {
        plan.end_with_caller(Plan::world);
    }
    Ok(entered.contains(Kind::User))
}

/// The joins of processes without what is not needed, and with the user namespace apart where it has to come last.
fn needed(joins: Vec<Join>, privileged: bool) -> Result<Vec<Join>, Error> {
    let mut list = Vec::with_capacity(joins.len() + 1);
    for join in joins {
        let Join::Process(pidfd, kinds) = join else {
            list.push(join);
            continue;
        };
        let kinds = without_own(&pidfd, kinds, privileged)?;
        let others = kinds.without(Kind::User.into());
        if privileged && kinds.contains(Kind::User) && !others.is_empty() {
            let same = rustix::io::fcntl_dupfd_cloexec(&pidfd, 3)
                .map_err(|errno| Error::Caller { what: "duplicate a descriptor", errno })?;
            list.push(Join::Process(same, others));
            list.push(Join::Process(pidfd, Kind::User.into()));
        } else if !kinds.is_empty() {
            list.push(Join::Process(pidfd, kinds));
        }
    }
    Ok(list)
}

/// The kinds of which the process has another namespace than we.
///
/// Entering one's own user namespace is an error (`EINVAL`), and one's own time namespace would cost a start that shares
/// no memory. Any other may be entered again by who is root of all, and nobody else.
fn without_own(pidfd: &OwnedFd, mut kinds: Kinds, privileged: bool) -> Result<Kinds, Error> {
    /// `PROC_USER_INIT_INO`: the inode number of the initial user namespace.
    const INITIAL: u64 = 0xefff_fffd;
    let always = Kind::User | Kind::Time;
    let all = kinds.len() > 1 && !(privileged && Namespace::of_self(Kind::User)?.id().ino == INITIAL);
    for kind in if all { kinds } else { kinds.intersection(always) }.iter() {
        if Namespace::of_process(pidfd.as_fd(), kind)?.id() == Namespace::of_self(kind)?.id() {
            kinds.remove(kind);
        }
    }
    Ok(kinds)
}

/// Plans the maps, for a namespace that somebody else owns or not; says whether the helper outside has part in it.
fn map_ids(plan: &mut Plan, maps: &IdMaps, caller: &Caller, owned: bool) -> Result<bool, Error> {
    let written = maps.plan(caller, &IdSources::of_this_machine())?;
    let mut asks = false;
    let setgroups: Option<&[u8]> = match written.setgroups {
        SetGroups::Allow => Some(b"allow"),
        SetGroups::Deny => Some(b"deny"),
        SetGroups::Unchanged => None,
    };
    let setgroups = setgroups.map(|word| ("setgroups", Writing::Itself(word.to_vec())));
    for (file, writing) in setgroups.into_iter().chain([("gid_map", written.gid), ("uid_map", written.uid)]) {
        let action = Action::MapIds(file);
        let outside = match writing {
            Writing::Nothing => continue,
            // As somebody else, the new process has no say over the caller's ids.
            Writing::Itself(text) if owned => Outside::WriteProc { file: c_string(file)?, data: text.into() },
            Writing::Itself(_) if plan.joins_user && caller.euid != 0 => {
                return Err(Error::Contradiction {
                    what: "an id map".to_owned(),
                    why: "cannot be written by an ordinary user for a user namespace inside a joined one: until \
                          it executes, the process there is hidden from others, and its `/proc` files are root's",
                });
            }
            Writing::Itself(text) => {
                write_proc(plan, action, c_string(format!("self/{file}"))?, text)?;
                continue;
            }
            Writing::Outside(text) => Outside::WriteProc { file: c_string(file)?, data: text.into() },
            Writing::Helper { program, arguments } => Outside::Run { program, arguments },
        };
        if plan.joins_user {
            return Err(Error::Contradiction {
                what: "a map of more than one's own id".to_owned(),
                why: "cannot be written for a user namespace inside a joined one: only processes there may",
            });
        }
        asks = true;
        plan.outside(action, outside);
    }
    Ok(asks)
}

/// Back from the owner's ids to the caller's own, where the new namespace has them.
fn own_ids_again(plan: &mut Plan, maps: &IdMaps, caller: &Caller) {
    let (uid, gid) = (maps.uid.to_inside(caller.euid), maps.gid.to_inside(caller.egid));
    if let (Some(uid), Some(gid)) = (uid, gid) {
        plan.world(Action::Uid(uid), Step::EffectiveIds { uid, gid });
        plan.end_with_caller(Plan::world);
    }
}

fn write_proc(plan: &mut Plan, action: Action, path: CString, text: Vec<u8>) -> Result<(), Error> {
    let at = plan.proc()?;
    plan.world(action, Step::Write { at, path, data: text.into() });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_separator_of_a_kernel_parameter_is_that_of_directories() {
        assert_eq!(sysctl_path("net.ipv4.ip_forward").unwrap(), "sys/net/ipv4/ip_forward");
        assert_eq!(sysctl_path("net/ipv4/conf/eth0.1/mtu").unwrap(), "sys/net/ipv4/conf/eth0.1/mtu");
        assert_eq!(sysctl_path("net.ipv4.conf.eth0/1.mtu").unwrap(), "sys/net/ipv4/conf/eth0.1/mtu");
        for wrong in ["", "net..x", "../x", "net/../../x", "/net"] {
            assert!(sysctl_path(wrong).is_err(), "{wrong}");
        }
    }
}
