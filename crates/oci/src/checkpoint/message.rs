//! Messages of protocol buffers, as far as criu's `images/rpc.proto` needs them.
//!
//! A message is a list of fields. Each is a number that says which field it is and how its value is written, and the value: a
//! number of seven bits a byte, the lowest first, or a length and so many bytes.

/// A message that is put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message(Vec<u8>);

const NUMBER: u64 = 0;
const FIXED_64: u64 = 1;
const BYTES: u64 = 2;
const FIXED_32: u64 = 5;

impl Message {
    pub(super) fn number(mut self, field: u32, value: impl Into<u64>) -> Self {
        self.put(u64::from(field) << 3 | NUMBER);
        self.put(value.into());
        self
    }

    pub(super) fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.put(u64::from(field) << 3 | BYTES);
        self.put(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// The field, if there is a value for it.
    pub(super) fn bytes_if(self, field: u32, value: Option<impl AsRef<[u8]>>) -> Self {
        match value {
            Some(value) => self.bytes(field, value),
            None => self,
        }
    }

    /// The fields of another one too.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }

    fn put(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

impl AsRef<[u8]> for Message {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    pub(super) const fn as_number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Bytes(_) => None,
        }
    }

    pub(super) const fn as_bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) => None,
        }
    }
}

/// The fields of a message, up to the first that is none.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    /// The value of the last field of this number, which is the one that counts.
    pub(super) fn find(text: &'a [u8], field: u32) -> Option<Value<'a>> {
        Self(text).filter(|(number, _)| *number == u64::from(field)).last().map(|(_, value)| value)
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.number()?;
        let value = match key & 7 {
            NUMBER => Value::Number(self.number()?),
            FIXED_64 => Value::Bytes(self.take(8)?),
            FIXED_32 => Value::Bytes(self.take(4)?),
            BYTES => {
                let length = self.number()?;
                Value::Bytes(self.take(length)?)
            }
            _ => return None,
        };
        Some((key >> 3, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What criu's own library for Python sends for the same.
    #[test]
    fn a_request_is_written_as_protocol_buffers_have_it() {
        let options = Message::default().number(1, 5_u32).number(2, 300_u32).bytes(10, "dump.log");
        let request = Message::default().number(1, 1_u32).bytes(2, options);
        assert_eq!(
            request.as_ref(),
            [8, 1, 18, 15, 8, 5, 16, 172, 2, 82, 8, b'd', b'u', b'm', b'p', b'.', b'l', b'o', b'g']
        );
    }

    #[test]
    fn a_message_that_is_cut_off_ends_there() {
        assert_eq!(Fields(&[8, 1, 18, 15, 8]).collect::<Vec<_>>(), [(1, Value::Number(1))]);
    }

    proptest! {
        #[test]
        fn fields_are_read_as_they_were_written(number: u64, text: Vec<u8>) {
            let message = Message::default().number(1, number).bytes(65, &text);
            let read: Vec<_> = Fields(message.as_ref()).collect();
            prop_assert_eq!(read, [(1, Value::Number(number)), (65, Value::Bytes(&text))]);
        }

        #[test]
        fn no_bytes_make_it_panic(text: Vec<u8>) {
            let _ = Fields(&text).count();
        }
    }
}
