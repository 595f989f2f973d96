//! The exit status, and signals on their way to the command.

use super::{DEEP, Fact, HERE};

pub(super) const FACTS: &[Fact] = &[
    (
        "status_is_that_of_the_command",
        DEEP,
        r#"
        for init in '' --no-init; do
            insula run $init true
            fails 1 '' insula run $init false
            fails 77 '' insula run $init sh -c 'exit 77'
            fails 255 '' insula run $init sh -c 'exit 255'
        done
        "#,
    ),
    (
        "signal_that_ended_the_command_is_128_more",
        DEEP,
        r#"
        for pair in TERM:143 KILL:137 HUP:129 SEGV:139 ABRT:134; do
            fails ${pair#*:} '' insula run sh -c "kill -${pair%:*} \$\$; sleep 1"
        done
        fails 137 '' insula run --no-init --new user,uts --map root sh -c 'kill -KILL $$'
        "#,
    ),
    (
        "what_is_not_executable_is_126",
        DEEP,
        r#"
        echo text > $stage/text
        fails 126 'is no executable file' insula run $stage/text
        fails 126 'cannot execute `/etc`' insula run /etc
        "#,
    ),
    (
        "what_is_not_there_is_127",
        DEEP,
        r#"
        fails 127 'in no directory of PATH' insula run no-such-program
        fails 127 '`/no/such/program` does not exist' insula run /no/such/program
        printf '#!/no/such/interpreter\n' > $stage/script; chmod +x $stage/script
        fails 127 'interpreter' insula run $stage/script
        "#,
    ),
    (
        "script_without_an_interpreter_is_the_shells",
        DEEP,
        r#"
        echo 'echo "$1"' > $stage/script; chmod +x $stage/script
        same "$(insula run $stage/script word)" word
        "#,
    ),
    (
        "signals_reach_the_command",
        HERE,
        r#"
        for init in '' --no-init; do
            for signal in TERM HUP INT QUIT USR1 USR2 ALRM WINCH CONT RTMIN+1; do
                rm -f $stage/ready
                # A shell starts what runs beside it with SIGINT and SIGQUIT ignored, and no shell traps what it is born with.
                env --default-signal=INT,QUIT insula run $init bash -c \
                    "trap 'exit 7' $signal; touch $stage/ready; while :; do sleep 0.02; done" &
                await test -e $stage/ready
                kill -$signal $!
                found=0; wait $! || found=$?
                same "$signal $found" "$signal 7"
            done
        done
        "#,
    ),
    (
        "signal_that_the_command_does_not_catch_ends_it",
        HERE,
        r#"
        insula run sleep 4711 &
        await pgrep -x sleep > /dev/null
        kill -TERM $!
        found=0; wait $! || found=$?
        same "$found" 143
        "#,
    ),
    (
        "background_of_the_command_ends_with_it",
        DEEP,
        r#"
        insula run sh -c 'sleep 4711 & exit 0'
        no pgrep -x sleep
        "#,
    ),
];
