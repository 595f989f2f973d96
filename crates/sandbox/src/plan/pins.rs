//! Namespaces that outlive a start only if it succeeds.

use insula_ns::{Kind, Namespace};
use insula_sys::program::{Failure, Outside, Stage, StartError};
use insula_sys::step::Step;
use rustix::fs::{Mode, OFlags};
use rustix::mount::{UnmountFlags, unmount};

use super::{Plan, Way};

impl Plan {
    /// Takes away what a start that failed has mounted to keep its namespaces.
    ///
    /// A process that is inside a new user namespace itself, by [`exec`](Self::exec), no longer may.
    pub(super) fn unpin(&self, error: &StartError) {
        let StartError::Step(failure) = error else { return };
        let done = self.done_outside(failure);
        let mut bound = self.program.outside[..done].iter().filter_map(|outside| match outside {
            Outside::Bind { target, .. } => Some(target),
            _ => None,
        });
        let Some(first) = bound.next() else { return };
        if let Some((home, directory)) = &self.home {
            // Where these fail, so will the unmounting.
            let _ = home.enter();
            let _ = rustix::process::fchdir(directory);
        }
        for target in [first].into_iter().chain(bound) {
            // Ours is the topmost mount there: we have just put it on.
            let _ = unmount(target.as_c_str(), UnmountFlags::DETACH | UnmountFlags::NOFOLLOW);
        }
    }

    /// Remembers the caller's mount namespace, where the process leaves it before it can fail.
    pub(super) fn remember_home(&mut self) {
        if self.way == Way::Exec && self.kinds.contains(Kind::Mnt) {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let directory = rustix::fs::open(".", flags, Mode::empty());
            self.home = Namespace::of_self(Kind::Mnt).ok().zip(directory.ok());
        }
    }

    /// How many of the actions outside were done before the failure.
    fn done_outside(&self, failure: &Failure) -> usize {
        let asked = self.program.world.iter().position(|step| matches!(step, Step::Outside));
        let all = self.program.outside.len();
        match failure.stage {
            Stage::Outside => failure.index.min(all),
            Stage::Process | Stage::Last | Stage::Exec | Stage::Init => all,
            Stage::World if asked.is_some_and(|asked| failure.index > asked) => all,
            Stage::World | Stage::Join => 0,
        }
    }
}
