//! Which next hops are shown or flushed.

use insula_net::{NextHopFilter, NextHopObject, RouteProtocol};

use super::super::words::matches;
use super::super::{Session, Stop, Words, route};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Filter {
    /// One.
    Id(u32),
    /// Those that are like this.
    Like { wanted: NextHopFilter, protocol: Option<RouteProtocol> },
}

impl Filter {
    pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let mut wanted = NextHopFilter { family: session.options.family.of_ip(), ..NextHopFilter::default() };
        let mut protocol = None;
        while let Some(word) = words.take() {
            match word {
                "dev" => wanted.index = Some(session.master(words.value()?)?),
                "groups" => wanted.groups = true,
                "master" => wanted.master = Some(session.master(words.value()?)?),
                "vrf" => wanted.master = Some(vrf(session, words)?),
                // What follows does not matter.
                "id" => return Ok(Self::Id(super::number(words)?)),
                "fdb" => wanted.forwarding = true,
                _ if matches(word, "protocol") => {
                    let name = words.value()?;
                    let number = route::protocol(session, name);
                    protocol = Some(number.ok_or_else(|| Stop::wrong(name, "invalid protocol value"))?);
                }
                _ if matches(word, "help") => return Err(super::usage()),
                _ => return Err(Stop::wrong(word, "")),
            }
        }
        Ok(Self::Like { wanted, protocol })
    }

    /// The next hops that it wants.
    pub(super) fn list(self, session: &mut Session) -> Result<Vec<NextHopObject>, Stop> {
        match self {
            Self::Id(id) => Ok(vec![NextHopObject::get(session.route()?, id)?]),
            Self::Like { wanted, protocol } => {
                let mut all = NextHopObject::list(session.route()?, &wanted)?;
                all.retain(|one| protocol.is_none_or(|protocol| one.protocol == protocol));
                Ok(all)
            }
        }
    }
}

/// The next word as the name of a VRF.
pub(super) fn vrf(session: &mut Session, words: &mut Words<'_>) -> Result<u32, Stop> {
    let name = words.value()?;
    session.vrf(name).map_err(|_| Stop::wrong(name, "Invalid VRF\n"))
}
