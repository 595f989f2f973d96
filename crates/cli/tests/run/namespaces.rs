//! Which namespaces are new, shared and joined, and what is set in them.

use super::{DEEP, Fact, HERE, ROOT};

pub(super) const FACTS: &[Fact] = &[
    (
        "all_that_make_sense_are_new",
        DEEP,
        r#"
        inside=$(insula run sh -c 'for kind in mnt pid uts ipc net cgroup time; do readlink /proc/self/ns/$kind; done')
        for kind in mnt pid uts ipc net cgroup; do lacks "$inside" "$(kind $kind)"; done
        has "$inside" "$(kind time)"
        "#,
    ),
    (
        "user_namespace_is_new_only_without_root",
        HERE,
        r#"
        own=$(kind user)
        found=$(insula run readlink /proc/self/ns/user)
        if [ "$(id -u)" = 0 ]; then same "$found" "$own"; else lacks "$found" "$own"; fi
        "#,
    ),
    (
        "command_sees_only_its_own_processes",
        DEEP,
        r#"
        same "$(insula run sh -c 'echo $$')" 2
        same "$(insula run sh -c 'cd /proc && echo [0-9]*')" "1 2"
        # It names itself while the command runs already.
        named='for _ in 1 2 3 4 5 6 7 8 9; do grep -qx insula-init /proc/1/comm && break; sleep 0.1; done; cat /proc/1/comm'
        same "$(insula run sh -c "$named")" insula-init
        "#,
    ),
    (
        "new_names_the_kinds",
        DEEP,
        r#"
        new=--new=uts,net
        [ "$(id -u)" = 0 ] || new=--new=user,uts,net
        inside=$(insula run $new sh -c 'for kind in mnt pid uts ipc net; do readlink /proc/self/ns/$kind; done')
        for kind in mnt pid ipc; do has "$inside" "$(kind $kind)"; done
        for kind in uts net; do lacks "$inside" "$(kind $kind)"; done
        lacks "$(insula run --new all readlink /proc/self/ns/time)" "$(kind time)"
        fails 2 'unknown namespace kind `bogus`' insula run --new bogus true
        "#,
    ),
    (
        "share_keeps_the_callers",
        DEEP,
        r#"
        same "$(insula run --share net,uts readlink /proc/self/ns/net)" "$(kind net)"
        same "$(insula run --share net --share uts readlink /proc/self/ns/uts)" "$(kind uts)"
        lacks "$(insula run --share net readlink /proc/self/ns/uts)" "$(kind uts)"
        fails 2 'unknown namespace kind' insula run --share bogus true
        "#,
    ),
    (
        "hostname_is_set_inside_only",
        DEEP,
        r#"
        outside=$(cat /proc/sys/kernel/hostname)
        same "$(insula run --hostname blue cat /proc/sys/kernel/hostname)" blue
        same "$(cat /proc/sys/kernel/hostname)" "$outside"
        fails 125 'longer than 64 bytes' insula run --hostname "$(printf '%065d' 0)" true
        fails 125 'needs a new uts namespace' insula run --share uts --hostname blue true
        fails 2 'needs a value' insula run --hostname
        "#,
    ),
    (
        "domainname_is_set_inside_only",
        DEEP,
        r#"
        same "$(insula run --domainname blue cat /proc/sys/kernel/domainname)" blue
        lacks "$(cat /proc/sys/kernel/domainname)" blue
        fails 125 'longer than 64 bytes' insula run --domainname "$(printf '%065d' 0)" true
        "#,
    ),
    (
        "clocks_are_shifted",
        DEEP,
        r#"
        uptime() { cut -d. -f1 /proc/uptime; }
        before=$(uptime)
        inside=$(insula run --time-offset boottime=1000000 cut -d. -f1 /proc/uptime)
        [ "$inside" -ge $((before + 1000000)) ] && [ "$inside" -le $(($(uptime) + 1000000)) ]
        offsets=$(insula run --time-offset monotonic=-0.5,boottime=7 cat /proc/self/timens_offsets | tr -s ' ')
        has "$offsets" 'monotonic -1 500000000'
        has "$offsets" 'boottime 7 0'
        has "$(insula run --time-offset 3 cat /proc/self/timens_offsets | tr -s ' ')" 'monotonic 3 0'
        fails 125 'would set the clock before 0' insula run --time-offset boottime=-9999999999 true
        fails 2 'expected seconds' insula run --time-offset soon true
        fails 2 'the clocks are' insula run --time-offset wall=1 true
        "#,
    ),
    (
        "loopback_is_up_unless_told",
        DEEP,
        r#"
        flags='cat /sys/class/net/lo/flags'
        same "$(insula run --sysfs /sys $flags)" 0x9
        same "$(insula run --sysfs /sys --no-loopback $flags)" 0x8
        "#,
    ),
    (
        "process_file_and_inode_number_are_joined",
        DEEP,
        r#"
        insula run --hostname blue sh -c "readlink /proc/self/ns/uts > $stage/uts; exec sleep 1000" &
        await test -s $stage/uts
        uts=$(cat $stage/uts)
        insider=$(ps -eo pid,comm | awk '$2 == "sleep" { print $1 }')
        joins="--join"
        [ "$(id -u)" = 0 ] || joins="--join user=$insider --join"
        for target in uts=$insider "$uts" /proc/$insider/ns/uts; do
            same "$(insula run $joins "$target" cat /proc/sys/kernel/hostname)" blue
        done
        # All of a process, by one word; the PID namespace too.
        same "$(insula run --join $insider readlink /proc/self/ns/uts)" "$uts"
        has "$(insula run --join $insider cat /proc/1/comm)" insula-init
        fails 2 'both name uts' insula run --new uts --join uts=$insider true
        fails 125 'no such process' insula run --join 2147483647 true
        fails 125 'is not a namespace file' insula run --join /etc/passwd true
        fails 125 'there is no namespace uts:[1]' insula run --join 'uts:[1]' true
        fails 125 'there is no set `nobody-made-it`' insula run --join nobody-made-it true
        fails 2 'cannot be a name' insula run --join net= true
        "#,
    ),
    (
        "named_set_is_joined",
        ROOT,
        r#"
        insula create blue uts,net
        same "$(insula run --join blue readlink /proc/self/ns/net)" "$(insula enter blue readlink /proc/self/ns/net)"
        lacks "$(insula run --join net=blue readlink /proc/self/ns/uts)" "$(insula enter blue readlink /proc/self/ns/uts)"
        insula rm blue
        "#,
    ),
];
