//! `ip rule add` and `delete`.

use insula_net::{DeleteRule, NewRule, Range, Route, RouteKind, Rule, RuleAction, RuleFlags, Verb};

use super::super::catalog::Catalog;
use super::super::options::Family;
use super::super::route::realms;
use super::super::words::{self, matches};
use super::super::{Session, Stop, Words, inet, protocols};

/// Makes a rule.
pub(super) fn add(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.is_empty() {
        return Err(Stop::failed("\"ip rule add\" requires arguments."));
    }
    let mut rule = parse(session, words)?;
    if rule.action == RuleAction::Unspecified {
        rule.action = RuleAction::Lookup;
        if rule.table == 0 && rule.l3mdev.is_none() {
            rule.table = Route::MAIN;
        }
    }
    session.change(NewRule { rule, verb: Verb::Add }, Stop::from)
}

/// Deletes the first rule that is like that.
pub(super) fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if words.is_empty() {
        return Err(Stop::failed("\"ip rule del\" requires arguments."));
    }
    let rule = parse(session, words)?;
    session.change(DeleteRule { rule }, Stop::from)
}

/// What the words say. Without an action it is [`RuleAction::Unspecified`], without a table that is 0.
fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Rule, Stop> {
    let family = session.options.family;
    let mut rule = Rule { action: RuleAction::Unspecified, ..Rule::lookup(insula_net::Family::V4, 0) };
    let mut nat = false;
    while let Some(word) = words.take() {
        match word {
            "not" => rule.flags = RuleFlags(rule.flags.0 | RuleFlags::INVERT.0),
            "from" => rule.source = prefix(words.value()?, family)?,
            "to" => rule.destination = prefix(words.value()?, family)?,
            "fwmark" => {
                let (mark, bits) = mark(words.value()?)?;
                (rule.mark, rule.mask) = (Some(mark), bits);
            }
            "tun_id" => rule.tunnel = Some(words.number("\"tun_id\" value is invalid\n")?),
            "suppress_prefixlength" | "sup_pl" => {
                rule.suppress_length = Some(words.number("suppress_prefixlength value is invalid\n")?);
            }
            "suppress_ifgroup" | "sup_group" => {
                let name = words.value()?;
                let group = session.number(Catalog::Groups, name);
                let wrong = || Stop::wrong(name, "Invalid \"suppress_ifgroup\" value\n");
                rule.suppress_group = Some(group.ok_or_else(wrong)?);
            }
            "dev" | "iif" => rule.incoming = Some(name(words, "iif\"/\"dev")?),
            "oif" => rule.outgoing = Some(name(words, "oif")?),
            "l3mdev" => rule.l3mdev = Some(1),
            "uidrange" => rule.users = Some(range(words.value()?, "invalid UID range\n")?),
            "ipproto" => rule.ip_protocol = Some(ip_protocol(words.value()?)?),
            "sport" => rule.source_ports = Some(range(words.value()?, "invalid port range\n")?),
            "dport" => rule.destination_ports = Some(range(words.value()?, "invalid dport range\n")?),
            _ if matches(word, "preference") || matches(word, "order") || matches(word, "priority") => {
                rule.priority = Some(words.number("preference value is invalid\n")?);
            }
            _ if word == "tos" || matches(word, "dsfield") => rule.tos = service(session, words.value()?)?,
            _ if matches(word, "realms") => rule.realm = Some(realms(session, words.value()?)?),
            _ if matches(word, "protocol") => {
                let name = words.value()?;
                let number =
                    session.number(Catalog::Protocols, name).and_then(|number| u8::try_from(number).ok());
                let wrong = || Stop::wrong(name, "\"protocol\" value is invalid\n");
                rule.protocol = insula_net::RouteProtocol(number.ok_or_else(wrong)?);
            }
            _ if matches(word, "table") || matches(word, "lookup") => {
                let name = words.value()?;
                let table = session.number(Catalog::Tables, name);
                rule.table = table.ok_or_else(|| Stop::wrong(name, "invalid table ID\n"))?;
                rule.action = RuleAction::Lookup;
            }
            _ if matches(word, "nat") || matches(word, "map-to") => {
                let word = words.value()?;
                crate::output::complain("Warning: route NAT is deprecated\n");
                let expected =
                    || Stop::failed(format!("Error: an IP address is expected rather than \"{word}\""));
                // The kernel knows of no address, but takes the action.
                inet::address(word, Family::Inet).map_err(|_| expected())?;
                rule.action = RuleAction::numbered(RouteKind::NAT.0);
                nat = true;
            }
            _ => {
                let word = if word == "type" { words.value()? } else { word };
                if matches(word, "help") {
                    return Err(super::usage());
                }
                rule.action = action(word, words)?;
            }
        }
    }
    if rule.l3mdev.is_some() && rule.table != 0 {
        return Err(Stop::failed("table can not be specified for l3mdev rules").exit(22));
    }
    if nat && rule.table == 0 {
        rule.table = Route::MAIN;
    }
    rule.family = family.of_ip().unwrap_or(insula_net::Family::V4);
    Ok(rule)
}

