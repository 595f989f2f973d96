//! `insula net limit` on a kernel with `netem`: by real packets.

use crate::world::User::Root;
use crate::world::run;

pub(crate) fn delay_and_loss_are_what_packets_meet() {
    run(
        Root,
        r#"
insula net create web
insula net connect web host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24 > /dev/null
if ! insula net limit web --delay 150ms --out > /run/out 2> /run/err; then
    has "$(cat /run/err)" 'this kernel has no `netem`'
    insula net rm web
    nothing_left
    exit 0
fi
least() { ping -c3 -i0.2 -W20 172.16.0.2 | sed -n 's|^rtt min/avg/max/mdev = \([0-9]*\).*|\1|p'; }
[ "$(least)" -ge 150 ]
insula net limit web --delay 150ms > /dev/null
[ "$(least)" -ge 300 ]
has "$(tc qdisc show dev web)" 'qdisc netem 4953: root'
# Of two hundred every other one, give or take five standard deviations.
insula net limit web --loss 50% --in > /dev/null
lost=$(ping -q -c200 -i0.01 -W2 172.16.0.2 | sed -n 's/.* \([0-9]*\)[.0-9]*% packet loss.*/\1/p')
[ "$lost" -ge 32 ] && [ "$lost" -le 68 ]
insula net limit web --loss 100% --in > /dev/null
fails ping -c2 -i0.2 -W1 172.16.0.2 > /dev/null
insula net limit web --delay 1ms --jitter 1ms --loss 0.1% --duplicate 1% --corrupt 2% --reorder 3% --rate 20mbit > /run/out
same "$(insula net limit web)" "$(cat /run/out)"
has "$(cat /run/out)" 'delay 1ms jitter 1ms loss 0.1% duplicate 1% corrupt 2% reorder 3% rate 20Mbit'
has "$(tc qdisc show dev web)" 'rate 20Mbit'
# What is not asked for any more is gone.
insula net limit web --delay 2ms > /dev/null
same "$(insula net limit web --out)" "$(printf 'web\thost\tout\tdelay 2ms')"
insula net limit web --none
ping -c1 -W20 172.16.0.2 > /dev/null
insula net rm web
nothing_left
"#,
    );
}

/// `web` is connected to the host at 172.16.0.2; with a kernel that has no `netem` the script ends there.
const BAD_LINE: &str = r#"
insula net create web
insula net connect web host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24 > /dev/null
if ! insula net limit web --loss 1% > /dev/null 2> /run/err; then
    has "$(cat /run/err)" 'this kernel has no `netem`'
    insula net rm web
    nothing_left
    exit 0
fi
insula net limit web --none
# The round trips of packets in whole milliseconds, and their numbers, as they come back.
trips() { ping -n -W20 "$@" 172.16.0.2 | sed -n 's/.*icmp_seq=\([0-9]*\) .* time=\([0-9]*\).*/\2 \1/p' > /run/trips; }
between() {
    if [ "$1" -lt "$2" ] || [ "$1" -gt "$3" ]; then echo "$1 is not from $2 to $3" >&2; cat /run/trips >&2; exit 1; fi
}
below() { awk -v limit="$1" '$1 < limit' /run/trips | wc -l; }
"#;

pub(crate) fn jitter_and_reordering_are_what_packets_meet() {
    let script = r#"
# From 100 to 900 ms, each as likely as the others: of forty about half come before 500, and without jitter none would.
insula net limit web --delay 500ms --jitter 400ms --in > /dev/null
trips -c40 -i0.01
same "$(below 100)" 0
between "$(below 500)" 5 35
between "$(sort -n /run/trips | tail -n1 | cut -d' ' -f1)" 500 3000
# About half are not delayed, and overtake the others. Those that are still to come when the last is back are not waited for.
insula net limit web --delay 500ms --reorder 50% --in > /dev/null
trips -c100 -i0.02
between "$(below 500)" 25 75
between "$(awk '$2 < last { n++ } { last = $2 } END { print n + 0 }' /run/trips)" 5 100
insula net rm web
nothing_left
"#;
    run(Root, &format!("{BAD_LINE}{script}"));
}

pub(crate) fn duplication_and_corruption_are_what_packets_meet() {
    let script = r#"
# Of two hundred every other one, give or take five standard deviations.
insula net limit web --duplicate 50% --in > /dev/null
ping -n -q -c200 -i0.01 -W20 172.16.0.2 > /run/trips
between "$(sed -n 's/.*, +\([0-9]*\) duplicates,.*/\1/p' /run/trips)" 65 135
# A wrong bit is noticed wherever it is but in the sender's hardware address, so in fifteen of sixteen.
insula net limit web --corrupt 50% --in > /dev/null
ping -n -q -c200 -i0.01 -W3 172.16.0.2 > /run/trips || true
between "$(sed -n 's/.* \([0-9]*\) received,.*/\1/p' /run/trips)" 65 150
insula net rm web
nothing_left
"#;
    run(Root, &format!("{BAD_LINE}{script}"));
}

pub(crate) fn rate_of_a_bad_line_is_what_packets_meet() {
    let script = r#"
# 12,000 bytes at 200 kbit/s take 480 ms, one way; at full speed next to none.
insula net limit web --delay 1ms --rate 200kbit --in > /dev/null
trips -c3 -s12000 -i3
same "$(wc -l < /run/trips)" 3
same "$(below 480)" 0
between "$(sort -n /run/trips | head -n1 | cut -d' ' -f1)" 480 900
# Both ways, twice that.
insula net limit web --delay 1ms --rate 200kbit > /dev/null
trips -c3 -s12000 -i3
same "$(below 960)" 0
insula net rm web
nothing_left
"#;
    run(Root, &format!("{BAD_LINE}{script}"));
}
