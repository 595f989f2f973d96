//! How many processors there are to work on.

use rustix::thread::sched_getaffinity;

/// The processors that this thread may run on, at least 1: `sched_getaffinity(2)`.
///
/// `std::thread::available_parallelism` counts the quota of a control group too. For that it reads the table of mounts, which takes
/// longer than what is to be spread, where there are a thousand.
#[must_use]
pub fn count() -> usize {
    sched_getaffinity(None).map_or(1, |set| set.count() as usize).max(1)
}
