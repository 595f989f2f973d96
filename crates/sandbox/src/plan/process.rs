//! What the process that becomes the payload does to itself.

use std::os::fd::OwnedFd;

use insula_ns::{Kind, Kinds};
use insula_sys::program::Way as Execution;
use insula_sys::step::{CapabilityChange, Fd, Step};
use rustix::fs::{Mode, OFlags};
use rustix::process::Signal;

use super::mounts::CAP_SYS_ADMIN;
use super::seccomp::Right;
use super::{Plan, Way};
use crate::capability::CapabilitySet;
use crate::command::c_string;
use crate::error::Error;
use crate::identity::Identity;
use crate::limits::Limits;
use crate::mounts::Root;
use crate::sandbox::Signals;
use crate::stdio::{Session, Stdio, Stream};
use crate::{Action, Command};

/// `CAP_LAST_CAP` can be higher on a newer kernel, but dropping one that the kernel lacks is an error.
const CAPABILITIES: u32 = 64;

/// What the process is to have, before it becomes who it is to be.
pub(super) fn prepare(
    plan: &mut Plan,
    stdio: Stdio,
    identity: &Identity,
    limits: &Limits,
) -> Result<(), Error> {
    descriptors(plan, stdio)?;
    if let Some(name) = &identity.keyring {
        plan.process(Action::Keyring, Step::SessionKeyring(c_string(name)?));
    }
    limit(plan, limits)
}

/// `right` is that of installing a filter at the end.
pub(super) fn compile(
    plan: &mut Plan,
    command: &Command,
    identity: &Identity,
    right: Right,
) -> Result<(), Error> {
    for (kind, id) in [("user", identity.uid), ("group", identity.gid)] {
        if id == Some(u32::MAX) {
            return Err(Error::NoSuchId { kind });
        }
    }
    if right.is_carried() {
        // While that may be: the bounding set limits what becomes inheritable.
        plan.process(Action::Filter, Step::Inherit(CAP_SYS_ADMIN));
    }
    become_user(plan, identity, right);
    if let Some(dir) = &command.working_directory {
        plan.process(Action::WorkingDirectory(dir.clone()), Step::Chdir(c_string(dir)?));
        plan.process(Action::WorkingDirectory(dir.clone()), Step::CwdInsideRoot);
    }
    restrict(plan, identity, right);
    if let Some(context) = &identity.security_context {
        let action = Action::SecurityContext(context.name().to_owned());
        if let Some((slot, proc)) = plan.labels {
            plan.process(action, Step::Redirect { from: slot.into(), to: proc });
        } else {
            let at = plan.proc()?;
            let data = context.value().into_bytes().into();
            plan.process(action, Step::Write { at, path: context.file().into(), data });
        }
    }
    Ok(())
}

fn descriptors(plan: &mut Plan, stdio: Stdio) -> Result<(), Error> {
    if plan.way == Way::Spawn && !stdio.inherit_all {
        plan.process(Action::CloseDescriptors, Step::CloseOnExecFrom(3));
    }
    let owner = stdio.owner;
    let (input, session) = if let Some(terminal) = plan.terminal {
        for number in 0..3 {
            let step = Step::Redirect { from: terminal.into(), to: number };
            plan.process(Action::Descriptor(number), step);
        }
        (Some(terminal.into()), Session::Terminal)
    } else {
        let input = streams(plan, stdio.streams)?;
        if let Some(owner) = owner {
            plan.process(Action::Descriptor(0), Step::OwnStreams(owner));
        }
        (input, stdio.session)
    };
    for passed in stdio.passed {
        let from = plan.keep(passed.fd)?;
        plan.process(Action::Descriptor(passed.number), Step::Redirect { from, to: passed.number });
    }
    if matches!(session, Session::New | Session::Terminal) {
        plan.process(Action::Session, Step::NewSession);
    }
    if session == Session::Terminal {
        let terminal = if let Some(fd) = input {
            fd
        } else {
            let terminal = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)
                .map_err(|errno| Error::Caller { what: "hold the terminal open", errno })?;
            plan.keep(terminal)?
        };
        plan.process(Action::Session, Step::ControllingTerminal(terminal));
    }
    Ok(())
}

/// Plans the standard streams; gives what becomes the input, if that changes.
fn streams(plan: &mut Plan, streams: [Stream; 3]) -> Result<Option<Fd>, Error> {
    let mut null = None;
    let mut input = None;
    for (number, stream) in (0..).zip(streams) {
        let from = match stream {
            Stream::Inherit => continue,
            Stream::Null => match null {
                Some(fd) => fd,
                None => *null.insert(open_null(plan)?),
            },
            Stream::Fd(fd) => plan.keep(fd)?,
        };
        if number == 0 {
            input = Some(from);
        }
        plan.process(Action::Descriptor(number), Step::Redirect { from, to: number });
    }
    Ok(input)
}

