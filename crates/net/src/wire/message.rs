//! Whole messages: `struct nlmsghdr` in `linux/netlink.h`, see `netlink(7)`.

use super::{ALIGNMENT, Attributes, Malformed, at};

/// `struct nlmsghdr`.
pub(super) const HEADER: usize = 16;

/// A request under construction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// A request of type `kind` (`RTM_NEWLINK`) with `NLM_F_*` flags besides `NLM_F_REQUEST`, and the family's own fixed `header`
    /// (`struct ifinfomsg`).
    pub(crate) fn new(kind: u16, flags: i32, header: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(&0_u32.to_ne_bytes());
        bytes.extend_from_slice(&kind.to_ne_bytes());
        let flags = u16::try_from(flags | libc::NLM_F_REQUEST).expect("NLM_F_* flags have 16 bits");
        bytes.extend_from_slice(&flags.to_ne_bytes());
        // Sequence and port; the socket gives the first, the kernel knows the second.
        bytes.extend_from_slice(&[0; 8]);
        let mut message = Self { bytes };
        message.append(header);
        message
    }

    /// Adds bytes that are no attribute, padded: the header of a nested message, as in `VETH_INFO_PEER`.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
    }

    /// Adds an attribute.
    pub(crate) fn put(&mut self, kind: u16, payload: &[u8]) {
        let length = u16::try_from(4 + payload.len()).expect("an attribute has at most 64 KiB");
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.append(payload);
    }

    /// An attribute that is there or not: `NLA_FLAG`.
    pub(crate) fn put_flag(&mut self, kind: u16) {
        self.put(kind, &[]);
    }

    pub(crate) fn put_u8(&mut self, kind: u16, value: u8) {
        self.put(kind, &[value]);
    }

    pub(crate) fn put_u16(&mut self, kind: u16, value: u16) {
        self.put(kind, &value.to_ne_bytes());
    }

    pub(crate) fn put_u32(&mut self, kind: u16, value: u32) {
        self.put(kind, &value.to_ne_bytes());
    }

    pub(crate) fn put_i32(&mut self, kind: u16, value: i32) {
        self.put(kind, &value.to_ne_bytes());
    }

    pub(crate) fn put_u64(&mut self, kind: u16, value: u64) {
        self.put(kind, &value.to_ne_bytes());
    }

    /// In network byte order.
    pub(crate) fn put_be16(&mut self, kind: u16, value: u16) {
        self.put(kind, &value.to_be_bytes());
    }

    /// In network byte order.
    pub(crate) fn put_be32(&mut self, kind: u16, value: u32) {
        self.put(kind, &value.to_be_bytes());
    }

    /// An address of 4 or 16 bytes.
    pub(crate) fn put_ip(&mut self, kind: u16, address: std::net::IpAddr) {
        self.put(kind, &super::octets(address));
    }

    /// In network byte order.
    pub(crate) fn put_be64(&mut self, kind: u16, value: u64) {
        self.put(kind, &value.to_be_bytes());
    }

    /// A string with the zero byte that ends it: `NLA_NUL_STRING`.
    pub(crate) fn put_str(&mut self, kind: u16, text: &str) {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        self.put(kind, &bytes);
    }

    /// An attribute of attributes, which `fill` adds. `kind` carries `NLA_F_NESTED` where the family wants it.
    pub(crate) fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        fill(self);
        let length = u16::try_from(self.bytes.len() - start).expect("an attribute has at most 64 KiB");
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    }

    /// A structure that starts with its own length in two bytes, and ends with attributes: `struct rtnexthop`.
    pub(crate) fn nest_with_length(&mut self, fill: impl FnOnce(&mut Self)) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 2]);
        fill(self);
        let length = u16::try_from(self.bytes.len() - start).expect("a structure has at most 64 KiB");
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
    }

    /// Its bytes, from the header on, without the length and sequence, which sending sets.
    #[cfg(test)]
    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[HEADER..]
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends the message to `buffer` under `sequence`, with `flags` (`NLM_F_ACK`) added to its own.
    pub(crate) fn write(&self, sequence: u32, flags: i32, buffer: &mut Vec<u8>) {
        let start = buffer.len();
        buffer.extend_from_slice(&self.bytes);
        let message = &mut buffer[start..];
        let length = u32::try_from(message.len()).expect("a message has less than 4 GiB");
        message[0..4].copy_from_slice(&length.to_ne_bytes());
        let own = u16::from_ne_bytes([message[6], message[7]]);
        let added = u16::try_from(flags).expect("NLM_F_* flags have 16 bits");
        message[6..8].copy_from_slice(&(own | added).to_ne_bytes());
        message[8..12].copy_from_slice(&sequence.to_ne_bytes());
    }
}

