//! `ip neigh add`, `change`, `replace` and `delete`.

use std::net::IpAddr;

use insula_net::{
    DeleteNeighbour, HardwareAddress, Neighbour, NeighbourFlags, NeighbourState, NewNeighbour, Verb,
};

use super::super::words::matches;
use super::super::{Session, Stop, Words, inet};
use super::filter;

/// Makes a neighbour, or changes one.
pub(super) fn add(session: &mut Session, words: &mut Words<'_>, verb: Verb) -> Result<(), Stop> {
    let neighbour = parse(session, words)?;
    session.change(NewNeighbour { neighbour, verb }, Stop::from)
}

/// Deletes a neighbour.
pub(super) fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let neighbour = parse(session, words)?;
    session.change(DeleteNeighbour { neighbour }, Stop::from)
}

fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Neighbour, Stop> {
    let (mut device, mut address, mut hardware): (Option<String>, Option<IpAddr>, Option<_>) =
        (None, None, None);
    let mut state = NeighbourState::PERMANENT;
    let mut flags = NeighbourFlags::default();
    let mut protocol = None;
    while let Some(word) = words.take() {
        match word {
            "lladdr" => {
                let word = words.value()?;
                hardware =
                    if word == "null" { Some(HardwareAddress::new([])) } else { Some(link_address(word)?) };
            }
            "nud" => state = filter::state(words.value()?)?,
            "dev" => device = Some(words.value()?.to_owned()),
            "router" => flags = flags | NeighbourFlags::ROUTER,
            "use" => (flags, state) = (flags | NeighbourFlags::USE, NeighbourState::NONE),
            "managed" => (flags, state) = (flags | NeighbourFlags::MANAGED, NeighbourState::NONE),
            "extern_learn" => flags = flags | NeighbourFlags::EXTERNALLY_LEARNED,
            _ if matches(word, "protocol") => protocol = Some(filter::protocol(session, words.value()?)?),
            _ => {
                let word = match word {
                    "proxy" => {
                        flags = flags | NeighbourFlags::PROXY;
                        words.value()?
                    }
                    "to" => words.value()?,
                    word => word,
                };
                if matches(word, "help") {
                    return Err(super::usage());
                }
                if address.is_some() {
                    return Err(Stop::garbage("to", word));
                }
                address = Some(inet::address(word, session.options.family)?);
            }
        }
    }
    let (Some(device), Some(address)) = (device, address) else {
        return Err(Stop::usage("Device and destination are required arguments."));
    };
    let index = session.index(&device)?;
    Ok(Neighbour { hardware, state, flags, protocol, ..Neighbour::unknown(index, address) })
}

/// In the words of the original where it sees no number, and otherwise in the kernel's, which it leaves the rest to.
fn link_address(word: &str) -> Result<HardwareAddress, Stop> {
    let is_none = |piece: &&str| !piece.starts_with(|first: char| first.is_ascii_hexdigit());
    word.parse().map_err(|error: insula_net::HardwareAddressError| {
        let stop = match word.split(':').find(is_none) {
            Some(piece) => Stop::failed(format!("\"{piece}\" is invalid lladdr.")),
            None => Stop::failed("Error: Invalid link address.").exit(2),
        };
        stop.cause(error.to_string())
    })
}
