//! Mount propagation, the root, and what is mounted in it.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use insula_ns::Kind;
use insula_sys::step::{Fd, MountAttributes, Step};

use super::{Plan, Point};
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::{AttributeChange, Attributes, Directory, Entering, Mount, MountPlan, Propagation, Root};
use crate::{Action, Capabilities, Console};
use attach::attach;
use place::Place;

mod attach;
mod cover;
mod dev;
mod file_system;
mod idmap;
mod layers;
mod place;
mod root;
mod source;
mod terminal;
mod tree;

/// `linux/capability.h`.
pub(super) const CAP_SYS_ADMIN: u32 = 21;

/// `MS_*` of `mount(2)`.
const MS_REC: u64 = 1 << 14;

pub(super) fn compile(plan: &mut Plan, mounts: MountPlan, console: Option<Console>) -> Result<(), Error> {
    check(plan, &mounts)?;
    let own = mounts.root.is_own();
    let locked = mounts.locked;
    let propagation = match mounts.propagation {
        None if own => Some(Propagation::Private),
        // When the sources are open: what is bound shares with the host what is mounted in it.
        Some(Propagation::Shared) if own => None,
        other => other,
    };
    propagate(plan, propagation);
    let makes = own || mounts.mounts.iter().any(makes_files);
    if makes {
        if let (uid, gid) = plan.file_ids
            && (uid.is_some() || gid.is_some())
        {
            plan.world(Action::FileIds, Step::FileIds { uid, gid });
            plan.end_with_caller(Plan::world);
        }
        plan.world(Action::Umask, Step::ClearUmask);
    }
    if own {
        in_own_root(plan, mounts, console)?;
    } else {
        in_host(plan, mounts)?;
        if let Some(console) = console {
            let root = plan.slot();
            plan.world(Action::Console, Step::Open { path: c"/".into(), into: root });
            terminal::compile(plan, root.into(), console, terminal::Name::None)?;
            plan.release(root);
        }
    }
    if makes {
        plan.world(Action::Umask, Step::RestoreUmask);
    }
    if locked {
        // From here on, so that the init that the payload may trace does not have it either.
        plan.world(Action::LockMounts, Step::DropCapability(CAP_SYS_ADMIN));
    }
    Ok(())
}

/// A lock and the capability that opens it.
pub(super) fn check_lock(mounts: &MountPlan, sets: &Capabilities) -> Result<(), Error> {
    let named = [sets.permitted, sets.effective, sets.inheritable, sets.ambient];
    if mounts.locked && named.iter().flatten().any(|set| set.bits() >> CAP_SYS_ADMIN & 1 == 1) {
        return Err(Error::Contradiction {
            what: "`cap_sys_admin`".to_owned(),
            why: "would let the payload undo the mounts that are locked",
        });
    }
    Ok(())
}

/// What would change the caller's own mounts, or have no effect.
fn check(plan: &Plan, mounts: &MountPlan) -> Result<(), Error> {
    let new = plan.kinds.contains(Kind::Mnt);
    let refuse = |what: String, why| Err(Error::Contradiction { what, why });
    if mounts.root.is_own() {
        if !new {
            return refuse("a root of its own".to_owned(), "needs a new mnt namespace");
        }
        if mounts.entering == Entering::Cover && plan.kinds.contains(Kind::User) {
            return refuse(
                "a root that is entered without `pivot_root`".to_owned(),
                "needs mounts of the old one that can be undone, which a new user namespace locks",
            );
        }
        if mounts.propagation == Some(Propagation::Unchanged) {
            return refuse("a root of its own".to_owned(), "needs mounts that do not show outside");
        }
    }
    if !new && !plan.joins_mnt {
        if let Some(mount) = mounts.mounts.first() {
            return refuse(format!("a mount on `{}`", mount.target().display()), "needs a new mnt namespace");
        }
        if mounts.read_only_root || !mounts.read_only.is_empty() || !mounts.masked.is_empty() {
            return refuse("a read-only or masked path".to_owned(), "needs a new mnt namespace");
        }
    }
    let on_root = |mount: &&Mount| place::words(mount.target()).is_some_and(|words| words.is_empty());
    match mounts.mounts.iter().find(on_root) {
        Some(_) => refuse("a mount on `/`".to_owned(), "would not be seen: describe it as the root"),
        None => Ok(()),
    }
}

/// Whether files are made for this mount, be it only the top of a new file system.
fn makes_files(mount: &Mount) -> bool {
    !matches!(
        mount,
        Mount::Proc(_)
            | Mount::Bind(_)
            | Mount::Private(_)
            | Mount::Propagation { .. }
            | Mount::Attributes { .. }
            | Mount::Binfmt { .. }
    )
}

