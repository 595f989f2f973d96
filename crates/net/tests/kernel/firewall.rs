//! The packet filter, compared with `nft`.

use std::net::IpAddr;

use insula_net::firewall::{
    Base, Boundary, Chain, ChainType, Comment, CtState, CtStatus, DataType, DeleteRule, DeleteTable,
    Direction, Element, Family, Hook, Match, NewChain, NewElements, NewRule, NewSet, NewTable, Policy,
    RemoveElements, RouteType, Rule, Set, Side, Statements, Table, TableName, Verdict, interface_key,
};
use insula_net::{Netlink, Protocol, Request, Transport};

use crate::harness::{Tests, name, sh};

/// What is needed for a comparison.
const NFT: &str = "nft list ruleset";

/// The rules of `forwarding`, written by hand.
const BY_HAND: &str = r#"
table inet ours {
    comment "made by a test"
    set lans {
        type ifname
        elements = { "lan" comment "the first" }
    }
    set near {
        type ipv4_addr
        flags interval
        elements = { 10.0.0.0/8 }
    }
    chain prerouting {
        type nat hook prerouting priority -100; policy accept;
        fib daddr type local jump published
    }
    chain published {
        meta nfproto ipv4 tcp dport 8080 dnat ip to 10.1.0.2:80 comment "web"
        ip daddr 192.0.2.1 udp dport 90-91 dnat ip to 10.1.0.2:udp dport map { 90 : 190, 91 : 191 }
        ip6 daddr fd00::/60 tcp dport 443 dnat ip6 to [fd01::2]:443
    }
    chain postrouting {
        type nat hook postrouting priority 100; policy accept;
        iifname @lans oifname != @lans masquerade
    }
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        ct status dnat counter accept
        iifname != "lan" ip saddr 10.1.2.0/23 drop
        oifname @lans reject with icmpx admin-prohibited
    }
}
"#;

fn netfilter() -> Netlink {
    Netlink::open(Protocol::Netfilter).unwrap()
}

fn ours() -> TableName {
    TableName::new(Family::Inet, "ours")
}

fn comment(text: &str) -> Comment {
    Comment::new(text).unwrap()
}

fn base(kind: ChainType, hook: Hook, priority: i32, policy: Policy) -> Base {
    Base { kind, hook, priority, policy }
}

/// The same as `BY_HAND`.
fn forwarding() -> Vec<Box<dyn Request>> {
    let rule = |chain: &str, statements| NewRule::new(ours(), chain, statements);
    let new = Statements::new;
    let (four, six): (IpAddr, IpAddr) = ("10.1.0.2".parse().unwrap(), "fd01::2".parse().unwrap());
    let lans = NewSet::new(ours(), "lans", 1, &[DataType::IfName]);
    let near = NewSet::new(ours(), "near", 2, &[DataType::Ipv4Address]).intervals();
    let map = NewSet::anonymous(ours(), 3, &[DataType::Service]).data(&[DataType::Service]);
    let to = |set: &NewSet, elements| NewElements {
        table: ours(),
        set: set.name().into(),
        set_id: Some(set.id()),
        elements,
    };
    let port = |from: u16, to: u16| Element::new(from.to_be_bytes()).data(to.to_be_bytes());
    let first = Element::new(interface_key(&name("lan"))).comment(comment("the first"));
    let ranges = vec![Element::new([10, 0, 0, 0]), Element::end([11, 0, 0, 0])];
    let destination = |text: &str| new().address(Side::Destination, text.parse().unwrap());
    let shifted =
        destination("192.0.2.1").destination_port(Transport::Udp, &(90..=91)).dnat_by_map(four, &map);
    let secure = destination("fd00::/60").destination_port(Transport::Tcp, &(443..=443)).dnat(six, Some(443));
    let web = new().family_of(four).destination_port(Transport::Tcp, &(8080..=8080)).dnat(four, Some(80));
    let local =
        new().fib_type(Side::Destination, RouteType::Local).verdict(Verdict::Jump("published".into()));
    let out = new().interface_in(Direction::In, Match::Is, "lans").interface_in(
        Direction::Out,
        Match::IsNot,
        "lans",
    );
    let known = CtState::ESTABLISHED.or(CtState::RELATED);
    let stranger = new()
        .interface(Direction::In, Match::IsNot, &name("lan"))
        .address(Side::Source, "10.1.2.0/23".parse().unwrap());
    let chains = [
        ("prerouting", Some(base(ChainType::Nat, Hook::Prerouting, -100, Policy::Accept))),
        ("published", None),
        ("postrouting", Some(base(ChainType::Nat, Hook::Postrouting, 100, Policy::Accept))),
        ("forward", Some(base(ChainType::Filter, Hook::Forward, 0, Policy::Drop))),
    ];
    let mut all: Vec<Box<dyn Request>> =
        vec![Box::new(NewTable::new(ours()).comment(comment("made by a test")))];
    all.extend(chains.map(|(name, base)| -> Box<dyn Request> {
        Box::new(base.map_or_else(|| NewChain::new(ours(), name), |base| NewChain::base(ours(), name, base)))
    }));
    let elements: [Box<dyn Request>; 6] = [
        Box::new(lans.clone()),
        Box::new(to(&lans, vec![first])),
        Box::new(near.clone()),
        Box::new(to(&near, ranges)),
        Box::new(map.clone()),
        Box::new(to(&map, vec![port(90, 190), port(91, 191)])),
    ];
    all.extend(elements);
    let rules: [Box<dyn Request>; 9] = [
        Box::new(rule("prerouting", local)),
        Box::new(rule("published", web).comment(comment("web"))),
        Box::new(rule("published", shifted)),
        Box::new(rule("published", secure)),
        Box::new(rule("postrouting", out.masquerade())),
        Box::new(rule("forward", new().ct_state(known).verdict(Verdict::Accept))),
        Box::new(rule("forward", new().ct_status(CtStatus::DNAT).counter().verdict(Verdict::Accept))),
        Box::new(rule("forward", stranger.verdict(Verdict::Drop))),
        Box::new(rule("forward", new().interface_in(Direction::Out, Match::Is, "lans").reject())),
    ];
    all.extend(rules);
    all
}