fn open_null(plan: &mut Plan) -> Result<Fd, Error> {
    let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
        .map_err(|errno| Error::Caller { what: "open `/dev/null`", errno })?;
    plan.keep(null)
}

fn limit(plan: &mut Plan, limits: &Limits) -> Result<(), Error> {
    for limit in &limits.rlimits {
        let step = Step::Limit { resource: limit.resource.number(), soft: limit.soft, hard: limit.hard };
        plan.process(Action::Limit(limit.resource.name()), step);
    }
    if let Some(score) = limits.oom_score {
        let at = plan.proc()?;
        let data = score.to_string().into_bytes().into();
        // By the first process, from which the others have it: the kernel gives a score to all that share memory with a
        // process which writes its own, so to us too, but for one that its parent waits for (`CLONE_VFORK`).
        plan.first(Action::OomScore(score), Step::Write { at, path: c"self/oom_score_adj".into(), data });
    }
    if let Some(nice) = limits.nice {
        plan.process(Action::Scheduling, Step::Nice(nice));
    }
    if let Some(scheduler) = limits.scheduler {
        plan.process(Action::Scheduling, Step::Scheduler(Box::new(scheduler)));
    }
    if let Some(priority) = limits.io_priority {
        plan.process(Action::Scheduling, Step::IoPriority(priority));
    }
    if let Some(processors) = &limits.affinity {
        plan.process(Action::Scheduling, Step::Affinity(processors.as_slice().into()));
    }
    if let Some((mode, nodes)) = &limits.memory_policy {
        let step = Step::MemoryPolicy { mode: *mode, nodes: nodes.as_slice().into() };
        plan.process(Action::Scheduling, step);
    }
    if let Some(domain) = limits.personality {
        plan.process(Action::Personality, Step::Personality(domain));
    }
    if let Some(umask) = limits.umask {
        plan.process(Action::Umask, Step::Umask(umask));
    }
    Ok(())
}

/// `linux/capability.h`.
const CAP_KILL: u32 = 5;

/// `linux/securebits.h`: `PR_SET_KEEPCAPS` as a bit; exec clears it.
const SECBIT_KEEP_CAPS: u32 = 1 << 4;

/// Before all else: where namespaces are joined, in the process that joins them, so that nobody inside gets hold of the file.
pub(super) fn move_to(plan: &mut Plan, cgroups: Vec<OwnedFd>) -> Result<(), Error> {
    for file in cgroups.into_iter().rev() {
        let file = plan.keep(file)?;
        // The process that writes 0 means itself.
        plan.first(Action::Cgroup, Step::WriteTo { file, data: b"0".as_slice().into() });
    }
    Ok(())
}

/// The order matters: the bounding set and the groups need capabilities that the change of user takes away.
fn become_user(plan: &mut Plan, identity: &Identity, right: Right) {
    if let Some(bounding) = identity.capabilities.bounding {
        let last = last_capability();
        for capability in CapabilitySet::from_bits(!bounding.bits()).iter().filter(|one| one.number() <= last)
        {
            plan.process(Action::Capabilities, Step::DropBounding(capability.number()));
        }
    }
    let capabilities = &identity.capabilities;
    let keeps = identity.keep_capabilities
        || right != Right::Given
        || capabilities.permitted.is_some()
        || capabilities.effective.is_some()
        || capabilities.ambient.is_some();
    let keeps = keeps && identity.uid.is_some();
    match identity.securebits {
        // Now, while the capability for it is still in force.
        Some(bits) => {
            let bits = if keeps { bits | SECBIT_KEEP_CAPS } else { bits };
            plan.process(Action::Capabilities, Step::SecureBits(bits));
        }
        None if keeps => plan.process(Action::Capabilities, Step::KeepCapabilities),
        None => {}
    }
    if let Some(groups) = &identity.groups {
        // A user namespace that is joined may deny `setgroups(2)`. Dropping all groups is as good outside of it.
        let outside = groups.is_empty() && plan.joins_user && may_set_groups();
        let add = if outside { Plan::first } else { Plan::process };
        add(plan, Action::Groups, Step::Groups(groups.as_slice().into()));
    }
    if let Some(gid) = identity.gid {
        plan.process(Action::Gid(gid), Step::Gid(gid));
    }
    if let Some(uid) = identity.uid {
        plan.process(Action::Uid(uid), Step::Uid(uid));
    }
    // The child of an init ends with it.
    if plan.program.init == crate::Init::Payload && (identity.gid.is_some() || identity.uid.is_some()) {
        plan.end_with_caller(Plan::process);
    }
}

