//! Open descriptors of namespaces, and sockets that belong to other ones than their process is in.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, RawFd};

use insula_sys::nsfs;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags};

use super::{Finding, HeldDescriptor, Want};
use crate::procfs::{ProcDir, ProcPath, ns_in};
use crate::{Kind, PidFd};

impl Finding {
    pub(super) fn find_descriptors(&mut self) {
        let processes: Vec<Pid> = self
            .snapshot
            .processes
            .iter()
            .filter(|process| process.thread_of.is_none())
            .map(|process| process.pid)
            .collect();
        for pid in processes {
            // Any other answer means that it ended since it was listed.
            if let Err(Errno::ACCESS | Errno::PERM) = self.visit_descriptors(pid) {
                self.snapshot.hidden.descriptor_tables += 1;
            }
        }
    }

    fn visit_descriptors(&mut self, pid: Pid) -> Result<(), Errno> {
        let path = ProcPath::new(format_args!("{pid}/fd"));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(&self.snapshot.proc, path.as_c_str(), flags, Mode::empty())?;
        let descriptors = self.numbers.read(dir.as_fd(), c".")?.to_vec();
        let mut sockets = None;
        for descriptor in descriptors {
            let mut buffer = [MaybeUninit::uninit(); 64];
            let name = ProcPath::new(format_args!("{descriptor}"));
            let Ok((target, _)) = rustix::fs::readlinkat_raw(&dir, name.as_c_str(), &mut buffer) else {
                continue;
            };
            if let Some((kind, inode)) = ns_in(target) {
                if self.scan.wants(Want::Descriptors)
                    && let Some(found) = self.found(kind, inode)
                {
                    found.descriptors.push(HeldDescriptor { pid, descriptor });
                }
            } else if self.scan.wants(Want::Sockets) && target.starts_with(b"socket:[") {
                let sockets = sockets.get_or_insert_with(|| Sockets::of(pid, &self.snapshot.proc));
                self.visit_socket(sockets, descriptor);
            }
        }
        Ok(())
    }

    fn visit_socket(&mut self, sockets: &mut Sockets, descriptor: RawFd) {
        match sockets.net_inode(descriptor) {
            Ok(inode) if !sockets.seen.contains(&inode) => {
                sockets.seen.push(inode);
                let own = self.snapshot.process(sockets.pid).and_then(|process| process.namespace(Kind::Net));
                let pid = sockets.pid;
                if own != self.snapshot.find(inode).or(Some(usize::MAX))
                    && let Some(found) = self.found(Kind::Net, inode)
                {
                    found.sockets.push(HeldDescriptor { pid, descriptor });
                }
            }
            Err(Errno::ACCESS | Errno::PERM) => self.snapshot.hidden.sockets += 1,
            // Seen before, or closed since it was listed.
            Ok(_) | Err(_) => {}
        }
    }
}

/// The sockets of one process.
struct Sockets {
    pid: Pid,
    process: Result<PidFd, Errno>,
    /// The network namespaces that were met, by inode number.
    seen: Vec<u64>,
}

impl Sockets {
    /// Those of process `pid`. In a `/proc` of another PID namespace, that id is not ours to open it by.
    fn of(pid: Pid, proc: &ProcDir) -> Self {
        let process = if proc.is_own() {
            rustix::process::pidfd_open(pid, PidfdFlags::empty()).map(PidFd::from)
        } else {
            Err(Errno::PERM)
        };
        Self { pid, process, seen: Vec::new() }
    }

    /// The inode number of the network namespace that a socket of the process belongs to.
    fn net_inode(&self, descriptor: RawFd) -> Result<u64, Errno> {
        let process = self.process.as_ref().map_err(|error| *error)?;
        let socket = rustix::process::pidfd_getfd(process, descriptor, PidfdGetfdFlags::empty())?;
        let net = nsfs::of_socket(socket.as_fd())?;
        Ok(rustix::fs::fstat(&net)?.st_ino)
    }
}
