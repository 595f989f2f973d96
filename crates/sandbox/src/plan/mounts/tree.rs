//! Files, directories and links made below a directory.

use std::path::Path;

use insula_sys::step::{Fd, Make, Step};

use super::place::Place;
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::{Content, Entry};
use crate::plan::Plan;

pub(super) fn make(plan: &mut Plan, place: &Place, target: &Path, entries: &[Entry]) -> Result<(), Error> {
    place.check_new(target)?;
    let top = place.existing(plan, target)?;
    for entry in entries {
        make_one(plan, top.into(), target, entry)?;
    }
    plan.release(top);
    Ok(())
}

fn make_one(plan: &mut Plan, top: Fd, target: &Path, entry: &Entry) -> Result<(), Error> {
    let action = Action::Make(target.join(&entry.path));
    let owner =
        |dir, name| entry.owner.map(|(uid, gid)| Step::Owner { dir, name, uid: Some(uid), gid: Some(gid) });
    if entry.content == Content::Directory {
        let into = plan.slot();
        let path = c_string(&entry.path)?;
        plan.world(action.clone(), Step::MakeIn { root: top, path, make: Make::Dir(entry.mode), into });
        if let Some(step) = owner(into.into(), c"".into()) {
            plan.world(action, step);
        }
        plan.release(into);
        return Ok(());
    }
    let Some(name) = entry.path.file_name() else {
        return Err(Error::Contradiction {
            what: format!("`{}`", entry.path.display()),
            why: "is no name for a file",
        });
    };
    let (name, into) = (c_string(name)?, plan.slot());
    let parent = Path::new("/").join(entry.path.parent().unwrap_or(Path::new("")));
    let path = c_string(parent)?;
    plan.world(action.clone(), Step::OpenIn { root: top, path, into });
    let dir = Fd::from(into);
    let step = match &entry.content {
        Content::File(data) => {
            Step::WriteNew { dir, name: name.clone(), mode: entry.mode, data: data.as_slice().into() }
        }
        Content::Symlink(to) => Step::Symlink { dir, name: name.clone(), target: c_string(to)? },
        Content::Directory => unreachable!("it was made above"),
    };
    plan.world(action.clone(), step);
    if let Some(step) = owner(dir, name) {
        plan.world(action, step);
    }
    plan.release(into);
    Ok(())
}
