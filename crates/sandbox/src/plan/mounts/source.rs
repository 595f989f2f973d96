//! What is mounted, opened while the caller's paths still lead to it.

use insula_sys::step::{Fd, Slot, Step};

use super::place::Place;
use super::{absolute, changing, dev, file_system, idmap, layers, set};
use crate::Action;
use crate::error::Error;
use crate::mounts::{AttributeChange, Bind, File, Mount};
use crate::plan::Plan;

/// What was opened for a mount.
#[derive(Debug)]
pub(super) enum Source {
    /// Nothing: it is made where it is attached.
    None,
    /// A mount that is attached to nothing yet.
    Detached(Fd),
    /// The nodes of a `/dev`, with their names.
    Nodes(Vec<(&'static str, Slot)>),
}

pub(super) fn open(plan: &mut Plan, place: &mut Place, mount: &Mount) -> Result<Source, Error> {
    match mount {
        Mount::Bind(one) => bind(plan, one).map(Source::Detached),
        Mount::Overlay(one) => {
            let action = Action::Mount("overlay".to_owned(), one.target.clone());
            let slot = layers::detached(plan, place, &one.layers, one.attributes, &action)?;
            Ok(Source::Detached(slot.into()))
        }
        Mount::File(one) => file(plan, place, one).map(Source::Detached),
        Mount::Dev(one) => dev::open(plan, one).map(Source::Nodes),
        Mount::Binfmt { target, register } => {
            Ok(Source::Detached(file_system::binfmt(plan, target, register)?.into()))
        }
        Mount::Proc(_)
        | Mount::Tmpfs(_)
        | Mount::FileSystem(_)
        | Mount::Node(_)
        | Mount::Tree { .. }
        | Mount::Propagation { .. }
        | Mount::Attributes { .. }
        | Mount::Symlink { .. }
        | Mount::Dir { .. }
        | Mount::Private(_) => Ok(Source::None),
    }
}

fn bind(plan: &mut Plan, bind: &Bind) -> Result<Fd, Error> {
    if let Some(maps) = &bind.ids {
        return plan.keep(idmap::open(bind, maps)?);
    }
    let into = plan.slot();
    let path = absolute(&bind.source)?;
    let action = Action::Source(bind.source.clone());
    plan.world(action, Step::OpenTree { at: Fd::Cwd, path, recursive: bind.recursive, into });
    let all = AttributeChange { set: bind.attributes, clear: bind.allowed };
    let top = bind.top;
    let changes = [(bind.recursive, all), (false, top)];
    for (recursive, change) in changes.into_iter().filter(|(_, change)| !change.is_empty()) {
        let action = Action::Mount(format!("`{}`", bind.source.display()), bind.target.clone());
        let attributes = changing(change);
        plan.world(action, Step::SetMount { mount: into.into(), recursive, attributes });
    }
    Ok(into.into())
}

fn file(plan: &mut Plan, place: &mut Place, file: &File) -> Result<Fd, Error> {
    let action = Action::Mount("a file".to_owned(), file.target.clone());
    let scratch = place.files(plan, &action)?;
    let into = plan.slot();
    // Each in a place of its own is as good as any name.
    let name = crate::command::c_string(format!("{}", plan.program.world.len()))?;
    let data = file.data.as_slice().into();
    let step = Step::WriteNew { dir: scratch.into(), name: name.clone(), mode: file.mode, data };
    plan.world(action.clone(), step);
    plan.world(action.clone(), Step::OpenTree { at: scratch.into(), path: name, recursive: false, into });
    if !file.attributes.is_empty() {
        plan.world(action, set(into.into(), false, file.attributes));
    }
    Ok(into.into())
}
