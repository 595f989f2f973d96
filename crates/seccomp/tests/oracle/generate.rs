//! Profiles and calls by chance, close enough to each other that rules match.

use insula_seccomp::{Action, Architecture, Argument, Machine, Operator, Profile, Rule};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::bpf::Call;

/// Old and new, of one architecture and of several, multiplexed or not, unknown.
const NAMES: [&str; 22] = [
    "read",
    "write",
    "open",
    "openat",
    "socket",
    "accept4",
    "semtimedop",
    "shmctl",
    "socketcall",
    "ipc",
    "personality",
    "clone",
    "clone3",
    "mseal",
    "set_tls",
    "breakpoint",
    "execveat",
    "ioctl",
    "epoll_wait",
    "teleport",
    "s390_sthyi",
    "_llseek",
];

pub(crate) const ARCHITECTURES: [Architecture; 6] = [
    Architecture::X86_64,
    Architecture::X32,
    Architecture::X86,
    Architecture::Aarch64,
    Architecture::Arm,
    Architecture::Foreign("SCMP_ARCH_S390"),
];

fn action() -> impl Strategy<Value = Action> {
    select(vec![
        Action::Allow,
        Action::Errno(1),
        Action::Errno(38),
        Action::Trap,
        Action::KillProcess,
        Action::KillThread,
        Action::Log,
        Action::Trace(3),
    ])
}

fn value() -> impl Strategy<Value = u64> {
    prop_oneof![
        select(vec![
            0,
            1,
            4,
            18,
            24,
            1 << 31,
            u64::MAX,
            u64::MAX - 1,
            u64::MAX >> 32,
            1 << 32,
            (1 << 32) + 1,
            7 << 32
        ]),
        any::<u64>(),
        (0..30_u64),
    ]
}

fn argument() -> impl Strategy<Value = Argument> {
    (0..3_u64, 0..7_u8, value(), value()).prop_map(|(index, kind, value, mask)| {
        let operator = match kind {
            0 => Operator::NotEqual(value),
            1 => Operator::Less(value),
            2 => Operator::LessOrEqual(value),
            3 => Operator::Equal(value),
            4 => Operator::GreaterOrEqual(value),
            5 => Operator::Greater(value),
            _ => Operator::MaskedEqual { mask, value },
        };
        Argument::new(index, operator).unwrap()
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    let arguments = prop_oneof![Just(Vec::new()), vec(argument(), 1..4)];
    (vec(select(NAMES.to_vec()), 1..4), action(), arguments)
        .prop_map(|(names, action, arguments)| Rule::new(names, action).when(arguments))
}

fn profile() -> impl Strategy<Value = Profile> {
    (action(), vec(select(ARCHITECTURES.to_vec()), 0..4), vec(rule(), 0..8))
        .prop_map(|(default, architectures, rules)| Profile { architectures, rules, ..Profile::new(default) })
}

fn call() -> impl Strategy<Value = Call> {
    let number = (select(NAMES.to_vec()), select(ARCHITECTURES.to_vec()))
        .prop_map(|(name, architecture)| insula_seccomp::number(name, architecture).unwrap_or(600));
    let number = prop_oneof![
        4 => number,
        1 => 0..600_u32,
        1 => select(vec![u32::MAX, 0x4000_0000, 0xf_0000, 0xf_0007, 0x8000_0000]),
    ];
    (select(ARCHITECTURES.to_vec()), number, [value(), value(), value(), value(), value(), value()]).prop_map(
        |(architecture, number, arguments)| {
            let narrow = matches!(architecture, Architecture::X86 | Architecture::Arm);
            // The kernel says no more of the registers of a 32-bit program.
            let arguments = arguments.map(|argument| if narrow { argument & 0xffff_ffff } else { argument });
            Call::new(architecture, number, arguments)
        },
    )
}

pub(crate) fn case() -> impl Strategy<Value = (Profile, Machine, Vec<Call>)> {
    let machine = select(vec![Machine::X86_64, Machine::Aarch64]);
    (profile(), machine, vec(call(), 30))
}
