//! Standing by while a process runs: signals pass through, and the status comes back.

use std::os::fd::AsFd as _;
use std::time::Duration;

use insula_sys::program::Children;
use insula_sys::signal::{self, Taken};
use rustix::io::Errno;
use rustix::process::Signal;

use crate::child::{Child, Status};
use crate::error::Error;
use crate::sandbox::Sandbox;

/// What happens to signals that the supervising process gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// Those that a process sent by `kill(2)` and that ask a program to do something are passed on. What a key of the
    /// terminal sent is not: the payload is in the foreground process group too, and has got it already.
    Sent,
    /// The same signals, whoever sent them: for a payload in a session of its own, which no key and no hang-up of our
    /// terminal reaches.
    All,
    /// Only these are passed on, however they were sent.
    Only(u64),
}

/// What `Forwarding::Sent` passes on, beside the real-time signals: all with which people and service managers ask for
/// something.
const ASKING: [Signal; 10] = [
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::TERM,
    Signal::WINCH,
    Signal::URG,
    Signal::CONT,
];

/// The real-time signals, 32 to 64: `signal(7)`. Of these, a C library keeps the first two or three for itself.
const REAL_TIME: u64 = !0 << 31;

/// A process that stands by. It blocks the signals that it handles from before the start, so that none is lost.
#[derive(Debug)]
pub struct Supervisor {
    waited: u64,
    forwarding: Forwarding,
    mask_before: u64,
    settled: Option<fn()>,
}

/// A process that runs longer than this is one to wait for with little.
const SHORT: Duration = Duration::from_millis(20);

impl Supervisor {
    /// Blocks, in the calling thread, the signals that are to be passed on, and SIGCHLD.
    ///
    /// # Errors
    /// [`Error::Caller`], which no kernel is known to give cause for.
    pub fn begin(forwarding: Forwarding) -> Result<Self, Error> {
        let failed = |errno| Error::Caller { what: "block signals", errno };
        let forwarded = match forwarding {
            Forwarding::Sent | Forwarding::All => {
                ASKING.iter().fold(REAL_TIME, |set, one| set | signal::bit(one.as_raw()))
            }
            Forwarding::Only(set) => set,
        };
        let waited = forwarded | signal::bit(Signal::CHILD.as_raw());
        let mask_before = signal::block(waited).map_err(failed)?;
        // Where it is ignored, children vanish without a status.
        signal::set_default(Signal::CHILD.as_raw()).map_err(failed)?;
        Ok(Self { waited, forwarding, mask_before, settled: None })
    }

    /// Gives the payload the signal mask that this process had before.
    #[must_use]
    pub fn prepare(&self, mut sandbox: Sandbox) -> Sandbox {
        sandbox.signals.children = Children::Awaited;
        sandbox.signal_mask(self.mask_before)
    }

    /// Has [`wait`](Self::wait) call `settled` once, when the process has run for 20 ms: to give up what only the start
    /// needed. A short process is not made to wait for that.
    #[must_use]
    pub fn when_settled(self, settled: fn()) -> Self {
        Self { settled: Some(settled), ..self }
    }

    /// Passes signals on until `child` ends.
    ///
    /// # Errors
    /// [`Error::Caller`] if somebody else has reaped it.
    pub fn wait(&self, child: &Child) -> Result<Status, Error> {
        let mut settled = self.settled;
        loop {
            let taken = match signal::wait(self.waited, settled.map(|_| SHORT)) {
                Ok(taken) => taken,
                Err(Errno::AGAIN) => {
                    if let Some(settled) = settled.take() {
                        settled();
                    }
                    continue;
                }
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(Error::Caller { what: "wait for a signal", errno }),
            };
            if let Some(status) = self.act(taken, child)? {
                return Ok(status);
            }
        }
    }

    /// As [`wait`](Self::wait), for a process that was started before this value began, and may have ended unnoticed.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_for_started(&self, child: &Child) -> Result<Status, Error> {
        match child.ended(true)? {
            Some(status) => Ok(status),
            None => self.wait(child),
        }
    }

    /// Gives the calling thread back the signal mask that it had before.
    ///
    /// # Errors
    /// [`Error::Caller`], which no kernel is known to give cause for.
    pub fn end(self) -> Result<(), Error> {
        let restored = signal::set_mask(self.mask_before);
        restored.map(drop).map_err(|errno| Error::Caller { what: "unblock signals", errno })
    }

    /// The set of signals that it handles.
    pub(crate) const fn waited(&self) -> u64 {
        self.waited
    }

    /// Does what one signal asks for; the status if it says that `child` has ended.
    pub(crate) fn act(&self, taken: Taken, child: &Child) -> Result<Option<Status>, Error> {
        if taken.signal == Signal::CHILD.as_raw() {
            const CLD_KILLED: i32 = 2;
            const CLD_DUMPED: i32 = 3;
            return child.ended(matches!(taken.code, CLD_KILLED | CLD_DUMPED));
        }
        if self.forwarding != Forwarding::Sent || !taken.from_kernel {
            // It may have ended just now; SIGCHLD will tell.
            let _ = signal::send(child.as_fd(), taken.signal);
        }
        Ok(None)
    }
}
