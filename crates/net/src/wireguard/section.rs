//! The lines of a configuration file: sections, keys and values.

/// A line that sets something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `[Interface]`.
    Section(&'a str),
    /// `Key = value`.
    Entry { key: &'a str, value: &'a str },
    /// Neither.
    Nonsense,
}

/// The lines that count, with their numbers from 1. `#` starts a comment, as for `wg(8)`.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, Line<'_>)> {
    text.lines().enumerate().filter_map(|(number, line)| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let read = if line.is_empty() {
            return None;
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Line::Section(name.trim())
        } else if let Some((key, value)) = line.split_once('=') {
            Line::Entry { key: key.trim(), value: value.trim() }
        } else {
            Line::Nonsense
        };
        Some((number + 1, read))
    })
}
