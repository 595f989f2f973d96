//! A container that is there.

use std::cell::OnceCell;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use insula_cgroup::{Cgroup, Usage};
use insula_ns::{PidFd, ProcessMark};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, flock, openat, unlinkat};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, pidfd_send_signal};

use crate::error::Error;
use crate::hook;
use crate::resctrl::Creation;
use crate::runtime::{CONFIG, GATE, Room, Runtime};
use crate::spec::{IntelRdt, Resources, Spec};
use crate::state::{HookState, Record, Report, Status};
use crate::{ContainerId, Warning, cgroup, resctrl, translate};

mod exec;
mod unfinished;

pub use exec::{Added, Addition, Paused, Subgroup};

/// A container, with what is on record of it. As long as this value lives, nobody else changes the container.
#[derive(Debug)]
pub struct Container {
    pub(crate) id: ContainerId,
    pub(crate) room: Room,
    pub(crate) record: Record,
    /// Whether that has been written down.
    pub(crate) is_recorded: bool,
    /// Its configuration, once it is known.
    pub(crate) spec: OnceCell<Arc<Spec>>,
    /// Its control group, once it is open.
    pub(crate) group: OnceCell<Cgroup>,
}

/// A container that others may change meanwhile.
#[derive(Debug)]
pub struct Unlocked(Container);

impl Unlocked {
    /// Where it is in its life.
    ///
    /// # Errors
    /// As [`Container::status`].
    pub fn status(&self) -> Result<Status, Error> {
        self.0.status()
    }

    /// What is on record.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.0.record
    }

    /// Its first process; none if that has ended.
    ///
    /// # Errors
    /// As [`Container::process`].
    pub fn process(&self) -> Result<Option<PidFd>, Error> {
        self.0.process()
    }

    /// The ids of all of its processes, in the caller's PID namespace.
    ///
    /// # Errors
    /// As [`Container::processes`].
    pub fn processes(&self) -> Result<Vec<Pid>, Error> {
        self.0.processes()
    }

    /// What it uses and may use; none if it has no control group by which that is counted.
    ///
    /// # Errors
    /// As [`Container::usage`].
    pub fn usage(&self) -> Result<Option<Usage>, Error> {
        self.0.usage()
    }

    /// The container, locked again; none if others have taken it away.
    ///
    /// # Errors
    /// [`Error::File`] if the kernel refuses to lock its directory.
    pub fn lock(self, runtime: &Runtime) -> Result<Option<Container>, Error> {
        Ok(runtime.lock(&self.0.id, &self.0.room)?.then_some(self.0))
    }
}

impl From<Container> for Unlocked {
    fn from(container: Container) -> Self {
        Self(container)
    }
}

/// How long a process may take to end that was killed: it has to be reaped by whoever it belongs to.
const END: Duration = Duration::from_secs(10);

/// How long a process that is let through may take before we look whether it is frozen.
const FROZEN: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };

/// What a process that waits at its gate is told: to execute its program, or (by anything else) to end.
const START: &[u8] = b".";
const END_UNSTARTED: &[u8] = b"x";

impl Container {
    pub(crate) fn read(id: ContainerId, room: Room) -> Result<Self, Error> {
        match Record::read(&room.directory) {
            Err(error) if error.is_missing() => {
                let record = unfinished::record(id.clone());
                Ok(Self::new(id, room, record))
            }
            Ok(record) => Ok(Self { is_recorded: true, ..Self::new(id, room, record) }),
            Err(source) => Err(Error::Record { id, source }),
        }
    }

    /// One of which nothing is written down yet.
    pub(crate) const fn new(id: ContainerId, room: Room, record: Record) -> Self {
        Self { id, room, record, is_recorded: false, spec: OnceCell::new(), group: OnceCell::new() }
    }

