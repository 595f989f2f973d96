//! The keys of a mapping, taken one by one, so that those that nobody takes can be named.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::problem::{FileError, NoEffect, Problem, Warning};
use super::yaml::{Content, Key, Place, Value};

/// A mapping and what it is called in messages.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    pub(super) owner: String,
    pub(super) place: Place,
    entries: &'a [(Key, Value)],
    taken: RefCell<BTreeSet<&'a str>>,
}

/// A text and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) place: Place,
    pub(super) text: &'a str,
}

impl<'a> Fields<'a> {
    /// Takes a mapping; nothing at all counts as an empty one.
    pub(super) fn of(owner: impl Into<String>, key: &str, value: &'a Value) -> Result<Self, FileError> {
        let entries = match &value.content {
            Content::Map(entries) => entries.as_slice(),
            Content::Null => &[],
            _ => return Err(shape(key, "a mapping", value)),
        };
        let taken = RefCell::default();
        Ok(Self { owner: owner.into(), place: value.place, entries, taken })
    }

    /// The value of a key, unless that is empty.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        let (own, value) = self.entries.iter().find(|(own, _)| own.name == key)?;
        self.taken.borrow_mut().insert(&own.name);
        (value.content != Content::Null).then_some(value)
    }

    /// Where a key stands whose value is not empty.
    pub(super) fn place_of(&self, key: &str) -> Option<Place> {
        let given = |(own, value): &&(Key, Value)| own.name == key && value.content != Content::Null;
        self.entries.iter().find(given).map(|(own, _)| own.place)
    }

    /// All keys with their values, which are all taken by that.
    pub(super) fn all(&self) -> &'a [(Key, Value)] {
        self.entries
    }

    /// The text of a key.
    pub(super) fn text(&self, key: &str) -> Result<Option<Text<'a>>, FileError> {
        self.get(key).map(|value| text(key, value)).transpose()
    }

    /// The text of a key that has to be there.
    pub(super) fn needed(&self, key: &'static str) -> Result<Text<'a>, FileError> {
        let missing = || Problem::Missing { owner: self.owner.clone(), key }.at(self.place);
        self.text(key)?.ok_or_else(missing)
    }

    /// The texts of a key: of a list, or a single one.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<Text<'a>>, FileError> {
        self.get(key).map_or(Ok(Vec::new()), |value| texts(key, value))
    }

    /// A whole number.
    pub(super) fn number(
        &self,
        key: &str,
        expected: &'static str,
    ) -> Result<Option<(u64, Place)>, FileError> {
        let Some(Text { place, text }) = self.text(key)? else { return Ok(None) };
        let invalid = Problem::Invalid { key: key.to_owned(), text: text.to_owned(), expected };
        text.parse().map(|number| Some((number, place))).map_err(|_| invalid.at(place))
    }

    /// A mapping of texts to texts.
    pub(super) fn pairs(&self, key: &str) -> Result<BTreeMap<&'a str, Text<'a>>, FileError> {
        let Some(value) = self.get(key) else { return Ok(BTreeMap::new()) };
        let inner = Fields::of(&*self.owner, key, value)?;
        let pair = |(key, value): &'a (Key, Value)| match &value.content {
            Content::Null => Ok((key.name.as_str(), Text { place: value.place, text: "" })),
            _ => Ok((key.name.as_str(), text(&key.name, value)?)),
        };
        inner.all().iter().map(pair).collect()
    }

    /// Warns of what nobody took. `inert` are keys that containerlab knows, and why they have no effect.
    pub(super) fn finish(self, inert: &[(&str, &'static str)], warnings: &mut Vec<Warning>) {
        let taken = self.taken.into_inner();
        for (key, _) in self.entries.iter().filter(|(key, _)| !taken.contains(key.name.as_str())) {
            let known = inert.iter().find(|(known, _)| *known == key.name);
            let why = known.map_or(NoEffect::Unknown, |(_, reason)| NoEffect::OfContainerlab { reason });
            warnings.push(Warning {
                place: key.place,
                owner: self.owner.clone(),
                key: key.name.clone(),
                why,
            });
        }
    }
}

/// The items of a list.
pub(super) fn list<'a>(key: &str, value: &'a Value) -> Result<&'a [Value], FileError> {
    match &value.content {
        Content::List(items) => Ok(items),
        _ => Err(shape(key, "a list", value)),
    }
}

/// A text.
pub(super) fn text<'a>(key: &str, value: &'a Value) -> Result<Text<'a>, FileError> {
    match &value.content {
        Content::Text(text) => Ok(Text { place: value.place, text }),
        _ => Err(shape(key, "a text", value)),
    }
}

/// A list of texts, or a single one.
pub(super) fn texts<'a>(key: &str, value: &'a Value) -> Result<Vec<Text<'a>>, FileError> {
    match &value.content {
        Content::List(items) => items.iter().map(|item| text(key, item)).collect(),
        _ => Ok(vec![text(key, value)?]),
    }
}

fn shape(key: &str, expected: &'static str, value: &Value) -> FileError {
    let found = match value.content {
        Content::Null => "empty",
        Content::Text(_) => "a text",
        Content::List(_) => "a list",
        Content::Map(_) => "a mapping",
    };
    Problem::Shape { key: key.to_owned(), expected, found }.at(value.place)
}
