//! What a rule tests and does, in the words of `nft(8)`; each becomes the expressions that `nft` makes of it.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::expression::{
    Bitwise, Cmp, CmpOp, Counter, Ct, CtKey, Expression, Fib, FibResult, Immediate, Lookup, Match, Meta,
    MetaKey, Nat, NatFlags, NatKind, Payload, PayloadBase, PortRange, Register, Reject, Verdict,
};
use super::family::Family;
use super::set::NewSet;
use crate::address::Prefix;
use crate::name::IfName;
use crate::sockets::Transport;
use crate::wire::octets;

/// `NFPROTO_IPV4` and `NFPROTO_IPV6`, as `meta nfproto` gives them.
const IPV4: u8 = 2;
const IPV6: u8 = 10;

/// Which interface of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The one that it came by: `iifname`.
    In,
    /// The one that it leaves by: `oifname`.
    Out,
}

impl Direction {
    const fn key(self) -> MetaKey {
        match self {
            Self::In => MetaKey::NameIn,
            Self::Out => MetaKey::NameOut,
        }
    }
}

/// Which address of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// `saddr`.
    Source,
    /// `daddr`.
    Destination,
}

impl Side {
    /// Where `struct iphdr` and `struct ipv6hdr` have it.
    const fn offset(self, address: IpAddr) -> u32 {
        match (self, address) {
            (Self::Source, IpAddr::V4(_)) => 12,
            (Self::Destination, IpAddr::V4(_)) => 16,
            (Self::Source, IpAddr::V6(_)) => 8,
            (Self::Destination, IpAddr::V6(_)) => 24,
        }
    }

    const fn fib(self) -> u32 {
        match self {
            Self::Source => Fib::SOURCE,
            Self::Destination => Fib::DESTINATION,
        }
    }
}

/// `IPPROTO_TCP`, `IPPROTO_UDP`.
const fn protocol(transport: Transport) -> u8 {
    match transport {
        Transport::Tcp => 6,
        Transport::Udp => 17,
    }
}

/// Where a connection is in its life: bits of `NF_CT_STATE_BIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CtState(pub u32);

impl CtState {
    /// Packets were seen in both directions.
    pub const ESTABLISHED: Self = Self(2);
    /// It belongs to another connection, as the data of FTP, or an error message.
    pub const RELATED: Self = Self(4);
    /// This is its first packet.
    pub const NEW: Self = Self(8);

    /// These and those.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What was done to a connection: `IPS_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CtStatus(pub u32);

impl CtStatus {
    /// Its source was changed: `IPS_SRC_NAT`.
    pub const SNAT: Self = Self(16);
    /// Its destination was changed: `IPS_DST_NAT`.
    pub const DNAT: Self = Self(32);

    /// Whether all that is in `other` is in this.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What an address is to the routing tables: `RTN_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words of ip-route(8)")]
pub enum RouteType {
    Unicast = 1,
    Local = 2,
    Broadcast = 3,
    Multicast = 5,
}

/// What a rule tests and does, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Statements(Vec<Expression>);

impl Statements {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    fn then(mut self, expression: Expression) -> Self {
        self.0.push(expression);
        self
    }

    fn meta(self, key: MetaKey, register: Register) -> Self {
        self.then(Expression::Meta(Meta { key, register }))
    }

    fn compare(self, op: CmpOp, value: &[u8]) -> Self {
        self.then(Expression::Cmp(Cmp { register: Register::FIRST, op, value: value.to_vec() }))
    }

    fn lookup(self, set: &str, wanted: Match) -> Self {
        let (register, set) = (Register::FIRST, set.into());
        self.then(Expression::Lookup(Lookup { set, set_id: None, register, data: None, wanted }))
    }

    fn load(self, register: Register, value: &[u8]) -> Self {
        self.then(Expression::Immediate(Immediate::Value { register, value: value.to_vec() }))
    }

    fn mask(self, mask: Vec<u8>) -> Self {
        let xor = vec![0; mask.len()];
        let register = Register::FIRST;
        self.then(Expression::Bitwise(Bitwise { source: register, register, mask, xor }))
    }

    /// `iifname "lan"`, `oifname != "lan"`.
    pub fn interface(self, direction: Direction, wanted: Match, name: &IfName) -> Self {
        let op = if wanted == Match::Is { CmpOp::Eq } else { CmpOp::Neq };
        self.meta(direction.key(), Register::FIRST).compare(op, &interface_key(name))
    }

    /// `iifname @lans`, `oifname != @lans`.
    pub fn interface_in(self, direction: Direction, wanted: Match, set: &str) -> Self {
        self.meta(direction.key(), Register::FIRST).lookup(set, wanted)
    }

    /// `iifname . oifname @pairs`.
    pub fn interfaces_in(self, set: &str) -> Self {
        self.meta(MetaKey::NameIn, Register::FIRST)
            .meta(MetaKey::NameOut, Register::SECOND)
            .lookup(set, Match::Is)
    }

