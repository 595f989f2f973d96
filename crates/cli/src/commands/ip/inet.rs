//! Addresses as words: what iproute2 takes for one, and how it writes one.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use insula_net::Prefix;

use super::Stop;
use super::options::Family;

/// What iproute2 calls a family.
pub(super) const fn family_name(family: insula_net::Family) -> &'static str {
    match family {
        insula_net::Family::V4 => "inet",
        insula_net::Family::V6 => "inet6",
    }
}

/// An address as `inet_ntop(3)` writes it, which knows IPv4 addresses in IPv6 ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Host(pub(super) IpAddr);

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let IpAddr::V6(address) = self.0 {
            let segments = address.segments();
            if segments[..6] == [0; 6] && segments[6] != 0 {
                let last = address.to_bits() & u128::from(u32::MAX);
                return write!(f, "::{}", Ipv4Addr::from_bits(u32::try_from(last).expect("32 bits")));
            }
        }
        self.0.fmt(f)
    }
}

/// An address with a length, and whether that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) prefix: Prefix,
    pub(super) explicit: bool,
}

impl Given {
    /// Whether it tells a family: `default` can be of any.
    pub(super) const fn is_of_a_family(self) -> bool {
        self.prefix.length > 0 || self.explicit
    }
}

/// `word` as an address of `family`.
pub(super) fn address(word: &str, family: Family) -> Result<IpAddr, Stop> {
    parse(word, family).ok_or_else(|| expected("address", word, family))
}

/// `word` as an address with or without a length, of `family`; `default`, `any` and `all` have length 0.
pub(super) fn prefix(word: &str, family: Family) -> Result<Given, Stop> {
    let refused = || expected("prefix", word, family);
    if matches!(word, "default" | "any" | "all") {
        let address = unspecified(family);
        return Ok(Given { prefix: Prefix { address, length: 0 }, explicit: false });
    }
    let (host, length) = word.split_once('/').map_or((word, None), |(host, length)| (host, Some(length)));
    let address = parse(host, family).ok_or_else(refused)?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let given = match length {
        None => longest,
        Some(length) => super::words::number::<u8>(length)
            .or_else(|| mask(length).filter(|_| address.is_ipv4()))
            .filter(|length| *length <= longest)
            .ok_or_else(refused)?,
    };
    Ok(Given { prefix: Prefix { address, length: given }, explicit: length.is_some() })
}

/// `255.255.0.0` as a length.
fn mask(word: &str) -> Option<u8> {
    let bits = word.parse::<Ipv4Addr>().ok()?.to_bits();
    let length = bits.leading_ones();
    (bits.count_ones() == length).then(|| u8::try_from(length).expect("at most 32"))
}

fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::Inet6 => insula_net::Family::V6.unspecified(),
        _ => insula_net::Family::V4.unspecified(),
    }
}

fn parse(word: &str, family: Family) -> Option<IpAddr> {
    if matches!(word, "default" | "any" | "all") {
        return Some(unspecified(family));
    }
    let address = word.parse().ok().or_else(|| short(word).map(IpAddr::V4))?;
    match (family, address) {
        (Family::Unspecified, _) | (Family::Inet, IpAddr::V4(..)) | (Family::Inet6, IpAddr::V6(..)) => {
            Some(address)
        }
        _ => None,
    }
}

/// IPv4 with less than four numbers, the rest being zero: `10`, `192.168`.
fn short(word: &str) -> Option<Ipv4Addr> {
    let mut octets = [0; 4];
    let mut parts = word.split('.');
    for octet in &mut octets {
        let Some(part) = parts.next() else { break };
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| octets.into())
}

fn expected(what: &str, word: &str, family: Family) -> Stop {
    let family = match family {
        Family::Inet => "inet",
        Family::Inet6 => "inet6",
        _ => "any valid",
    };
    Stop::usage(format!("Error: {family} {what} is expected rather than \"{word}\".")).exit(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_masked_addresses() {
        let read = |word| prefix(word, Family::Unspecified).unwrap().prefix.to_string();
        assert_eq!(read("10/8"), "10.0.0.0/8");
        assert_eq!(read("192.168"), "192.168.0.0/32");
        assert_eq!(read("10.0.0.0/255.255.0.0"), "10.0.0.0/16");
        assert_eq!(read("default"), "0.0.0.0/0");
        for word in ["", "10.", "10/33", "x", "10.0.0.0/255.0.255.0", "1.2.3.4.5", "fd00::/255.0.0.0"] {
            assert!(prefix(word, Family::Unspecified).is_err(), "{word}");
        }
        assert!(address("::1", Family::Inet).is_err());
    }

    #[test]
    fn ipv4_in_ipv6_is_written_as_inet_ntop_does() {
        let shown = |word: &str| Host(word.parse().unwrap()).to_string();
        assert_eq!(shown("::1.2.3.4"), "::1.2.3.4");
        assert_eq!(shown("::ffff:1.2.3.4"), "::ffff:1.2.3.4");
        assert_eq!(
            (shown("::1"), shown("::"), shown("::abcd")),
            ("::1".into(), "::".into(), "::abcd".into())
        );
        assert_eq!(shown("fe80::1"), "fe80::1");
    }
}
