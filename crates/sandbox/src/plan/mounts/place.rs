//! Where mounts go: inside a root of their own, or in the copy of the host's mounts.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use insula_sys::step::{Fd, Make, Slot, Step};

use super::file_system;
use crate::Action;
use crate::command::c_string;
use crate::error::Error;
use crate::mounts::Tmpfs;
use crate::plan::Plan;

/// Whose the content of a mount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// The sandbox's alone: more may be made in it.
    New,
    /// The caller's, or the kernel's.
    Given,
}

/// The handles below which things may be made.
#[derive(Debug)]
pub(super) struct Place {
    /// The root of its own, if there is one.
    root: Option<Fd>,
    /// The mounts of this plan whose content is new, each with its words.
    fresh: Vec<(Vec<OsString>, Fd)>,
    /// The words of all targets.
    targets: Vec<Vec<OsString>>,
    /// Mounts over the old root that the payload does not see.
    scratch: Vec<Slot>,
    /// The one of these that holds files.
    files: Option<Slot>,
    /// The directory that something was made in last, if nothing was mounted since.
    last: Option<(PathBuf, Slot)>,
}

impl Place {
    pub(super) fn root(root: Fd) -> Self {
        Self {
            root: Some(root),
            fresh: Vec::new(),
            targets: Vec::new(),
            scratch: Vec::new(),
            files: None,
            last: None,
        }
    }

    pub(super) fn host<'a>(targets: impl Iterator<Item = &'a Path>) -> Self {
        let targets = targets.filter_map(words).collect();
        Self { root: None, fresh: Vec::new(), targets, scratch: Vec::new(), files: None, last: None }
    }

    /// Whether `target` is a plain path of the process's own: outside of everything new, with nothing of this plan
    /// below it.
    pub(super) fn is_plain(&self, target: &Path) -> bool {
        let Some(words) = words(target) else { return self.root.is_none() };
        let below = |other: &Vec<OsString>| other.len() > words.len() && other.starts_with(&words);
        self.root.is_none() && self.new_around(target).is_none() && !self.targets.iter().any(below)
    }

    /// Takes care of the handle on a mount that is attached: it is kept if things may be made below it.
    pub(super) fn settle(&mut self, plan: &mut Plan, target: &Path, mount: Fd, content: Content) {
        match (self.root, content, words(target)) {
            (None, Content::New, Some(words)) => self.fresh.push((words, mount)),
            _ => {
                if let Fd::Slot(slot) = mount {
                    plan.release(slot);
                }
            }
        }
    }

    /// The handle below which `target` may be made, and its path from there.
    fn new_around(&self, target: &Path) -> Option<(Fd, PathBuf)> {
        if let Some(root) = self.root {
            return Some((root, target.to_owned()));
        }
        let words = words(target)?;
        let around = |(outer, _): &&(Vec<OsString>, Fd)| words.starts_with(outer);
        let (outer, fd) = self.fresh.iter().filter(around).max_by_key(|(outer, _)| outer.len())?;
        Some((*fd, Path::new("/").join(words[outer.len()..].iter().collect::<PathBuf>())))
    }

    /// Plans a handle on `target`, which is made where that is allowed.
    pub(super) fn target(&self, plan: &mut Plan, target: &Path, make: Make) -> Result<Slot, Error> {
        let into = plan.slot();
        if let Some((root, path)) = self.new_around(target) {
            plan.world(
                Action::Make(target.to_owned()),
                Step::MakeIn { root, path: c_string(path)?, make, into },
            );
        } else {
            plan.world(Action::MountPoint(target.to_owned()), Step::Open { path: c_string(target)?, into });
        }
        Ok(into)
    }

    /// Plans a handle on `target`, which must exist.
    pub(super) fn existing(&self, plan: &mut Plan, target: &Path) -> Result<Slot, Error> {
        let into = plan.slot();
        let step = match self.new_around(target) {
            Some((root, path)) => Step::OpenIn { root, path: c_string(path)?, into },
            None => Step::Open { path: c_string(target)?, into },
        };
        plan.world(Action::MountPoint(target.to_owned()), step);
        Ok(into)
    }

    /// As [`target`](Self::target), for what is not mounted but made: the host's file system is no place for it.
    pub(super) fn made(&self, plan: &mut Plan, target: &Path, make: Make) -> Result<Slot, Error> {
        self.check_new(target)?;
        self.target(plan, target, make)
    }

    /// Plans a handle on a directory in which nodes and links are made one after the other. It is made where it is missing.
    pub(super) fn directory(&mut self, plan: &mut Plan, path: &Path) -> Result<Slot, Error> {
        match &self.last {
            Some((last, slot)) if last == path => return Ok(*slot),
            _ => self.leave_directory(plan),
        }
        let slot = self.made(plan, path, Make::Dir(0o755))?;
        self.last = Some((path.to_owned(), slot));
        Ok(slot)
    }

    /// Says that paths may lead elsewhere from now on.
    pub(super) fn leave_directory(&mut self, plan: &mut Plan) {
        if let Some((_, slot)) = self.last.take() {
            plan.release(slot);
        }
    }

    /// Whether something may be made at `target`.
    pub(super) fn check_new(&self, target: &Path) -> Result<(), Error> {
        if self.new_around(target).is_some() {
            return Ok(());
        }
        Err(Error::Contradiction {
            what: format!("`{}`", target.display()),
            why: "would be made in the host's file system: it needs a root of its own or a tmpfs around it",
        })
    }

    /// Plans a new tmpfs over the old root, where only descriptors reach it. It has a place in the mount namespace, which
    /// kernels before 6.15 want of what is copied by `open_tree(2)` or becomes a layer.
    pub(super) fn new_scratch(
        &mut self,
        plan: &mut Plan,
        size: Option<u64>,
        what: &Action,
    ) -> Result<Slot, Error> {
        let tmpfs = Tmpfs { size, mode: 0o700, ..Tmpfs::new("/") };
        let slot = file_system::detached(plan, &(&tmpfs).into(), what)?;
        let root = plan.slot();
        plan.world(what.clone(), Step::Open { path: c"/".into(), into: root });
        let step = Step::MoveMount { mount: slot.into(), target: root.into(), name: c"".into() };
        plan.world(what.clone(), step);
        plan.release(root);
        self.scratch.push(slot);
        Ok(slot)
    }

    /// The tmpfs that files with given content lie in.
    pub(super) fn files(&mut self, plan: &mut Plan, what: &Action) -> Result<Slot, Error> {
        if let Some(slot) = self.files {
            return Ok(slot);
        }
        let slot = self.new_scratch(plan, None, what)?;
        self.files = Some(slot);
        Ok(slot)
    }

    /// Plans the end of what was over the old root; says whether the working directory was changed.
    pub(super) fn detach_scratch(&mut self, plan: &mut Plan) -> bool {
        let any = !self.scratch.is_empty();
        for slot in self.scratch.drain(..).rev() {
            plan.world(Action::CloseDescriptors, Step::Fchdir(slot.into()));
            plan.world(Action::CloseDescriptors, Step::DetachHere);
            plan.release(slot);
        }
        any
    }
}

/// The names that an absolute path consists of; `None` where it is relative or goes up again.
pub(super) fn words(path: &Path) -> Option<Vec<OsString>> {
    let mut components = path.components();
    if components.next() != Some(Component::RootDir) {
        return None;
    }
    components
        .map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            _ => None,
        })
        .collect()
}
