//! Long-lived things with names, and the probes that explain what this machine allows.
#![forbid(unsafe_code)]

pub mod containers;
pub mod doctor;
pub mod firewall;
pub mod group;
pub mod lab;
pub mod listening;
pub mod map;
pub mod network;
pub mod set;
pub mod store;
pub mod target;

mod keeper;
