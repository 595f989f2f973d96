//! Rules as version 1 keeps them: `admin-guide/cgroup-v1/devices.rst`.
//!
//! The kernel has one answer for all devices, and exceptions. Denying a part of an exception (one device out of all of a major
//! number) does nothing there, without an error; so such rules are found here and refused.

use std::collections::BTreeMap;
use std::fmt;

use super::{DeviceAccess, DeviceKind, DeviceRule};

/// The devices that an exception is about; never [`DeviceKind::All`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Devices {
    kind: DeviceKind,
    major: Option<u32>,
    minor: Option<u32>,
}

/// What is allowed, in the kernel's way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct List {
    /// What holds where there is no exception.
    pub(crate) allows: bool,
    pub(crate) exceptions: BTreeMap<Devices, DeviceAccess>,
}

impl Devices {
    /// Whether all devices of `other` are in it.
    fn covers(self, other: Self) -> bool {
        self.kind == other.kind
            && (self.major.is_none() || self.major == other.major)
            && (self.minor.is_none() || self.minor == other.minor)
    }

    /// The names that systemd has for them, `DeviceAllow=` in `systemd.resource-control(5)`: a node of one device, or a group of
    /// those of one major number as `table`, which is `/proc/devices`, calls it.
    pub(crate) fn names(self, table: &str) -> Vec<String> {
        let (kind, heading) = match self.kind {
            DeviceKind::Block => ("block", "Block devices:"),
            _ => ("char", "Character devices:"),
        };
        match (self.major, self.minor) {
            (Some(major), Some(minor)) => vec![format!("/dev/{kind}/{major}:{minor}")],
            (Some(major), None) => {
                let lines = table.lines().skip_while(|line| *line != heading).skip(1);
                let groups =
                    lines.take_while(|line| !line.is_empty()).filter_map(|line| line.trim().split_once(' '));
                groups
                    .filter(|(number, _)| number.parse() == Ok(major))
                    .map(|(_, name)| format!("{kind}-{name}"))
                    .collect()
            }
            // It has no name for one minor number of all.
            (None, _) => vec![format!("{kind}-*")],
        }
    }

    /// Whether some device is in both.
    fn meets(self, other: Self) -> bool {
        let meet = |one: Option<u32>, other: Option<u32>| one.is_none() || other.is_none() || one == other;
        self.kind == other.kind && meet(self.major, other.major) && meet(self.minor, other.minor)
    }
}

impl fmt::Display for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |number: Option<u32>| number.map_or("*".to_owned(), |number| number.to_string());
        let kind = if self.kind == DeviceKind::Block { 'b' } else { 'c' };
        write!(f, "{kind} {}:{}", shown(self.major), shown(self.minor))
    }
}

impl List {
    /// What `rules` come to; fails with the first one that version 1 cannot express.
    pub(crate) fn of_rules(rules: &[DeviceRule]) -> Result<Self, DeviceRule> {
        let mut list = Self::default();
        for rule in rules {
            let is_everything = rule.kind == DeviceKind::All && rule.major.is_none() && rule.minor.is_none();
            if is_everything && rule.access == DeviceAccess::ALL {
                list = Self { allows: rule.allow, exceptions: BTreeMap::new() };
                continue;
            }
            let kinds = match rule.kind {
                DeviceKind::All => vec![DeviceKind::Block, DeviceKind::Char],
                kind => vec![kind],
            };
            for kind in kinds {
                list.add(rule, Devices { kind, major: rule.major, minor: rule.minor })?;
            }
        }
        list.exceptions.retain(|_, access| !access.is_empty());
        Ok(list)
    }

    fn add(&mut self, rule: &DeviceRule, devices: Devices) -> Result<(), DeviceRule> {
        if rule.allow != self.allows {
            let access = self.exceptions.entry(devices).or_default();
            *access = *access | rule.access;
            return Ok(());
        }
        // As everything else: takes away from the exceptions.
        for (exception, access) in &mut self.exceptions {
            if devices.covers(*exception) {
                *access = *access & !rule.access;
            } else if devices.meets(*exception) && !(*access & rule.access).is_empty() {
                return Err(*rule);
            }
        }
        Ok(())
    }

