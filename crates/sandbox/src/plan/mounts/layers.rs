//! Overlays.

use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;

use insula_ns::{Kind, Namespace};
use insula_sys::step::{Make, Slot, Step};

use super::absolute;
use super::place::Place;
use crate::Action;
use crate::error::Error;
use crate::mounts::{Attributes, Changes, Layers};
use crate::plan::Plan;

/// The most bytes that the kernel takes as a parameter of a file-system context.
const LONGEST: usize = 255;

/// Plans an overlay that is attached to nothing yet.
pub(super) fn detached(
    plan: &mut Plan,
    place: &mut Place,
    layers: &Layers,
    attributes: Attributes,
    action: &Action,
) -> Result<Slot, Error> {
    let mut options = lower(&layers.lower)?;
    match &layers.changes {
        Changes::Refused => {}
        Changes::Discarded { size } => {
            let scratch = place.new_scratch(plan, *size, action)?;
            for path in [c"upper", c"work"] {
                let into = plan.slot();
                let step =
                    Step::MakeIn { root: scratch.into(), path: path.into(), make: Make::Dir(0o755), into };
                plan.world(action.clone(), step);
                plan.release(into);
            }
            // No path leads there but from the handle.
            plan.world(action.clone(), Step::Fchdir(scratch.into()));
            options.push((c"upperdir", c"upper".into()));
            options.push((c"workdir", c"work".into()));
        }
        Changes::Kept { upper, work } => {
            options.push((c"upperdir", escaped(upper, b"\\")?));
            options.push((c"workdir", escaped(work, b"\\")?));
        }
    }
    let (context, into) = (plan.slot(), plan.slot());
    plan.world(action.clone(), Step::FsOpen { fstype: c"overlay".into(), into: context });
    for (key, value) in options {
        plan.world(action.clone(), Step::FsConfig { context, key: key.into(), value: Some(value) });
    }
    if !in_first_user_namespace(plan)? {
        // What overlayfs notes about files goes into attributes that a user may write: since 5.11.
        plan.world(action.clone(), Step::FsConfig { context, key: c"userxattr".into(), value: None });
    }
    plan.world(action.clone(), Step::FsCreate { context });
    plan.world(action.clone(), Step::FsMount { context, attributes: attributes.bits(), into });
    plan.release(context);
    Ok(into)
}

/// The parameters for the lower directories: one, as every kernel takes it, or one each, which takes longer ones and is
/// known since 6.5.
fn lower(lower: &[impl AsRef<Path>]) -> Result<Vec<(&'static std::ffi::CStr, CString)>, Error> {
    let all = lower.iter().map(|path| escaped(path.as_ref(), b"\\:")).collect::<Result<Vec<_>, _>>()?;
    let joined = all.iter().map(CString::as_bytes).collect::<Vec<_>>().join(&b':');
    if joined.len() <= LONGEST {
        return Ok(vec![(c"lowerdir", crate::command::c_string(OsString::from_vec(joined))?)]);
    }
    lower.iter().map(|path| Ok((c"lowerdir+", fitting(absolute(path.as_ref())?, path.as_ref())?))).collect()
}

/// The absolute path with a backslash before each of `special`.
fn escaped(path: &Path, special: &[u8]) -> Result<CString, Error> {
    let mut text = Vec::new();
    for byte in absolute(path)?.as_bytes() {
        if special.contains(byte) {
            text.push(b'\\');
        }
        text.push(*byte);
    }
    fitting(crate::command::c_string(OsString::from_vec(text))?, path)
}

fn fitting(text: CString, path: &Path) -> Result<CString, Error> {
    if text.as_bytes().len() <= LONGEST {
        return Ok(text);
    }
    Err(Error::Contradiction {
        what: format!("`{}`", path.display()),
        why: "is too long for a layer of an overlay: at most 255 bytes as an absolute path",
    })
}

/// Whether the mount will be made in the first user namespace of the machine.
fn in_first_user_namespace(plan: &Plan) -> Result<bool, Error> {
    /// `PROC_USER_INIT_INO` of `linux/proc_ns.h`.
    const FIRST: u64 = 0xEFFF_FFFD;
    Ok(!plan.kinds.contains(Kind::User)
        && !plan.joins_user
        && Namespace::of_self(Kind::User)?.id().ino == FIRST)
}
