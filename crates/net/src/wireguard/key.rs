//! Keys.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding as _};

/// A public, private or preshared key: 32 bytes, in text as base64.
///
/// Its `Debug` does not tell it; its `Display` does.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key([u8; Self::LENGTH]);

/// Not 32 bytes in base64. The text may be a secret, so it is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a WireGuard key (44 characters of base64 that end in `=`)")]
pub struct KeyError;

impl Key {
    /// `WG_KEY_LEN`.
    pub const LENGTH: usize = 32;

    /// A key of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Whether it is all zeros, which stands for no key.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0 == [0; Self::LENGTH]
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut bytes = [0; Self::LENGTH];
        let decoded = Base64::decode(text, &mut bytes).map_err(|_| KeyError)?;
        if decoded.len() == Self::LENGTH { Ok(Self(bytes)) } else { Err(KeyError) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(bytes: [u8; 32]) {
            let key = Key::new(bytes);
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "abc=",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(text.parse::<Key>(), Err(KeyError), "{text}");
        }
    }

    #[test]
    fn debug_does_not_tell_the_key() {
        assert_eq!(format!("{:?}", Key::new([7; 32])), "Key(…)");
    }
}
