//! A pseudo-terminal of the payload's own, relayed to ours.
//!
//! The payload never holds our terminal, so it cannot push keystrokes into it (`TIOCSTI`) or read what comes after it.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use insula_sys::signal;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Signal;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};

use crate::child::{Child, Status};
use crate::error::Error;
use crate::mounts::Mount;
use crate::sandbox::Sandbox;
use crate::stdio::{Session, Stream};
use crate::supervise::Supervisor;

mod relay;

use relay::Relay;

/// A pseudo-terminal between the payload and ours. Ours is restored when this value goes.
#[derive(Debug)]
pub struct Terminal {
    master: OwnedFd,
    /// Held open, so that the master does not report a hang-up when the payload closes its streams and goes on.
    slave: OwnedFd,
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
        // A full pseudo-terminal must not keep us from taking out what the payload prints.
        rustix::fs::fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK).map_err(failed)?;
        rustix::pty::unlockpt(&master).map_err(failed)?;
        let slave = open_slave(&master).map_err(failed)?;
        let ours = Ours::settle(&master, &slave).map_err(failed)?;
        for stream in &mut sandbox.stdio.streams {
            *stream = Stream::Fd(slave.try_clone().map_err(|error| failed(errno(&error)))?);
        }
        sandbox.stdio.session = Session::Terminal;
        name_in_new_dev(sandbox, &master, &slave);
        Ok(Self { master, slave, ours })
    }

    /// Takes the controlling side of a terminal of the payload's own ([`Console`](crate::Console)), gives that the size and the
    /// settings of ours, and sets ours to raw mode when it is [relayed](Self::relay_started).
    ///
    /// # Errors
    /// [`Error::Caller`] when `master` is no such thing.
    pub fn adopt(master: OwnedFd) -> Result<Self, Error> {
        let failed = |errno| Error::Caller { what: "use the pseudo-terminal of the process", errno };
        rustix::fs::fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK).map_err(failed)?;
        let slave = open_slave(&master).map_err(failed)?;
        let ours = Ours::settle(&master, &slave).map_err(failed)?;
        Ok(Self { master, slave, ours })
    }

    /// Relays until `child` ends; signals pass as `supervisor` has it, and a new size of our window goes to the
    /// payload's.
    ///
    /// # Errors
    /// [`Error::Caller`] when neither side can be read or written any more.
    pub fn relay(&self, supervisor: &Supervisor, child: &Child) -> Result<Status, Error> {
        self.relay_from(supervisor, child, |_| Ok(None))
    }

    /// As [`relay`](Self::relay), for a process that was started before `supervisor` began, and may have ended unnoticed.
    ///
    /// # Errors
    /// As [`relay`](Self::relay).
    pub fn relay_started(&self, supervisor: &Supervisor, child: &Child) -> Result<Status, Error> {
        self.relay_from(supervisor, child, |child| child.ended(true))
    }

    /// `ended` tells whether `child` has ended before there was a signal to tell it.
    fn relay_from(
        &self,
        supervisor: &Supervisor,
        child: &Child,
        ended: fn(&Child) -> Result<Option<Status>, Error>,
    ) -> Result<Status, Error> {
        self.take_over(OptionalActions::Flush)
            .map_err(|errno| Error::Caller { what: "set the terminal to raw mode", errno })?;
        // If nobody reads our output any more, we are to give the terminal back before we end.
        signal::set_ignored(Signal::PIPE.as_raw())
            .map_err(|errno| Error::Caller { what: "ignore a signal", errno })?;
        let status = Relay::new(self, supervisor, child)?.run(ended(child)?);
        self.restore();
        status
    }

    /// Sets ours to raw mode.
    fn take_over(&self, when: OptionalActions) -> Result<(), Errno> {
        let Some(ours) = &self.ours else { return Ok(()) };
        let mut raw = ours.before.clone();
        raw.make_raw();
        tcsetattr(&ours.terminal, when, &raw)
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

impl Ours {
    /// Gives the other terminal the size and the settings of the one on standard input, if there is one.
    fn settle(master: &OwnedFd, slave: &OwnedFd) -> Result<Option<Self>, Errno> {
        let input = rustix::stdio::stdin();
        if !isatty(input) {
            return Ok(None);
        }
        let terminal = rustix::io::fcntl_dupfd_cloexec(input, 3)?;
        let before = tcgetattr(&terminal)?;
        tcsetwinsize(master, tcgetwinsize(&terminal)?)?;
        tcsetattr(slave, OptionalActions::Now, &before)?;
        Ok(Some(Self { terminal, before }))
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

/// Makes the pseudo-terminal the console of a new `/dev`, whose own pseudo-terminals it is none of: without any name
/// there, `ttyname(3)` says that there is no terminal at all.
fn name_in_new_dev(sandbox: &mut Sandbox, master: &OwnedFd, slave: &OwnedFd) {
    let Ok(name) = rustix::pty::ptsname(master, Vec::new()) else { return };
    let there = rustix::fs::stat(&name).map(|stat| (stat.st_dev, stat.st_ino));
    if there.is_err() || there != rustix::fs::fstat(slave).map(|stat| (stat.st_dev, stat.st_ino)) {
        return;
    }
    let path = PathBuf::from(OsString::from_vec(name.into_bytes()));
    for mount in &mut sandbox.mounts.mounts {
        if let Mount::Dev(dev) = mount {
            dev.console.get_or_insert_with(|| path.clone());
        }
    }
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
