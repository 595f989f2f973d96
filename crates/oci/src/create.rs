//! A container is made: `runtime.md`, "Create".

use std::cell::OnceCell;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use insula_ns::{Kinds, ProcessMark};
use insula_sandbox::mounts::{Entering, Root};
use insula_sandbox::{Child, Join, Point, Sandbox};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, openat};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};

use crate::cgroup::{Prepared, Scope};
use crate::container::Container;
use crate::error::Error;
use crate::hook;
use crate::runtime::{CONFIG, GATE, MARK, Runtime};
use crate::spec::Spec;
use crate::state::{Record, Status, write_all};
use crate::translate::{self, Surroundings};
use crate::{CgroupManager, ContainerId, Rights, Warning, cgroup, net_devices, resctrl};

/// A directory with a `config.json`: `bundle.md`.
#[derive(Debug)]
pub struct Bundle {
    /// Its absolute path.
    pub(crate) directory: PathBuf,
    /// The configuration.
    pub(crate) spec: Arc<Spec>,
    /// The same as text.
    pub(crate) text: Vec<u8>,
}

/// How a container is made: `runc-create(8)`.
#[derive(Debug, Default)]
pub struct Creation {
    /// A connected socket that the controlling side of the terminal is sent to, if the process has one.
    pub console: Option<OwnedFd>,
    /// How many descriptors from 3 on the process keeps.
    pub preserved: u32,
    /// How many of them, the first, are sockets that systemd has passed: `sd_listen_fds(3)`.
    pub activated: u32,
    /// Whether the process stays in the caller's session keyring.
    pub no_new_keyring: bool,
    /// How its root is entered.
    pub entering: Entering,
    /// Who makes its control group.
    pub cgroups: CgroupManager,
    /// With whose rights; those of the caller, if it is not said.
    pub rights: Option<Rights>,
    /// Whether its program runs at once, or when it is started.
    pub when: When,
}

/// When the program of a container runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// When the container is started.
    #[default]
    Started,
    /// At once.
    Now,
}

/// A container that was made.
#[derive(Debug)]
pub struct Made {
    /// The container.
    pub container: Container,
    /// Its first process, a child of the caller's.
    pub child: Child,
    /// What could not be had, and is no failure.
    pub warnings: Vec<Warning>,
}

impl Bundle {
    /// Reads the `config.json` of this directory.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Document`].
    pub fn open(directory: &Path) -> Result<Self, Error> {
        Self::read(directory, None)
    }

    /// The bundle of this directory with another configuration: a file that need not be there.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(directory: &Path, configuration: &Path) -> Result<Self, Error> {
        Self::read(directory, Some(configuration))
    }

    fn read(directory: &Path, configuration: Option<&Path>) -> Result<Self, Error> {
        let failed = |errno| Error::File { doing: "find", path: directory.to_owned(), errno };
        let directory = directory
            .canonicalize()
            .map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::NOENT)))?;
        let path = configuration.map_or_else(|| directory.join(CONFIG), Path::to_owned);
        let text = read_document(CWD, &path)?;
        let spec = Spec::parse(&text).map_err(|source| Error::Document { path, source })?;
        Ok(Self { directory, spec: Arc::new(spec), text })
    }

    /// The configuration.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }
}

impl Runtime {
    /// Makes a container of a bundle.
    ///
    /// # Errors
    /// [`Error`]; nothing of it is left then, but for what hooks have done.
    pub fn create(&self, id: &ContainerId, bundle: &Bundle, creation: Creation) -> Result<Made, Error> {
        let spec = &bundle.spec;
        let process = spec.process.as_ref().ok_or(Error::NoProcess)?;
        let rootfs = translate::rootfs(&bundle.directory, spec)?;
        let mut warnings: Vec<Warning> = spec.validate()?.into_iter().map(Warning::Configuration).collect();
        let starts = creation.when == When::Now && has_start_hooks(spec);
        let when = if starts { When::Started } else { creation.when };
        let surroundings = Surroundings {
            console: creation.console,
            preserved: creation.preserved,
            activated: creation.activated,
            no_new_keyring: creation.no_new_keyring,
        };
        let mut sandbox = translate::container(id, &bundle.directory, spec, process, surroundings)?;
        sandbox.mounts.entering = creation.entering;
        warnings.extend(unknown_calls(&sandbox));
        let group = cgroup::prepare(creation.cgroups, creation.rights, id, spec)?;
        let room = self.claim(id)?;
        let mut record = Record::new(id.clone(), spec.oci_version.clone(), bundle.directory.clone(), rootfs);
        record.annotations.clone_from(&spec.annotations);
        let mut container = Container::new(id.clone(), room, record);
        container.spec = OnceCell::from(Arc::clone(spec));
        match container.make(bundle, sandbox, group, when) {
            Ok(child) if starts => container.start_new(self, spec, child, warnings),
            Ok(child) => Ok(Made { container, child, warnings }),
            Err(error) => {
                container.give_up(self, spec);
                Err(error)
            }
        }
    }
}

