//! JSON, laid out as libsmartcols does.

use std::io::Write as _;

use super::tree::Children;
use super::{Cell, Table};

pub(super) fn render(table: &Table, name: &str) -> Vec<u8> {
    let mut out = format!("{{\n   \"{name}\": [").into_bytes();
    let children = Children::new(table);
    if children.top.is_empty() {
        out.extend_from_slice(b"\n\n   ]\n}\n");
        return out;
    }
    rows(&mut out, table, &children, &children.top, 2);
    out.extend_from_slice(b"\n   ]\n}\n");
    out
}

/// Appends `chosen` and the rows below them, `level` steps in.
fn rows(out: &mut Vec<u8>, table: &Table, children: &Children, chosen: &[usize], level: usize) {
    for (position, &row) in chosen.iter().enumerate() {
        if position == 0 {
            line(out, level);
            out.push(b'{');
        } else {
            out.extend_from_slice(b",{");
        }
        for (column, cell) in table.columns.iter().zip(&table.rows[row].cells) {
            line(out, level + 1);
            push_string(out, column.name.to_ascii_lowercase().as_bytes());
            out.extend_from_slice(b": ");
            match cell {
                Cell::Empty => out.extend_from_slice(b"null"),
                Cell::Number(number) => {
                    let _ = write!(out, "{number}");
                }
                Cell::Text(text) => push_string(out, text),
                Cell::Lines(_) => push_string(out, &cell.joined(b'\n')),
            }
            out.push(b',');
        }
        let below = &children.of[row];
        if below.is_empty() {
            out.pop(); // The comma after the last member.
        } else {
            line(out, level + 1);
            out.extend_from_slice(b"\"children\": [");
            rows(out, table, children, below, level + 2);
            line(out, level + 1);
            out.push(b']');
        }
        line(out, level);
        out.push(b'}');
    }
}

fn line(out: &mut Vec<u8>, level: usize) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', 3 * level));
}

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, as JSON cannot hold them.
pub(super) fn push_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for letter in String::from_utf8_lossy(text).chars() {
        match letter {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\x08' => out.extend_from_slice(b"\\b"),
            '\x0c' => out.extend_from_slice(b"\\f"),
            '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}
