//! What this kernel and this user can do, what is in the way, and how to fix it.

pub mod diagnose;
pub mod evidence;
pub mod surroundings;
#[cfg(test)]
mod world;

pub use diagnose::{Birthplace, Diagnosis, Operation, diagnose};
pub use evidence::Evidence;
pub use surroundings::{Container, Surroundings};
