//! Messages: "Message Format" in the D-Bus specification.

use super::wire::{Reader, Writer};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Call = 1,
    Return = 2,
    Error = 3,
    Signal = 4,
}

/// A message, as far as this client needs to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: Option<Kind>,
    pub(crate) serial: u32,
    pub(crate) path: Box<str>,
    pub(crate) interface: Box<str>,
    pub(crate) member: Box<str>,
    pub(crate) error: Box<str>,
    pub(crate) reply_to: u32,
    pub(crate) destination: Box<str>,
    pub(crate) signature: Box<str>,
    pub(crate) body: Vec<u8>,
}

/// The part of a message that has always the same size.
pub(crate) const FIXED: usize = 16;
/// More than anything that is asked for here; the specification has 128 MiB.
const LONGEST: usize = 1 << 20;

impl Message {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(b'l');
        writer.byte(self.kind.map_or(0, |kind| kind as u8));
        // No flags; version 1 of the protocol.
        writer.byte(0);
        writer.byte(1);
        writer.u32(u32::try_from(self.body.len()).expect("nothing that is sent is near 4 GiB"));
        writer.u32(self.serial);
        writer.array(8, |fields| {
            let texts = [
                (1, "o", &self.path),
                (2, "s", &self.interface),
                (3, "s", &self.member),
                (4, "s", &self.error),
                (6, "s", &self.destination),
            ];
            for (code, kind, text) in texts.into_iter().filter(|(_, _, text)| !text.is_empty()) {
                fields.align(8);
                fields.byte(code);
                fields.signature(kind);
                fields.text(text);
            }
            if self.reply_to != 0 {
                fields.align(8);
                fields.byte(5);
                fields.signature("u");
                fields.u32(self.reply_to);
            }
            if !self.signature.is_empty() {
                fields.align(8);
                fields.byte(8);
                fields.signature("g");
                fields.signature(&self.signature);
            }
        });
        writer.align(8);
        writer.0.extend(&self.body);
        writer.0
    }

    /// How long the message is that begins with `fixed`, or `None` if it is none.
    pub(crate) fn length(fixed: &[u8; FIXED]) -> Option<usize> {
        let mut reader = Reader::new(fixed);
        if reader.byte()? != b'l' {
            return None;
        }
        let (_kind, _flags, version) = (reader.byte()?, reader.byte()?, reader.byte()?);
        let (body, _serial, fields) = (reader.u32()?, reader.u32()?, reader.u32()?);
        let head = (FIXED + usize::try_from(fields).ok()?).next_multiple_of(8);
        let length = head + usize::try_from(body).ok()?;
        (version == 1 && length <= LONGEST).then_some(length)
    }

    /// Parses a whole message.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        if Self::length(bytes.get(..FIXED)?.try_into().ok()?)? != bytes.len() {
            return None;
        }
        let mut reader = Reader::new(bytes);
        reader.byte()?;
        let kind = match reader.byte()? {
            1 => Some(Kind::Call),
            2 => Some(Kind::Return),
            3 => Some(Kind::Error),
            4 => Some(Kind::Signal),
            0 => return None,
            // To be ignored, says the specification.
            _ => None,
        };
        let (_flags, _version, _body) = (reader.byte()?, reader.byte()?, reader.u32()?);
        let serial = reader.u32()?;
        let mut message = Self { kind, serial, ..Self::default() };
        let end = usize::try_from(reader.u32()?).ok()? + FIXED;
        while reader.position() < end {
            reader.align(8)?;
            let code = reader.byte()?;
            match reader.signature()? {
                "s" | "o" => {
                    let text = reader.text()?;
                    match code {
                        1 => message.path = text.into(),
                        2 => message.interface = text.into(),
                        3 => message.member = text.into(),
                        4 => message.error = text.into(),
                        6 => message.destination = text.into(),
                        _ => {}
                    }
                }
                "u" => {
                    let number = reader.u32()?;
                    if code == 5 {
                        message.reply_to = number;
                    }
                }
                "g" => {
                    let signature = reader.signature()?;
                    if code == 8 {
                        message.signature = signature.into();
                    }
                }
                _ => return None,
            }
        }
        reader.align(8)?;
        message.body = bytes.get(reader.position()..)?.to_vec();
        Some(message)
    }

    /// The values that it carries.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `dbus-send` of dbus 1.14 sends before all else.
    const HELLO: &[u8] = b"l\x01\0\x01\0\0\0\0\x01\0\0\0n\0\0\0\
        \x01\x01o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0\
        \x06\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
        \x02\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
        \x03\x01s\0\x05\0\0\0Hello\0\0\0";

    #[test]
    fn a_message_of_another_program_is_read() {
        let message = Message::decode(HELLO).unwrap();
        assert_eq!((message.kind, message.serial), (Some(Kind::Call), 1));
        assert_eq!((&*message.path, &*message.member), ("/org/freedesktop/DBus", "Hello"));
        assert_eq!(&*message.destination, "org.freedesktop.DBus");
        assert_eq!(message.encode().len(), HELLO.len());
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(serial in 1..u32::MAX, reply_to: u32, text in "[a-z.]{0,9}", signature in "[a-z]{0,5}", body: Vec<u8>) {
            let message = Message {
                kind: Some(Kind::Return),
                serial,
                reply_to,
                member: text.as_str().into(),
                error: text.into(),
                signature: signature.into(),
                body,
                ..Message::default()
            };
            prop_assert_eq!(Message::decode(&message.encode()), Some(message));
        }

        #[test]
        fn no_bytes_are_too_odd(bytes: Vec<u8>, at in 0..HELLO.len(), byte: u8) {
            let _ = Message::decode(&bytes);
            let mut changed = HELLO.to_vec();
            changed[at] = byte;
            let _ = Message::decode(&changed);
            let _ = Message::decode(&changed[..at]);
        }
    }
}
