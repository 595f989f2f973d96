//! JSON as iproute2 writes it: compact, or with its own idea of indentation.

use std::fmt::Write as _;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Int(i64),
    Uint(u64),
    Text(&'a str),
    Bool(bool),
    /// A number that is written already.
    Raw(&'a str),
    Null,
}

macro_rules! from {
    ($variant:ident: $($number:ty),*) => {
        $(impl From<$number> for Value<'_> {
            fn from(number: $number) -> Self {
                Self::$variant(number.into())
            }
        })*
    };
}

from!(Int: i8, i16, i32, i64);
from!(Uint: u8, u16, u32, u64);
from!(Bool: bool);

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

/// Whether it is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Compact,
    Pretty,
}

/// A text in the making.
#[derive(Clone, Debug)]
pub(super) struct Json {
    pub(super) text: String,
    layout: Layout,
    depth: usize,
    /// Whether a comma is due.
    after: bool,
}

impl Json {
    pub(super) const fn new(layout: Layout) -> Self {
        Self { text: String::new(), layout, depth: 0, after: false }
    }

    pub(super) const fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn begin_array(&mut self) {
        self.begin('[');
        if self.layout == Layout::Pretty {
            self.text.push(' ');
        }
    }

    pub(super) fn end_array(&mut self) {
        if self.layout == Layout::Pretty && self.after {
            self.text.push(' ');
        }
        self.after = false;
        self.end(']');
    }

    pub(super) fn begin_object(&mut self) {
        self.begin('{');
    }

    pub(super) fn end_object(&mut self) {
        self.end('}');
    }

    pub(super) fn name(&mut self, name: &str) {
        self.comma();
        self.line();
        self.after = false;
        self.quote(name);
        self.text.push(':');
        if self.layout == Layout::Pretty {
            self.text.push(' ');
        }
    }

    pub(super) fn value(&mut self, value: Value<'_>) {
        self.comma();
        let _ = match value {
            Value::Int(number) => write!(self.text, "{number}"),
            Value::Uint(number) => write!(self.text, "{number}"),
            Value::Bool(truth) => write!(self.text, "{truth}"),
            Value::Raw(number) => write!(self.text, "{number}"),
            Value::Null => write!(self.text, "null"),
            Value::Text(text) => {
                self.quote(text);
                Ok(())
            }
        };
    }

    fn begin(&mut self, bracket: char) {
        self.comma();
        self.text.push(bracket);
        self.depth += 1;
        self.after = false;
    }

    fn end(&mut self, bracket: char) {
        self.depth -= 1;
        if self.after {
            self.line();
        }
        self.text.push(bracket);
        self.after = true;
    }

    fn comma(&mut self) {
        if self.after {
            self.text.push(',');
        }
        self.after = true;
    }

    fn line(&mut self) {
        if self.layout == Layout::Pretty {
            self.text.push('\n');
            for _ in 0..self.depth {
                self.text.push_str("    ");
            }
        }
    }

    fn quote(&mut self, text: &str) {
        self.text.push('"');
        for char in text.chars() {
            match char {
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\u{c}' => self.text.push_str("\\f"),
                '\u{8}' => self.text.push_str("\\b"),
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                // The original writes these as they are, which is no JSON.
                control if control.is_control() => {
                    let _ = write!(self.text, "\\u{:04x}", u32::from(control));
                }
                char => self.text.push(char),
            }
        }
        self.text.push('"');
    }
}
