//! Performs one step. Runs in a child that may share its parent's memory: nothing here allocates, locks or panics.

use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use rustix::fs::CWD;
use rustix::io::Errno;

use crate::landlock::{Landlock, allow_path, restrict_self};
use crate::raw::syscall;
use crate::said::Said;
use crate::step::{Fd, SLOTS, Slot, Step};

mod attribute;
mod cover;
mod credential;
mod file;
mod guard;
mod mount;
mod namespace;
mod seccomp;
mod send;
mod terminal;

pub(crate) use credential::without_effect;
pub(crate) use mount::{attach, set_mount};
pub(crate) use namespace::OUTSIDE;

/// What the process that performs steps knows: the descriptors that it opened, and its line to the outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    slots: [RawFd; SLOTS],
    /// What the kernel said of the step that failed.
    pub(crate) said: Said,
    /// The file-mode creation mask to go back to.
    umask: u32,
    /// The socket on which [`Step::Outside`] asks and is answered, or -1.
    pub(crate) outside: RawFd,
    /// The writing end of the report pipe, whose reading end only our parent holds, or -1.
    pub(crate) report: RawFd,
    /// The first process inside, as our parent sees it, or 0.
    pub(crate) pid: i32,
    /// Our copy of its reading end, or -1.
    pub(crate) report_reader: RawFd,
}

impl Context {
    pub(crate) const fn new(report: RawFd, report_reader: RawFd, outside: RawFd) -> Self {
        Self { slots: [-1; SLOTS], said: Said::NOTHING, umask: 0o022, outside, report, pid: 0, report_reader }
    }

    fn put(&mut self, slot: Slot, fd: OwnedFd) {
        if let Some(place) = self.slots.get_mut(usize::from(slot.0)) {
            *place = fd.into_raw_fd();
        }
    }

    fn slot(&self, slot: Slot) -> Result<BorrowedFd<'_>, Errno> {
        self.fd(Fd::Slot(slot))
    }

    fn fd(&self, fd: Fd) -> Result<BorrowedFd<'_>, Errno> {
        let raw = match fd {
            Fd::Cwd => return Ok(CWD),
            Fd::Given(given) => given.0,
            Fd::Slot(slot) => self.slots.get(usize::from(slot.0)).copied().unwrap_or(-1),
        };
        borrow(raw)
    }
}

fn borrow<'a>(raw: RawFd) -> Result<BorrowedFd<'a>, Errno> {
    if raw < 0 {
        return Err(Errno::BADF);
    }
    // SAFETY: not -1; opened by an earlier step of this process, or held open by the program.
    Ok(unsafe { BorrowedFd::borrow_raw(raw) })
}

/// Performs `step`.
pub(crate) fn perform(step: &Step, context: &mut Context) -> Result<(), Errno> {
    match step {
        Step::DeathSignal(..)
        | Step::ParentAlive
        | Step::SignalMask(..)
        | Step::DefaultSignal(..)
        | Step::NewSession
        | Step::GuardTerminal
        | Step::ControllingTerminal(..)
        | Step::Redirect { .. }
        | Step::CloseOnExecFrom(..)
        | Step::KeepOpen(..)
        | Step::Umask(..)
        | Step::ClearUmask
        | Step::RestoreUmask
        | Step::Nice(..)
        | Step::Scheduler(..)
        | Step::IoPriority(..)
        | Step::Affinity(..)
        | Step::MemoryPolicy { .. }
        | Step::Personality(..)
        | Step::SessionKeyring(..)
        | Step::Limit { .. } => attribute::perform(step, context),
        Step::NotDumpable
        | Step::NoNewPrivs
        | Step::SecureBits(..)
        | Step::KeepCapabilities
        | Step::DropBounding(..)
        | Step::DropCapability(..)
        | Step::OnlyCapability(..)
        | Step::Capabilities(..)
        | Step::ClearAmbient
        | Step::RaiseAmbient(..)
        | Step::KeepAllCapabilities
        | Step::Inherit(..)
        | Step::LastUse { .. }
        | Step::Groups(..)
        | Step::Gid(..)
        | Step::Uid(..)
        | Step::EffectiveIds { .. }
        | Step::FileIds { .. } => credential::perform(step),
        Step::Landlock(Landlock::AllowPath { ruleset, path, rights }) => {
            allow_path(context.fd(*ruleset)?, context.fd(*path)?, *rights)
        }
        Step::Landlock(Landlock::RestrictSelf { ruleset }) => restrict_self(context.fd(*ruleset)?),
        Step::Filter(filter) => seccomp::perform(filter, context),
        Step::SendDescriptor { socket, descriptor, message } => {
            send::perform(context.fd(*socket)?, context.fd(*descriptor)?, message, context.pid)
        }
        Step::Hostname(..)
        | Step::Domainname(..)
        | Step::Join { .. }
        | Step::Unshare(..)
        | Step::LoopbackUp
        | Step::Outside
        | Step::Ask(..) => namespace::perform(step, context),
        Step::Write { .. }
        | Step::WriteTo { .. }
        | Step::WriteProcess { .. }
        | Step::Open { .. }
        | Step::OpenIn { .. }
        | Step::MakeIn { .. }
        | Step::WriteNew { .. }
        | Step::Symlink { .. }
        | Step::Node { .. }
        | Step::Owner { .. }
        | Step::OwnStreams(..)
        | Step::Close(..)
        | Step::Chdir(..)
        | Step::ChdirIfThere(..)
        | Step::Fchdir(..)
        | Step::CwdInsideRoot
        | Step::ChrootHere
        | Step::PivotRootHere
        | Step::DetachHere => file::perform(step, context),
        Step::Mount { .. }
        | Step::MakePrivate(..)
        | Step::FsOpen { .. }
        | Step::FsConfig { .. }
        | Step::FsCreate { .. }
        | Step::FsMount { .. }
        | Step::OpenTree { .. }
        | Step::SetMount { .. }
        | Step::MoveMount { .. } => mount::perform(step, context),
        Step::OpenTerminal { .. } => terminal::perform(step, context),
        Step::Mask { root, path } => cover::mask(context.fd(*root)?, path),
        Step::ReadOnly { root, path } => cover::read_only(context.fd(*root)?, path),
    }
}

pub(crate) fn prctl(operation: i32, first: usize, second: usize) -> Result<usize, Errno> {
    // SAFETY: the operations used here take numbers, no pointers.
    unsafe { syscall(libc::SYS_prctl, [operation.cast_unsigned() as usize, first, second, 0, 0]) }
}
