//! Containers on the real kernel, from create to delete.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundle;
mod cgroups;
mod hooks;
mod lifecycle;
mod net_devices;
mod process;
mod seccomp;
