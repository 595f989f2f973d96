//! `ip netns add` and `attach`: names come.

use std::os::fd::AsFd as _;

use insula_ns::{Kind, Namespace};
use insula_sys::errno::sentence;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::MountPropagationFlags;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::delete::remove;
use super::{DIRECTORY, Stop, path, unnamed};
use crate::output;

/// What is to have a name.
enum Origin {
    New,
    Process(i32),
}

pub(super) fn add(arguments: &[&str]) -> Result<(), Stop> {
    let name = arguments.first().ok_or_else(unnamed)?;
    pin(name, &Origin::New)
}

pub(super) fn attach(arguments: &[&str]) -> Result<(), Stop> {
    let [name, pid, ..] = arguments else { return Err(Stop::failed("No netns name and PID specified")) };
    let parsed = super::super::words::number::<u32>(pid).and_then(|pid| i32::try_from(pid).ok());
    match parsed.filter(|pid| *pid != 0) {
        Some(pid) => pin(name, &Origin::Process(pid)),
        None => Err(Stop::failed(format!("Invalid PID: {pid}"))),
    }
}

/// Mounts a namespace on a new file.
fn pin(name: &str, origin: &Origin) -> Result<(), Stop> {
    let path = path(name);
    let _lock = prepare()?;
    let flags = OFlags::RDONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    rustix::fs::open(&path, flags, Mode::empty()).map_err(|errno| {
        Stop::failed(format!("Cannot create namespace file \"{path}\": {}", sentence(errno)))
    })?;
    let pinned = match origin {
        Origin::New => pin_new(name, &path),
        Origin::Process(pid) => bind(&format!("/proc/{pid}/ns/net"), &path),
    };
    if pinned.is_err() {
        let _ = remove(name);
    }
    pinned
}

/// Makes a namespace, which this process is in only until it is mounted.
fn pin_new(name: &str, path: &str) -> Result<(), Stop> {
    let failed = |reason: String| {
        Stop::failed(format!("Failed to create a new network namespace \"{name}\": {reason}"))
    };
    let own = Namespace::of_self(Kind::Net).map_err(|error| failed(crate::report::chain(&error)))?;
    insula_sys::unshare::unshare(Kind::Net.clone_flag()).map_err(|errno| failed(sentence(errno)))?;
    let bound = bind("/proc/self/ns/net", path);
    // What follows in a batch happens where this began.
    move_into_link_name_space(own.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(|errno| Stop::failed(format!("Failed to restore network namespace: {}", sentence(errno))))?;
    bound
}

fn bind(from: &str, to: &str) -> Result<(), Stop> {
    rustix::mount::mount_bind(from, to)
        .map_err(|errno| Stop::failed(format!("Bind {from} -> {to} failed: {}", sentence(errno))))
}

/// Makes the directory one that passes mounts on to other mount namespaces, so that a namespace goes from all of them when its name
/// does. The lock keeps two who do this from mounting it twice.
fn prepare() -> Result<std::os::fd::OwnedFd, Stop> {
    match rustix::fs::mkdir(DIRECTORY, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(Stop::failed(format!("mkdir {DIRECTORY} failed: {}", sentence(errno)))),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let lock = rustix::fs::open(DIRECTORY, flags, Mode::empty()).map_err(|errno| {
        Stop::failed(format!("Cannot open netns runtime directory \"{DIRECTORY}\": {}", sentence(errno)))
    })?;
    if let Err(errno) = rustix::fs::flock(&lock, FlockOperation::LockExclusive) {
        let reason = sentence(errno);
        output::complain(&format!(
            "Warning: could not flock netns runtime directory \"{DIRECTORY}\": {reason}\n"
        ));
    }
    let share =
        || rustix::mount::mount_change(DIRECTORY, MountPropagationFlags::SHARED | MountPropagationFlags::REC);
    let failed = |errno| Stop::failed(format!("mount --make-shared {DIRECTORY} failed: {}", sentence(errno)));
    match share() {
        // It is no mount yet.
        Err(Errno::INVAL) => {
            rustix::mount::mount_bind_recursive(DIRECTORY, DIRECTORY).map_err(|errno| {
                Stop::failed(format!("mount --bind {DIRECTORY} {DIRECTORY} failed: {}", sentence(errno)))
            })?;
            share().map_err(failed)?;
        }
        other => other.map_err(failed)?,
    }
    Ok(lock)
}
