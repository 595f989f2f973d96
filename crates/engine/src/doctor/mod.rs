//! What this kernel and this user can do, what is in the way, and how to fix it.
//!
//! [`Report::examine`] finds out by trying; [`explain()`] reads the same evidence when something has failed.

pub mod apparmor;
pub mod diagnose;
pub mod evidence;
pub mod explain;
pub mod probe;
mod probes;
pub mod reach;
pub mod report;
pub mod surroundings;
mod trial;
#[cfg(test)]
mod world;

pub use diagnose::{Birthplace, Diagnosis, Operation, diagnose};
pub use evidence::Evidence;
pub use explain::{Explanation, explain, explain_start};
pub use probe::{Finding, Lab, Probe, Status};
pub use reach::explain_namespace;
pub use report::Report;
pub use surroundings::{Container, Surroundings};
