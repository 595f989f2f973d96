//! The table with its sets and chains, before there is a network.

use insula_net::firewall::{
    Base, ChainType, Comment, CtState, CtStatus, DataType, Direction, Hook, Match, NewChain, NewRule, NewSet,
    NewTable, Policy, RouteType, Side, Statements, Verdict,
};
use insula_net::{Prefix, Request};

use super::{Requests, table};

/// The comment that tells our table from others of the same name, with the number of this form of it.
pub(super) const MARK: &str = "insula 1";

pub(super) const NETWORKS: &str = "networks";
pub(super) const WALLED: &str = "walled";
pub(super) const NAT: &str = "nat";
/// Pairs of an interface and itself: what came by it leaves by it.
pub(super) const WITHIN: &str = "within";

pub(super) const PUBLISHED: &str = "published";
pub(super) const PUBLISHED_HERE: &str = "published_here";
pub(super) const SETTINGS: &str = "settings";

/// What comes from networks, so that all else passes one test instead of many.
const FROM_NETWORKS: &str = "from_networks";
const FROM_ELSEWHERE: &str = "from_elsewhere";

/// What goes to the host, by itself.
const TO_LOCAL: &str = "to_local";
/// What was published, or forwarded.
const TRANSLATED: &str = "translated";

/// `NF_IP_PRI_*` in `linux/netfilter_ipv4.h`.
const RAW: i32 = -300;
const DSTNAT: i32 = -100;
const FILTER: i32 = 0;
const SRCNAT: i32 = 100;

/// What a text of ours becomes.
pub(super) fn comment(text: &str) -> Comment {
    Comment::new(text).expect("a short text")
}

fn prefix(text: &str) -> Prefix {
    text.parse().expect("an address")
}

pub(super) fn requests() -> Requests {
    let filter = |hook, priority| (ChainType::Filter, hook, priority);
    let nat = |hook, priority| (ChainType::Nat, hook, priority);
    let chains = [
        ("walls", Some(filter(Hook::Prerouting, RAW))),
        (FROM_NETWORKS, None),
        ("prerouting", Some(nat(Hook::Prerouting, DSTNAT))),
        ("output", Some(nat(Hook::Output, DSTNAT))),
        (TO_LOCAL, None),
        (PUBLISHED, None),
        (PUBLISHED_HERE, None),
        ("postrouting", Some(nat(Hook::Postrouting, SRCNAT))),
        (TRANSLATED, None),
        ("forward", Some(filter(Hook::Forward, FILTER))),
        (FROM_ELSEWHERE, None),
        (SETTINGS, None),
    ];
    let one = [DataType::IfName];
    let two = [DataType::IfName, DataType::IfName];
    let sets = [(NETWORKS, &one[..]), (WALLED, &one), (NAT, &one), (WITHIN, &two)];
    let mut all: Requests = vec![Box::new(NewTable::new(table()).comment(comment(MARK)))];
    for (name, base) in chains {
        all.push(match base {
            Some((kind, hook, priority)) => {
                let base = Base { kind, hook, priority, policy: Policy::Accept };
                Box::new(NewChain::base(table(), name, base))
            }
            None => Box::new(NewChain::new(table(), name)),
        });
    }
    for (id, (name, key)) in (1..).zip(sets) {
        all.push(Box::new(NewSet::new(table(), name, id, key)));
    }
    all.extend(rules().map(|(chain, statements)| -> Box<dyn Request> {
        Box::new(NewRule::new(table(), chain, statements))
    }));
    all
}

/// The rules that are there as long as the table is.
fn rules() -> [(&'static str, Statements); 21] {
    let new = Statements::new;
    let from = |set: &str| new().interface_in(Direction::In, Match::Is, set);
    let to = |set: &str| new().interface_in(Direction::Out, Match::Is, set);
    let jump = |chain: &str| Verdict::Jump(chain.into());
    let local = || new().fib_type(Side::Destination, RouteType::Local);
    [
        ("walls", from(NETWORKS).verdict(jump(FROM_NETWORKS))),
        // Where `route_localnet` is set, the kernel would take these. Answers to 127.0.0.1 pass: they have another address until
        // the connection is looked up, which is later.
        (FROM_NETWORKS, new().address(Side::Destination, prefix("127.0.0.0/8")).verdict(Verdict::Drop)),
        (FROM_NETWORKS, new().address(Side::Source, prefix("127.0.0.0/8")).verdict(Verdict::Drop)),
        // Nobody speaks to the host as who is elsewhere: what is known of a connection would let it through to another network. Bridged
        // packets, which come here too where `br_netfilter` is loaded, are for others.
        (
            FROM_NETWORKS,
            from(WALLED)
                .source_elsewhere()
                .fib_type(Side::Destination, RouteType::Local)
                .verdict(Verdict::Drop),
        ),
        ("prerouting", local().verdict(jump(PUBLISHED))),
        ("output", local().verdict(jump(TO_LOCAL))),
        (TO_LOCAL, new().verdict(jump(PUBLISHED_HERE))),
        // Answers find no way to ::1 but where something is published there; so the rest stays with the host and is answered at once.
        (TO_LOCAL, new().address(Side::Destination, prefix("::1")).verdict(Verdict::Return)),
        (TO_LOCAL, new().verdict(jump(PUBLISHED))),
        ("postrouting", new().ct_status(CtStatus::DNAT).verdict(jump(TRANSLATED))),
        // From the host itself to a published port, 127.0.0.1 included: answers find their way to the address of the network.
        (TRANSLATED, to(NETWORKS).fib_type(Side::Source, RouteType::Local).masquerade()),
        // From a set by the host to its neighbour, or itself: the answer must come back by the host.
        (TRANSLATED, new().interfaces_in(WITHIN).masquerade()),
        ("postrouting", from(NAT).interface_in(Direction::Out, Match::IsNot, NETWORKS).masquerade()),
        // Before what is known of connections: nobody takes part in another's.
        ("forward", from(WALLED).source_elsewhere().verdict(Verdict::Goto(FROM_ELSEWHERE.into()))),
        (FROM_ELSEWHERE, new().interfaces_in(WITHIN).verdict(Verdict::Accept)),
        (FROM_ELSEWHERE, new().verdict(Verdict::Drop)),
        ("forward", new().ct_state(CtState::ESTABLISHED.or(CtState::RELATED)).verdict(Verdict::Accept)),
        ("forward", new().ct_status(CtStatus::DNAT).verdict(Verdict::Accept)),
        ("forward", new().interfaces_in(WITHIN).verdict(Verdict::Accept)),
        ("forward", to(WALLED).reject()),
        ("forward", from(WALLED).interface_in(Direction::In, Match::IsNot, NAT).reject()),
    ]
}
