//! `ip netns exec`: a command in a namespace, with files in `/etc` and a `/sys` that are right there.

use std::os::fd::OwnedFd;

use insula_engine::network::{Networks, Room};
use insula_engine::set::SetName;
use insula_ns::{Kind, Namespace};
use insula_sandbox::mounts::{Attributes, Bind, Directory, FileSystem, Mount, Propagation};
use insula_sandbox::{Action, Error, Join, Sandbox, StartFailure};
use insula_sys::errno::sentence;
use rustix::fs::{Mode, OFlags};

use super::super::super::net;
use super::{Session, Stop, directory, path, unnamed};
use crate::diagnosis::explain;
use crate::output;

/// Where files are that a namespace has instead of those in `/etc`.
const ETC: &str = "/etc/netns";

pub(super) fn exec(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    if session.options.all {
        return everywhere(arguments);
    }
    let (name, command) = match arguments {
        [] => return Err(unnamed()),
        [_] => return Err(Stop::failed("No command specified")),
        [name, command @ ..] => (*name, command),
    };
    let net = open(name)?;
    let sandbox = sandbox(name, net, command)?;
    if session.options.batch.is_none() {
        return Err(refused(&sandbox.exec(), name, command));
    }
    session.page.flush()?;
    let status = sandbox.status().map_err(|error| refused(&error, name, command))?;
    if status.code() == 0 { Ok(()) } else { Err(Stop::failed("")) }
}

/// Runs the command in each namespace, one after the other. How it ends matters to nobody, as with iproute2.
fn everywhere(command: &[&str]) -> Result<(), Stop> {
    if command.is_empty() {
        return Err(Stop::failed("No command specified"));
    }
    for name in directory::all()? {
        output::show(&format!("\nnetns: {name}\n")).map_err(|failure| Stop::output(&failure))?;
        let run = open(&name)
            .and_then(|net| sandbox(&name, net, command))
            .and_then(|sandbox| sandbox.status().map_err(|error| refused(&error, &name, command)));
        if let Err(stop) = run {
            output::complain(&stop.text());
        }
    }
    Ok(())
}

fn open(name: &str) -> Result<OwnedFd, Stop> {
    rustix::fs::open(path(name), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map_err(|errno| {
        Stop::usage(format!("Cannot open network namespace \"{name}\": {}", sentence(errno)))
    })
}

/// The command in a mount namespace of its own, from which nothing passes to ours; or where `insula net dns` said who answers for names
/// there, in the one that was made for this, or in a copy of the set's.
fn sandbox(name: &str, net: OwnedFd, command: &[&str]) -> Result<Sandbox, Stop> {
    let net = Namespace::from_fd(net).and_then(|namespace| namespace.require(Kind::Net)).map_err(|_| {
        Stop::usage(format!(
            "setting the network namespace \"{name}\" failed: {}",
            sentence(rustix::io::Errno::INVAL)
        ))
    })?;
    let Some((program, arguments)) = command.split_first() else {
        return Err(Stop::failed("No command specified"));
    };
    let mut sandbox = Sandbox::new(*program).args(arguments).join(Join::Namespace(net));
    sandbox.stdio.inherit_all = true;
    let files = match room(name)? {
        Some(Room::Made(room)) => {
            sandbox.mounts.directory = Some(Directory::Callers);
            return Ok(sandbox.join(Join::Namespace(room)));
        }
        Some(Room::OfSet(own)) => {
            sandbox = sandbox.join(Join::Namespace(own));
            sandbox.mounts.directory = Some(Directory::Callers);
            Vec::new()
        }
        None => files(name),
    };
    sandbox = sandbox.unshare(Kind::Mnt);
    sandbox.mounts.propagation = Some(Propagation::Slave);
    let mut sys = FileSystem::sysfs("/sys");
    sys.source = Some(name.into());
    sys.attributes = if is_read_only("/sys") { Attributes::READ_ONLY } else { Attributes::NONE };
    sandbox.mounts.mounts.push(Mount::FileSystem(sys));
    sandbox.mounts.mounts.extend(files);
    Ok(sandbox)
}

fn room(name: &str) -> Result<Option<Room>, Stop> {
    let Ok(name) = name.parse::<SetName>() else { return Ok(None) };
    let room = Networks::of_caller().room_with_answers(&name);
    room.map_err(|error| Stop::usage(net::explain(error).text("ip").trim_end()))
}

/// One that can be written to may not be mounted over one that cannot.
fn is_read_only(path: &str) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|stat| stat.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Each file of `/etc/netns/NAME` over its namesake in `/etc`. Where there is none it is told, and goes without, as with iproute2.
fn files(name: &str) -> Vec<Mount> {
    let directory = format!("{ETC}/{name}");
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(opened) = rustix::fs::open(&directory, flags, Mode::empty()) else { return Vec::new() };
    let Ok(entries) = rustix::fs::Dir::read_from(&opened) else { return Vec::new() };
    let mut mounts = Vec::new();
    for entry in entries.flatten() {
        let file = entry.file_name().to_string_lossy();
        if file == "." || file == ".." {
            continue;
        }
        let (source, target) = (format!("{directory}/{file}"), format!("/etc/{file}"));
        match rustix::fs::stat(&source).and_then(|_| rustix::fs::stat(&target)) {
            Ok(_) => mounts.push(Mount::Bind(Bind { recursive: false, ..Bind::new(source, target) })),
            Err(errno) => {
                output::complain(&format!("Bind {source} -> {target} failed: {}\n", sentence(errno)));
            }
        }
    }
    mounts
}

/// In iproute2's words, why the command does not run.
fn refused(error: &Error, name: &str, command: &[&str]) -> Stop {
    let program = command.first().copied().unwrap_or_default();
    let Error::Start(StartFailure { action, errno, .. }) = error else {
        return Stop::usage(explain(error).text("ip").trim_end());
    };
    let reason = sentence(*errno);
    match action {
        Action::Execute(_) => Stop::failed(format!("exec of \"{program}\" failed: {reason}")),
        Action::Join(_) | Action::JoinProcess(_) => {
            Stop::usage(format!("setting the network namespace \"{name}\" failed: {reason}"))
        }
        Action::Create(_) => Stop::usage(format!("unshare failed: {reason}")),
        Action::Propagation => Stop::usage(format!("\"mount --make-rslave /\" failed: {reason}")),
        Action::Mount(_, target) if target.as_os_str() == "/sys" => {
            Stop::usage(format!("mount of /sys failed: {reason}"))
        }
        _ => Stop::usage(explain(error).text("ip").trim_end()),
    }
}
