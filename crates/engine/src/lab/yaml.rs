//! The tree of a YAML document, in which everything knows its line.

use std::collections::HashMap;
use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

/// How long a file may be, in bytes: ten thousand nodes fit many times.
pub const MAX_BYTES: usize = 16 << 20;
/// How deep collections may lie in each other.
pub const MAX_DEPTH: usize = 32;
/// How many values a file may have once its aliases are replaced. A long text counts for as many as it is times `LONG`.
pub const MAX_VALUES: usize = 2_000_000;
/// How many bytes of text count as one value more.
const LONG: usize = 64;

/// A place in a file: line and column, both from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) place: Place,
    pub(super) content: Content,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing, `~` or `null`.
    Null,
    /// Text; numbers and truth values are text too, until somebody wants to read one.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping, in the order of the file, without merge keys and without a key twice.
    Map(Vec<(Key, Value)>),
}

/// A key of a mapping, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) place: Place,
    pub(super) name: String,
}

/// Why a text is no YAML document that we take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlError {
    /// It is too long.
    #[error("the file has {bytes} bytes, and {MAX_BYTES} are the most that are read")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// It is not UTF-8.
    #[error("line {line}: the text is not valid UTF-8")]
    NotUtf8 {
        /// The line of the first byte that is wrong.
        line: usize,
    },
    /// It breaks the rules of YAML.
    #[error("{place}: {said}")]
    Syntax {
        /// Where that was noticed.
        place: Place,
        /// What the parser says.
        said: String,
    },
    /// Collections lie too deep in each other.
    #[error("{place}: collections are more than {MAX_DEPTH} deep in each other")]
    TooDeep {
        /// The first that is too deep.
        place: Place,
    },
    /// With its aliases replaced it has too many values.
    #[error(
        "{place}: with its aliases replaced the file has more than {MAX_VALUES} values, or texts as long as those"
    )]
    TooMany {
        /// Where the limit was reached.
        place: Place,
    },
    /// An alias stands inside of what it stands for.
    #[error("{place}: an alias refers to something that is not complete yet")]
    UnknownAlias {
        /// The alias.
        place: Place,
    },
    /// A key is a list or a mapping.
    #[error("{place}: a key must be plain text")]
    KeyIsNoText {
        /// The key.
        place: Place,
    },
    /// A key stands twice in one mapping.
    #[error("{place}: the key `{name}` stands here a second time: the first is in line {first}")]
    Twice {
        /// The second.
        place: Place,
        /// The key.
        name: String,
        /// The line of the first.
        first: usize,
    },
    /// What is merged by `<<` is no mapping.
    #[error("{place}: only mappings can be merged by `<<`")]
    Merge {
        /// The value.
        place: Place,
    },
    /// There is a second document.
    #[error("{place}: the file has more than one document")]
    SecondDocument {
        /// Its beginning.
        place: Place,
    },
}

impl Value {
    /// Reads the one document of a file. An empty file is [`Content::Null`].
    pub(super) fn parse(file: &[u8]) -> Result<Self, YamlError> {
        if file.len() > MAX_BYTES {
            return Err(YamlError::TooLong { bytes: file.len() });
        }
        let text = std::str::from_utf8(file).map_err(|error| {
            let good = &file[..error.valid_up_to()];
            YamlError::NotUtf8 { line: 1 + good.split(|byte| *byte == b'\n').skip(1).count() }
        })?;
        let mut builder =
            Builder { parser: Parser::new_from_str(text), anchors: HashMap::new(), left: MAX_VALUES };
        builder.document()
    }

    /// How many values it counts for, itself included.
    fn size(&self) -> usize {
        match &self.content {
            Content::Null => 1,
            Content::Text(text) => weight(text),
            Content::List(items) => items.iter().map(Self::size).sum::<usize>() + 1,
            Content::Map(entries) => {
                entries.iter().map(|(key, value)| value.size() + weight(&key.name)).sum::<usize>() + 1
            }
        }
    }
}

