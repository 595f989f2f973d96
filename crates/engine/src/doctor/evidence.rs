//! What the machine says about itself, read at the moment it is asked.

use std::path::{Path, PathBuf};

use insula_ns::idmap::{IdKind, IdMap};
use insula_ns::{Kind, Kinds, mountinfo};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

/// Tries to create these namespaces in a child that ends at once, and says what the kernel answered.
///
/// `None` is for an attempt that failed for another reason, and so shows nothing.
pub type Attempt = fn(Kinds) -> Option<Result<(), Errno>>;

/// Where evidence is read: this machine, or files that a test made up.
#[derive(Clone, Debug)]
pub struct Evidence {
    root: PathBuf,
    attempt: Option<Attempt>,
    /// Namespaces that the process which failed had got, and this one has not.
    new: Kinds,
}

/// What `/proc/self/status` says, as far as it decides what this process may do: `proc_pid_status(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Effective user id.
    pub euid: u32,
    /// Effective group id.
    pub egid: u32,
    /// Effective capabilities, in the process's own user namespace.
    pub capabilities: CapabilitySet,
    /// Capabilities that no program it executes can have.
    pub bounding: CapabilitySet,
    /// Whether executing a program gains it nothing.
    pub no_new_privs: bool,
    /// Whether a seccomp filter (or the strict mode) looks at its system calls.
    pub seccomp: bool,
    /// Number of its threads.
    pub threads: u32,
}

