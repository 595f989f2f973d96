//! A minimal `/dev`.

use std::path::Path;

use insula_sys::step::{Fd, Make, Slot, Step};

use super::attach::put;
use super::place::{Content, Place};
use super::{absolute, file_system};
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::{Attributes, Dev, FileSystem, Tmpfs};
use crate::plan::Plan;

/// The nodes that the host lends: programs expect all of them everywhere.
const NODES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// What a node is mounted on: `S_IFREG` and permissions. Made as a node, it is made in one call.
const EMPTY_FILE: u32 = 0o100_666;

/// Links with their targets.
const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// Plans copies of the mounts of the host's nodes.
pub(super) fn open(plan: &mut Plan, dev: &Dev) -> Result<Vec<(&'static str, Slot)>, Error> {
    let host = |name: &'static str| (name, Path::new("/dev").join(name));
    let console = dev.console.iter().map(|path| ("console", path.clone()));
    NODES
        .map(host)
        .into_iter()
        .chain(console)
        .map(|(name, path)| {
            let into = plan.slot();
            let step = Step::OpenTree { at: Fd::Cwd, path: absolute(&path)?, recursive: false, into };
            plan.world(Action::Source(path), step);
            Ok((name, into))
        })
        .collect()
}

/// Plans the file system with all that is in it.
pub(super) fn attach(
    plan: &mut Plan,
    place: &mut Place,
    dev: &Dev,
    nodes: Vec<(&'static str, Slot)>,
) -> Result<(), Error> {
    let attributes = Attributes::NO_SUID | Attributes::NO_EXEC;
    let tmpfs = Tmpfs { attributes, ..Tmpfs::new(&dev.target) };
    let action = Action::Mount("a minimal /dev".to_owned(), dev.target.clone());
    let top = file_system::detached(plan, &(&tmpfs).into(), &action)?;
    put(plan, place, &dev.target, top.into(), action)?;
    for (name, node) in nodes {
        let action = Action::Make(dev.target.join(name));
        let name = c_string(name)?;
        let step = Step::Node { dir: top.into(), name: name.clone(), mode: EMPTY_FILE, device: 0 };
        plan.world(action.clone(), step);
        plan.world(action, Step::MoveMount { mount: node.into(), target: top.into(), name });
        plan.release(node);
    }
    for (name, to) in LINKS {
        let step = Step::Symlink { dir: top.into(), name: c_string(name)?, target: c_string(to)? };
        plan.world(Action::Make(dev.target.join(name)), step);
    }
    let inside = |name| dev.target.join(name);
    below(plan, top, "pts", &FileSystem::devpts(inside("pts"), None))?;
    let shm = Tmpfs { size: dev.shared_memory, mode: 0o1777, ..Tmpfs::new(inside("shm")) };
    below(plan, top, "shm", &(&shm).into())?;
    if dev.mqueue {
        below(plan, top, "mqueue", &FileSystem::mqueue(inside("mqueue")))?;
    }
    place.settle(plan, &dev.target, top.into(), Content::New);
    Ok(())
}

/// Plans a file system on a new directory in `top`.
fn below(plan: &mut Plan, top: Slot, name: &str, fs: &FileSystem) -> Result<(), Error> {
    let (action, path) = (file_system::action(fs), c_string(name)?);
    let on = plan.slot();
    let step = Step::MakeIn { root: top.into(), path, make: Make::Dir(0o755), into: on };
    plan.world(Action::Make(fs.target.clone()), step);
    let made = file_system::detached(plan, fs, &action)?;
    plan.world(action, Step::MoveMount { mount: made.into(), target: on.into(), name: c"".into() });
    plan.release(on);
    plan.release(made);
    Ok(())
}
