//! What engines are told beside the output: process ids in files, descriptors over sockets.

use std::fs;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::process::Pid;

use crate::args::Arg;
use crate::report::Failure;

/// Writes a process id into a file, which is never there without it: it is renamed when it is written.
pub(super) fn write_pid(path: Arg, pid: Pid) -> Result<(), Failure> {
    let path = Path::new(path);
    let failed = |error| Failure::from(error).context(&format!("cannot write pid file `{}`", path.display()));
    let Some(name) = path.file_name() else {
        return Err(Failure::new(format!("pid file `{}` has no name", path.display())));
    };
    let mut draft = std::ffi::OsString::from(".");
    draft.push(name);
    let draft = path.with_file_name(draft);
    let written = fs::write(&draft, pid.as_raw_pid().to_string()).and_then(|()| fs::rename(&draft, path));
    written.map_err(|error| {
        let _ = fs::remove_file(&draft);
        failed(error)
    })
}

/// Connects to the socket of whoever takes a descriptor.
pub(super) fn connect(path: Arg) -> Result<OwnedFd, Failure> {
    let connected = UnixStream::connect(Path::new(path)).map_err(|error| {
        Failure::from(error).context(&format!("cannot connect to socket `{}`", path.display()))
    })?;
    Ok(connected.into())
}

/// Sends a pidfd to a socket, with the word that runc sends along.
pub(super) fn send_pidfd(path: Arg, process: impl AsFd, word: &str) -> Result<(), Failure> {
    let socket = connect(path)?;
    insula_sys::descriptor::send(&socket, process, word.as_bytes()).map_err(|errno| {
        Failure::from(errno).context(&format!("cannot send a pidfd to socket `{}`", path.display()))
    })
}
