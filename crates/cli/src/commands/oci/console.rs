//! Who has the controlling side of a container's terminal.

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use insula_sandbox::Terminal;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SocketFlags,
    SocketType, recvmsg, socketpair,
};

use super::files;
use crate::args::Arg;
use crate::diagnosis;
use crate::report::Failure;

/// Where the controlling side goes.
#[derive(Debug)]
pub(super) struct Console {
    /// What the container is given: nothing, if nobody takes it.
    pub(super) socket: Option<OwnedFd>,
    /// Where it comes out if it is for us.
    ours: Option<OwnedFd>,
}

impl Console {
    /// Over the socket of an engine, if one is named; else to us, if `attended`: if we are there as long as the process is and it
    /// wants a terminal.
    pub(super) fn new(named: Option<Arg>, attended: bool) -> Result<Self, Failure> {
        if let Some(path) = named {
            return Ok(Self { socket: Some(files::connect(path)?), ours: None });
        }
        if !attended {
            return Ok(Self { socket: None, ours: None });
        }
        let pair = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
        let (socket, ours) =
            pair.map_err(|errno| Failure::from(errno).context("cannot make a pair of sockets"))?;
        Ok(Self { socket: Some(socket), ours: Some(ours) })
    }

    /// The terminal to relay to ours, when the process has been started.
    pub(super) fn terminal(&self) -> Result<Option<Terminal>, Failure> {
        let Some(ours) = &self.ours else { return Ok(None) };
        let adopted = Terminal::adopt(receive(ours)?);
        adopted.map(Some).map_err(|error| diagnosis::explain(&error).exit(super::EXITS.failed))
    }
}

/// The descriptor that was sent.
fn receive(socket: &OwnedFd) -> Result<OwnedFd, Failure> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut name = [0; 256];
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    let failed = |errno| Failure::from(errno).context("cannot receive the terminal of the process");
    let received =
        recvmsg(socket, &mut [IoSliceMut::new(&mut name)], &mut ancillary, flags).map_err(failed)?;
    let mut found = None;
    if !received.flags.contains(ReturnFlags::CTRUNC) {
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                found = descriptors.into_iter().next().or(found);
            }
        }
    }
    found.ok_or_else(|| Failure::new("the process sent no terminal"))
}
