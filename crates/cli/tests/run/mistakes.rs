//! What people type who know other tools, or mistype: the answer helps.

use super::{Fact, HERE};

const ANYWHERE: &[super::Place] = &[super::Place::User];

pub(super) const FACTS: &[Fact] = &[
    (
        "options_of_other_tools_are_answered",
        ANYWHERE,
        r#"
        fails 2 'standard input is connected anyway; `-t`' insula run -it sh
        fails 2 '--bind SOURCE:TARGET' insula run --volume /a:/b sh
        fails 2 '--bind SOURCE:TARGET' insula run -v /a:/b sh
        fails 2 '--bind SOURCE:TARGET' insula run --mount type=bind sh
        fails 2 'nothing is left' insula run --rm sh
        fails 2 '--net host' insula run --network host sh
        fails 2 'unknown option `--nonsense`' insula run --nonsense sh
        has "$said" "Try 'insula run --help'"
        lacks "$(insula run --help)" --volume
        "#,
    ),
    (
        "options_after_the_command_are_its_own",
        ANYWHERE,
        r#"
        same "$(insula run echo --hostname x)" '--hostname x'
        same "$(insula run -- echo -t)" -t
        same "$(insula run --hostname=a -- sh -c 'cat /proc/sys/kernel/hostname')" a
        "#,
    ),
    (
        "tilde_that_no_shell_expanded_is_explained",
        ANYWHERE,
        r#"
        fails 2 'write `$HOME`' insula run --bind /etc:'~/x' true
        fails 2 'write `$HOME`' insula run --bind='~/x' true
        fails 2 'write `$HOME`' insula run --rootfs='~/x' true
        "#,
    ),
    (
        "target_that_is_no_path_inside_is_refused",
        ANYWHERE,
        r#"
        for option in '--bind /etc:x' '--tmpfs x' '--file-data x=y' '--file x=/etc/passwd' '--dir x' '--symlink x=y' \
            '--mask x' '--read-only x' '--overlay x:lower=/etc'; do
            fails 2 'is a path inside: it has to begin with `/`' insula run $option true
        done
        "#,
    ),
    (
        "source_relative_to_here_may_be_bound_elsewhere",
        HERE,
        r#"
        mkdir -p $stage/some/source; touch $stage/some/source/file
        cd $stage/some
        same "$(insula run --rootfs $root --bind source:/x ls /x)" file
        same "$(insula run --rootfs ../root --bind ./source:/x ls /x)" file
        "#,
    ),
];
