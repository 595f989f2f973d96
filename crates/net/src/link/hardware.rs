//! Link-layer addresses.

use std::fmt;
use std::str::FromStr;

/// A link-layer address: six bytes for Ethernet, up to 32 for others (`MAX_ADDR_LEN`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HardwareAddress(Box<[u8]>);

/// Not bytes in hexadecimal with colons between.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no link-layer address, such as `02:00:00:00:00:01`")]
pub struct HardwareAddressError {
    /// The text.
    pub text: Box<str>,
}

impl HardwareAddress {
    /// `MAX_ADDR_LEN` in `linux/netdevice.h`.
    pub(super) const MAX: usize = 32;

    /// An address of these bytes.
    pub fn new(bytes: impl Into<Box<[u8]>>) -> Self {
        Self(bytes.into())
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for HardwareAddress {
    type Err = HardwareAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || HardwareAddressError { text: text.into() };
        let byte = |part: &str| {
            let plain = !part.is_empty() && part.len() <= 2 && !part.starts_with('+');
            u8::from_str_radix(part, 16).ok().filter(|_| plain)
        };
        let bytes: Box<[u8]> = text.split([':', '-']).map(byte).collect::<Option<_>>().ok_or_else(refused)?;
        if bytes.len() > Self::MAX { Err(refused()) } else { Ok(Self(bytes)) }
    }
}

impl fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02x}", if position == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 1..=32)) {
            let address = HardwareAddress::new(bytes);
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", ":", "0", "zz:00", "+1:00", "001:02"] {
            let parsed: Result<HardwareAddress, _> = text.parse();
            assert_eq!(parsed.is_err(), text != "0", "{text:?}");
        }
    }
}
