//! What this process is in already: a container, a sandbox, a user namespace.

use insula_ns::idmap::IdKind;
use insula_ns::{Kind, Kinds};
use serde::Serialize;

use super::evidence::Evidence;

/// A container engine or sandbox, known by the traces that it leaves inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Container {
    /// Docker: `/.dockerenv`.
    Docker,
    /// Podman: `/run/.containerenv`.
    Podman,
    /// A pod of Kubernetes: its service account, mounted at a fixed place.
    Kubernetes,
    /// LXC or Incus, which tell systemd.
    Lxc,
    /// `systemd-nspawn(1)`, which tells itself.
    Nspawn,
    /// Flatpak: `/.flatpak-info`.
    Flatpak,
    /// gVisor, which is a kernel of its own and answers as such.
    Gvisor,
    /// The Windows Subsystem for Linux, a virtual machine with a kernel of its own.
    Wsl,
    /// Something that told systemd another name, in `/run/systemd/container`.
    Other,
}

impl Container {
    /// Its name, for a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
            Self::Kubernetes => "Kubernetes",
            Self::Lxc => "LXC",
            Self::Nspawn => "systemd-nspawn",
            Self::Flatpak => "Flatpak",
            Self::Gvisor => "gVisor",
            Self::Wsl => "WSL",
            Self::Other => "a container",
        }
    }

    /// What lifts its seccomp filter.
    #[must_use]
    pub const fn unfiltered(self) -> &'static str {
        match self {
            Self::Docker => "start the container with `docker run --security-opt seccomp=unconfined`",
            Self::Podman => "start the container with `podman run --security-opt seccomp=unconfined`",
            Self::Kubernetes => "set `securityContext.seccompProfile.type: Unconfined` for the container",
            Self::Lxc => "set `security.nesting` to true (Incus), or `lxc.seccomp.profile` to an empty value",
            Self::Nspawn => {
                "start the container with `systemd-nspawn --system-call-filter=…` of what is needed"
            }
            Self::Flatpak | Self::Gvisor | Self::Wsl | Self::Other => "start it outside",
        }
    }

    /// What lets a container see an unhidden `/proc`, so that a new one can be mounted.
    #[must_use]
    pub const fn unhidden(self) -> &'static str {
        match self {
            Self::Docker => "start the container with `docker run --security-opt systempaths=unconfined`",
            Self::Podman => "start the container with `podman run --security-opt unmask=ALL`",
            Self::Kubernetes => "set `securityContext.procMount: Unmasked` for the container",
            _ => "start it where nothing is mounted below /proc",
        }
    }
}

/// What this process is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct Surroundings {
    /// The container or sandbox, if one is known.
    pub container: Option<Container>,
    /// Kinds of which this process is known not to be in the machine's first namespace.
    #[serde(serialize_with = "names")]
    pub inner: Kinds,
    /// Whether its user namespace lacks ids, as those of rootless containers do.
    pub partial_ids: bool,
    /// Whether its root directory is that of a chroot.
    pub chroot: bool,
    /// Whether a seccomp filter looks at its system calls.
    pub seccomp: bool,
    /// Whether programs that it executes gain nothing.
    pub no_new_privs: bool,
    /// The profile or context of a security module that it is in.
    pub confinement: Option<String>,
}

impl Surroundings {
    /// Reads them.
    #[must_use]
    pub fn read(evidence: &Evidence) -> Self {
        let process = evidence.process();
        let all_ids = |kind| evidence.id_map(kind).is_none_or(|map| map.len() == u32::MAX);
        Self {
            container: container(evidence),
            inner: Kind::ALL.into_iter().filter(|kind| evidence.in_initial(*kind) == Some(false)).collect(),
            partial_ids: !(all_ids(IdKind::Uid) && all_ids(IdKind::Gid)),
            chroot: evidence.is_chrooted(),
            seccomp: process.as_ref().is_some_and(|process| process.seccomp),
            no_new_privs: process.is_some_and(|process| process.no_new_privs),
            confinement: evidence.confinement(),
        }
    }