fn commit(requests: &[Box<dyn Request>]) {
    let requests: Vec<&dyn Request> = requests.iter().map(AsRef::as_ref).collect();
    netfilter().commit(&requests).unwrap();
}

/// The rules alone, without handles, which depend on the order in which things were made.
fn expressions(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| line.starts_with("[ ")).collect()
}

pub(crate) fn add(tests: &mut Tests) {
    tests.add_where(NFT, "rules_are_those_that_nft_makes_of_the_same_words", || {
        commit(&forwarding());
        let ours = sh("nft list ruleset");
        let debug = sh("nft --debug=netlink list ruleset");
        sh("nft flush ruleset");
        sh(&format!("nft -f - <<'END'\n{BY_HAND}\nEND"));
        assert_eq!(ours, sh("nft list ruleset"));
        assert_eq!(expressions(&debug), expressions(&sh("nft --debug=netlink list ruleset")));
    });
    tests.add_where(NFT, "rules_are_shown_as_nft_shows_them", || {
        sh(&format!("nft -f - <<'END'\n{BY_HAND}\nEND"));
        let rules = Rule::list(&mut netfilter(), &ours()).unwrap();
        let shown = rules.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(expressions(&shown), expressions(&sh("nft --debug=netlink list ruleset")));
    });
    tests.add_where(NFT, "what_nft_lists_is_taken_back_by_nft", || {
        commit(&forwarding());
        let saved = sh("nft list ruleset");
        sh(&format!("nft flush ruleset; nft -f - <<'END'\n{saved}\nEND"));
        assert_eq!(saved, sh("nft list ruleset"));
    });
    tests.add("what_is_made_is_read_back", || {
        commit(&forwarding());
        let table = Table::find(&mut netfilter(), &ours()).unwrap().unwrap();
        assert_eq!(table.comment.unwrap().as_str(), "made by a test");
        let chains = Chain::list(&mut netfilter()).unwrap();
        let forward = chains.iter().find(|chain| chain.name == "forward").unwrap();
        assert_eq!(forward.base, Some(base(ChainType::Filter, Hook::Forward, 0, Policy::Drop)));
        let sets = Set::list(&mut netfilter(), &ours()).unwrap();
        assert_eq!(sets.len(), 3);
        let near = Element::list(&mut netfilter(), &ours(), "near").unwrap();
        assert!(near.iter().any(|one| one.key == [11, 0, 0, 0] && one.boundary == Boundary::End), "{near:?}");
        let lans = Element::list(&mut netfilter(), &ours(), "lans").unwrap();
        assert_eq!(lans[0].comment, Some(comment("the first")));
        let rules = Rule::list(&mut netfilter(), &ours()).unwrap();
        let web = rules.iter().find(|rule| rule.comment == Some(comment("web"))).unwrap();
        let gone = RemoveElements { table: ours(), set: "lans".into(), elements: lans };
        netfilter().commit(&[&DeleteRule::from(web), &gone]).unwrap();
        assert_eq!(Rule::list(&mut netfilter(), &ours()).unwrap().len(), rules.len() - 1);
        assert_eq!(Element::list(&mut netfilter(), &ours(), "lans").unwrap(), []);
        netfilter().commit(&[&DeleteTable { name: ours(), handle: table.handle }]).unwrap();
        assert_eq!(Table::list(&mut netfilter()).unwrap(), []);
    });
    tests.add("transaction_is_done_whole_or_not_at_all", || {
        let nowhere = NewRule::new(ours(), "nosuch", Statements::new().masquerade());
        let failed = netfilter().commit(&[&NewTable::new(ours()), &nowhere]).unwrap_err();
        assert_eq!(failed.index, 1);
        assert_eq!(failed.to_string(), "cannot add a rule to chain `nosuch` of table `inet ours`");
        assert_eq!(failed.source.errno(), Some(rustix::io::Errno::NOENT));
        assert_eq!(Table::list(&mut netfilter()).unwrap(), []);
    });
    tests.add("table_that_is_there_is_not_made_again", || {
        netfilter().commit(&[&NewTable::new(ours())]).unwrap();
        let failed = netfilter().commit(&[&NewTable::new(ours())]).unwrap_err();
        assert_eq!(failed.source.errno(), Some(rustix::io::Errno::EXIST));
    });
    tests.add("element_that_is_there_is_not_added_again", || {
        commit(&forwarding());
        let elements = vec![Element::new(interface_key(&name("lan")))];
        let again = NewElements { table: ours(), set: "lans".into(), set_id: None, elements };
        let failed = netfilter().commit(&[&again]).unwrap_err();
        assert_eq!(failed.source.errno(), Some(rustix::io::Errno::EXIST));
    });
    tests.add("table_of_another_number_is_not_deleted", || {
        netfilter().commit(&[&NewTable::new(ours())]).unwrap();
        let handle = Table::find(&mut netfilter(), &ours()).unwrap().unwrap().handle;
        netfilter().commit(&[&DeleteTable { name: ours(), handle: handle + 1 }]).unwrap_err();
        assert!(Table::find(&mut netfilter(), &ours()).unwrap().is_some());
    });
}
