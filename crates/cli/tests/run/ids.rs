//! The ids of a new user namespace.

use super::{DEEP, Fact, HERE, ROOT, USER};

pub(super) const FACTS: &[Fact] = &[
    (
        "map_root_makes_the_caller_root",
        DEEP,
        r#"
        same "$(insula run --map root id -u)" 0
        same "$(insula run --map root cat /proc/self/uid_map | tr -s ' ')" " 0 $(id -u) 1"
        same "$(insula run --map root cat /proc/self/gid_map | tr -s ' ')" " 0 $(id -g) 1"
        fails 2 'expected root, keep, auto, all or none' insula run --map bogus true
        "#,
    ),
    (
        "map_keep_keeps_the_callers_ids",
        DEEP,
        r#"
        same "$(insula run --map keep id -u)" "$(id -u)"
        same "$(insula run --map keep id -g)" "$(id -g)"
        same "$(insula run --map keep cat /proc/self/uid_map | tr -s ' ')" " $(id -u) $(id -u) 1"
        "#,
    ),
    (
        "map_none_maps_nobody",
        HERE,
        r#"
        same "$(insula run --map none id -u)" 65534
        same "$(insula run --map none cat /proc/self/uid_map)" ""
        same "$(insula run --map none --setgroups deny cat /proc/self/setgroups)" deny
        "#,
    ),
    (
        "map_all_maps_what_the_parent_has",
        ROOT,
        r#"
        inside() { tr -s ' ' | cut -d' ' -f2,4; }
        same "$(insula run --map all cat /proc/self/uid_map | inside)" "$(inside < /proc/self/uid_map)"
        same "$(insula run --map all cat /proc/self/setgroups)" "$(cat /proc/self/setgroups)"
        "#,
    ),
    (
        "map_auto_takes_the_granted_ids",
        ROOT,
        r#"
        # needs real-root newuidmap
        mount --bind /etc/passwd /etc/passwd
        printf 'granted:x:4242:4242::/:/bin/sh\n' > $stage/passwd
        cat /etc/passwd >> $stage/passwd
        printf 'granted:300000:65536\n' > $stage/subid
        mount --bind $stage/passwd /etc/passwd
        for file in subuid subgid; do
            [ -e /etc/$file ] || exit 0
            mount --bind $stage/subid /etc/$file
        done
        user='setpriv --reuid 4242 --regid 4242 --clear-groups'
        for map in uid_map gid_map; do
            found=$($user insula run --map auto cat /proc/self/$map | tr -s ' ')
            has "$found" ' 0 4242 1'
            has "$found" ' 1 300000 65536'
        done
        same "$($user insula run --map auto --user 7:8 --groups 9 sh -c 'id -u; id -G')" "$(printf '7\n8 9')"
        same "$($user insula run --map auto cat /proc/self/setgroups)" allow
        same "$($user insula run --map-users 0:300000:10 --map-groups 0:300000:10 id -u)" 0
        fails 125 '`/etc/subuid` grants' $user insula run --map-users 0:900000:10 true
        # A file of the inside's user 7 is outside one of the seventh granted id.
        mkdir -m 777 $stage/shared
        $user insula run --map auto --user 7:7 touch $stage/shared/file
        same "$(stat -c %u $stage/shared/file)" 300006
        "#,
    ),
    (
        "map_auto_without_granted_ids_says_how_to_get_some",
        USER,
        r#"
        fails 125 '/etc/subuid' insula run --map auto true
        has "$said" 'hint: as root: '
        "#,
    ),
    (
        "ranges_are_mapped",
        ROOT,
        r#"
        # needs real-root
        has "$(insula run --map-users 0:1000:10,20:2000:5 cat /proc/self/uid_map | tr -s ' ')" ' 20 2000 5'
        # Whoever has no number there is root.
        same "$(insula run --map-users 0:1000:10 --map-groups 0:1000:10 sh -c 'id -u; id -G')" "$(printf '0\n0')"
        fails 2 'need a new user namespace' insula run --new uts --map root true
        has "$(insula run --map-groups 0:1000:10 cat /proc/self/gid_map | tr -s ' ')" ' 0 1000 10'
        fails 2 'expected INSIDE:OUTSIDE:COUNT' insula run --map-users x true
        fails 2 'expected INSIDE:OUTSIDE:COUNT' insula run --map-groups 0:1 true
        fails 125 'overlap' insula run --map-users 0:1000:10,5:2000:10 true
        fails 2 'take no further ranges' insula run --map auto --map-users 0:0:1 true
        "#,
    ),
    (
        "own_id_takes_any_number_inside",
        USER,
        r#"
        same "$(insula run --map-users 7:$(id -u):1 id -u)" 7
        fails 125 '`0:0:1000`' insula run --map-users 0:0:1000 true
        "#,
    ),
    (
        "setgroups_is_denied_when_asked",
        HERE,
        r#"
        same "$(insula run --map root --setgroups deny cat /proc/self/setgroups)" deny
        fails 2 'expected allow or deny' insula run --setgroups maybe true
        "#,
    ),
    (
        "setgroups_cannot_stay_allowed_without_privilege",
        USER,
        r#"fails 125 '`setgroups`' insula run --setgroups allow true"#,
    ),
];
