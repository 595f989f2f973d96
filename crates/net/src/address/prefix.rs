//! An address and the network that it is in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// An address and how many of its first bits name the network: `10.0.0.1/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    /// The address, with all its bits.
    pub address: IpAddr,
    /// 0 to 32, or to 128 for IPv6.
    pub length: u8,
}

/// Not an address, or not a length that it can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no address with a prefix length, such as `10.0.0.1/24` or `fd00::1/64`")]
pub struct PrefixError {
    /// The text.
    pub text: Box<str>,
}

impl Prefix {
    /// The network: all bits behind the prefix zero.
    #[must_use]
    pub fn network(self) -> Self {
        let kept = u32::from(self.length);
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - kept.min(32)).unwrap_or(0);
                IpAddr::V4((address.to_bits() & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - kept.min(128)).unwrap_or(0);
                IpAddr::V6((address.to_bits() & mask).into())
            }
        };
        Self { address, length: self.length }
    }

    /// The address to which packets for the whole network go. IPv6 has none, nor has a network of one or two (RFC 3021).
    #[must_use]
    pub const fn broadcast(self) -> Option<IpAddr> {
        match self.address {
            IpAddr::V4(address) if self.length <= 30 => {
                Some(IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() | u32::MAX >> self.length)))
            }
            _ => None,
        }
    }

    /// Whether `address` is in the network.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && Self { address, length: self.length }.network() == self.network()
    }

    /// Whether the two networks have an address in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        if self.length <= other.length { self.contains(other.address) } else { other.contains(self.address) }
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    /// Without a length it is that of a single address.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let refused = || PrefixError { text: text.into() };
        let (address, length) =
            text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => longest,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|length| *length <= longest).ok_or_else(refused)?
            }
            Some(_) => return Err(refused()),
        };
        Ok(Self { address, length })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn networks_contain_their_addresses_and_no_other() {
        assert_eq!(prefix("10.1.2.3/8").network(), prefix("10.0.0.0/8"));
        assert_eq!(prefix("fd00::1/0").network(), prefix("::/0"));
        assert!(prefix("10.0.0.0/8").overlaps(prefix("10.1.0.0/16")));
        assert!(prefix("10.1.0.0/16").overlaps(prefix("10.0.0.0/8")));
        assert!(!prefix("10.1.0.0/16").overlaps(prefix("10.2.0.0/16")));
        assert!(!prefix("0.0.0.0/0").overlaps(prefix("::/0")));
    }

    #[test]
    fn last_address_of_a_network_is_for_all() {
        assert_eq!(prefix("10.1.2.3/8").broadcast(), Some(prefix("10.255.255.255").address));
        assert_eq!(prefix("10.1.2.3/0").broadcast(), Some(prefix("255.255.255.255").address));
        assert_eq!(prefix("10.1.2.1/30").broadcast(), Some(prefix("10.1.2.3").address));
        for none in ["10.1.2.3/31", "10.1.2.3/32", "fd00::1/64"] {
            assert_eq!(prefix(none).broadcast(), None);
        }
    }

    #[test]
    fn what_is_no_prefix_is_refused() {
        for text in ["", "10.0.0.1/33", "10.0.0.1/", "10.0.0.1/+1", "10.0.0/8", "fd00::1/129", "fd00::1/-1"] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
        assert_eq!(prefix("10.0.0.1").length, 32);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(address: IpAddr, length: u8) {
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let prefix = Prefix { address, length: length % (longest + 1) };
            prop_assert_eq!(prefix.to_string().parse(), Ok(prefix));
            prop_assert!(prefix.network().contains(address));
        }
    }
}
