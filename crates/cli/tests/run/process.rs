//! How the command runs: environment, directory, descriptors, sessions.

use super::{DEEP, Fact, HERE};

pub(super) const FACTS: &[Fact] = &[
    (
        "environment_is_as_told",
        DEEP,
        r#"
        export KEPT=kept GONE=gone
        same "$(insula run --env NEW=a=b sh -c 'echo "$NEW $KEPT"')" 'a=b kept'
        same "$(insula run -e KEPT=other sh -c 'echo "$KEPT"')" other
        same "$(insula run --unset GONE sh -c 'echo "${GONE-unset}"')" unset
        same "$(insula run --clear-env $root/bin/env)" ""
        same "$(insula run --clear-env --env KEPT --env NEW=1 $root/bin/env)" "$(printf 'KEPT=kept\nNEW=1')"
        same "$(insula run --env NEVER_SET sh -c 'echo "${NEVER_SET-unset}"')" unset
        fails 2 'a variable has a name' insula run --env =x true
        fails 2 'the name of a variable alone' insula run --unset A=b true
        "#,
    ),
    (
        "program_is_found_by_the_new_path",
        DEEP,
        r#"
        same "$(insula run --env PATH=$root/bin sh -c 'echo found')" found
        fails 127 'in no directory of PATH' insula run --env PATH=/nonexistent ls
        "#,
    ),
    (
        "working_directory_is_seen_from_inside",
        DEEP,
        r#"
        same "$(insula run --workdir /usr pwd)" /usr
        same "$(insula run --rootfs $root -w /etc pwd)" /etc
        same "$(insula run --rootfs $root -w etc cat passwd)" "$(cat $root/etc/passwd)"
        same "$(cd /usr && insula run pwd)" /usr
        same "$(cd $stage && insula run --tmpfs $stage ls)" ""
        fails 125 'cannot change to the directory `/nonexistent`' insula run -w /nonexistent true
        fails 125 'cannot change to the directory' insula run --rootfs $root -w $stage true
        "#,
    ),
    (
        "working_directory_cannot_lead_outside",
        DEEP,
        r#"
        ln -s /../../../../usr $root/out
        fails 125 'cannot change to the directory' insula run --rootfs $root -w /out true
        ln -s /proc/self/cwd $root/here
        insula run --rootfs $root -w /here pwd > $stage/seen || true
        lacks "$(cat $stage/seen)" stage
        "#,
    ),
    (
        "command_is_told_another_name",
        DEEP,
        r#"
        same "$(insula run --argv0 other cat /proc/self/cmdline | tr '\0' ' ')" 'other /proc/self/cmdline '
        "#,
    ),
    (
        "shell_is_run_without_a_command",
        DEEP,
        r#"
        same "$(echo 'echo $0' | insula run)" /bin/sh
        same "$(echo 'echo $0' | SHELL=/bin/bash insula run --)" /bin/bash
        same "$(unset SHELL; echo 'echo $0' | insula run)" /bin/sh
        "#,
    ),
    (
        "descriptors_are_passed_only_when_asked",
        DEEP,
        r#"
        echo data > $stage/file
        same "$(insula run --pass-fd 5 sh -c 'cat <&5' 5< $stage/file)" data
        same "$(insula run sh -c 'ls /proc/self/fd' 5< $stage/file | tr '\n' ' ')" '0 1 2 3 '
        fails 125 'cannot pass descriptor 7 on' insula run --pass-fd 7 true
        fails 2 'expected a number from 3' insula run --pass-fd 1 true
        "#,
    ),
    (
        "closed_streams_are_the_null_device",
        DEEP,
        r#"
        insula run true <&- >&-
        insula run true <&- >&- 2>&-
        same "$(insula run readlink /proc/self/fd/0 <&-)" /dev/null
        "#,
    ),
    (
        "ignored_signals_do_not_disturb",
        DEEP,
        r#"
        (trap '' CHLD PIPE; fails 3 '' insula run sh -c 'exit 3')
        # What the caller ignores, the command ignores too; children it has to see.
        ignored=$(trap '' CHLD PIPE; insula run cat /proc/self/status | field SigIgn)
        same $((0x$ignored & 0x11000)) $((0x1000))
        same "$(insula run cat /proc/self/status | field SigBlk)" 0000000000000000
        "#,
    ),
    (
        "new_session_has_no_terminal",
        HERE,
        r#"
        same "$(insula run --new-session sh -c 'ps -o sid= -p $$ | tr -d " "')" 2
        fails 1 '' insula run --new-session sh -c 'cat /dev/tty'
        "#,
    ),
    (
        "command_is_the_init_if_told",
        DEEP,
        r#"
        same "$(insula run --no-init sh -c 'echo $$')" 1
        "#,
    ),
    (
        "orphans_are_reaped",
        DEEP,
        r#"
        left=$(insula run sh -c '(sh -c "true & exit" &) ; sleep 0.3; cd /proc; for one in [0-9]*; do cat $one/stat 2> /dev/null; done')
        lacks "$left" ') Z '
        "#,
    ),
    (
        "dies_with_its_parent_if_told",
        HERE,
        r#"
        for init in '' --no-init; do
            insula run --die-with-parent $init sleep 4711 &
            supervisor=$!
            await pgrep -x sleep > /dev/null
            kill -KILL $supervisor
            await no pgrep -x sleep > /dev/null
        done
        "#,
    ),
    (
        "a_hundred_starts_at_once_leave_nothing",
        HERE,
        r#"
        before=$(cat /proc/self/mountinfo)
        for number in $(seq 100); do
            insula run --rootfs $root --hostname "h$number" sh -c 'read name < /proc/sys/kernel/hostname; echo $name' > $stage/out$number &
        done
        wait
        for number in $(seq 100); do same "$(cat $stage/out$number)" "h$number"; done
        same "$(cat /proc/self/mountinfo)" "$before"
        no pgrep insula
        "#,
    ),
    (
        "supervisor_needs_little_memory",
        HERE,
        r#"
        # Bounds no figure of a build without optimisation closely; the benchmark does that of a release.
        insula run sleep 4711 &
        await pgrep -x sleep > /dev/null
        small() { [ "$(field VmRSS < /proc/$1/status | cut -d' ' -f1)" -le 4096 ]; }
        await small $!
        kill $!
        "#,
    ),
    (
        "steps_are_explained_and_taken_unless_only",
        DEEP,
        r#"
        insula run --explain --hostname blue sh -c 'echo ran' > $stage/out 2> $stage/said
        same "$(cat $stage/out)" ran
        has "$(cat $stage/said)" 'sethostname("blue")'
        has "$(cat $stage/said)" '# set the host name to `blue`'
        same "$(insula run --explain=only touch $stage/made 2> /dev/null)" ""
        no test -e $stage/made
        fails 2 'expected only, or nothing' insula run --explain=all true
        "#,
    ),
];
