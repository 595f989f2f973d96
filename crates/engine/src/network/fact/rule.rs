//! A rule.

use std::fmt;
use std::fmt::Write as _;

use insula_net::{Family, Route, RouteProtocol, Rule, RuleAction, RuleFlags};
use serde::{Deserialize, Serialize};

/// A rule that chooses the table of routes for a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleFact {
    /// `inet` or `inet6`.
    pub family: String,
    /// Rules are asked from the lowest number on.
    pub priority: u32,
    /// Which packets it is for, and what it does with them, as `ip rule` takes it.
    pub text: String,
    /// Whether the kernel made it, as it does in every network.
    pub of_the_kernel: bool,
}

impl RuleFact {
    pub(in super::super) fn of(rule: &Rule) -> Self {
        Self {
            family: match rule.family {
                Family::V4 => "inet".to_owned(),
                Family::V6 => "inet6".to_owned(),
            },
            priority: rule.priority.unwrap_or_default(),
            text: text(rule),
            of_the_kernel: rule.protocol == RouteProtocol::KERNEL,
        }
    }

    /// All of it: a rule is never changed.
    pub(super) fn identity(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for RuleFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} priority {} {}", self.family, self.priority, self.text)
    }
}

fn text(rule: &Rule) -> String {
    let mut text = String::new();
    let mut put = |word: &str, value: &dyn fmt::Display| {
        let _ = write!(text, "{word} {value} ");
    };
    if rule.flags.contains(RuleFlags::INVERT) {
        put("not", &"");
    }
    match &rule.source {
        Some(source) => put("from", source),
        None => put("from", &"all"),
    }
    let mark = rule.mark.map(|mark| format!("{mark:#x}/{:#x}", rule.mask.unwrap_or(u32::MAX)));
    let tos = Some(rule.tos).filter(|tos| *tos != 0).map(|tos| format!("{tos:#04x}"));
    let l3mdev = rule.l3mdev.filter(|on| *on != 0).map(|_| "");
    let optional: [(&str, Option<&dyn fmt::Display>); 13] = [
        ("to", rule.destination.as_ref().map(|value| value as _)),
        ("tos", tos.as_ref().map(|value| value as _)),
        ("fwmark", mark.as_ref().map(|value| value as _)),
        ("iif", rule.incoming.as_ref().map(|value| value as _)),
        ("oif", rule.outgoing.as_ref().map(|value| value as _)),
        ("uidrange", rule.users.as_ref().map(|value| value as _)),
        ("ipproto", rule.ip_protocol.as_ref().map(|value| value as _)),
        ("sport", rule.source_ports.as_ref().map(|value| value as _)),
        ("dport", rule.destination_ports.as_ref().map(|value| value as _)),
        ("tun_id", rule.tunnel.as_ref().map(|value| value as _)),
        ("l3mdev", l3mdev.as_ref().map(|value| value as _)),
        ("suppress_prefixlength", rule.suppress_length.as_ref().map(|value| value as _)),
        ("suppress_ifgroup", rule.suppress_group.as_ref().map(|value| value as _)),
    ];
    for (word, value) in optional {
        if let Some(value) = value {
            put(word, value);
        }
    }
    match (rule.action, rule.table) {
        (RuleAction::Lookup, _) if l3mdev.is_some() => {}
        (RuleAction::Lookup, Route::LOCAL) => put("lookup", &"local"),
        (RuleAction::Lookup, Route::MAIN) => put("lookup", &"main"),
        (RuleAction::Lookup, Route::DEFAULT) => put("lookup", &"default"),
        (RuleAction::Lookup, table) => put("lookup", &table),
        (action, _) => put("", &action),
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
