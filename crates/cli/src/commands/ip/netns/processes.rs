//! `ip netns identify` and `pids`: which namespace a process is in, and which processes are in one.

use insula_sys::errno::sentence;
use rustix::fs::Stat;

use super::{Session, Stop, directory::Directory, path, unnamed};

pub(super) fn identify(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    let pid = match arguments {
        [] => "self",
        [pid] if pid.bytes().all(|byte| byte.is_ascii_digit()) => pid,
        [word] => return Err(Stop::failed(format!("Specified string '{word}' is not a pid"))),
        _ => return Err(Stop::failed("extra arguments specified")),
    };
    let own = stat(&format!("/proc/{pid}/ns/net"))?;
    let mut found = String::new();
    if let Some(directory) = Directory::find()? {
        for name in directory.names()? {
            let there = rustix::fs::statat(&directory, &name, rustix::fs::AtFlags::empty());
            if there.is_ok_and(|there| is_same(&there, &own)) {
                found = name;
            }
        }
    }
    session.page.text(format_args!("{found}\n"));
    Ok(())
}

pub(super) fn pids(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    let name = match arguments {
        [] => return Err(unnamed()),
        [name] => name,
        _ => return Err(Stop::failed("extra arguments specified")),
    };
    let net = stat(&path(name))?;
    let opened = insula_ns::ProcDir::open()
        .map_err(|error| Stop::failed(format!("Open of /proc failed: {}", crate::report::chain(&error))))?;
    for pid in opened.pids().unwrap_or_default() {
        let there = rustix::fs::statat(&opened, format!("{pid}/ns/net"), rustix::fs::AtFlags::empty());
        if there.is_ok_and(|there| is_same(&there, &net)) {
            session.page.text(format_args!("{pid}\n"));
        }
    }
    Ok(())
}

fn stat(path: &str) -> Result<Stat, Stop> {
    rustix::fs::stat(path)
        .map_err(|errno| Stop::failed(format!("Cannot open network namespace: {}", sentence(errno))))
}

fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}
