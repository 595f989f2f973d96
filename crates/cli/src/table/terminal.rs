//! The terminal that standard output is, if it is one.

use rustix::{stdio, termios};

/// The width of the terminal in columns; nothing where standard output is a file or a pipe.
///
/// A terminal that does not know its size has what `COLUMNS` says, or else 80.
pub(crate) fn width() -> Option<usize> {
    let size = termios::tcgetwinsize(stdio::stdout()).ok()?;
    if size.ws_col > 0 {
        return Some(size.ws_col.into());
    }
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Some(named.filter(|&columns| columns > 0).unwrap_or(80))
}
