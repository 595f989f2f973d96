//! `linux.seccomp`: the filter of system calls, and the agent that it asks.

use std::os::fd::OwnedFd;
use std::path::Path;

use insula_sandbox::{Listener, Seccomp};
use insula_seccomp::{Action, Architecture, Argument, Flags, Machine, Operator, Profile, Rule};
use insula_sys::step::Part;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use serde_json::json;

use crate::ContainerId;
use crate::error::Error;
use crate::spec::{self, Spec};
use crate::state::{HookState, Status};

/// The filter of a container, or of a process that is added to it.
pub(crate) fn seccomp(
    id: &ContainerId,
    bundle: &Path,
    spec: &Spec,
    status: Status,
) -> Result<Option<Seccomp>, Error> {
    let Some(seccomp) = &spec.linux.seccomp else { return Ok(None) };
    let profile = profile(seccomp)?;
    let filter = profile.compile(Machine::HERE)?;
    let listener = match &seccomp.listener_path {
        Some(path) if filter.notifies() => Some(Listener {
            socket: connected(path)?,
            message: message(
                &HookState {
                    oci_version: &spec.oci_version,
                    id,
                    status,
                    pid: MARK,
                    bundle,
                    annotations: &spec.annotations,
                },
                seccomp.listener_metadata.as_deref().unwrap_or_default(),
            ),
        }),
        _ => None,
    };
    Ok(Some(Seccomp { filter, listener }))
}

fn profile(seccomp: &spec::Seccomp) -> Result<Profile, Error> {
    let mut profile = Profile::new(action(seccomp.default_action, seccomp.default_errno_ret)?);
    profile.architectures = seccomp.architectures.iter().map(|one| architecture(*one)).collect();
    profile.flags = seccomp.flags.iter().fold(Flags::NONE, |flags, flag| {
        flags
            | match flag {
                spec::FilterFlag::Log => Flags::LOG,
                spec::FilterFlag::SpecAllow => Flags::SPEC_ALLOW,
                spec::FilterFlag::WaitKillableRecv => Flags::WAIT_KILLABLE_RECV,
            }
    });
    for syscall in &seccomp.syscalls {
        let arguments = syscall.args.iter().map(argument).collect::<Result<Vec<_>, _>>()?;
        let action = action(syscall.action, syscall.errno_ret)?;
        profile.rules.push(Rule::new(syscall.names.iter().cloned(), action).when(arguments));
    }
    Ok(profile)
}

fn action(action: spec::Action, number: Option<u32>) -> Result<Action, Error> {
    const EPERM: u16 = 1;
    let number = match number.map(u16::try_from) {
        None => EPERM,
        Some(Ok(number)) => number,
        Some(Err(_)) => return Err(Error::ErrnoRange(number.unwrap_or_default())),
    };
    Ok(match action {
        spec::Action::Kill | spec::Action::KillThread => Action::KillThread,
        spec::Action::KillProcess => Action::KillProcess,
        spec::Action::Trap => Action::Trap,
        spec::Action::Errno => Action::Errno(number),
        spec::Action::Trace => Action::Trace(number),
        spec::Action::Allow => Action::Allow,
        spec::Action::Log => Action::Log,
        spec::Action::Notify => Action::Notify,
    })
}

const fn architecture(architecture: spec::Architecture) -> Architecture {
    match architecture {
        spec::Architecture::X86_64 => Architecture::X86_64,
        spec::Architecture::X86 => Architecture::X86,
        spec::Architecture::X32 => Architecture::X32,
        spec::Architecture::Aarch64 => Architecture::Aarch64,
        spec::Architecture::Arm => Architecture::Arm,
        // No program of these runs on a kernel that we run on.
        _ => Architecture::Foreign("another machine's"),
    }
}

fn argument(argument: &spec::Argument) -> Result<Argument, Error> {
    let value = argument.value;
    let operator = match argument.op {
        spec::Operator::NotEqual => Operator::NotEqual(value),
        spec::Operator::LessThan => Operator::Less(value),
        spec::Operator::LessOrEqual => Operator::LessOrEqual(value),
        spec::Operator::Equal => Operator::Equal(value),
        spec::Operator::GreaterOrEqual => Operator::GreaterOrEqual(value),
        spec::Operator::GreaterThan => Operator::Greater(value),
        spec::Operator::MaskedEqual => Operator::MaskedEqual { mask: value, value: argument.value_two },
    };
    Ok(Argument::new(argument.index.into(), operator)?)
}

fn connected(path: &Path) -> Result<OwnedFd, Error> {
    let failed = |errno| Error::File { doing: "connect to the agent at", path: path.to_owned(), errno };
    let socket =
        socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).map_err(failed)?;
    connect(&socket, &SocketAddrUnix::new(path).map_err(failed)?).map_err(failed)?;
    Ok(socket)
}

/// No process has this id: it stands for one that is not known yet.
const MARK: i32 = i32::MAX;

/// What the agent is told: `config-linux.md`, "The container process state".
fn message(state: &HookState<'_>, metadata: &str) -> Vec<Part> {
    let text = json!({
        "ociVersion": state.oci_version,
        "fds": ["seccompFd"],
        "pid": MARK,
        "metadata": metadata,
        "state": state,
    })
    .to_string();
    // In a string of JSON there is a backslash before each quotation mark, so this is found only where it was put.
    let parts: Vec<Part> =
        text.split(&format!("\"pid\":{MARK}")).map(|part| Part::Bytes(part.as_bytes().into())).collect();
    let mut message = Vec::with_capacity(parts.len() * 3);
    for part in parts {
        if !message.is_empty() {
            message.extend([Part::Bytes(b"\"pid\":".as_slice().into()), Part::Pid]);
        }
        message.push(part);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agent_is_told_the_process_id_in_both_places() {
        let id = ContainerId::new("one").unwrap();
        let annotations = [("a".to_owned(), "\"pid\":2147483647".to_owned())].into();
        let state = HookState {
            oci_version: "1.0.2",
            id: &id,
            status: Status::Creating,
            pid: MARK,
            bundle: Path::new("/bundle"),
            annotations: &annotations,
        };
        let message = message(&state, "key");
        assert_eq!(message.iter().filter(|part| matches!(part, Part::Pid)).count(), 2);
        let text: Vec<u8> = message
            .iter()
            .flat_map(|part| match part {
                Part::Bytes(bytes) => bytes.to_vec(),
                Part::Pid => b"42".to_vec(),
            })
            .collect();
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!((&value["pid"], &value["state"]["pid"]), (&json!(42), &json!(42)));
        assert_eq!(value["state"]["annotations"]["a"], "\"pid\":2147483647");
    }
}
