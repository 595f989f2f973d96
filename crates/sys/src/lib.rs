//! System calls and ioctls that rustix lacks, and the program that a child executes between clone and exec.
//!
//! This is the only crate of Insula with `unsafe`. Everything public here is safe to call: what a child does
//! before `exec` is data (a [`program::Program`] of [`step::Step`]s), executed by code that lives here,
//! allocates nothing and takes no lock.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "kernel words cross integer widths; every target is 64-bit, see the check below"
)]

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
compile_error!("Insula runs on 64-bit Linux");

mod clone;
mod enum_set;
mod ioctl;
mod perform;
mod raw;

pub mod bpf;
pub mod descriptor;
pub mod elsewhere;
pub mod entry;
pub mod errno;
pub mod explain;
pub mod ids;
pub mod init;
pub mod landlock;
pub mod local_time;
pub mod memory;
pub mod messages;
pub mod mount;
pub mod multicast;
pub mod netlink;
pub mod nsfs;
pub mod packet;
pub mod pause;
pub mod pidfd;
pub mod processors;
pub mod program;
pub mod rename;
pub mod said;
pub mod seccomp;
pub mod signal;
pub mod statmount;
pub mod step;
pub mod tun;
pub mod unshare;
