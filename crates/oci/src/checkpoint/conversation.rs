//! What is said to criu, and what it says: `criu swrk`, criu's `images/rpc.proto`.

use std::fs;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use insula_sandbox::{Child, Passed, Sandbox};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendFlags,
    Shutdown, SocketFlags, SocketType, recvmsg, sendmsg, shutdown, socketpair,
};
use rustix::process::Pid;

use super::error::{CriuError, last_words};
use super::message::{Fields, Message};
use crate::create::end;
use crate::error::Error;

/// What is asked for: `criu_req_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Dump = 1,
    Restore = 2,
    PreDump = 4,
}

/// `criu_req_type` of what criu asks back.
const NOTIFY: u64 = 6;

/// What criu tells on its way, and waits until it has been heard.
pub(super) struct Notice<'a> {
    /// The name of the event: `--action-script` in `criu(8)`.
    pub(super) event: &'a [u8],
    /// The process that it is about.
    pub(super) process: Option<Pid>,
    /// A descriptor that comes along.
    pub(super) descriptor: Option<OwnedFd>,
}

/// A criu that has been started, and waits for what it is asked.
pub(super) struct Criu {
    child: Child,
    socket: OwnedFd,
}

/// The descriptor by which it is spoken to; those that follow are for what else it is handed.
const SOCKET: i32 = 3;
pub(super) const FIRST_FREE: i32 = SOCKET + 1;

impl Criu {
    /// Starts it with these descriptors, from [`FIRST_FREE`] on, in what `place` says of the surroundings.
    pub(super) fn start(handed: Vec<OwnedFd>, place: impl FnOnce(&mut Sandbox)) -> Result<Self, CriuError> {
        let pair = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
        let (socket, theirs) = pair.map_err(CriuError::Socket)?;
        let mut sandbox = Sandbox::new("criu").args(["swrk", &SOCKET.to_string()]);
        sandbox.stdio.passed = std::iter::once(theirs)
            .chain(handed)
            .zip(SOCKET..)
            .map(|(fd, number)| Passed { fd, number })
            .collect();
        place(&mut sandbox);
        let child = sandbox
            .spawn()
            .map_err(|error| if is_missing(&error) { CriuError::Missing } else { error.into() })?;
        Ok(Self { child, socket })
    }

    /// Its process.
    pub(super) const fn child(&self) -> &Child {
        &self.child
    }

    /// Asks it for something, and hears what it tells until that is done. What `heard` refuses ends it.
    pub(super) fn ask(
        self,
        request: Request,
        options: Message,
        log: &Path,
        failed: impl Fn(CriuError) -> Error,
        mut heard: impl FnMut(Notice<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let asked = Message::default().number(1, request as u64).bytes(2, options);
        let done = self.say(&asked).map_err(&failed).and_then(|()| {
            loop {
                let mut buffer = vec![0; 64 << 10];
                let (length, descriptor) =
                    self.hear(&mut buffer).map_err(CriuError::Socket).map_err(&failed)?;
                let answer = Answer::parse(&buffer[..length]);
                if length == 0 {
                    return Err(failed(CriuError::NoAnswer { log: log.to_owned(), said: errors_in(log) }));
                }
                if !answer.succeeded {
                    return Err(failed(CriuError::Refused { log: log.to_owned(), said: errors_in(log) }));
                }
                if answer.kind != NOTIFY {
                    return Ok(());
                }
                heard(Notice { event: answer.event, process: answer.process, descriptor })?;
                self.say(&Message::default().number(1, NOTIFY).number(3, true)).map_err(&failed)?;
            }
        });
        let _ = shutdown(&self.socket, Shutdown::Both);
        // After memory alone it waits for more, and takes the end for a failure: how it ends tells nothing.
        let _ = self.child.wait();
        done
    }

    fn say(&self, message: &Message) -> Result<(), CriuError> {
        let parts = [IoSlice::new(message.as_ref())];
        let sent = sendmsg(&self.socket, &parts, &mut SendAncillaryBuffer::default(), SendFlags::NOSIGNAL);
        sent.map(drop).map_err(CriuError::Socket)
    }

    fn hear(&self, buffer: &mut [u8]) -> Result<(usize, Option<OwnedFd>), Errno> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(buffer)];
        let received = rustix::io::retry_on_intr(|| {
            recvmsg(self.socket.as_fd(), &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)
        });
        // Its end while something that was said lies unread.
        let length = match received {
            Err(Errno::CONNRESET) => 0,
            other => other?.bytes,
        };
        let descriptor = ancillary.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        Ok((length, descriptor))
    }
}

impl Drop for Criu {
    /// Nobody else is to have it, and what it was not asked for it has not begun.
    fn drop(&mut self) {
        end(&self.child);
    }
}

/// What criu says: `criu_resp`.
struct Answer<'a> {
    kind: u64,
    succeeded: bool,
    event: &'a [u8],
    process: Option<Pid>,
}

impl<'a> Answer<'a> {
    fn parse(text: &'a [u8]) -> Self {
        let number = |text, field| Fields::find(text, field).and_then(super::message::Value::as_number);
        let bytes = |text, field| Fields::find(text, field).and_then(super::message::Value::as_bytes);
        let notify = bytes(text, 5).unwrap_or_default();
        Self {
            kind: number(text, 1).unwrap_or(0),
            succeeded: number(text, 2) == Some(1),
            event: bytes(notify, 1).unwrap_or_default(),
            process: number(notify, 2).and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)),
        }
    }
}

fn errors_in(log: &Path) -> String {
    fs::read(log).map_or_else(|_| String::new(), |text| last_words(&String::from_utf8_lossy(&text)))
}

/// Whether a start failed because nowhere in `PATH` there is such a program.
fn is_missing(error: &insula_sandbox::Error) -> bool {
    use insula_sandbox::{Action, StartFailure};
    matches!(
        error,
        insula_sandbox::Error::Start(StartFailure { action: Action::Execute(_), errno: Errno::NOENT, .. })
    )
}
