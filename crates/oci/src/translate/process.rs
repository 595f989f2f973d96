//! `process`: the command, who it is, and what it may use.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use insula_cgroup::{ListOf, NumberList, NumberListError};
use insula_ns::accounts::Accounts;
use insula_sandbox::capability::{Capability, CapabilitySet};
use insula_sandbox::{Capabilities, Command, Identity, Limits, Resource, Rlimit, Scheduler};

use super::mounts::open_in;
use crate::error::Error;
use crate::spec::{self, CpuAffinity, IoClass, MemoryPolicy, Process};
use rustix::fs::OFlags;

/// What runc sets where the configuration says nothing.
const UMASK: u32 = 0o022;

pub(super) fn command(process: &Process) -> Result<Command, Error> {
    let mut words = process.args.iter();
    let program = words.next().ok_or(Error::NoArguments)?;
    let environment = process.env.iter().map(|variable| {
        let (name, value) = variable.split_once('=').ok_or_else(|| Error::Variable(variable.clone()))?;
        Ok((name.into(), Some(value.into())))
    });
    Ok(Command {
        program: program.into(),
        name: None,
        arguments: words.map(OsString::from).collect(),
        clear_environment: true,
        environment: environment.collect::<Result<_, Error>>()?,
        working_directory: Some(process.cwd.clone()),
    })
}

/// Tells the process of sockets that systemd passes: `sd_listen_fds(3)`. As runc has it, it is for the container's first process.
pub(super) fn add_activation(command: &mut Command, sockets: u32) {
    let variables = [("LISTEN_FDS", sockets.to_string()), ("LISTEN_PID", "1".to_owned())];
    command.environment.extend(variables.map(|(name, value)| (name.into(), Some(value.into()))));
}

/// A capability that nobody knows is passed over: the check of the configuration has said so.
pub(super) fn identity(process: &Process) -> Identity {
    let none = spec::Capabilities::default();
    let sets = process.capabilities.as_ref().unwrap_or(&none);
    let set = |names: &[String]| {
        let known = names.iter().filter_map(|name| name.parse::<Capability>().ok());
        known.fold(CapabilitySet::NONE, CapabilitySet::with)
    };
    let (permitted, inheritable) = (set(&sets.permitted), set(&sets.inheritable));
    // The kernel has nothing ambient that is not in both. As runc has it, that is left out: the configurations of its `spec` name
    // ambient capabilities, and mean nobody to inherit any.
    let ambient = set(&sets.ambient).bits() & permitted.bits() & inheritable.bits();
    Identity {
        uid: Some(process.user.uid),
        gid: Some(process.user.gid),
        groups: Some(process.user.additional_gids.clone()),
        capabilities: Capabilities {
            bounding: Some(set(&sets.bounding)),
            permitted: Some(permitted),
            effective: Some(set(&sets.effective)),
            inheritable: Some(inheritable),
            ambient: Some(CapabilitySet::from_bits(ambient)),
        },
        no_new_privs: process.no_new_privileges,
        ..Identity::default()
    }
}

pub(super) fn limits(process: &Process) -> Result<Limits, Error> {
    let rlimits = process.rlimits.iter().map(|limit| Rlimit {
        resource: Resource::from_number(limit.resource.number()).expect("the specification has no others"),
        soft: limit.soft,
        hard: limit.hard,
    });
    let io_priority = process.io_priority.as_ref().map(|io| {
        let class: u16 = match io.class {
            IoClass::RealTime => 1,
            IoClass::BestEffort => 2,
            IoClass::Idle => 3,
        };
        // `linux/ioprio.h`: the class in the upper three bits.
        u16::try_from(io.priority)
            .ok()
            .filter(|priority| *priority <= 7)
            .map(|priority| class << 13 | priority)
            .ok_or(Error::IoPriority(io.priority))
    });
    Ok(Limits {
        rlimits: rlimits.collect(),
        oom_score: process.oom_score_adj,
        nice: None,
        scheduler: process.scheduler.as_ref().map(scheduler).transpose()?,
        io_priority: io_priority.transpose()?,
        umask: Some(process.user.umask.unwrap_or(UMASK)),
        ..Limits::default()
    })
}

fn scheduler(scheduler: &spec::Scheduler) -> Result<Scheduler, Error> {
    Ok(Scheduler {
        policy: scheduler.policy.number(),
        flags: scheduler.flags.iter().fold(0, |flags, flag| flags | flag.bit()),
        nice: scheduler.nice,
        priority: u32::try_from(scheduler.priority)
            .map_err(|_| Error::SchedulerPriority(scheduler.priority))?,
        runtime: scheduler.runtime,
        deadline: scheduler.deadline,
        period: scheduler.period,
    })
}

/// Mode and nodes, as `set_mempolicy(2)` takes them.
pub(super) fn memory_policy(policy: Option<&MemoryPolicy>) -> Result<Option<(u32, Vec<u64>)>, Error> {
    let Some(policy) = policy else { return Ok(None) };
    let flags = policy.flags.iter().fold(0, |flags, flag| flags | *flag as u32);
    let nodes = policy.nodes.as_deref().unwrap_or_default();
    let nodes = NumberList::parse(nodes, ListOf::MemoryNodes)
        .map_err(|source| Error::List { key: "linux.memoryPolicy.nodes", source })?;
    Ok(Some((policy.mode as u32 | flags, nodes.words().to_owned())))
}

/// Where an added process runs once it is in its control group.
pub(super) fn affinity(affinity: &CpuAffinity) -> Result<Option<Vec<u64>>, Error> {
    /// More processors than a kernel has; it cuts them down to those of the control group.
    const ALL: [u64; 128] = [u64::MAX; 128];
    match (&affinity.initial, &affinity.final_) {
        (_, Some(list)) => processors(list).map(Some),
        // Not where it began, which is where the runtime was: "the container's default CPU affinity".
        (Some(_), None) => Ok(Some(ALL.into())),
        (None, None) => Ok(None),
    }
}

/// The processors of a list, as `sched_setaffinity(2)` takes them.
pub(crate) fn processors(list: &str) -> Result<Vec<u64>, Error> {
    let failed = |source| Error::List { key: "process.execCPUAffinity", source };
    let found = NumberList::parse(list, ListOf::Processors).map_err(failed)?;
    // One runs somewhere.
    if found.is_empty() {
        return Err(failed(NumberListError::Form { list: list.into() }));
    }
    Ok(found.words().to_owned())
}

/// Sets `HOME` as runc does where the configuration has none: from the `passwd(5)` file inside `root`.
pub(super) fn add_home(command: &mut Command, root: &Path, uid: u32) {
    if command.environment.iter().any(|(name, _)| name == "HOME") {
        return;
    }
    let passwd = open_in(root, Path::new("/etc/passwd"), OFlags::RDONLY | OFlags::NONBLOCK)
        .map(File::from)
        .map_err(std::io::Error::from)
        .and_then(|file| {
            let mut text = Vec::new();
            file.take(MOST).read_to_end(&mut text).map(|_| text)
        });
    let accounts = Accounts::parse(&passwd.unwrap_or_default(), b"");
    let home = accounts.user_by_id(uid).map(|user| user.home.as_str()).filter(|home| !home.is_empty());
    command.environment.push(("HOME".into(), Some(home.unwrap_or("/").into())));
}

/// What is read of a file that somebody else has filled.
const MOST: u64 = 1 << 20;
