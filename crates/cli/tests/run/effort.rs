//! `--best-effort`: what is given up is said, and privileges are never among it.

use super::{DEEP, Fact, HERE, USER};

pub(super) const FACTS: &[Fact] = &[
    (
        "what_cannot_be_had_is_left_out_and_said",
        DEEP,
        r#"
        without() {
            words=$1
            shift
            insula run --best-effort "$@" sh -c 'echo ran' > $stage/out 2> $stage/said
            same "$(cat $stage/out)" ran
            has "$(cat $stage/said)" "going on without $words"
            has "$(cat $stage/said)" 'cause: '
            fails 125 'cannot' insula run "$@" true
        }
        without 'the host name' --hostname "$(printf '%065d' 0)"
        without 'the domain name' --domainname "$(printf '%065d' 0)"
        without 'shifted clocks' --time-offset boottime=-9999999999
        without 'the limit `nofile`' --rlimit nofile=4000000000
        without 'tmpfs on `/nonexistent`' --tmpfs /nonexistent
        # What can be had is there all the same.
        insula run --best-effort --hostname blue --tmpfs /nonexistent cat /proc/sys/kernel/hostname > $stage/out 2> $stage/said
        same "$(cat $stage/out)" blue
        "#,
    ),
    (
        "score_and_priority_are_left_out",
        USER,
        r#"
        insula run --best-effort --oom-score -900 --nice -15 true 2> $stage/said
        has "$(cat $stage/said)" 'without the out-of-memory score'
        has "$(cat $stage/said)" 'without the priority'
        "#,
    ),
    (
        "nothing_is_said_where_all_can_be_had",
        DEEP,
        r#"same "$(insula run --best-effort --hostname blue true 2>&1)" """#,
    ),
    (
        "identity_and_privileges_are_never_given_up",
        HERE,
        r#"
        fails 125 'has no user' insula run --best-effort --user no-such-user true
        fails 125 'overlap' insula run --best-effort --map-users 0:1000:10,5:2000:10 true
        fails 2 'unknown capability' insula run --best-effort --cap-drop bogus true || has "$said" bogus
        fails 125 'cannot change to the directory' insula run --best-effort --workdir /nonexistent true
        fails 127 '' insula run --best-effort no-such-program
        "#,
    ),
    (
        "user_namespace_is_never_given_up",
        HERE,
        r#"
        # One that cannot have another: the limit of its own is 0, and nobody inside may raise that of the outside.
        limit='echo 0 > /proc/sys/user/max_user_namespaces'
        insula run --map root sh -c "$limit && ! $insula run --best-effort --map root id -u" 2> $stage/said || {
            # Where the file cannot be written there is nothing to try.
            has "$(cat $stage/said)" max_user_namespaces
        }
        "#,
    ),
    (
        "namespaces_that_are_refused_are_shared",
        HERE,
        r#"
        limit='echo 0 > /proc/sys/user/max_uts_namespaces'
        insula run --map root sh -c "$limit && $insula run --best-effort --map root --hostname blue true" 2> $stage/said || {
            has "$(cat $stage/said)" max_uts_namespaces
            exit 0
        }
        has "$(cat $stage/said)" 'without new namespaces of these kinds: uts'
        "#,
    ),
];
