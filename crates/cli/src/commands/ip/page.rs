//! What is shown: one description of it that prints as `ip`'s text or as its JSON.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use super::Stop;
use super::color::{CLEAR, Color, Palette};
use super::json::{Json, Layout, Value};
use super::options::Options;
use crate::{output, printable};

/// Output in the making. Each method says what something is in both formats; only one of them is written.
#[derive(Clone, Debug)]
pub(super) struct Page {
    form: Form,
    palette: Palette,
    /// What ends a line within one object: a newline, or a backslash with `-o`.
    end: &'static str,
    /// Whether names and other texts of strangers go to a terminal, which would obey what is in them.
    terminal: bool,
}

#[derive(Clone, Debug)]
enum Form {
    Text(String),
    Json(Json),
}

impl Page {
    pub(super) fn new(options: &Options) -> Self {
        let layout = if options.pretty { Layout::Pretty } else { Layout::Compact };
        Self {
            form: if options.json { Form::Json(Json::new(layout)) } else { Form::Text(String::new()) },
            palette: if options.json { Palette::Plain } else { options.palette },
            end: if options.oneline { "\\" } else { "\n" },
            terminal: output::is_terminal(),
        }
    }

    /// One like it, with nothing on it yet.
    pub(super) fn blank(&self) -> Self {
        let form = match &self.form {
            Form::Text(_) => Form::Text(String::new()),
            Form::Json(json) => Form::Json(Json::new(json.layout())),
        };
        Self { form, ..*self }
    }

    /// All text passes here, be it of ours or of strangers.
    fn write(&mut self, text: impl Display) {
        let Form::Text(page) = &mut self.form else { return };
        let start = page.len();
        let _ = write!(page, "{text}");
        if self.terminal
            && let Cow::Owned(shown) = printable::text(&page[start..])
        {
            page.truncate(start);
            page.push_str(&shown);
        }
    }

    pub(super) fn is_json(&self) -> bool {
        matches!(self.form, Form::Json(..))
    }

    /// All that a command shows: the outermost array in JSON, nothing of its own in text.
    pub(super) fn list(&mut self, fill: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        if let Form::Json(json) = &mut self.form {
            json.begin_array();
        }
        let filled = fill(self);
        if let Form::Json(json) = &mut self.form {
            json.end_array();
            json.text.push('\n');
        }
        filled?;
        self.flush()
    }

    /// One thing of a list.
    pub(super) fn object(&mut self, fill: impl FnOnce(&mut Self)) {
        if let Form::Json(json) = &mut self.form {
            json.begin_object();
        }
        fill(self);
        if let Form::Json(json) = &mut self.form {
            json.end_object();
        }
    }

    /// Things that belong together: an object under a key in JSON.
    pub(super) fn nested(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        if let Form::Json(json) = &mut self.form {
            json.name(key);
        }
        self.object(fill);
    }

    /// An array under a key in JSON, whose elements `fill` adds with [`Page::element`] or [`Page::object`].
    pub(super) fn array(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        if let Form::Json(json) = &mut self.form {
            json.name(key);
            json.begin_array();
        }
        fill(self);
        if let Form::Json(json) = &mut self.form {
            json.end_array();
        }
    }

    /// An element of an array.
    pub(super) fn element<'v>(&mut self, value: impl Into<Value<'v>>, text: impl Display) {
        match &mut self.form {
            Form::Json(json) => json.value(value.into()),
            Form::Text(_) => self.write(text),
        }
    }

    /// A field: its JSON key and value, and what it is as text.
    pub(super) fn field<'v>(&mut self, key: &str, value: impl Into<Value<'v>>, text: impl Display) {
        match &mut self.form {
            Form::Json(json) => {
                json.name(key);
                json.value(value.into());
            }
            Form::Text(_) => self.write(text),
        }
    }

    /// A field whose text is coloured.
    pub(super) fn colored<'v>(
        &mut self,
        color: Color,
        key: &str,
        value: impl Into<Value<'v>>,
        text: impl Display,
    ) {
        if self.is_json() {
            self.field(key, value, text);
        } else {
            self.colored_text(color, text);
        }
    }

    /// What is only in JSON.
    pub(super) fn json<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        self.field(key, value, "");
    }

    /// What is only in text.
    pub(super) fn text(&mut self, text: impl Display) {
        self.write(text);
    }

    /// What is only in text, in `color`.
    pub(super) fn colored_text(&mut self, color: Color, text: impl Display) {
        let begin = self.palette.begin(color);
        self.code(begin.unwrap_or_default());
        self.write(text);
        self.code(begin.map_or("", |_| CLEAR));
    }

    /// What a terminal is to obey.
    fn code(&mut self, code: &str) {
        if let Form::Text(page) = &mut self.form {
            page.push_str(code);
        }
    }

    /// What the original writes in both formats, where it is no JSON.
    pub(super) fn raw(&mut self, text: &str) {
        match &mut self.form {
            Form::Json(json) => json.text.push_str(text),
            Form::Text(_) => self.write(text),
        }
    }

    /// Ends a line within an object.
    pub(super) fn line(&mut self) {
        let end = self.end;
        self.text(end);
    }

    /// Ends the last line of an object.
    pub(super) fn end(&mut self) {
        self.text('\n');
    }

    /// Writes what there is to standard output.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        let text = match &mut self.form {
            Form::Text(text) => std::mem::take(text),
            Form::Json(json) => std::mem::take(&mut json.text),
        };
        if let Form::Json(json) = &mut self.form {
            // The next command's array is no element of this one.
            *json = Json::new(json.layout());
        }
        if text.is_empty() { Ok(()) } else { output::print(text).map_err(|failure| Stop::output(&failure)) }
    }
}
