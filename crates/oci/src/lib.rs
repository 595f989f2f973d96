//! The life of an OCI container: the runtime specification, version 1.3.
//!
//! - [`ContainerId`]: what containers are called.
//! - [`spec`]: what `config.json` says.
//! - [`state`]: what is known of a container, and what is kept on disk of it.
#![forbid(unsafe_code)]

mod id;
pub mod spec;
pub mod state;

pub use id::{ContainerId, IdError};
