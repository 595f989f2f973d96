//! `process`.

use insula_cgroup::ListOf;

use super::{Invalid, Problem, Warning, absolute, no_nul, number_list, refuse, within};
use crate::spec::{Capabilities, Process, Scheduler, SchedulerPolicy};

pub(super) fn check(process: &Process) -> Result<Vec<Warning>, Invalid> {
    absolute("process.cwd", &process.cwd)?;
    if process.args.is_empty() {
        return refuse("process.args", Problem::Missing);
    }
    for (index, argument) in process.args.iter().enumerate() {
        no_nul(format_args!("process.args[{index}]"), argument)?;
    }
    for (index, variable) in process.env.iter().enumerate() {
        environment(format_args!("process.env[{index}]"), variable)?;
    }
    if let Some(umask) = process.user.umask {
        within("process.user.umask", umask, 0, 0o777)?;
    }
    for (index, limit) in process.rlimits.iter().enumerate() {
        let key = format_args!("process.rlimits[{index}].soft");
        if limit.soft > limit.hard {
            return refuse(key, Problem::Above { other: "hard" });
        }
        if process.rlimits[..index].iter().any(|earlier| earlier.resource == limit.resource) {
            return refuse(format_args!("process.rlimits[{index}]"), Problem::Twice);
        }
    }
    if let Some(score) = process.oom_score_adj {
        within("process.oomScoreAdj", score, -1000, 1000)?;
    }
    if let Some(priority) = process.io_priority {
        within("process.ioPriority.priority", priority.priority, 0, 7)?;
    }
    if let Some(scheduler) = &process.scheduler {
        self::scheduler(scheduler)?;
    }
    if let Some(affinity) = &process.exec_cpu_affinity {
        let lists = [("initial", &affinity.initial), ("final", &affinity.final_)];
        for (key, list) in lists.into_iter().filter_map(|(key, list)| Some((key, list.as_ref()?))) {
            number_list(format_args!("process.execCPUAffinity.{key}"), ListOf::Processors, list)?;
        }
    }
    let labels = [("apparmorProfile", &process.apparmor_profile), ("selinuxLabel", &process.selinux_label)];
    for (key, label) in labels.into_iter().filter_map(|(key, label)| Some((key, label.as_ref()?))) {
        no_nul(format_args!("process.{key}"), label)?;
    }
    Ok(process.capabilities.as_ref().map(unknown_capabilities).unwrap_or_default())
}

/// A variable has a name and `=`.
pub(super) fn environment(key: impl std::fmt::Display, variable: &str) -> Result<(), Invalid> {
    no_nul(&key, variable)?;
    match variable.find('=') {
        Some(1..) => Ok(()),
        _ => refuse(key, Problem::Form { example: "NAME=value" }),
    }
}

fn unknown_capabilities(capabilities: &Capabilities) -> Vec<Warning> {
    let unknown = capabilities.named().into_iter().flat_map(|(set, names)| {
        let unknown = names.iter().filter(|name| Capabilities::by_name(name).is_none());
        unknown.map(move |name| Warning::UnknownCapability { set, name: name.clone() })
    });
    unknown.collect()
}

/// The rules of `sched_setattr(2)`.
fn scheduler(scheduler: &Scheduler) -> Result<(), Invalid> {
    within("process.scheduler.nice", scheduler.nice, -20, 19)?;
    match scheduler.policy {
        SchedulerPolicy::Fifo | SchedulerPolicy::RoundRobin => {
            within("process.scheduler.priority", scheduler.priority, 1, 99)?;
        }
        _ if scheduler.priority != 0 => {
            return refuse(
                "process.scheduler.priority",
                Problem::Without { other: "SCHED_FIFO` or `SCHED_RR" },
            );
        }
        _ => (),
    }
    let Scheduler { runtime, deadline, period, .. } = *scheduler;
    if scheduler.policy != SchedulerPolicy::Deadline {
        let times = [("runtime", runtime), ("deadline", deadline), ("period", period)];
        if let Some((key, _)) = times.into_iter().find(|(_, time)| *time != 0) {
            let key = format_args!("process.scheduler.{key}");
            return refuse(key, Problem::Without { other: "SCHED_DEADLINE" });
        }
    } else if runtime > deadline {
        return refuse("process.scheduler.runtime", Problem::Above { other: "process.scheduler.deadline" });
    } else if period != 0 && deadline > period {
        return refuse("process.scheduler.deadline", Problem::Above { other: "process.scheduler.period" });
    }
    Ok(())
}
