//! Sets and maps: what many rules would say, looked up at once.

use std::fmt;

use super::datatype::{self, DataType};
use super::family::{Family, kind, message};
use super::table::TableName;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received};

/// `NFTA_SET_*`.
const TABLE: u16 = 1;
const NAME: u16 = 2;
const FLAGS: u16 = 3;
const KEY_TYPE: u16 = 4;
const KEY_LENGTH: u16 = 5;
const DATA_TYPE: u16 = 6;
const DATA_LENGTH: u16 = 7;
const ID: u16 = 10;
const USERDATA: u16 = 13;
const HANDLE: u16 = 16;
/// Entries of the user data that tell `nft` in what order the bytes are: `NFTNL_UDATA_SET_KEYBYTEORDER` and that of the data.
const KEY_ORDER: u8 = 0;
const DATA_ORDER: u8 = 1;

/// `NFT_SET_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SetFlags(pub u32);

impl SetFlags {
    /// Belongs to the one rule that uses it, and goes with it.
    pub const ANONYMOUS: Self = Self(1);
    /// Does not change once a rule uses it.
    pub const CONSTANT: Self = Self(2);
    /// Has ranges as elements.
    pub const INTERVAL: Self = Self(4);
    /// Has data for each element.
    pub const MAP: Self = Self(8);

    /// These and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A set that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Set {
    /// The table that it is in.
    pub table: TableName,
    /// Its name there; the kernel chooses that of an anonymous one.
    pub name: String,
    /// Its number.
    pub handle: u64,
    /// What it is.
    pub flags: SetFlags,
    /// The types that a key is made of; `None` if one is not known here.
    pub key: Option<Vec<DataType>>,
    /// Those that a map's data is made of.
    pub data: Option<Vec<DataType>>,
}

impl Set {
    /// The sets of a table; none if it is not there.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "NFT_MSG_GETSET")]
    pub fn list(netfilter: &mut Netlink, table: &TableName) -> Result<Vec<Self>, Error> {
        let all = netfilter.dump(&List(table), |received| {
            if received.kind == kind(libc::NFT_MSG_NEWSET) {
                Self::read(received).map(Some)
            } else {
                Ok(None)
            }
        })?;
        // Kernels differ in which table they take the request to mean.
        Ok(all.into_iter().filter(|set| set.table == *table).collect())
    }

    pub(crate) fn read(received: &Received<'_>) -> Result<Self, Malformed> {
        let (header, attributes) = received.split::<4>()?;
        let text = |kind| attributes.find(kind).map(|attribute| attribute.text()).ok_or(Malformed);
        let number = |kind| attributes.find(kind).map(|attribute| attribute.be32()).transpose();
        Ok(Self {
            table: TableName::new(Family::of(header[0]), &text(TABLE)?),
            name: text(NAME)?.into_owned(),
            handle: attributes.find(HANDLE).map_or(Ok(0), |handle| handle.be64())?,
            flags: SetFlags(number(FLAGS)?.unwrap_or(0)),
            key: number(KEY_TYPE)?.and_then(datatype::fields),
            data: number(DATA_TYPE)?.and_then(datatype::fields),
        })
    }
}

struct List<'a>(&'a TableName);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "list the sets of table `{}`", self.0)
    }
}

impl Request for List<'_> {
    fn encode(&self) -> Encoded {
        Encoded(message(libc::NFT_MSG_GETSET, 0, Some(self.0.family)))
    }
}

/// Makes a set. One of that name and kind that is there already stays as it is.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewSet {
    table: TableName,
    name: Box<str>,
    id: u32,
    flags: SetFlags,
    key: Vec<DataType>,
    data: Vec<DataType>,
}

impl NewSet {
    /// The name that lets the kernel choose one, for a set that belongs to a rule.
    const ANONYMOUS_SET: &str = "__set%d";
    const ANONYMOUS_MAP: &str = "__map%d";

    /// A set with keys of these types. `id` tells it from others of the same transaction.
    pub fn new(table: TableName, name: &str, id: u32, key: &[DataType]) -> Self {
        Self { table, name: name.into(), id, flags: SetFlags::default(), key: key.to_vec(), data: Vec::new() }
    }

