//! Words with blanks between them.

use super::encode::push_word;
use super::tree::places;
use super::{Charset, Table};

pub(super) fn render(table: &Table, headings: bool, charset: Charset) -> Vec<u8> {
    let mut out = Vec::new();
    if headings && !table.rows.is_empty() {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        out.extend_from_slice(names.join(" ").as_bytes());
        out.push(b'\n');
    }
    for place in places(table, charset) {
        for (column, cell) in table.rows[place.row].cells.iter().enumerate() {
            if column > 0 {
                out.push(b' ');
            }
            if table.tree == Some(column) {
                push_word(&mut out, place.art.as_bytes());
            }
            push_word(&mut out, &cell.joined(b','));
        }
        out.push(b'\n');
    }
    out
}