    /// Lets others change it.
    ///
    /// # Errors
    /// [`Error::File`] if the kernel refuses.
    pub fn unlock(self) -> Result<Unlocked, Error> {
        let unlocked = flock(&self.room.directory, FlockOperation::Unlock);
        unlocked.map_err(|errno| self.failed("unlock", "", errno))?;
        Ok(Unlocked(self))
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &ContainerId {
        &self.id
    }

    /// What is on record.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Its first process; none if that has ended.
    ///
    /// # Errors
    /// [`Error::System`] if the kernel does not tell.
    pub fn process(&self) -> Result<Option<PidFd>, Error> {
        let found = self.record.process.as_ref().map(ProcessMark::find).transpose();
        let found = found.map_err(|errno| Error::System { doing: "look for its process", errno })?.flatten();
        // The number of a process of an earlier boot may be that of another one now.
        Ok(found.filter(|process| !process.has_exited() && self.record.is_of_this_boot()))
    }

    /// Where it is in its life.
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn status(&self) -> Result<Status, Error> {
        match self.status_but_paused()? {
            Status::Created | Status::Running if self.is_frozen()? => Ok(Status::Paused),
            status => Ok(status),
        }
    }

    /// The same without a look at its control group, which costs more than all the rest.
    fn status_but_paused(&self) -> Result<Status, Error> {
        if self.record.status == Status::Creating {
            let of_this_boot = self.record.is_of_this_boot();
            return Ok(if of_this_boot { Status::Creating } else { Status::Stopped });
        }
        if self.process()?.is_none() {
            return Ok(Status::Stopped);
        }
        Ok(if self.waits()? { Status::Created } else { Status::Running })
    }

    fn is_frozen(&self) -> Result<bool, Error> {
        Ok(self.cgroup()?.map(Cgroup::is_frozen).transpose()?.unwrap_or(false))
    }

    /// Its control group, if it has one.
    pub(crate) fn cgroup(&self) -> Result<Option<&Cgroup>, Error> {
        if let (None, Some(record)) = (self.group.get(), &self.record.cgroup) {
            if !self.record.is_of_this_boot() {
                // What is there now belongs to somebody else.
                return Ok(None);
            }
            return Ok(cgroup::open(record)?.map(|group| self.group.get_or_init(|| group)));
        }
        Ok(self.group.get())
    }

    /// Whether its process waits for `start`. A gate that nobody reads at is what a `start` left that was killed.
    fn waits(&self) -> Result<bool, Error> {
        match self.gate(OFlags::WRONLY) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT | Errno::NXIO) => Ok(false),
            Err(errno) => Err(self.failed("open", GATE, errno)),
        }
    }

    fn gate(&self, access: OFlags) -> Result<OwnedFd, Errno> {
        let flags = access | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(&self.room.directory, GATE, flags, Mode::empty())
    }

    /// What `state` and `list` print.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub fn report<'a>(&'a self, owner: &'a str) -> Result<Report<'a>, Error> {
        let status = self.status()?;
        Ok(Report {
            oci_version: &self.record.oci_version,
            id: &self.id,
            pid: if status == Status::Stopped { 0 } else { self.pid() },
            status,
            bundle: &self.record.bundle,
            rootfs: &self.record.rootfs,
            created: self.record.created,
            annotations: &self.record.annotations,
            owner,
        })
    }

    /// The id of its first process, if that is on record.
    fn first(&self) -> Option<Pid> {
        self.record.process.as_ref().and_then(ProcessMark::pid)
    }

    /// The same, 0 without.
    pub(crate) fn pid(&self) -> i32 {
        self.first().map_or(0, Pid::as_raw_pid)
    }

    /// Its configuration, as it was when it was created.
    ///
    /// # Errors
    /// [`Error::File`] or [`Error::Document`] if somebody has damaged it.
    pub fn spec(&self) -> Result<&Spec, Error> {
        if let Some(spec) = self.spec.get() {
            return Ok(spec);
        }
        let text = crate::create::read_document(&self.room.directory, Path::new(CONFIG))?;
        let spec = Spec::parse(&text).map_err(|source| Error::Document { path: CONFIG.into(), source })?;
        Ok(self.spec.get_or_init(|| Arc::new(spec)))
    }

    /// Lets the program of a created container run: `runc-start(8)`. Gives what went wrong afterwards, which is no failure.
    ///
    /// # Errors
    /// [`Error::State`] if it is not created; [`Error::Hook`] if a `startContainer` hook fails, and then it is killed.
    pub fn start(&mut self) -> Result<Vec<Warning>, Error> {
        if self.status_but_paused()? != Status::Created {
            return Err(self.not_startable(self.status()?));
        }
        let spec = self.spec()?;
        let state = self.state_for_hooks(Status::Created);
        let started = hook::run_all("startContainer", &spec.hooks.start_container, &state, |sandbox| {
            self.inside(spec, sandbox)
        });
        if let Err(error) = started {
            self.end()?;
            return Err(error);
        }
        self.open_gate()?;
        let state = self.state_for_hooks(Status::Running);
        let done = hook::run_all("poststart", &spec.hooks.poststart, &state, Ok);
        Ok(done.err().map(|error| Warning::Hook(Box::new(error))).into_iter().collect())
    }

    fn not_startable(&self, status: Status) -> Error {
        Error::State { doing: "start", id: self.id.clone(), status }
    }

    /// Lets the process through, and waits until it has executed its program or has failed to.
    pub(crate) fn open_gate(&self) -> Result<(), Error> {
        let Some(gate) = self.write_to_gate(START)? else {
            // Nobody waits there: it has ended just now.
            return Err(self.not_startable(Status::Stopped));
        };
        let mut polled = [PollFd::from_borrowed_fd(gate.as_fd(), PollFlags::empty())];
        loop {
            // The last reader is gone then.
            match poll(&mut polled, Some(&FROZEN)) {
                Ok(0) if self.is_frozen()? && self.take_back()? => {
                    return Err(self.not_startable(Status::Paused));
                }
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => break,
                Err(errno) => return Err(self.failed("wait at", GATE, errno)),
            }
        }
        // Where that is refused it says the same: nobody reads there.
        let _ = unlinkat(&self.room.directory, GATE, AtFlags::empty());
        Ok(())
    }

    /// Takes the word at the gate back; false if the process has heard it.
    fn take_back(&self) -> Result<bool, Error> {
        let gate = self.gate(OFlags::RDONLY).map_err(|errno| self.failed("open", GATE, errno))?;
        match rustix::io::read(&gate, &mut [0; START.len()]) {
            Ok(length) => Ok(length == START.len()),
            Err(Errno::AGAIN) => Ok(false),
            Err(errno) => Err(self.failed("read", GATE, errno)),
        }
    }

    /// Tells the process that waits at the gate what to do; gives the gate, or nothing if nobody is there.
    fn write_to_gate(&self, word: &[u8]) -> Result<Option<OwnedFd>, Error> {
        let gate = match self.gate(OFlags::WRONLY) {
            Err(Errno::NOENT | Errno::NXIO) => return Ok(None),
            other => other.map_err(|errno| self.failed("open", GATE, errno))?,
        };
        // Were the process gone by now, SIGPIPE would end us, but for a reader of our own.
        let reader = self.gate(OFlags::RDONLY).map_err(|errno| self.failed("open", GATE, errno))?;
        rustix::io::write(&gate, word).map_err(|errno| self.failed("write to", GATE, errno))?;
        drop(reader);
        Ok(Some(gate))
    }

    /// Sends a signal to its first process: `runc-kill(8)`.
    ///
    /// # Errors
    /// [`Error::NotRunning`] if that has ended.
    pub fn kill(&self, signal: Signal) -> Result<(), Error> {
        let process = self.process()?.ok_or_else(|| Error::NotRunning(self.id.clone()))?;
        match pidfd_send_signal(&process, signal) {
            Err(Errno::SRCH) => return Err(Error::NotRunning(self.id.clone())),
            other => other.map_err(|errno| Error::System { doing: "send a signal to its process", errno })?,
        }
        if signal == Signal::KILL { self.thaw() } else { Ok(()) }
    }

    /// Lets its processes go on, if they are stopped: in version 1 a frozen process does not even die.
    fn thaw(&self) -> Result<(), Error> {
        match self.cgroup()? {
            Some(group) if group.is_frozen()? => Ok(group.thaw()?),
            _ => Ok(()),
        }
    }

    /// Sends a signal to all of its processes: `runc-kill(8)`, `--all`.
    ///
    /// # Errors
    /// [`Error::NoCgroup`] if it has none, by which they are known.
    pub fn kill_all(&self, signal: Signal) -> Result<(), Error> {
        Ok(self.own_cgroup("kill all processes of")?.kill(signal)?)
    }

    /// The ids of all of its processes, in the caller's PID namespace: `runc-ps(8)`.
    ///
    /// # Errors
    /// [`Error::NoCgroup`] if it has none, by which they are known.
    pub fn processes(&self) -> Result<Vec<Pid>, Error> {
        Ok(self.own_cgroup("list the processes of")?.processes()?)
    }

    /// Stops all of its processes until it is resumed: `runc-pause(8)`.
    ///
    /// # Errors
    /// [`Error::State`] if it does not run; [`Error::NoCgroup`].
    pub fn pause(&self) -> Result<(), Error> {
        let status = self.status()?;
        if !matches!(status, Status::Running | Status::Created) {
            return Err(Error::State { doing: "pause", id: self.id.clone(), status });
        }
        Ok(self.own_cgroup("pause")?.freeze()?)
    }

    /// Lets its processes go on: `runc-resume(8)`.
    ///
    /// # Errors
    /// [`Error::State`] if it is not paused.
    pub fn resume(&self) -> Result<(), Error> {
        let status = self.status()?;
        if status != Status::Paused {
            return Err(Error::State { doing: "resume", id: self.id.clone(), status });
        }
        Ok(self.own_cgroup("resume")?.thaw()?)
    }

    /// Changes what it may use, and its shares of caches and memory bandwidth: `runc-update(8)`. What is not named stays as it is.
    ///
    /// # Errors
    /// [`Error::NoCgroup`], [`Error::NoShares`] if it has nothing that could be changed so, and then nothing is;
    /// [`Error::Limit`], [`Error::Resctrl`] if the kernel refuses.
    pub fn update(&self, resources: &Resources, shares: &IntelRdt) -> Result<(), Error> {
        resources.validate()?;
        let resources = translate::resources::resources(resources)?;
        let limited = if resources == insula_cgroup::Resources::default() {
            None
        } else {
            Some(self.own_cgroup("update")?)
        };
        if *shares != IntelRdt::default() {
            resctrl::update(&self.id, self.spec()?, shares)?;
        }
        let Some(group) = limited else { return Ok(()) };
        if let Some(record) = &self.record.cgroup {
            cgroup::update(record, &resources)?;
        }
        Ok(group.set(&resources)?)
    }

    /// Its control group, open once more.
    pub(crate) fn open_cgroup(&self, doing: &'static str) -> Result<Cgroup, Error> {
        let group = self.record.cgroup.as_ref().map_or(Ok(None), cgroup::open)?;
        group.ok_or_else(|| Error::NoCgroup { doing, id: self.id.clone() })
    }

    pub(crate) fn own_cgroup(&self, doing: &'static str) -> Result<&Cgroup, Error> {
        self.cgroup()?.ok_or_else(|| Error::NoCgroup { doing, id: self.id.clone() })
    }

    /// Takes a container away that has ended, or, if it is `forced`, ends it first: `runc-delete(8)`. Gives what went wrong
    /// with hooks, which is no failure.
    ///
    /// # Errors
    /// [`Error::State`] if it has not ended.
    pub fn delete(self, runtime: &Runtime, deletion: Deletion) -> Result<Vec<Warning>, Error> {
        let status = self.status()?;
        if status != Status::Stopped {
            // A container that is only created has nothing to lose; runc takes it away as well.
            if deletion != Deletion::Forced && status != Status::Created {
                return Err(Error::State { doing: "delete", id: self.id.clone(), status });
            }
            self.end()?;
        }
        if self.record.process.is_none() {
            self.dismiss()?;
            self.end_marked()?;
        }
        match &self.record.cgroup {
            // What is there since another boot belongs to somebody else.
            Some(record) if self.group.get().is_some() || self.record.is_of_this_boot() => {
                cgroup::remove(record, self.cgroup()?)?;
            }
            Some(_) => {}
            None => self.remove_unrecorded_cgroup()?,
        }
        // Without a configuration nothing was made.
        let none = Spec::default();
        let spec = self.spec().unwrap_or(&none);
        let interrupted = self.record.process.is_none();
        let creation = if interrupted { Creation::Interrupted } else { Creation::Whole };
        resctrl::remove(&self.id, spec, creation)?;
        let hooks = &spec.hooks.poststop;
        let state = self.state_for_hooks(Status::Stopped);
        runtime.remove(&self.id, &self.room)?;
        let done = hook::run_all("poststop", hooks, &state, Ok);
        Ok(done.err().map(|error| Warning::Hook(Box::new(error))).into_iter().collect())
    }

    /// Kills its process, if there is one, and waits until that is gone.
    fn end(&self) -> Result<(), Error> {
        self.process()?.map_or(Ok(()), |process| self.kill_and_wait(process))
    }

    fn kill_and_wait(&self, process: impl AsFd) -> Result<(), Error> {
        match pidfd_send_signal(&process, Signal::KILL) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(errno) => return Err(Error::System { doing: "kill its process", errno }),
        }
        self.thaw()?;
        wait_until(process.as_fd(), PollFlags::IN)
            .map_err(|errno| Error::System { doing: "wait for the end of its process", errno })
    }

    pub(crate) fn state_for_hooks(&self, status: Status) -> String {
        self.state_with(status, if status == Status::Stopped { 0 } else { self.pid() })
    }

    /// What hooks are told, of a first process that may not be on record yet.
    pub(crate) fn state_with(&self, status: Status, pid: i32) -> String {
        HookState {
            oci_version: &self.record.oci_version,
            id: &self.id,
            status,
            pid,
            bundle: &self.record.bundle,
            annotations: &self.record.annotations,
        }
        .to_json()
    }

    pub(crate) fn failed(&self, doing: &'static str, file: &str, errno: Errno) -> Error {
        Error::File { doing, path: Path::new(self.id.as_str()).join(file), errno }
    }

    /// Its directory.
    #[must_use]
    pub const fn directory(&self) -> &OwnedFd {
        &self.room.directory
    }
}

/// Waits for an event that comes with the end of a process; `ETIMEDOUT` if it does not come.
fn wait_until(fd: BorrowedFd<'_>, event: PollFlags) -> Result<(), Errno> {
    let deadline = Instant::now() + END;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Errno::TIMEDOUT);
        }
        let limit = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::from_borrowed_fd(fd, event)], Some(&limit)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(errno) => return Err(errno),
        }
    }
}

/// What a deletion may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Only what has ended is taken away.
    Stopped,
    /// What runs is killed first.
    Forced,
}
