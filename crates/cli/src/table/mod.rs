//! Tables as people, scripts and JSON parsers read them, in the forms of util-linux's libsmartcols.

mod encode;
mod json;
mod plain;
mod raw;
mod terminal;
mod tree;

pub(crate) use encode::Charset;
pub(crate) use terminal::width as terminal_width;

/// Rows of cells under named columns.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    /// The index of the column that shows which row belongs to which; without one the rows are a plain list.
    pub(crate) tree: Option<usize>,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The heading; in lower case it is the key in JSON.
    pub(crate) name: &'static str,
    pub(crate) align: Align,
    /// The width of a column whose texts are as wide as its heading or wider, but narrower than this.
    pub(crate) usual_width: usize,
    /// Whether its text may be cut where the terminal is too narrow.
    pub(crate) truncate: bool,
}

/// To which side of its column a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// One row.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// As many as the table has columns.
    pub(crate) cells: Vec<Cell>,
    /// The index of an earlier row that this one belongs to.
    pub(crate) parent: Option<usize>,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing; `null` in JSON.
    #[default]
    Empty,
    /// A number, also in JSON.
    Number(u64),
    /// Any bytes; what does not print is escaped.
    Text(Vec<u8>),
    /// Several texts under one another, with commas between them where a row is one line.
    Lines(Vec<Vec<u8>>),
}

/// The forms in which a table can be printed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// Columns under one another; cut to `width` terminal columns if that is set.
    Plain { headings: bool, width: Option<usize>, charset: Charset },
    /// Words with single blanks between them, each word escaped.
    Raw { headings: bool, charset: Charset },
    /// An object with one array, called `name`, of the rows; a row's own rows are in its `children`.
    Json { name: &'static str },
}

/// The lines of `text`, each cut to `width` terminal columns if there is such a limit.
pub(crate) fn clip(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let cut = |line: &str| String::from_utf8_lossy(encode::cut(line.as_bytes(), width).0).into_owned();
    text.split('\n').map(cut).collect::<Vec<_>>().join("\n")
}

impl Table {
    /// The table as text.
    pub(crate) fn render(&self, style: Style) -> Vec<u8> {
        match style {
            Style::Plain { headings, width, charset } => plain::render(self, headings, width, charset),
            Style::Raw { headings, charset } => raw::render(self, headings, charset),
            Style::Json { name } => json::render(self, name),
        }
    }
}

impl Cell {
    /// A text cell, or an empty one for an empty text.
    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// The cell as one printable text.
    pub(crate) fn shown(&self) -> String {
        let mut out = Vec::new();
        encode::push_safe(&mut out, &self.joined(b','), Charset::Utf8);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The cell's text in one line, with `separator` between several.
    fn joined(&self, separator: u8) -> Vec<u8> {
        match self {
            Self::Empty => vec![],
            Self::Number(number) => number.to_string().into_bytes(),
            Self::Text(text) => text.clone(),
            Self::Lines(lines) => lines.join(&separator),
        }
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

#[cfg(test)]
mod tests;
