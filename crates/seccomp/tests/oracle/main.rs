//! Filters, executed by an interpreter, against a profile read rule by rule, and against what other compilers make of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bpf;
mod compilers;
mod generate;
mod reading;

use insula_seccomp::{Action, Architecture, Argument, Filter, Machine, Operator, Profile, Rule};
use proptest::prelude::*;

use crate::bpf::Call;
use crate::reading::answer;

fn compiled(profile: &Profile, machine: Machine) -> Filter {
    let filter = profile.compile(machine).unwrap();
    bpf::verify(filter.instructions());
    filter
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_filter_answers_what_its_profile_says((profile, machine, calls) in generate::case()) {
        let filter = compiled(&profile, machine);
        for call in calls {
            let expected = answer(&profile, machine, &call);
            prop_assert_eq!(bpf::run(filter.instructions(), &call), expected.code(), "{:x?}", call);
        }
    }
}

#[test]
fn every_number_of_every_architecture_is_answered_as_the_profile_says() {
    let architectures = [
        Architecture::X86_64,
        Architecture::X32,
        Architecture::X86,
        Architecture::Aarch64,
        Architecture::Arm,
    ];
    let mut profile = Profile::new(Action::Errno(1));
    profile.architectures = architectures.to_vec();
    // Every third call of the table, with an action of three, so that all ranges are short.
    let names =
        insula_seccomp::numbers(Architecture::X86_64).chain(insula_seccomp::numbers(Architecture::Arm));
    for (index, (name, _)) in names.step_by(3).enumerate() {
        let action = [Action::Allow, Action::Errno(2), Action::Trap][index % 3];
        profile.rules.push(Rule::new([name], action));
    }
    for machine in [Machine::X86_64, Machine::Aarch64] {
        let filter = compiled(&profile, machine);
        for architecture in architectures {
            let numbers = (0..600).chain(0xf_0000 - 2..0xf_0010).chain([u32::MAX, u32::MAX >> 1]);
            for number in numbers {
                let call = Call::new(architecture, number, [0; 6]);
                let expected = answer(&profile, machine, &call).code();
                assert_eq!(bpf::run(filter.instructions(), &call), expected, "{architecture:?} {number}");
            }
        }
    }
}

#[test]
fn rules_that_fill_the_kernels_limit_still_jump_right() {
    let mut profile = Profile::new(Action::Errno(1));
    let mut value = 0;
    for (name, _) in insula_seccomp::numbers(Architecture::X86_64).take(80) {
        for _ in 0..9 {
            value += 1 << 33 | 1;
            let test = Argument::new(value % 6, Operator::Equal(value)).unwrap();
            profile.rules.push(Rule::new([name], Action::Errno((value % 4000) as u16)).when([test]));
        }
    }
    let filter = compiled(&profile, Machine::X86_64);
    assert!(filter.instructions().len() > 3500, "{}", filter.instructions().len());
    for rule in &profile.rules {
        let Operator::Equal(value) = rule.arguments[0].operator() else { unreachable!() };
        let number = insula_seccomp::number(&rule.names[0], Architecture::X86_64).unwrap();
        for arguments in [[value; 6], [value + 1; 6], [value ^ 1 << 40; 6]] {
            let call = Call::new(Architecture::X86_64, number, arguments);
            let expected = answer(&profile, Machine::X86_64, &call).code();
            assert_eq!(bpf::run(filter.instructions(), &call), expected);
        }
    }
}

#[test]
fn a_filter_that_the_kernel_would_refuse_is_an_error() {
    let mut profile = Profile::new(Action::Allow);
    for value in 0..1100 {
        let test = Argument::new(0, Operator::Equal(value << 32 | value)).unwrap();
        profile.rules.push(Rule::new(["read"], Action::Trap).when([test]));
    }
    let error = profile.compile(Machine::HERE).unwrap_err().to_string();
    assert!(error.contains("at most 4096"), "{error}");
}

#[test]
fn x32_is_killed_unless_it_is_named() {
    let read = Call::new(Architecture::X32, 0, [0; 6]);
    let mut profile = Profile::new(Action::Allow);
    let kill = Action::KillProcess.code();
    assert_eq!(bpf::run(compiled(&profile, Machine::X86_64).instructions(), &read), kill);
    profile.architectures.push(Architecture::X32);
    assert_eq!(bpf::run(compiled(&profile, Machine::X86_64).instructions(), &read), Action::Allow.code());
}

#[test]
fn calls_that_x86_multiplexes_are_refused_there_too() {
    let mut profile = Profile::new(Action::Allow);
    profile.architectures.push(Architecture::X86);
    profile.rules.push(Rule::new(["connect", "shmat"], Action::Errno(13)));
    let filter = compiled(&profile, Machine::X86_64);
    let answer = |number, first| {
        bpf::run(filter.instructions(), &Call::new(Architecture::X86, number, [first, 0, 0, 0, 0, 0]))
    };
    let (socketcall, ipc) = (102, 117);
    assert_eq!(answer(socketcall, 3), Action::Errno(13).code());
    assert_eq!(answer(socketcall, 2), Action::Allow.code());
    assert_eq!(answer(ipc, 21), Action::Errno(13).code());
    assert_eq!(answer(ipc, 0x5_0015), Action::Errno(13).code(), "the version of the interface hides nothing");
    assert_eq!(answer(ipc, 22), Action::Allow.code());
}

#[test]
fn permission_for_some_arguments_is_none_where_they_are_hidden() {
    let mut profile = Profile::new(Action::Errno(1));
    profile.architectures.push(Architecture::X86);
    let unix = Argument::new(0, Operator::Equal(1)).unwrap();
    profile.rules.push(Rule::new(["socket"], Action::Allow).when([unix]));
    let filter = compiled(&profile, Machine::X86_64);
    let (socket, socketcall) = (359, 102);
    let answer =
        |number| bpf::run(filter.instructions(), &Call::new(Architecture::X86, number, [1, 0, 0, 0, 0, 0]));
    assert_eq!(answer(socket), Action::Allow.code());
    assert_ne!(answer(socketcall), Action::Allow.code());
}

#[test]
fn names_that_no_architecture_has_are_told_once() {
    let mut profile = Profile::new(Action::Allow);
    profile.rules.push(Rule::new(["read", "teleport", "s390_pci_mmio_read"], Action::Trap));
    profile.rules.push(Rule::new(["fly", "teleport"], Action::Trap));
    assert_eq!(compiled(&profile, Machine::HERE).unknown(), ["teleport", "fly"]);
}

#[test]
fn a_listener_that_could_not_be_handed_over_is_an_error() {
    let mut profile = Profile::new(Action::Notify);
    assert!(profile.compile(Machine::HERE).is_err());
    profile.rules.push(Rule::new(["sendmsg"], Action::Allow));
    assert!(profile.compile(Machine::HERE).unwrap().notifies());
}
