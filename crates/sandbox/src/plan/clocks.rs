//! Shifted clocks on kernels where exec does not change the time namespace (before 6.3).
//!
//! There a process that shares our memory is in its new time namespace from the start, when it is too late to set
//! offsets. So another process makes the namespace, sets them, and starts the first process inside with a copy of the
//! memory. It costs more, and is known to be needed only when the kernel has refused.

use insula_ns::Kind;
use insula_sys::program::{Failure, Outside, Stage};
use insula_sys::step::Step;
use rustix::io::Errno;

use super::{Plan, Way};
use crate::Action;

impl Plan {
    /// Whether `failure` is such a refusal, and the other way is open. A namespace that is to be kept must be there when
    /// it is bound, which is later than the maps are written on that way.
    pub(super) fn clocks_came_late(&self, failure: &Failure) -> bool {
        let binds = self.program.outside.iter().any(|outside| matches!(outside, Outside::Bind { .. }));
        self.way == Way::Spawn
            && failure.stage == Stage::World
            && failure.errno == Errno::ACCESS
            && self.action(failure) == Action::TimeOffsets
            && !binds
    }

    /// Puts everything up to the offsets before the birth of the first process inside.
    pub(super) fn set_clocks_first(&mut self) {
        let Some(last) = self.world.iter().position(|action| *action == Action::TimeOffsets) else { return };
        let actions: Vec<_> = self.world.drain(..=last).collect();
        let steps: Vec<_> = self.program.world.drain(..=last).collect();
        let count = steps.len();
        let mut at = 0;
        for (index, (action, step)) in actions.into_iter().zip(steps).enumerate() {
            if action == Action::Signals {
                // What is prepared for the death of a parent holds for one process.
                self.world.insert(at, action.clone());
                self.program.world.insert(at, step.clone());
                at += 1;
            }
            if index + 1 == count {
                self.join(Action::Create(Kind::Time.into()), Step::Unshare(Kind::Time.clone_flag()));
            }
            if !matches!(step, Step::ParentAlive) {
                self.join(action, step);
            }
        }
        let user = self.program.kinds & Kind::User.clone_flag();
        self.program.join_kinds = user;
        self.program.kinds &= !(user | Kind::Time.clone_flag());
        self.program.world_forks = true;
    }
}
