//! `ip address add`, `change`, `replace` and `delete`.

use std::net::{IpAddr, Ipv4Addr};

use insula_net::{AddressFlags, Lifetime, Network, NewAddress, Prefix, RemoveAddress, Scope, Verb};

use super::super::catalog::Catalog;
use super::super::inet::{self, Given};
use super::super::options::Family;
use super::super::words::{self, matches};
use super::super::{Session, Stop, Words};
use crate::output;

/// An IPv4 broadcast address, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broadcast {
    This(IpAddr),
    /// All bits behind the prefix one: `+`.
    Ones,
    /// Or zero: `-`.
    Zeros,
}

/// What the words say.
#[derive(Clone, Debug, Default)]
struct Asked {
    family: Family,
    device: Option<String>,
    local: Option<(Given, String)>,
    peer: Option<Given>,
    broadcast: Option<Broadcast>,
    anycast: Option<IpAddr>,
    scope: Option<Scope>,
    label: Option<String>,
    valid: Option<Lifetime>,
    preferred: Option<Lifetime>,
    priority: Option<u32>,
    flags: u32,
}

impl Asked {
    fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let mut asked = Self { family: session.options.family, ..Self::default() };
        while let Some(word) = words.take() {
            match word {
                "peer" | "remote" => {
                    let word = words.value()?;
                    once("peer", word, asked.peer.as_ref())?;
                    asked.peer = Some(asked.prefix(word)?);
                }
                word if matches(word, "broadcast") || word == "brd" => {
                    let word = words.value()?;
                    once("broadcast", word, asked.broadcast.as_ref())?;
                    asked.broadcast = Some(match word {
                        "+" => Broadcast::Ones,
                        "-" => Broadcast::Zeros,
                        word => Broadcast::This(asked.address(word)?),
                    });
                }
                "anycast" => {
                    let word = words.value()?;
                    once("anycast", word, asked.anycast.as_ref())?;
                    asked.anycast = Some(asked.address(word)?);
                }
                "scope" => {
                    let name = words.value()?;
                    let number =
                        session.number(Catalog::Scopes, name).and_then(|number| u8::try_from(number).ok());
                    asked.scope =
                        Some(Scope(number.ok_or_else(|| Stop::wrong(name, "invalid scope value."))?));
                }
                "dev" => asked.device = Some(words.value()?.to_owned()),
                "label" => asked.label = Some(words.value()?.to_owned()),
                "metric" | "priority" | "preference" => {
                    asked.priority = Some(words.number("\"metric\" value is invalid\n")?);
                }
                word if matches(word, "valid_lft") => {
                    asked.valid = Some(lifetime("valid_lft", words, asked.valid)?);
                }
                word if matches(word, "preferred_lft") => {
                    asked.preferred = Some(lifetime("preferred_lft", words, asked.preferred)?);
                }
                "home" => asked.flags |= AddressFlags::HOME.0,
                "nodad" => asked.flags |= AddressFlags::NO_DAD.0,
                "optimistic" => asked.flags |= AddressFlags::OPTIMISTIC.0,
                "mngtmpaddr" => asked.flags |= AddressFlags::MANAGE_TEMPORARY.0,
                "noprefixroute" => asked.flags |= AddressFlags::NO_PREFIX_ROUTE.0,
                "autojoin" => asked.flags |= AddressFlags::MULTICAST_JOIN.0,
                word => {
                    let word = if word == "local" { words.value()? } else { word };
                    if matches(word, "help") {
                        return Err(super::usage());
                    }
                    if asked.local.is_some() {
                        return Err(Stop::garbage("local", word));
                    }
                    if matches!(word, "any" | "all" | "default") {
                        return Err(no_address(word, asked.family));
                    }
                    asked.local = Some((asked.prefix(word)?, word.to_owned()));
                }
            }
        }
        Ok(asked)
    }

    /// The first address tells the family of the others.
    fn prefix(&mut self, word: &str) -> Result<Given, Stop> {
        let given = inet::prefix(word, self.family)?;
        self.family = Family::of(given.prefix.address);
        Ok(given)
    }

    fn address(&mut self, word: &str) -> Result<IpAddr, Stop> {
        let address = inet::address(word, self.family)?;
        self.family = Family::of(address);
        Ok(address)
    }

    /// The interface.
    fn device(&self) -> Result<&str, Stop> {
        let missing = || Stop::failed("Not enough information: \"dev\" argument is required.");
        self.device.as_deref().ok_or_else(missing)
    }

    /// The address with its own length, or that of the other end.
    fn whole(&self) -> Result<Prefix, Stop> {
        let Some((local, _)) = &self.local else {
            return Err(Stop::failed("RTNETLINK answers: Invalid argument")
                .exit(2)
                .cause("no address is given"));
        };
        let length = self.peer.map_or(local.prefix.length, |peer| peer.prefix.length);
        Ok(Prefix { address: local.prefix.address, length })
    }

    fn lifetimes(&self) -> Result<Option<(Lifetime, Lifetime)>, Stop> {
        if self.valid.is_none() && self.preferred.is_none() {
            return Ok(None);
        }
        let valid = self.valid.unwrap_or(Lifetime::FOREVER);
        let preferred = self.preferred.unwrap_or(Lifetime::FOREVER);
        if valid == Lifetime(0) {
            return Err(Stop::failed("valid_lft is zero"));
        }
        if valid.0 < preferred.0 {
            return Err(Stop::failed("preferred_lft is greater than valid_lft"));
        }
        Ok(Some((preferred, valid)))
    }

    /// The broadcast address of the network that the other end's length says.
    fn broadcast(&self, whole: Prefix) -> Result<Option<IpAddr>, Stop> {
        let ones = match self.broadcast {
            None => return Ok(None),
            Some(Broadcast::This(address)) => return Ok(Some(address)),
            Some(Broadcast::Ones) => true,
            Some(Broadcast::Zeros) => false,
        };
        let base = self.peer.map_or(whole.address, |peer| peer.prefix.address);
        let IpAddr::V4(base) = base else {
            return Err(Stop::failed("Broadcast can be set only for IPv4 addresses"));
        };
        if whole.length > 30 {
            return Ok(None);
        }
        let host = u32::MAX >> whole.length;
        let bits = if ones { base.to_bits() | host } else { base.to_bits() & !host };
        Ok(Some(Ipv4Addr::from_bits(bits).into()))
    }
}

