//! The words that name networks and what is in them.

use std::net::{IpAddr, Ipv4Addr};

use insula_engine::firewall::{Forward, InvalidPorts, Publication};
use insula_engine::network::{BridgeName, Inward, Networks, PortAddress, Site};
use insula_engine::set::SetName;
use insula_net::Prefix;

use crate::args::{Arg, Invalid, text};
use crate::report::Failure;

/// A set, or the host.
pub(super) fn site(word: Arg) -> Result<Site, Failure> {
    utf8(word)?.parse().map_err(|error: insula_engine::set::InvalidName| Failure::usage(error.to_string()))
}

/// A set.
pub(super) fn set(word: Arg) -> Result<Site, Failure> {
    match site(word)? {
        Site::Host => {
            Err(Failure::usage("expected a set, and `host` is the network that this command is in"))
        }
        site => Ok(site),
    }
}

/// The name of a set that is to be made.
pub(super) fn set_name(word: Arg) -> Result<SetName, Failure> {
    match set(word)? {
        Site::Set(name) => Ok(name),
        Site::Host | Site::Nameless => Err(Failure::usage("expected the name of a set")),
    }
}

/// A bridge.
pub(in super::super) fn bridge(word: Arg) -> Result<BridgeName, Failure> {
    utf8(word)?
        .parse()
        .map_err(|error: insula_engine::network::BridgeNameError| Failure::usage(error.to_string()))
}

/// Ports to publish.
pub(in super::super) fn publication(word: Arg) -> Result<Publication, Failure> {
    utf8(word)?.parse().map_err(|error: InvalidPorts| Failure::usage(error.to_string()))
}

/// A service of the host's loopback.
pub(super) fn forward(word: Arg) -> Result<Forward, Failure> {
    utf8(word)?.parse().map_err(|error: InvalidPorts| {
        let hint = match error {
            InvalidPorts::NotLoopback { .. } => "it is reached as it is, by that address",
            _ => "`insula net forward --help` says what is",
        };
        Failure::usage(error.to_string()).hint(hint)
    })
}

/// Who is to reach a service of the host: a bridge, if there is one of that name, or a set.
pub(super) fn inward(networks: &Networks, word: Arg) -> Result<Inward, Failure> {
    let set = set_name(word)?;
    match bridge(word) {
        Ok(bridge) if networks.has_bridge(&bridge).map_err(super::report::explain)? => {
            Ok(Inward::Bridge(bridge))
        }
        _ => Ok(Inward::Set(set)),
    }
}

/// An address of a set at a bridge, with the length of its network or without.
pub(in super::super) fn port_address(word: Arg) -> Result<PortAddress, Invalid> {
    if text(word)?.contains('/') {
        return address(word).map(PortAddress::In);
    }
    Ok(PortAddress::Alone(of_interface(word)?.address))
}

/// An address of an interface, with the length of its network.
pub(in super::super) fn address(word: Arg) -> Result<Prefix, Invalid> {
    let prefix = of_interface(word)?;
    let text = text(word)?;
    if !text.contains('/') {
        return Err(Invalid(format!("the length of its network is missing: {text}/24")));
    }
    if prefix.length == 0 {
        return Err(Invalid("its network would be all addresses".to_owned()));
    }
    let longest = if prefix.address.is_ipv4() { 31 } else { 127 };
    if prefix.length < longest && prefix.network().address == prefix.address {
        return Err(Invalid("it is the address of the whole network".to_owned()));
    }
    if prefix.broadcast() == Some(prefix.address) {
        return Err(Invalid("packets to this address go to the whole network".to_owned()));
    }
    Ok(prefix)
}

/// Adds an address to those of one interface.
pub(super) fn further<A: PartialEq>(addresses: &mut Vec<A>, one: A) -> Result<(), Invalid> {
    if addresses.contains(&one) {
        return Err(Invalid("it is said twice".to_owned()));
    }
    addresses.push(one);
    Ok(())
}

/// An address that an interface can have, with the length of its network or without.
fn of_interface(word: Arg) -> Result<Prefix, Invalid> {
    let prefix: Prefix = text(word)?.parse()?;
    let address = prefix.address;
    if address.is_unspecified() || address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST) {
        return Err(Invalid("no interface can have this address".to_owned()));
    }
    if address.is_loopback() {
        return Err(Invalid("addresses of this kind are the loopback's, `lo`".to_owned()));
    }
    Ok(prefix)
}

/// The most bytes of an alternative name.
const LONGEST_NAME: usize = 127;

/// The name of an interface: what the kernel cannot take, or find by an alternative name, is refused.
pub(super) fn interface(word: Arg) -> Result<String, Invalid> {
    let name = text(word)?;
    let refused = name.is_empty()
        || name.len() > LONGEST_NAME
        || matches!(name, "." | "..")
        || name.contains(['/', ':', '%'])
        || name.chars().any(|char| char.is_whitespace() || char.is_control());
    if refused {
        return Err(Invalid("no interface can have this name".to_owned()));
    }
    Ok(name.to_owned())
}

/// Bytes of a packet: from the least that IPv4 takes.
pub(super) fn mtu(word: Arg) -> Result<u32, Invalid> {
    match crate::args::number(word)? {
        mtu @ 68..=65535 => Ok(mtu),
        _ => Err(Invalid("the least is 68, the most 65535".to_owned())),
    }
}

fn utf8(word: Arg) -> Result<&'static str, Failure> {
    word.to_str().ok_or_else(|| Failure::usage(format!("`{}` is not valid UTF-8", word.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn only_what_an_interface_can_have_is_an_address() {
        for good in
            ["10.0.0.1/24", "10.0.0.0/31", "10.0.0.1/31", "10.0.0.255/23", "10.0.0.1/32", "fd00::1/64"]
        {
            assert!(address(OsStr::new(good)).is_ok(), "{good}");
        }
        for bad in [
            "10.0.0.1",
            "10.0.0.0/24",
            "0.0.0.0/8",
            "224.0.0.1/4",
            "fd00::/64",
            "10.0.0.1/33",
            "10.0.0.255/24",
            "10.0.1.255/23",
        ] {
            assert!(address(OsStr::new(bad)).is_err(), "{bad}");
        }
    }
}
