//! Namespaces that the kernel itself lists, whatever holds them.

use std::os::fd::{AsFd as _, OwnedFd};

use insula_sys::nsfs;
use rustix::io::Errno;

use super::Finding;
use crate::procfs::NsLink;
use crate::{Kind, Namespace, NsHandle};

impl Finding {
    pub(super) fn find_listed(&mut self) {
        match self.list_all() {
            // Before 6.19; of mount namespaces, 6.12 has a list too.
            Err(Errno::NOSYS) if self.scan.kinds.contains(Kind::Mnt) => self.walk_mount_namespaces(),
            Ok(()) | Err(_) => {}
        }
    }

    fn list_all(&mut self) -> Result<(), Errno> {
        let (mut ids, mut last) = ([0; 512], 0);
        loop {
            let count = nsfs::list(last, self.scan.kinds.clone_flags(), &mut ids)?;
            for ns_id in &ids[..count] {
                // It is gone since it was listed, or may be listed but not opened.
                let Ok(namespace) = Namespace::by_handle(NsHandle { ns_id: *ns_id, known: None }) else {
                    continue;
                };
                self.add_listed(&namespace);
            }
            match ids[..count].last() {
                Some(id) if count == ids.len() => last = *id,
                _ => return Ok(()),
            }
        }
    }

    fn walk_mount_namespaces(&mut self) {
        // The kernel goes through them in the order of their ids, and the initial one has the lowest.
        let Ok(own) = self.snapshot.proc.open_own_ns(NsLink::Own(Kind::Mnt)) else { return };
        let mut before = own.try_clone().ok();
        while let Some(fd) = before {
            before = nsfs::previous_mount_namespace(fd.as_fd()).ok();
            self.add_mount_namespace(before.as_ref());
        }
        let mut after = Some(own);
        while let Some(fd) = after {
            after = nsfs::next_mount_namespace(fd.as_fd()).ok();
            self.add_mount_namespace(after.as_ref());
        }
    }

    fn add_mount_namespace(&mut self, fd: Option<&OwnedFd>) {
        if let Some(namespace) = fd.and_then(|fd| Namespace::from_fd(fd.try_clone().ok()?).ok()) {
            self.add_listed(&namespace);
        }
    }

    fn add_listed(&mut self, namespace: &Namespace) {
        let handle = namespace.handle();
        if let Some(found) = self.found(namespace.kind(), namespace.id().ino) {
            found.handle = handle;
        }
    }
}
