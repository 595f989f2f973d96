//! The person at a terminal: types, looks, resizes the window, hangs up.

use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use insula_sandbox::{Child, Sandbox, Status, Stream};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// How long anything may take before we give up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal with `insula` on it.
pub(crate) struct Pseudo {
    master: OwnedFd,
    slave: OwnedFd,
    child: Child,
    seen: String,
}

impl Pseudo {
    /// Starts `insula` with these words on a new terminal of 24 lines and 80 columns.
    pub(crate) fn start(words: &[&str]) -> Self {
        Self::start_with(words, None)
    }

    /// The same, with standard output elsewhere.
    pub(crate) fn start_with(words: &[&str], output: Option<OwnedFd>) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(name, flags, Mode::empty()).unwrap();
        let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_insula")).args(words);
        sandbox = sandbox.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        let stream = || Stream::Fd(slave.try_clone().unwrap());
        sandbox.stdio.streams = [stream(), output.map_or_else(stream, Stream::Fd), stream()];
        sandbox.stdio.session = insula_sandbox::Session::Terminal;
        tcsetwinsize(&master, size(24, 80)).unwrap();
        let child = sandbox.spawn().unwrap();
        Self { master, slave, child, seen: String::new() }
    }

    /// The process id of `insula`.
    pub(crate) fn pid(&self) -> Pid {
        self.child.pid()
    }

    /// Presses keys.
    pub(crate) fn types(&self, keys: &str) {
        let written = rustix::io::write(&self.master, keys.as_bytes()).unwrap();
        assert_eq!(written, keys.len());
    }

    /// Gives the window another size.
    pub(crate) fn resize(&self, lines: u16, columns: u16) {
        tcsetwinsize(&self.master, size(lines, columns)).unwrap();
    }

    /// Looks until `words` are there.
    pub(crate) fn sees(&mut self, words: &str) {
        let begin = Instant::now();
        while !self.seen.contains(words) {
            assert!(begin.elapsed() < PATIENCE && self.look(), "`{words}` is not in: {}", self.seen);
        }
    }

    /// All that was seen.
    pub(crate) fn seen(&self) -> &str {
        &self.seen
    }

    /// Sends `insula` a signal.
    pub(crate) fn signals(&self, signal: Signal) {
        self.child.signal(signal).unwrap();
    }

    /// Looks until `insula` has ended, and a little longer; its status.
    pub(crate) fn ends(&mut self) -> u8 {
        let begin = Instant::now();
        loop {
            let mut polled = [PollFd::from_borrowed_fd(self.child.as_fd(), PollFlags::IN)];
            let ended = poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 1_000_000 })).unwrap() > 0;
            while self.readable() && self.look() {}
            if ended {
                return self.child.wait().map(Status::code).unwrap();
            }
            if begin.elapsed() > PATIENCE {
                self.child.signal(Signal::KILL).unwrap();
                panic!("it does not end; seen so far: {}", self.seen);
            }
        }
    }

    /// Closes the window; what is left is `insula`, and it has to end too.
    pub(crate) fn hangs_up(self) -> u8 {
        drop((self.master, self.slave));
        self.child.wait().map(Status::code).unwrap()
    }

    /// Whether the terminal's settings are those that it was made with.
    pub(crate) fn is_as_at_first(&self) -> bool {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        modes(&tcgetattr(&self.slave).unwrap()) == modes(&tcgetattr(master).unwrap())
    }

    fn readable(&self) -> bool {
        let mut polled = [PollFd::new(&self.master, PollFlags::IN)];
        poll(&mut polled, Some(&Timespec::default())).unwrap() > 0
    }

    /// Reads what there is, or waits a second for something; whether there can be more.
    fn look(&mut self) -> bool {
        let mut polled = [PollFd::new(&self.master, PollFlags::IN)];
        if poll(&mut polled, Some(&Timespec { tv_sec: 1, tv_nsec: 0 })).unwrap() == 0 {
            return true;
        }
        let mut buffer = [0; 4096];
        let count = rustix::io::read(&self.master, &mut buffer).unwrap_or(0);
        self.seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
        count > 0
    }
}

const fn size(lines: u16, columns: u16) -> Winsize {
    Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

fn modes(settings: &Termios) -> [u32; 4] {
    [
        settings.input_modes.bits(),
        settings.output_modes.bits(),
        settings.control_modes.bits(),
        settings.local_modes.bits(),
    ]
}
