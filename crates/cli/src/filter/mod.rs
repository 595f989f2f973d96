//! The filter language of util-linux's tables: `USER != "root" and NPROCS > 1`. See `scols-filter(5)`.

mod eval;
mod lexer;
mod parser;

#[cfg(test)]
mod tests;

use crate::table::Cell;

/// A condition on the columns of a row.
#[derive(Debug)]
pub(crate) struct Filter {
    condition: Expr,
}

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {position}")]
pub(crate) struct FilterError {
    /// What is wrong.
    problem: String,
    /// Where, in characters from 1.
    position: usize,
}

/// A part of a condition.
#[derive(Debug)]
enum Expr {
    Literal(Literal),
    /// A column, by its number.
    Column(usize),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Box<Expr>, Comparison, Box<Expr>),
    Matches(Box<Expr>, Pattern),
}

/// A value that the text names.
#[derive(Clone, Debug, PartialEq)]
enum Literal {
    Number(u64),
    Float(f64),
    Text(String),
    Boolean(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The right side of `=~` and `!~`.
#[derive(Debug)]
struct Pattern {
    regex: regex_lite::Regex,
    /// Whether the row is wanted if the pattern is not found.
    inverted: bool,
}

impl Filter {
    /// Parses `text`, in which `column` gives the number of each column by its name.
    ///
    /// # Errors
    /// [`FilterError`] with the place of what is wrong, a column without a number included.
    pub(crate) fn parse(text: &str, column: impl Fn(&str) -> Option<usize>) -> Result<Self, FilterError> {
        Ok(Self { condition: parser::parse(text, &column)? })
    }

    /// The numbers of the columns that it looks at, each as often as it is named.
    pub(crate) fn columns(&self) -> Vec<usize> {
        let mut columns = vec![];
        self.condition.collect_columns(&mut columns);
        columns
    }

    /// Whether a row is wanted whose cells `cell` gives.
    pub(crate) fn accepts(&self, cell: impl Fn(usize) -> Cell) -> bool {
        self.condition.evaluate(&cell).is_true()
    }
}

impl Expr {
    fn collect_columns(&self, columns: &mut Vec<usize>) {
        match self {
            Self::Literal(_) => {}
            Self::Column(number) => columns.push(*number),
            Self::Not(inner) | Self::Matches(inner, _) => inner.collect_columns(columns),
            Self::And(left, right) | Self::Or(left, right) | Self::Compare(left, _, right) => {
                left.collect_columns(columns);
                right.collect_columns(columns);
            }
        }
    }
}
