//! A container is made of files.

use std::cell::OnceCell;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use insula_cgroup::Membership;
use insula_ns::{Kind, ProcessMark};
use insula_sandbox::mounts::{Bind, Mount, Propagation};
use insula_sandbox::{Child, Point, Sandbox};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::conversation::{Criu, Notice, Request};
use super::message::Message;
use super::options::{common, group, restoration};
use super::{Directories, Restoration, STREAMS, external, settings};
use crate::cgroup::Prepared;
use crate::container::Container;
use crate::create::{end, read_document};
use crate::error::Error;
use crate::runtime::Runtime;
use crate::spec::{Process, Spec};
use crate::state::{Record, Status};
use crate::translate::{self, Surroundings};
use crate::{Bundle, ContainerId, Made, Warning, cgroup, hook, net_devices, resctrl};

/// The log.
const LOG: &str = "restore.log";

impl Runtime {
    /// Makes a container of what was written of one, and lets its processes go on: `runc-restore(8)`.
    ///
    /// # Errors
    /// [`Error`]; nothing of it is left then, but for what hooks have done.
    pub fn restore(&self, id: &ContainerId, bundle: &Bundle, asked: &Restoration) -> Result<Made, Error> {
        let spec = &bundle.spec;
        let warnings = spec.validate()?.into_iter().map(Warning::Configuration).collect();
        let rootfs = translate::rootfs(&bundle.directory, spec)?;
        let directories = Directories::open(&asked.imaging, LOG)?;
        let streams = read_streams(&directories, &asked.imaging.images)?;
        let group = cgroup::prepare(asked.cgroups, asked.rights, id, spec)?;
        let room = self.claim(id)?;
        let mut record = Record::new(id.clone(), spec.oci_version.clone(), bundle.directory.clone(), rootfs);
        record.annotations.clone_from(&spec.annotations);
        record.restored = true;
        let mut container = Container::new(id.clone(), room, record);
        container.spec = OnceCell::from(Arc::clone(spec));
        match container.revive(bundle, asked, &directories, &streams, group) {
            Ok(child) => Ok(Made { container, child, warnings }),
            Err(error) => {
                container.give_up(self, spec);
                Err(error)
            }
        }
    }
}

impl Container {
    /// Has criu make its processes, and writes down what there is before they go on.
    fn revive(
        &mut self,
        bundle: &Bundle,
        asked: &Restoration,
        directories: &Directories,
        streams: &[String],
        prepared: Prepared,
    ) -> Result<Child, Error> {
        let spec = &bundle.spec;
        self.begin(&prepared, &bundle.text)?;
        make_mount_points(&self.id, bundle)?;
        // Of criu's mount namespace alone: nobody has to unmount it.
        let root = external::shown(&self.room.directory).map_err(|errno| self.failed("find", "", errno))?;
        let mut surroundings = Sandbox::default();
        let scope = self.make_group(prepared, spec, &mut surroundings)?;
        let id = self.id.clone();
        let class = resctrl::make(&id, spec)?;
        if let Some(class) = &class {
            surroundings.cgroups.extend(class.tasks()?);
        }
        self.write_record()?;
        let (namespaces, handed) = external::restore_namespaces(Message::default(), spec)?;
        let failed = |error| Error::criu("restore", &id, error);
        let criu = Criu::start(handed, |sandbox| {
            sandbox.cgroup = surroundings.cgroup.take();
            sandbox.cgroups = std::mem::take(&mut surroundings.cgroups);
            mount_root(sandbox, &self.record.rootfs, &root);
        })
        .map_err(failed)?;
        let pid = criu.child().pid();
        if let Some(mut scope) = scope {
            self.enter_scope(&mut scope, pid)?;
        }
        // It changes to the directory of its log, and mounts something there: in its own mount namespace alone it may.
        let directories = directories.as_seen_by(pid)?;
        let words = common(&asked.imaging, directories.numbers(), LOG, settings(spec), &root);
        let message = restoration(words, asked).and(&namespaces);
        let bound = external::bound(&bundle.directory, spec)?;
        let message = external::restore_mounts(message, &bound, spec);
        let mut message = external::restore_streams(message, streams);
        for own in groups_of(pid)? {
            message = group(message, own.hierarchy().as_bytes(), own.path().as_os_str().as_bytes());
        }
        let mut child = None;
        let done = criu.ask(Request::Restore, message, &directories.log, failed, |notice| {
            self.hear(spec, asked, notice, &mut child)
        });
        match (done, child) {
            (Ok(()), Some(child)) => {
                if let Some(class) = class {
                    class.keep();
                }
                Ok(child)
            }
            (Err(error), child) => {
                child.as_ref().map(end);
                Err(error)
            }
            (Ok(()), None) => {
                Err(Error::System { doing: "learn which process was restored", errno: Errno::PROTO })
            }
        }
    }

