//! Each mount put where it belongs.

use std::path::Path;

use insula_sys::step::{Fd, Make, MountAttributes, Step};

use super::place::{Content, Place};
use super::source::Source;
use super::{changing, dev, file_system, propagation_flag, tree};
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::{Changes, FileSystem, Mount, Node, NodeKind};
use crate::plan::Plan;

pub(super) fn attach(plan: &mut Plan, place: &mut Place, mount: &Mount, source: Source) -> Result<(), Error> {
    if !matches!(mount, Mount::Node(_) | Mount::Symlink { .. }) {
        place.leave_directory(plan);
    }
    match (mount, source) {
        (Mount::Proc(proc), _) => new(plan, place, &proc.into(), Content::Given),
        (Mount::FileSystem(fs), _) => new(plan, place, fs, Content::Given),
        (Mount::Tmpfs(tmpfs), _) => new(plan, place, &tmpfs.into(), Content::New),
        (Mount::Dev(one), Source::Nodes(nodes)) => dev::attach(plan, place, one, nodes),
        (Mount::Symlink { target, to }, _) => symlink(plan, place, target, to),
        (Mount::Dir { target, mode }, _) => {
            let made = place.made(plan, target, Make::Dir(*mode))?;
            plan.release(made);
            Ok(())
        }
        (Mount::Tree { target, entries }, _) => tree::make(plan, place, target, entries),
        (Mount::Node(one), _) => node(plan, place, one),
        (Mount::Propagation { target, propagation, recursive }, _) => {
            let Some(propagation) = propagation_flag(*propagation) else { return Ok(()) };
            let attributes = MountAttributes { propagation, ..MountAttributes::default() };
            change(plan, place, target, *recursive, Action::Propagation, attributes)
        }
        (Mount::Attributes { target, change: attributes, recursive }, _) => {
            let action = Action::Mount("with other attributes".to_owned(), target.clone());
            change(plan, place, target, *recursive, action, changing(*attributes))
        }
        (Mount::Private(target), _) => {
            plan.world(Action::Propagation, Step::MakePrivate(c_string(target)?));
            Ok(())
        }
        (_, Source::Detached(fd)) => {
            put(plan, place, mount.target(), fd, action(mount))?;
            let content = match mount {
                Mount::Overlay(overlay) if overlay.layers.changes != Changes::Refused => Content::New,
                _ => Content::Given,
            };
            place.settle(plan, mount.target(), fd, content);
            Ok(())
        }
        (Mount::Bind(_) | Mount::Overlay(_) | Mount::Dev(_) | Mount::File(_) | Mount::Binfmt { .. }, _) => {
            unreachable!("its source was opened")
        }
    }
}

fn action(mount: &Mount) -> Action {
    let what = match mount {
        Mount::Bind(bind) => format!("`{}`", bind.source.display()),
        Mount::File(_) => "a file".to_owned(),
        Mount::Binfmt { .. } => "binfmt_misc".to_owned(),
        _ => "overlay".to_owned(),
    };
    Action::Mount(what, mount.target().to_owned())
}

/// Plans a new file system.
fn new(plan: &mut Plan, place: &mut Place, fs: &FileSystem, content: Content) -> Result<(), Error> {
    if place.is_plain(&fs.target) {
        return file_system::mount(plan, fs);
    }
    let action = file_system::action(fs);
    let made = file_system::detached(plan, fs, &action)?;
    put(plan, place, &fs.target, made.into(), action)?;
    place.settle(plan, &fs.target, made.into(), content);
    Ok(())
}

/// Plans the attachment of a mount to its target.
pub(super) fn put(
    plan: &mut Plan,
    place: &Place,
    target: &Path,
    mount: Fd,
    action: Action,
) -> Result<(), Error> {
    let on = place.target(plan, target, Make::Like(mount))?;
    plan.world(action, Step::MoveMount { mount, target: on.into(), name: c"".into() });
    plan.release(on);
    Ok(())
}

/// Plans a change of the mount that is at `target`.
fn change(
    plan: &mut Plan,
    place: &Place,
    target: &Path,
    recursive: bool,
    action: Action,
    attributes: MountAttributes,
) -> Result<(), Error> {
    let mount = place.existing(plan, target)?;
    plan.world(action, Step::SetMount { mount: mount.into(), recursive, attributes });
    plan.release(mount);
    Ok(())
}

fn node(plan: &mut Plan, place: &mut Place, node: &Node) -> Result<(), Error> {
    let (Some(parent), Some(name)) = (node.target.parent(), node.target.file_name()) else {
        return Err(Error::Contradiction {
            what: format!("`{}`", node.target.display()),
            why: "is no name for a device",
        });
    };
    let (kind, major, minor) = match node.kind {
        NodeKind::Character(major, minor) => (S_IFCHR, major, minor),
        NodeKind::Block(major, minor) => (S_IFBLK, major, minor),
        NodeKind::Fifo => (S_IFIFO, 0, 0),
    };
    place.check_new(&node.target)?;
    let dir = place.directory(plan, parent)?;
    let (name, device) = (c_string(name)?, rustix::fs::makedev(major, minor));
    let step = Step::Node { dir: dir.into(), name: name.clone(), mode: kind | node.mode, device };
    plan.world(Action::Make(node.target.clone()), step);
    if let Some((uid, gid)) = node.owner {
        let step = Step::Owner { dir: dir.into(), name, uid: Some(uid), gid: Some(gid) };
        plan.world(Action::Make(node.target.clone()), step);
    }
    Ok(())
}

/// `inode(7)`.
const S_IFCHR: u32 = 0o020_000;
const S_IFBLK: u32 = 0o060_000;
const S_IFIFO: u32 = 0o010_000;

fn symlink(plan: &mut Plan, place: &mut Place, target: &Path, to: &Path) -> Result<(), Error> {
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(Error::Contradiction {
            what: format!("`{}`", target.display()),
            why: "is no name for a symbolic link",
        });
    };
    place.check_new(target)?;
    let dir = place.directory(plan, parent)?;
    let step = Step::Symlink { dir: dir.into(), name: c_string(name)?, target: c_string(to)? };
    plan.world(Action::Make(target.to_owned()), step);
    Ok(())
}