fn propagate(plan: &mut Plan, propagation: Option<Propagation>) {
    let Some(flag) = propagation.and_then(propagation_flag) else { return };
    let step =
        Step::Mount { source: None, target: c"/".into(), fstype: None, flags: MS_REC | flag, data: None };
    plan.world(Action::Propagation, step);
}

/// `MS_*` of `mount(2)`; none where there is no change.
fn propagation_flag(propagation: Propagation) -> Option<u64> {
    match propagation {
        Propagation::Unbindable => Some(1 << 17),
        Propagation::Private => Some(1 << 18),
        Propagation::Slave => Some(1 << 19),
        Propagation::Shared => Some(1 << 20),
        Propagation::Unchanged => None,
    }
}

/// Everything is mounted in the new root, which then takes the place of the old one.
fn in_own_root(plan: &mut Plan, mounts: MountPlan, console: Option<Console>) -> Result<(), Error> {
    let name = root::name(&mounts.root);
    let mut bound = std::collections::VecDeque::new();
    if mounts.propagation == Some(Propagation::Shared) {
        for mount in &mounts.mounts {
            if matches!(mount, Mount::Bind(_)) {
                bound.push_back(source::open(plan, &mut Place::root(Fd::Cwd), mount)?);
            }
        }
        // Nothing else that is mounted may show outside, nor may the old root go there too.
        propagate(plan, Some(Propagation::Slave));
    }
    let root = root::prepare(plan, &mounts.root, mounts.read_only_root)?;
    let mut place = Place::root(root);
    for mount in &mounts.mounts {
        let source = match mount {
            Mount::Bind(_) if !bound.is_empty() => bound.pop_front().expect("it is not empty"),
            _ => source::open(plan, &mut place, mount)?,
        };
        attach(plan, &mut place, mount, source)?;
    }
    if let Some(console) = console {
        terminal::compile(plan, root, console, terminal::Name::Console)?;
    }
    cover(plan, root, &mounts.read_only, &mounts.masked)?;
    if mounts.read_only_root {
        plan.world(Action::ReadOnly("/".into()), set(root, false, Attributes::READ_ONLY));
    }
    // Of what lies over the old root, `pivot_root(2)` knows only the top: nothing may be there but the new one.
    place.detach_scratch(plan);
    plan.ask(Point::Mounted);
    plan.world(Action::EnterRoot(name.clone()), Step::Fchdir(root));
    match mounts.entering {
        Entering::Pivot => plan.world(Action::EnterRoot(name), Step::PivotRootHere),
        Entering::Cover => {
            cover::detach_others(plan)?;
            plan.world(Action::EnterRoot(name.clone()), Step::Fchdir(root));
            plan.world(Action::EnterRoot(name), Step::ChrootHere);
        }
    }
    if mounts.propagation == Some(Propagation::Shared) {
        propagate(plan, mounts.propagation);
    }
    enter_directory(plan, mounts.directory)
}

/// Everything is mounted in the copy of the host's mounts.
fn in_host(plan: &mut Plan, mounts: MountPlan) -> Result<(), Error> {
    let covers = !mounts.read_only.is_empty() || !mounts.masked.is_empty();
    let mut host = None;
    if mounts.read_only_root || (covers && matches!(mounts.root, Root::Unchanged)) {
        let slot = plan.slot();
        plan.world(Action::ReadOnly("/".into()), Step::Open { path: c"/".into(), into: slot });
        host = Some(slot);
    }
    // The caller's paths are looked up before anything covers them, and before the root changes.
    let mut place = Place::host(mounts.mounts.iter().map(Mount::target));
    let mut sources = Vec::new();
    for mount in &mounts.mounts {
        sources.push(source::open(plan, &mut place, mount)?);
    }
    // Not before: what is bound from here is no more read-only than it was.
    if let Some(root) = host.filter(|_| mounts.read_only_root) {
        plan.world(Action::ReadOnly("/".into()), set(root.into(), true, Attributes::READ_ONLY));
    }
    let mut moved = place.detach_scratch(plan);
    let unchanged = matches!(mounts.root, Root::Unchanged);
    moved |= unchanged && covers_directory(&mounts)?;
    let root = enter_root(plan, mounts.root, covers)?.or(host.map(Fd::from));
    let stays = mounts.directory.is_none();
    enter_directory(plan, mounts.directory)?;
    for (mount, source) in mounts.mounts.iter().zip(sources) {
        attach(plan, &mut place, mount, source)?;
    }
    if let Some(root) = root.filter(|_| covers) {
        cover(plan, root, &mounts.read_only, &mounts.masked)?;
    }
    if unchanged && stays && moved {
        let directory = current_directory()?;
        plan.world(Action::WorkingDirectory(directory.clone()), Step::Chdir(c_string(directory)?));
    }
    Ok(())
}

