//! Overlays.

use std::ffi::{CStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use insula_ns::{Kind, Namespace};
use insula_sys::step::{Make, Slot, Step};

use super::absolute;
use super::place::Place;
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::{Attributes, Changes, Layers};
use crate::plan::Plan;

/// Plans an overlay that is attached to nothing yet.
pub(super) fn detached(
    plan: &mut Plan,
    place: &mut Place,
    layers: &Layers,
    attributes: Attributes,
    action: &Action,
) -> Result<Slot, Error> {
    let mut options = Vec::new();
    let mut scratch = None;
    match &layers.changes {
        Changes::Refused => {}
        Changes::Discarded { size } => {
            let slot = *scratch.insert(place.new_scratch(plan, *size, action)?);
            make(plan, slot, c"upper", action);
            make(plan, slot, c"work", action);
            // No path leads there but from the handle.
            plan.world(action.clone(), Step::Fchdir(slot.into()));
            options.push(Layer { key: c"upperdir", paths: vec![b"upper".to_vec()] });
            options.push(Layer { key: c"workdir", paths: vec![b"work".to_vec()] });
        }
        Changes::Kept { upper, work } => {
            options.push(Layer::new(c"upperdir", std::slice::from_ref(upper))?);
            options.push(Layer::new(c"workdir", std::slice::from_ref(work))?);
        }
    }
    options.push(Layer::new(c"lowerdir", &layers.lower)?);
    // What overlayfs notes about files goes into attributes that a user may write: since 5.11.
    let user = !in_first_user_namespace(plan)?;
    let data = data(&options, user);
    if !options.iter().all(Layer::fits) && data.len() <= LONGEST_DATA {
        let scratch = scratch.map_or_else(|| place.files(plan, action), Ok)?;
        return by_mount(plan, scratch, data, attributes, action);
    }
    let (context, into) = (plan.slot(), plan.slot());
    plan.world(action.clone(), Step::FsOpen { fstype: c"overlay".into(), into: context });
    for (key, value) in options.iter().flat_map(Layer::parameters) {
        let value = Some(c_string(OsString::from_vec(value))?);
        plan.world(action.clone(), Step::FsConfig { context, key: key.into(), value });
    }
    if user {
        plan.world(action.clone(), Step::FsConfig { context, key: c"userxattr".into(), value: None });
    }
    plan.world(action.clone(), Step::FsCreate { context });
    plan.world(action.clone(), Step::FsMount { context, attributes: attributes.bits(), into });
    plan.release(context);
    Ok(into)
}

/// The most bytes that the kernel takes as a parameter of a file-system context.
const LONGEST: usize = 255;

/// The most that `mount(2)` takes as data: a page, with its NUL.
const LONGEST_DATA: usize = 4095;

/// A parameter of an overlay.
struct Layer {
    key: &'static CStr,
    paths: Vec<Vec<u8>>,
}

impl Layer {
    fn new(key: &'static CStr, paths: &[PathBuf]) -> Result<Self, Error> {
        let paths =
            paths.iter().map(|path| Ok(absolute(path)?.into_bytes())).collect::<Result<_, Error>>()?;
        Ok(Self { key, paths })
    }

    /// All paths, with a backslash before each of `special`.
    fn escaped(&self, special: &[u8]) -> Vec<u8> {
        let escape = |path: &Vec<u8>| -> Vec<u8> {
            path.iter()
                .flat_map(|byte| [special.contains(byte).then_some(b'\\'), Some(*byte)])
                .flatten()
                .collect()
        };
        self.paths.iter().map(escape).collect::<Vec<_>>().join(&b':')
    }

    /// Whether every kernel takes it as a parameter. Those before 6.5 take no comma, however it is written.
    fn fits(&self) -> bool {
        let text = self.escaped(SPECIAL);
        text.len() <= LONGEST && !text.contains(&b',')
    }

    /// It as one parameter or, if that is too long, one for each path, which takes Linux 6.5.
    fn parameters(&self) -> Vec<(&'static CStr, Vec<u8>)> {
        let text = self.escaped(SPECIAL);
        if text.len() <= LONGEST || self.paths.len() == 1 {
            return vec![(self.key, text)];
        }
        self.paths.iter().map(|path| (c"lowerdir+", path.clone())).collect()
    }
}

/// What has a meaning in a list of layers.
const SPECIAL: &[u8] = b"\\:";

/// The options as `mount(2)` takes them.
fn data(options: &[Layer], user: bool) -> Vec<u8> {
    let mut words: Vec<Vec<u8>> =
        options.iter().map(|layer| [layer.key.to_bytes(), b"=", &layer.escaped(b"\\:,")].concat()).collect();
    if user {
        words.push(b"userxattr".to_vec());
    }
    words.join(&b',')
}

/// Plans an overlay by `mount(2)` on a directory in `scratch`, and takes it from there.
fn by_mount(
    plan: &mut Plan,
    scratch: Slot,
    data: Vec<u8>,
    attributes: Attributes,
    action: &Action,
) -> Result<Slot, Error> {
    let name = c_string(format!("overlay{}", plan.program.world.len()))?;
    make(plan, scratch, &name, action);
    plan.world(action.clone(), Step::Fchdir(scratch.into()));
    let step = Step::Mount {
        source: Some(c"overlay".into()),
        target: name.clone(),
        fstype: Some(c"overlay".into()),
        flags: attributes.old_bits(),
        data: Some(c_string(OsString::from_vec(data))?),
    };
    plan.world(action.clone(), step);
    let into = plan.slot();
    plan.world(action.clone(), Step::OpenTree { at: scratch.into(), path: name, recursive: false, into });
    Ok(into)
}

/// Plans a directory in a tmpfs of our own.
fn make(plan: &mut Plan, root: Slot, path: &CStr, action: &Action) {
    let into = plan.slot();
    let step = Step::MakeIn { root: root.into(), path: path.into(), make: Make::Dir(0o755), into };
    plan.world(action.clone(), step);
    plan.release(into);
}

/// Whether the mount will be made in the first user namespace of the machine.
fn in_first_user_namespace(plan: &Plan) -> Result<bool, Error> {
    /// `PROC_USER_INIT_INO` of `linux/proc_ns.h`.
    const FIRST: u64 = 0xEFFF_FFFD;
    Ok(!plan.kinds.contains(Kind::User)
        && !plan.joins_user
        && Namespace::of_self(Kind::User)?.id().ino == FIRST)
}
