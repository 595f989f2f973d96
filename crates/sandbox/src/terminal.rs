//! A pseudo-terminal of the payload's own, relayed to ours.
//!
//! The payload never holds our terminal, so it cannot push keystrokes into it (`TIOCSTI`) or read what comes after it.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use insula_sys::signal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

use crate::child::{Child, Status};
use crate::error::Error;
use crate::sandbox::Sandbox;
use crate::stdio::Stream;
use crate::supervise::Supervisor;

/// A pseudo-terminal between the payload and ours. Ours is restored when this value goes.
#[derive(Debug)]
pub struct Terminal {
    master: OwnedFd,
    ours: Option<Ours>,
}

/// Our terminal as it was.
#[derive(Debug)]
struct Ours {
    terminal: OwnedFd,
    before: Termios,
}

impl Terminal {
    /// Makes a pseudo-terminal of the size of ours, and puts the sandbox on its other side: as its three standard
    /// streams, and as the controlling terminal of a new session.
    ///
    /// Ours is set to raw mode: what is typed goes through as it is. Without a terminal on standard input there is
    /// nothing to set, and what comes in is what the payload sees typed.
    /// # Errors
    /// [`Error::Caller`] when there is no `/dev/ptmx` or no pseudo-terminal left.
    pub fn open(sandbox: &mut Sandbox) -> Result<Self, Error> {
        let failed = |errno| Error::Caller { what: "open a pseudo-terminal", errno };
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = rustix::pty::openpt(flags).map_err(failed)?;
        rustix::pty::unlockpt(&master).map_err(failed)?;
        let slave = open_slave(&master).map_err(failed)?;
        let input = rustix::stdio::stdin();
        let ours = if isatty(input) {
            let terminal = rustix::io::fcntl_dupfd_cloexec(input, 3).map_err(failed)?;
            let before = tcgetattr(&terminal).map_err(failed)?;
            tcsetwinsize(&master, tcgetwinsize(&terminal).map_err(failed)?).map_err(failed)?;
            tcsetattr(&slave, OptionalActions::Now, &before).map_err(failed)?;
            Some(Ours { terminal, before })
        } else {
            None
        };
        for stream in &mut sandbox.stdio.streams {
            *stream = Stream::Fd(slave.try_clone().map_err(|error| failed(errno(&error)))?);
        }
        sandbox.stdio.controlling_terminal = true;
        Ok(Self { master, ours })
    }

    /// Relays until `child` ends; signals pass as `supervisor` has it, and a new size of our window goes to the
    /// payload's.
    ///
    /// # Errors
    /// [`Error::Caller`] when neither side can be read or written any more.
    pub fn relay(&self, supervisor: &Supervisor, child: &Child) -> Result<Status, Error> {
        if let Some(ours) = &self.ours {
            let mut raw = ours.before.clone();
            raw.make_raw();
            tcsetattr(&ours.terminal, OptionalActions::Flush, &raw)
                .map_err(|errno| Error::Caller { what: "set the terminal to raw mode", errno })?;
        }
        let status = Relay::new(self, supervisor, child)?.run();
        self.restore();
        status
    }

    fn restore(&self) {
        if let Some(ours) = &self.ours {
            // If our terminal is gone there is nothing to restore.
            let _ = tcsetattr(&ours.terminal, OptionalActions::Flush, &ours.before);
        }
    }

    /// Our window has another size.
    fn resize(&self) {
        if let Some(size) = self.ours.as_ref().and_then(|ours| tcgetwinsize(&ours.terminal).ok()) {
            let _ = tcsetwinsize(&self.master, size);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// Opens the other side through the master (`TIOCGPTPEER`), so that no path can lead elsewhere.
fn open_slave(master: &OwnedFd) -> Result<OwnedFd, Errno> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    match rustix::pty::ioctl_tiocgptpeer(master, flags) {
        Err(Errno::NOTTY | Errno::INVAL) => {
            let name = rustix::pty::ptsname(master, Vec::new())?;
            rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())
        }
        other => other,
    }
}

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

    fn drain(&mut self, to: BorrowedFd<'_>) {
        match rustix::io::write(to, &self.buffer[self.start..self.end]) {
            Ok(count) => self.start += count,
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => {
                self.start = self.end;
                self.open = false;
            }
        }
    }
}

struct Relay<'a> {
    terminal: &'a Terminal,
    supervisor: &'a Supervisor,
    child: &'a Child,
    signals: OwnedFd,
    input: Flow,
    output: Flow,
    /// Whether the end of our input has been told to the payload.
    told_end: bool,
}

impl<'a> Relay<'a> {
    fn new(terminal: &'a Terminal, supervisor: &'a Supervisor, child: &'a Child) -> Result<Self, Error> {
        let signals = signal::descriptor(supervisor.waited())
            .map_err(|errno| Error::Caller { what: "wait for signals", errno })?;
        let (input, output) = (Flow::new(), Flow::new());
        Ok(Self { terminal, supervisor, child, signals, input, output, told_end: false })
    }

    fn run(mut self) -> Result<Status, Error> {
        let mut ended = None;
        loop {
            // What the payload has printed before its end is still to come out.
            if ended.is_some() && !self.output_pending()? {
                return ended.ok_or(Error::Caller { what: "wait for the process", errno: Errno::CHILD });
            }
            if ended.is_none() {
                self.wait()?;
                ended = self.take_signals()?;
            }
            if self.output.is_empty() && self.output.open {
                if readable(self.terminal.master.as_fd())? {
                    self.output.fill(self.terminal.master.as_fd());
                }
            } else if !self.output.is_empty() {
                self.output.drain(rustix::stdio::stdout());
            }
            self.pass_input()?;
        }
    }

    /// Waits until something can be moved, or a signal is there.
    fn wait(&self) -> Result<(), Error> {
        let master = self.terminal.master.as_fd();
        let mut master_events = PollFlags::empty();
        master_events.set(PollFlags::IN, self.output.is_empty() && self.output.open);
        master_events.set(PollFlags::OUT, !self.input.is_empty());
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

    fn output_pending(&mut self) -> Result<bool, Error> {
        Ok(!self.output.is_empty() || (self.output.open && readable(self.terminal.master.as_fd())?))
    }

    fn pass_input(&mut self) -> Result<(), Error> {
        if self.input.is_empty() && self.input.open && readable(rustix::stdio::stdin())? {
            self.input.fill(rustix::stdio::stdin());
        }
        if !self.input.is_empty() {
            if writable(self.terminal.master.as_fd())? {
                self.input.drain(self.terminal.master.as_fd());
            }
        } else if !self.input.open && !self.told_end {
            // A terminal has no end; the key that says so is what a program waits for.
            const END_OF_TRANSMISSION: &[u8] = b"\x04";
            self.told_end = rustix::io::write(&self.terminal.master, END_OF_TRANSMISSION).is_ok();
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
