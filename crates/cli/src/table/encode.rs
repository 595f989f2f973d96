//! Text as it can stand in a table: what does not print, escaped.

use std::io::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// What the terminal's character set can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Ascii,
    Utf8,
}

impl Charset {
    /// The character set of the locale that the environment names: see `locale(7)`.
    pub(crate) fn of_environment() -> Self {
        let named = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(std::env::var_os)
            .find(|value| !value.is_empty())
            .unwrap_or_default();
        let name = named.to_string_lossy().to_ascii_lowercase();
        if name.contains("utf-8") || name.contains("utf8") { Self::Utf8 } else { Self::Ascii }
    }
}

/// Appends `text` to `out` with control characters, and all that `charset` lacks, as `\xNN`; the width in columns.
pub(super) fn push_safe(out: &mut Vec<u8>, text: &[u8], charset: Charset) -> usize {
    if text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        out.extend_from_slice(text);
        return text.len();
    }
    let mut width = 0;
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() || (charset == Charset::Ascii && !letter.is_ascii()) {
                let mut buffer = [0; 4];
                width += push_hex(out, letter.encode_utf8(&mut buffer).as_bytes());
            } else {
                let mut buffer = [0; 4];
                out.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
                width += letter.width().unwrap_or(0);
            }
        }
        width += push_hex(out, chunk.invalid());
    }
    width
}

/// Appends `text` to `out` as one word of printable ASCII.
pub(super) fn push_word(out: &mut Vec<u8>, text: &[u8]) {
    for &byte in text {
        if byte.is_ascii_graphic() && byte != b'\\' {
            out.push(byte);
        } else {
            push_hex(out, &[byte]);
        }
    }
}

/// The longest beginning of `text` (as [`push_safe`] leaves it) that fits in `width` columns, and its own width.
pub(super) fn cut(text: &[u8], width: usize) -> (&[u8], usize) {
    let text_str = std::str::from_utf8(text).unwrap_or_default();
    let mut used = 0;
    for (position, letter) in text_str.char_indices() {
        let next = used + letter.width().unwrap_or(0);
        if next > width {
            return (&text[..position], used);
        }
        used = next;
    }
    (text, used)
}

fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) -> usize {
    for byte in bytes {
        let _ = write!(out, "\\x{byte:02x}");
    }
    4 * bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn safe(text: &[u8], charset: Charset) -> (String, usize) {
        let mut out = vec![];
        let width = push_safe(&mut out, text, charset);
        (String::from_utf8(out).unwrap(), width)
    }

    #[test]
    fn escapes_are_those_of_libsmartcols() {
        assert_eq!(safe("bäck\\\x1b\n".as_bytes(), Charset::Utf8), (r"bäck\\x1b\x0a".into(), 13));
        assert_eq!(safe("ä日".as_bytes(), Charset::Utf8).1, 3);
        assert_eq!(safe("ä".as_bytes(), Charset::Ascii), (r"\xc3\xa4".into(), 8));
        assert_eq!(safe(b"\xff\x7f", Charset::Utf8).0, r"\xff\x7f");
        let mut word = vec![];
        push_word(&mut word, "a b\\ä".as_bytes());
        assert_eq!(word, br"a\x20b\x5c\xc3\xa4");
    }

    #[test]
    fn wide_characters_are_not_cut_in_half() {
        assert_eq!(cut("a日b".as_bytes(), 2), (&b"a"[..], 1));
        assert_eq!(cut("a日b".as_bytes(), 3), ("a日".as_bytes(), 3));
    }

    proptest! {
        #[test]
        fn anything_prints(text: Vec<u8>, width in 0usize..40) {
            let mut out = vec![];
            push_safe(&mut out, &text, Charset::Utf8);
            prop_assert!(std::str::from_utf8(&out).unwrap().chars().all(|letter| !letter.is_control()));
            prop_assert!(cut(&out, width).1 <= width);
        }
    }
}