    /// `meta nfproto ipv4` or `ipv6`, as `address` is.
    pub fn family_of(self, address: IpAddr) -> Self {
        let family = if address.is_ipv4() { IPV4 } else { IPV6 };
        self.meta(MetaKey::NfProto, Register::FIRST).compare(CmpOp::Eq, &[family])
    }

    /// `ip daddr 10.0.0.0/8`, `ip6 saddr fd00::1`.
    pub fn address(self, side: Side, prefix: Prefix) -> Self {
        let network = octets(prefix.network().address);
        let offset = side.offset(prefix.address);
        let whole = usize::from(prefix.length / 8);
        // Whole bytes are compared as they are, as `nft` does.
        let bytes = if prefix.length.is_multiple_of(8) && whole > 0 { whole } else { network.len() };
        let length = u32::try_from(bytes).expect("an address has at most 16 bytes");
        let (base, register) = (PayloadBase::Network, Register::FIRST);
        let loaded = self.family_of(prefix.address).then(Expression::Payload(Payload {
            base,
            offset,
            length,
            register,
        }));
        let masked = if bytes == whole { loaded } else { loaded.mask(mask(prefix.length, bytes)) };
        masked.compare(CmpOp::Eq, &network[..bytes])
    }

    /// `tcp dport 80`, `udp dport 8000-8010`.
    pub fn destination_port(self, transport: Transport, ports: &RangeInclusive<u16>) -> Self {
        let (base, register) = (PayloadBase::Transport, Register::FIRST);
        let loaded = self
            .meta(MetaKey::L4Proto, Register::FIRST)
            .compare(CmpOp::Eq, &[protocol(transport)])
            .then(Expression::Payload(Payload { base, offset: 2, length: 2, register }));
        let (first, last) = (ports.start().to_be_bytes(), ports.end().to_be_bytes());
        if first == last {
            loaded.compare(CmpOp::Eq, &first)
        } else {
            loaded.compare(CmpOp::Gte, &first).compare(CmpOp::Lte, &last)
        }
    }

    /// `ct state established,related`.
    pub fn ct_state(self, state: CtState) -> Self {
        self.ct(CtKey::State, state.0)
    }

    /// `ct status dnat`.
    pub fn ct_status(self, status: CtStatus) -> Self {
        self.ct(CtKey::Status, status.0)
    }

    fn ct(self, key: CtKey, bits: u32) -> Self {
        self.then(Expression::Ct(Ct { key, register: Register::FIRST }))
            .mask(bits.to_ne_bytes().to_vec())
            .compare(CmpOp::Neq, &[0; 4])
    }

    /// `fib daddr type local`.
    pub fn fib_type(self, side: Side, kind: RouteType) -> Self {
        let fib = Fib { result: FibResult::AddressType, flags: side.fib(), register: Register::FIRST };
        self.then(Expression::Fib(fib)).compare(CmpOp::Eq, &(kind as u32).to_ne_bytes())
    }

    /// `fib saddr . iif oif missing`: the source is not reached by the interface that the packet came in by.
    pub fn source_elsewhere(self) -> Self {
        let flags = Fib::SOURCE | Fib::INCOMING;
        let fib = Fib { result: FibResult::OutInterface, flags, register: Register::FIRST };
        self.then(Expression::Fib(fib)).compare(CmpOp::Eq, &[0; 4])
    }

    /// `counter`.
    pub fn counter(self) -> Self {
        self.then(Expression::Counter(Counter::default()))
    }

    /// `dnat to 10.0.0.2`, or with a port `dnat to 10.0.0.2:80`.
    pub fn dnat(self, address: IpAddr, port: Option<u16>) -> Self {
        let ports = port.map(|_| (Register::SECOND, Register::SECOND));
        let loaded = self.load(Register::FIRST, &octets(address));
        let loaded = match port {
            Some(port) => loaded.load(Register::SECOND, &port.to_be_bytes()),
            None => loaded,
        };
        loaded.dnat_to(address, ports)
    }

    /// `dnat to 10.0.0.2:tcp dport map @ports`: the port is what `map`, made in the same transaction, has for the one that was
    /// asked for.
    pub fn dnat_by_map(self, address: IpAddr, map: &NewSet) -> Self {
        let (base, register) = (PayloadBase::Transport, Register::SECOND);
        let lookup = Lookup {
            set: map.name().into(),
            set_id: Some(map.id()),
            register,
            data: Some(register),
            wanted: Match::Is,
        };
        self.load(Register::FIRST, &octets(address))
            .then(Expression::Payload(Payload { base, offset: 2, length: 2, register }))
            .then(Expression::Lookup(lookup))
            .dnat_to(address, Some((register, register)))
    }

    fn dnat_to(self, address: IpAddr, ports: Option<(Register, Register)>) -> Self {
        self.then(Expression::Nat(Nat {
            kind: NatKind::Dnat,
            family: if address.is_ipv4() { Family::Ip } else { Family::Ip6 },
            addresses: Some((Register::FIRST, Register::FIRST)),
            ports,
            flags: NatFlags::default(),
        }))
    }

    /// `masquerade`.
    pub fn masquerade(self) -> Self {
        self.then(Expression::Masquerade(PortRange::default()))
    }

