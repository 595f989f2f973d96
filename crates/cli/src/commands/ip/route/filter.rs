//! Which routes are shown or flushed.

use std::net::IpAddr;

use insula_net::kind::Vrf;
use insula_net::{Prefix, Route, RouteFilter, RouteKind, RouteProtocol, Scope};

use super::super::catalog::Catalog;
use super::super::inet;
use super::super::options::Family;
use super::super::words::{self, matches};
use super::super::{Session, Stop, Words};

/// `RTM_F_CLONED`: routes of single destinations, which are remembered apart.
pub(in super::super) const CLONED: u32 = 0x200;

/// What a route must be; what the filter says is not shown again.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Filter {
    pub(super) family: Family,
    /// `None` is every one.
    pub(super) table: Option<u32>,
    pub(super) cloned: bool,
    /// Whether local and broadcast routes are left out, as the table of a VRF has them too.
    own_left_out: bool,
    pub(super) protocol: Option<RouteProtocol>,
    pub(super) scope: Option<Scope>,
    pub(super) kind: Option<RouteKind>,
    pub(super) tos: Option<u8>,
    pub(super) outgoing: Option<u32>,
    pub(super) incoming: Option<u32>,
    pub(super) metric: Option<u32>,
    pub(super) mark: Option<u32>,
    /// A realm, and which bits of it count.
    pub(super) realm: Option<(u32, u32)>,
    pub(super) via: Option<IpAddr>,
    pub(super) source: Option<IpAddr>,
    to: Range,
    from: Range,
}

/// Prefixes that contain one prefix and are contained in another one.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    root: Option<Prefix>,
    matching: Option<Prefix>,
}

impl Range {
    /// Takes `[root|match|exact] PREFIX`, of which `word` is the first.
    fn take(&mut self, word: &str, words: &mut Words<'_>, family: Family) -> Result<(), Stop> {
        let prefix = |word: &str| inet::prefix(word, family).map(|given| given.prefix);
        if matches(word, "root") {
            self.root = Some(prefix(words.value()?)?);
        } else if matches(word, "match") {
            self.matching = Some(prefix(words.value()?)?);
        } else {
            let word = if matches(word, "exact") { words.value()? } else { word };
            if matches!(word, "any" | "all") {
                return Ok(());
            }
            let exact = prefix(word)?;
            (self.root, self.matching) = (Some(exact), Some(exact));
        }
        Ok(())
    }

    fn accepts(&self, prefix: Prefix) -> bool {
        self.root.is_none_or(|root| root.length <= prefix.length && root.contains(prefix.address))
            && self
                .matching
                .is_none_or(|inner| prefix.length <= inner.length && prefix.contains(inner.address))
    }
}

impl Filter {
    /// What `ip route list` without words shows.
    pub(super) fn main(family: Family) -> Self {
        Self { family, table: Some(Route::MAIN), ..Self::default() }
    }

    /// All of them, with nothing left out.
    pub(super) fn all() -> Self {
        Self::default()
    }

    /// Those by one link, or all of them: for the monitor.
    pub(in super::super) fn of_link(index: Option<u32>) -> Self {
        Self { outgoing: index, ..Self::default() }
    }

    pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let mut filter = Self::main(session.options.family);
        while let Some(word) = words.take() {
            if matches(word, "table") {
                filter.of_table(session, words.value()?)?;
            } else if word == "vrf" {
                filter.table = Some(vrf(session, words.value()?)?);
                filter.own_left_out = true;
            } else if matches(word, "cached") || matches(word, "cloned") {
                filter.cloned = true;
            } else if word == "tos" || matches(word, "dsfield") {
                let name = words.value()?;
                let number = session.service(name);
                filter.tos = Some(number.ok_or_else(|| Stop::wrong(name, "TOS value is invalid\n"))?);
            } else if matches(word, "protocol") {
                let name = words.value()?;
                filter.protocol = match protocol(session, name) {
                    None if name == "all" => None,
                    Some(protocol) => Some(protocol),
                    None => return Err(Stop::wrong(name, "invalid \"protocol\"\n")),
                };
            } else if matches(word, "scope") {
                let name = words.value()?;
                filter.scope = match scope(session, name) {
                    None if name == "all" => None,
                    Some(scope) => Some(scope),
                    None => return Err(Stop::wrong(name, "invalid \"scope\"\n")),
                };
            } else if matches(word, "type") {
                let name = words.value()?;
                filter.kind =
                    Some(kind(name).ok_or_else(|| Stop::wrong(name, "node type value is invalid\n"))?);
            } else if word == "dev" || word == "oif" {
                filter.outgoing = Some(session.index(words.value()?)?);
            } else if word == "iif" {
                filter.incoming = Some(session.index(words.value()?)?);
            } else if word == "mark" {
                filter.mark = Some(words.number("\"mark\" value is invalid\n")?);
            } else if matches(word, "metric") || matches(word, "priority") || word == "preference" {
                filter.metric = Some(words.number("\"metric\" value is invalid\n")?);
            } else if word == "via" {
                let (family, word) = family_word(words)?;
                filter.via = Some(inet::prefix(word, family.unwrap_or(filter.family))?.prefix.address);
            } else if word == "src" {
                let address = inet::address(words.value()?, filter.family)?;
                filter.source = Some(address);
            } else if matches(word, "realms") {
                let word = words.value()?;
                let realm = realms(session, word)?;
                // What is not said does not matter, and is shown.
                filter.realm = Some((realm, if word.contains('/') { u32::MAX } else { 0xffff }));
            } else if matches(word, "from") {
                let word = words.value()?;
                filter.from.take(word, words, filter.family)?;
            } else {
                filter.destination(word, words)?;
            }
        }
        Ok(filter)
    }

    fn of_table(&mut self, session: &mut Session, name: &str) -> Result<(), Stop> {
        match session.number(Catalog::Tables, name) {
            Some(number) => self.table = Some(number).filter(|number| *number != 0),
            None if name == "all" => self.table = None,
            None if name == "cache" => self.cloned = true,
            None => return Err(Stop::wrong(name, "table id value is invalid\n")),
        }
        Ok(())
    }

    fn destination(&mut self, word: &str, words: &mut Words<'_>) -> Result<(), Stop> {
        let word = if word == "to" { words.value()? } else { word };
        if matches(word, "help") {
            return Err(super::usage());
        }
        self.to.take(word, words, self.family)
    }

    /// What the kernel itself leaves out. A table is one of a family, IPv4 if none is said.
    pub(super) fn of_kernel(&self) -> RouteFilter {
        let family = match (self.family.of_ip(), self.table) {
            (None, Some(..)) => Some(insula_net::Family::V4),
            (family, _) => family,
        };
        RouteFilter {
            family,
            table: self.table,
            protocol: self.protocol,
            kind: self.kind,
            index: self.outgoing,
            flags: if self.cloned { CLONED } else { 0 },
        }
    }

    pub(in super::super) fn accepts(&self, route: &Route) -> bool {
        let has =
            |wanted: Option<u32>, is: Option<u32>| wanted.is_none_or(|wanted| is.unwrap_or(0) == wanted);
        let of_family = self.family.of_ip().is_none_or(|family| route.family() == family);
        of_family
            && self.cloned == (route.flags & CLONED != 0)
            && self.table.is_none_or(|table| route.table == table)
            && self.protocol.is_none_or(|protocol| route.protocol == protocol)
            && self.scope.is_none_or(|scope| route.scope == scope)
            && self.kind.is_none_or(|kind| route.kind == kind)
            && !(self.own_left_out && matches!(route.kind, RouteKind::LOCAL | RouteKind::BROADCAST))
            && self.tos.is_none_or(|tos| route.tos == tos)
            && self.via.is_none_or(|via| route.gateway == Some(via))
            && self.source.is_none_or(|source| route.preferred_source == Some(source))
            && has(self.outgoing, route.index)
            && has(self.incoming, route.incoming)
            && has(self.metric, route.priority)
            && has(self.mark, route.mark)
            && self.realm.is_none_or(|(realm, mask)| (realm ^ route.realm.unwrap_or(0)) & mask == 0)
            && self.to.accepts(route.destination)
            && self.from.accepts(
                route
                    .source
                    .unwrap_or(insula_net::Prefix { address: route.family().unspecified(), length: 0 }),
            )
    }
}

/// The number of the table of the VRF called `name`.
pub(super) fn vrf(session: &mut Session, name: &str) -> Result<u32, Stop> {
    let refused = || Stop::wrong(name, "Invalid VRF\n");
    let link = session.link(name)?.ok_or_else(refused)?;
    link.data::<Vrf>().and_then(|vrf| vrf.table).ok_or_else(refused)
}

/// The protocol called `name`.
pub(in super::super) fn protocol(session: &mut Session, name: &str) -> Option<RouteProtocol> {
    session.number(Catalog::Protocols, name).and_then(|number| u8::try_from(number).ok()).map(RouteProtocol)
}

/// The scope called `name`.
pub(super) fn scope(session: &mut Session, name: &str) -> Option<Scope> {
    session.number(Catalog::Scopes, name).and_then(|number| u8::try_from(number).ok()).map(Scope)
}

/// The kind called `name`, which may be a number.
pub(super) fn kind(name: &str) -> Option<RouteKind> {
    RouteKind::named(name).or_else(|| words::number(name).map(RouteKind))
}

/// `FROM/TO` or `TO`, as names or numbers.
pub(in super::super) fn realms(session: &mut Session, word: &str) -> Result<u32, Stop> {
    let (from, to) = word.split_once('/').map_or((None, word), |(from, to)| (Some(from), to));
    let mut number = |name: &str| {
        let found = session.number(Catalog::Realms, name).filter(|number| *number < 1 << 16);
        found.ok_or_else(|| Stop::wrong(word, "invalid realms\n"))
    };
    let from = from.map_or(Ok(0), &mut number)?;
    Ok(from << 16 | number(to)?)
}

/// The family before an address, if the next word is one, and the address.
pub(in super::super) fn family_word<'a>(words: &mut Words<'a>) -> Result<(Option<Family>, &'a str), Stop> {
    let word = words.value()?;
    let family = match word {
        "inet" => Family::Inet,
        "inet6" => Family::Inet6,
        _ => return Ok((None, word)),
    };
    Ok((Some(family), words.value()?))
}
