//! Elements of sets and maps.

use std::fmt;

use super::comment::Comment;
use super::expression::{VALUE, put_value};
use super::family::{kind, message};
use super::rule::ELEMENT;
use super::table::TableName;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Attribute, Malformed, Message, NESTED, Received};

/// `NFTA_SET_ELEM_LIST_*`.
const TABLE: u16 = 1;
const SET: u16 = 2;
const ELEMENTS: u16 = 3;
const SET_ID: u16 = 4;
/// `NFTA_SET_ELEM_*`.
const KEY: u16 = 1;
const DATA: u16 = 2;
const FLAGS: u16 = 3;
const USERDATA: u16 = 6;
const KEY_END: u16 = 10;
/// `NFT_SET_ELEM_INTERVAL_END`.
const INTERVAL_END: u32 = 1;

/// What an element of a set of ranges is: the kernel keeps the first key of a range and the first one behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Boundary {
    /// A key, or where a range begins.
    #[default]
    Begin,
    /// The first key that is no longer in it.
    End,
}

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The key, each field of a concatenation filled up to whole words with zeros.
    pub key: Vec<u8>,
    /// The last key of a range, in a set with ranges of concatenations.
    pub last: Option<Vec<u8>>,
    /// What a map has for it.
    pub data: Option<Vec<u8>>,
    /// In a set of ranges, which end of one it is.
    pub boundary: Boundary,
    /// Its comment.
    pub comment: Option<Comment>,
}

impl Element {
    /// With this key.
    #[must_use]
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// The key with which a range ends in the set.
    #[must_use]
    pub fn end(key: impl Into<Vec<u8>>) -> Self {
        Self { boundary: Boundary::End, ..Self::new(key) }
    }

    /// What a map has for it.
    #[must_use]
    pub fn data(self, data: impl Into<Vec<u8>>) -> Self {
        Self { data: Some(data.into()), ..self }
    }

    /// Gives it a comment.
    #[must_use]
    pub fn comment(self, comment: Comment) -> Self {
        Self { comment: Some(comment), ..self }
    }

    /// The elements of a set of a table.
    ///
    /// # Errors
    /// [`Error::Refused`] with `ENOENT` if there is no such set.
    #[doc(alias = "NFT_MSG_GETSETELEM")]
    pub fn list(netfilter: &mut Netlink, table: &TableName, set: &str) -> Result<Vec<Self>, Error> {
        let parts = netfilter.dump(&List { table, set }, |received| {
            if received.kind == kind(libc::NFT_MSG_NEWSETELEM) {
                Self::read_all(received).map(Some)
            } else {
                Ok(None)
            }
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    pub(crate) fn read_all(received: &Received<'_>) -> Result<Vec<Self>, Malformed> {
        let (_, attributes) = received.split::<4>()?;
        attributes.find(ELEMENTS).map_or_else(
            || Ok(Vec::new()),
            |list| list.nested().map(|element| Self::read(&element)).collect(),
        )
    }

    fn read(element: &Attribute<'_>) -> Result<Self, Malformed> {
        let attributes = element.nested();
        let value = |kind| {
            let nest = attributes.find(kind)?;
            // Verdicts are no value.
            nest.nested().find(VALUE).map(|value| value.payload.to_vec())
        };
        let flags = attributes.find(FLAGS).map_or(Ok(0), |flags| flags.be32())?;
        Ok(Self {
            // One that stands for all keys has none.
            key: value(KEY).unwrap_or_default(),
            last: value(KEY_END),
            data: value(DATA),
            boundary: if flags & INTERVAL_END == 0 { Boundary::Begin } else { Boundary::End },
            comment: attributes.find(USERDATA).and_then(Comment::read),
        })
    }

    fn put(&self, message: &mut Message) {
        if self.boundary == Boundary::End {
            message.put_be32(FLAGS, INTERVAL_END);
        }
        put_value(message, KEY, &self.key);
        if let Some(last) = &self.last {
            put_value(message, KEY_END, last);
        }
        if let Some(data) = &self.data {
            put_value(message, DATA, data);
        }
        if let Some(comment) = &self.comment {
            comment.put(message, USERDATA);
        }
    }
}

struct List<'a> {
    table: &'a TableName,
    set: &'a str,
}

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "list the elements of set `{}` of table `{}`", self.set, self.table)
    }
}

