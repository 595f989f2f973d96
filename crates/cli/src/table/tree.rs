//! The order of rows that belong to one another, and the lines that show it.

use super::{Charset, Table};

/// A row's place in the output.
pub(super) struct Place {
    /// Its index in the table.
    pub(super) row: usize,
    /// The art before its text.
    pub(super) art: String,
    /// The art before the further lines of the same row.
    pub(super) further: String,
}

/// The children of each row, and the rows without parent, in the order of the table.
pub(super) struct Children {
    pub(super) top: Vec<usize>,
    pub(super) of: Vec<Vec<usize>>,
}

impl Children {
    pub(super) fn new(table: &Table) -> Self {
        let mut children = Self { top: vec![], of: vec![vec![]; table.rows.len()] };
        for (index, row) in table.rows.iter().enumerate() {
            match row.parent.filter(|_| table.tree.is_some()) {
                Some(parent) => children.of[parent].push(index),
                None => children.top.push(index),
            }
        }
        children
    }
}

/// All rows: parents before their children, in the order of the table otherwise.
pub(super) fn places(table: &Table, charset: Charset) -> Vec<Place> {
    if table.tree.is_none() {
        return (0..table.rows.len())
            .map(|row| Place { row, art: String::new(), further: String::new() })
            .collect();
    }
    let children = Children::new(table);
    let mut places = Vec::with_capacity(table.rows.len());
    // Rows to place, the next one last, with the art that their parent's further lines have.
    let mut stack: Vec<(usize, Option<Branch>)> = children.top.iter().rev().map(|&row| (row, None)).collect();
    let [middle, end, passing] = match charset {
        Charset::Utf8 => ["├─", "└─", "│ "],
        Charset::Ascii => ["|-", "`-", "| "],
    };
    while let Some((row, branch)) = stack.pop() {
        let (art, further) = branch.map_or_else(Default::default, |Branch { above, last }| {
            let (own, below) = if last { (end, "  ") } else { (middle, passing) };
            (format!("{above}{own}"), format!("{above}{below}"))
        });
        for (position, &child) in children.of[row].iter().enumerate().rev() {
            let last = position + 1 == children.of[row].len();
            stack.push((child, Some(Branch { above: further.clone(), last })));
        }
        places.push(Place { row, art, further });
    }
    places
}

/// How a row hangs on its parent.
struct Branch {
    /// The art of the levels above.
    above: String,
    /// Whether no sibling follows.
    last: bool,
}
