//! Profiles in JSON: what is read, and what is refused.

use super::*;

fn reader(capability: &dyn Fn(&str) -> bool) -> Reader<'_> {
    Reader { machine: Machine::X86_64, kernel: (6, 1), capability }
}

fn read(text: &str) -> Result<Profile, ReadError> {
    reader(&|name| name == "CAP_SYS_TIME").read(text)
}

#[test]
fn the_specifications_example_is_read() {
    let profile = read(
        r#"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            "syscalls": [{"names": ["getcwd", "chmod"], "action": "SCMP_ACT_ERRNO"}]}"#,
    );
    let mut expected = Profile::new(Action::Allow);
    expected.architectures = vec![Architecture::X86, Architecture::X32];
    expected.rules.push(Rule::new(["getcwd", "chmod"], Action::Errno(1)));
    assert_eq!(profile.unwrap(), expected);
}

#[test]
fn rules_for_others_say_nothing() {
    let rule = |condition: &str| {
        let text = format!(
            r#"{{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{{"name": "stime", "action": "SCMP_ACT_ALLOW", {condition}}}]}}"#
        );
        read(&text).unwrap().rules.len()
    };
    assert_eq!(rule(r#""includes": {"caps": ["CAP_SYS_TIME"]}"#), 1);
    assert_eq!(rule(r#""includes": {"caps": ["CAP_SYS_TIME", "CAP_SYS_ADMIN"]}"#), 0);
    assert_eq!(rule(r#""excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_SYS_TIME"]}"#), 0);
    assert_eq!(rule(r#""includes": {"arches": ["arm64"]}"#), 0);
    assert_eq!(rule(r#""includes": {"arches": ["arm64", "amd64"]}"#), 1);
    assert_eq!(rule(r#""includes": {"minKernel": "6.1"}"#), 1);
    assert_eq!(rule(r#""includes": {"minKernel": "6.10"}"#), 0);
    assert_eq!(rule(r#""excludes": {"minKernel": "4.8"}"#), 0);
}

#[test]
fn a_map_of_architectures_is_that_of_this_machine() {
    let profile = reader(&|_| false).read(DEFAULT).unwrap();
    assert_eq!(profile.architectures, [Architecture::X86_64, Architecture::X86, Architecture::X32]);
    let arm = Reader { machine: Machine::Aarch64, ..reader(&|_| false) };
    assert_eq!(arm.read(DEFAULT).unwrap().architectures, [Architecture::Aarch64, Architecture::Arm]);
}

#[test]
fn errors_are_numbers_and_names() {
    let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "defaultErrnoRet": 1}"#;
    assert_eq!(read(text).unwrap().default, Action::Errno(38));
    let error = read(r#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "EWHAT"}"#).unwrap_err();
    assert_eq!(error.to_string(), "the default action: unknown error `EWHAT`");
}

#[test]
fn what_is_wrong_is_named() {
    let rule = |rule: &str| {
        read(&format!(r#"{{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{{"names": ["read"], "action": "SCMP_ACT_TRAP"}}, {rule}]}}"#))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        rule(r#"{"names": ["write"], "action": "SCMP_ACT_TRAP", "errnoRet": 1}"#),
        "rule 2 (`write`): `SCMP_ACT_TRAP` cannot give an error number: only `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE` can"
    );
    assert_eq!(
        rule(r#"{"names": [], "action": "SCMP_ACT_TRAP"}"#),
        "rule 2: it needs `names`, and none of them empty"
    );
    let misspelled = rule(r#"{"names": ["write"], "action": "SCMP_ACT_TRAP", "arg": []}"#);
    assert!(misspelled.contains("unknown field `arg`"), "{misspelled}");
}

#[test]
fn every_name_of_our_own_profile_is_a_call() {
    for machine in [Machine::X86_64, Machine::Aarch64] {
        let profile = Reader { machine, ..reader(&|_| true) }.read(DEFAULT).unwrap();
        assert_eq!(profile.compile(machine).unwrap().unknown(), [] as [&str; 0]);
    }
}
