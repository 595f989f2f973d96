//! Which neighbours are shown or flushed.

use insula_net::{Neighbour, NeighbourFilter, NeighbourFlags, NeighbourState, Prefix};

use super::super::catalog::Catalog;
use super::super::options::Family;
use super::super::words::{self, matches};
use super::super::{Session, Stop, Words, inet};

/// Neighbours of whom nothing is known have no bit of their own.
const UNKNOWN: u16 = 0x100;

/// What a neighbour must be.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    family: Family,
    states: u16,
    pub(super) index: Option<u32>,
    master: Option<u32>,
    within: Option<Prefix>,
    unused: bool,
    proxy: bool,
    protocol: Option<u8>,
}

impl Filter {
    /// `states` are those that are wanted where the words say none.
    pub(super) fn parse(session: &mut Session, words: &mut Words<'_>, states: u16) -> Result<Self, Stop> {
        let mut filter = Self { family: session.options.family, states, ..Self::default() };
        let mut said = false;
        while let Some(word) = words.take() {
            match word {
                "dev" => filter.index = Some(session.index(words.value()?)?),
                "master" => filter.master = Some(session.master(words.value()?)?),
                "vrf" => filter.master = Some(session.vrf(words.value()?)?),
                "nomaster" => filter.master = Some(u32::MAX),
                "unused" => filter.unused = true,
                "proxy" => filter.proxy = true,
                "nud" => {
                    let word = words.value()?;
                    if !said {
                        filter.states = 0;
                        said = true;
                    }
                    filter.states |= if word == "all" { u16::MAX } else { state(word)?.0 };
                    if filter.states == 0 {
                        filter.states = UNKNOWN;
                    }
                }
                _ if matches(word, "protocol") => filter.protocol = Some(protocol(session, words.value()?)?),
                _ => {
                    let word = if word == "to" { words.value()? } else { word };
                    if matches(word, "help") {
                        return Err(super::usage());
                    }
                    let given = inet::prefix(word, filter.family)?;
                    if filter.family == Family::Unspecified && given.is_of_a_family() {
                        filter.family = Family::of(given.prefix.address);
                    }
                    filter.within = Some(given.prefix);
                }
            }
        }
        Ok(filter)
    }

    /// The neighbours that it wants.
    pub(super) fn list(&self, session: &mut Session) -> Result<Vec<Neighbour>, Stop> {
        let flags = if self.proxy { NeighbourFlags::PROXY } else { NeighbourFlags::default() };
        let wanted =
            NeighbourFilter { family: self.family.of_ip(), index: self.index, master: self.master, flags };
        let all = Neighbour::list(session.route()?, &wanted)?;
        Ok(all.into_iter().filter(|neighbour| self.accepts(neighbour)).collect())
    }

    fn accepts(&self, neighbour: &Neighbour) -> bool {
        // These are shown whatever their state.
        let special = neighbour.flags.contains(NeighbourFlags::PROXY)
            || neighbour.flags.contains(NeighbourFlags::EXTERNALLY_LEARNED);
        let state = special
            || self.states & neighbour.state.0 != 0
            || (neighbour.state == NeighbourState::NONE && self.states & UNKNOWN != 0);
        state
            && self.within.is_none_or(|within| within.contains(neighbour.address))
            && self.protocol.is_none_or(|protocol| neighbour.protocol.unwrap_or(0) == protocol)
            && !(self.unused && neighbour.age.is_some_and(|age| age.references > 0))
    }
}

/// The state called `word`, which may be a number.
pub(super) fn state(word: &str) -> Result<NeighbourState, Stop> {
    let named = NeighbourState::NAMES.into_iter().find(|(_, name)| *name == word).map(|(state, _)| state);
    let none = (word == "none").then_some(NeighbourState::NONE);
    let number = || words::number(word).filter(|number| *number <= 0xff).map(NeighbourState);
    named.or(none).or_else(number).ok_or_else(|| Stop::wrong(word, "nud state is bad"))
}

/// Who made a neighbour: the protocol called `name`.
pub(super) fn protocol(session: &mut Session, name: &str) -> Result<u8, Stop> {
    let number = session.number(Catalog::Protocols, name).and_then(|number| u8::try_from(number).ok());
    number.ok_or_else(|| Stop::wrong(name, "\"protocol\" value is invalid\n"))
}
