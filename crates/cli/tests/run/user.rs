//! Who the command is, and what it may do.

use super::{DEEP, Fact, HERE, ROOT, USER};

pub(super) const FACTS: &[Fact] = &[
    (
        "user_by_name_comes_with_its_groups",
        ROOT,
        r#"
        # needs real-root
        has "$(insula run --user nobody id)" 'uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)'
        same "$(insula run -u nobody:daemon sh -c 'id -u; id -gn')" "$(printf '65534\ndaemon')"
        fails 125 'has no user `nosuch`' insula run --user nosuch true
        fails 125 'has no group `nosuch`' insula run --user nobody:nosuch true
        "#,
    ),
    (
        "user_by_number_keeps_none_of_the_callers_groups",
        ROOT,
        r#"
        # needs real-root
        same "$(insula run --user 4711 sh -c 'id -u; id -G')" "$(printf '4711\n4711')"
        same "$(insula run --user 4711:12 sh -c 'id -u; id -G')" "$(printf '4711\n12')"
        same "$(insula run --user 65534 id -gn)" nogroup
        "#,
    ),
    (
        "names_are_those_of_the_root",
        ROOT,
        r#"
        # needs real-root
        same "$(insula run --rootfs $root --user web id)" 'uid=33(web) gid=34(web) groups=77(extra)'
        same "$(insula run --rootfs $root --user 33 id)" 'uid=33(web) gid=34(web) groups=77(extra)'
        fails 125 "\`$root/etc/passwd\` has no user \`nobody\`" insula run --rootfs $root --user nobody true
        # By this id the kernel means whoever asks.
        echo 'none:x:4294967295:4294967295::/:' >>$root/etc/passwd
        fails 125 'has no user `none`' insula run --rootfs $root --user none true
        fails 125 'no user has the id 4294967295' insula run --user 4294967295 true
        fails 125 'no group has the id 4294967295' insula run --user 0:4294967295 true
        "#,
    ),
    (
        "links_in_a_root_lead_nowhere_else",
        DEEP,
        r#"
        # The host has a user of this name, the root has none.
        echo 'someone:x:1:1::/:' > $stage/outside
        rm $root/etc/passwd
        ln -s ../../../../../../../../$stage/outside $root/etc/passwd
        fails 125 'has no user `someone`' insula run --rootfs $root --user someone true
        ln -sfn $stage/outside $root/etc/passwd
        fails 125 'has no user `someone`' insula run --rootfs $root --user someone true
        ln -sfn /proc/self/root/etc/passwd $root/etc/passwd
        fails 125 'has no user `daemon`' insula run --rootfs $root --user daemon true
        ln -sfn passwd $root/etc/passwd
        fails 125 'ELOOP' insula run --rootfs $root --user daemon true
        rm $root/etc/passwd; mkfifo $root/etc/passwd
        fails 125 'not a regular file' insula run --rootfs $root --user daemon true
        "#,
    ),
    (
        "user_that_is_not_mapped_is_named",
        USER,
        r#"
        same "$(insula run --user 0 id -u)" 0
        for wrong in '' :7 7:; do fails 2 'expected USER or USER:GROUP' insula run --user "$wrong" true; done
        same "$(insula run --map keep --user "$(id -u)" id -u)" "$(id -u)"
        fails 125 'does not exist in the user namespace' insula run --user 4711:0 true
        "#,
    ),
    (
        "groups_are_set_or_dropped",
        ROOT,
        r#"
        # needs real-root
        same "$(insula run --groups 7,daemon sh -c 'grep Groups /proc/self/status')" "$(printf 'Groups:\t1 7 ')"
        same "$(insula run --groups '' grep Groups /proc/self/status)" "$(printf 'Groups:\t ')"
        fails 125 'has no group `nosuch`' insula run --groups nosuch true
        "#,
    ),
    (
        "groups_that_the_namespace_denies_are_an_error",
        USER,
        r#"fails 125 '`setgroups` is denied' insula run --groups 7 true"#,
    ),
    (
        "capabilities_are_dropped_also_with_locked_secure_bits",
        ROOT,
        r#"
        # needs real-root setpriv
        set -- setpriv --securebits +no_setuid_fixup,+no_setuid_fixup_locked "$insula" run --cap-drop sys_admin
        same "$("$@" sh -c 'echo $$')" 2
        "#,
    ),
    (
        "dropped_capabilities_stay_away",
        DEEP,
        r#"
        for set in CapInh CapPrm CapEff CapBnd CapAmb; do
            same "$(insula run --cap-drop all cat /proc/self/status | field $set)" 0000000000000000
        done
        same "$(insula run --cap-drop all --cap-add chown cat /proc/self/status | field CapEff)" 0000000000000001
        same "$(insula run --cap-drop all --cap-add chown,net_raw cat /proc/self/status | field CapBnd)" 0000000000002001
        without=$(insula run --cap-drop CAP_CHOWN cat /proc/self/status | field CapEff)
        same $((0x$without & 1)) 0
        fails 2 'bogus' insula run --cap-drop bogus true
        fails 2 'bogus' insula run --cap-add bogus true
        "#,
    ),
    (
        "added_capabilities_pass_to_who_is_not_root",
        ROOT,
        r#"
        # needs real-root
        for set in CapInh CapPrm CapEff CapAmb; do
            same "$(insula run --user 4711 --cap-add net_bind_service cat /proc/self/status | field $set)" 0000000000000400
        done
        "#,
    ),
    (
        "capability_that_the_caller_lacks_is_an_error",
        ROOT,
        r#"
        # needs real-root
        fails 125 'this process does not have it itself' setpriv --bounding-set -net_raw --inh-caps -net_raw \
            $insula run --cap-add net_raw true
        fails 125 'this process does not have it itself' setpriv --bounding-set -net_raw --inh-caps -net_raw \
            $insula run --best-effort --cap-add net_raw true
        setpriv --bounding-set -net_raw --inh-caps -net_raw $insula run --map root --cap-add net_raw true
        "#,
    ),
    (
        "each_capability_set_is_set",
        DEEP,
        r#"
        status() { insula run "$@" cat /proc/self/status; }
        same "$(status --cap-bounding chown,kill | field CapBnd)" 0000000000000021
        same "$(status --cap-bounding chown,kill --cap-permitted chown --cap-effective '' | field CapPrm)" 0000000000000021
        same "$(status --cap-inheritable chown | field CapInh)" 0000000000000001
        same "$(status --cap-permitted chown --cap-inheritable chown --cap-ambient chown | field CapAmb)" 0000000000000001
        for set in bounding permitted effective inheritable ambient; do
            fails 2 'bogus' insula run --cap-$set bogus true
        done
        "#,
    ),
    (
        "secure_bits_keep_root_powerless",
        DEEP,
        r#"
        has "$(insula run --securebits 0x3 setpriv --dump)" 'Securebits: noroot,noroot_locked'
        has "$(insula run --securebits 1 setpriv --dump)" 'Securebits: noroot'
        same "$(insula run --securebits 0x1 cat /proc/self/status | field CapEff)" 0000000000000000
        fails 2 'invalid' insula run --securebits 0xg true
        "#,
    ),
    (
        "no_new_privileges",
        HERE,
        r#"
        same "$(insula run --no-new-privs cat /proc/self/status | field NoNewPrivs)" 1
        same "$(insula run cat /proc/self/status | field NoNewPrivs)" 0
        "#,
    ),
];
