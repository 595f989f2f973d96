//! Each published way out of a container, tried from inside; and what is left when things go wrong.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../life/bundle.rs"]
mod bundle;

mod again;
mod binary;
mod cgroup;
mod descriptor;
mod device;
mod identity;
mod inside;
mod interrupted;
mod many;
mod procfs;
#[path = "../../../sys/tests/program/mod.rs"]
mod program;
mod scarce;
mod symlink;
mod terminal;
mod trace;
