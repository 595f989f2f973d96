//! Facts about `ip ntable`.

use crate::fact::{Fact, does, shows};

const STATE: &str = "\
ip link add v0 type veth peer name v1
ip link set lo up";

/// Tables without what changes by itself.
const ALL: &str = "ip ntable | sed -E 's/(refcnt|reachable) [0-9]+//g'";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "tables_are_listed",
        STATE,
        "(ip ntable; ip ntable show dev v0; ip -6 ntable show name ndisc_cache; ip -o ntable; ip -4 ntbl lst) | sed -E 's/(refcnt|reachable) [0-9]+//g'",
    ),
    shows(
        "counters_of_a_table",
        STATE,
        "ip -s ntable show name arp_cache | sed -E 's/(refcnt|entries|allocs|destroys|reachable|lookups|hits|res_failed|gc_runs|cast|table_fulls|last_rand|last_flush) ([0-9]+|....-..-.. ..:..:..)//g'",
    ),
    shows(
        "tables_in_json",
        STATE,
        "(ip -j ntable show dev lo; ip -j -p ntable; ip -j -s ntable show name ndisc_cache) | sed -E 's/\"(refcnt|entries|allocs|destroys|reachable|lookups|hits|res_failed|[a-z]+_gc_runs|rcv_probes_.cast|table_fulls|last_rand|last_flush)\": *(\"[^\"]*\"|[0-9]+)//g'",
    ),
    shows("unknown_link", STATE, "ip ntable show dev foo"),
    shows("unknown_word", STATE, "ip ntable show foo"),
    shows("value_is_missing", STATE, "ip ntable show name"),
    shows("unknown_verb", STATE, "ip ntable foo"),
    shows("name_is_missing", STATE, "ip ntable change dev lo queue 5"),
    shows("nothing_to_change", STATE, "ip ntable change name x"),
    shows("mistyped_number", STATE, "ip ntable change name arp_cache queue foo"),
    shows("mistyped_threshold", STATE, "ip ntable change name arp_cache thresh1 foo"),
    shows("unknown_table", STATE, "ip ntable change name x queue 5"),
    shows("link_that_is_not_there", STATE, "ip ntable change name arp_cache dev x queue 5"),
    shows("unknown_setting", STATE, "ip ntable change name arp_cache foo 3"),
    shows("thresholds_are_of_the_first_namespace", STATE, "ip ntable change name arp_cache thresh1 100"),
    does(
        "settings_are_changed",
        STATE,
        "ip ntable change name arp_cache dev v0 base_reachable 5000 retrans 300 gc_stale 8000 delay_probe 9000 app_probes 1 ucast_probes 5 mcast_probes 6 anycast_delay 7 proxy_delay 8 proxy_queue 9 locktime 10 queue 7; ip -6 ntable chg name ndisc_cache dev v1 queue 4",
        ALL,
    ),
];