/// Changes the root to a directory; gives a handle on it if `handle` says that one is needed.
fn enter_root(plan: &mut Plan, root: Root, handle: bool) -> Result<Option<Fd>, Error> {
    let (path, step) = match root {
        Root::Chroot(dir) => {
            let step = Step::Chdir(c_string(&dir)?);
            (dir, step)
        }
        Root::Handle { directory, name } => (name, Step::Fchdir(plan.keep(directory)?)),
        Root::Unchanged | Root::Dir(_) | Root::Tmpfs(_) | Root::Overlay(_) => return Ok(None),
    };
    plan.world(Action::EnterRoot(path.clone()), step);
    plan.world(Action::EnterRoot(path.clone()), Step::ChrootHere);
    Ok(handle.then(|| {
        let into = plan.slot();
        plan.world(Action::EnterRoot(path), Step::Open { path: c"/".into(), into });
        into.into()
    }))
}

fn enter_directory(plan: &mut Plan, directory: Option<Directory>) -> Result<(), Error> {
    match directory {
        Some(Directory::Path(dir)) => {
            let step = Step::Chdir(c_string(&dir)?);
            plan.world(Action::WorkingDirectory(dir), step);
        }
        Some(Directory::Callers) => {
            // One that was removed leads nowhere inside either.
            if let Ok(dir) = std::env::current_dir() {
                plan.world(Action::WorkingDirectory(dir.clone()), Step::ChdirIfThere(c_string(dir)?));
            }
        }
        Some(Directory::Handle { directory, name }) => {
            let directory = plan.keep(directory)?;
            plan.world(Action::WorkingDirectory(name), Step::Fchdir(directory));
        }
        None => {}
    }
    Ok(())
}

/// Whether the caller's working directory lies below something that will be covered. Staying in it would show what is
/// hidden there.
fn covers_directory(mounts: &MountPlan) -> Result<bool, Error> {
    if mounts.directory.is_some()
        || (mounts.mounts.is_empty() && mounts.masked.is_empty() && mounts.read_only.is_empty())
    {
        return Ok(false);
    }
    let directory = current_directory()?;
    let targets = mounts.mounts.iter().map(Mount::target);
    let paths = mounts.masked.iter().chain(&mounts.read_only).map(PathBuf::as_path);
    Ok(mounts.read_only_root
        || targets.chain(paths).any(|path| {
            // Symbolic links in the target may lead to where we are. The paths of kernel file systems have none.
            directory.starts_with(path)
                || (path != Path::new("/proc")
                    && path.canonicalize().is_ok_and(|path| directory.starts_with(path)))
        }))
}

fn current_directory() -> Result<PathBuf, Error> {
    std::env::current_dir().map_err(|error| Error::Caller {
        what: "find the working directory",
        errno: rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::NOENT),
    })
}

/// A path of the caller's that stays the same wherever the working directory is then.
fn absolute(path: &Path) -> Result<CString, Error> {
    if path.is_absolute() { c_string(path) } else { c_string(current_directory()?.join(path)) }
}

fn cover(plan: &mut Plan, root: Fd, read_only: &[PathBuf], masked: &[PathBuf]) -> Result<(), Error> {
    for path in read_only {
        plan.world(Action::ReadOnly(path.clone()), Step::ReadOnly { root, path: c_string(path)? });
    }
    for path in masked {
        plan.world(Action::Mask(path.clone()), Step::Mask { root, path: c_string(path)? });
    }
    Ok(())
}

/// The step that sets attributes of a mount.
fn set(mount: Fd, recursive: bool, attributes: Attributes) -> Step {
    Step::SetMount { mount, recursive, attributes: setting(attributes) }
}

fn setting(attributes: Attributes) -> MountAttributes {
    changing(AttributeChange { set: attributes, clear: Attributes::NONE })
}

fn changing(change: AttributeChange) -> MountAttributes {
    const MOUNT_ATTR_ATIME: u64 = 0x70;
    let atime = Attributes::NO_ATIME | Attributes::STRICT_ATIME;
    let mut clear = u64::from(change.clear.bits());
    // How access times are kept is one choice of three, which the kernel wants to see cleared first.
    if (change.set.bits() | change.clear.bits()) & atime.bits() != 0 {
        clear |= MOUNT_ATTR_ATIME;
    }
    MountAttributes { set: change.set.bits().into(), clear, propagation: 0 }
}
