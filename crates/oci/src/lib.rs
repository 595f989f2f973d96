//! The life of an OCI container: the runtime specification, version 1.3.
//!
//! - [`ContainerId`]: what containers are called.
//! - [`spec`]: what `config.json` says.
#![forbid(unsafe_code)]

mod id;
pub mod spec;

pub use id::{ContainerId, IdError};
