//! `insula run --net` and `--publish`: the network of one command, which goes with it.

use crate::city::run;
use crate::world::User::{Ordinary, Root};

#[test]
fn service_of_one_command_is_reached_where_it_is_published() {
    run(
        Root,
        r#"
insula net bridge lan --addr 10.1.0.1/24
before_links=$(ip -br link | wc -l)
insula run --net lan:10.1.0.7/24 --publish 127.0.0.1:8080:80 -- python3 "${before%/*}/answer.py" web :: 80 &
run=$!
await test -e /run/answers-web
reaches host tcp 127.0.0.1 8080 'web 80 10.1.0.1'
reaches host tcp 10.1.0.7 80 'web 80 10.1.0.1'
misses outside 10.1.0.7 80
kill $run; wait $run || true
none() { test "$(ip -br link | wc -l)" = "$before_links"; }
await none
misses host 127.0.0.1 8080
same "$(insula net ls | grep -c 8080)" 0
# Without an address one is chosen; the way out is the bridge.
has "$(insula run --net lan ip -4 -br address show)" ' 10.1.0.2/24'
has "$(insula run --net lan:10.1.0.77 ip -4 -br address show)" ' 10.1.0.77/24'
has "$(fails insula run --net lan:10.2.0.77 true)" 'no subnet of the bridge `lan` has room for 10.2.0.77'
has "$(fails insula run --net lan:10.1.0.0 true)" 'no subnet of the bridge `lan` has room for 10.1.0.0'
has "$(fails insula run --net lan:10.1.0.1 true)" 'the address 10.1.0.1/24 is taken'
has "$(insula run --net lan ip route)" 'default via 10.1.0.1 '
insula run --net lan ping -c1 -W5 10.1.0.1 > /dev/null
rm /run/answers-web
# The kernel takes a network namespace away in its own time.
await none
insula net rm lan
end
no_rules
nothing_left
"#,
    );
}

#[test]
fn every_port_of_a_command_is_published() {
    run(
        Root,
        r#"
insula net bridge lan --addr 10.1.0.1/24
insula run --net lan:10.1.0.7 --publish 127.0.0.1:8080:80 --publish 127.0.0.1:8081-8082:81-82 --publish 9000:9000/udp -- \
    python3 "${before%/*}/answer.py" web :: 80 81 82 9000 &
run=$!
await test -e /run/answers-web
reaches host tcp 127.0.0.1 8080 'web 80 10.1.0.1'
reaches host tcp 127.0.0.1 8082 'web 82 10.1.0.1'
reaches outside udp 192.0.2.1 9000 'web 9000 192.0.2.2'
has "$(insula net ls | tr -s ' ')" '127.0.0.1:8080:80/tcp lan 10.1.0.7'
same "$(insula net ls --json | grep -c '"network": "lan"')" 3
# Whoever looks for what is garbage meanwhile finds none.
same "$(insula net gc)" ""
reaches host tcp 127.0.0.1 8080 'web 80 10.1.0.1'
kill $run; wait $run || true
rm /run/answers-web
has "$(fails insula run --net lan --publish 8080:80 --publish 8080:81 true)" '`8080:80/tcp` is published for `a sandbox`'
insula net rm --force lan
end
no_rules
nothing_left
"#,
    );
}

#[test]
fn network_of_a_command_is_none_the_hosts_or_a_sets() {
    run(
        Root,
        r#"
insula net create web
insula net connect web host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24
has "$(insula run --net web ip -4 -br address show)" 172.16.0.2/24
same "$(insula run --net host readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
same "$(insula run --net none ip -br link | wc -l)" 1
same "$(insula run --new uts --net none ip -br link | wc -l)" 1
said=$(fails insula run --net nosuch true); has "$said" 'there is no bridge `nosuch`'; has "$said" 'insula net bridge nosuch'
has "$(fails insula run --net host --share net true)" 'both name the network namespace'
has "$(fails insula run --publish 8080:80 true)" '`--net BRIDGE`'
has "$(fails insula run --net web --publish 8080:80 true)" 'insula net publish web'
# A set that cannot be read is not taken for none.
cp /run/insula/web/record.json /run/kept
echo nonsense > /run/insula/web/record.json
has "$(fails insula run --net web true)" /run/insula/web/record.json
cp /run/kept /run/insula/web/record.json
rm /run/kept
insula net rm web
end
nothing_left
"#,
    );
}

#[test]
fn without_root_no_network_of_the_host_is_had() {
    crate::world::run(
        Ordinary,
        r#"
same "$(insula run --net none ip -br link | wc -l)" 1
has "$(fails insula run --net lan true)" 'run as root'
"#,
    );
}
