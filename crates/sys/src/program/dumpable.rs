//! The caller's "dumpable" flag over a start: `PR_SET_DUMPABLE` in `prctl(2)`.
//!
//! The flag belongs to the memory, which the processes of a start share with us. The kernel takes it away when one of
//! them changes its ids, and [`Step::NotDumpable`] does on purpose. Without it `/proc/self` of the caller, and of every
//! process that shares its memory, belongs to root: an ordinary user can write no id map any more. So it is given back
//! when they have all executed, and meanwhile no other start of this process counts on it.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::Program;
use crate::perform::prctl;
use crate::step::Step;

/// Held by starts: alone by one that changes the flag, by any number of others together.
static FLAG: RwLock<()> = RwLock::new(());

/// The value that this memory has from its execution on, unless somebody changes it.
const DUMPABLE: usize = 1;

/// The flag as it was. Dropping this restores it.
#[derive(Debug)]
#[expect(dead_code, reason = "the guards are held, not read")]
pub(crate) enum Dumpable {
    Shared(RwLockReadGuard<'static, ()>),
    Changed { before: usize, guard: RwLockWriteGuard<'static, ()> },
}

impl Dumpable {
    /// Waits until no other start changes the flag or, if `program` does, counts on it.
    pub(super) fn of(program: &Program) -> Self {
        let steps = [&program.join, &program.world, &program.process];
        if steps.into_iter().flatten().any(changes) {
            Self::changed()
        } else {
            Self::Shared(FLAG.read().unwrap_or_else(PoisonError::into_inner))
        }
    }

    /// Waits until no start changes the flag or counts on it. The caller is going to change it.
    pub(crate) fn changed() -> Self {
        let guard = FLAG.write().unwrap_or_else(PoisonError::into_inner);
        Self::Changed { before: prctl(libc::PR_GET_DUMPABLE, 0, 0).unwrap_or(0), guard }
    }
}

impl Drop for Dumpable {
    fn drop(&mut self) {
        if let Self::Changed { before: DUMPABLE, .. } = self {
            // The kernel refuses none but other values.
            let _ = prctl(libc::PR_SET_DUMPABLE, DUMPABLE, 0);
        }
    }
}

/// Whether the step makes the kernel take the flag away: `commit_creds` in `kernel/cred.c`.
fn changes(step: &Step) -> bool {
    matches!(
        step,
        Step::NotDumpable
            | Step::Join { .. }
            | Step::Uid(..)
            | Step::Gid(..)
            | Step::EffectiveIds { .. }
            | Step::FileIds { .. }
    )
}
