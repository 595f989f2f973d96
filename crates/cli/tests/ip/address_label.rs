//! Facts about `ip addrlabel`.

use crate::fact::{Fact, does, shows};

const STATE: &str = "\
ip link add va address 02:00:00:00:00:01 type veth peer name vb address 02:00:00:00:00:02
ip link set lo up
ip link set va up
ip addrlabel add prefix fd06::/16 dev va label 78";

const ALL: &str = "ip addrlabel; echo done";

pub(crate) const FACTS: &[Fact] = &[
    shows(
        "labels_are_listed",
        STATE,
        "ip addrlabel; ip addrlabel list; ip -o addrlabel show; ip -c addrlabel; ip -6 addrlabel",
    ),
    shows("labels_in_json", STATE, "ip -j addrlabel; ip -j -p addrlabel"),
    shows("family_without_labels", STATE, "ip -4 addrlabel"),
    shows("list_takes_no_words", STATE, "ip addrlabel list x"),
    shows("flush_takes_no_words", STATE, "ip addrlabel flush x"),
    shows("unknown_verb", STATE, "ip addrlabel foo"),
    does(
        "label_is_given",
        STATE,
        "ip addrlabel add prefix fd05::/16 label 77; ip addrlabel add prefix fd07::/16 dev va label 79",
        ALL,
    ),
    does("label_that_is_there", STATE, "ip addrlabel add prefix fd06::/16 dev va label 78", ALL),
    does("label_of_ipv4", STATE, "ip addrlabel add prefix 10.0.0.0/8 label 79", ALL),
    does("prefix_is_missing", STATE, "ip addrlabel add fd05::/16 label 77", ALL),
    does("mistyped_prefix", STATE, "ip addrlabel add prefix foo label 77", ALL),
    does("mistyped_label", STATE, "ip addrlabel add prefix fd05::/16 label foo", ALL),
    does("label_is_missing", STATE, "ip addrlabel add prefix fd05::/16", ALL),
    does("unknown_link", STATE, "ip addrlabel add prefix fd05::/16 label 5 dev foo", ALL),
    does(
        "label_is_taken_away",
        STATE,
        "ip addrlabel del prefix fd06::/16 dev va label 78; ip addrlabel del prefix 2001::/32 label 6",
        ALL,
    ),
    does("label_that_is_not_there", STATE, "ip addrlabel del prefix fd08::/16 label 6", ALL),
    does("labels_are_flushed", STATE, "ip addrlabel flush", ALL),
];