impl Container {
    /// Starts a container that is created and was to run at once: with hooks around its start, it has to wait for those.
    fn start_new(
        mut self,
        runtime: &Runtime,
        spec: &Spec,
        child: Child,
        mut warnings: Vec<Warning>,
    ) -> Result<Made, Error> {
        match self.start() {
            Ok(more) => {
                warnings.extend(more);
                Ok(Made { container: self, child, warnings })
            }
            Err(error) => {
                end(&child);
                // What is told is why it did not start.
                let _ = resctrl::remove(&self.id, spec, resctrl::Creation::Whole);
                self.give_up(runtime, spec);
                Err(error)
            }
        }
    }

    /// Starts the process, and writes down what there is.
    fn make(
        &mut self,
        bundle: &Bundle,
        mut sandbox: Sandbox,
        group: Prepared,
        when: When,
    ) -> Result<Child, Error> {
        self.begin(&group, &bundle.text)?;
        let may_make_directories = group.may_make_directories();
        let scope = self.make_group(group, &bundle.spec, &mut sandbox)?;
        let id = self.id.clone();
        let class = resctrl::make(&id, &bundle.spec)?;
        if let Some(class) = &class {
            sandbox.cgroups.extend(class.tasks()?);
        }
        if may_make_directories {
            self.write_record()?;
        }
        let is_known_by_group = self.record.cgroup.is_some() || scope.is_some();
        let waits = when == When::Started || !(is_known_by_group || can_mark()?);
        if waits {
            sandbox.gate = Some(self.make_gate()?);
        } else if !is_known_by_group {
            // By nothing else would a process be found that runs when we are killed before it is on record.
            sandbox.mark = Some(self.make_mark()?);
        }
        let spec = &bundle.spec;
        sandbox.attended = attended(spec, scope.is_some());
        let child = if sandbox.attended.is_empty() {
            sandbox.spawn()?
        } else {
            self.start_attended(spec, sandbox, scope)?
        };
        let mark = ProcessMark::of(&child, child.pid())
            .map_err(|errno| Error::System { doing: "mark the process", errno })?;
        self.record.process = Some(mark);
        self.record.status = if when == When::Started { Status::Created } else { Status::Running };
        if let Err(error) = self.write_record() {
            // Nobody would know of it.
            end(&child);
            return Err(error);
        }
        if let Some(class) = class {
            class.keep();
        }
        if waits && when == When::Now {
            self.open_gate().inspect_err(|_| {
                end(&child);
            })?;
        }
        Ok(child)
    }

    /// Writes down what there is before anything is made.
    pub(crate) fn begin(&mut self, group: &Prepared, configuration: &[u8]) -> Result<(), Error> {
        // Where there is no record, a deletion looks for directories that were made as its group.
        if !group.may_make_directories() {
            self.write_record()?;
        }
        self.write_new(CONFIG, configuration)
    }

    /// Makes its control group, and has the process be in it. A scope is only made around a process that is there.
    pub(crate) fn make_group(
        &mut self,
        group: Prepared,
        spec: &Spec,
        sandbox: &mut Sandbox,
    ) -> Result<Option<Box<Scope>>, Error> {
        match group {
            Prepared::Nothing => Ok(None),
            Prepared::Directories(rights) => {
                if let Some(made) = cgroup::make(rights, &self.id, spec)? {
                    self.record.cgroup = Some(made.record);
                    cgroup::enter(self.group.get_or_init(|| made.group).entry()?, sandbox);
                }
                Ok(None)
            }
            Prepared::Scope(prepared) => Ok(Some(prepared)),
        }
    }

    /// Starts the process, and while it waits, has it put into its scope, moves network interfaces and runs the hooks.
    fn start_attended(
        &mut self,
        spec: &Spec,
        sandbox: Sandbox,
        mut scope: Option<Box<Scope>>,
    ) -> Result<Child, Error> {
        let mut refused = None;
        let mut visit = None;
        let started = sandbox.plan()?.spawn_attended(&mut |point, pid| {
            let done = match point {
                Point::Created => scope
                    .as_mut()
                    .map_or(Ok(()), |scope| self.enter_scope(scope, pid))
                    .and_then(|()| net_devices::visit(&spec.linux.net_devices, pid))
                    .map(|begun| visit = Some(begun)),
                Point::Mounted => self.run_hooks(spec, pid),
            };
            done.map_err(|error| {
                refused = Some(error);
                Errno::CANCELED
            })
        });
        if let (Some(visit), Err(_)) = (visit, &started) {
            visit.give_back();
        }
        match (refused, started) {
            // What the child says of it is that we refused.
            (Some(error), Err(_)) => Err(error),
            (_, started) => Ok(started?),
        }
    }

    /// Has systemd put a process into the container's scope.
    pub(crate) fn enter_scope(&mut self, scope: &mut Scope, pid: Pid) -> Result<(), Error> {
        let record = scope.start(pid)?;
        self.record.cgroup = Some(record.clone());
        self.write_record()?;
        scope.complete(&record, pid)
    }

