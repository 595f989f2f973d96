//! What the command may use.

use super::{DEEP, Fact, ROOT, USER};

pub(super) const FACTS: &[Fact] = &[
    (
        "resource_limits_are_set",
        DEEP,
        r#"
        limits() { insula run "$@" cat /proc/self/limits | tr -s ' '; }
        has "$(limits --rlimit nofile=64:128)" 'Max open files 64 128 '
        has "$(limits --rlimit core=0 --rlimit RLIMIT_CPU=100)" 'Max cpu time 100 100 '
        has "$(limits --rlimit core=0)" 'Max core file size 0 0 '
        fails 2 'is not RESOURCE=SOFT[:HARD]' insula run --rlimit nofile true
        fails 2 'is not RESOURCE=SOFT[:HARD]' insula run --rlimit nofile=2:1 true
        fails 2 'is not RESOURCE=SOFT[:HARD]' insula run --rlimit bogus=1 true
        fails 125 'cannot set the limit `nofile`' insula run --rlimit nofile=4000000000 true
        "#,
    ),
    (
        "out_of_memory_score_is_set",
        DEEP,
        r#"
        same "$(insula run --oom-score 700 cat /proc/self/oom_score_adj)" 700
        fails 2 'expected a number from -1000 to 1000' insula run --oom-score 1001 true
        fails 2 'expected a number' insula run --oom-score x true
        "#,
    ),
    (
        "lower_out_of_memory_score_is_refused",
        USER,
        r#"
        fails 125 'cannot set the out-of-memory score to -900' insula run --oom-score -900 true
        has "$said" 'cause: '
        "#,
    ),
    (
        "nice_value_is_set",
        DEEP,
        r#"
        same "$(insula run --nice 7 nice)" 7
        fails 2 'expected a number from -20 to 19' insula run --nice 20 true
        "#,
    ),
    (
        "nicer_than_allowed_is_refused",
        USER,
        r#"fails 125 'cannot set the priority or scheduler' insula run --nice -15 true"#,
    ),
    (
        "scheduling_policy_is_set",
        DEEP,
        r#"
        # needs chrt
        has "$(insula run --scheduler batch chrt -p 0)" SCHED_BATCH
        has "$(insula run --scheduler idle chrt -p 0)" SCHED_IDLE
        for policy in bogus fifo fifo:100 idle:1; do fails 2 'invalid value' insula run --scheduler $policy true; done
        "#,
    ),
    (
        "real_time_policy_is_set",
        ROOT,
        r#"
        # needs real-root chrt
        # A kernel with control groups for real-time tasks may give this one no time.
        chrt -f 3 true 2> $stage/refused || exit 0
        has "$(insula run --scheduler fifo:3 chrt -p 0)" SCHED_FIFO
        "#,
    ),
    (
        "creation_mask_is_set",
        DEEP,
        r#"
        same "$(insula run --umask 027 sh -c umask)" 0027
        fails 2 'expected an octal mode' insula run --umask 9 true
        "#,
    ),
];
