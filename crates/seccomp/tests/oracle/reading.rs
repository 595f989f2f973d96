//! A profile read rule by rule for one call, as its documentation says.

use insula_seccomp::{Action, Architecture, Argument, Machine, Operator, Profile, Rule, number};

use crate::bpf::Call;

/// Names whose calls x86 makes through `socketcall(2)` or `ipc(2)`, with what the first argument is there.
const MULTIPLEXED: [(&str, &str, u64); 4] = [
    ("socket", "socketcall", 1),
    ("accept4", "socketcall", 18),
    ("semtimedop", "ipc", 4),
    ("shmctl", "ipc", 24),
];

/// What the profile answers.
pub(crate) fn answer(profile: &Profile, machine: Machine, call: &Call) -> Action {
    let Some((architecture, own)) = architecture(profile, machine, call) else { return Action::KillProcess };
    if own == u32::MAX && architecture == Architecture::X86_64 {
        return profile.default;
    }
    let telling = profile.rules.iter().filter(|rule| rule.action != profile.default);
    let named = telling.clone().filter(|rule| names(rule, architecture, own));
    if let Some(rule) = named.clone().find(|rule| rule.arguments.is_empty()) {
        return rule.action;
    }
    let matches = |rule: &&Rule| {
        (names(rule, architecture, own) && holds(rule, architecture, call))
            || multiplexed(rule, architecture, own, call)
    };
    if let Some(rule) = telling.clone().find(matches) {
        return rule.action;
    }
    let all_names = || profile.rules.iter().flat_map(|rule| &rule.names);
    let direct = all_names().filter_map(|name| number(name, architecture));
    let through = telling
        .filter(|rule| architecture == Architecture::X86 && visible(rule))
        .flat_map(|rule| &rule.names)
        .filter_map(|name| MULTIPLEXED.iter().find(|(known, ..)| *name == *known))
        .filter_map(|(_, through, _)| number(through, architecture));
    let newest = direct.chain(through).filter(|number| *number < 0xf_0000).max().unwrap_or(0);
    let is_new = newest > 0 && own > newest && (architecture != Architecture::Arm || own < 0xf_0000);
    let permissive = matches!(profile.default, Action::Allow | Action::Log | Action::Trace(_));
    if is_new && !permissive { Action::Errno(38) } else { profile.default }
}

/// The architecture of the call's program and the number without the bit of x32, if the profile looks at such calls.
fn architecture(profile: &Profile, machine: Machine, call: &Call) -> Option<(Architecture, u32)> {
    let (architecture, own) = match (machine, call.architecture) {
        // What a tracer has put there is of no architecture.
        (Machine::X86_64, 0xc000_003e)
            if call.number == u32::MAX && !profile.architectures.contains(&Architecture::X32) =>
        {
            (Architecture::X86_64, call.number)
        }
        (Machine::X86_64, 0xc000_003e) if call.number >= 0x4000_0000 => {
            (Architecture::X32, call.number - 0x4000_0000)
        }
        (Machine::X86_64, 0xc000_003e) => (Architecture::X86_64, call.number),
        (Machine::X86_64, 0x4000_0003) => (Architecture::X86, call.number),
        (Machine::Aarch64, 0xc000_00b7) => (Architecture::Aarch64, call.number),
        (Machine::Aarch64, 0x4000_0028) => (Architecture::Arm, call.number),
        _ => return None,
    };
    let looked_at = architecture == machine.native() || profile.architectures.contains(&architecture);
    looked_at.then_some((architecture, own))
}

fn names(rule: &Rule, architecture: Architecture, own: u32) -> bool {
    rule.names.iter().any(|name| number(name, architecture) == Some(own))
}

/// Whether a rule says something of calls whose arguments are hidden.
fn visible(rule: &Rule) -> bool {
    rule.arguments.is_empty() || !matches!(rule.action, Action::Allow | Action::Log)
}

fn multiplexed(rule: &Rule, architecture: Architecture, own: u32, call: &Call) -> bool {
    architecture == Architecture::X86
        && visible(rule)
        && MULTIPLEXED.iter().any(|(name, through, first)| {
            let mask = if *through == "ipc" { 0xffff } else { 0xffff_ffff };
            rule.names.iter().any(|known| known == name)
                && number(through, architecture) == Some(own)
                && call.arguments[0] & mask == *first
        })
}

fn holds(rule: &Rule, architecture: Architecture, call: &Call) -> bool {
    let mut hits = rule.arguments.iter().map(|test| test_holds(*test, architecture, call));
    let mut indices: Vec<_> = rule.arguments.iter().map(|test| test.index()).collect();
    indices.sort_unstable();
    if indices.windows(2).any(|pair| pair[0] == pair[1]) { hits.any(|hit| hit) } else { hits.all(|hit| hit) }
}

fn test_holds(test: Argument, architecture: Architecture, call: &Call) -> bool {
    let narrow = !matches!(architecture, Architecture::X86_64 | Architecture::Aarch64);
    let cut = |value: u64| if narrow { value & 0xffff_ffff } else { value };
    let argument = cut(call.arguments[usize::from(test.index())]);
    match test.operator() {
        Operator::Equal(value) => argument == cut(value),
        Operator::NotEqual(value) => argument != cut(value),
        Operator::MaskedEqual { mask, value } => argument & cut(mask) == cut(value) & cut(mask),
        Operator::Greater(value) => argument > value,
        Operator::GreaterOrEqual(value) => argument >= value,
        Operator::Less(value) => argument < value,
        Operator::LessOrEqual(value) => argument <= value,
    }
}
