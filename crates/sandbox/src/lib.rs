//! One isolated process: what it sees, may do and may use.
//!
//! A [`Sandbox`] describes a process in the style of `std::process::Command`. Starting it compiles the description
//! into a [`Plan`], a flat list of system calls with the purpose of each, which the child performs between
//! `clone3(2)` and `exec`.
//!
//! ```no_run
//! use insula_ns::Kind;
//! use insula_sandbox::Sandbox;
//! let status = Sandbox::new("hostname")
//!     .unshare(Kind::User | Kind::Uts)
//!     .map_root()?
//!     .hostname("isolated")
//!     .status()?;
//! assert!(status.success());
//! # Ok::<(), insula_sandbox::Error>(())
//! ```
#![forbid(unsafe_code)]

mod action;
mod child;
mod command;
mod error;
mod identity;
mod landlock;
mod limits;
mod namespaces;
mod plan;
mod sandbox;
mod seccomp;
mod stdio;
mod supervise;
mod terminal;

pub mod capability;
pub mod mounts;

pub use action::Action;
pub use child::{Child, Status};
pub use command::Command;
pub use error::{Error, StartFailure};
pub use identity::{Capabilities, Identity, SecurityContext};
pub use insula_sys::program::Init;
pub use insula_sys::step::Part;
pub use landlock::{Access, Effort, Landlock};
pub use limits::{Limits, Resource, Rlimit, Scheduler};
pub use mounts::MountPlan;
pub use namespaces::{Clock, Join, Namespaces, Owner, Pin};
pub use plan::{Plan, Point};
pub use sandbox::Sandbox;
pub use seccomp::{Listener, Seccomp};
pub use stdio::{Console, Passed, Session, Stdio, Stream};
pub use supervise::{Forwarding, Supervisor};
pub use terminal::Terminal;
