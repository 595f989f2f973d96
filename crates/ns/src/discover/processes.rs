//! The pass over `/proc`: of each process, its links to namespaces.

use std::os::fd::AsFd as _;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;

use super::{Finding, Process, Want};
use crate::Kind;
use crate::procfs::{NsLink, ProcPath, ns_inode_at};

/// The links of the process before, which the next one mostly shares.
struct Previous {
    inodes: [u64; 8],
    places: [u32; 8],
}

impl Finding {
    pub(super) fn find_processes(&mut self) -> Result<(), Errno> {
        let pids: Vec<Pid> = self.snapshot.proc.pids()?;
        self.snapshot.processes.reserve(pids.len());
        // The first process of a PID namespace lives as long as that does.
        self.snapshot.hidden.unlisted = pids.first() != Pid::from_raw(1).as_ref();
        let mut previous = Previous { inodes: [0; 8], places: [Process::NOWHERE; 8] };
        for pid in pids {
            self.visit(pid, None, &mut previous);
            if self.scan.wants(Want::Threads) {
                self.visit_threads(pid, &mut previous);
            }
        }
        if self.scan.wants(Want::Threads) {
            self.snapshot.processes.sort_unstable_by_key(|process| process.pid.as_raw_nonzero());
        }
        Ok(())
    }

    /// Reads the links of one process or thread.
    fn visit(&mut self, pid: Pid, thread_of: Option<Pid>, previous: &mut Previous) {
        match self.links(pid, previous) {
            // It ended since it was listed, or is about to.
            Ok(places) if places == [Process::NOWHERE; 8] => {}
            Ok(places) => {
                for place in places {
                    let Some(found) = self.snapshot.namespaces.get_mut(place as usize) else { continue };
                    if thread_of.is_some() {
                        found.threads += 1;
                    } else {
                        found.processes += 1;
                        found.lowest.get_or_insert(pid);
                    }
                }
                self.snapshot.processes.push(Process { pid, thread_of, places });
                if self.scan.wants(Want::ForChildren) {
                    self.visit_for_children(pid, places);
                }
            }
            Err(Errno::ACCESS | Errno::PERM) => self.snapshot.hidden.processes += 1,
            Err(_) => {}
        }
    }

    /// The places of its namespaces, unless the caller may see none.
    fn links(&mut self, pid: Pid, previous: &mut Previous) -> Result<[u32; 8], Errno> {
        let kinds = self.scan.kinds;
        let mut places = [Process::NOWHERE; 8];
        if kinds.len() == 1 {
            for kind in kinds.iter() {
                let inode = self.snapshot.proc.ns_inode(pid, kind.into());
                places[kind as usize] = self.remembered(kind, inode, previous)?;
            }
            return Ok(places);
        }
        // Several links are read by way of their directory: less for the kernel to walk, and all of one process.
        let path = ProcPath::new(format_args!("{pid}/ns"));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = rustix::fs::openat(&self.snapshot.proc, path.as_c_str(), flags, Mode::empty())?;
        for kind in kinds.iter() {
            let inode = ns_inode_at(dir.as_fd(), kind.name());
            places[kind as usize] = self.remembered(kind, inode, previous)?;
        }
        Ok(places)
    }

    fn remembered(
        &mut self,
        kind: Kind,
        inode: Result<u64, Errno>,
        previous: &mut Previous,
    ) -> Result<u32, Errno> {
        let slot = kind as usize;
        match inode {
            Ok(inode) => {
                if previous.inodes[slot] != inode {
                    previous.inodes[slot] = inode;
                    previous.places[slot] = self.place(kind, inode);
                }
                Ok(previous.places[slot])
            }
            // The kernel judges all links of a process alike, so this one refusal is enough.
            Err(denied @ (Errno::ACCESS | Errno::PERM)) => Err(denied),
            // The kernel lacks this kind, or the process is ending: it lets go of most before it goes itself.
            Err(_) => Ok(Process::NOWHERE),
        }
    }

    fn visit_for_children(&mut self, pid: Pid, places: [u32; 8]) {
        for link in [NsLink::PidForChildren, NsLink::TimeForChildren] {
            // Until its first child is born, a PID namespace made by `unshare(2)` does not show.
            let Ok(inode) = self.snapshot.proc.ns_inode(pid, link) else { continue };
            if self.snapshot.index.get(inode) != Some(places[link.kind() as usize])
                && let Some(found) = self.found(link.kind(), inode)
            {
                found.for_children_of.push(pid);
            }
        }
    }

    fn visit_threads(&mut self, pid: Pid, previous: &mut Previous) {
        let path = ProcPath::new(format_args!("{pid}/task"));
        // A directory for each thread: with its own two links, three say that there is only one.
        let stat = rustix::fs::statat(&self.snapshot.proc, path.as_c_str(), AtFlags::empty());
        if stat.is_ok_and(|stat| stat.st_nlink <= 3) {
            return;
        }
        let Ok(threads) = self.numbers.read(self.snapshot.proc.as_fd(), path.as_c_str()) else { return };
        let threads: Vec<Pid> = threads.iter().filter_map(|thread| Pid::from_raw(*thread)).collect();
        for thread in threads.into_iter().filter(|thread| *thread != pid) {
            self.visit(thread, Some(pid), previous);
        }
    }
}
