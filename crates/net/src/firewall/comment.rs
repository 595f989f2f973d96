//! What people read of a table, a rule or an element; the kernel only keeps it.

use std::fmt;

use crate::wire::{Attribute, Message};

/// The first entry of the user data, as `nft` has it: `NFTNL_UDATA_RULE_COMMENT` and its like.
const COMMENT: u8 = 0;

/// A text of up to 253 bytes, which `nft list ruleset` shows. `nft -f` takes back those of up to 128.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(Box<str>);

/// The kernel keeps no more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("comment `{text}` has {} bytes, more than 253", text.len())]
pub struct CommentTooLong {
    /// The text.
    pub text: Box<str>,
}

impl Comment {
    /// The most bytes that one has: `NFT_USERDATA_MAXLEN` without type, length, and the zero byte at the end.
    pub const MAX: usize = 253;

    /// Checks the length; a zero byte would end it, so it and all behind it is left out.
    ///
    /// # Errors
    /// [`CommentTooLong`].
    pub fn new(text: &str) -> Result<Self, CommentTooLong> {
        let text = text.split('\0').next().unwrap_or_default();
        if text.len() > Self::MAX { Err(CommentTooLong { text: text.into() }) } else { Ok(Self(text.into())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As user data in attribute `kind`.
    pub(super) fn put(&self, message: &mut Message, kind: u16) {
        let length = u8::try_from(self.0.len() + 1).expect("checked when it was made");
        let mut bytes = vec![COMMENT, length];
        bytes.extend_from_slice(self.0.as_bytes());
        bytes.push(0);
        message.put(kind, &bytes);
    }

    /// The comment in user data, which others may have filled with anything.
    pub(super) fn read(attribute: Attribute<'_>) -> Option<Self> {
        let mut rest = attribute.payload;
        while let [kind, length, tail @ ..] = rest {
            let (value, after) = tail.split_at_checked(usize::from(*length))?;
            if *kind == COMMENT {
                let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
                return Self::new(&String::from_utf8_lossy(&value[..end])).ok();
            }
            rest = after;
        }
        None
    }
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "[^\0]{0,60}") {
            let comment = Comment::new(&text).unwrap();
            let mut message = Message::new(0, 0, &[]);
            comment.put(&mut message, 7);
            let read = crate::wire::Attributes::new(message.body()).find(7).and_then(Comment::read);
            prop_assert_eq!(read, Some(comment));
        }

        #[test]
        fn no_user_data_panics(payload: Vec<u8>) {
            let _ = Comment::read(Attribute { kind: 0, payload: &payload });
        }
    }

    #[test]
    fn no_more_than_the_kernel_keeps() {
        assert!(Comment::new(&"x".repeat(253)).is_ok());
        assert!(Comment::new(&"x".repeat(254)).is_err());
    }
}