    /// Does our part when criu has come to something.
    fn hear(
        &mut self,
        spec: &Spec,
        asked: &Restoration,
        notice: Notice<'_>,
        child: &mut Option<Child>,
    ) -> Result<(), Error> {
        match (notice.event, notice.process, notice.descriptor) {
            (b"setup-namespaces", Some(process), _) => {
                let state = self.state_with(Status::Creating, process.as_raw_pid());
                hook::run_all("prestart", &spec.hooks.prestart, &state, Ok)?;
                hook::run_all("createRuntime", &spec.hooks.create_runtime, &state, Ok)
            }
            (b"orphan-pts-master", _, Some(terminal)) => match &asked.console {
                Some(socket) => send(socket, &terminal),
                None => Err(Error::NoConsoleSocket),
            },
            // Its processes are all there, and stand still.
            (b"post-restore", Some(process), _) => {
                *child = Some(self.take_over(spec, process)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn take_over(&mut self, spec: &Spec, process: Pid) -> Result<Child, Error> {
        let failed = |errno| Error::System { doing: "look at the restored process", errno };
        let pidfd = pidfd_open(process, PidfdFlags::empty()).map_err(failed)?;
        let mark = ProcessMark::of(pidfd.as_fd(), process).map_err(failed)?;
        let is_new =
            |namespace: &crate::spec::Namespace| namespace.kind == Kind::Net && namespace.path.is_none();
        if spec.linux.namespaces.iter().any(is_new) {
            net_devices::loopback_up(process)?;
        }
        self.record.process = Some(mark);
        self.record.status = Status::Running;
        self.write_record()?;
        Ok(Child::adopt(process, pidfd))
    }
}

/// Makes the directories and files on which something is to be mounted, as far as they are not there: a container is made as ever,
/// up to where everything is mounted, and given up.
fn make_mount_points(id: &ContainerId, bundle: &Bundle) -> Result<(), Error> {
    let mut spec = (*bundle.spec).clone();
    spec.linux.seccomp = None;
    let process = Process { terminal: false, ..spec.process.clone().ok_or(Error::NoProcess)? };
    let mut sandbox = translate::container(id, &bundle.directory, &spec, &process, Surroundings::default())?;
    sandbox.attended = vec![Point::Mounted];
    let mut mounted = false;
    let started = sandbox.plan()?.spawn_attended(&mut |_, _| {
        mounted = true;
        Err(Errno::CANCELED)
    });
    match started {
        Err(_) if mounted => Ok(()),
        started => started.map(|child| end(&child)).map_err(Error::from),
    }
}

/// Gives criu what it wants a root to be: a mount, whose own mount point is seen.
fn mount_root(sandbox: &mut Sandbox, rootfs: &Path, place: &Path) {
    sandbox.namespaces.new.insert(Kind::Mnt);
    sandbox.mounts.propagation = Some(Propagation::Slave);
    let mut bind = Bind::new(rootfs, place);
    bind.recursive = true;
    sandbox.mounts.mounts = vec![Mount::Bind(bind)];
}

/// The groups that a process is in.
fn groups_of(process: Pid) -> Result<Vec<Membership>, Error> {
    let path = PathBuf::from(format!("/proc/{process}/cgroup"));
    let text = std::fs::read(&path).map_err(|error| {
        let errno = Errno::from_io_error(&error).unwrap_or(Errno::IO);
        Error::File { doing: "read", path: path.clone(), errno }
    })?;
    Membership::parse_all(&text).map_err(|_| Error::File {
        doing: "make sense of",
        path,
        errno: Errno::INVAL,
    })
}

fn read_streams(directories: &Directories, images: &Path) -> Result<Vec<String>, Error> {
    let path = images.join(STREAMS);
    let text = read_document(&directories.images, Path::new(STREAMS)).map_err(|error| match error {
        Error::File { doing, errno, .. } => Error::File { doing, path: path.clone(), errno },
        other => other,
    })?;
    serde_json::from_slice(&text).map_err(|_| Error::File {
        doing: "make sense of",
        path,
        errno: Errno::INVAL,
    })
}

/// Sends the controlling side of a terminal to whoever asked for it.
fn send(socket: &OwnedFd, terminal: &OwnedFd) -> Result<(), Error> {
    insula_sys::descriptor::send(socket, terminal, b"/dev/ptmx")
        .map_err(|errno| Error::System { doing: "send the terminal of the process", errno })
}