    /// What `devices.list` says. `None` when it says that all is allowed, where exceptions are not shown.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut list = Self::default();
        for line in text.lines() {
            let mut words = line.split([' ', ':']);
            let kind = match words.next()? {
                "b" => DeviceKind::Block,
                "c" => DeviceKind::Char,
                _ => return None,
            };
            let mut number = || match words.next()? {
                "*" => Some(None),
                digits => Some(Some(digits.parse().ok()?)),
            };
            let (major, minor) = (number()?, number()?);
            let access = words.next()?.parse().ok()?;
            list.exceptions.insert(Devices { kind, major, minor }, access);
        }
        Some(list)
    }

    /// What to write to `devices.allow` and `devices.deny`, in order, so that what was `now` becomes this. What is allowed
    /// in both is allowed all the time.
    pub(crate) fn steps(&self, now: Option<&Self>) -> Vec<(Step, String)> {
        let exception = if self.allows { Step::Deny } else { Step::Allow };
        let mut steps = Vec::new();
        let now = match now {
            Some(now) if !now.allows && !self.allows => now,
            _ => {
                steps.push((if self.allows { Step::Allow } else { Step::Deny }, "a".to_owned()));
                &Self::default()
            }
        };
        let access = |list: &Self, devices| list.exceptions.get(devices).copied().unwrap_or_default();
        for (devices, wanted) in &self.exceptions {
            let added = *wanted & !access(now, devices);
            if !added.is_empty() {
                steps.push((exception, format!("{devices} {added}")));
            }
        }
        for (devices, had) in &now.exceptions {
            let removed = *had & !access(self, devices);
            if !removed.is_empty() {
                steps.push((Step::Deny, format!("{devices} {removed}")));
            }
        }
        steps
    }
}

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Allow,
    Deny,
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{Wish, is_allowed, rule, wish};
    use super::*;
    use proptest::prelude::*;

    /// Decides as the kernel does (`security/device_cgroup.c`): exceptions are looked for by themselves, not together. So
    /// one access at a time is asked for.
    fn decides(list: &List, wish: Wish) -> bool {
        let one = Devices { kind: wish.kind, major: Some(wish.major), minor: Some(wish.minor) };
        let ways = [DeviceAccess::READ, DeviceAccess::WRITE, DeviceAccess::MKNOD];
        ways.into_iter().filter(|way| !(wish.access & *way).is_empty()).all(|way| {
            let is_exception = list
                .exceptions
                .iter()
                .any(|(devices, access)| devices.covers(one) && !(*access & way).is_empty());
            is_exception != list.allows
        })
    }

    /// What the two files make of a list, as far as these tests write to them.
    fn write(list: &mut List, step: Step, line: &str) {
        if line == "a" {
            *list = List { allows: step == Step::Allow, exceptions: BTreeMap::new() };
            return;
        }
        let (devices, access) = List::parse(line).unwrap().exceptions.pop_first().unwrap();
        let has = list.exceptions.entry(devices).or_default();
        *has = if (step == Step::Allow) == list.allows { *has & !access } else { *has | access };
        list.exceptions.retain(|_, access| !access.is_empty());
    }

    #[test]
    fn a_part_of_what_is_allowed_cannot_be_denied() {
        let allow = DeviceRule {
            allow: true,
            kind: DeviceKind::Char,
            major: Some(1),
            minor: None,
            access: DeviceAccess::ALL,
        };
        let deny = DeviceRule { allow: false, minor: Some(3), ..allow };
        assert_eq!(List::of_rules(&[allow, deny]), Err(deny));
        let other = DeviceRule { major: Some(2), ..deny };
        assert!(List::of_rules(&[allow, other]).is_ok());
    }

    #[test]
    fn systemd_has_names_for_devices() {
        let table = "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n136 pts\n\nBlock devices:\n  1 ramdisk\n";
        let names = |kind, major, minor| Devices { kind, major, minor }.names(table);
        assert_eq!(names(DeviceKind::Char, Some(1), Some(3)), ["/dev/char/1:3"]);
        assert_eq!(names(DeviceKind::Char, Some(136), None), ["char-pts"]);
        assert_eq!(names(DeviceKind::Char, Some(5), None), ["char-/dev/tty", "char-/dev/console"]);
        assert_eq!(names(DeviceKind::Block, Some(1), None), ["block-ramdisk"]);
        assert_eq!(names(DeviceKind::Block, None, None), ["block-*"]);
        assert!(names(DeviceKind::Block, Some(9), None).is_empty());
    }

    #[test]
    fn the_kernels_list_is_read() {
        assert_eq!(List::parse("a *:* rwm\n"), None);
        let list = List::parse("c 1:3 rwm\nb *:* m\n").unwrap();
        assert_eq!(list.exceptions.len(), 2);
        assert_eq!(List::parse("c 1 rwm\n"), None);
    }

    proptest! {
        #[test]
        fn lists_decide_as_the_rules_read(rules in prop::collection::vec(rule(), 0..8), wishes in prop::collection::vec(wish(), 1..40)) {
            let Ok(list) = List::of_rules(&rules) else { return Ok(()) };
            for wish in wishes {
                prop_assert_eq!(decides(&list, wish), is_allowed(&rules, wish), "{:?}", wish);
            }
        }

        #[test]
        fn steps_lead_from_one_list_to_another(from in prop::collection::vec(rule(), 0..8), to in prop::collection::vec(rule(), 0..8)) {
            let (Ok(from), Ok(to)) = (List::of_rules(&from), List::of_rules(&to)) else { return Ok(()) };
            // What allows everything shows no exceptions.
            let mut now = from.clone();
            for (step, line) in to.steps((!from.allows).then_some(&from)) {
                write(&mut now, step, &line);
            }
            prop_assert_eq!(now, to);
        }

        #[test]
        fn no_list_is_too_odd(text in "[abc0-9*: rwm\n]{0,40}|.*") {
            let _ = List::parse(&text);
        }
    }
}
