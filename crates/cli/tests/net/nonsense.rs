//! `insula net` with words that make no sense: each is refused in one line and with status 2, before anything is changed.

use crate::world::User::Root;
use crate::world::run;

/// `refused WHY WORD…`: `insula net WORD…` is. `unchanged` compares what there is with what there was at the beginning.
const REFUSED: &str = r#"
insula net create web db
insula net connect web host --addr 172.16.0.2/24 > /dev/null
insula net bridge lan --addr 10.1.0.1/24 > /dev/null
long=$(printf 'x%.0s' $(seq 300))
lines=$(printf 'a\nb')
state() { ip -4 -o address; ip route; ip -n web -4 -o address; ip -n web route; ip -n db -4 -o address; insula net dns web 2>&1; nft list ruleset; }
state > /run/state
unchanged() { state > /run/now; cmp /run/state /run/now || { diff /run/state /run/now >&2; exit 1; }; }
refused() {
    why=$1; shift
    status=0; insula net "$@" > /run/out 2> /run/err < /dev/null || status=$?
    if [ $status != 2 ]; then echo "status $status of: $*" >&2; cat /run/err >&2; exit 1; fi
    has "$(head -n1 /run/err)" "$why"
    same "$(wc -l < /run/err)$(tail -n1 /run/err)" "2Try 'insula net $1 --help' for more information."
    same "$(cat /run/out)" ""
}
"#;

fn nonsense(script: &str) {
    run(Root, &format!("{REFUSED}{script}unchanged\ninsula net rm web db lan\nnothing_left\n"));
}

#[test]
fn names_that_are_paths_lines_options_or_too_long_are_refused() {
    nonsense(
        r#"
for name in a/b .. . ../x /etc/passwd "$long" "$lines" - '' "$(printf '\033[2J')" "$(printf '\377')"; do
    for words in create bridge 'connect web' 'attach web' 'publish' 'dns' 'limit' show 'rm' monitor; do
        refused '' $words -- "$name"
    done
    [ "$name" = - ] || refused '' move "$name" web
done
refused '`a\nb` cannot be a name: it contains a control character' create "$lines"
refused 'invalid value `a\nb` for `--name`: no interface can have this name' connect web host --name "$lines"
refused 'unknown option `-1`' publish web -1:80
refused 'unknown option `-x`' create -x
"#,
    );
}

#[test]
fn addresses_that_no_interface_can_have_are_refused() {
    nonsense(
        r#"
for words in 'connect db host --name new' 'attach db lan' 'bridge new'; do
    for address in 10.0.0.1/33 10.0.0.256/24 fd00::1/129 10.0.0.1/-1 10.0.0.1/ / '' '10.0.0.1/24 ' "10.0.0.1/24$lines"; do
        refused 'is no address with a prefix length' $words --addr "$address"
    done
    refused 'it is the address of the whole network' $words --addr 10.0.0.0/24
    refused 'packets to this address go to the whole network' $words --addr 10.0.0.255/24
    refused 'its network would be all addresses' $words --addr 10.0.0.1/0
    refused 'its network would be all addresses' $words --addr fd00::1/0
    for address in 0.0.0.0/0 0.0.0.0/8 224.0.0.1/24 255.255.255.255/32 ::/0 ff02::1/64; do
        refused 'no interface can have this address' $words --addr "$address"
    done
    refused 'it is said twice' $words --addr 10.7.0.2/24 --addr fd00::2/64 --addr 10.7.0.2/24
    for address in 127.0.0.1/8 127.9.9.9/32 ::1/128; do
        refused "addresses of this kind are the loopback's" $words --addr "$address"
    done
done
for mtu in 0 67 65536 x -1 ''; do refused 'invalid value' connect db host --mtu "$mtu"; done
"#,
    );
}

#[test]
fn ports_that_are_none_are_refused() {
    nonsense(
        r#"
for ports in 0:80 80:0 65536:80 80:65536 90-80:90-80 : 8080: :80 x:80 +1:80; do
    refused 'is no port, or range of ports, from 1 to 65535' publish web "$ports"
done
refused 'has not as many ports on the host as in the set' publish web 1-2:5-7
for ports in 8080 8080:80/sctp '' 300.0.0.1:80:80 '[::1:80:80' 80:80:80:80:80 "$lines" "$long"; do
    refused 'is not `[ADDRESS:]PORT:PORT[/tcp|/udp]`' publish web "$ports"
done
"#,
    );
}

#[test]
fn names_servers_and_limits_that_make_no_sense_are_refused() {
    nonsense(
        r#"
for server in 10.1.0 '' a.b '10.1.0.1 ' "10.1.0.1$lines"; do refused 'is no address' dns web --server "$server"; done
for host in a 'a b=10.1.0.3' "$lines=10.1.0.3" "$long=10.1.0.3" =10.1.0.3 a=10.1.0.256; do
    refused 'invalid value' dns web --host "$host"
done
for search in '' 'a b' "$lines" "$long" -x; do refused 'is no host name' dns web --search "$search"; done
for words in '--delay -1ms' '--delay 1' '--delay 9999999s' '--loss 101%' '--loss x' '--rate 0' '--rate 9999999tbit' '--jitter 5ms' \
    '--reorder 5%'; do
    refused '' limit web $words
done
refused 'expected either `--config FILE` or `--remove`' wireguard web
"#,
    );
}
