//! New file systems: by `mount(2)` in one call where the target is a path of the process's own, else by `fsopen(2)`.

use std::ffi::OsString;
use std::path::Path;

use insula_sys::step::{Fd, Slot, Step};

use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::FileSystem;
use crate::plan::Plan;

/// What the error message of a mount of this file system says.
pub(super) fn action(fs: &FileSystem) -> Action {
    let name = if fs.fstype == "proc" { "procfs" } else { &fs.fstype };
    Action::Mount(name.to_owned(), fs.target.clone())
}

/// Plans a mount that is attached to nothing yet.
pub(super) fn detached(plan: &mut Plan, fs: &FileSystem, action: &Action) -> Result<Slot, Error> {
    let (context, into) = (plan.slot(), plan.slot());
    plan.world(action.clone(), Step::FsOpen { fstype: c_string(&fs.fstype)?, into: context });
    let source = fs.source.as_ref().map(|source| ("source", Some(source)));
    let options = fs.options.iter().map(|(key, value)| (key.as_str(), value.as_ref()));
    for (key, value) in source.into_iter().chain(options) {
        let value = value.map(c_string).transpose()?;
        plan.world(action.clone(), Step::FsConfig { context, key: c_string(key)?, value });
    }
    plan.world(action.clone(), Step::FsCreate { context });
    plan.world(action.clone(), Step::FsMount { context, attributes: fs.attributes.bits(), into });
    plan.release(context);
    Ok(into)
}

/// Plans a mount on a path of the process's own, which must exist.
pub(super) fn mount(plan: &mut Plan, fs: &FileSystem) -> Result<(), Error> {
    let mut data = OsString::new();
    for (key, value) in &fs.options {
        if !data.is_empty() {
            data.push(",");
        }
        data.push(key);
        if let Some(value) = value {
            data.push("=");
            data.push(value);
        }
    }
    let source = fs.source.clone().unwrap_or_else(|| fs.fstype.clone().into());
    let step = Step::Mount {
        source: Some(c_string(source)?),
        target: c_string(&fs.target)?,
        fstype: Some(c_string(&fs.fstype)?),
        flags: fs.attributes.old_bits(),
        data: if data.is_empty() { None } else { Some(c_string(data)?) },
    };
    plan.world(action(fs), step);
    Ok(())
}

/// Plans a mount of the list of binary formats, attached to nothing yet, with `register` in it. An interpreter that is
/// registered is looked up in the root of that moment.
pub(super) fn binfmt(plan: &mut Plan, target: &Path, register: &[Vec<u8>]) -> Result<Slot, Error> {
    let fs = FileSystem::new("binfmt_misc", target);
    let made = detached(plan, &fs, &action(&fs))?;
    for format in register {
        let (at, data) = (Fd::from(made), format.as_slice().into());
        let step = Step::Write { at, path: c"register".into(), data };
        plan.world(Action::BinaryFormat(String::from_utf8_lossy(format).into_owned()), step);
    }
    Ok(made)
}