/// One message of what a socket received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Received<'a> {
    /// `RTM_NEWLINK`, `NLMSG_ERROR`.
    pub(crate) kind: u16,
    /// `NLM_F_*`.
    pub(crate) flags: i32,
    /// That of the request it answers; 0 for a notification.
    pub(crate) sequence: u32,
    /// What follows `struct nlmsghdr`.
    pub(crate) body: &'a [u8],
}

impl<'a> Received<'a> {
    /// The family's fixed header of `N` bytes, and the attributes behind it.
    pub(crate) fn split<const N: usize>(&self) -> Result<([u8; N], Attributes<'a>), Malformed> {
        let header = at(self.body, 0)?;
        Ok((header, Attributes::new(self.body.get(N.next_multiple_of(ALIGNMENT)..).unwrap_or_default())))
    }
}

/// The messages in the bytes of one `recv(2)`.
#[derive(Clone, Debug)]
pub(crate) struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn take(&mut self) -> Result<Received<'a>, Malformed> {
        let length = u32::from_ne_bytes(at(self.rest, 0)?) as usize;
        let whole = self.rest.get(..length).filter(|whole| whole.len() >= HEADER).ok_or(Malformed)?;
        self.rest = self.rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
        Ok(Received {
            kind: u16::from_ne_bytes(at(whole, 4)?),
            flags: i32::from(u16::from_ne_bytes(at(whole, 6)?)),
            sequence: u32::from_ne_bytes(at(whole, 8)?),
            body: &whole[HEADER..],
        })
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Received<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let taken = self.take();
        if taken.is_err() {
            self.rest = &[];
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            kind: u16, sequence: u32, header: [u8; 8],
            attributes: Vec<(u16, Vec<u8>)>,
        ) {
            let mut message = Message::new(kind, libc::NLM_F_DUMP, &header);
            for (kind, payload) in &attributes {
                message.put(kind & 0x3fff, payload);
            }
            let mut buffer = Vec::new();
            message.write(sequence, libc::NLM_F_ACK, &mut buffer);
            message.write(sequence.wrapping_add(1), 0, &mut buffer);
            let all: Vec<_> = Messages::new(&buffer).collect::<Result<_, _>>().unwrap();
            prop_assert_eq!(all.len(), 2);
            prop_assert_eq!(all[0].flags, libc::NLM_F_REQUEST | libc::NLM_F_DUMP | libc::NLM_F_ACK);
            prop_assert_eq!((all[0].kind, all[0].sequence), (kind, sequence));
            let (read, rest) = all[0].split::<8>().unwrap();
            prop_assert_eq!(read, header);
            let read: Vec<_> = rest.map(|one| (one.kind, one.payload.to_vec())).collect();
            let put: Vec<_> = attributes.into_iter().map(|(kind, payload)| (kind & 0x3fff, payload)).collect();
            prop_assert_eq!(read, put);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            for message in Messages::new(&bytes).flatten() {
                if let Ok((_, attributes)) = message.split::<16>() {
                    attributes.for_each(|attribute| { let _ = (attribute.u32(), attribute.text(), attribute.nested().count()); });
                }
            }
        }
    }

    #[test]
    fn nested_attributes_carry_the_length_of_all() {
        let mut message = Message::new(16, 0, &[0; 4]);
        message.nest(18, |inner| {
            inner.put_str(1, "veth");
            inner.nest(2, |peer| peer.put_u32(3, 7));
        });
        let mut outer = Attributes::new(&message.body()[4..]);
        let nest = outer.next().unwrap();
        assert_eq!(outer.next(), None);
        let inner: Vec<_> = nest.nested().collect();
        assert_eq!(inner[0].text(), "veth");
        assert_eq!(inner[1].nested().next().unwrap().u32(), Ok(7));
    }
}
