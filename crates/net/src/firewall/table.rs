//! Tables: what all else belongs to, and goes with.

use std::fmt;

use super::comment::Comment;
use super::family::{Family, kind, message};
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received};

/// `NFTA_TABLE_*`.
const NAME: u16 = 1;
const FLAGS: u16 = 2;
const HANDLE: u16 = 4;
const USERDATA: u16 = 6;

/// What tells a table from others: `inet filter`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// Whose packets it sees.
    pub family: Family,
    /// Its name, up to 255 bytes.
    pub name: Box<str>,
}

impl TableName {
    /// Table `name` of `family`.
    #[must_use]
    pub fn new(family: Family, name: &str) -> Self {
        Self { family, name: name.into() }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.family, self.name)
    }
}

/// A table that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// Its family and name.
    pub name: TableName,
    /// Its number, never used again in this network namespace.
    pub handle: u64,
    /// Its comment.
    pub comment: Option<Comment>,
}

impl Table {
    /// Every table of every family in the namespace that `netfilter` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "NFT_MSG_GETTABLE")]
    pub fn list(netfilter: &mut Netlink) -> Result<Vec<Self>, Error> {
        netfilter.dump(&List, |received| {
            if received.kind == kind(libc::NFT_MSG_NEWTABLE) {
                Self::read(received).map(Some)
            } else {
                Ok(None)
            }
        })
    }

    /// The table of that name, if it is there.
    ///
    /// # Errors
    /// [`Error`].
    pub fn find(netfilter: &mut Netlink, name: &TableName) -> Result<Option<Self>, Error> {
        Ok(Self::list(netfilter)?.into_iter().find(|table| table.name == *name))
    }

    pub(crate) fn read(received: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = received.split::<4>()?;
        let name = attributes.find(NAME).ok_or(Malformed)?.text();
        Ok(Self {
            name: TableName::new(Family::of(header[0]), &name),
            handle: attributes.find(HANDLE).map_or(Ok(0), |handle| handle.be64())?,
            comment: attributes.find(USERDATA).and_then(Comment::read),
        })
    }
}

struct List;

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list tables")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        Encoded(message(libc::NFT_MSG_GETTABLE, 0, None))
    }
}

/// Makes a table. One that is there already is an error.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewTable {
    name: TableName,
    comment: Option<Comment>,
}

impl NewTable {
    /// With this family and name.
    pub const fn new(name: TableName) -> Self {
        Self { name, comment: None }
    }

    /// Gives it a comment, which it has for life.
    pub fn comment(self, comment: Comment) -> Self {
        Self { comment: Some(comment), ..self }
    }
}

impl fmt::Display for NewTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "create table `{}`", self.name)
    }
}

impl Request for NewTable {
    fn encode(&self) -> Encoded {
        let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL;
        let mut request = message(libc::NFT_MSG_NEWTABLE, flags, Some(self.name.family));
        request.put_str(NAME, &self.name.name);
        request.put_be32(FLAGS, 0);
        if let Some(comment) = &self.comment {
            comment.put(&mut request, USERDATA);
        }
        Encoded(request)
    }
}

/// Deletes a table with all that is in it.
#[derive(Clone, Debug)]
pub struct DeleteTable {
    /// Its family and name.
    pub name: TableName,
    /// Its number, so that another one of that name is not meant.
    pub handle: u64,
}

impl fmt::Display for DeleteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete table `{}`", self.name)
    }
}

impl Request for DeleteTable {
    fn encode(&self) -> Encoded {
        let mut request: Message = message(libc::NFT_MSG_DELTABLE, 0, Some(self.name.family));
        // The kernel looks for the handle alone if it is there.
        request.put_be64(HANDLE, self.handle);
        Encoded(request)
    }
}
