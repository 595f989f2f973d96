//! Facts about `nsenter`, one option after the other.

use crate::fact::{BOTH, Fact, ROOT, USER, fails, prints, same};

/// A line that has a process to enter: `$P`, in new namespaces by the options given, until the line ends.
macro_rules! target {
    ($options:literal, $line:expr) => {
        concat!(
            "unshare ",
            $options,
            " sh -c 'echo r >r; exec sleep 100' & until [ -s r ]; do sleep 0.02; done; P=$!; ",
            $line,
            "; status=$?; kill $P; exit $status"
        )
    };
}

/// The same with `--fork`: `$P` is the child.
macro_rules! forked {
    ($options:literal, $line:expr) => {
        concat!(
            "unshare --fork ",
            $options,
            " sh -c 'echo r >r; exec sleep 100' & until [ -s r ]; do sleep 0.02; done; ",
            "P=$(cat /proc/$!/task/$!/children); P=${P% }; ",
            $line,
            "; status=$?; kill -9 $P; exit $status"
        )
    };
}

/// Prints the namespaces of the target, other than those of the shell outside, that one is in.
macro_rules! entered {
    ($options:literal) => {
        concat!(
            "for n in cgroup ipc mnt net pid time user uts; do ",
            "[ \"$(readlink /proc/$P/ns/$n)\" != \"$(readlink /proc/self/ns/$n)\" ] && ",
            "[ \"$(readlink /proc/$P/ns/$n)\" = \"$(nsenter -t $P ",
            $options,
            " readlink /proc/self/ns/$n)\" ] && echo $n; done; true"
        )
    };
}

/// Each pidfd has its own inode number.
const PROCESS_INODES: (&str, &str) = ("getino $$", "inode numbers of processes mean nothing on this kernel");

const PYTHON: (&str, &str) = ("command -v python3", "`python3` is not installed");