fn action(word: &str, words: &mut Words<'_>) -> Result<RuleAction, Stop> {
    Ok(match word {
        "unicast" => RuleAction::Lookup,
        "blackhole" => RuleAction::Blackhole,
        "unreachable" => RuleAction::Unreachable,
        "prohibit" => RuleAction::Prohibit,
        "nop" => RuleAction::Nop,
        _ if matches(word, "goto") => RuleAction::Goto(words.number("invalid target\n")?),
        _ => {
            let named = RouteKind::named(word).map(|kind| kind.0);
            let number = named.or_else(|| words::number(word));
            RuleAction::numbered(number.ok_or_else(|| Stop::wrong(word, "Failed to parse rule type"))?)
        }
    })
}

/// `all` is nothing to compare with. One of the other family is left to the kernel to refuse, as the original does.
fn prefix(word: &str, family: Family) -> Result<Option<insula_net::Prefix>, Stop> {
    let given = inet::prefix(word, family)?;
    Ok(Some(given.prefix).filter(|prefix| prefix.length > 0))
}

fn name(words: &mut Words<'_>, key: &str) -> Result<String, Stop> {
    let word = words.value()?;
    let known = insula_net::IfName::new(word);
    known
        .map(|name| name.to_string())
        .map_err(|_| Stop::wrong(word, &format!("\"{key}\" not a valid ifname")))
}

/// `MARK` or `MARK/MASK`.
pub(super) fn mark(word: &str) -> Result<(u32, Option<u32>), Stop> {
    let (mark, bits) = word.split_once('/').map_or((word, None), |(mark, bits)| (mark, Some(bits)));
    let mark = words::number(mark).ok_or_else(|| Stop::wrong(word, "fwmark value is invalid\n"))?;
    let bits = bits
        .map(|bits| words::number(bits).ok_or_else(|| Stop::wrong(bits, "fwmask value is invalid\n")))
        .transpose()?;
    Ok((mark, bits))
}

/// `NUMBER` or `NUMBER-NUMBER`; another word is `wrong`.
pub(super) fn range<N: TryFrom<u64> + Copy>(word: &str, wrong: &str) -> Result<Range<N>, Stop> {
    let refused = || Stop::wrong(word, wrong);
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let first = words::number(first).ok_or_else(refused)?;
    Ok(Range { first, last: words::number(last).ok_or_else(refused)? })
}

pub(super) fn ip_protocol(name: &str) -> Result<u8, Stop> {
    protocols::number(name).ok_or_else(|| Stop::wrong(name, "Invalid \"ipproto\" value\n"))
}

/// A type of service.
pub(super) fn service(session: &mut Session, name: &str) -> Result<u8, Stop> {
    session.service(name).ok_or_else(|| Stop::wrong(name, "TOS value is invalid\n"))
}
