//! Columns under one another.

use std::iter::repeat_n;

use super::encode::{cut, push_safe};
use super::tree::{Place, places};
use super::{Align, Cell, Charset, Table};

/// One cell's line, ready to print: a part of the layout's text.
#[derive(Clone, Copy, Default)]
struct Piece {
    start: usize,
    end: usize,
    /// In terminal columns.
    width: usize,
}

/// All cells as they will stand.
struct Layout {
    text: Vec<u8>,
    /// As many for each line as there are columns.
    pieces: Vec<Piece>,
    /// The width of each column.
    widths: Vec<usize>,
}

pub(super) fn render(table: &Table, headings: bool, limit: Option<usize>, charset: Charset) -> Vec<u8> {
    let mut layout = Layout::new(table, charset);
    if let Some(limit) = limit {
        layout.squeeze(table, limit);
    }
    layout.print(table, headings)
}

impl Layout {
    fn new(table: &Table, charset: Charset) -> Self {
        let mut layout = Self {
            text: Vec::new(),
            pieces: Vec::with_capacity(table.rows.len() * table.columns.len()),
            widths: vec![0; table.columns.len()],
        };
        for place in places(table, charset) {
            layout.add_row(table, &place, charset);
        }
        for (column, width) in table.columns.iter().zip(&mut layout.widths) {
            // The heading counts even where it is not printed.
            let heading = column.name.len();
            *width = if *width < heading { heading } else { column.usual_width.max(*width) };
        }
        layout
    }

    fn add_row(&mut self, table: &Table, place: &Place, charset: Charset) {
        let cells = &table.rows[place.row].cells;
        let lines = |cell: &Cell| if let Cell::Lines(lines) = cell { lines.len() } else { 1 };
        for line in 0..cells.iter().map(lines).max().unwrap_or(1).max(1) {
            for (column, cell) in cells.iter().enumerate() {
                let art = match table.tree == Some(column) {
                    true if line == 0 => place.art.as_str(),
                    true => place.further.as_str(),
                    false => "",
                };
                let start = self.text.len();
                self.text.extend_from_slice(art.as_bytes());
                let width = art.chars().count() + self.add_text(cell, line, charset);
                self.widths[column] = self.widths[column].max(width);
                self.pieces.push(Piece { start, end: self.text.len(), width });
            }
        }
    }

    /// Adds line number `line` of `cell`; its width.
    fn add_text(&mut self, cell: &Cell, line: usize, charset: Charset) -> usize {
        match cell {
            Cell::Lines(lines) => lines.get(line).map_or(0, |text| push_safe(&mut self.text, text, charset)),
            Cell::Empty => 0,
            _ if line > 0 => 0,
            Cell::Text(text) => push_safe(&mut self.text, text, charset),
            Cell::Number(number) => push_safe(&mut self.text, number.to_string().as_bytes(), charset),
        }
    }

    /// Narrows columns that may be cut, down to their headings, until a line fits in `limit`.
    fn squeeze(&mut self, table: &Table, limit: usize) {
        let total = self.widths.iter().sum::<usize>() + self.widths.len().saturating_sub(1);
        let mut excess = total.saturating_sub(limit);
        for (column, width) in table.columns.iter().zip(&mut self.widths).rev() {
            if column.truncate {
                let less = excess.min(*width - column.name.len());
                *width -= less;
                excess -= less;
            }
        }
    }

    fn print(&self, table: &Table, headings: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() * 2);
        let columns = table.columns.len();
        if headings && columns > 0 && !self.pieces.is_empty() {
            for (position, column) in table.columns.iter().enumerate() {
                self.put(&mut out, table, position, column.name.as_bytes(), column.name.len());
            }
        }
        for line in self.pieces.chunks_exact(columns.max(1)) {
            for (position, piece) in line.iter().enumerate() {
                let text = &self.text[piece.start..piece.end];
                let (text, width) = if piece.width > self.widths[position] {
                    cut(text, self.widths[position])
                } else {
                    (text, piece.width)
                };
                self.put(&mut out, table, position, text, width);
            }
        }
        out
    }

    /// Prints one cell and what follows it; nothing is padded at the end of a line.
    fn put(&self, out: &mut Vec<u8>, table: &Table, column: usize, text: &[u8], width: usize) {
        let padding = self.widths[column].saturating_sub(width);
        let last = column + 1 == table.columns.len();
        match table.columns[column].align {
            Align::Right if !last || !text.is_empty() => {
                out.extend(repeat_n(b' ', padding));
                out.extend_from_slice(text);
            }
            Align::Right => {}
            Align::Left => {
                out.extend_from_slice(text);
                if !last {
                    out.extend(repeat_n(b' ', padding));
                }
            }
        }
        out.push(if last { b'\n' } else { b' ' });
    }
}
