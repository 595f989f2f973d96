//! What a profile's rules mean together for each call of one architecture.

use crate::architecture::Known;
use crate::multiplexed::through;
use crate::profile::{Profile, Rule};
use crate::syscalls::{Numbers, number};
use crate::{Action, Architecture, Argument};

/// Where Arm has calls that only it has: `__ARM_NR_BASE` of `asm/unistd.h`. They are older than all others.
pub(crate) const ARM_PRIVATE: u32 = 0x000f_0000;

/// What is answered if all tests hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub(crate) arguments: Vec<Argument>,
    pub(crate) action: Action,
}

/// What is answered to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This, whatever its arguments are.
    Always(Action),
    /// What the first case says that holds; if none does, the default action.
    First(Vec<Case>),
}

/// The names of a profile, looked up once for all architectures.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    default: Action,
    calls: Vec<(&'a str, &'a Rule, Numbers)>,
    /// What is no call of any architecture, once each.
    pub(crate) unknown: Vec<String>,
}

/// The calls of one architecture.
#[derive(Debug)]
pub(crate) struct Calls {
    /// By number, without the bit of x32.
    pub(crate) verdicts: Vec<(u32, Verdict)>,
    /// The highest number that the profile names.
    pub(crate) newest: Option<u32>,
}

impl<'a> Named<'a> {
    pub(crate) fn new(profile: &'a Profile) -> Self {
        let mut named = Self { default: profile.default, calls: Vec::new(), unknown: Vec::new() };
        for rule in &profile.rules {
            for name in &rule.names {
                match name.numbers() {
                    Some(numbers) => named.calls.push((name, rule, numbers)),
                    None if named.unknown.iter().any(|unknown| name == unknown.as_str()) => {}
                    None => named.unknown.push(name.to_string()),
                }
            }
        }
        named
    }

    pub(crate) fn on(&self, architecture: Known) -> Calls {
        let mut rules: Vec<(u32, Source<'_>)> = Vec::with_capacity(self.calls.len());
        let mut newest = None;
        for (name, rule, numbers) in &self.calls {
            let direct = numbers.on(architecture);
            newest = newest.max(direct.filter(|number| *number < ARM_PRIVATE));
            if rule.action == self.default {
                continue;
            }
            rules.extend(direct.map(|number| (number, Source::Direct(rule))));
            if architecture == Known::X86
                && let Some((number, test)) = multiplexed(name, rule)
            {
                newest = newest.max(Some(number));
                rules.push((number, Source::Through(test, rule.action)));
            }
        }
        // Stable: the rules for one call stay in their order.
        rules.sort_by_key(|(number, _)| *number);
        let groups = rules.chunk_by(|(one, _), (next, _)| one == next);
        Calls { verdicts: groups.map(|group| (group[0].0, verdict(group))).collect(), newest }
    }
}

/// One rule for one number.
enum Source<'a> {
    Direct(&'a Rule),
    Through(Argument, Action),
}

/// How x86 can make the call besides. What is tested of the arguments cannot be seen there: enough to refuse, not to permit.
fn multiplexed(name: &str, rule: &Rule) -> Option<(u32, Argument)> {
    if rule.action.permits() && !rule.arguments.is_empty() {
        return None;
    }
    let (call, test) = through(name)?;
    Some((number(call, Architecture::X86)?, test))
}

fn verdict(group: &[(u32, Source<'_>)]) -> Verdict {
    let unconditional = group.iter().find_map(|(_, source)| match source {
        Source::Direct(rule) if rule.arguments.is_empty() => Some(rule.action),
        _ => None,
    });
    if let Some(action) = unconditional {
        return Verdict::Always(action);
    }
    let mut cases = Vec::new();
    for (_, source) in group {
        match source {
            Source::Through(test, action) => cases.push(Case { arguments: vec![*test], action: *action }),
            Source::Direct(rule) if same_twice(&rule.arguments) => {
                let each =
                    rule.arguments.iter().map(|test| Case { arguments: vec![*test], action: rule.action });
                cases.extend(each);
            }
            Source::Direct(rule) => {
                cases.push(Case { arguments: rule.arguments.clone(), action: rule.action });
            }
        }
    }
    Verdict::First(cases)
}

/// Whether two tests look at the same argument.
fn same_twice(arguments: &[Argument]) -> bool {
    let mut seen = [false; 6];
    arguments.iter().any(|test| std::mem::replace(&mut seen[usize::from(test.index())], true))
}
