//! `pivot_root(2)`.

use std::path::Path;

use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Diagnosis, Evidence, lacks, mount, refused_by_others};

pub(super) fn pivot_root(new_root: &Path, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    let shown = new_root.display();
    match errno {
        Errno::BUSY => Some(
            Diagnosis::new(format!("`{shown}` is on the mount that is the root already"))
                .hint(format!("bind it over itself first, or give another directory: `--bind {shown}`")),
        ),
        Errno::INVAL => Some(invalid(new_root, evidence)),
        Errno::PERM | Errno::ACCESS => {
            lacks(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", "changing the root")
                .map(|diagnosis| {
                    diagnosis.hint("create a user and a mount namespace with it, or run as root")
                })
                .or_else(|| refused_by_others(evidence))
        }
        other => mount::path(new_root, other),
    }
}

fn invalid(new_root: &Path, evidence: &Evidence) -> Diagnosis {
    if evidence.is_chrooted() {
        return Diagnosis::new("the root directory of this process is no mount, since it is in a chroot")
            .hint("start it outside the chroot");
    }
    if evidence.mount_of(Path::new("/")).is_some_and(|root| root.fs_type == "rootfs") {
        return Diagnosis::new(
            "the root is the kernel's first file system (rootfs), from which one can't move",
        )
        .hint("boot with a root file system, or let the initramfs move its own root into a tmpfs");
    }
    match evidence.mount_of(new_root) {
        Some(facts) if facts.place != new_root => Diagnosis::new(format!(
            "`{}` is no mount point (it is on `{}`), and only a mount can be the root",
            new_root.display(),
            facts.place.display()
        ))
        .hint("bind it over itself first"),
        _ => Diagnosis::new(format!(
            "mounts on `{}`, or on the mount that it is on, travel to other mount namespaces (shared), or the place \
             for the old root is not below it",
            new_root.display()
        ))
        .hint("make them private: `--propagation private`"),
    }
}
