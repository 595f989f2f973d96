//! `nexthop`: several ways of one route.

use insula_net::{NextHop, Route};

use super::super::options::Family;
use super::super::words::matches;
use super::super::{Session, Stop, Words, inet};
use super::filter::{family_word, realms};

/// Takes all that follow the first `nexthop`. A route of no family yet is of that of the first router.
pub(super) fn take(
    session: &mut Session,
    words: &mut Words<'_>,
    family: &mut Family,
) -> Result<Vec<NextHop>, Stop> {
    let mut hops = vec![one(session, words, family)?];
    while let Some(word) = words.take() {
        if word != "nexthop" {
            return Err(Stop::usage(format!(
                "Error: \"nexthop\" or end of line is expected instead of \"{word}\""
            )));
        }
        hops.push(one(session, words, family)?);
    }
    Ok(hops)
}

/// Takes one, up to the next `nexthop`.
fn one(session: &mut Session, words: &mut Words<'_>, family: &mut Family) -> Result<NextHop, Stop> {
    if matches!(words.peek(), None | Some("nexthop")) {
        return Err(Stop::usage("Error: unexpected end of line after \"nexthop\""));
    }
    let mut hop = NextHop::dev(0);
    while let Some(word) = words.take() {
        match word {
            "via" => {
                let (own, word) = family_word(words)?;
                let gateway = inet::address(word, own.unwrap_or(*family))?;
                if *family == Family::Unspecified {
                    *family = Family::of(gateway);
                }
                hop.gateway = Some(gateway);
            }
            "dev" => hop.index = session.index(words.value()?)?,
            "weight" => {
                let word = words.value()?;
                let weight =
                    super::super::words::number::<u16>(word).filter(|weight| (1..=256).contains(weight));
                hop.weight = weight.ok_or_else(|| Stop::wrong(word, "\"weight\" is invalid\n"))?;
            }
            "onlink" => hop.flags |= u8::try_from(Route::ON_LINK).expect("a small number"),
            word if matches(word, "realms") => hop.realm = Some(realms(session, words.value()?)?),
            "encap" => return Err(unsupported()),
            _ => {
                words.back();
                break;
            }
        }
    }
    Ok(hop)
}

/// Encapsulation is a language of its own for each type.
pub(in super::super) fn unsupported() -> Stop {
    Stop::usage("Error: routes with \"encap\" cannot be made")
        .cause("insula has no words for encapsulation; it shows only its type")
        .hint("the `ip` of iproute2 makes such routes")
}
