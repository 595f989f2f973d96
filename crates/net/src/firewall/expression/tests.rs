//! What is written is read back, and nothing that comes makes a reader panic.

use proptest::prelude::*;

use super::*;
use crate::firewall::Family;
use crate::wire::{Messages, NESTED};

fn register() -> impl Strategy<Value = Register> {
    (0_u32..24).prop_map(Register)
}

fn range() -> impl Strategy<Value = Option<(Register, Register)>> {
    prop::option::of((register(), register()))
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..=64)
}

fn flags() -> impl Strategy<Value = NatFlags> {
    (0_u32..8).prop_map(|bits| NatFlags(bits << 2))
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Accept),
        Just(Verdict::Drop),
        Just(Verdict::Continue),
        Just(Verdict::Return),
        "[a-z]{1,9}".prop_map(|name| Verdict::Jump(name.into())),
        "[a-z]{1,9}".prop_map(|name| Verdict::Goto(name.into())),
        Just(Verdict::Other(3)),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    let meta = (0_u32..64, register())
        .prop_map(|(key, register)| Expression::Meta(Meta { key: MetaKey::of(key), register }));
    let ct = (0_u32..32, register())
        .prop_map(|(key, register)| Expression::Ct(Ct { key: CtKey::of(key), register }));
    let fib = (0_u32..8, any::<u32>(), register()).prop_map(|(result, flags, register)| {
        Expression::Fib(Fib { result: FibResult::of(result), flags, register })
    });
    let base = prop_oneof![Just(PayloadBase::Link), Just(PayloadBase::Network), Just(PayloadBase::Transport)];
    let payload =
        (base, any::<u32>(), any::<u32>(), register()).prop_map(|(base, offset, length, register)| {
            Expression::Payload(Payload { base, offset, length, register })
        });
    let op = prop_oneof![Just(CmpOp::Eq), Just(CmpOp::Neq), Just(CmpOp::Lt), Just(CmpOp::Gte)];
    let cmp = (register(), op, bytes())
        .prop_map(|(register, op, value)| Expression::Cmp(Cmp { register, op, value }));
    let bitwise = (register(), register(), bytes()).prop_map(|(source, register, mask)| {
        let xor = mask.iter().rev().copied().collect();
        Expression::Bitwise(Bitwise { source, register, mask, xor })
    });
    let wanted = prop_oneof![Just(Match::Is), Just(Match::IsNot)];
    let lookup =
        ("[a-z]{1,9}", prop::option::of(any::<u32>()), register(), prop::option::of(register()), wanted)
            .prop_map(|(set, set_id, register, data, wanted)| {
                Expression::Lookup(Lookup { set: set.into(), set_id, register, data, wanted })
            });
    let immediate = prop_oneof![
        (register(), bytes()).prop_map(|(register, value)| Immediate::Value { register, value }),
        verdict().prop_map(Immediate::Verdict),
    ];
    let kind = prop_oneof![Just(NatKind::Snat), Just(NatKind::Dnat)];
    let family = prop_oneof![Just(Family::Ip), Just(Family::Ip6)];
    let nat =
        (kind, family, range(), range(), flags()).prop_map(|(kind, family, addresses, ports, flags)| {
            Expression::Nat(Nat { kind, family, addresses, ports, flags })
        });
    let ports = || (range(), flags()).prop_map(|(ports, flags)| PortRange { ports, flags });
    let reject = prop_oneof![
        any::<u8>().prop_map(Reject::Icmp),
        Just(Reject::TcpReset),
        any::<u8>().prop_map(Reject::Icmpx)
    ];
    prop_oneof![
        meta,
        ct,
        fib,
        payload,
        cmp,
        bitwise,
        lookup,
        immediate.prop_map(Expression::Immediate),
        any::<(u64, u64)>().prop_map(|(bytes, packets)| Expression::Counter(Counter { bytes, packets })),
        nat,
        ports().prop_map(Expression::Masquerade),
        ports().prop_map(Expression::Redirect),
        reject.prop_map(Expression::Reject),
        Just(Expression::Other("quota".into())),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(expression in expression()) {
        let mut message = Message::new(0, 0, &[]);
        message.nest(1 | NESTED, |one| expression.put(one));
        let mut buffer = Vec::new();
        message.write(0, 0, &mut buffer);
        let received = Messages::new(&buffer).next().unwrap().unwrap();
        let element = Attributes::new(received.body).next().unwrap();
        prop_assert!(!expression.to_string().is_empty());
        prop_assert_eq!(Expression::read(element), Ok(expression));
    }

    #[test]
    fn no_expression_panics(name in "meta|payload|ct|fib|cmp|bitwise|lookup|immediate|counter|nat|masq|redir|reject", body: Vec<u8>) {
        let mut message = Message::new(0, 0, &[]);
        message.put_str(NAME, &name);
        message.put(DATA, &body);
        let payload = message.body().to_vec();
        let _ = Expression::read(Attribute { kind: 1, payload: &payload });
        let _ = Expression::read(Attribute { kind: 1, payload: &body });
    }
}
