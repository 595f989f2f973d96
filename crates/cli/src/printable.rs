//! Text of strangers as it can be shown: what a terminal would obey, or the eye would not see, as escapes.
//!
//! Names of interfaces, aliases, command lines and file names are chosen by others. All that goes to standard error passes here,
//! and on standard output what is shown as lines.

use std::borrow::Cow;

/// `text`, in which lines stay lines.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| is_odd(letter) && !matches!(letter, '\n' | '\t'))
}

/// `text` as part of one line.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_odd)
}

/// Control characters, what turns the direction of writing, what has no width, and what is no character at all.
fn is_odd(letter: char) -> bool {
    let number = u32::from(letter);
    letter.is_control()
        || matches!(number, 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfdd0..=0xfdef | 0xfeff)
        || number & 0xfffe == 0xfffe
}

fn escaped(text: &str, is: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\n' if is(letter) => shown.push_str("\\n"),
            '\t' if is(letter) => shown.push_str("\\t"),
            _ if is(letter) => shown.extend(letter.escape_unicode()),
            _ => shown.push(letter),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_as_an_escape() {
        assert_eq!(text("a\x1b]0;b\x07\u{9b}1m\n\tö"), "a\\u{1b}]0;b\\u{7}\\u{9b}1m\n\tö");
        assert_eq!(line("a\n\tb\u{202e}"), "a\\n\\tb\\u{202e}");
        assert!(matches!(line("plain"), Cow::Borrowed("plain")));
    }

    proptest! {
        #[test]
        fn one_line_stays_one(anything: String) {
            prop_assert!(!line(&anything).contains(char::is_control));
        }
    }
}
