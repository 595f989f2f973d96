//! `mount(2)`, and the calls that took its place: `fsopen(2)`, `fsconfig(2)`, `fsmount(2)`, `open_tree(2)`,
//! `move_mount(2)`, `mount_setattr(2)`, `umount2(2)`.

use std::path::Path;

use insula_ns::Kind;
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::{Diagnosis, Evidence, apparmor, lacks, refused_by_others};
use crate::doctor::surroundings::Surroundings;

/// File systems that a user namespace may mount: those with `FS_USERNS_MOUNT` in the kernel.
const FOR_EVERYBODY: [&str; 14] = [
    "aufs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "devpts",
    "fuse",
    "fuse.",
    "mqueue",
    "overlay",
    "proc",
    "ramfs",
    "sysfs",
    "tmpfs",
];

pub(super) fn new(fs_type: &str, target: &Path, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::NODEV => Some(unknown_type(fs_type, evidence)),
        Errno::PERM => new_not_permitted(fs_type, evidence),
        Errno::ACCESS => apparmor(evidence).or_else(|| refused_by_others(evidence)).or_else(|| {
            Some(
                Diagnosis::new(
                    "the device or file system can only be read, or the device file is on a mount with `nodev`, or a \
                     directory on the way may not be searched",
                )
                .hint("mount it read-only"),
            )
        }),
        Errno::ROFS => {
            Some(Diagnosis::new("the device or file system can only be read").hint("mount it read-only"))
        }
        Errno::BUSY => Some(Diagnosis::new(format!(
            "it is mounted on `{}` already, or its device is in use",
            target.display()
        ))),
        Errno::INVAL => Some(invalid(fs_type)),
        Errno::NOTBLK => Some(Diagnosis::new(format!("{fs_type} needs a block device, and the source is none"))),
        Errno::NXIO => Some(Diagnosis::new("there is no driver for that device")),
        Errno::MFILE => Some(Diagnosis::new("the kernel has no number left for another file system without a device")),
        Errno::OVERFLOW => Some(
            Diagnosis::new("an owner that the file system was to get does not exist in the user namespace")
                .hint("give ids that are mapped"),
        ),
        other => path(target, other),
    }
}

fn unknown_type(fs_type: &str, evidence: &Evidence) -> Diagnosis {
    let listed = evidence.text("/proc/filesystems").unwrap_or_default();
    let listed = listed.lines().any(|line| line.split('\t').nth(1) == Some(fs_type));
    if listed {
        return Diagnosis::new(format!("the source is no device with a {fs_type} file system"));
    }
    let diagnosis = Diagnosis::new(format!(
        "this kernel has no file system `{fs_type}`, or it is a module that isn't loaded (/proc/filesystems)"
    ));
    diagnosis.hint(format!("as root: `modprobe {fs_type}`"))
}

