//! The bytes of netlink: `struct nlmsghdr`, `struct nlattr`, and what is in them.
//!
//! What is read is checked for its length once, here, and nothing in it can make a reader panic. What is written is in the byte
//! order of the machine unless a name says otherwise (`put_be16`), as the kernel's headers have it.

mod attribute;
mod field;
mod message;

pub(crate) use attribute::{Attribute, Attributes};
pub use field::Present;
#[cfg(test)]
pub(crate) use field::{Arbitrary, arbitrary};
pub(crate) use field::{Field, Native, Network, attributes, order};
pub(crate) use message::{Message, Messages, Received};

/// What came from the kernel, or from a file, is not what its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message that is too short for what it holds")]
pub struct Malformed;

/// Marks the type of an attribute that holds attributes: `NLA_F_NESTED`. Not every family sets it.
pub(crate) const NESTED: u16 = 0x8000;

/// The bytes of an address, in network order.
pub(crate) fn octets(address: std::net::IpAddr) -> Vec<u8> {
    match address {
        std::net::IpAddr::V4(address) => address.octets().to_vec(),
        std::net::IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Attributes and messages start at multiples of four bytes: `NLA_ALIGNTO`, `NLMSG_ALIGNTO`.
const ALIGNMENT: usize = 4;

/// The first `N` bytes of `bytes`.
pub(crate) fn first<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Malformed> {
    bytes.first_chunk().copied().ok_or(Malformed)
}

/// The `N` bytes of `bytes` from position `at`.
pub(crate) fn at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], Malformed> {
    first(bytes.get(at..).ok_or(Malformed)?)
}

/// Bytes as `strace -e write=all` shows them.
#[cfg(test)]
pub(crate) fn captured(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
