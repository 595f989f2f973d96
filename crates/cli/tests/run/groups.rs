//! `--limit`, `--cgroup` and `--device`: what the command may use, and that it cannot change that.
//!
//! The scripts look at the group from outside: below the mount of its controller in version 1, below the one mount in version 2.

use super::{Fact, ROOT, USER};

/// Moves the script to a group of its own, so that what it looks for is not what other tests have made; `alone` says that nothing else
/// is left there, and goes back.
macro_rules! apart {
    ($script:literal) => {
        concat!(
            r#"
        # needs real-root
        mine=insula-test-$(kind pid | tr -dc 0-9)
        if test -e /sys/fs/cgroup/cgroup.controllers; then roots=/sys/fs/cgroup; else roots=$(echo /sys/fs/cgroup/*); fi
        for one in $roots; do
            test ! -L $one || continue
            mkdir -p $one/$mine/own
            for file in cpuset.cpus cpuset.mems; do
                test ! -e $one/release_agent || test ! -e $one/$file || { cat $one/$file > $one/$mine/$file; cat $one/$file > $one/$mine/own/$file; }
            done
            echo 0 > $one/$mine/own/cgroup.procs
        done
        groups() { find /sys/fs/cgroup -name 'insula-run-*' -path "*/$mine/*"; }
        alone() {
            same "$(groups)" ''
            for one in $roots; do
                test ! -L $one || continue
                echo 0 > $one/cgroup.procs
                rmdir $one/$mine/own $one/$mine
            done
            test ! -e /run/insula
        }
        "#,
            $script,
            "\nalone\n"
        )
    };
}

pub(super) const FACTS: &[Fact] = &[
    (
        "memory_beyond_the_limit_ends_the_command",
        ROOT,
        apart!(
            r#"
        fails 137 'for want of memory' insula run --limit memory=32M,swap=0 tail /dev/zero
        insula run --limit memory=32M,swap=0 true
        "#
        ),
    ),
    (
        "tasks_beyond_the_limit_are_refused",
        ROOT,
        r#"
        # needs real-root
        command='for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait'
        fails 2 'fork' insula run --limit pids=6 sh -c "$command"
        insula run --limit pids=20 sh -c "$command"
        "#,
    ),
    (
        "limits_are_in_the_files_of_the_group",
        ROOT,
        r#"
        # needs real-root
        name=insula-test-$(kind pid | tr -dc 0-9)
        in_group() { cat /sys/fs/cgroup/$1/$name/$2 /sys/fs/cgroup/$name/$3 2> $stage/none; }
        insula run --cgroup /$name --limit cpu=0.5,weight=200,memory=64M,cpus=0 --limit pids=50 sleep 1000 &
        await pidof -q sleep
        has "$(in_group cpu cpu.cfs_quota_us cpu.max)" 50000
        has "$(in_group cpu cpu.shares cpu.weight)" 20
        same "$(in_group memory memory.limit_in_bytes memory.max)" 67108864
        same "$(in_group cpuset cpuset.cpus cpuset.cpus)" 0
        same "$(in_group pids pids.max pids.max)" 50
        # From inside it is the root of all groups; the limits are above.
        inside=$(cat /proc/$(pidof sleep)/cgroup)
        has "$inside" "/$name/inside"
        kill $!
        wait || true
        same "$(find /sys/fs/cgroup -name "$name")" ''
        "#,
    ),
    (
        "steps_are_explained_and_nothing_stays",
        ROOT,
        apart!(
            r#"
        said=$(insula run --explain=only --limit pids=50 --device none true 2>&1)
        has "$said" 'mkdir("/sys/fs/cgroup/'
        has "$said" 'pids.max", "50")'
        case $said in *'devices.allow", "c 1:3 rwm")'*|*'BPF_CGROUP_DEVICE'*) ;; *) echo "$said" >&2; exit 1 ;; esac
        "#
        ),
    ),
    (
        "devices_that_are_not_named_are_refused",
        ROOT,
        r#"
        # needs real-root
        node=$stage/node
        mknod $node c 1 11
        insula run sh -c ": < $node"
        fails 2 'Operation not permitted' insula run --device none sh -c ": < $node"
        insula run --device none sh -c ': < /dev/null; : > /dev/full; head -c1 /dev/urandom > /dev/null'
        insula run --device $node sh -c ": < $node; : > $node"
        insula run --device $node:r sh -c ": < $node"
        fails 2 'Operation not permitted' insula run --device $node:r sh -c ": > $node"
        insula run --rootfs $root --device $node:/dev/there:rw sh -c 'test -c /dev/there && : < /dev/there'
        # Nor those that it makes itself.
        fails 1 'Operation not permitted' insula run --device none sh -c "mknod $stage/other c 1 11 && cat $stage/other"
        fails 125 'is no device' insula run --device $stage/prelude true
        fails 125 'cannot look at the device' insula run --device /dev/nothing true
        fails 2 'is no access to a device' insula run --device /dev/null:x true
        "#,
    ),
    (
        "command_cannot_leave_its_group_nor_change_it",
        ROOT,
        r#"
        # needs real-root
        name=insula-test-$(kind pid | tr -dc 0-9)
        cat > $stage/climb <<'END'
        for group in /sys/fs/cgroup /sys/fs/cgroup/* ; do
            for file in cgroup.procs tasks; do echo $$ > $group/$file && echo "left by $group/$file"; done
        done 2> /dev/null
        mount -o remount,bind,rw /sys/fs/cgroup && echo 'made writable'
        umount -R -l /sys/fs/cgroup && echo unmounted
        mkdir /run/up
        mount -t cgroup2 none /run/up && echo 'mounted version 2'
        mount -t cgroup -o pids none /run/up && echo 'mounted version 1'
        # With all capabilities in a user namespace that it makes itself, and a cgroup namespace that begins where it is.
        unshare --user --map-root-user --mount --cgroup sh -c '
            mount -t cgroup -o pids none /run/up || mount -t cgroup2 none /run/up
            echo max > /run/up/pids.max
            echo max > /run/up/../pids.max
            echo $$ > /run/up/../cgroup.procs
        '
        exit 0
END
        insula run --cgroup /$name --limit pids=50 sh -c "sh $stage/climb 2> /dev/null; echo done; exec sleep 1000" > $stage/said &
        await pidof -q sleep
        same "$(cat $stage/said)" 'done'
        same "$(cat /sys/fs/cgroup/pids/$name/pids.max /sys/fs/cgroup/$name/pids.max 2> $stage/none)" 50
        has "$(cat /proc/$(pidof sleep)/cgroup)" "/$name/inside"
        kill $!
        wait || true
        # Who shows them by another path protects them there too.
        fails 2 'Read-only' insula run --limit pids=50 --bind /sys:/mnt sh -c 'echo $$ > /mnt/fs/cgroup/cgroup.procs || echo $$ > /mnt/fs/cgroup/pids/tasks'
        "#,
    ),
    (
        "group_that_is_there_is_entered_and_stays",
        ROOT,
        r#"
        # needs real-root
        name=insula-test-$(kind pid | tr -dc 0-9)
        all=$(ls -d /sys/fs/cgroup/pids 2> $stage/none || echo /sys/fs/cgroup)
        mkdir $all/$name
        insula run --cgroup /$name sleep 1000 &
        await pidof -q sleep
        has "$(cat /proc/$(pidof sleep)/cgroup)" "/$name"
        kill $!
        wait || true
        fails 125 'is there already' insula run --cgroup /$name --limit pids=20 true
        test -d $all/$name
        rmdir $all/$name
        fails 2 'needs a control group' insula run --cgroup none --limit pids=20 true
        fails 2 'leads elsewhere' insula run --cgroup ../up true
        insula run --cgroup none true
        "#,
    ),
    (
        "what_a_killed_run_leaves_is_collected",
        ROOT,
        apart!(
            r#"
        insula run --limit pids=50 sleep 1000 &
        await pidof -q sleep
        kill -9 $!
        wait || true
        # The command goes on, and so do its limits.
        same "$(insula gc)" ''
        has "$(cat /proc/$(pidof sleep)/cgroup)" "/insula-run-"
        kill -9 $(pidof sleep)
        empty() { test -n "$(insula gc --dry-run)"; }
        await empty
        has "$(insula gc --dry-run)" 'would remove /sys/fs/cgroup/'
        has "$(insula gc)" 'the command of this control group has ended'
        # At whatever step it is killed.
        for step in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            insula run --limit pids=50 --die-with-parent sleep 1000 &
            sleep 0.00$((step / 2))$((step % 2 * 5))
            kill -9 $!
            wait || true
        done
        # What was killed takes a moment to end.
        collected() { insula gc > $stage/none; test -z "$(groups)"; }
        await collected
        "#
        ),
    ),
    (
        "what_is_left_in_the_group_ends_with_the_command",
        ROOT,
        apart!(
            r#"
        insula run --share pid --limit pids=50 sh -c 'sleep 1000 > /dev/null & exit 3' || same $? 3
        no pidof -q sleep
        "#
        ),
    ),
    (
        "user_of_a_delegated_group_limits_in_it",
        ROOT,
        r#"
        # needs real-root
        name=insula-test-$(kind pid | tr -dc 0-9)
        mkdir -m 700 $stage/user
        chown 4242:4242 $stage/user
        export XDG_RUNTIME_DIR=$stage/user
        if test -d /sys/fs/cgroup/pids; then
            mine=/sys/fs/cgroup/pids/$name
            mkdir $mine
            own=$mine
        else
            mine=/sys/fs/cgroup/$name own=/sys/fs/cgroup/$name/own
            echo +pids > /sys/fs/cgroup/cgroup.subtree_control
            mkdir -p $own
            chown 4242 $mine $mine/cgroup.subtree_control $mine/cgroup.procs
        fi
        chown 4242 $own $own/cgroup.procs
        test ! -e $own/tasks || chown 4242 $own/tasks
        as_user() { sh -c "echo 0 > $own/cgroup.procs"' && exec setpriv --reuid 4242 --regid 4242 --clear-groups --inh-caps=-all "$@"' sh "$@"; }
        as_user insula run --limit pids=20 true
        fails 2 fork as_user insula run --limit pids=6 sh -c 'for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait'
        same "$(find $mine -name 'insula-run-*')" ''
        fails 125 'cause: ' as_user insula run --device none true
        rmdir $own
        test $own = $mine || rmdir $mine
        "#,
    ),
    (
        "user_without_a_delegated_group_is_told",
        USER,
        r#"
        # needs real-root
        export XDG_RUNTIME_DIR=$stage
        fails 125 'no place for one is delegated to this user' insula run --limit pids=20 true
        has "$said" 'cause: '
        has "$said" 'hint: '
        said=$(insula run --best-effort --limit pids=20 echo goes on 2>&1)
        has "$said" 'going on without a control group'
        has "$said" 'goes on'
        # A device is shown where its permissions decide.
        insula run --rootfs $root --device /dev/null:/dev/there sh -c 'test -c /dev/there && echo > /dev/there'
        "#,
    ),
    (
        "mistakes_in_limits_are_told",
        &[super::Place::Root, super::Place::User],
        r#"
        fails 2 'there is no limit `mem`' insula run --limit mem=1 true
        fails 2 'is not KEY=VALUE' insula run --limit memory true
        fails 2 'expected a size' insula run --limit memory=lots true
        fails 2 'expected processors' insula run --limit cpu=0 true
        fails 2 'say `memory=…` too' insula run --limit swap=0 true
        fails 2 'is no block device' insula run --limit io=/dev/null:rbps=1M true
        "#,
    ),
];