    /// One sentence without a full stop.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        match self.container {
            Some(Container::Gvisor | Container::Wsl) | None => {}
            Some(container) => parts.push(format!("traces of {} are here", container.name())),
        }
        match self.container {
            Some(kernel @ (Container::Gvisor | Container::Wsl)) => {
                parts.push(format!("the kernel is that of {}", kernel.name()));
            }
            _ if self.inner.is_empty() => {
                parts.push("no namespace of this process is known to be an inner one".to_owned());
            }
            _ => parts.push(format!("this process is in inner namespaces ({})", self.inner)),
        }
        let flags = [
            (self.partial_ids, "some ids do not exist"),
            (self.chroot, "it is in a chroot"),
            (self.seccomp, "a seccomp filter looks at its system calls"),
            (self.no_new_privs, "no_new_privs is set"),
        ];
        parts.extend(flags.iter().filter(|(set, _)| *set).map(|(_, text)| (*text).to_owned()));
        parts.extend(self.confinement.as_ref().map(|label| format!("a security module has it in `{label}`")));
        parts.join("; ")
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn names<S: serde::Serializer>(kinds: &Kinds, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(kinds.iter().map(Kind::name))
}

fn container(evidence: &Evidence) -> Option<Container> {
    let told = evidence.text("/run/systemd/container");
    let told = told.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let kernel = evidence.text("/proc/sys/kernel/osrelease").unwrap_or_default();
    let version = evidence.text("/proc/version").unwrap_or_default();
    if version.contains("gVisor") {
        Some(Container::Gvisor)
    } else if evidence.exists("/var/run/secrets/kubernetes.io/serviceaccount") {
        Some(Container::Kubernetes)
    } else if evidence.exists("/.flatpak-info") {
        Some(Container::Flatpak)
    } else if evidence.exists("/run/.containerenv") {
        Some(Container::Podman)
    } else if evidence.exists("/.dockerenv") {
        Some(Container::Docker)
    } else if kernel.contains("microsoft") || kernel.contains("WSL") {
        Some(Container::Wsl)
    } else {
        told.map(|name| match name {
            "lxc" | "lxc-libvirt" => Container::Lxc,
            "systemd-nspawn" => Container::Nspawn,
            "docker" => Container::Docker,
            "podman" => Container::Podman,
            "wsl" => Container::Wsl,
            _ => Container::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::world::World;

    #[test]
    fn each_container_is_known_by_its_trace() {
        for (path, text, expected) in [
            ("/.dockerenv", "", Container::Docker),
            ("/run/.containerenv", "engine=\"podman\"\n", Container::Podman),
            ("/.flatpak-info", "", Container::Flatpak),
            ("/var/run/secrets/kubernetes.io/serviceaccount", "", Container::Kubernetes),
            ("/run/systemd/container", "systemd-nspawn\n", Container::Nspawn),
            ("/run/systemd/container", "lxc\n", Container::Lxc),
            ("/run/systemd/container", "rkt", Container::Other),
            ("/proc/sys/kernel/osrelease", "5.15.0-microsoft-standard-WSL2\n", Container::Wsl),
            ("/proc/version", "Linux version 4.4.0 (gVisor)\n", Container::Gvisor),
        ] {
            let world = World::new();
            world.write(path, text);
            assert_eq!(Surroundings::read(&world.evidence()).container, Some(expected), "{path}");
        }
        assert_eq!(Surroundings::read(&World::new().evidence()), Surroundings::default());
    }

    #[test]
    fn inner_namespaces_are_known_by_their_numbers() {
        let world = World::new();
        world.namespace("user", 4_026_531_999);
        world.namespace("pid", 4_026_532_999);
        world.namespace("net", 4_026_531_840);
        world.write("/proc/self/uid_map", "0 1000 1\n");
        let read = Surroundings::read(&world.evidence());
        assert_eq!(
            read.inner,
            Kind::User | Kind::Pid,
            "older kernels give the first net namespace any number"
        );
        assert!(read.partial_ids);
        assert_eq!(read.describe(), "this process is in inner namespaces (pid,user); some ids do not exist");
    }
}
