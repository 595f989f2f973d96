//! Of the codec.

use proptest::prelude::*;

use super::*;
use crate::wire::{Messages, captured};

/// `ip rule add priority 100 not from 10.0.0.0/8 to 10.1.0.0/16 tos 4 fwmark 1/255 iif va oif vb ipproto tcp sport 10-20 dport 80
/// uidrange 0-5 lookup 1000 suppress_prefixlength 3 suppress_ifgroup 4 protocol 7` of iproute2 6.1.
const ASKED_BY_IPROUTE2: &str = "
    98 00 00 00 20 00 05 06 ab 45 06 6b 00 00 00 00 02 10 08 04 00 00 00 01 02 00 00 00 08 00 06 00
    64 00 00 00 08 00 02 00 0a 00 00 00 08 00 01 00 0a 01 00 00 08 00 0a 00 01 00 00 00 08 00 10 00
    ff 00 00 00 07 00 03 00 76 61 00 00 07 00 11 00 76 62 00 00 05 00 16 00 06 00 00 00 08 00 17 00
    0a 00 14 00 08 00 18 00 50 00 50 00 0c 00 14 00 00 00 00 00 05 00 00 00 08 00 0f 00 e8 03 00 00
    08 00 0e 00 03 00 00 00 08 00 0d 00 04 00 00 00 05 00 15 00 07 00 00 00";

#[test]
fn what_iproute2_asks_is_understood() {
    let bytes = captured(ASKED_BY_IPROUTE2);
    let message = Messages::new(&bytes).next().unwrap().unwrap();
    let rule = Rule {
        priority: Some(100),
        flags: RuleFlags::INVERT,
        source: Some("10.0.0.0/8".parse().unwrap()),
        destination: Some("10.1.0.0/16".parse().unwrap()),
        tos: 4,
        mark: Some(1),
        mask: Some(255),
        incoming: Some("va".to_owned()),
        outgoing: Some("vb".to_owned()),
        ip_protocol: Some(6),
        source_ports: Some(Range { first: 10, last: 20 }),
        destination_ports: Some(Range { first: 80, last: 80 }),
        users: Some(Range { first: 0, last: 5 }),
        suppress_length: Some(3),
        suppress_group: Some(4),
        protocol: RouteProtocol(7),
        ..Rule::lookup(Family::V4, 1000)
    };
    assert_eq!(Rule::read(&message).unwrap(), Some(rule));
}

prop_compose! {
    fn rule()(
        table in 1..9999_u32, priority: Option<u32>, mark: Option<u32>, mask: Option<u32>, realm: Option<u32>,
        tunnel: Option<u64>, source: std::net::Ipv4Addr, length in 0..=32_u8, target: Option<u32>, ports: Option<(u16, u16)>,
        protocol: u8, flags: u32, incoming in prop::option::of("[a-z]{1,15}"),
    ) -> Rule {
        Rule {
            action: target.map_or(RuleAction::Lookup, RuleAction::Goto),
            source: Some(Prefix { address: source.into(), length }),
            source_ports: ports.map(|(first, last)| Range { first, last }),
            protocol: RouteProtocol(protocol), flags: RuleFlags(flags),
            priority, mark, mask, realm, tunnel, incoming,
            ..Rule::lookup(Family::V4, table)
        }
    }
}

proptest! {
    #[test]
    fn what_is_asked_for_is_read_back(rule in rule()) {
        let mut bytes = Vec::new();
        NewRule::add(rule.clone()).encode().0.write(1, 0, &mut bytes);
        let message = Messages::new(&bytes).next().unwrap().unwrap();
        prop_assert_eq!(Rule::read(&message).unwrap(), Some(rule));
    }

    #[test]
    fn no_message_panics(mut body: Vec<u8>, family in 0..16_u8) {
        if let Some(first) = body.first_mut() {
            *first = family;
        }
        let _ = Rule::read(&Received { kind: libc::RTM_NEWRULE, flags: 0, sequence: 0, body: &body });
    }
}
