//! The process that holds namespaces open for as long as they have a name.
//!
//! It is a page of code that waits, in a session of its own, with no descriptor, no capability and `/` as its working
//! directory: it outlives the shell that it was started from. Until it is told that it is on record it ends as soon as
//! its starter does, however that ends.

use std::ffi::OsString;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use insula_ns::{Kind, Namespace, NamespaceError, NsLink, PidFd, ProcessMark};
use insula_sandbox::capability::CapabilitySet;
use insula_sandbox::{Capabilities, Child, Init, Join, MountPlan, Namespaces, Sandbox, Stream};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType};
use rustix::process::{Signal, WaitId, WaitIdOptions};

/// What a keeper is called.
pub(crate) const KEEPER: &str = "insula-keeper";

/// The number of its program's descriptor, where that must be inherited; it closes it when it stays.
const IMAGE: i32 = 3;

/// A keeper that nobody knows of yet: it ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct NewKeeper {
    child: Child,
    line: OwnedFd,
    stays: bool,
}

/// Why there is no keeper.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeeperError {
    /// Its program or the line to it could not be made.
    #[error("cannot prepare a process to hold the namespaces")]
    Prepare {
        /// What the kernel answered.
        source: Errno,
    },
    /// It, or a namespace, could not be made.
    #[error(transparent)]
    Start(#[from] insula_sandbox::Error),
    /// It could not be told apart from others, or ended before it was on record.
    #[error("the process that holds the namespaces has ended")]
    Ended {
        /// What the kernel answered.
        source: Errno,
    },
}

/// The mount namespace of this process, whichever its threads are in: what tells one `/run/insula` from another.
pub(crate) fn view() -> Result<OsString, Errno> {
    let link = rustix::fs::readlink("/proc/self/ns/mnt", Vec::new())?;
    Ok(OsString::from_vec(link.into_bytes()))
}

impl NewKeeper {
    /// Starts a keeper in new namespaces; it is PID 1 of a PID namespace among them. `for_what` is the directory of
    /// the set, by which it is known even without a record, to whoever sees the same directory there.
    pub(crate) fn start(
        for_what: &Path,
        namespaces: Namespaces,
        mounts: MountPlan,
    ) -> Result<Self, KeeperError> {
        let prepare = |source| KeeperError::Prepare { source };
        let image = insula_sys::init::image().map_err(prepare)?;
        let (line, end) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .map_err(prepare)?;
        // Where others could change what is executed, a start executes something else first: the descriptor must outlive that.
        let is_apart = namespaces.join.iter().any(|join| match join {
            Join::Namespace(namespace) => matches!(namespace.kind(), Kind::User | Kind::Mnt),
            Join::Process(_, kinds) => kinds.contains(Kind::User) || kinds.contains(Kind::Mnt),
        });
        let number = if is_apart { IMAGE } else { image.as_raw_fd() };
        let mut sandbox = Sandbox::new(format!("/proc/self/fd/{number}"))
            .arg("for")
            .arg(for_what)
            .arg("as-seen-in")
            .arg(view().map_err(prepare)?)
            .current_dir("/")
            .signal_mask(u64::MAX)
            .init(Init::Payload);
        sandbox.command.name = Some(KEEPER.into());
        sandbox.command.clear_environment = true;
        sandbox.namespaces = namespaces;
        sandbox.mounts = mounts;
        sandbox.stdio.streams = [Stream::Fd(end), Stream::Null, Stream::Null];
        if is_apart {
            let fd = rustix::io::fcntl_dupfd_cloexec(&image, 3).map_err(prepare)?;
            sandbox.stdio.passed.push(insula_sandbox::Passed { fd, number: IMAGE });
        }
        sandbox.stdio.session = insula_sandbox::Session::New;
        // It needs none: who owns a namespace may enter it all the same.
        let none = Some(CapabilitySet::NONE);
        sandbox.identity.capabilities = Capabilities {
            bounding: None,
            permitted: none,
            effective: none,
            inheritable: none,
            ambient: none,
        };
        sandbox.identity.no_new_privs = true;
        let child = sandbox.spawn()?;
        Ok(Self { child, line, stays: false })
    }

    /// Opens a namespace that it is in.
    pub(crate) fn namespace(&self, link: impl Into<NsLink>) -> Result<Namespace, NamespaceError> {
        Namespace::of_process(&self.child, link)
    }

    /// What it is found by later.
    pub(crate) fn mark(&self) -> Result<ProcessMark, KeeperError> {
        ProcessMark::of(&self.child, self.child.pid()).map_err(|source| KeeperError::Ended { source })
    }

    /// Tells it to stay, for good.
    pub(crate) fn stay(mut self) -> Result<(), KeeperError> {
        let sent = rustix::net::send(&self.line, b"\n", SendFlags::NOSIGNAL);
        sent.map_err(|source| KeeperError::Ended { source })?;
        self.stays = true;
        Ok(())
    }
}

impl Drop for NewKeeper {
    fn drop(&mut self) {
        if !self.stays && self.child.signal(Signal::KILL).is_ok() {
            let _ = self.child.wait();
        }
    }
}

/// How long a killed process may take until it is gone: it may have much memory to give back.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// Kills a process and waits for its end; whether that came.
pub(crate) fn kill(process: &PidFd) -> Result<bool, insula_ns::PidFdError> {
    match process.signal(Signal::KILL) {
        Err(insula_ns::PidFdError::Signal { source: Errno::SRCH, .. }) => return Ok(true),
        other => other?,
    }
    let mut poll = [PollFd::new(process, PollFlags::IN)];
    let ended = loop {
        match rustix::event::poll(&mut poll, Some(&PATIENCE)) {
            Err(Errno::INTR) => {}
            Err(_) => break false,
            Ok(ready) => break ready > 0,
        }
    };
    // If it was a child of ours nobody else will.
    let _ = rustix::process::waitid(
        WaitId::PidFd(std::os::fd::AsFd::as_fd(process)),
        WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
    );
    Ok(ended)
}
