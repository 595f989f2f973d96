//! Programs that tests copy to execute them.
#![allow(clippy::disallowed_methods, reason = "tests drive other programs")]

use std::path::Path;
use std::process::Command;

/// Copies a program, by a process of its own: in this one a child that another thread starts meanwhile would hold the copy open for
/// writing, and until it executes nobody else may execute that (`ETXTBSY`).
pub(crate) fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) {
    let status = Command::new("cp").arg(from.as_ref()).arg(to.as_ref()).status().unwrap();
    assert!(status.success(), "{status}");
}