    /// `reject with icmpx admin-prohibited`.
    pub fn reject(self) -> Self {
        self.then(Expression::Reject(Reject::Icmpx(3)))
    }

    /// `accept`, `drop`, `return`, `jump CHAIN`.
    pub fn verdict(self, verdict: Verdict) -> Self {
        self.then(Expression::Immediate(Immediate::Verdict(verdict)))
    }
}

impl From<Statements> for Vec<Expression> {
    fn from(statements: Statements) -> Self {
        statements.0
    }
}

/// The name of an interface as registers and sets have it: filled up with zeros to 16 bytes.
#[must_use]
pub fn interface_key(name: &IfName) -> [u8; 16] {
    let mut key = [0; 16];
    key[..name.as_str().len()].copy_from_slice(name.as_str().as_bytes());
    key
}

fn mask(length: u8, bytes: usize) -> Vec<u8> {
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    mask.to_be_bytes()[..bytes].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firewall::{NewRule, Rule, TableName};
    use crate::netlink::Request as _;
    use crate::wire::Messages;

    /// The rules of the captured transaction, in the order of `captured.nft`.
    fn captured() -> Vec<Vec<Expression>> {
        Messages::new(include_bytes!("captured.bin"))
            .map(Result::unwrap)
            .filter(|one| one.kind == super::super::family::kind(libc::NFT_MSG_NEWRULE))
            .map(|one| Rule::read(&one).unwrap().expressions)
            .collect()
    }

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn statements_are_what_nft_makes_of_the_same_words() {
        let rules = captured();
        let same = |line: usize, statements: Statements| {
            let ours: Vec<Expression> = statements.into();
            let theirs: Vec<_> = rules[line]
                .iter()
                .cloned()
                .map(|expression| match expression {
                    // `nft` gives the number also of sets with names.
                    Expression::Lookup(lookup) => Expression::Lookup(Lookup { set_id: None, ..lookup }),
                    other => other,
                })
                .collect();
            assert_eq!(ours, theirs, "rule {line}");
        };
        let new = Statements::new;
        let (inward, outward) = (Direction::In, Direction::Out);
        let loopback = new().interface_in(inward, Match::Is, "networks");
        same(0, loopback.clone().address(Side::Destination, prefix("127.0.0.0/8")).verdict(Verdict::Drop));
        same(1, loopback.address(Side::Source, prefix("127.0.0.0/8")).verdict(Verdict::Drop));
        let local = new().fib_type(Side::Destination, RouteType::Local);
        same(2, local.verdict(Verdict::Jump("published".into())));
        let (web, six): (IpAddr, IpAddr) = ("10.1.0.2".parse().unwrap(), "fd00::2".parse().unwrap());
        same(5, new().family_of(web).destination_port(Transport::Tcp, &(8081..=8081)).dnat(web, Some(80)));
        let address = new().address(Side::Destination, prefix("192.0.2.1"));
        same(7, address.destination_port(Transport::Udp, &(9000..=9500)).dnat(web, None));
        let address = new().address(Side::Destination, prefix("::1"));
        same(9, address.destination_port(Transport::Tcp, &(8080..=8080)).dnat(six, Some(80)));
        let from_here = new().interface_in(outward, Match::Is, "networks").ct_status(CtStatus::DNAT);
        same(10, from_here.fib_type(Side::Source, RouteType::Local).masquerade());
        same(11, new().interfaces_in("within").ct_status(CtStatus::DNAT).masquerade());
        let leaving = new().interface_in(inward, Match::Is, "nat");
        same(12, leaving.interface_in(outward, Match::IsNot, "networks").masquerade());
        let established = CtState::ESTABLISHED.or(CtState::RELATED);
        same(13, new().ct_state(established).verdict(Verdict::Accept));
        same(16, new().interface_in(outward, Match::Is, "networks").reject());
    }

    #[test]
    fn prefixes_are_compared_as_nft_compares_them() {
        let rules = captured();
        let masked: Vec<Expression> = Statements::new().address(Side::Source, prefix("10.1.2.0/23")).into();
        assert_eq!(masked, rules[19][..5]);
        let six: Vec<Expression> = Statements::new().address(Side::Destination, prefix("fd00::/60")).into();
        assert_eq!(six, rules[20][..5]);
    }

    #[test]
    fn map_of_the_same_transaction_is_known_by_its_number() {
        let table = TableName::new(Family::Inet, "t");
        let map = NewSet::anonymous(table.clone(), 5, &[super::super::DataType::Service])
            .data(&[super::super::DataType::Service]);
        let web = "10.1.0.2".parse().unwrap();
        let ours: Vec<Expression> = Statements::new()
            .address(Side::Destination, prefix("192.0.2.1"))
            .destination_port(Transport::Udp, &(90..=95))
            .dnat_by_map(web, &map)
            .into();
        assert_eq!(ours, captured()[6]);
        let rule = NewRule::new(table, "c", Statements::new().dnat_by_map(web, &map));
        assert!(rule.encode().0.len() > 20);
    }
}
