//! Landlock: what is taken away is attempted from inside.

use super::{Fact, HERE};

pub(super) const FACTS: &[Fact] = &[
    (
        "files_are_what_the_rules_say",
        HERE,
        r#"
        # needs landlock
        mkdir $stage/in $stage/out; echo secret > $stage/out/file; echo text > $stage/in/file
        system='--landlock exec=/usr --landlock exec=/bin --landlock exec=/lib --landlock exec=/lib64'
        same "$(insula run $system --landlock ro=$stage/in cat $stage/in/file)" text
        fails 1 'Permission denied' insula run $system --landlock ro=$stage/in cat $stage/out/file
        fails 1 'Permission denied' insula run $system --landlock ro=$stage/in touch $stage/in/new
        insula run $system --landlock rw=$stage/in touch $stage/in/new
        fails 126 'execute' insula run --landlock ro=$stage/in true
        "#,
    ),
    (
        "ports_and_signals_are_what_the_rules_say",
        HERE,
        r#"
        # needs landlock
        fails 1 'Permission denied' insula run --landlock tcp-connect=none bash -c '> /dev/tcp/127.0.0.1/80'
        fails 1 'refused' insula run --landlock tcp-connect=80 bash -c '> /dev/tcp/127.0.0.1/80'
        fails 1 'not permitted' insula run --share pid --landlock scope=signal sh -c "kill -0 $$"
        "#,
    ),
    (
        "mistakes_are_told",
        HERE,
        r#"
        fails 2 'expected ro=' insula run --landlock /usr true
        fails 2 'scope=signal' insula run --landlock scope=all true
        "#,
    ),
    (
        "what_a_kernel_cannot_restrict_is_an_error_or_told",
        HERE,
        r#"
        # needs old-landlock
        fails 125 'Landlock cannot restrict' insula run --landlock exec=/ true
        has "$(insula run --best-effort --landlock exec=/ true 2>&1)" 'going on without restrictions of'
        "#,
    ),
];