impl Evidence {
    /// This machine and process, where trying is possible.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self { root: "/".into(), attempt: Some(super::trial::create), new: Kinds::NONE }
    }

    /// A copy of `/proc`, `/sys` and so on below `root`.
    #[must_use]
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), attempt: None, new: Kinds::NONE }
    }

    /// Lets a diagnosis try single kinds to find out which of several it was.
    #[must_use]
    pub fn with_attempt(self, attempt: Attempt) -> Self {
        Self { attempt: Some(attempt), ..self }
    }

    /// The same for a child of this process that is in new namespaces of these kinds.
    ///
    /// In a new user namespace it has all capabilities, which reach no further than that namespace.
    #[must_use]
    pub fn inside(&self, kinds: Kinds) -> Self {
        Self { new: kinds, ..self.clone() }
    }

    /// The new namespaces that the evidence is about: see [`inside`](Self::inside).
    #[must_use]
    pub const fn new_kinds(&self) -> Kinds {
        self.new
    }

    /// Tries to create `kinds`; `None` where trying isn't possible, or shows nothing.
    #[must_use]
    pub fn attempt(&self, kinds: Kinds) -> Option<Result<(), Errno>> {
        self.attempt.and_then(|attempt| attempt(kinds))
    }

    /// The file at `path`, an absolute path; `None` if it can't be read, or isn't text.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.file(path)).ok()
    }

    /// Whether there is something at `path`.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.file(path).exists()
    }

    /// What the link at `path` says.
    #[must_use]
    pub fn link(&self, path: &str) -> Option<String> {
        std::fs::read_link(self.file(path)).ok()?.into_os_string().into_string().ok()
    }

    /// A kernel setting, such as `user.max_net_namespaces`; `None` where the kernel doesn't have it.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<u64> {
        self.text(&format!("/proc/sys/{}", name.replace('.', "/")))?.trim().parse().ok()
    }

    /// This process; `None` without `/proc`.
    #[must_use]
    pub fn process(&self) -> Option<Process> {
        let status = self.text("/proc/self/status")?;
        let field = |name: &str| {
            status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
        };
        let effective = |name| field(name)?.split_ascii_whitespace().nth(1)?.parse().ok();
        let set = |name| u64::from_str_radix(field(name)?, 16).ok().map(CapabilitySet::from_bits_retain);
        Some(Process {
            euid: effective("Uid")?,
            egid: effective("Gid")?,
            capabilities: set("CapEff")?,
            bounding: set("CapBnd")?,
            // Fields of newer kernels; absent is off.
            no_new_privs: field("NoNewPrivs") == Some("1"),
            seccomp: field("Seccomp").is_some_and(|mode| mode != "0"),
            threads: field("Threads")?.parse().ok()?,
        })
    }

    /// Whether the process has a capability in its own user namespace; `false` where that isn't known.
    #[must_use]
    pub fn has(&self, capability: CapabilitySet) -> bool {
        self.new.contains(Kind::User) || self.has_outside(capability)
    }

    /// Whether this process, outside of any new namespace, has a capability.
    #[must_use]
    pub fn has_outside(&self, capability: CapabilitySet) -> bool {
        self.process().is_some_and(|process| process.capabilities.contains(capability))
    }

    /// The user or group id map of this process's user namespace.
    #[must_use]
    pub fn id_map(&self, kind: IdKind) -> Option<IdMap> {
        IdMap::from_proc(&self.text(&format!("/proc/self/{}", kind.map_file()))?).ok()
    }

    /// The kind of id, user or group, whose effective id this process has does not exist in its user namespace.
    #[must_use]
    pub fn unmapped_id(&self) -> Option<IdKind> {
        let process = self.process()?;
        let lacks =
            |kind, id| self.id_map(kind).is_some_and(|map| map.to_outside(id).is_none() && !unseen(&map, id));
        if lacks(IdKind::Uid, process.euid) {
            Some(IdKind::Uid)
        } else {
            lacks(IdKind::Gid, process.egid).then_some(IdKind::Gid)
        }
    }

    /// Whether the root directory of this process is not that of its mount namespace: then it lists no mount at `/`.
    #[must_use]
    pub fn is_chrooted(&self) -> bool {
        let Ok(text) = std::fs::read(self.file("/proc/self/mountinfo")) else { return false };
        let mounts: Vec<_> = mountinfo::parse(&text).filter_map(Result::ok).collect();
        !mounts.is_empty() && !mounts.iter().any(|mount| &*mount.mount_point == "/")
    }

    /// Where something is mounted below `/proc`, which hides part of it: the first such place.
    #[must_use]
    pub fn covered_proc(&self) -> Option<PathBuf> {
        let text = std::fs::read(self.file("/proc/self/mountinfo")).ok()?;
        let below = |mount: &mountinfo::Mount<'_>| {
            let place = Path::new(&*mount.mount_point);
            // The kernel permits mounts on directories that are always empty.
            (place.starts_with("/proc")
                && place != Path::new("/proc")
                && &*mount.fs_type != "binfmt_misc"
                && &*mount.fs_type != "autofs")
                .then(|| place.to_owned())
        };
        mountinfo::parse(&text).filter_map(Result::ok).find_map(|mount| below(&mount))
    }

    /// The type and options of the mount that `path` is on.
    #[must_use]
    pub fn mount_of(&self, path: &Path) -> Option<MountFacts> {
        let text = std::fs::read(self.file("/proc/self/mountinfo")).ok()?;
        let mounts = mountinfo::parse(&text).filter_map(Result::ok);
        let over = mounts.filter(|mount| path.starts_with(Path::new(&*mount.mount_point)));
        // Of several at one place the last one is on top.
        let top = over.max_by_key(|mount| Path::new(&*mount.mount_point).components().count())?;
        Some(MountFacts {
            place: PathBuf::from(&*top.mount_point),
            fs_type: top.fs_type.to_string_lossy().into_owned(),
            read_only: top.has_option("ro"),
            shared: top.propagation.shared.is_some(),
            unbindable: top.propagation.unbindable,
        })
    }

    /// Whether AppArmor keeps programs without a profile from using user namespaces.
    #[must_use]
    pub fn apparmor_restricts(&self) -> bool {
        self.setting("kernel.apparmor_restrict_unprivileged_userns").is_some_and(|value| value != 0)
    }

    /// The profile or context that a security module has put this process in, unless it is in none.
    #[must_use]
    pub fn confinement(&self) -> Option<String> {
        let label = self.text("/proc/self/attr/current")?;
        let label = label.trim_end_matches(['\0', '\n']);
        (!label.is_empty() && label != "unconfined" && label != "kernel").then(|| label.to_owned())
    }

    /// Whether the kernel has this kind of namespace at all.
    #[must_use]
    pub fn kernel_has(&self, kind: Kind) -> bool {
        self.link(&format!("/proc/self/ns/{kind}")).is_some()
    }

    /// Whether this process is in the first namespace of this kind, whose inode number is fixed; `None` where it isn't.
    ///
    /// `PROC_USER_INIT_INO` and the like of the kernel's `linux/proc_ns.h`; network and mount namespaces since 6.18.
    #[must_use]
    pub fn in_initial(&self, kind: Kind) -> Option<bool> {
        if self.new.contains(kind) {
            return Some(false);
        }
        let link = self.link(&format!("/proc/self/ns/{kind}"))?;
        let inode: u32 = link.split_once(":[")?.1.strip_suffix(']')?.parse().ok()?;
        let initial = match kind {
            Kind::Ipc => 0xefff_ffff,
            Kind::Uts => 0xefff_fffe,
            Kind::User => 0xefff_fffd,
            Kind::Pid => 0xefff_fffc,
            Kind::Cgroup => 0xefff_fffb,
            Kind::Time => 0xefff_fffa,
            Kind::Net => 0xefff_fff9,
            Kind::Mnt => 0xefff_fff8,
        };
        match kind {
            // Older kernels number the first of these like any other.
            Kind::Net | Kind::Mnt if inode != initial => None,
            _ => Some(inode == initial),
        }
    }

    fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }
}

/// What matters of the mount that a path is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountFacts {
    /// Where it is mounted.
    pub place: PathBuf,
    /// Type of its file system.
    pub fs_type: String,
    /// Whether the mount is read-only.
    pub read_only: bool,
    /// Whether mounts on it travel to its peers.
    pub shared: bool,
    /// Whether it can't be bind mounted.
    pub unbindable: bool,
}

/// Whether the map has `inside`, for an outside id that this process can't see.
fn unseen(map: &IdMap, inside: u32) -> bool {
    map.extents().iter().any(|extent| {
        inside.checked_sub(extent.inside).is_some_and(|offset| offset < extent.count) && !extent.is_seen()
    })
}
