//! `linux.seccomp`.

use std::fmt::Arguments;

use super::{Invalid, Problem, absolute, no_nul, refuse, within};
use crate::spec::{Action, Seccomp};

/// `MAX_ERRNO` of `linux/err.h`, which the kernel makes of anything higher.
const MOST_ERRNO: u64 = 4095;
/// `SECCOMP_RET_DATA` of `linux/seccomp.h`.
const MOST_DATA: u64 = 0xffff;
/// The highest argument of a system call.
const LAST_ARGUMENT: u64 = 5;

pub(super) fn check(seccomp: &Seccomp) -> Result<(), Invalid> {
    if seccomp.default_action == Action::Notify {
        // The runtime could not even hand over the descriptor.
        return refuse("linux.seccomp.defaultAction", Problem::Excluded { value: "SCMP_ACT_NOTIFY" });
    }
    number(format_args!("linux.seccomp.defaultErrnoRet"), seccomp.default_action, seccomp.default_errno_ret)?;
    for (index, rule) in seccomp.syscalls.iter().enumerate() {
        let key = format_args!("linux.seccomp.syscalls[{index}]");
        if rule.names.is_empty() {
            return refuse(format_args!("{key}.names"), Problem::Missing);
        }
        if rule.action == Action::Notify && rule.names.iter().any(|name| name == "write") {
            // Likewise: it is written to the runtime that the filter is in place.
            return refuse(
                format_args!("{key}.action"),
                Problem::Excluded { value: "SCMP_ACT_NOTIFY` of `write" },
            );
        }
        number(format_args!("{key}.errnoRet"), rule.action, rule.errno_ret)?;
        for (at, argument) in rule.args.iter().enumerate() {
            within(format_args!("{key}.args[{at}].index"), argument.index, 0, LAST_ARGUMENT)?;
        }
    }
    let notifies = seccomp.syscalls.iter().any(|rule| rule.action == Action::Notify);
    match &seccomp.listener_path {
        Some(path) => absolute("linux.seccomp.listenerPath", path)?,
        None if notifies => return refuse("linux.seccomp.listenerPath", Problem::Missing),
        None => (),
    }
    let Some(metadata) = &seccomp.listener_metadata else { return Ok(()) };
    if seccomp.listener_path.is_none() {
        let other = "linux.seccomp.listenerPath";
        return refuse("linux.seccomp.listenerMetadata", Problem::Without { other });
    }
    no_nul("linux.seccomp.listenerMetadata", metadata)
}

/// Only a call that fails, or that a tracer is told of, has a number.
fn number(key: Arguments<'_>, action: Action, number: Option<u32>) -> Result<(), Invalid> {
    match (action, number) {
        (_, None) => Ok(()),
        (Action::Errno, Some(errno)) => within(key, errno, 0, MOST_ERRNO),
        (Action::Trace, Some(data)) => within(key, data, 0, MOST_DATA),
        (_, Some(_)) => refuse(key, Problem::Without { other: "SCMP_ACT_ERRNO` or `SCMP_ACT_TRACE" }),
    }
}
