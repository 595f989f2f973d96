//! The control group of a command: made for it, on record while it is there, and taken away with it.
//!
//! What is limited is one group; the command is born in another one in that, called `inside`, and sees nothing above: so whatever
//! it may write there, the limits are not among it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use insula_cgroup::{Act, Cgroup, CgroupPath, Hierarchies, Resources, Which};
use insula_sandbox::Sandbox;

mod collect;
mod error;
mod record;
mod scope;

pub use collect::{GroupGarbage, collect};
pub use error::GroupError;

use record::Recorded;

/// The group in the group.
const INSIDE: &str = "inside";
/// How long processes that were killed may take to go.
const END: Duration = Duration::from_secs(10);

/// Where the group of a command is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Near the caller's own, under a name that nobody else has: below it in version 1, beside it in version 2, and where that is
    /// not the caller's to write in, in a scope of the systemd of this user.
    #[default]
    Near,
    /// Here. A group that is there already is entered, and stays as it is.
    At(CgroupPath),
}

/// What is done for a group, for people to read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Told<'a> {
    /// The caller moves to a new scope, of this name.
    Scope(&'a str),
    /// A directory is made.
    Make(&'a Path),
    /// A limit is set.
    Set(Act<'a>),
}

/// The group of one command. It goes, with all that is in it, when this is dropped or [ended](Self::end).
#[derive(Debug)]
pub struct Group {
    /// Where the command is born.
    home: Cgroup,
    /// What is limited and taken away; nothing of a group that was there before.
    own: Option<Own>,
    mount_points: Vec<PathBuf>,
}

/// A group that was made.
#[derive(Debug)]
struct Own {
    group: Cgroup,
    record: Recorded,
}

impl Group {
    /// Makes a group that is limited by `resources`, or opens the one that is there; `tell` hears of what is done.
    ///
    /// # Errors
    /// [`GroupError`]; nothing of it is left then. [`GroupError::Exists`] if what is there already would have to be limited.
    pub fn create(place: &Place, resources: &Resources, tell: &dyn Fn(Told<'_>)) -> Result<Self, GroupError> {
        let mut hierarchies = Hierarchies::find()?;
        let path = match place {
            Place::Near => near(&hierarchies, tell)?,
            Place::At(path) => path.clone(),
        };
        if let Place::At(path) = place
            && let Some(home) = existing(&hierarchies, path)?
        {
            if *resources != Resources::default() {
                return Err(GroupError::Exists { group: path.clone() });
            }
            return Ok(Self { home, own: None, mount_points: mount_points(&hierarchies) });
        }
        let mount_points = mount_points(&hierarchies);
        keep_delegated(&mut hierarchies, &path)?;
        let which = if *place == Place::Near { Which::Any } else { Which::Marked };
        let record = Recorded::claim(hierarchies.traces(&path, which)?)?;
        let own = Own::create(&hierarchies, &path, record, resources, tell)?;
        match make_inside(&hierarchies, &path, resources, tell) {
            Ok(home) => Ok(Self { home, own: Some(own), mount_points }),
            Err(error) => {
                // What is told is why it could not be had.
                let _ = own.end();
                Err(error)
            }
        }
    }

    /// Has the command be born in the group.
    ///
    /// # Errors
    /// [`GroupError::File`] if the caller may not move processes there.
    pub fn enter(&self, sandbox: &mut Sandbox) -> Result<(), GroupError> {
        let entry = self.home.entry()?;
        sandbox.cgroup = entry.directory;
        sandbox.cgroups = entry.files;
        Ok(())
    }

    /// Where control groups are mounted: whoever may write there could leave the group.
    #[must_use]
    pub fn mount_points(&self) -> &[PathBuf] {
        &self.mount_points
    }

    /// How many of its processes the kernel has killed for want of memory.
    ///
    /// # Errors
    /// [`GroupError::File`].
    pub fn oom_kills(&self) -> Result<u64, GroupError> {
        // Version 1 counts them where they were, version 2 above that too.
        let own = self.own.as_ref().map_or(Ok(None), |own| own.group.oom_kills())?;
        Ok(own.max(self.home.oom_kills()?).unwrap_or_default())
    }

    /// Takes the group away, with all that is left in it; one that was there before stays.
    ///
    /// # Errors
    /// [`GroupError::End`]: it stays on record then.
    pub fn end(mut self) -> Result<(), GroupError> {
        self.own.take().map_or(Ok(()), Own::end)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            // It stays on record.
            let _ = own.end();
        }
    }
}

impl Own {
    /// Makes it and sets its limits. It is on record before it is there.
    fn create(
        hierarchies: &Hierarchies,
        path: &CgroupPath,
        mut record: Recorded,
        resources: &Resources,
        tell: &dyn Fn(Told<'_>),
    ) -> Result<Self, GroupError> {
        let group = match Cgroup::create(hierarchies, path) {
            Ok(group) if group.is_new() => group,
            made => {
                record.forget()?;
                made?;
                return Err(GroupError::Exists { group: path.clone() });
            }
        };
        for directory in group.directories() {
            tell(Told::Make(directory));
        }
        let limited = group.traces().map_err(GroupError::from).and_then(|traces| {
            record.found(traces)?;
            Ok(group.set_and_tell(resources, &|act| tell(Told::Set(act)))?)
        });
        let own = Self { group, record };
        if let Err(error) = limited {
            let _ = own.end();
            return Err(error);
        }
        Ok(own)
    }

    fn end(self) -> Result<(), GroupError> {
        self.group.end(Instant::now() + END)?;
        self.record.forget()
    }
}

/// Makes the group that the command is born in.
fn make_inside(
    hierarchies: &Hierarchies,
    path: &CgroupPath,
    resources: &Resources,
    tell: &dyn Fn(Told<'_>),
) -> Result<Cgroup, GroupError> {
    let path = CgroupPath::new(&format!("{path}/{INSIDE}"))?;
    let inside = Cgroup::create(hierarchies, &path)?;
    for directory in inside.directories() {
        tell(Told::Make(directory));
    }
    if !hierarchies.is_unified() {
        // The throttle of version 1 does not look at groups above: `admin-guide/cgroup-v1/blkio-controller.rst`.
        let block_io = Resources { block_io: resources.block_io.clone(), ..Resources::default() };
        inside.set_and_tell(&block_io, &|act| tell(Told::Set(act)))?;
    }
    Ok(inside)
}

/// A path near the caller, in a place that is its own to write in.
fn near(hierarchies: &Hierarchies, tell: &dyn Fn(Told<'_>)) -> Result<CgroupPath, GroupError> {
    let name = unique_name();
    let path = CgroupPath::new(&name)?;
    let is_delegated = |hierarchy: &insula_cgroup::Hierarchy| hierarchy.is_delegated(&path);
    for hierarchy in hierarchies.as_slice() {
        if is_delegated(hierarchy)? {
            return Ok(path);
        }
    }
    if !hierarchies.is_unified() {
        return Err(GroupError::NotDelegated { group: path, systemd: None });
    }
    scope::enter(hierarchies, &name, tell).map_err(|error| match error {
        GroupError::Systemd(source) => GroupError::NotDelegated { group: path, systemd: Some(source) },
        error => error,
    })
}

/// What no other group is called.
fn unique_name() -> String {
    let mut random = [0; 4];
    // The number alone tells those apart that run at once in one PID namespace.
    let _ = rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::NONBLOCK);
    format!("insula-run-{}-{:08x}", rustix::process::getpid(), u32::from_ne_bytes(random))
}

fn existing(hierarchies: &Hierarchies, path: &CgroupPath) -> Result<Option<Cgroup>, GroupError> {
    match Cgroup::open(hierarchies, path) {
        Ok(group) => Ok(Some(group)),
        Err(insula_cgroup::CgroupError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Leaves out the hierarchies where the caller may make nothing; what needs a controller of theirs fails then.
fn keep_delegated(hierarchies: &mut Hierarchies, path: &CgroupPath) -> Result<(), GroupError> {
    let mut failure = None;
    hierarchies.retain(|hierarchy| match hierarchy.is_delegated(path) {
        Ok(is_delegated) => is_delegated,
        Err(error) => {
            failure = Some(error);
            false
        }
    });
    match failure {
        Some(error) => Err(error.into()),
        None if hierarchies.as_slice().is_empty() => {
            Err(GroupError::NotDelegated { group: path.clone(), systemd: None })
        }
        None => Ok(()),
    }
}

fn mount_points(hierarchies: &Hierarchies) -> Vec<PathBuf> {
    hierarchies.as_slice().iter().map(|hierarchy| hierarchy.mount_point().to_owned()).collect()
}
