//! What a condition says of one row.

use std::cmp::Ordering;

use super::{Comparison, Expr, Literal};
use crate::table::Cell;

/// What a part of a condition comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Empty,
    Boolean(bool),
    Number(u64),
    Float(f64),
    Text(String),
}

/// The type that both sides of a comparison take on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Boolean,
    Number,
    Float,
    Text,
}

impl Expr {
    pub(super) fn evaluate(&self, cell: &dyn Fn(usize) -> Cell) -> Value {
        match self {
            Self::Literal(literal) => literal.clone().into(),
            Self::Column(number) => cell(*number).into(),
            Self::Not(inner) => Value::Boolean(!inner.evaluate(cell).is_true()),
            Self::And(left, right) => {
                Value::Boolean(left.evaluate(cell).is_true() && right.evaluate(cell).is_true())
            }
            Self::Or(left, right) => {
                Value::Boolean(left.evaluate(cell).is_true() || right.evaluate(cell).is_true())
            }
            Self::Compare(left, comparison, right) => {
                let (a, b) = (left.evaluate(cell), right.evaluate(cell));
                let wanted = match (left.is_literal(), right.is_literal()) {
                    (true, false) => a.kind(),
                    (false, true) => b.kind(),
                    _ => None,
                };
                Value::Boolean(comparison.holds(&a, &b, wanted))
            }
            Self::Matches(left, pattern) => {
                let found = left.evaluate(cell).as_text().is_some_and(|text| pattern.regex.is_match(&text));
                Value::Boolean(found != pattern.inverted)
            }
        }
    }

    const fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }
}

impl Comparison {
    /// Whether it holds between `a` and `b`, both taken as `wanted`, or else as the type that fits both.
    fn holds(self, a: &Value, b: &Value, wanted: Option<Type>) -> bool {
        let order = match (a.kind(), b.kind()) {
            (None, None) => Some(Ordering::Equal),
            (Some(left), Some(right)) => a.compare(b, wanted.unwrap_or_else(|| left.common(right))),
            // Nothing is not equal to anything, nor below or above it.
            _ => None,
        };
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::Different => order != Some(Ordering::Equal),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

impl Type {
    fn common(self, other: Self) -> Self {
        match (self, other) {
            _ if self == other => self,
            (Self::Float, _) | (_, Self::Float) => Self::Float,
            (Self::Number, _) | (_, Self::Number) => Self::Number,
            _ => Self::Boolean,
        }
    }
}

impl Value {
    /// Whether a condition that is this alone holds: nothing, zero, the empty text and `false` do not.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Empty => false,
            Self::Boolean(truth) => *truth,
            Self::Number(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
        }
    }

    const fn kind(&self) -> Option<Type> {
        match self {
            Self::Empty => None,
            Self::Boolean(_) => Some(Type::Boolean),
            Self::Number(_) => Some(Type::Number),
            Self::Float(_) => Some(Type::Float),
            Self::Text(_) => Some(Type::Text),
        }
    }

    fn compare(&self, other: &Self, kind: Type) -> Option<Ordering> {
        match kind {
            Type::Boolean => Some(self.is_true().cmp(&other.is_true())),
            Type::Number => Some(self.as_number()?.cmp(&other.as_number()?)),
            Type::Float => self.as_float()?.partial_cmp(&other.as_float()?),
            Type::Text => Some(self.as_text()?.cmp(&other.as_text()?)),
        }
    }

    fn as_number(&self) -> Option<u64> {
        match self {
            Self::Empty | Self::Float(_) => None,
            Self::Boolean(truth) => Some((*truth).into()),
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
        }
    }

    fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a filter that says 1.5 has no use for more digits"
            )]
            _ => self.as_number().map(|number| number as f64),
        }
    }

    fn as_text(&self) -> Option<String> {
        match self {
            Self::Empty => None,
            Self::Boolean(truth) => Some(truth.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Float(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
        }
    }
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Number(number) => Self::Number(number),
            Literal::Float(number) => Self::Float(number),
            Literal::Text(text) => Self::Text(text),
            Literal::Boolean(truth) => Self::Boolean(truth),
        }
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Empty => Self::Empty,
            Cell::Number(number) => Self::Number(number),
            Cell::Text(text) => Self::Text(String::from_utf8_lossy(&text).into_owned()),
            Cell::Lines(lines) => Self::Text(String::from_utf8_lossy(&lines.join(&b'\n')).into_owned()),
        }
    }
}
