//! `ip route get`.

use insula_net::{Route, RouteLookup};

use super::super::options::Family;
use super::super::protocols;
use super::super::words::matches;
use super::super::{Session, Stop, Words, inet};
use super::filter::{self, Filter};
use super::show;
use crate::output;

/// `RTM_F_FIB_MATCH`.
const MATCH: u32 = 0x2000;

/// Shows the way that a packet takes.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let lookup = parse(session, words)?;
    let found = Route::get(session.route()?, &lookup)?;
    let filter = Filter::all();
    session.show(|session, page| {
        page.object(|page| show::route(session, page, &found, &filter));
        Ok(())
    })
}

fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<RouteLookup, Stop> {
    let mut family = session.options.family;
    let mut lookup = RouteLookup::to(insula_net::Family::V4.unspecified());
    let mut destination = None;
    while let Some(word) = words.take() {
        match word {
            _ if word == "tos" || matches(word, "dsfield") => {
                let name = words.value()?;
                let number = session.service(name);
                lookup.tos = number.ok_or_else(|| Stop::wrong(name, "TOS value is invalid\n"))?;
            }
            "iif" => lookup.incoming = Some(session.index(words.value()?)?),
            "vrf" => {
                let name = words.value()?;
                filter::vrf(session, name)?;
                lookup.outgoing = Some(session.index(name)?);
            }
            "oif" | "dev" => lookup.outgoing = Some(session.index(words.value()?)?),
            "mark" => lookup.mark = Some(words.number("invalid mark value\n")?),
            "uid" => lookup.uid = Some(words.number("invalid UID\n")?),
            "fibmatch" => lookup.flags |= MATCH,
            "notify" => lookup.flags |= 0x100,
            "ipproto" => {
                let name = words.value()?;
                let number = protocols::number(name);
                lookup.protocol =
                    Some(number.ok_or_else(|| Stop::wrong(name, "Invalid \"ipproto\" value\n"))?);
            }
            "sport" => lookup.source_port = Some(words.number("invalid sport\n")?),
            "dport" => lookup.destination_port = Some(words.number("invalid dport\n")?),
            "connected" => {
                return Err(Stop::usage("Error: \"connected\" is not supported")
                    .hint("ask again with `from` and the address behind `src`"));
            }
            _ if matches(word, "from") => {
                let word = words.value()?;
                let word = if matches(word, "help") { return Err(super::usage()) } else { word };
                lookup.source = Some(single(word, &mut family)?);
            }
            _ => {
                let word = if word == "to" { words.value()? } else { word };
                if matches(word, "help") {
                    return Err(super::usage());
                }
                destination = Some(single(word, &mut family)?);
                warn(word);
            }
        }
    }
    let missing = || Stop::failed("need at least a destination address");
    lookup.destination = destination.ok_or_else(missing)?;
    Ok(lookup)
}

/// Says that a length does not matter, where one is given for more than one address.
fn warn(word: &str) {
    let Ok(given) = inet::prefix(word, Family::Unspecified) else { return };
    let (length, whole) = (given.prefix.length, insula_net::Family::of(given.prefix.address).bits());
    if given.explicit && length != whole {
        output::complain(&format!(
            "Warning: /{length} as prefix is invalid, only /{whole} (or none) is supported.\n"
        ));
    }
}

/// An address; a length behind it does not matter.
fn single(word: &str, family: &mut Family) -> Result<std::net::IpAddr, Stop> {
    let given = inet::prefix(word, *family)?;
    if *family == Family::Unspecified {
        *family = Family::of(given.prefix.address);
    }
    Ok(given.prefix.address)
}
