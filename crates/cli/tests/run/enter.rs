//! `insula enter`: a command where another one is.

use super::{DEEP, Fact, HERE, ROOT, USER};

/// Where nothing outside may look in.
const DEEP_ONLY: &[super::Place] = &[super::Place::DeepRoot, super::Place::DeepUser];

pub(super) const FACTS: &[Fact] = &[
    (
        "process_with_a_root_of_its_own",
        DEEP,
        r#"
        insula run --rootfs $root --hostname blue -w /etc sleep 4711 &
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        same "$(insula enter $target cat /proc/sys/kernel/hostname)" blue
        same "$(insula enter $target ls / | tr '\n' ' ')" 'bin dev etc proc '
        same "$(insula enter $target pwd)" /etc
        same "$(insula enter $target id -u)" 0
        has "$(insula enter $target cat /proc/1/comm)" insula-init
        for kind in mnt pid uts ipc net cgroup user; do
            same "$(insula enter $target readlink /proc/self/ns/$kind)" "$(kind $kind $target)"
        done
        same "$(insula enter --workdir /bin $target pwd)" /bin
        same "$(insula enter -w / $target pwd)" /
        same "$(insula enter $target -- echo -x)" -x
        fails 7 '' insula enter $target sh -c 'exit 7'
        fails 143 '' insula enter $target sh -c 'kill -TERM $$'
        fails 127 'cannot execute `no-such-program`' insula enter $target no-such-program
        fails 126 'cannot execute `/etc/passwd`' insula enter $target /etc/passwd
        same "$(echo 'echo from $0' | insula enter $target)" 'from /bin/sh'
        "#,
    ),
    (
        // In a user namespace whoever is root there may have registered an interpreter (binfmt_misc), such as `/proc/self/exe`.
        "in_a_user_namespace_alone_the_binary_is_not_executed",
        USER,
        r#"
        insula run sleep 4711 &
        await pgrep -x sleep > /dev/null
        insula enter --explain --only user $(pgrep -x sleep) true 2> $stage/said
        has "$(cat $stage/said)" 'execveat(sealed memory file), execve("true")'
        "#,
    ),
    (
        "only_some_kinds",
        DEEP,
        r#"
        insula run --rootfs $root --hostname blue sleep 4711 &
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        only=uts
        [ "$(id -u)" = 0 ] || only=user,uts
        same "$(insula enter --only $only $target cat /proc/sys/kernel/hostname)" blue
        same "$(insula enter --only $only $target readlink /proc/self/ns/net)" "$(kind net)"
        same "$(insula enter --only $only $target pwd)" "$PWD"
        fails 2 'unknown namespace kind `bogus`' insula enter --only bogus $target true
        "#,
    ),
    (
        "as_another_user_of_the_targets_root",
        ROOT,
        r#"
        # needs real-root
        insula run --rootfs $root sleep 4711 &
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        same "$(insula enter -u web $target id)" 'uid=33(web) gid=34(web) groups=77(extra)'
        same "$(insula enter --user 5:6 $target sh -c 'id -u; id -G')" "$(printf '5\n6')"
        has "$(insula enter --groups 7 $target cat /proc/self/status | field Groups)" 7
        fails 125 'has no user `nobody`' insula enter -u nobody $target true
        "#,
    ),
    (
        "callers_groups_stay_outside",
        ROOT,
        r#"
        # needs real-root
        insula run --map-users 0:100000:100 --map-groups 0:100000:100 sleep 4711 &
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        same "$(setpriv --groups 0,27 insula enter $target cat /proc/self/status | field Groups)" ""
        same "$(insula enter $target sh -c 'id -u; id -g')" "$(printf '0\n0')"
        setpriv --reuid 4242 --regid 4242 --clear-groups insula run sleep 4712 &
        await pgrep -xf 'sleep 4712' > /dev/null
        target=$(pgrep -xf 'sleep 4712')
        same "$(setpriv --groups 0,27 insula enter $target cat /proc/self/status | field Groups)" ""
        "#,
    ),
    (
        "environment_of_the_target",
        DEEP,
        r#"
        insula run --env COLOUR=blue --env SHADE=dark sleep 4711 &
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        same "$(COLOUR=red insula enter $target sh -c 'echo $COLOUR')" red
        same "$(COLOUR=red insula enter --target-env $target sh -c 'echo $COLOUR')" blue
        same "$(insula enter --target-env --env SHADE=light $target sh -c 'echo $COLOUR $SHADE')" 'blue light'
        fails 2 '`--target-env` needs a process' insula enter --target-env /proc/$target/ns/uts true
        "#,
    ),
    (
        "file_and_inode_number",
        HERE,
        r#"
        insula run --hostname blue sleep 4711 &
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        [ "$(id -u)" = 0 ] || exit 0
        same "$(insula enter /proc/$target/ns/uts cat /proc/sys/kernel/hostname)" blue
        same "$(insula enter "$(kind uts $target)" cat /proc/sys/kernel/hostname)" blue
        fails 125 'there is no namespace net:[1]' insula enter net:1 true
        fails 125 'has no mnt namespace' insula enter --only mnt /proc/$target/ns/uts true
        "#,
    ),
    (
        "inode_number_of_another_process",
        HERE,
        r#"
        ln -s $insula $stage/bin/getino
        # Before Linux 6.9 all have the same.
        fails 125 'process' insula enter $$:1 true
        case $said in *6.9*) exit 0 ;; esac
        has "$said" 'not the one that was meant'
        [ "$(id -u)" = 0 ] || exit 0
        insula enter "$(getino -p $$)" true
        "#,
    ),
    (
        "named_set",
        HERE,
        r#"
        export XDG_RUNTIME_DIR=$stage
        insula create blue
        same "$(insula enter blue readlink /proc/self/ns/net)" "$(insula enter blue readlink /proc/self/ns/net)"
        lacks "$(insula enter blue readlink /proc/self/ns/net)" "$(kind net)"
        same "$(insula enter blue id -u)" 0
        insula rm blue
        fails 125 'there is no set `blue`' insula enter blue true
        has "$said" 'hint: make it with `insula create blue`'
        "#,
    ),
    (
        "own_sandbox_of_an_ordinary_user",
        USER,
        r#"
        insula run --map keep --rootfs $root sleep 4711 &
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        same "$(insula enter $target sh -c 'id -u; pwd')" "$(printf '%s\n/' "$(id -u)")"
        fails 125 'does not exist in the user namespace' insula enter -u 33:0 $target true || has "$said" 'group id 0'
        has "$said" 'hint: '
        "#,
    ),
    (
        "process_that_may_not_be_looked_at_says_why",
        ROOT,
        r#"
        # needs real-root
        fails 125 'permission denied (EACCES)' setpriv --reuid 4242 --regid 4242 --clear-groups $insula enter $$ true
        has "$said" 'cause: the namespaces of a process are shown to who may trace it'
        has "$said" 'hint: run as that user, or as root'
        "#,
    ),
    (
        "target_that_has_ended",
        HERE,
        r#"
        sh -c 'exit 0' &
        target=$!
        wait $target
        fails 125 'no such process (ESRCH)' insula enter $target true
        has "$said" 'hint: '
        # One that nobody has reaped: it has no namespaces any more.
        sh -c 'sleep 0.1 & echo $! > '$stage'/zombie; exec sleep 4711' &
        await test -s $stage/zombie
        target=$(cat $stage/zombie)
        await grep -q ') Z' /proc/$target/stat
        fails 125 '' insula enter $target true
        has "$said" 'ended'
        "#,
    ),
    (
        "target_that_ends_takes_who_entered_with_it",
        HERE,
        r#"
        insula run sleep 4711 &
        supervisor=$!
        await pgrep -x sleep > /dev/null
        target=$(pgrep -x sleep)
        insula enter $target sh -c "touch $stage/entered; sleep 4712" &
        guest=$!
        await test -e $stage/entered
        kill -TERM $supervisor
        found=0; wait $guest || found=$?
        same "$found" 137
        "#,
    ),
    (
        "what_is_no_target_is_refused",
        HERE,
        r#"
        fails 2 'expected a target' insula enter
        fails 2 'is not the id of a process' insula enter 0 true
        fails 2 'unknown namespace kind' insula enter nets:1 true
        fails 125 'is not a namespace file' insula enter /etc/passwd true
        fails 125 'no such file' insula enter ./nothing true
        "#,
    ),
    (
        "steps_are_explained",
        HERE,
        r#"
        insula run sleep 4711 &
        await pgrep -x sleep > /dev/null
        insula enter --explain $(pgrep -x sleep) true 2> $stage/said
        has "$(cat $stage/said)" 'setns('
        has "$(cat $stage/said)" '# enter the namespace'
        "#,
    ),
    (
        "three_deep_from_the_middle",
        DEEP_ONLY,
        r#"
        insula run insula run --hostname blue sleep 4711 &
        await pgrep -x sleep > /dev/null
        same "$(insula enter $(pgrep -x sleep) cat /proc/sys/kernel/hostname)" blue
        "#,
    ),
];
