//! The root, and what is mounted in it.

use super::{DEEP, Fact, HERE, ROOT};

pub(super) const FACTS: &[Fact] = &[
    (
        "rootfs_is_all_there_is",
        DEEP,
        r#"
        same "$(insula run --rootfs $root ls / | tr '\n' ' ')" "bin dev etc proc "
        same "$(insula run --rootfs $root pwd)" /
        # Nothing of the host is left to be found.
        lacks "$(insula run --rootfs $root cat /proc/self/mountinfo)" " $stage "
        same "$(cd $stage && insula run --rootfs root id -u)" 0
        fails 125 '`/nonexistent`' insula run --rootfs /nonexistent true
        fails 125 'a root has to be a directory' insula run --rootfs /etc/passwd true
        fails 2 'a path is missing' insula run --rootfs '' true
        "#,
    ),
    (
        "empty_root_has_what_is_bound",
        DEEP,
        r#"
        same "$(insula run --empty-root --bind $root/bin:/bin ls / | tr '\n' ' ')" "bin dev proc "
        has "$(insula run --empty-root --bind $root/bin:/bin cat /proc/mounts)" " / tmpfs "
        fails 127 'in no directory of PATH, as seen from inside' insula run --empty-root ls
        fails 2 'exclude each other' insula run --empty-root --rootfs $root true
        "#,
    ),
    (
        "ephemeral_changes_are_discarded",
        DEEP,
        r#"
        same "$(insula run --rootfs $root --ephemeral sh -c 'echo changed > /etc/passwd; cat /etc/passwd')" changed
        has "$(cat $root/etc/passwd)" web
        lacks "$(ls $root)" proc
        fails 2 'below `--rootfs`' insula run --ephemeral true
        "#,
    ),
    (
        "read_only_root_cannot_be_written",
        DEEP,
        r#"
        fails 1 'Read-only file system' insula run --rootfs $root --ro touch /new
        fails 1 'Read-only file system' insula run --ro touch $stage/new
        insula run --ro sh -c 'echo > /dev/null'
        no insula run --ro mount -o remount,bind,rw / 2> /dev/null
        no test -e $stage/new
        "#,
    ),
    (
        "bind_shows_a_directory_or_file_elsewhere",
        DEEP,
        r#"
        mkdir $stage/source $stage/target; echo data > $stage/source/file
        same "$(insula run --bind $stage/source:$stage/target cat $stage/target/file)" data
        same "$(ls $stage/target)" ""
        same "$(cd $stage && insula run --bind source:$stage/target cat $stage/target/file)" data
        same "$(insula run --rootfs $root --bind $stage/source:/new/place cat /new/place/file)" data
        # Without a target, it keeps its absolute path.
        same "$(cd $stage && insula run --rootfs $root --bind source cat $stage/source/file)" data
        same "$(insula run --rootfs $root --bind $stage/source/file:/etc/hosts cat /etc/hosts)" data
        insula run --bind $stage/source:$stage/target touch $stage/target/written
        test -e $stage/source/written
        fails 1 'Read-only file system' insula run --bind $stage/source:$stage/target:ro touch $stage/target/no
        options=$(insula run --bind $stage/source:$stage/target:nosuid,nodev,noexec grep target /proc/self/mountinfo)
        for option in nosuid nodev noexec; do has "$options" $option; done
        fails 125 "cannot open the mount source \`$stage/nonexistent\`" insula run --bind $stage/nonexistent:$stage/target true
        fails 125 "cannot open the mount point \`$stage/nonexistent\`" insula run --bind $stage/source:$stage/nonexistent true
        fails 2 'the options are' insula run --bind /a:/b:bogus true
        fails 2 'a path is missing' insula run --bind :/b true
        "#,
    ),
    (
        "bind_is_recursive_unless_told",
        ROOT,
        r#"
        mkdir -p $stage/source/below $stage/target
        mount -t tmpfs inner $stage/source/below; touch $stage/source/below/inner
        same "$(insula run --bind $stage/source:$stage/target ls $stage/target/below)" inner
        same "$(insula run --bind $stage/source:$stage/target:norec ls $stage/target/below)" ""
        umount $stage/source/below
        # How access times are kept is locked for who has less privilege than who mounted it.
        has "$(insula run --bind $stage/source:$stage/target:noatime grep target /proc/self/mountinfo)" noatime
        "#,
    ),
    (
        "idmap_keeps_the_owners_on_disk",
        ROOT,
        r#"
        # needs real-root
        mkdir $stage/source $stage/target; touch $stage/source/file; chown 5:6 $stage/source/file
        ids='--map-users 0:100000:1000 --map-groups 0:100000:1000'
        same "$(insula run $ids --bind $stage/source:$stage/target stat -c %u:%g $stage/target/file)" 65534:65534
        same "$(insula run $ids --bind $stage/source:$stage/target:idmap stat -c %u:%g $stage/target/file)" 5:6
        chmod 777 $stage/source
        insula run $ids --user 7:8 --bind $stage/source:$stage/target:idmap touch $stage/target/new
        same "$(stat -c %u:%g $stage/source/new)" 7:8
        fails 2 'needs a new user namespace with a map' insula run --bind $stage/source:$stage/target:idmap true
        "#,
    ),
    (
        "tmpfs_is_empty_and_limited",
        DEEP,
        r#"
        mkdir $stage/target; touch $stage/target/hidden
        same "$(insula run --tmpfs $stage/target ls $stage/target)" ""
        same "$(insula run --tmpfs $stage/target:mode=700 stat -c %a $stage/target)" 700
        has "$(insula run --tmpfs $stage/target:size=64K grep $stage/target /proc/mounts)" size=64k
        fails 1 'No space left' insula run --tmpfs $stage/target:size=64K dd if=/dev/zero of=$stage/target/big bs=1k count=65
        fails 1 'Read-only' insula run --tmpfs $stage/target:ro touch $stage/target/file
        fails 2 'expected a size' insula run --tmpfs $stage/target:size=0 true
        fails 2 'expected an octal mode' insula run --tmpfs $stage/target:mode=9 true
        fails 2 'the options are' insula run --tmpfs $stage/target:bogus true
        "#,
    ),
    (
        "overlay_shows_all_layers",
        DEEP,
        r#"
        for layer in a b target; do mkdir $stage/$layer; done
        echo a > $stage/a/both; echo b > $stage/b/both; touch $stage/b/lower
        layers=$stage/target:lower=$stage/a,lower=$stage/b
        same "$(insula run --overlay $layers sh -c "cat $stage/target/both; ls $stage/target" | tr '\n' ' ')" "a both lower "
        insula run --overlay $layers touch $stage/target/new
        lacks "$(ls $stage/a $stage/b)" new
        fails 1 'Read-only' insula run --overlay $layers,ro touch $stage/target/new
        fails 2 'cannot look at `/nonexistent`' insula run --overlay $stage/target:lower=/nonexistent true
        fails 2 'it has no lower=DIR' insula run --overlay $stage/target:ro true
        fails 2 'go together' insula run --overlay $layers,upper=$stage/u true
        fails 2 'has no upper' insula run --overlay $layers,upper=$stage/u,work=$stage/w,ro true
        fails 2 'lower=A,lower=B' insula run --overlay $stage/target:lower=$stage/a:$stage/b true
        "#,
    ),
    (
        "overlay_keeps_changes_where_told",
        HERE,
        r#"
        for layer in a up work target; do mkdir $stage/$layer; done
        insula run --overlay $stage/target:lower=$stage/a,upper=$stage/up,work=$stage/work touch $stage/target/new
        test -e $stage/up/new
        no test -e $stage/a/new
        rm -rf $stage/work
        "#,
    ),
    (
        "files_have_the_content_given",
        DEEP,
        r#"
        printf from-file > $stage/file
        same "$(insula run --file /etc/hostname=$stage/file cat /etc/hostname)" from-file
        same "$(echo from-input | insula run --file /etc/hostname=- cat /etc/hostname)" from-input
        same "$(insula run --file-data /etc/hostname=a=b cat /etc/hostname)" a=b
        same "$(insula run --rootfs $root --file-data /new/file=text cat /new/file)" text
        lacks "$(cat /etc/hostname)" a=b
        fails 2 'cannot read' insula run --file /etc/hostname=/nonexistent true
        fails 2 'expected TARGET=VALUE' insula run --file-data /etc/hostname true
        fails 125 'cannot open the mount point' insula run --file-data /etc/nonexistent=x true
        "#,
    ),
    (
        "links_and_directories_are_made_in_ones_own_root",
        DEEP,
        r#"
        same "$(insula run --empty-root --bind $root/bin:/bin --symlink /a/link=/bin/sh readlink /a/link)" /bin/sh
        same "$(insula run --empty-root --bind $root/bin:/bin --dir /a/b stat -c %a /a/b)" 755
        mkdir $stage/target
        same "$(insula run --tmpfs $stage/target --dir $stage/target/below ls $stage/target)" below
        fails 125 '`/link` would be made in the host' insula run --symlink /link=/bin/sh true
        fails 125 '`/new` would be made in the host' insula run --dir /new true
        fails 2 'expected TARGET=VALUE' insula run --symlink /link true
        "#,
    ),
    (
        "dev_is_minimal",
        DEEP,
        r#"
        expected="fd full null ptmx pts random shm stderr stdin stdout tty urandom zero "
        same "$(insula run --dev ls /dev | tr '\n' ' ')" "$expected"
        same "$(insula run --rootfs $root ls /dev | tr '\n' ' ')" "$expected"
        insula run --dev sh -c 'echo > /dev/null; touch /dev/shm/file; head -c 1 /dev/urandom > /dev/null'
        same "$(insula run --rootfs $root --no-dev ls /dev)" ""
        fails 2 'exclude each other' insula run --dev --no-dev true
        "#,
    ),
    (
        "pseudo_terminals_queues_and_sysfs_are_ones_own",
        DEEP,
        r#"
        mkdir $stage/target
        same "$(insula run --devpts $stage/target ls $stage/target)" ptmx
        has "$(insula run --mqueue $stage/target grep $stage/target /proc/mounts)" "mqueue $stage/target mqueue"
        same "$(insula run --sysfs /sys ls /sys/class/net)" lo
        for option in devpts mqueue sysfs; do
            fails 125 'cannot' insula run --$option /nonexistent true
            fails 2 'has to begin with `/`' insula run --$option nonexistent true
        done
        "#,
    ),
    (
        "proc_shows_what_was_asked_for",
        DEEP,
        r#"
        same "$(insula run --no-proc cat /proc/1/comm)" "$(cat /proc/1/comm)"
        fails 2 'need a new `/proc`' insula run --no-proc --hidepid invisible true
        same "$(insula run --proc-subset-pid ls /proc | tr '\n' ' ')" "1 2 self thread-self "
        has "$(insula run --hidepid invisible grep ' /proc ' /proc/mounts)" hidepid=invisible
        has "$(insula run --hidepid ptraceable grep ' /proc ' /proc/mounts)" hidepid=ptraceable
        has "$(insula run --hidepid noaccess grep ' /proc ' /proc/mounts)" hidepid=noaccess
        fails 2 'expected off, noaccess, invisible or ptraceable' insula run --hidepid bogus true
        "#,
    ),
    (
        "masked_is_hidden_and_read_only_is_not_written",
        DEEP,
        r#"
        mkdir $stage/dir; echo secret > $stage/dir/file
        same "$(insula run --mask $stage/dir ls $stage/dir)" ""
        same "$(insula run --mask $stage/dir/file cat $stage/dir/file)" ""
        fails 1 'Read-only' insula run --read-only $stage/dir touch $stage/dir/new
        same "$(insula run --read-only $stage/dir cat $stage/dir/file)" secret
        touch $stage/dir/new
        fails 125 'there is no `/nonexistent`' insula run --mask /nonexistent true
        fails 125 'there is no `/nonexistent`' insula run --rootfs $root --read-only /nonexistent true
        for option in mask read-only; do fails 2 'has to begin with `/`' insula run --$option relative true; done
        "#,
    ),
    (
        "mounts_pass_as_told",
        ROOT,
        r#"
        mount --make-rshared /
        shared() { insula run "$@" sed -n 's/.* \/ \/ [^ ]* \(.*\) - .*/\1/p' /proc/self/mountinfo; }
        lacks "$(shared)" :
        lacks "$(shared --propagation private)" :
        has "$(shared --propagation slave)" master:
        has "$(shared --propagation unchanged)" shared:
        has "$(shared --propagation shared)" shared:
        # From inside nothing gets out, unless it was asked for.
        mkdir $stage/target
        insula run --propagation slave mount -t tmpfs none $stage/target
        lacks "$(cat /proc/self/mountinfo)" $stage/target
        insula run --propagation unchanged mount -t tmpfs none $stage/target
        has "$(cat /proc/self/mountinfo)" $stage/target
        # Nobody outside gets the sandbox's own /proc.
        same "$(cat /proc/1/comm)" sh
        fails 2 'expected private, slave, shared or unchanged' insula run --propagation bogus true
        "#,
    ),
    (
        "nothing_is_mounted_without_a_new_mount_namespace",
        HERE,
        r#"
        fails 2 'need a new mnt namespace' insula run --share mnt --rootfs $root true
        fails 2 'need a new mnt namespace' insula run --share mnt --tmpfs $stage true
        insula run --share mnt true
        "#,
    ),
];