fn new_not_permitted(fs_type: &str, evidence: &Evidence) -> Option<Diagnosis> {
    if matches!(fs_type, "proc" | "sysfs")
        && let Some(place) = evidence.covered_proc()
    {
        let container = Surroundings::read(evidence).container;
        return Some(
            Diagnosis::new(format!(
                "part of /proc is hidden by a mount on `{}`, and the kernel shows nobody with a user namespace of his \
                 own what is hidden from him",
                place.display()
            ))
            .hint(match container {
                Some(container) => container.unhidden(),
                None => "as root: unmount what is below /proc, or do without a new /proc",
            }),
        );
    }
    if let Some(diagnosis) = apparmor(evidence) {
        return Some(diagnosis);
    }
    let everybody = FOR_EVERYBODY.contains(&fs_type) || fs_type.starts_with("fuse.");
    let outside = evidence.in_initial(Kind::User) != Some(false) && evidence.has(CapabilitySet::SYS_ADMIN);
    if !everybody && !outside {
        return Some(
            Diagnosis::new(format!(
                "{fs_type} can be mounted only with CAP_SYS_ADMIN in the first user namespace"
            ))
            .hint("let root mount it outside, and bind it"),
        );
    }
    if let Some(diagnosis) = foreign_mounts(evidence) {
        return Some(diagnosis);
    }
    let shows = match fs_type {
        "proc" => Some(Kind::Pid),
        "sysfs" => Some(Kind::Net),
        "mqueue" => Some(Kind::Ipc),
        "cgroup" | "cgroup2" => Some(Kind::Cgroup),
        _ => None,
    };
    if let Some(kind) = shows.filter(|_| !outside || evidence.in_initial(Kind::User) == Some(false)) {
        return Some(if evidence.new_kinds().contains(kind) {
            Diagnosis::new(format!(
                "the kernel lets a user namespace mount a new {fs_type} only where it sees one with nothing hidden"
            ))
            .hint(format!("keep the {fs_type} of outside: bind it, or leave it where it is"))
        } else {
            Diagnosis::new(format!(
                "a new {fs_type} shows the {kind} namespace, and takes CAP_SYS_ADMIN in the user namespace that owns it"
            ))
            .hint(format!("create a new {kind} namespace with it"))
        });
    }
    if fs_type == "binfmt_misc" && !outside {
        return Some(
            Diagnosis::new(
                "binfmt_misc is one for the whole machine on this kernel, and only root of the machine may mount it: each \
                 user namespace has its own since Linux 6.7",
            )
            .hint("as root: register the format for the whole machine, in /proc/sys/fs/binfmt_misc/register"),
        );
    }
    lacks(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", "mounting")
        .map(|diagnosis| diagnosis.hint("create a user and a mount namespace with it, or run as root"))
        .or_else(|| refused_by_others(evidence))
}

fn invalid(fs_type: &str) -> Diagnosis {
    if fs_type == "overlay" {
        return Diagnosis::new(
            "overlay refuses these: all must be directories, the upper one be on a file system with extended attributes that \
             is not itself an overlay, the work directory empty and on the same one, and neither below the other",
        )
        .hint("put both on a tmpfs, or look into the kernel's log: `sudo dmesg | tail`");
    }
    Diagnosis::new(format!("{fs_type} knows no such option or value, or the device holds no {fs_type}"))
        .hint("look into the kernel's log: `sudo dmesg | tail`")
}

pub(super) fn bind(source: &Path, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::INVAL => {
            let facts = evidence.mount_of(source);
            Some(if facts.as_ref().is_some_and(|facts| facts.unbindable) {
                Diagnosis::new(format!("`{}` is on a mount that is marked unbindable", source.display()))
                    .hint("as root: `mount --make-private` it")
            } else if facts.as_ref().is_some_and(|facts| facts.fs_type == "nsfs" || facts.fs_type == "proc") {
                Diagnosis::new(format!(
                    "`{}` is a mount namespace that could keep itself alive here: one that is not newer than the one \
                     it is mounted in, or the place is on a shared mount",
                    source.display()
                ))
                .hint("mount it where propagation is private, from a mount namespace that is older")
            } else {
                Diagnosis::new(format!(
                    "`{}` has mounts on it that a user namespace may not look under, or is not in this mount namespace",
                    source.display()
                ))
                .hint("bind it with what is mounted on it (recursively)")
            })
        }
        Errno::PERM => not_permitted("bind mounting", evidence),
        other => path(source, other),
    }
}

pub(super) fn attach(target: &Path, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::INVAL => Some(
            Diagnosis::new(format!(
                "the mount is not in this mount namespace, or it is on a shared mount, or has unbindable mounts and \
                 `{}` is shared",
                target.display()
            ))
            .hint("make mounts private first: `--propagation private`"),
        ),
        Errno::LOOP => Some(Diagnosis::new(format!("`{}` is inside what is to be mounted there", target.display()))),
        Errno::BUSY => Some(Diagnosis::new(format!("the same is mounted on `{}` already", target.display()))),
        Errno::NOTDIR => Some(
            Diagnosis::new(format!("of the source and `{}` one is a directory and the other is not", target.display()))
                .hint("mount directories on directories, files on files"),
        ),
        Errno::PERM => not_permitted("mounting", evidence),
        other => path(target, other),
    }
}

pub(super) fn attributes(target: &Path, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::PERM => not_permitted("changing a mount", evidence).or_else(|| {
            Some(
                Diagnosis::new(format!(
                    "flags of the mount `{}` are locked, since it came here from a mount namespace with more privilege",
                    target.display()
                ))
                .hint("keep the flags that it has (`grep` it in /proc/self/mountinfo), or change it outside"),
            )
        }),
        Errno::INVAL => Some(
            Diagnosis::new(format!("`{}` is no mount point, or these flags exclude each other", target.display()))
                .hint("bind it over itself first"),
        ),
        Errno::BUSY => Some(
            Diagnosis::new(format!("files on `{}` are open for writing, so it can't become read-only", target.display()))
                .hint("end those programs: `fuser -vm`, or use a bind mount that is read-only"),
        ),
        Errno::NOSPC => Some(Diagnosis::new("the kernel has no number left for another group of shared mounts")),
        other => path(target, other),
    }
}

