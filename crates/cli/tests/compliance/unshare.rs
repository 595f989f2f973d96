//! Facts about `unshare`, one option after the other.

use crate::fact::{BOTH, Fact, ROOT, USER, fails, prints, same};

/// Prints which namespaces differ from those of the shell outside, which has them in `$outside`.
macro_rules! differing {
    ($options:literal) => {
        concat!(
            "outside=$(readlink /proc/self/ns/* | tr -d '[]' | tr '\\n' ' ') unshare ",
            $options,
            " sh -c 'for ns in $(readlink /proc/self/ns/* | tr -d [] | sort -u); do case \"$outside\" in *$ns*) ;; *) echo ${ns%%:*};; esac; done; echo .'"
        )
    };
}

/// A user namespace has its own binary formats.
const BINARY_FORMATS: (&str, &str) = (
    "/usr/bin/unshare -Urm mount -t binfmt_misc none /proc/sys/fs/binfmt_misc",
    "binfmt_misc cannot be mounted in a user namespace here",
);

pub(crate) const FACTS: &[Fact] = &[
    same("nothing_is_new_without_options", BOTH, differing!("")),
    same("each_letter_makes_its_namespace", ROOT, differing!("-imnuC")),
    same("letters_take_no_file", USER, differing!("-Urn")),
    same(
        "long_names_make_their_namespaces",
        ROOT,
        differing!("--ipc --mount --net --uts --cgroup --user --pid --time --fork"),
    ),
    same("all_kinds_are_new_for_a_user", USER, differing!("-Urimnup --fork -CT")),
    same(
        "pid_is_kept_without_fork",
        BOTH,
        "sh -c 'echo $$ >a; exec unshare sh -c \"echo \\$\\$ >b\"'; cmp a b && echo same",
    ),
    same("program_is_pid_1_with_fork", USER, "unshare -Urpf sh -c 'echo $$'"),
    same(
        "children_are_in_the_new_pid_namespace_without_fork",
        ROOT,
        "unshare -p sh -c '/bin/sh -c \"echo \\$\\$\"'",
    ),
    same("shell_is_a_login_shell", BOTH, "echo 'echo $0' | SHELL=/bin/sh unshare"),
    same("bin_sh_is_the_shell_without_SHELL", BOTH, "echo 'echo $0' | unshare"),
    same(
        "mount_proc_shows_the_new_namespace",
        USER,
        "unshare -Urpf --mount-proc sh -c 'set -- /proc/[0-9]*; echo $#; readlink /proc/self >/dev/null; cat /proc/1/comm'",
    ),
    same(
        "mount_proc_elsewhere",
        USER,
        "mkdir p; unshare -Urpf --mount-proc=$PWD/p sh -c 'ls -d p/1; cat p/1/comm'",
    ),
    same("mount_proc_in_the_new_root", ROOT, "unshare -pf --mount-proc=/proc -R / cat /proc/1/comm"),
    same(
        "mount_proc_does_not_show_outside",
        ROOT,
        "mkdir p; unshare -m --propagation unchanged --mount-proc=$PWD/p true; ls p; unshare -pf --propagation shared --mount-proc=$PWD/p ls p/1/comm; ls p",
    ),
    same(
        "propagation_is_private",
        ROOT,
        "mkdir d; mount -t tmpfs x d; mount --make-shared d; unshare -m grep \" $PWD/d \" /proc/self/mountinfo | grep -c shared; unshare -m grep \" $PWD/d \" /proc/self/mountinfo | grep -c master; umount d",
    ),
    same(
        "propagation_can_be_shared",
        ROOT,
        "mkdir d; mount -t tmpfs x d; mount --make-shared d; unshare -m --propagation shared grep \" $PWD/d \" /proc/self/mountinfo | grep -c shared; unshare -m --propagation shared grep \" $PWD/d \" /proc/self/mountinfo | grep -c master; umount d",
    ),
    same(
        "propagation_can_be_left",
        ROOT,
        "mkdir d; mount -t tmpfs x d; mount --make-shared d; unshare -m --propagation=unchanged sh -c 'mkdir d/e; mount -t tmpfs y d/e'; grep -c \" $PWD/d/e \" /proc/self/mountinfo; umount -R d",
    ),
    same(
        "propagation_can_be_slave",
        ROOT,
        "mkdir d; mount -t tmpfs x d; mount --make-shared d; unshare -m --propagation slave grep \" $PWD/d \" /proc/self/mountinfo | grep -c shared; unshare -m --propagation slave grep \" $PWD/d \" /proc/self/mountinfo | grep -c master; umount d",
    ),
    same("propagation_without_mount_is_nothing", BOTH, "unshare --propagation private echo ok"),
    same("unknown_propagation_is_refused", BOTH, "unshare -m --propagation open true"),
    same(
        "root_user_is_mapped",
        BOTH,
        "unshare -r sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups'",
    ),
    same(
        "current_user_is_mapped",
        BOTH,
        "unshare -c sh -c 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups'",
    ),
    same(
        "last_map_counts",
        BOTH,
        "unshare -r -c cat /proc/self/uid_map; unshare -c --map-root-user cat /proc/self/uid_map",
    ),
    same("any_user_is_mapped", BOTH, "unshare --map-user 7 --map-group 8 sh -c 'id -u; id -g'"),
    same(
        "user_is_mapped_by_name",
        BOTH,
        "unshare --map-user daemon --map-group games sh -c 'id -un; id -gn'",
    ),
    same(
        "user_alone_is_mapped",
        BOTH,
        "unshare --map-user 7 cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups",
    ),
    same(
        "group_alone_is_mapped",
        BOTH,
        "unshare --map-group 7 cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups",
    ),
    same("unknown_user_is_refused", BOTH, "unshare --map-user nobody-of-this-name true"),
    same(
        "user_namespace_without_map",
        BOTH,
        "unshare -U sh -c 'id -u; cat /proc/self/uid_map /proc/self/setgroups'",
    ),
    same("setgroups_is_denied", BOTH, "unshare -U --setgroups deny cat /proc/self/setgroups"),
    same("setgroups_is_allowed", ROOT, "unshare -U --setgroups allow cat /proc/self/setgroups"),
    same("setgroups_and_a_mapped_group_exclude_each_other", BOTH, "unshare -r --setgroups allow true"),
    same("setgroups_needs_a_user_namespace", BOTH, "unshare --setgroups deny true"),
    same("other_words_for_setgroups_are_refused", BOTH, "unshare -U --setgroups perhaps true"),
    same("subids_of_nobody_are_refused", USER, "unshare --map-auto true"),
    prints(
        "all_ids_are_mapped",
        ROOT,
        "unshare --map-users all --map-groups all sh -c 'id -u; awk \"{print \\$1, \\$2}\" /proc/self/uid_map'",
        "0\n0 0\n",
    ),
    prints(
        "range_is_inner_outer_count",
        ROOT,
        "unshare --map-users 10:1000:5 --map-users 0:0:1 --map-groups 0:0:1 sh -c 'tr -s \" \" </proc/self/uid_map | sort -n'",
        " 0 0 1\n 10 1000 5\n",
    ),
    prints(
        "old_range_is_outer_inner_count",
        ROOT,
        "unshare --map-users 1000,10,5 sh -c 'tr -s \" \" </proc/self/uid_map'",
        " 10 1000 5\n",
    ),
    prints(
        "own_id_makes_a_hole_in_a_range",
        ROOT,
        "unshare --map-root-user --map-users 0:1000:10 sh -c 'tr -s \" \" </proc/self/uid_map | sort -n'",
        " 0 0 1\n 1 1000 9\n",
    ),
    same("capabilities_are_lost_at_exec", USER, "unshare -c grep CapEff /proc/self/status"),
    same("capabilities_are_kept", USER, "unshare -c --keep-caps grep 'Cap[PEA]' /proc/self/status"),
    same(
        "capabilities_are_kept_in_a_child",
        USER,
        "unshare -cf --keep-caps grep 'Cap[PEA]' /proc/self/status",
    ),
    same("user_is_set", ROOT, "unshare -S 5 sh -c 'id -u; id -g; id -G'"),
    same(
        "group_is_set_and_others_dropped",
        ROOT,
        "unshare -G 5 sh -c 'id -u; id -g; id -G'; unshare --setuid=6 --setgid=7 grep -E 'Uid|Gid|Groups|CapEff' /proc/self/status",
    ),
    same("unmapped_user_cannot_be_set", BOTH, "unshare -U -S 1 true"),
    same("group_cannot_be_set_where_setgroups_is_denied", BOTH, "unshare -r -G 0 true"),
    same("name_is_no_id", BOTH, "unshare -S root true"),
    same("working_directory", BOTH, "unshare -w /usr pwd; unshare --wd=/ pwd"),
    same(
        "working_directory_is_entered_before_the_user_changes",
        ROOT,
        "mkdir -m 700 d; unshare -w d -S 5 /bin/pwd | sed 's/.*\\///'",
    ),
    same("missing_working_directory", BOTH, "unshare -w /nonexistent true"),
    same("root_directory_for_a_user", USER, "unshare -r -R / pwd"),
    same(
        "clocks_are_shifted",
        ROOT,
        "unshare -T --monotonic 1000 --boottime -3 cat /proc/self/timens_offsets",
    ),
    same(
        "clocks_are_shifted_in_a_child",
        USER,
        "unshare -rTf --monotonic 1000000 --boottime 2000000 sh -c 'cut -d. -f1 /proc/uptime | cut -c1'",
    ),
    same("clock_needs_a_time_namespace", BOTH, "unshare --monotonic 1 true"),
    same("half_a_second_is_no_offset", BOTH, "unshare -T --monotonic 0.5 true"),
    same("status_is_passed_on", BOTH, "unshare sh -c 'exit 7'; echo $?; unshare -f sh -c 'exit 8'; echo $?"),
    same(
        "signal_is_passed_on",
        BOTH,
        "unshare -f sh -c 'kill -TERM $$'; echo $?; unshare sh -c 'kill -TERM $$'; echo $?",
    ),
    prints("sigkill_is_passed_on", BOTH, "unshare -f sh -c 'kill -KILL $$'; echo $?", "137\n"),
    same(
        "missing_program_is_127",
        BOTH,
        "unshare /nonexistent; echo $?; unshare -f nonexistent-of-this-name; echo $?",
    ),
    same("directory_is_126", BOTH, "unshare /etc; echo $?; unshare -f /etc/passwd; echo $?"),
    same(
        "script_without_first_line_is_run",
        BOTH,
        "echo 'echo script $1' >s; chmod +x s; unshare ./s a; unshare -f ./s b",
    ),
    same("unknown_option_is_1", BOTH, "unshare --nonexistent; echo $?; unshare -q; echo $?"),
    same("program_has_its_own_options", BOTH, "unshare echo -f --fork; unshare -- echo -- -x"),
    same("names_can_be_cut_short", USER, "unshare --map-root id -u"),
    same("descriptors_stay_open", BOTH, "unshare -f cat /dev/fd/5 5<<-E\n\there\n\tE\n"),
    same("standard_input_stays", BOTH, "echo in | unshare cat; echo in | unshare -f cat"),
    same(
        "signals_are_not_blocked_inside",
        BOTH,
        "unshare -f grep -E 'SigBlk|SigIgn' /proc/self/status; unshare grep -E 'SigBlk|SigIgn' /proc/self/status",
    ),
    same(
        "sigterm_is_ignored_while_waiting",
        BOTH,
        "unshare -f sh -c 'sleep 0.3; echo survived' & sleep 0.1; kill $!; wait $!; echo $?",
    ),
    prints(
        "sigterm_is_forwarded",
        BOTH,
        "unshare --forward-signals sh -c 'trap \"echo got it; exit 9\" TERM; echo ready >r; while :; do sleep 0.05; done' & until [ -s r ]; do sleep 0.02; done; kill $!; wait $!; echo $?",
        "got it\n9\n",
    ),
    same(
        "child_is_killed_with_us",
        BOTH,
        "unshare --kill-child sh -c 'echo $$ >p; exec sleep 100' & until [ -s p ]; do sleep 0.02; done; kill -KILL $!; wait $!; while grep -qs '^State:.[^ZX]' /proc/$(cat p)/status; do sleep 0.02; done; echo gone",
    ),
    same(
        "child_gets_the_named_signal",
        BOTH,
        "unshare --kill-child=sigusr1 sh -c 'trap \"echo usr1 >got; exit\" USR1; echo ready >r; while :; do sleep 0.05; done' & until [ -s r ]; do sleep 0.02; done; kill -KILL $!; wait $!; until [ -s got ]; do sleep 0.02; done; cat got",
    ),
    same(
        "child_stays_without_kill_child",
        BOTH,
        "unshare -f sh -c 'echo $$ >p; exec sleep 100' & until [ -s p ]; do sleep 0.02; done; kill -KILL $!; wait $!; kill -0 $(cat p) && echo stays; kill $(cat p)",
    ),
    same("unknown_signal_is_refused", BOTH, "unshare --kill-child=FOO true"),
    same("death_signal_is_not_left_by_the_start", BOTH, "unshare -f sh -c 'setpriv -d | grep -i parent'"),
    same(
        "each_kind_is_kept",
        ROOT,
        "touch u i n C t; unshare --uts=u --ipc=i --net=n --cgroup=C --time=t true; echo $?; for f in u i n C t; do stat -f -c %t $f; umount $f; done",
    ),
    same(
        "mount_namespace_is_not_kept_on_a_shared_mount",
        ROOT,
        "mkdir d; mount --bind d d; mount --make-shared d; touch d/m; unshare --mount=d/m true; echo $?; umount d",
    ),
    same("pid_namespace_is_not_kept_without_fork", ROOT, "touch p; unshare --pid=p true; echo $?"),
    same("namespace_is_not_kept_on_a_missing_file", ROOT, "unshare --uts=missing true; echo $?"),
    prints("environment_is_cleared", BOTH, "A=1 unshare --clear-env env", ""),
    prints("named_variables_stay", BOTH, "A=1 B=2 C= unshare --whitelist-env=A,C,D env | sort", "A=1\nC=\n"),
    prints(
        "shell_is_not_taken_from_a_cleared_environment",
        BOTH,
        "echo 'echo $0' | SHELL=/bin/false unshare --clear-env",
        "-sh\n",
    ),
    prints(
        "owner_is_somebody_else",
        ROOT,
        "unshare --owner 4242:4242 -r sh -c 'id -u; cat /proc/self/uid_map' | tr -s ' '",
        "0\n 0 0 1\n",
    ),
    fails("owner_is_two_numbers", BOTH, "unshare --owner 5 true", 1, "UID:GID"),
    fails(
        "other_owner_takes_privilege",
        USER,
        "unshare --owner 0:0 -r true",
        1,
        "make the user namespace as user 0 and group 0",
    ),
    prints(
        "binary_format_is_loaded",
        USER,
        "unshare -r --load-interp=:insulaf:E::insulaf::/bin/echo: sh -c 'touch x.insulaf; chmod +x x.insulaf; ./x.insulaf'",
        "./x.insulaf\n",
    )
    .needs(BINARY_FORMATS.0, BINARY_FORMATS.1),
    prints(
        "binary_formats_are_mounted_elsewhere",
        USER,
        "mkdir b; unshare -r --mount-binfmt=$PWD/b sh -c 'cat b/status'",
        "enabled\n",
    )
    .needs(BINARY_FORMATS.0, BINARY_FORMATS.1),
    fails(
        "bad_binary_format_is_refused",
        USER,
        "unshare -r -l nonsense true",
        1,
        "register the binary format `nonsense`",
    )
    .needs(BINARY_FORMATS.0, BINARY_FORMATS.1),
    fails("cause_and_hint_are_told", USER, "unshare -m true", 1, "CAP_SYS_ADMIN"),
    prints(
        "each_kind_is_kept_from_a_child",
        ROOT,
        "touch u p t; unshare --fork --user=u --pid=p --time=t true; for f in u p t; do stat -f -c %t $f; umount $f; done",
        "6e736673\n6e736673\n6e736673\n",
    ),
    same("root_directory", ROOT, "mkdir d; unshare -R / -w /usr pwd; unshare -R d /bin/true"),
    prints("relative_working_directory_is_inside_the_root", ROOT, "unshare -R / -w usr pwd", "/usr\n"),
    same(
        "uts_namespace_is_kept",
        ROOT,
        "touch f; unshare --uts=f hostname kept; nsenter --uts=f hostname; umount f",
    ),
    same(
        "mount_namespace_is_kept",
        ROOT,
        "mkdir d; mount --bind d d; mount --make-private d; touch d/m; unshare --mount=d/m sh -c 'mount -t tmpfs marker /mnt'; nsenter --mount=d/m grep -c marker /proc/self/mountinfo; umount d/m d",
    ),
    prints(
        "owner_may_enter",
        ROOT,
        "unshare --owner 4242:4242 --map-users 0:100000:10 --map-groups 0:100000:10 sleep 100 & until [ $(readlink /proc/$!/ns/user) != $(readlink /proc/self/ns/user) ] && grep -q sleep /proc/$!/comm; do sleep 0.02; done; setpriv --reuid 4242 --regid 4242 --clear-groups nsenter -t $! -U --preserve-credentials sh -c 'tr -s \" \" </proc/self/uid_map'; kill $!",
        " 0 100000 10\n",
    ),
    prints(
        "nothing_is_kept_when_the_start_fails",
        ROOT,
        "touch u; for o in '--uts=u' '--fork --uts=u' '-m --uts=u' '--fork -m --uts=u' '--uts=u --ipc=missing' '--uts=u -w /nonexistent'; do unshare $o /nonexistent 2>/dev/null; stat -f -c %T u; done | sort -u | grep -c nsfs; grep -c \" $PWD/u \" /proc/self/mountinfo; echo .",
        "0\n0\n.\n",
    ),
];