pub(crate) const FACTS: &[Fact] = &[
    same("all_namespaces_are_entered", ROOT, target!("-imnuC", entered!("-a"))),
    same(
        "all_namespaces_of_a_forked_child_are_entered",
        ROOT,
        forked!("-imnupCT --mount-proc", entered!("-a")),
    ),
    same("all_namespaces_of_a_user_namespace_are_entered", ROOT, target!("-Urimnu", entered!("-a"))),
    prints(
        "all_namespaces_of_ones_own_are_entered_by_a_user",
        USER,
        target!("-cimnuC", entered!("--all --preserve-credentials --keep-caps")),
        "cgroup\nipc\nmnt\nnet\nuser\nuts\n",
    ),
    prints(
        "all_of_some_are_entered_by_a_user",
        USER,
        target!("-cu", entered!("--all --preserve-credentials")),
        "user\nuts\n",
    ),
    same("letters_name_namespaces", ROOT, target!("-imnuC", entered!("-m -n -u -i -C"))),
    same(
        "long_names_name_namespaces",
        ROOT,
        target!("-imnuC", entered!("--mount --net --uts --ipc --cgroup")),
    ),
    same(
        "letters_take_attached_files",
        ROOT,
        target!(
            "-un",
            "nsenter -n/proc/$P/ns/net -u/proc/$P/ns/uts readlink /proc/self/ns/net | cmp - - && nsenter --net=/proc/$P/ns/net cat /sys/class/net/lo/operstate"
        ),
    ),
    same(
        "files_need_no_target",
        ROOT,
        target!(
            "-u",
            "[ $(nsenter --uts=/proc/$P/ns/uts readlink /proc/self/ns/uts) = $(readlink /proc/$P/ns/uts) ] && echo in"
        ),
    ),
    same(
        "file_replaces_the_target_s",
        ROOT,
        target!(
            "-un",
            "[ $(nsenter -t $P -n --uts=/proc/self/ns/uts readlink /proc/self/ns/uts) = $(readlink /proc/self/ns/uts) ] && echo out"
        ),
    ),
    same(
        "time_namespace_is_entered",
        ROOT,
        forked!("-T --boottime 10000000", "nsenter -t $P -T cut -c1-3 /proc/uptime"),
    ),
    same("user_namespace_is_entered_as_root", ROOT, target!("-Ur", "nsenter -t $P -U sh -c 'id -u; id -g'")),
    same(
        "user_namespace_that_denies_setgroups_is_not_entered_by_a_user",
        USER,
        target!("-Ur", "nsenter -t $P -U id -u"),
    ),
    same("credentials_are_preserved", USER, target!("-Uc", "nsenter -t $P -U --preserve-credentials id -u")),
    same(
        "credentials_are_preserved_by_root",
        ROOT,
        target!("-Uc", "nsenter -t $P -U --preserve-credentials id -u"),
    ),
    prints(
        "capabilities_are_kept",
        USER,
        target!(
            "-c",
            "nsenter -t $P -U --preserve-credentials --keep-caps grep -c 'CapEff:.0*1ff' /proc/self/status"
        ),
        "1\n",
    ),
    same(
        "own_user_namespace_is_refused",
        BOTH,
        "nsenter -t $$ -U true; echo $?; nsenter --user=/proc/self/ns/user true; echo $?",
    ),
    same("own_user_namespace_is_not_among_all", ROOT, target!("-u", "nsenter -t $P -a id -u")),
    same(
        "pid_namespace_forks",
        ROOT,
        forked!(
            "-p --mount-proc",
            "nsenter -t $P -p -m sh -c 'readlink /proc/self >/dev/null; cat /proc/1/comm; [ $$ != 1 ] && echo forked'"
        ),
    ),
    same(
        "pid_namespace_without_fork_is_that_of_children",
        ROOT,
        forked!("-p --mount-proc", "nsenter -F -t $P -p -m sh -c 'cat /proc/1/comm'"),
    ),
    same("user_is_set", ROOT, "nsenter -S 5 sh -c 'id -u; id -g; id -G'"),
    same(
        "group_is_set_and_others_dropped",
        ROOT,
        "nsenter -G 5 sh -c 'id -u; id -g; id -G'; nsenter --setuid=6 --setgid=7 grep -E 'Uid|Gid|Groups' /proc/self/status",
    ),
    prints(
        "user_is_followed",
        ROOT,
        "setpriv --reuid 5 --regid 6 --clear-groups sleep 100 & until grep -q sleep /proc/$!/comm; do sleep 0.02; done; nsenter -t $! -S follow -G follow sh -c 'id -u; id -g'; kill $!",
        "5\n6\n",
    ),
    prints(
        "user_is_followed_inside_a_user_namespace",
        ROOT,
        "unshare --map-users 0:1000:10 --map-groups 0:2000:10 -S 3 -G 4 sleep 100 & until grep -q sleep /proc/$!/comm; do sleep 0.02; done; nsenter -t $! -U -S follow -G follow sh -c 'id -u; id -g'; kill $!",
        "3\n4\n",
    ),
    fails("follow_needs_a_target", BOTH, "nsenter -S follow true", 1, "--target"),
    same("name_is_no_id", BOTH, "nsenter -S root true"),
    same("working_directory", BOTH, "nsenter -w/usr pwd; nsenter --wd=/ pwd"),
    same(
        "working_directory_of_the_target",
        BOTH,
        target!("", "cd /usr; nsenter -t $P -w pwd | sed 's/.*line.*/there/'"),
    ),
    same(
        "working_directory_leads_out_of_the_mount_namespace",
        ROOT,
        target!("-m", "echo in >tunnel; nsenter -t $P -m -w. cat tunnel"),
    ),
    same(
        "working_directory_of_a_joined_mount_namespace_is_its_root",
        ROOT,
        target!("-m", "nsenter -t $P -m pwd"),
    ),
    same(
        "working_directory_inside",
        ROOT,
        target!("-m", "nsenter -t $P -m -W /usr pwd; nsenter -t $P -m --wdns=/usr pwd"),
    ),
    same("working_directory_in_and_out_exclude_each_other", BOTH, "nsenter -w/ -W / true"),
    same(
        "root_directory",
        ROOT,
        target!(
            "-m",
            "nsenter -r/ pwd | sed 's/.*line.*/here/'; nsenter -t $P -m -r -W / pwd; nsenter --root=/usr -W /bin /bin/pwd"
        ),
    ),
    same(
        "target_is_needed",
        BOTH,
        "for o in -m -n --user -a -r -w '-N 1'; do nsenter $o true; echo $?; done",
    ),
    same(
        "missing_target",
        BOTH,
        "nsenter -t 4194304 -n true; echo $?; nsenter -t 0 -n true; echo $?; nsenter -t x true; echo $?",
    ),
    same(
        "missing_file",
        BOTH,
        "nsenter --net=missing true; echo $?; touch file; nsenter --net=file true; echo $?",
    ),
    same("file_of_another_kind", ROOT, "nsenter --net=/proc/self/ns/uts true"),
    same("untraceable_target", USER, "nsenter -t 1 -n true"),
    fails("untraceable_target_is_explained", USER, "nsenter -t 1 -n true", 1, "cause: "),
    prints(
        "process_is_told_by_its_inode",
        ROOT,
        "nsenter -t $$:$(getino $$) -u echo in; nsenter -t $$:1 -u echo in || echo no",
        "in\nno\n",
    )
    .needs(PROCESS_INODES.0, PROCESS_INODES.1),
    prints(
        "environment_is_the_target_s",
        BOTH,
        "env -i A=1 B='2 =3' sleep 100 & until grep -q sleep /proc/$!/comm; do sleep 0.02; done; C=1 nsenter -t $! -e /usr/bin/env; kill $!",
        "A=1\nB=2 =3\n",
    ),
    same("shell_is_a_login_shell", BOTH, "echo 'echo $0' | SHELL=/bin/sh nsenter"),
    same(
        "status_is_passed_on",
        ROOT,
        forked!("-p", "nsenter -t $P -p sh -c 'exit 7'; echo $?; nsenter -t $P -u sh -c 'exit 8'; echo $?"),
    ),
    same(
        "signal_is_passed_on",
        ROOT,
        forked!(
            "-p",
            "nsenter -t $P -p sh -c 'kill -TERM $$'; echo $?; nsenter -t $P -p sh -c 'kill -KILL $$'; echo $?"
        ),
    ),
    same("missing_program_is_127", BOTH, "nsenter /nonexistent; echo $?; nsenter /etc; echo $?"),
    same("unknown_option_is_1", BOTH, "nsenter --nonexistent; echo $?; nsenter -q; echo $?"),
    same("program_has_its_own_options", BOTH, "nsenter echo -t --all"),
    prints(
        "parent_user_namespace_is_entered",
        ROOT,
        "unshare -Ur sh -c 'echo r >r; exec unshare -Ur sleep 100' & until grep -q sleep /proc/$!/comm; do sleep 0.02; done; nsenter -t $! -U --user-parent sh -c 'cat /proc/self/uid_map' | tr -s ' '; kill $!",
        " 0 0 1\n",
    ),
    prints(
        "owner_of_a_network_namespace_is_entered",
        ROOT,
        "unshare -Urn sleep 100 & until grep -q sleep /proc/$!/comm; do sleep 0.02; done; [ $(nsenter -t $! -n --user-parent readlink /proc/self/ns/user) = $(readlink /proc/$!/ns/user) ] && echo in; kill $!",
        "in\n",
    ),
    fails("own_parent_is_refused", ROOT, "nsenter -t $$ -n --user-parent true", 1, "it is our own"),
    fails("parent_of_nothing_is_refused", ROOT, "nsenter --user-parent true", 1, "--user-parent"),
    prints(
        "network_namespace_of_a_socket_is_entered",
        ROOT,
        "python3 -c 'import socket,os,time; s=socket.socket(); os.dup2(s.fileno(), 9); open(\"r\",\"w\").write(\"r\"); time.sleep(100)' & until [ -s r ]; do sleep 0.02; done; unshare -n nsenter -t $! -N 9 readlink /proc/self/ns/net | cmp - /dev/fd/5 5<<-E && echo in; kill $!\n$(readlink /proc/self/ns/net)\nE",
        "in\n",
    )
    .needs(PYTHON.0, PYTHON.1),
    fails("descriptor_that_is_no_socket_is_refused", ROOT, "nsenter -t $$ -N 0 true", 1, "socket"),
    fails("selinux_is_missed", ROOT, "nsenter -t $$ -Z true", 1, "SELinux is not in force"),
    prints(
        "control_group_is_joined",
        ROOT,
        "h=/sys/fs/cgroup; [ -d $h/memory ] && h=$h/memory; mkdir $h/insula-$$; sleep 100 & P=$!; echo $P >$h/insula-$$/cgroup.procs; nsenter -t $P --join-cgroup grep -c /insula-$$ /proc/self/cgroup; grep -c /insula-$$ /proc/self/cgroup; nsenter -t $P -c ls -l /proc/self/fd | grep cgroup; kill $P; wait $P; sleep 0.1; rmdir $h/insula-$$",
        "1\n0\n",
    ),
];
