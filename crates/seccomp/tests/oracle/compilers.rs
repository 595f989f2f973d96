//! The same profile compiled by `seccompiler`, as far as it can say it: one architecture, two actions, 64-bit arguments.

use std::collections::BTreeMap;

use insula_seccomp::{Action, Architecture, Argument, Instruction, Machine, Operator, Profile, Rule, number};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use crate::bpf::{self, Call};

const NAMES: [&str; 5] = ["read", "openat", "socket", "personality", "mseal"];

/// Rules: a name, and tests of different arguments.
type Rules = Vec<(&'static str, Vec<(u8, u8, u64)>)>;

fn rules() -> impl Strategy<Value = Rules> {
    let value = prop_oneof![0..4_u64, any::<u64>(), Just(1 << 32), Just(u64::MAX)];
    let tests = prop::collection::btree_map(0..6_u8, (0..6_u8, value), 1..4)
        .prop_map(|tests| tests.into_iter().map(|(index, (kind, value))| (index, kind, value)).collect());
    vec((select(NAMES.to_vec()), tests), 1..8)
}

fn ours(rules: &Rules) -> Vec<Instruction> {
    let mut profile = Profile::new(Action::Allow);
    for (name, tests) in rules {
        let tests = tests.iter().map(|(index, kind, value)| {
            let operator = match kind {
                0 => Operator::NotEqual(*value),
                1 => Operator::Less(*value),
                2 => Operator::LessOrEqual(*value),
                3 => Operator::Equal(*value),
                4 => Operator::GreaterOrEqual(*value),
                _ => Operator::Greater(*value),
            };
            Argument::new((*index).into(), operator).unwrap()
        });
        profile.rules.push(Rule::new([*name], Action::Errno(13)).when(tests));
    }
    profile.compile(Machine::X86_64).unwrap().instructions().to_vec()
}

fn theirs(rules: &Rules) -> Vec<Instruction> {
    let mut all: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (name, tests) in rules {
        let tests = tests.iter().map(|(index, kind, value)| {
            let operator = match kind {
                0 => SeccompCmpOp::Ne,
                1 => SeccompCmpOp::Lt,
                2 => SeccompCmpOp::Le,
                3 => SeccompCmpOp::Eq,
                4 => SeccompCmpOp::Ge,
                _ => SeccompCmpOp::Gt,
            };
            SeccompCondition::new(*index, SeccompCmpArgLen::Qword, operator, *value).unwrap()
        });
        let number = number(name, Architecture::X86_64).unwrap();
        all.entry(number.into()).or_default().push(SeccompRule::new(tests.collect()).unwrap());
    }
    let filter =
        SeccompFilter::new(all, SeccompAction::Allow, SeccompAction::Errno(13), TargetArch::x86_64).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    let same = |one: &seccompiler::sock_filter| Instruction {
        code: one.code,
        if_true: one.jt,
        if_false: one.jf,
        value: one.k,
    };
    program.iter().map(same).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn seccompiler_answers_the_same(rules in rules(), calls in vec((select(NAMES.to_vec()), any::<u64>(), 0..4_u64), 20)) {
        let (ours, theirs) = (ours(&rules), theirs(&rules));
        for (name, wild, tame) in calls {
            let number = number(name, Architecture::X86_64).unwrap();
            for arguments in [[wild; 6], [tame; 6], [tame, wild, tame, u64::MAX, 1 << 32, tame]] {
                let call = Call::new(Architecture::X86_64, number, arguments);
                prop_assert_eq!(bpf::run(&ours, &call), bpf::run(&theirs, &call), "{:x?}", call);
            }
        }
    }
}
