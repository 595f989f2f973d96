//! The map, drawn again when it differs.

use std::path::Path;
use std::time::{Duration, Instant};

use super::look::Look;
use super::options::Format;
use super::write::write;
use crate::commands::live::{Pauses, Screen};
use crate::report::Failure;
use crate::table::Charset;

/// Watches until a signal ends it.
pub(super) fn watch(
    look: &Look,
    format: Format,
    path: Option<&Path>,
    pause: Duration,
) -> Result<u8, Failure> {
    let pauses = Pauses::new(pause)?;
    let mut screen = match (path, format) {
        (None, Format::Text) => Screen::open()?,
        _ => None,
    };
    let mut before = String::new();
    let ended = loop {
        let since = Instant::now();
        let charset = if screen.is_some() { Charset::of_environment() } else { Charset::Utf8 };
        let drawn = look.take().and_then(|seen| {
            let document = seen.document(format, charset);
            if let Some(screen) = &mut screen {
                return screen.draw(|_| document.into_bytes());
            }
            if document != before {
                write(path, document.as_bytes())?;
                before = document;
            }
            Ok(())
        });
        // A terminal is left in order, whatever happens.
        match drawn.and_then(|()| pauses.wait(since)) {
            Ok(None) => {}
            Ok(Some(status)) => break Ok(status),
            Err(failure) => break Err(failure),
        }
    };
    if let Some(screen) = screen {
        screen.close()?;
    }
    ended
}