/// How many values a text counts for.
const fn weight(text: &str) -> usize {
    1 + text.len() / LONG
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// What each anchor stands for, with its number of values.
    anchors: HashMap<usize, (Value, usize)>,
    left: usize,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Value, YamlError> {
        let mut found = None;
        loop {
            let (event, place) = self.next()?;
            match event {
                Event::StreamEnd => {
                    return Ok(found
                        .unwrap_or(Value { place: Place { line: 1, column: 1 }, content: Content::Null }));
                }
                Event::DocumentStart(_) if found.is_some() => {
                    return Err(YamlError::SecondDocument { place });
                }
                Event::DocumentStart(_) => {
                    let (event, place) = self.next()?;
                    found = Some(self.value(event, place, 0)?);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'a>, Place), YamlError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, place_of(span.start))),
            Some(Err(error)) => Err(YamlError::Syntax {
                place: place_of(*error.marker()),
                said: error.info().escape_debug().to_string(),
            }),
            None => Ok((Event::StreamEnd, Place::default())),
        }
    }

    fn count(&mut self, values: usize, place: Place) -> Result<(), YamlError> {
        self.left = self.left.checked_sub(values).ok_or(YamlError::TooMany { place })?;
        Ok(())
    }

    fn value(&mut self, event: Event<'a>, place: Place, depth: usize) -> Result<Value, YamlError> {
        if depth > MAX_DEPTH {
            return Err(YamlError::TooDeep { place });
        }
        self.count(1, place)?;
        let (content, anchor) = match event {
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(YamlError::UnknownAlias { place });
                };
                self.count(size, place)?;
                return Ok(value);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.count(weight(&text) - 1, place)?;
                let is_null =
                    style == ScalarStyle::Plain && tag.is_none() && matches!(&*text, "" | "~" | "null");
                let content = if is_null { Content::Null } else { Content::Text(text.into_owned()) };
                (content, anchor)
            }
            Event::SequenceStart(anchor, _) => (Content::List(self.list(depth)?), anchor),
            Event::MappingStart(anchor, _) => (Content::Map(self.map(depth)?), anchor),
            // Nothing else can stand where a value does.
            _ => (Content::Null, 0),
        };
        let value = Value { place, content };
        if anchor != 0 {
            let size = value.size();
            // The copy that is kept counts as well: anchors in anchors would double it each time.
            self.count(size, place)?;
            self.anchors.insert(anchor, (value.clone(), size));
        }
        Ok(value)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Value>, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(items),
                (event, place) => items.push(self.value(event, place, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Key, Value)>, YamlError> {
        let mut entries: Vec<(Key, Value)> = Vec::new();
        let mut merged = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, place) = match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, _) => break,
                next => next,
            };
            let name = match self.value(event, place, depth + 1)?.content {
                Content::Text(name) => name,
                Content::Null => "~".to_owned(),
                Content::List(_) | Content::Map(_) => return Err(YamlError::KeyIsNoText { place }),
            };
            let (event, at) = self.next()?;
            let value = self.value(event, at, depth + 1)?;
            if let Some(first) = lines.insert(name.clone(), place.line) {
                return Err(YamlError::Twice { place, name, first });
            }
            if name == "<<" {
                merge(value, &mut merged)?;
            } else {
                entries.push((Key { place, name }, value));
            }
        }
        for (key, value) in merged {
            if !lines.contains_key(&key.name) {
                lines.insert(key.name.clone(), key.place.line);
                entries.push((key, value));
            }
        }
        Ok(entries)
    }
}

/// Adds what a merge key has: of several mappings the earlier ones come first.
fn merge(value: Value, entries: &mut Vec<(Key, Value)>) -> Result<(), YamlError> {
    match value.content {
        Content::Map(more) => entries.extend(more),
        Content::List(maps) => {
            for map in maps {
                match map.content {
                    Content::Map(more) => entries.extend(more),
                    _ => return Err(YamlError::Merge { place: map.place }),
                }
            }
        }
        _ => return Err(YamlError::Merge { place: value.place }),
    }
    Ok(())
}

/// Lines are counted from 1 already, columns from 0.
fn place_of(marker: saphyr_parser::Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
