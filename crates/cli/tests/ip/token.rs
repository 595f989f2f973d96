//! Facts about `ip token`.

use crate::fact::{Fact, does, shows};

const STATE: &str = "\
ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
ip link set lo up
ip link set va up
ip token set ::9 dev va
ip tuntap add tun0 mode tun";

const ALL: &str = "ip token";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "tokens_are_listed",
        STATE,
        "ip token; ip token list dev va; ip token get dev va; ip token get va; ip token show; ip token lst; ip -c token; ip -4 token",
    ),
    shows("tokens_in_json", STATE, "ip -j token; ip -j -p token get dev va"),
    shows("unknown_link", STATE, "ip token get dev foo"),
    shows("unknown_verb", STATE, "ip token foo"),
    does("token_is_set", STATE, "ip token set ::7 dev va; ip token set fd00::8 dev vb", ALL),
    does("token_is_deleted", STATE, "ip token del dev va", ALL),
    does("token_of_ipv4", STATE, "ip token set 10.0.0.1 dev va", ALL),
    does("mistyped_token", STATE, "ip token set foo dev va", ALL),
    does("second_token", STATE, "ip token set ::7 va", ALL),
    does("token_is_missing", STATE, "ip token set dev va", ALL),
    does("link_is_missing", STATE, "ip token set ::9", ALL),
    does("token_of_a_link_without_neighbours", STATE, "ip token set ::9 dev lo", ALL),
    does("deleting_needs_a_link", STATE, "ip token del", ALL),
];
