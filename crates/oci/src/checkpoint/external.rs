//! What a container has that is not its own: mounts of the machine's files, namespaces that are there, its standard streams.

use std::collections::BTreeSet;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use insula_ns::{Kind, Namespace, mountinfo};
use rustix::fs::{CWD, Mode, OFlags, fstat, openat, readlinkat};
use rustix::io::Errno;
use rustix::process::Pid;

use super::conversation::FIRST_FREE;
use super::message::Message;
use super::options::{external, inherited, joined};
use crate::error::Error;
use crate::spec::Spec;
use crate::translate;

/// What takes the place of a file that nobody inside may read.
const NULL: &str = "/dev/null";

/// A bind mount of a file or directory of the machine's.
pub(super) struct Bound {
    /// Where it is inside, without symbolic links.
    target: PathBuf,
    source: PathBuf,
}

/// All of them.
pub(super) fn bound(bundle: &Path, spec: &Spec) -> Result<Vec<Bound>, Error> {
    let process = spec.process.as_ref().ok_or(Error::NoProcess)?;
    let root = translate::rootfs(bundle, spec)?;
    let binds = translate::binds(bundle, spec, process)?;
    Ok(binds
        .into_iter()
        .map(|(source, target)| Bound { target: without_links(&root, &target), source })
        .collect())
}

/// A path inside, as the kernel shows it: what of it is in the root is resolved there. The rest is below other mounts.
fn without_links(root: &Path, path: &Path) -> PathBuf {
    let shown = |path: &Path| {
        let open = translate::open_in(root, path, OFlags::PATH).ok()?;
        shown(&open).ok()
    };
    let Some(top) = shown(Path::new("/")) else { return path.to_owned() };
    let resolved = path.ancestors().find_map(|above| {
        let rest = path.strip_prefix(above).ok()?;
        let inside = Path::new("/").join(shown(above)?.strip_prefix(&top).ok()?);
        Some(if rest.as_os_str().is_empty() { inside } else { inside.join(rest) })
    });
    resolved.unwrap_or_else(|| path.to_owned())
}

/// The path of an open file.
pub(super) fn shown(file: &OwnedFd) -> Result<PathBuf, Errno> {
    let path = readlinkat(CWD, format!("/proc/self/fd/{}", file.as_raw_fd()), Vec::new())?;
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(path.as_bytes())))
}

/// Has criu note down these mounts by their places.
pub(super) fn dump_mounts(message: Message, bound: &[Bound], spec: &Spec, process: Pid) -> Message {
    let message = bound.iter().fold(message, |message, bound| {
        let place = bound.target.display();
        external(message, &format!("mnt[{place}]:{place}"))
    });
    let root = PathBuf::from(format!("/proc/{process}/root"));
    let is_file = |path: &&PathBuf| {
        let stat = translate::open_in(&root, path, OFlags::PATH).and_then(|open| fstat(&open));
        stat.is_ok_and(|stat| {
            rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::Directory
        })
    };
    spec.linux.masked_paths.iter().filter(is_file).fold(message, |message, path| {
        external(message, &format!("mnt[{}]:{NULL}", without_links(&root, path).display()))
    })
}

/// Has criu mount there what is to be mounted there now.
pub(super) fn restore_mounts(message: Message, bound: &[Bound], spec: &Spec) -> Message {
    let message = bound.iter().fold(message, |message, bound| {
        external(message, &format!("mnt[{}]:{}", bound.target.display(), bound.source.display()))
    });
    if spec.linux.masked_paths.is_empty() {
        return message;
    }
    external(message, &format!("mnt[{NULL}]:{NULL}"))
}

/// Namespaces that criu leaves as they are: those of the network and of processes.
fn left_alone(spec: &Spec) -> impl Iterator<Item = (Kind, &Path, &'static str)> {
    spec.linux.namespaces.iter().filter_map(|namespace| {
        let key = match namespace.kind {
            Kind::Net => "extRootNetNS",
            Kind::Pid => "extRootPidNS",
            _ => return None,
        };
        Some((namespace.kind, namespace.path.as_deref()?, key))
    })
}

