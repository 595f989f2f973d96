//! Mounts of namespace files.

use std::ffi::OsString;
use std::os::fd::AsFd as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use insula_sys::nsfs;
use insula_sys::statmount::{self, StatMount};
use rustix::io::Errno;
use rustix::process::Pid;

use super::{Finding, NsMount, SeenFrom, Want};
use crate::procfs::{ProcPath, ns_in};
use crate::{Kind, NsId, mountinfo};

impl Finding {
    pub(super) fn find_mounts(&mut self) {
        let own = self.own_mount_ns;
        self.read_table(own, None);
        if !self.scan.wants(Want::AllMounts) {
            return;
        }
        // A mount namespace can be mounted, too, so one table may lead to others.
        let mut next = 0;
        while let Some(found) = self.snapshot.namespaces.get(next) {
            match (found.kind, found.id, found.lowest) {
                (Kind::Mnt, id, Some(process)) if id != own => self.read_table(id, Some(process)),
                (Kind::Mnt, id, None) if id != own => self.ask_table(id),
                _ => {}
            }
            next += 1;
        }
    }

    /// Reads the mount table of `process` (`None`: the caller), which is in mount namespace `mount_ns`.
    fn read_table(&mut self, mount_ns: NsId, process: Option<Pid>) {
        let (path, seen_from) = match process {
            Some(pid) => (ProcPath::new(format_args!("{pid}/mountinfo")), SeenFrom::Process(pid)),
            None => (ProcPath::new(format_args!("thread-self/mountinfo")), SeenFrom::Caller),
        };
        match self.snapshot.proc.read_whole(path.as_c_str()) {
            Ok(table) => {
                // A line that isn't understood is not one of nsfs.
                for mount in mountinfo::parse(&table).flatten() {
                    if let Some((kind, inode)) = mount.namespace() {
                        self.add_mount(
                            kind,
                            inode,
                            NsMount { mount_ns, seen_from, path: mount.mount_point.into_owned().into() },
                        );
                    }
                }
            }
            // The process ended: another one, or the kernel, can tell.
            Err(Errno::NOENT | Errno::SRCH | Errno::INVAL) if process.is_some() => self.ask_table(mount_ns),
            Err(_) => self.snapshot.hidden.mount_tables += 1,
        }
    }

    /// Has the kernel list the mounts of a mount namespace that no process is in.
    fn ask_table(&mut self, mount_ns: NsId) {
        let place = self.snapshot.find(mount_ns.ino);
        let listed = place.and_then(|place| self.snapshot.open(place).ok()).and_then(|namespace| {
            let id = nsfs::mount_namespace_id(namespace.as_fd()).ok()?;
            mounted_namespaces(id).ok()
        });
        let Some(mounted) = listed else {
            self.snapshot.hidden.mount_tables += 1;
            return;
        };
        for (kind, inode, path) in mounted {
            self.add_mount(kind, inode, NsMount { mount_ns, seen_from: SeenFrom::Kernel, path });
        }
    }

    fn add_mount(&mut self, kind: Kind, inode: u64, mount: NsMount) {
        if let Some(found) = self.found(kind, inode) {
            found.mounts.push(mount);
        }
    }
}

/// The namespaces mounted in the mount namespace with the 64-bit id `namespace`.
fn mounted_namespaces(namespace: u64) -> Result<Vec<(Kind, u64, PathBuf)>, Errno> {
    let (mut mounted, mut answer) = (Vec::new(), StatMount::default());
    let (mut ids, mut last) = ([0; 256], 0);
    loop {
        let count = statmount::list(namespace, last, &mut ids)?;
        for id in &ids[..count] {
            match answer.ask(namespace, *id) {
                Ok(mount) if mount.magic == u64::from(nsfs::NSFS_MAGIC) => {
                    let path = || PathBuf::from(OsString::from_vec(mount.point.to_vec()));
                    mounted.extend(ns_in(mount.root).map(|(kind, inode)| (kind, inode, path())));
                }
                // Of another file system, or gone since it was listed.
                Ok(_) | Err(Errno::NOENT) => {}
                Err(error) => return Err(error),
            }
        }
        match ids[..count].last() {
            Some(id) if count == ids.len() => last = *id,
            _ => return Ok(mounted),
        }
    }
}
