//! The eight Linux namespaces: kinds, handles, id maps, relations and discovery.
#![forbid(unsafe_code)]

mod kind;

pub use kind::{Kind, Kinds, ParseKindError};