/// Has criu leave namespaces alone that were there before the container.
pub(super) fn dump_namespaces(mut message: Message, spec: &Spec) -> Result<Message, Error> {
    for (kind, path, key) in left_alone(spec) {
        let id = Namespace::open(path).and_then(|opened| opened.require(kind))?.id();
        message = external(message, &format!("{}[{}]:{key}", kind.name(), id.ino));
    }
    Ok(message)
}

/// Has criu put the container into namespaces that are there. Gives what it has to be handed for that.
pub(super) fn restore_namespaces(
    mut message: Message,
    spec: &Spec,
) -> Result<(Message, Vec<OwnedFd>), Error> {
    let mut handed = Vec::new();
    for (number, (kind, path, key)) in (FIRST_FREE..).zip(left_alone(spec)) {
        let opened = Namespace::open(path).and_then(|opened| opened.require(kind))?;
        message = inherited(message, key, number);
        handed.push(opened.into());
    }
    for namespace in &spec.linux.namespaces {
        match (&namespace.path, namespace.kind) {
            (None, _) | (Some(_), Kind::Net | Kind::Pid) => {}
            (Some(path), kind @ (Kind::Cgroup | Kind::Time)) => {
                return Err(Error::RestoreInto { kind, path: path.clone() });
            }
            (Some(path), kind) => message = joined(message, kind, path),
        }
    }
    Ok((message, handed))
}

/// The standard streams of a process, each by the name under which criu lets another one take its place: `pipe:[…]`, as the kernel
/// calls it; and `file[…]` for what is on a mount that the container has not.
pub(super) fn streams(process: Pid) -> Result<Vec<String>, Error> {
    let failed = |errno| Error::System { doing: "look at the standard streams of its process", errno };
    let mounts = std::fs::read(format!("/proc/{process}/mountinfo"))
        .map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    let own: BTreeSet<u64> =
        mountinfo::parse(&mounts).filter_map(Result::ok).map(|mount| mount.id.into()).collect();
    (0..3).map(|number| stream(process, number, &own).map_err(failed)).collect()
}

fn stream(process: Pid, number: i32, own: &BTreeSet<u64>) -> Result<String, Errno> {
    let path = format!("/proc/{process}/fd/{number}");
    let shown = match readlinkat(CWD, &path, Vec::new()) {
        // It has closed it.
        Err(Errno::NOENT) => return Ok(String::new()),
        other => other?.to_string_lossy().into_owned(),
    };
    if !shown.starts_with('/') {
        return Ok(shown);
    }
    let about = std::fs::read_to_string(format!("/proc/{process}/fdinfo/{number}"))
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    let mount = about.lines().find_map(|line| line.strip_prefix("mnt_id:")?.trim().parse::<u64>().ok());
    match mount.filter(|id| !own.contains(id)) {
        Some(mount) => {
            let file = openat(CWD, &path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
            Ok(format!("file[{mount:x}:{:x}]", fstat(&file)?.st_ino))
        }
        None => Ok(shown),
    }
}

/// Has criu leave out the streams that are files of the machine's.
pub(super) fn dump_streams(message: Message, streams: &[String]) -> Message {
    let files: BTreeSet<&String> = streams.iter().filter(|name| name.starts_with("file[")).collect();
    files.into_iter().fold(message, |message, name| external(message, name))
}

/// Has criu give the container our streams in place of those.
pub(super) fn restore_streams(message: Message, streams: &[String]) -> Message {
    let taken = |name: &&String| name.starts_with("file[") || name.starts_with("pipe:[");
    (0..)
        .zip(streams)
        .filter(|(_, name)| taken(name))
        .fold(message, |message, (number, name)| inherited(message, name, number))
}
