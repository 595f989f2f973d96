//! Bytes between two terminals.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use insula_sys::signal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr};

use super::Terminal;
use crate::child::{Child, Status};
use crate::error::Error;
use crate::supervise::Supervisor;

/// Bytes on their way from one descriptor to another.
#[derive(Debug)]
struct Flow {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    open: bool,
}

impl Flow {
    fn new() -> Self {
        Self { buffer: vec![0; 16 * 1024].into_boxed_slice(), start: 0, end: 0, open: true }
    }

    const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    fn fill(&mut self, from: BorrowedFd<'_>) {
        match rustix::io::read(from, &mut *self.buffer) {
            Ok(0) => self.open = false,
            Ok(count) => (self.start, self.end) = (0, count),
            Err(Errno::INTR | Errno::AGAIN) => {}
            // The slave's last holder closed it, or our input is gone.
            Err(_) => self.open = false,
        }
    }

    fn drain(&mut self, to: BorrowedFd<'_>) -> Result<(), Errno> {
        match rustix::io::write(to, &self.buffer[self.start..self.end]) {
            Ok(count) => self.start += count,
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(errno),
        }
        Ok(())
    }

    /// What was read last, if nothing of it has been written yet.
    fn last(&self) -> Option<u8> {
        self.buffer[self.start..self.end].last().copied()
    }

    fn discard(&mut self) {
        self.start = self.end;
    }
}

/// The loop that moves bytes both ways, until the payload ends.
pub(super) struct Relay<'a> {
    terminal: &'a Terminal,
    supervisor: &'a Supervisor,
    child: &'a Child,
    signals: OwnedFd,
    input: Flow,
    output: Flow,
    /// Whether nobody reads our output any more.
    unread: bool,
    /// How often the key that ends the input is still to be pressed, once ours has ended: as the first of a line it says
    /// that there is no more; later in a line it only sends off what is there.
    ends: u8,
}

/// The most that is still passed on after the payload's end, in bytes: more than a pseudo-terminal holds. What others
/// that it left behind go on printing would have no end.
const LEFT_BEHIND: usize = 256 * 1024;

impl<'a> Relay<'a> {
    pub(super) fn new(
        terminal: &'a Terminal,
        supervisor: &'a Supervisor,
        child: &'a Child,
    ) -> Result<Self, Error> {
        let signals = signal::descriptor(supervisor.waited())
            .map_err(|errno| Error::Caller { what: "wait for signals", errno })?;
        let (input, output) = (Flow::new(), Flow::new());
        Ok(Self { terminal, supervisor, child, signals, input, output, unread: false, ends: 1 })
    }

    /// `ended` is the status of a payload that has ended before.
    pub(super) fn run(mut self, ended: Option<Status>) -> Result<Status, Error> {
        let status = loop {
            if let Some(status) = ended {
                break status;
            }
            self.wait()?;
            if let Some(status) = self.take_signals()? {
                break status;
            }
            self.pass_output()?;
            self.pass_input()?;
        };
        // What the payload has printed before its end is still to come out.
        let mut left = LEFT_BEHIND;
        while left > 0 && self.output_pending()? {
            left = left.saturating_sub(self.pass_output()?);
        }
        Ok(status)
    }

    /// Moves what there is one step further; the number of bytes that the payload had printed, if that was read.
    fn pass_output(&mut self) -> Result<usize, Error> {
        let master = self.terminal.master.as_fd();
        if !self.output.is_empty() {
            if self.output.drain(rustix::stdio::stdout()).is_err() {
                self.hang_up();
            }
        } else if self.output.open && readable(master)? {
            self.output.fill(master);
            let count = self.output.end - self.output.start;
            if self.unread {
                self.output.discard();
            }
            return Ok(count);
        }
        Ok(0)
    }

    /// Tells the payload that nobody sees what it prints. Should it go on, its output is read and dropped, so that it does
    /// not wait for ever.
    fn hang_up(&mut self) {
        self.output.discard();
        self.unread = true;
        // It may have ended just now.
        let _ = self.child.signal(Signal::HUP);
    }

    /// Waits until something can be moved, or a signal is there.
    fn wait(&self) -> Result<(), Error> {
        let master = self.terminal.master.as_fd();
        let mut master_events = PollFlags::empty();
        master_events.set(PollFlags::IN, self.output.is_empty() && self.output.open);
        let untold = !self.input.open && self.ends > 0;
        master_events.set(PollFlags::OUT, !self.input.is_empty() || untold);
        let mut polled = vec![PollFd::new(&self.signals, PollFlags::IN)];
        if !master_events.is_empty() {
            polled.push(PollFd::from_borrowed_fd(master, master_events));
        }
        if !self.output.is_empty() {
            polled.push(PollFd::from_borrowed_fd(rustix::stdio::stdout(), PollFlags::OUT));
        }
        if self.input.is_empty() && self.input.open {
            polled.push(PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN));
        }
        match poll(&mut polled, None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(Error::Caller { what: "relay the terminal", errno }),
        }
    }

    fn output_pending(&self) -> Result<bool, Error> {
        Ok(!self.output.is_empty() || (self.output.open && readable(self.terminal.master.as_fd())?))
    }

    fn pass_input(&mut self) -> Result<(), Error> {
        if self.input.is_empty() && self.input.open && readable(rustix::stdio::stdin())? {
            self.input.fill(rustix::stdio::stdin());
            if let Some(last) = self.input.last() {
                self.ends = if last == b'\n' { 1 } else { 2 };
            }
        }
        let master = self.terminal.master.as_fd();
        if !self.input.is_empty() {
            if writable(master)? && self.input.drain(master).is_err() {
                self.input.discard();
            }
        } else if !self.input.open && self.ends > 0 {
            // A terminal has no end; the key that says so is what a program waits for.
            let end = tcgetattr(&self.terminal.slave)
                .map_or(0x04, |settings| settings.special_codes[SpecialCodeIndex::VEOF]);
            match rustix::io::write(master, &[end]) {
                Err(Errno::INTR | Errno::AGAIN) => {}
                _ => self.ends -= 1,
            }
        }
        Ok(())
    }

    fn take_signals(&self) -> Result<Option<Status>, Error> {
        if !readable(self.signals.as_fd())? {
            return Ok(None);
        }
        let taken = signal::read_descriptor(self.signals.as_fd())
            .map_err(|errno| Error::Caller { what: "wait for signals", errno })?;
        if taken.signal == Signal::WINCH.as_raw() {
            self.terminal.resize();
            return Ok(None);
        }
        if taken.signal == Signal::CONT.as_raw() {
            // While we were stopped, the shell had the terminal as it likes it.
            let _ = self.terminal.take_over(OptionalActions::Drain);
            self.terminal.resize();
        }
        self.supervisor.act(taken, self.child)
    }
}

fn readable(fd: BorrowedFd<'_>) -> Result<bool, Error> {
    ready(fd, PollFlags::IN)
}

fn writable(fd: BorrowedFd<'_>) -> Result<bool, Error> {
    ready(fd, PollFlags::OUT)
}

fn ready(fd: BorrowedFd<'_>, events: PollFlags) -> Result<bool, Error> {
    let mut polled = [PollFd::from_borrowed_fd(fd, events)];
    match poll(&mut polled, Some(&rustix::event::Timespec::default())) {
        // A hang-up or an error is found out by the read or write that follows.
        Ok(count) => Ok(count > 0),
        Err(Errno::INTR) => Ok(false),
        Err(errno) => Err(Error::Caller { what: "relay the terminal", errno }),
    }
}
