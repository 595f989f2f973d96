//! The life of an OCI container: the runtime specification, version 1.3.
//!
//! - [`ContainerId`]: what containers are called.
//! - [`spec`]: what `config.json` says.
//! - [`validate`]: what can be refused before anything is made.
//! - [`state`]: what is known of a container, and what is kept on disk of it.
#![forbid(unsafe_code)]

mod id;
pub mod spec;
pub mod state;
pub mod validate;

pub use id::{ContainerId, IdError};