fn may_set_groups() -> bool {
    rustix::thread::capabilities(None)
        .is_ok_and(|sets| sets.effective.contains(rustix::thread::CapabilitySet::SETGID))
}

/// The highest capability that this kernel knows.
fn last_capability() -> u32 {
    use rustix::thread::{CapabilitySet as Bit, capability_is_in_bounding_set};
    let known = |number: u32| capability_is_in_bounding_set(Bit::from_bits_retain(1 << number)).is_ok();
    // From the last one that we know, up or down: two calls, mostly.
    let mut last = CapabilitySet::ALL.bits().ilog2();
    while last + 1 < CAPABILITIES && known(last + 1) {
        last += 1;
    }
    while last > 0 && !known(last) {
        last -= 1;
    }
    last
}

fn restrict(plan: &mut Plan, identity: &Identity, right: Right) {
    let capabilities = &identity.capabilities;
    if identity.keep_capabilities {
        plan.process(Action::Capabilities, Step::KeepAllCapabilities);
    }
    let named = capabilities
        .permitted
        .or(capabilities.effective)
        .or(capabilities.inheritable)
        .or(capabilities.ambient);
    if named.is_some() {
        // What is ambient has to be permitted and inheritable.
        let ambient = capabilities.ambient.unwrap_or(CapabilitySet::NONE).bits();
        let bits = |set: CapabilitySet| set.bits() | ambient;
        let inheritable = capabilities.inheritable.map(bits).or_else(|| capabilities.ambient.map(bits));
        let admin = |needed: bool| if needed { 1 << CAP_SYS_ADMIN } else { 0 };
        plan.process(
            Action::Capabilities,
            Step::Capabilities(CapabilityChange {
                permitted: capabilities.permitted.map(|set| bits(set) | admin(right != Right::Given)),
                effective: capabilities.effective.map(CapabilitySet::bits),
                inheritable: inheritable.map(|set| set | admin(right.is_carried())),
            }),
        );
    }
    if named.or(capabilities.bounding).is_some() && plan.program.init == crate::Init::Reaper {
        // A payload with CAP_SYS_PTRACE could make the init do what it may no longer do itself. What an init does is to send
        // signals, also to who has become another user.
        plan.program.reaper.push(Step::OnlyCapability(CAP_KILL));
    }
    if let Some(ambient) = capabilities.ambient {
        plan.process(Action::Capabilities, Step::ClearAmbient);
        for capability in ambient.iter() {
            plan.process(Action::Capabilities, Step::RaiseAmbient(capability.number()));
        }
    }
    if right.is_carried() {
        plan.process(Action::Filter, Step::RaiseAmbient(CAP_SYS_ADMIN));
    }
    if identity.no_new_privs {
        match plan.program.init {
            // The payload has it from there. An init without it could be made, by ptrace(2), to do what the payload may not.
            crate::Init::Reaper => plan.world(Action::NoNewPrivs, Step::NoNewPrivs),
            crate::Init::Payload => plan.process(Action::NoNewPrivs, Step::NoNewPrivs),
        }
    }
}

/// How the payload is executed, so that no file in a root of somebody else's making leads back to our own binary.
pub(super) fn execution(joins: Kinds, root: &Root, identity: &Identity) -> Execution {
    match root {
        // The context is that of the next program, whichever that is; and it is a wall of its own.
        _ if identity.security_context.is_some() => Execution::Direct,
        // Others are in there, who may change what is executed after any look.
        Root::Handle { .. } => Execution::Apart,
        // Whoever is root of a user namespace may have registered an interpreter there, also of plain programs: binfmt_misc.
        _ if joins.contains(Kind::Mnt) || joins.contains(Kind::User) => Execution::Apart,
        Root::Chroot(_) | Root::Dir(_) | Root::Tmpfs(_) | Root::Overlay(_) => Execution::Checked,
        Root::Unchanged => Execution::Direct,
    }
}

/// The last steps before exec: what the start itself had to arrange is undone.
pub(super) fn finish(plan: &mut Plan, signals: &Signals, death_signal: Option<Signal>) {
    if let Some(mask) = signals.mask {
        plan.process(Action::Signals, Step::SignalMask(mask));
    }
    for signal in &signals.default {
        plan.process(Action::Signals, Step::DefaultSignal(signal.as_raw()));
    }
    if plan.way == Way::Spawn {
        let signal = death_signal.map_or(0, Signal::as_raw);
        let step = Step::DeathSignal(signal);
        match plan.program.init {
            // PID 1 dies, and with it everything in its PID namespace.
            crate::Init::Reaper => plan.world(Action::Signals, step),
            crate::Init::Payload => plan.process(Action::Signals, step),
        }
    } else if let Some(signal) = death_signal {
        plan.process(Action::Signals, Step::DeathSignal(signal.as_raw()));
    }
}
