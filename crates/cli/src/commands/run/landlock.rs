//! `--landlock`: what the command may do to files, ports and other processes.

use std::os::unix::ffi::OsStrExt as _;

use insula_sandbox::{Access, Effort, Landlock};

use super::values;
use crate::args::{Arg, Invalid};
use crate::output;

/// Adds one rule: `ro=PATH`, `rw=PATH`, `exec=PATH`, `tcp-connect=PORT`, `tcp-bind=PORT` (or `none`), `scope=signal`,
/// `scope=abstract-unix-socket`.
pub(super) fn add(landlock: &mut Landlock, rule: Arg) -> Result<(), Invalid> {
    let unknown = || {
        Invalid(
            "expected ro=, rw= or exec= and a path, tcp-connect= or tcp-bind= and a port or none, or scope="
                .to_owned(),
        )
    };
    let bytes = rule.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b'=').ok_or_else(unknown)?;
    let (word, value) = (&bytes[..at], &bytes[at + 1..]);
    match word {
        b"ro" => landlock.paths.push((values::path(value)?, Access::Read)),
        b"rw" => landlock.paths.push((values::path(value)?, Access::Write)),
        b"exec" => landlock.paths.push((values::path(value)?, Access::Execute)),
        b"tcp-connect" => port(landlock.connect_tcp.get_or_insert_default(), value)?,
        b"tcp-bind" => port(landlock.bind_tcp.get_or_insert_default(), value)?,
        b"scope" => match value {
            b"signal" => landlock.scope_signal = true,
            b"abstract-unix-socket" => landlock.scope_abstract_unix_socket = true,
            _ => return Err(Invalid("expected scope=signal or scope=abstract-unix-socket".to_owned())),
        },
        _ => return Err(unknown()),
    }
    Ok(())
}

fn port(ports: &mut Vec<u16>, value: &[u8]) -> Result<(), Invalid> {
    if value != b"none" {
        ports.push(std::str::from_utf8(value)?.parse()?);
    }
    Ok(())
}

/// The restrictions; with `--best-effort`, without those that this kernel lacks, which are told.
pub(super) fn restrictions(landlock: &Landlock, best_effort: bool) -> Landlock {
    if !best_effort {
        return landlock.clone();
    }
    let lacking = landlock.lacking(insula_sys::landlock::version().unwrap_or(0));
    if !lacking.is_empty() {
        output::complain(&format!("insula: going on without restrictions of {}\n", lacking.join(", ")));
    }
    Landlock { effort: Effort::Best, ..landlock.clone() }
}
