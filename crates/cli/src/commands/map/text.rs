//! A map as text: a tree.

use super::outline::Entry;
use crate::table::Charset;

/// The whole text.
pub(super) fn document(machine: &Entry, charset: Charset) -> String {
    let mut text = String::new();
    text.push_str(&encoded(&machine.text, charset));
    text.push('\n');
    inside(&mut text, machine, "", charset);
    text
}

fn inside(text: &mut String, entry: &Entry, indent: &str, charset: Charset) {
    let (branch, last, bar) = match charset {
        Charset::Utf8 => ("├─ ", "└─ ", "│  "),
        Charset::Ascii => ("|- ", "`- ", "|  "),
    };
    for (index, inner) in entry.inside.iter().enumerate() {
        let is_last = index + 1 == entry.inside.len();
        text.push_str(indent);
        text.push_str(if is_last { last } else { branch });
        text.push_str(&encoded(&inner.text, charset));
        text.push('\n');
        let deeper = format!("{indent}{}", if is_last { "   " } else { bar });
        inside(text, inner, &deeper, charset);
    }
}

/// `text` with what the character set lacks in other signs.
fn encoded(text: &str, charset: Charset) -> String {
    if charset == Charset::Utf8 || text.is_ascii() {
        return text.to_owned();
    }
    let sign = |letter: char| match letter {
        '→' => "->".to_owned(),
        '×' => "x".to_owned(),
        '…' => "...".to_owned(),
        letter if letter.is_ascii() => letter.to_string(),
        letter => format!("\\u{:04x}", u32::from(letter)),
    };
    text.chars().map(sign).collect()
}
