//! Filters of system calls: what is refused is attempted from inside.

use super::{DEEP, Fact, HERE};

pub(super) const FACTS: &[Fact] = &[
    (
        "without_the_option_there_is_no_filter",
        HERE,
        r#"
        same "$(insula run --new-session grep -w Seccomp: /proc/self/status)" "$(grep -w Seccomp: /proc/self/status)"
        same "$(insula run --new-session --seccomp off grep -w Seccomp: /proc/self/status)" "$(grep -w Seccomp: /proc/self/status)"
        "#,
    ),
    (
        "our_own_profile_lets_programs_run_and_refuses_what_few_need",
        DEEP,
        r#"
        same "$(insula run --seccomp default sh -c 'ls / > /dev/null && grep -w Seccomp: /proc/self/status')" "$(printf 'Seccomp:\t2')"
        same "$(insula run --seccomp default sh -c 'grep -w Seccomp: /proc/1/status')" "$(printf 'Seccomp:\t2')"
        # Without a filter the kernel looks for the directory first.
        fails 1 'No such file' insula run pivot_root /nothing /nothing
        fails 1 'Operation not permitted' insula run --seccomp default pivot_root /nothing /nothing
        "#,
    ),
    (
        "a_capability_that_is_dropped_takes_its_calls_along",
        HERE,
        r#"
        insula run --seccomp default unshare --mount true
        fails 1 'not permitted' insula run --seccomp default --cap-drop sys_admin unshare --user true
        fails 1 'not permitted' insula run --seccomp default --cap-drop sys_admin --no-new-privs unshare --user true
        "#,
    ),
    (
        "a_profile_of_ones_own_answers_as_it_says",
        HERE,
        r#"
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 122}]}' > $stage/profile
        fails 1 'quota' insula run --seccomp $stage/profile mkdir $stage/never
        test ! -e $stage/never
        insula run mkdir $stage/once
        "#,
    ),
    (
        "a_command_that_its_profile_kills_is_told",
        HERE,
        r#"
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_KILL_PROCESS"}]}' > $stage/profile
        fails 159 'killed by SIGSYS' insula run --seccomp $stage/profile mkdir $stage/never
        has "$said" "cause: the profile \`$stage/profile\` kills"
        fails 159 'killed by SIGSYS' insula run --seccomp $stage/profile --no-init mkdir $stage/never
        "#,
    ),
    (
        "a_start_that_its_own_profile_refuses_names_the_call",
        HERE,
        r#"
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ERRNO"}]}' > $stage/profile
        fails 126 'refuses `execve`' insula run --seccomp $stage/profile true
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_KILL"}]}' > $stage/profile
        fails 125 'kills for a call that the start makes' insula run --seccomp $stage/profile --no-init true
        "#,
    ),
    (
        "a_profile_that_cannot_be_used_is_told_before_anything_runs",
        HERE,
        r#"
        fails 125 'no such file' insula run --seccomp $stage/nothing true
        echo '{"defaultAction": "SCMP_ACT_SLEEP"}' > $stage/profile
        fails 125 'unknown action `SCMP_ACT_SLEEP`' insula run --seccomp $stage/profile true
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "arg": []}]}' > $stage/profile
        fails 125 'unknown field `arg`' insula run --seccomp $stage/profile true
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}' > $stage/profile
        fails 125 'asks a listener' insula run --seccomp $stage/profile true
        echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["teleport"], "action": "SCMP_ACT_TRAP"}]}' > $stage/profile
        has "$(insula run --seccomp $stage/profile true 2>&1)" 'no system call here: `teleport`'
        "#,
    ),
];