    /// A set without a name, which the rule that looks its `id` up takes with it.
    pub fn anonymous(table: TableName, id: u32, key: &[DataType]) -> Self {
        let flags = SetFlags::ANONYMOUS.with(SetFlags::CONSTANT);
        Self { flags, ..Self::new(table, Self::ANONYMOUS_SET, id, key) }
    }

    /// Makes it a map, with data of these types.
    pub fn data(self, data: &[DataType]) -> Self {
        let flags = self.flags.with(SetFlags::MAP);
        let anonymous = flags.contains(SetFlags::ANONYMOUS);
        let name = if anonymous { Self::ANONYMOUS_MAP.into() } else { self.name };
        Self { data: data.to_vec(), flags, name, ..self }
    }

    /// Lets it have ranges as elements.
    pub fn intervals(self) -> Self {
        Self { flags: self.flags.with(SetFlags::INTERVAL), ..self }
    }

    /// What [`Statements`](super::Statements) and elements of the same transaction call it by.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// Its name, in the same transaction.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for NewSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "create set `{}` in table `{}`", self.name, self.table)
    }
}

/// What `nft` has to know of the bytes: 1 the machine's order, 2 the network's, 0 a concatenation of several.
fn order(entry: u8, fields: &[DataType], userdata: &mut Vec<u8>) {
    let order: u32 = match fields {
        [one] if one.is_big_endian() => 2,
        [_] => 1,
        _ => 0,
    };
    userdata.extend_from_slice(&[entry, 4]);
    userdata.extend_from_slice(&order.to_ne_bytes());
}

impl Request for NewSet {
    fn encode(&self) -> Encoded {
        let mut request: Message = message(libc::NFT_MSG_NEWSET, libc::NLM_F_CREATE, Some(self.table.family));
        request.put_str(TABLE, &self.table.name);
        request.put_str(NAME, &self.name);
        request.put_be32(FLAGS, self.flags.0);
        request.put_be32(KEY_TYPE, datatype::concatenation(&self.key));
        request.put_be32(KEY_LENGTH, datatype::length(&self.key));
        if !self.data.is_empty() {
            request.put_be32(DATA_TYPE, datatype::concatenation(&self.data));
            request.put_be32(DATA_LENGTH, datatype::length(&self.data));
        }
        request.put_be32(ID, self.id);
        let mut userdata = Vec::new();
        order(KEY_ORDER, &self.key, &mut userdata);
        if !self.data.is_empty() {
            order(DATA_ORDER, &self.data, &mut userdata);
        }
        request.put(USERDATA, &userdata);
        Encoded(request)
    }
}

/// Deletes a set that no rule uses.
#[derive(Clone, Debug)]
pub struct DeleteSet {
    /// The table that it is in.
    pub table: TableName,
    /// Its name there.
    pub name: Box<str>,
}

impl fmt::Display for DeleteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "delete set `{}` of table `{}`", self.name, self.table)
    }
}

impl Request for DeleteSet {
    fn encode(&self) -> Encoded {
        let mut request = message(libc::NFT_MSG_DELSET, 0, Some(self.table.family));
        request.put_str(TABLE, &self.table.name);
        request.put_str(NAME, &self.name);
        Encoded(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Messages;

    #[test]
    fn sets_that_nft_sent_are_read_as_what_they_are() {
        let sets: Vec<_> = Messages::new(include_bytes!("captured.bin"))
            .map(Result::unwrap)
            .filter(|one| one.kind == kind(libc::NFT_MSG_NEWSET))
            .map(|one| Set::read(&one).unwrap())
            .collect();
        let of = |name: &str| sets.iter().find(|set| set.name == name).unwrap();
        assert_eq!(of("within").key.as_deref(), Some(&[DataType::IfName, DataType::IfName][..]));
        assert!(of("near").flags.contains(SetFlags::INTERVAL));
        assert_eq!(of("__map%d").data.as_deref(), Some(&[DataType::Service][..]));
    }
}