fn once<T>(key: &str, value: &str, before: Option<&T>) -> Result<(), Stop> {
    if before.is_some() { Err(Stop::duplicate(key, value)) } else { Ok(()) }
}

fn lifetime(key: &str, words: &mut Words<'_>, before: Option<Lifetime>) -> Result<Lifetime, Stop> {
    once(key, key, before.as_ref())?;
    match words.value()? {
        "forever" => Ok(Lifetime::FOREVER),
        word => {
            let seconds = words::number(word).ok_or_else(|| Stop::wrong(word, &format!("{key} value")))?;
            Ok(Lifetime(seconds))
        }
    }
}

/// Gives an interface an address.
pub(super) fn add(session: &mut Session, words: &mut Words<'_>, verb: Verb) -> Result<(), Stop> {
    let asked = Asked::parse(session, words)?;
    let device = asked.device()?;
    let prefix = asked.whole()?;
    let broadcast = asked.broadcast(prefix)?;
    let index = session.index(device)?;
    let lifetimes = asked.lifetimes()?;
    let joins = asked.flags & AddressFlags::MULTICAST_JOIN.0 != 0;
    if joins && !prefix.address.is_multicast() {
        return Err(Stop::failed("autojoin needs multicast address"));
    }
    let new = NewAddress::new(index, prefix);
    let request = NewAddress {
        peer: asked.peer.map(|peer| peer.prefix.address),
        broadcast,
        anycast: asked.anycast,
        scope: asked.scope.unwrap_or(new.scope),
        label: asked.label.clone(),
        flags: AddressFlags(asked.flags),
        lifetimes,
        priority: asked.priority,
        verb,
        ..new
    };
    session.change(request, Stop::from)
}

/// Takes an address from an interface.
pub(super) fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let asked = Asked::parse(session, words)?;
    let device = asked.device()?;
    let prefix = asked.whole()?;
    let mut network = Network::Same;
    if let (Some((local, word)), None) = (&asked.local, asked.peer)
        && local.prefix.address.is_ipv4()
        && !local.explicit
    {
        network = Network::Any;
        output::complain(&format!(
            "Warning: Executing wildcard deletion to stay compatible with old scripts.\n         \
             Explicitly specify the prefix length ({word}/32) to avoid this warning.\n         \
             This special behaviour is likely to disappear in further releases,\n         fix your scripts!\n"
        ));
    }
    let request = RemoveAddress {
        peer: asked.peer.map(|peer| peer.prefix.address),
        label: asked.label.clone(),
        network,
        ..RemoveAddress::new(session.index(device)?, prefix)
    };
    session.change(request, Stop::from)
}

/// In the words of the kernel, which is told of an address without bytes.
fn no_address(word: &str, family: Family) -> Stop {
    let said = match family {
        Family::Unspecified => "RTNETLINK answers: Operation not supported",
        _ => "Error: Attribute failed policy validation.",
    };
    Stop::failed(said).exit(2).cause(format!("`{word}` is no address that a link can have"))
}
