//! Namespaces that the kernel itself lists, whatever holds them.

use std::os::fd::AsFd as _;

use insula_sys::nsfs;
use rustix::io::Errno;

use super::Finding;
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
        // The kernel goes through them in the order of their ids, both ways.
        for step in [nsfs::previous_mount_namespace, nsfs::next_mount_namespace] {
            let mut namespace = Namespace::of_self(Kind::Mnt).ok();
            while let Some(here) = namespace {
                self.add_listed(&here);
                namespace = step(here.as_fd()).ok().and_then(|fd| Namespace::from_fd(fd).ok());
            }
        }
    }

    fn add_listed(&mut self, namespace: &Namespace) {
        let inode = namespace.id().ino;
        if self.snapshot.find(inode).is_none()
            && let Some(found) = self.found(namespace.kind(), inode)
        {
            // So that it can be opened again, whatever holds it.
            found.handle = namespace.handle();
        }
    }
}