pub(super) fn map_ids(source: &Path, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    let fs_type =
        evidence.mount_of(source).map_or_else(|| "its file system".to_owned(), |facts| facts.fs_type);
    match errno {
        Errno::INVAL | Errno::OPNOTSUPP => Some(
            Diagnosis::new(format!(
                "`{}` can't have its ids mapped: {fs_type} doesn't support it in this kernel, or was mounted in a user \
                 namespace",
                source.display()
            ))
            .hint("bind it without a map, or copy the files"),
        ),
        Errno::PERM => Some(
            if evidence.has(CapabilitySet::SYS_ADMIN) && evidence.in_initial(Kind::User) != Some(false) {
                Diagnosis::new("the mount's ids are mapped already, or the map is that of the first user namespace")
            } else {
                Diagnosis::new(format!(
                    "mapping the ids of a mount takes CAP_SYS_ADMIN in the user namespace that mounted {fs_type}"
                ))
                .hint("let root do it outside, or bind it without a map")
            },
        ),
        Errno::BUSY => Some(Diagnosis::new(format!("files on `{}` are open for writing", source.display()))),
        Errno::BADF => Some(Diagnosis::new("the descriptor given for the map is no user namespace")),
        other => path(source, other),
    }
}

pub(super) fn unmount(target: &Path, errno: Errno, evidence: &Evidence) -> Option<Diagnosis> {
    match errno {
        Errno::INVAL => Some(Diagnosis::new(format!(
            "`{}` is no mount point, or one that came here from a mount namespace with more privilege, and is locked",
            target.display()
        ))),
        Errno::BUSY => Some(
            Diagnosis::new(format!("`{}` is in use", target.display()))
                .hint("end those programs (`fuser -vm`), or detach it: `umount --lazy`"),
        ),
        Errno::PERM => not_permitted("unmounting", evidence),
        other => path(target, other),
    }
}

/// A new user namespace without a mount namespace has the mounts of outside, and no say over them.
fn foreign_mounts(evidence: &Evidence) -> Option<Diagnosis> {
    let new = evidence.new_kinds();
    (new.contains(Kind::User) && !new.contains(Kind::Mnt)).then(|| {
        Diagnosis::new("the mount namespace belongs to the user namespace outside")
            .hint("create a new mnt namespace with it")
    })
}

fn not_permitted(what: &str, evidence: &Evidence) -> Option<Diagnosis> {
    apparmor(evidence)
        .or_else(|| foreign_mounts(evidence))
        .or_else(|| {
            lacks(evidence, CapabilitySet::SYS_ADMIN, "CAP_SYS_ADMIN", what).map(|diagnosis| {
                diagnosis.hint("create a user and a mount namespace with it, or run as root")
            })
        })
        .or_else(|| refused_by_others(evidence))
}

/// What is wrong with a path, or with the number of mounts: the same for all of these calls.
pub(super) fn path(path: &Path, errno: Errno) -> Option<Diagnosis> {
    let shown = path.display();
    Some(match errno {
        Errno::NOENT => Diagnosis::new(format!("`{shown}`, or something that it needs, does not exist"))
            .hint("make it first"),
        Errno::NOTDIR => Diagnosis::new(format!("`{shown}`, or part of it, is no directory")),
        Errno::ACCESS => Diagnosis::new(format!("a directory of `{shown}` may not be searched by this user"))
            .hint("give it the permission `x`"),
        Errno::LOOP => {
            Diagnosis::new(format!("`{shown}` has too many symbolic links, or one where none is allowed"))
        }
        Errno::NAMETOOLONG => {
            Diagnosis::new(format!("`{shown}` is longer than 4095 bytes, or a part than 255"))
        }
        Errno::NOSPC => Diagnosis::new("this mount namespace has as many mounts as allowed (fs.mount-max)")
            .hint("as root: `sysctl fs.mount-max=1000000`"),
        Errno::XDEV => Diagnosis::new(format!("`{shown}` leads out of the root that it must stay in")),
        _ => return None,
    })
}
