//! The life of an OCI container: the runtime specification, version 1.3.
//!
//! - [`spec`]: what `config.json` says.
#![forbid(unsafe_code)]

pub mod spec;
