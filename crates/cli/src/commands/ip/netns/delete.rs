//! `ip netns delete`: names go, one or many at once.

use std::sync::{Mutex, PoisonError};

use insula_sys::errno::sentence;
use rustix::mount::UnmountFlags;

use super::super::pending::Refused;
use super::{Session, Stop, directory, path, unnamed};
use crate::output;

/// So many wait at a time. The kernel lets whoever unmounts something wait until no processor looks at it any more, up to milliseconds
/// on a busy machine; who waits at the same time waits together.
const WAITERS: usize = 64;
/// What one of them needs to make two system calls.
const STACK: usize = 64 * 1024;

pub(super) fn delete(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    if session.options.all {
        let names = directory::all()?.into_iter().enumerate().map(|(number, name)| (name, number));
        // As with iproute2, one that cannot be removed keeps none of the others.
        for refused in remove_all(names.collect()) {
            output::complain(&refused.stop.text());
        }
        return Ok(());
    }
    session.depart(arguments.first().ok_or_else(unnamed)?)
}

/// Removes many names, each with the line that asks for it; those that cannot be, by their lines.
pub(in super::super) fn remove_all(names: Vec<(String, usize)>) -> Vec<Refused> {
    let waiters = WAITERS.min(names.len());
    let names = Mutex::new(names.into_iter());
    let refused = Mutex::new(Vec::new());
    let work = || {
        loop {
            let next = names.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((name, line)) = next else { return };
            if let Err(stop) = remove(&name) {
                refused.lock().unwrap_or_else(PoisonError::into_inner).push(Refused { line, stop });
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..waiters {
            // Where there can be no more threads, those that there are do it.
            let _ = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        }
        work();
    });
    let mut refused = refused.into_inner().unwrap_or_else(PoisonError::into_inner);
    refused.sort_by_key(|refused| refused.line);
    refused
}

pub(in super::super) fn remove(name: &str) -> Result<(), Stop> {
    let path = path(name);
    let _ = rustix::mount::unmount(&path, UnmountFlags::DETACH);
    rustix::fs::unlink(&path).map_err(|errno| {
        Stop::failed(format!("Cannot remove namespace file \"{path}\": {}", sentence(errno)))
    })
}
