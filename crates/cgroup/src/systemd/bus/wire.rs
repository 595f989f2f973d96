//! Values as they are on the wire: "Marshaling" in the D-Bus specification. Little-endian, as both sides are one machine.

/// A value that a property can have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// `s`.
    Text(Box<str>),
    /// `b`.
    Bool(bool),
    /// `i`.
    I32(i32),
    /// `u`.
    U32(u32),
    /// `t`.
    U64(u64),
    /// `au`.
    U32s(Vec<u32>),
    /// `ay`.
    Bytes(Vec<u8>),
    /// `as`.
    Texts(Vec<Box<str>>),
    /// `a(ss)`.
    Pairs(Vec<(Box<str>, Box<str>)>),
}

impl Value {
    /// Its type, as a signature.
    pub(crate) const fn signature(&self) -> &'static str {
        match self {
            Self::Text(_) => "s",
            Self::Bool(_) => "b",
            Self::I32(_) => "i",
            Self::U32(_) => "u",
            Self::U64(_) => "t",
            Self::U32s(_) => "au",
            Self::Bytes(_) => "ay",
            Self::Texts(_) => "as",
            Self::Pairs(_) => "a(ss)",
        }
    }
}

/// Writes values one after the other, each at its alignment from the beginning.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    pub(crate) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.align(4);
        self.0.extend(value.to_le_bytes());
    }

    /// A string, or the path of an object.
    pub(crate) fn text(&mut self, value: &str) {
        self.u32(length(value.len()));
        self.0.extend(value.as_bytes());
        self.byte(0);
    }

    pub(crate) fn signature(&mut self, value: &str) {
        self.byte(u8::try_from(value.len()).expect("the signatures are ours"));
        self.0.extend(value.as_bytes());
        self.byte(0);
    }

    /// An array of elements that are aligned to `to`.
    pub(crate) fn array(&mut self, to: usize, elements: impl FnOnce(&mut Self)) {
        self.u32(0);
        let place = self.0.len() - 4;
        // The padding before the first element does not count.
        self.align(to);
        let start = self.0.len();
        elements(self);
        let bytes = length(self.0.len() - start);
        self.0[place..place + 4].copy_from_slice(&bytes.to_le_bytes());
    }

    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) => self.text(text),
            Value::Bool(is_true) => self.u32((*is_true).into()),
            Value::I32(number) => self.u32(number.cast_unsigned()),
            Value::U32(number) => self.u32(*number),
            Value::U64(number) => {
                self.align(8);
                self.0.extend(number.to_le_bytes());
            }
            Value::U32s(numbers) => {
                self.array(4, |array| numbers.iter().for_each(|number| array.u32(*number)));
            }
            Value::Bytes(bytes) => self.array(1, |array| array.0.extend(bytes)),
            Value::Texts(texts) => self.array(4, |array| texts.iter().for_each(|text| array.text(text))),
            Value::Pairs(pairs) => self.array(8, |array| {
                for (one, other) in pairs {
                    array.align(8);
                    array.text(one);
                    array.text(other);
                }
            }),
        }
    }

    /// A value with its type.
    pub(crate) fn variant(&mut self, value: &Value) {
        self.signature(value.signature());
        self.value(value);
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("nothing that is sent is near 4 GiB")
}

/// Reads values one after the other. `None` is what ends too early or is not what is asked for.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// How many bytes are read.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn align(&mut self, to: usize) -> Option<()> {
        let position = self.position.next_multiple_of(to);
        let padding = self.bytes.get(self.position..position)?;
        self.position = position;
        padding.iter().all(|byte| *byte == 0).then_some(())
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.position..self.position.checked_add(count)?)?;
        self.position += count;
        Some(taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.align(4)?;
        self.take(4).map(|bytes| u32::from_le_bytes(bytes.try_into().expect("four were taken")))
    }

    /// A string, or the path of an object.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.ended(length)
    }

    pub(crate) fn signature(&mut self) -> Option<&'a str> {
        let length = self.byte()?.into();
        self.ended(length)
    }

    /// `length` bytes of text, and a NUL.
    fn ended(&mut self, length: usize) -> Option<&'a str> {
        let (end, text) = self.take(length.checked_add(1)?)?.split_last()?;
        (*end == 0).then(|| std::str::from_utf8(text).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_of_an_array_are_aligned_and_the_padding_does_not_count() {
        let mut writer = Writer::default();
        writer.value(&Value::Pairs(vec![("a".into(), "bc".into())]));
        let bytes = b"\x0f\0\0\0\0\0\0\0\x01\0\0\0a\0\0\0\x02\0\0\0bc\0";
        assert_eq!(writer.0, bytes);
        let mut writer = Writer::default();
        writer.variant(&Value::U64(1));
        assert_eq!(writer.0, b"\x01t\0\0\0\0\0\0\x01\0\0\0\0\0\0\0");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(first in ".{0,9}", number: u32, second in "[a-z(){}]{0,9}") {
            prop_assume!(!first.contains('\0'));
            let mut writer = Writer::default();
            writer.text(&first);
            writer.u32(number);
            writer.signature(&second);
            let mut reader = Reader::new(&writer.0);
            prop_assert_eq!(reader.text(), Some(&*first));
            prop_assert_eq!(reader.u32(), Some(number));
            prop_assert_eq!(reader.signature(), Some(&*second));
            prop_assert_eq!(reader.byte(), None);
        }

        #[test]
        fn no_bytes_are_too_odd(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.text().is_some() || reader.u32().is_some() || reader.signature().is_some() {}
            prop_assert!(reader.position() <= bytes.len());
        }
    }
}
