//! Ways to open a namespace that was found.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};

use super::{Found, HeldDescriptor, NsMount, SeenFrom, Snapshot};
use crate::procfs::ProcPath;
use crate::{Kind, Namespace, NamespaceError, NsLink};

impl Snapshot {
    /// Opens the namespace at index `namespace`, by whatever holds it.
    ///
    /// # Errors
    /// [`NamespaceError::Unreachable`] when it is gone, or nothing that holds it lets the caller have it.
    pub fn open(&self, namespace: usize) -> Result<Namespace, NamespaceError> {
        let found = &self.namespaces[namespace];
        self.open_by_process(found)
            .or_else(|| self.open_for_children(found))
            .or_else(|| found.descriptors.iter().find_map(|held| self.open_descriptor(found, *held)))
            .or_else(|| found.mounts.iter().find_map(|mount| self.open_mount(found, mount)))
            .or_else(|| found.sockets.iter().find_map(|held| open_socket(found, *held)))
            .or_else(|| Namespace::by_handle(found.handle?).ok())
            // A holder that ended may have left its ids and paths to another namespace's.
            .filter(|namespace| namespace.id() == found.id)
            .ok_or(NamespaceError::Unreachable { kind: found.kind, id: found.id })
    }

    fn open_by_process(&self, found: &Found) -> Option<Namespace> {
        let open = |pid: Pid| same(found, self.proc().open_ns(pid, NsLink::Own(found.kind)));
        let lowest = found.lowest.and_then(open);
        if lowest.is_some() || (found.processes < 2 && found.threads == 0) {
            return lowest;
        }
        // The lowest ended since: look for another one.
        let place = self.find(found.id.ino)?;
        self.members(place).find_map(|process| open(process.pid))
    }

    fn open_for_children(&self, found: &Found) -> Option<Namespace> {
        let link = match found.kind {
            Kind::Pid => NsLink::PidForChildren,
            Kind::Time => NsLink::TimeForChildren,
            _ => return None,
        };
        found.for_children_of.iter().find_map(|pid| same(found, self.proc().open_ns(*pid, link)))
    }

    fn open_descriptor(&self, found: &Found, held: HeldDescriptor) -> Option<Namespace> {
        let path = ProcPath::new(format_args!("{}/fd/{}", held.pid, held.descriptor));
        same(found, self.proc().open_below(path.as_c_str()))
    }

    fn open_mount(&self, found: &Found, mount: &NsMount) -> Option<Namespace> {
        match mount.seen_from {
            SeenFrom::Caller => Namespace::open(&mount.path).ok(),
            SeenFrom::Process(pid) => same(found, self.open_in_root(pid, &mount.path)),
            SeenFrom::Kernel => None,
        }
    }

    /// Opens a file in the root of a process, which its links cannot lead out of.
    fn open_in_root(&self, pid: Pid, path: &Path) -> Result<OwnedFd, Errno> {
        let name = ProcPath::new(format_args!("{pid}/root"));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::openat(self.proc(), name.as_c_str(), flags, Mode::empty())?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        rustix::fs::openat2(&root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT)
    }
}

fn open_socket(found: &Found, held: HeldDescriptor) -> Option<Namespace> {
    let process = rustix::process::pidfd_open(held.pid, PidfdFlags::empty()).ok()?;
    let socket = rustix::process::pidfd_getfd(&process, held.descriptor, PidfdGetfdFlags::empty()).ok()?;
    Namespace::of_socket(&socket).ok().filter(|namespace| namespace.id() == found.id)
}

/// The namespace that was opened, if it is the one that was found.
fn same(found: &Found, opened: Result<OwnedFd, Errno>) -> Option<Namespace> {
    Namespace::from_fd(opened.ok()?).ok().filter(|namespace| namespace.id() == found.id)
}
