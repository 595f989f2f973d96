//! The same command inside the world of a lab, where its caller is root.

use std::ffi::OsString;
use std::os::fd::OwnedFd;

use insula_engine::lab::{Labs, PROGRAM, Source, Topology};
use insula_engine::set::{Set, SetName};
use insula_engine::target::Resolved;
use insula_sandbox::{Forwarding, Sandbox, Stream, Supervisor};
use rustix::fs::MemfdFlags;
use rustix::io::Errno;

use crate::commands::enter;
use crate::diagnosis::explain;
use crate::report::Failure;

/// The world of a lab, if the caller's labs have one each.
pub(super) fn world(labs: &Labs, name: &SetName) -> Result<Option<Set>, Failure> {
    if labs.need_worlds() { labs.world(name).map(Some).map_err(super::up::explain) } else { Ok(None) }
}

/// Runs `insula WORDS` in a world; its exit status. It gets `input`, or the caller's standard input.
pub(super) fn run(world: Set, words: Vec<OsString>, input: Option<&[u8]>) -> Result<u8, Failure> {
    let failed = |errno: Errno| Failure::from(errno).context("cannot run this program inside of the lab");
    let supervisor = Supervisor::begin(Forwarding::Sent)?;
    let mut sandbox = Sandbox::new(PROGRAM).args(words);
    sandbox.command.name = Some("insula".into());
    if let Some(input) = input {
        sandbox.stdio.streams[0] = Stream::Fd(file_of(input).map_err(failed)?);
    }
    enter::place_in(&mut sandbox, &Resolved::Set(world))?;
    let child = supervisor.prepare(sandbox).spawn().map_err(|error| explain(&error))?;
    Ok(supervisor.wait(&child)?.code())
}

/// What the command inside reads instead of the file, which it may not see.
pub(super) fn prepared(source: &Source) -> Result<Vec<u8>, Failure> {
    Ok(serde_json::to_vec(source)?)
}

/// Reads that.
pub(super) fn read_prepared() -> Result<(Source, Topology), Failure> {
    let source: Source = serde_json::from_reader(std::io::stdin())?;
    let topology = source.topology()?;
    Ok((source, topology))
}

fn file_of(bytes: &[u8]) -> Result<OwnedFd, Errno> {
    use std::io::{Seek as _, Write as _};
    let file = rustix::fs::memfd_create(c"insula-lab", MemfdFlags::CLOEXEC)?;
    let mut file = std::fs::File::from(file);
    let written = file.write_all(bytes).and_then(|()| file.rewind());
    written.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    Ok(file.into())
}
