//! Root in a set chooses the numbers, aliases and addresses of its interfaces, and has nothing of others by that.

use crate::city::run;
use crate::world::User::Root;

/// `web` has a veth whose number, and that of its other end, are those of the pair between `db` and the host.
const BAIT: &str = r#"
number() { ip $1 -o link show "$2" | cut -d: -f1; }
bait() {
    ip netns add nowhere
    ip -n web link add bait index "$(number '-n db' "$1")" type veth peer name x index "$(number '' "$2")" netns nowhere
    ip -n web link set bait alias "$3"
}
"#;

#[test]
fn number_of_another_sets_link_does_not_give_it_away() {
    run(
        Root,
        &format!(
            r#"{BAIT}
insula net create web db
insula net connect db host
bait host db insula:link=web:host
before=$(ip link show db; ip -n db link show host)
insula net disconnect host web
same "$(ip link show db; ip -n db link show host)" "$before"
insula net connect host web
same "$(ip link show db; ip -n db link show host)" "$before"
insula net disconnect web host
same "$(ip link show db; ip -n db link show host)" "$before"
insula net rm --force db
ip netns delete nowhere
end
insula net rm --force web
nothing_left
"#
        ),
    );
}

#[test]
fn limit_of_a_set_does_not_fall_on_another_one() {
    run(
        Root,
        &format!(
            r#"{BAIT}
insula net create web db
insula net bridge lan --addr 10.1.0.1/24
insula net attach db lan
bait lan db-lan insula:port=web:lan
before=$(tc qdisc show dev db-lan)
insula net limit web --rate 1mbit
same "$(tc qdisc show dev db-lan)" "$before"
has "$(ip netns exec web tc qdisc show)" 'dev bait'
end
ip netns delete nowhere
insula net rm --force web db lan
nothing_left
"#
        ),
    );
}

#[test]
fn alias_like_ours_on_what_we_never_make_proves_nothing() {
    run(
        Root,
        r#"
tc qdisc add dev eth0 ingress
eth0=$(ip -o link show eth0 | cut -d: -f1)
number=0
for mark in shaper=999 "shaper=$eth0:incomplete" link=host:gone port-of=lan:gone bridge=lan:incomplete wireguard=gone:incomplete; do
    number=$((number + 1))
    ip tuntap add "card$number" mode tap
    ip link set "card$number" alias "insula:$mark"
done
before=$(ip -o link; tc qdisc)
insula gc
insula net bridge lan --addr 10.1.0.1/24
insula net rm --force lan
insula net gc
same "$(ip -o link; tc qdisc)" "$before"
end
"#,
    );
}
#[test]
fn address_of_another_set_is_not_published() {
    run(
        Root,
        r#"
insula net create web db
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
insula net bridge other --addr 10.2.0.1/24 --addr fd00:1:2::1/64
insula net attach web lan
insula net attach db other
answer db db :: 80
answer host host :: 81
ip -n web address flush dev lan
for address in 10.2.0.2/24 10.2.0.1/24 192.0.2.1/24 fd00:1:2::2/64 fd00:9::1/64; do
    ip -n web address add "$address" dev lan
done
has "$(fails insula net publish web 8080:80)" 'the host reaches no address of it'
ip -n web address add 10.1.0.7/24 dev lan
same "$(insula net publish web 8080:80)" "$(printf 'web\t8080:80/tcp\t10.1.0.7')"
misses outside 192.0.2.1 8080
misses outside fd00:9::1 8080
end
insula net rm --force web db lan other
no_rules
nothing_left
"#,
    );
}