    /// Runs the hooks that come before the root is entered.
    fn run_hooks(&self, spec: &Spec, pid: Pid) -> Result<(), Error> {
        let state = self.state_with(Status::Creating, pid.as_raw_pid());
        hook::run_all("prestart", &spec.hooks.prestart, &state, Ok)?;
        hook::run_all("createRuntime", &spec.hooks.create_runtime, &state, Ok)?;
        hook::run_all("createContainer", &spec.hooks.create_container, &state, |mut sandbox| {
            let failed = |errno| Error::System { doing: "look at the new process", errno };
            let process = pidfd_open(pid, PidfdFlags::empty()).map_err(failed)?;
            // The namespace's own root is covered by the new one already; the process still has the old one.
            let name = PathBuf::from(format!("/proc/{pid}/root"));
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let directory = openat(CWD, &name, flags, Mode::empty()).map_err(failed)?;
            sandbox.mounts.root = Root::Handle { directory, name: "/".into() };
            let kinds: Kinds = translate::kinds(spec);
            Ok(sandbox.join(Join::Process(process, kinds)))
        })
    }

    fn make_gate(&self) -> Result<OwnedFd, Error> {
        let failed = |doing| move |errno| self.failed(doing, GATE, errno);
        mknodat(&self.room.directory, GATE, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
            .map_err(failed("make"))?;
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(&self.room.directory, GATE, flags, Mode::empty()).map_err(failed("open"))
    }

    fn make_mark(&self) -> Result<OwnedFd, Error> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        openat(&self.room.directory, MARK, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|errno| self.failed("make", MARK, errno))
    }

    pub(crate) fn write_record(&mut self) -> Result<(), Error> {
        self.record
            .write(&self.room.directory)
            .map_err(|source| Error::Record { id: self.id.clone(), source })?;
        self.is_recorded = true;
        Ok(())
    }

    fn write_new(&self, name: &'static str, text: &[u8]) -> Result<(), Error> {
        let failed = |doing| move |errno| self.failed(doing, name, errno);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file =
            openat(&self.room.directory, name, flags, Mode::RUSR | Mode::WUSR).map_err(failed("make"))?;
        write_all(&file, text).map_err(failed("write"))
    }

    /// Takes away what there is of a container that could not be made: `runtime.md`, "Lifecycle", has it that its `poststop`
    /// hooks run.
    pub(crate) fn give_up(&self, runtime: &Runtime, spec: &Spec) {
        if let (Some(record), Ok(group)) = (&self.record.cgroup, self.cgroup()) {
            let _ = cgroup::remove(record, group);
        }
        let _ = runtime.remove(&self.id, &self.room);
        let state = self.state_for_hooks(Status::Stopped);
        let _ = hook::run_all("poststop", &spec.hooks.poststop, &state, Ok);
    }
}

/// Ends a process that nobody is to have, and reaps it. It may have ended just now, which is as good.
pub(crate) fn end(child: &Child) {
    let _ = child.signal(Signal::KILL);
    let _ = child.wait();
}

/// Whether a process can be known for good by what it writes of itself: since Linux 6.9.
fn can_mark() -> Result<bool, Error> {
    let own = pidfd_open(rustix::process::getpid(), PidfdFlags::empty());
    own.map(insula_ns::has_own_inode)
        .map_err(|errno| Error::System { doing: "open a handle on this process", errno })
}

/// Whether something is to be done between the creation and the start, or just after that.
fn has_start_hooks(spec: &Spec) -> bool {
    !(spec.hooks.start_container.is_empty() && spec.hooks.poststart.is_empty())
}

/// Where the start has to wait for us.
fn attended(spec: &Spec, has_scope: bool) -> Vec<Point> {
    let hooks = &spec.hooks;
    let has_hooks =
        !(hooks.prestart.is_empty() && hooks.create_runtime.is_empty() && hooks.create_container.is_empty());
    let points =
        [(Point::Created, has_scope || !spec.linux.net_devices.is_empty()), (Point::Mounted, has_hooks)];
    points.into_iter().filter_map(|(point, wanted)| wanted.then_some(point)).collect()
}

/// What the filter of system calls names and nobody knows.
pub(crate) fn unknown_calls(sandbox: &Sandbox) -> Option<Warning> {
    let unknown = sandbox.seccomp.as_ref()?.filter.unknown();
    (!unknown.is_empty()).then(|| Warning::UnknownCalls(unknown.to_vec()))
}

/// Reads a document of at most 16 MiB.
pub(crate) fn read_document(at: impl AsFd, path: &Path) -> Result<Vec<u8>, Error> {
    const MOST: usize = 16 << 20;
    let failed = |doing| move |errno| Error::File { doing, path: path.to_owned(), errno };
    // Not kept waiting by a FIFO.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(at, path, flags, Mode::empty()).map_err(failed("open"))?;
    let stat = rustix::fs::fstat(&file).map_err(failed("read"))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(failed("read")(Errno::INVAL));
    }
    let size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
    let mut text = Vec::with_capacity(size.min(MOST) + 1);
    loop {
        let length =
            rustix::io::read(&file, rustix::buffer::spare_capacity(&mut text)).map_err(failed("read"))?;
        match length {
            0 => return Ok(text),
            _ if text.len() > MOST => return Err(failed("read")(Errno::FBIG)),
            _ => text.reserve(1),
        }
    }
}
