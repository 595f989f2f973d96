//! `ip nexthop add`, `replace` and `delete`.

use insula_net::{
    DeleteNextHopObject, Family, Member, NewNextHopObject, NextHopObject, Resilience, Route, Verb,
};

use super::super::options;
use super::super::words::{self, matches};
use super::super::{Session, Stop, Words, inet, route};

/// Makes a next hop, or changes one.
pub(super) fn add(session: &mut Session, words: &mut Words<'_>, verb: Verb) -> Result<(), Stop> {
    let object = parse(session, words)?;
    session.change(NewNextHopObject { object, verb }, Stop::from)
}

/// Deletes a next hop.
pub(super) fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let object = parse(session, words)?;
    session.change(DeleteNextHopObject { id: object.id }, Stop::from)
}

fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<NextHopObject, Stop> {
    let mut object = NextHopObject { family: session.options.family.of_ip(), ..NextHopObject::new(0) };
    while let Some(word) = words.take() {
        match word {
            "id" => object.id = super::number(words)?,
            "dev" => {
                object.index = Some(session.master(words.value()?)?);
                object.family.get_or_insert(Family::V4);
            }
            "via" => {
                let (own, word) = route::family_word(words)?;
                let family = own.or_else(|| object.family.map(options::Family::from)).unwrap_or_default();
                let gateway = inet::address(word, family)?;
                object.gateway = Some(gateway);
                object.family.get_or_insert(Family::of(gateway));
            }
            "encap" => return Err(route::unsupported()),
            "blackhole" => {
                object.blackhole = true;
                object.family.get_or_insert(Family::V4);
            }
            "fdb" => object.forwarding = true,
            "onlink" => object.flags |= Route::ON_LINK,
            "group" => object.group = group(words.value()?)?,
            "type" => object.resilience = kind(words)?,
            _ if matches(word, "protocol") => {
                let name = words.value()?;
                let protocol = route::protocol(session, name);
                object.protocol =
                    protocol.ok_or_else(|| Stop::wrong(name, "\"protocol\" value is invalid\n"))?;
            }
            _ if word == "help" => return Err(super::usage()),
            _ => return Err(Stop::wrong(word, "")),
        }
    }
    Ok(object)
}

/// `ID[,WEIGHT]` once or more often, with slashes between.
fn group(word: &str) -> Result<Vec<Member>, Stop> {
    let first = word.split(['/', ',']).next().unwrap_or_default();
    let member = |piece: &str| {
        let (id, weight) = piece.split_once(',').map_or((piece, None), |(id, weight)| (id, Some(weight)));
        let id = words::number(id).ok_or_else(|| Stop::wrong(first, "\"group\" value is invalid\n"))?;
        let weight = match weight {
            None => 1,
            Some(weight) => words::number(weight)
                .filter(|number| (1..=256).contains(number))
                .ok_or_else(|| Stop::wrong(weight, "\"weight\" is invalid\n"))?,
        };
        Ok(Member { id, weight })
    };
    word.split('/').map(member).collect()
}

/// The type of a group, and what belongs to it; times are in seconds.
fn kind(words: &mut Words<'_>) -> Result<Option<Resilience>, Stop> {
    match words.value()? {
        "mpath" => return Ok(None),
        "resilient" => {}
        word => return Err(Stop::wrong(word, "\"type\" value is invalid\n")),
    }
    let mut resilience = Resilience::default();
    while let Some(word) = words.take() {
        match word {
            "buckets" => resilience.buckets = Some(words.number("invalid buckets value")?),
            "idle_timer" => resilience.idle = Some(ticks(words, "invalid idle timer value")?),
            "unbalanced_timer" => {
                resilience.unbalanced = Some(ticks(words, "invalid unbalanced timer value")?);
            }
            _ => {
                words.back();
                break;
            }
        }
    }
    Ok(Some(resilience))
}

/// The next word, seconds, in 1/100 s.
fn ticks(words: &mut Words<'_>, what: &str) -> Result<u32, Stop> {
    let word = words.value()?;
    let seconds = words::number::<u32>(word).and_then(|seconds| seconds.checked_mul(100));
    seconds.ok_or_else(|| Stop::wrong(word, what))
}
