//! Looking again and again: the pause between two looks, and a screen of which only changed lines are drawn again.

use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use insula_sys::signal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::{stdio, termios};

use crate::args::{Arg, Invalid, text};
use crate::output;
use crate::report::Failure;

/// What `--watch` was given: how long to wait between two looks, a second if it says nothing.
pub(super) fn pause(seconds: Option<Arg>) -> Result<Duration, Invalid> {
    let seconds = seconds.map_or(Ok(1.0), |seconds| text(seconds)?.parse::<f64>().map_err(Invalid::from))?;
    let pause = Duration::try_from_secs_f64(seconds)?;
    if pause < Duration::from_millis(50) {
        return Err(Invalid("the shortest pause is 0.05 seconds".to_owned()));
    }
    Ok(pause)
}

/// Waits between looks, until a signal ends it.
#[derive(Debug)]
pub(super) struct Pauses {
    signals: OwnedFd,
    pause: Duration,
}

impl Pauses {
    /// From now on signals that end a program are taken from a descriptor, so that the terminal is left in order.
    pub(super) fn new(pause: Duration) -> Result<Self, Failure> {
        let ends = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw);
        let set =
            ends.into_iter().map(signal::bit).fold(signal::bit(Signal::WINCH.as_raw()), |set, bit| set | bit);
        signal::block(set).map_err(failed)?;
        Ok(Self { signals: signal::descriptor(set).map_err(failed)?, pause })
    }

    /// Waits until the pause that began at `since` is over, or the terminal has another size; the exit status if a signal
    /// came that ends the program, 0 for the one that a user sends by a key.
    pub(super) fn wait(&self, since: Instant) -> Result<Option<u8>, Failure> {
        let next = since + self.pause;
        loop {
            let left = next.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            let mut ready = [PollFd::new(&self.signals, PollFlags::IN)];
            match poll(&mut ready, Some(&left)) {
                Ok(0) => return Ok(None),
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(failed(errno)),
            }
            if !ready[0].revents().is_empty() {
                let taken = signal::read_descriptor(self.signals.as_fd()).map_err(failed)?;
                if taken.signal == Signal::WINCH.as_raw() {
                    return Ok(None);
                }
                let by_key = taken.signal == Signal::INT.as_raw();
                return Ok(Some(if by_key {
                    0
                } else {
                    u8::try_from(128 + taken.signal).unwrap_or(u8::MAX)
                }));
            }
        }
    }
}

fn failed(errno: Errno) -> Failure {
    Failure::from(errno).context("cannot wait for signals")
}

/// A terminal, and what is on it.
#[derive(Debug)]
pub(super) struct Screen {
    lines: Vec<Vec<u8>>,
    /// Columns and rows.
    size: (usize, usize),
}

impl Screen {
    /// The terminal that standard output is, if it is one: the alternate screen, without cursor and line wrap.
    pub(super) fn open() -> Result<Option<Self>, Failure> {
        if !termios::isatty(stdio::stdout()) {
            return Ok(None);
        }
        output::print("\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J")?;
        Ok(Some(Self { lines: Vec::new(), size: (0, 0) }))
    }

    /// Leaves the terminal as it was.
    #[expect(clippy::unused_self, reason = "there is something to close only where something was opened")]
    pub(super) fn close(&self) -> Result<(), Failure> {
        output::print("\x1b[?7h\x1b[?25h\x1b[?1049l")
    }

    /// Draws the text that `text` makes for a width in columns.
    pub(super) fn draw(&mut self, text: impl FnOnce(usize) -> Vec<u8>) -> Result<(), Failure> {
        let size = termios::tcgetwinsize(stdio::stdout())
            .map_or((80, 24), |size| (size.ws_col.max(1).into(), size.ws_row.max(1).into()));
        let mut out = Vec::new();
        if size != self.size {
            self.size = size;
            self.lines.clear();
            out.extend_from_slice(b"\x1b[2J");
        }
        let text = text(size.0);
        let mut lines: Vec<Vec<u8>> = text.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        lines.pop(); // Behind the last line break.
        if lines.len() > size.1 {
            let more = lines.len() - (size.1 - 1);
            lines.truncate(size.1 - 1);
            lines.push(format!("… and {more} more").into_bytes());
        }
        for row in 0..lines.len().max(self.lines.len()) {
            let line = lines.get(row);
            if line != self.lines.get(row) {
                out.extend_from_slice(format!("\x1b[{};1H", row + 1).as_bytes());
                out.extend_from_slice(line.map_or(b"", Vec::as_slice));
                out.extend_from_slice(b"\x1b[K");
            }
        }
        self.lines = lines;
        output::print(out)
    }
}
