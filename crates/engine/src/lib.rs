//! Long-lived things with names, and the probes that explain what this machine allows.
#![forbid(unsafe_code)]

pub mod doctor;
#[allow(dead_code, reason = "what makes and removes sets lands next")]
pub mod set;
#[allow(dead_code, reason = "what makes and removes sets lands next")]
pub mod store;
pub mod target;

mod keeper;
