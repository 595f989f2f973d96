//! `/dev`: the nodes and links that every container has, and those of `linux.devices`.

use insula_ns::Kind;
use insula_sandbox::mounts::{Bind, Mount, Node, NodeKind};

use super::namespaces::kinds;
use crate::error::Error;
use crate::spec::{Device, DeviceType, Spec};

/// `config-linux.md`, "Default Devices", with their numbers: see the kernel's `admin-guide/devices.txt`.
const DEFAULT: [(&str, u32, u32); 6] = [
    ("/dev/null", 1, 3),
    ("/dev/zero", 1, 5),
    ("/dev/full", 1, 7),
    ("/dev/random", 1, 8),
    ("/dev/urandom", 1, 9),
    ("/dev/tty", 5, 0),
];

/// `runtime-linux.md`, "Dev symbolic links", and the terminal multiplexer.
const LINKS: [(&str, &str); 5] = [
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/ptmx", "pts/ptmx"),
];

/// Appends them; nothing where `/dev` is a directory of the host's, which has what it has.
pub(super) fn add(mounts: &mut Vec<Mount>, spec: &Spec) -> Result<(), Error> {
    let is_dev = |mount: &&Mount| matches!(mount, Mount::Bind(bind) if bind.target.as_os_str() == "/dev");
    if mounts.iter().any(|mount| is_dev(&mount)) {
        return Ok(());
    }
    // The kernel lets nobody make a node that is no more than root of a user namespace.
    let bound = kinds(spec).contains(Kind::User) || in_user_namespace();
    for (path, major, minor) in DEFAULT {
        if spec.linux.devices.iter().any(|device| device.path.as_os_str() == path) {
            continue;
        }
        mounts.push(if bound {
            Mount::Bind(Bind::new(path, path))
        } else {
            let kind = NodeKind::Character(major, minor);
            Mount::Node(Node { target: path.into(), kind, mode: 0o666, owner: None })
        });
    }
    // Engines name the host's multiplexer among the devices of a privileged container, which has one of its own by its link.
    for device in spec.linux.devices.iter().filter(|device| device.path.as_os_str() != "/dev/ptmx") {
        mounts.push(if bound && device.kind != DeviceType::Fifo {
            Mount::Bind(Bind::new(&device.path, &device.path))
        } else {
            Mount::Node(node(device)?)
        });
    }
    for (target, to) in LINKS {
        mounts.push(Mount::Symlink { target: target.into(), to: to.into() });
    }
    if rustix::fs::access("/proc/kcore", rustix::fs::Access::EXISTS).is_ok() {
        mounts.push(Mount::Symlink { target: "/dev/core".into(), to: "/proc/kcore".into() });
    }
    Ok(())
}

fn node(device: &Device) -> Result<Node, Error> {
    let number = |number: i64| {
        u32::try_from(number).map_err(|_| Error::DeviceNumber { path: device.path.clone(), number })
    };
    let kind = match device.kind {
        DeviceType::Character => NodeKind::Character(number(device.major)?, number(device.minor)?),
        DeviceType::Block => NodeKind::Block(number(device.major)?, number(device.minor)?),
        DeviceType::Fifo => NodeKind::Fifo,
    };
    Ok(Node {
        target: device.path.clone(),
        kind,
        mode: device.file_mode.unwrap_or(0o666) & 0o7777,
        owner: Some((device.uid.unwrap_or(0), device.gid.unwrap_or(0))),
    })
}

/// Whether the caller is not in the initial user namespace.
pub(crate) fn in_user_namespace() -> bool {
    // `PROC_USER_INIT_INO` of the kernel's `proc_ns.h`.
    const INITIAL: u64 = 0xefff_fffd;
    rustix::fs::stat("/proc/self/ns/user").is_ok_and(|stat| stat.st_ino != INITIAL)
}
