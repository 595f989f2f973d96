//! `ip route add`, `change`, `replace`, `append`, `prepend` and `delete`.

use std::net::IpAddr;

use insula_net::{DeleteRoute, NewRoute, Prefix, Route, RouteKind, RouteProtocol, Scope, Verb};

use super::super::catalog::Catalog;
use super::super::options::Family;
use super::super::words::{self, matches};
use super::super::{Session, Stop, Words, inet};
use super::filter::{self, family_word};
use super::{hops, metrics};

/// What the words say.
#[derive(Clone, Debug)]
struct Asked {
    family: Family,
    /// Without its family where it is `default`.
    destination: Option<Prefix>,
    device: Option<String>,
    table: Option<u32>,
    scope: Option<Scope>,
    kind: Option<RouteKind>,
    protocol: Option<RouteProtocol>,
    /// All the rest.
    route: Route,
}

impl Asked {
    fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let any = Route::default_of(insula_net::Family::V4);
        let mut asked = Self {
            family: session.options.family,
            destination: None,
            device: None,
            table: None,
            scope: None,
            kind: None,
            protocol: None,
            route: Route { scope: Scope::GLOBAL, ..any },
        };
        while let Some(word) = words.take() {
            asked.take(session, words, word)?;
        }
        Ok(asked)
    }

    /// Takes `word` and what belongs to it.
    fn take(&mut self, session: &mut Session, words: &mut Words<'_>, word: &str) -> Result<(), Stop> {
        match word {
            "src" => self.route.preferred_source = Some(self.address(words.value()?)?),
            "via" => {
                if self.route.gateway.is_some() {
                    return Err(Stop::garbage("via", word));
                }
                let (own, word) = family_word(words)?;
                let gateway = inet::address(word, own.unwrap_or(self.family))?;
                if self.family == Family::Unspecified {
                    self.family = Family::of(gateway);
                }
                self.route.gateway = Some(gateway);
            }
            "from" => self.route.source = Some(inet::prefix(words.value()?, self.family)?.prefix),
            "onlink" => self.route.flags |= Route::ON_LINK,
            "nexthop" => self.route.next_hops = hops::take(session, words, &mut self.family)?,
            "nhid" => self.route.next_hop_id = Some(words.number("\"id\" value is invalid\n")?),
            "vrf" => self.table = Some(filter::vrf(session, words.value()?)?),
            "dev" | "oif" => self.device = Some(words.value()?.to_owned()),
            "encap" => return Err(hops::unsupported()),
            "pref" => {
                let word = words.value()?;
                self.route.preference = Some(match word {
                    "low" => 3,
                    "medium" => 0,
                    "high" => 1,
                    _ => {
                        words::number(word).ok_or_else(|| Stop::wrong(word, "\"pref\" value is invalid\n"))?
                    }
                });
            }
            "ttl-propagate" => {
                self.route.ttl_propagation = Some(match words.value()? {
                    "enabled" => true,
                    "disabled" => false,
                    word => return Err(Stop::wrong(word, "\"ttl-propagate\" value is invalid\n")),
                });
            }
            "tos" => self.service(session, words.value()?)?,
            "expires" => {
                self.route.expires = Some(words.number("\"expires\" value is invalid\n")?);
            }
            "metric" | "priority" | "preference" => {
                self.route.priority = Some(words.number("\"metric\" value is invalid\n")?);
            }
            _ if matches(word, "dsfield") => self.service(session, words.value()?)?,
            _ if matches(word, "metric") || matches(word, "priority") => {
                self.route.priority = Some(words.number("\"metric\" value is invalid\n")?);
            }
            _ if matches(word, "scope") => {
                let name = words.value()?;
                let scope = filter::scope(session, name);
                self.scope = Some(scope.ok_or_else(|| Stop::wrong(name, "invalid \"scope\" value\n"))?);
            }
            _ if matches(word, "protocol") => {
                let name = words.value()?;
                let protocol = filter::protocol(session, name);
                self.protocol =
                    Some(protocol.ok_or_else(|| Stop::wrong(name, "\"protocol\" value is invalid\n"))?);
            }
            _ if matches(word, "table") => {
                let name = words.value()?;
                let table = session.number(Catalog::Tables, name);
                self.table = Some(table.ok_or_else(|| Stop::wrong(name, "\"table\" value is invalid\n"))?);
            }
            _ if matches(word, "realms") => {
                let word = words.value()?;
                let realm = filter::realms(session, word);
                let wrong = |_| Stop::wrong(word, "\"realm\" value is invalid\n");
                self.route.realm = Some(realm.map_err(wrong)?);
            }
            _ if metrics::take(&mut self.route.metrics, word, words)? => {}
            _ => self.destination(words, word)?,
        }
        Ok(())
    }

    fn address(&mut self, word: &str) -> Result<IpAddr, Stop> {
        let address = inet::address(word, self.family)?;
        if self.family == Family::Unspecified {
            self.family = Family::of(address);
        }
        Ok(address)
    }

    fn service(&mut self, session: &mut Session, name: &str) -> Result<(), Stop> {
        let number = session.service(name);
        self.route.tos = number.ok_or_else(|| Stop::wrong(name, "\"tos\" value is invalid\n"))?;
        Ok(())
    }

    /// `[to] [TYPE] PREFIX`.
    fn destination(&mut self, words: &mut Words<'_>, word: &str) -> Result<(), Stop> {
        let mut word = if word == "to" { words.value()? } else { word };
        if let Some(kind) = RouteKind::named(word) {
            self.kind = Some(kind);
            word = words.value()?;
        }
        if matches(word, "help") {
            return Err(super::usage());
        }
        if self.destination.is_some() {
            return Err(Stop::garbage("to", word));
        }
        let given = inet::prefix(word, self.family)?;
        if self.family == Family::Unspecified && given.is_of_a_family() {
            self.family = Family::of(given.prefix.address);
        }
        self.destination = Some(given.prefix);
        Ok(())
    }

    /// The route that is meant. `unsaid` is the scope where it follows from nothing else.
    fn finish(mut self, session: &mut Session, unsaid: Option<Scope>) -> Result<Route, Stop> {
        let family = self.family.of_ip().unwrap_or_default();
        // `default` gets the family of what came after it.
        let destination = self.destination.filter(|prefix| prefix.length > 0);
        self.route.destination = destination.unwrap_or(Prefix { address: family.unspecified(), length: 0 });
        if let Some(device) = &self.device {
            self.route.index = Some(session.index(device)?);
        }
        self.route.protocol = self.protocol.unwrap_or(self.route.protocol);
        let kind = self.kind.unwrap_or(self.route.kind);
        self.route.kind = kind;
        let own = matches!(kind, RouteKind::LOCAL | RouteKind::BROADCAST | RouteKind::ANYCAST);
        self.route.table = self.table.unwrap_or(if own { Route::LOCAL } else { Route::MAIN });
        let way = self.route.gateway.is_some()
            || self.route.next_hop_id.is_some()
            || !self.route.next_hops.is_empty();
        let usual = match kind {
            _ if family == insula_net::Family::V6 => unsaid,
            RouteKind::LOCAL => Some(Scope::HOST),
            RouteKind::BROADCAST | RouteKind::MULTICAST | RouteKind::ANYCAST => Some(Scope::LINK),
            RouteKind::UNICAST | RouteKind::UNSPECIFIED if unsaid.is_none() && !way => Some(Scope::LINK),
            _ => unsaid,
        };
        self.route.scope = self.scope.or(usual).unwrap_or(Scope::GLOBAL);
        Ok(self.route)
    }
}

/// Makes a route, or changes it.
pub(super) fn add(session: &mut Session, words: &mut Words<'_>, verb: Verb) -> Result<(), Stop> {
    let asked = Asked::parse(session, words)?;
    if asked.destination.is_none() {
        return Err(super::usage());
    }
    let route = asked.finish(session, None)?;
    session.change(NewRoute { route, verb }, Stop::from)
}

/// Deletes the first route that is like that.
pub(super) fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut asked = Asked::parse(session, words)?;
    if asked.destination.is_none() {
        // That would be any route, the default one before all.
        return Err(super::usage());
    }
    // What is not said is any.
    asked.route.protocol = RouteProtocol::UNSPECIFIED;
    asked.route.kind = RouteKind::UNSPECIFIED;
    let route = asked.finish(session, Some(Scope::NOWHERE))?;
    session.change(DeleteRoute { route }, Stop::from)
}
