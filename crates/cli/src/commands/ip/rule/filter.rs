//! Which rules are shown, or go.

use insula_net::{Prefix, Range, Rule, RuleFlags};

use super::super::catalog::Catalog;
use super::super::options::Family;
use super::super::words::matches;
use super::super::{Session, Stop, Words, inet};
use super::change;

/// What a rule must be.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    inverted: bool,
    l3mdev: bool,
    source: Option<Prefix>,
    destination: Option<Prefix>,
    priority: Option<u32>,
    tos: Option<u8>,
    mark: Option<(u32, Option<u32>)>,
    table: Option<u32>,
    incoming: Option<String>,
    outgoing: Option<String>,
    users: Option<Range<u32>>,
    ip_protocol: Option<u8>,
    source_ports: Option<Range<u16>>,
    destination_ports: Option<Range<u16>>,
    tunnel: Option<u64>,
    /// Of `flush` alone.
    protocol: Option<u32>,
}

impl Filter {
    pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let mut filter = Self::default();
        let family = match session.options.family {
            Family::Inet6 => Family::Inet6,
            _ => Family::Inet,
        };
        while let Some(word) = words.take() {
            match word {
                "not" => filter.inverted = true,
                "l3mdev" => filter.l3mdev = true,
                "from" => filter.source = Some(inet::prefix(words.value()?, family)?.prefix),
                "fwmark" => filter.mark = Some(change::mark(words.value()?)?),
                "tun_id" => filter.tunnel = Some(words.number("invalid tun_id value\n")?),
                "dev" | "iif" => filter.incoming = Some(words.value()?.to_owned()),
                "oif" => filter.outgoing = Some(words.value()?.to_owned()),
                "uidrange" => filter.users = Some(change::range(words.value()?, "invalid UID range\n")?),
                "ipproto" => filter.ip_protocol = Some(change::ip_protocol(words.value()?)?),
                "sport" => filter.source_ports = Some(change::range(words.value()?, "invalid port range\n")?),
                "dport" => {
                    filter.destination_ports = Some(change::range(words.value()?, "invalid dport range\n")?);
                }
                _ if matches(word, "preference") || matches(word, "order") || matches(word, "priority") => {
                    filter.priority = Some(words.number("preference value is invalid\n")?);
                }
                _ if word == "tos" || matches(word, "dsfield") => {
                    filter.tos = Some(change::service(session, words.value()?)?);
                }
                _ if matches(word, "lookup") || matches(word, "table") => {
                    let name = words.value()?;
                    let table = session.number(Catalog::Tables, name);
                    filter.table =
                        Some(table.ok_or_else(|| Stop::wrong(name, "table id value is invalid\n"))?);
                }
                _ if matches(word, "protocol") => {
                    let name = words.value()?;
                    filter.protocol = session.number(Catalog::Protocols, name);
                    if filter.protocol.is_none() && name != "all" {
                        return Err(Stop::wrong(name, "invalid \"protocol\"\n"));
                    }
                }
                _ => {
                    let word = if word == "to" { words.value()? } else { word };
                    filter.destination = Some(inet::prefix(word, family)?.prefix);
                }
            }
        }
        Ok(filter)
    }

    /// Whether a rule is of the protocol that goes: the original takes one also where it shows rules, and shows the others as well.
    pub(super) fn is_of_protocol(&self, rule: &Rule) -> bool {
        self.protocol.is_none_or(|protocol| u32::from(rule.protocol.0) == protocol)
    }

    pub(super) fn accepts(&self, rule: &Rule) -> bool {
        let within = |wanted: Option<Prefix>, is: Option<Prefix>| {
            wanted.is_none_or(|wanted| is.is_some_and(|is| wanted.contains(is.address)))
        };
        let mark = self.mark.is_none_or(|(mark, mask)| {
            rule.mark == Some(mark) && mask.is_none_or(|mask| rule.mask == Some(mask))
        });
        mark && (!self.inverted || rule.flags.contains(RuleFlags::INVERT))
            && (!self.l3mdev || rule.l3mdev.is_some())
            && within(self.source, rule.source)
            && within(self.destination, rule.destination)
            && self.priority.is_none_or(|priority| rule.priority.unwrap_or(0) == priority)
            && self.tos.is_none_or(|tos| rule.tos == tos)
            && self.table.is_none_or(|table| rule.table == table)
            && (self.incoming.is_none() || self.incoming == rule.incoming)
            && (self.outgoing.is_none() || self.outgoing == rule.outgoing)
            && (self.users.is_none() || self.users == rule.users)
            && (self.ip_protocol.is_none() || self.ip_protocol == rule.ip_protocol)
            && (self.source_ports.is_none() || self.source_ports == rule.source_ports)
            && (self.destination_ports.is_none() || self.destination_ports == rule.destination_ports)
            && (self.tunnel.is_none() || self.tunnel == rule.tunnel)
    }
}
