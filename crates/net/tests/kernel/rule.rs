//! Rules.

use insula_net::{DeleteRule, Family, NewRule, Range, Rule, RuleAction, RuleFlags};
use rustix::io::Errno;

use crate::harness::{Tests, route, sh};

pub(crate) fn add(tests: &mut Tests) {
    tests.add("rules_come_and_go", || {
        let rule = Rule {
            priority: Some(100),
            source: Some("10.0.0.0/8".parse().unwrap()),
            mark: Some(1),
            mask: Some(255),
            destination_ports: Some(Range { first: 80, last: 90 }),
            flags: RuleFlags::INVERT,
            ..Rule::lookup(Family::V4, 1000)
        };
        route().perform(&NewRule::add(rule.clone())).unwrap();
        let shown = sh("ip rule show");
        assert!(
            shown.contains("100:\tnot from 10.0.0.0/8 fwmark 0x1/0xff dport 80-90 lookup 1000"),
            "{shown}"
        );
        let error = route().perform(&NewRule::add(rule.clone())).unwrap_err();
        assert_eq!(error.errno(), Some(Errno::EXIST));
        assert!(Rule::list(&mut route(), Some(Family::V4)).unwrap().contains(&rule));
        route().perform(&DeleteRule { rule: rule.clone() }).unwrap();
        assert!(!sh("ip rule show").contains("100:"));
        let error = route().perform(&DeleteRule { rule }).unwrap_err();
        assert_eq!(error.to_string(), "cannot delete rule `not from 10.0.0.0/8 lookup 1000 priority 100`");
    });
    tests.add("rule_may_refuse_or_go_on_elsewhere", || {
        let action = |family, action, priority| {
            NewRule::add(Rule { action, priority: Some(priority), ..Rule::lookup(family, 0) })
        };
        let requests = [
            action(Family::V6, RuleAction::Prohibit, 7),
            action(Family::V4, RuleAction::Goto(32766), 8),
            action(Family::V4, RuleAction::Goto(9999), 9),
        ];
        route().perform_all(&[&requests[0], &requests[1], &requests[2]]).unwrap();
        assert!(sh("ip -6 rule show").contains("7:\tfrom all prohibit"));
        let shown = sh("ip rule show");
        assert!(shown.contains("8:\tfrom all goto 32766"), "{shown}");
        assert!(shown.contains("9:\tfrom all goto 9999 [unresolved]"), "{shown}");
        let listed = Rule::list(&mut route(), None).unwrap();
        assert!(listed.contains(&requests[0].rule) && listed.contains(&requests[1].rule));
        assert!(listed.iter().any(|rule| rule.flags.contains(RuleFlags::UNRESOLVED)));
    });
}
