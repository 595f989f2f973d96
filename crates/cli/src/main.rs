//! The binary `insula`.
#![forbid(unsafe_code)]
fn main() {}
