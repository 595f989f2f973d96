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