impl Request for List<'_> {
    fn encode(&self) -> Encoded {
        let mut request = message(libc::NFT_MSG_GETSETELEM, 0, Some(self.table.family));
        request.put_str(TABLE, &self.table.name);
        request.put_str(SET, self.set);
        Encoded(request)
    }
}

/// Adds elements to a set. One that is there already is an error.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewElements {
    /// The table that the set is in.
    pub table: TableName,
    /// The set's name.
    pub set: Box<str>,
    /// Its number if it is made in the same transaction.
    pub set_id: Option<u32>,
    /// Up to 64 KiB of them.
    pub elements: Vec<Element>,
}

impl fmt::Display for NewElements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "add to set `{}` of table `{}`", self.set, self.table)
    }
}

fn put_all(request: &mut Message, table: &TableName, set: &str, id: Option<u32>, elements: &[Element]) {
    request.put_str(TABLE, &table.name);
    request.put_str(SET, set);
    if let Some(id) = id {
        request.put_be32(SET_ID, id);
    }
    request.nest(ELEMENTS | NESTED, |list| {
        for element in elements {
            list.nest(ELEMENT | NESTED, |one| element.put(one));
        }
    });
}

impl Request for NewElements {
    fn encode(&self) -> Encoded {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        let mut request = message(libc::NFT_MSG_NEWSETELEM, flags, Some(self.table.family));
        put_all(&mut request, &self.table, &self.set, self.set_id, &self.elements);
        Encoded(request)
    }
}

/// Takes elements out of a set.
#[derive(Clone, Debug)]
pub struct RemoveElements {
    /// The table that the set is in.
    pub table: TableName,
    /// The set's name.
    pub set: Box<str>,
    /// The elements, of which only the keys count.
    pub elements: Vec<Element>,
}

impl fmt::Display for RemoveElements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "take out of set `{}` of table `{}`", self.set, self.table)
    }
}

impl Request for RemoveElements {
    fn encode(&self) -> Encoded {
        let mut request = message(libc::NFT_MSG_DELSETELEM, 0, Some(self.table.family));
        put_all(&mut request, &self.table, &self.set, None, &self.elements);
        Encoded(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Messages;
    use proptest::prelude::*;

    fn read_back(request: &NewElements) -> Vec<Element> {
        let mut buffer = Vec::new();
        request.encode().0.write(0, 0, &mut buffer);
        let received = Messages::new(&buffer).next().unwrap().unwrap();
        Element::read_all(&received).unwrap()
    }

    #[test]
    fn elements_that_nft_sent_are_read_and_written_again() {
        let captured = Messages::new(include_bytes!("captured.bin")).map(Result::unwrap);
        let mut ranges = 0;
        for received in captured.filter(|one| one.kind == kind(libc::NFT_MSG_NEWSETELEM)) {
            let elements = Element::read_all(&received).unwrap();
            ranges += elements.iter().filter(|one| one.boundary == Boundary::End).count();
            let table = TableName::new(super::super::Family::Inet, "insula");
            let request = NewElements { table, set: "x".into(), set_id: Some(1), elements: elements.clone() };
            assert_eq!(read_back(&request), elements);
        }
        assert_eq!(ranges, 3);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            key in prop::collection::vec(any::<u8>(), 1..64),
            data in prop::option::of(prop::collection::vec(any::<u8>(), 1..64)),
            last in prop::option::of(prop::collection::vec(any::<u8>(), 1..64)),
            comment in prop::option::of("[a-z ]{1,30}"),
            ends: bool,
        ) {
            let comment = comment.map(|text| Comment::new(&text).unwrap());
            let boundary = if ends { Boundary::End } else { Boundary::Begin };
            let elements = vec![Element { key, last, data, boundary, comment }];
            let table = TableName::new(super::super::Family::Ip, "t");
            let request = NewElements { table, set: "s".into(), set_id: None, elements: elements.clone() };
            prop_assert_eq!(read_back(&request), elements);
        }

        #[test]
        fn no_message_panics(body: Vec<u8>) {
            let received = Received { kind: kind(libc::NFT_MSG_NEWSETELEM), flags: 0, sequence: 0, body: &body };
            let _ = Element::read_all(&received);
        }
    }
}
