//! `insula net wireguard`: two sets that have nothing but a tunnel through the host.

use crate::world::User::{Ordinary, Root};
use crate::world::run;

/// Two files for each other; the keys were made for this test.
const FILES: &str = r"
umask 077
cat > one.conf <<'END'
[Interface]
PrivateKey = wKFyi16nLohdA/c9dau+ZKOB6n4fCESsyekQ9qfBzm8=
ListenPort = 51820
Address = 10.9.0.1/24
[Peer]
PublicKey = 1oUI5j+TfIvae0f7vNELFNSEiKiDpMEAygab527HzRk=
AllowedIPs = 10.9.0.2/32, 192.0.2.0/24
Endpoint = 127.0.0.1:51821
END
cat > two.conf <<'END'
[Interface]
PrivateKey = SFM6eMdirwVTzcoiEI4GxZcxlqUnmgxdv2OK3pmZZUM=
ListenPort = 51821
Address = 10.9.0.2/24, 192.0.2.2/32
MTU = 1300
DNS = 10.9.0.1, lan
[Peer]
PublicKey = wurHBkZ4qT+mA+WXVu8tqklN3v7HXU/hSUOQXip1L3c=
AllowedIPs = 0.0.0.0/0
Endpoint = 127.0.0.1:51820
END
";

pub(crate) fn tunnel_goes_by_the_host_or_the_kernel_has_none() {
    let script = r#"
cd /run
ip link set lo up
insula net create one two
links() { ip -o link; ip -n one -o link; ip -n two -o link; }
before=$(links)
if ! insula net wireguard one --config one.conf > /run/out 2> /run/err; then
    has "$(cat /run/err)" 'this kernel has no `wireguard`'
    has "$(cat /run/err)" 'cause: '
    same "$(links)" "$before"
    insula net rm one two
    nothing_left
    exit 0
fi
same "$(cat /run/out)" "$(printf 'one\tone\t10.9.0.1/24')"
insula net wireguard two --config two.conf --name tunnel > /dev/null
# What the file says of DNS holds in the set as long as the tunnel is there; what is set besides goes before.
same "$(insula net dns two)" "$(printf 'server\t10.9.0.1\nsearch\tlan')"
has "$(insula enter two -- cat /etc/resolv.conf)" "$(printf 'nameserver 10.9.0.1\nsearch lan')"
insula net dns two --server 10.9.0.7
has "$(insula enter two -- cat /etc/resolv.conf)" "$(printf 'nameserver 10.9.0.7\nsearch lan')"
has "$(insula net dns two --clear 2>&1)" '`insula net wireguard two --remove --name tunnel` takes it away'
has "$(insula enter two -- cat /etc/resolv.conf)" 'nameserver 10.9.0.1'
same "$(insula net dns one --json)" null
ip netns exec two ping -c1 -W20 10.9.0.1 > /dev/null
ip netns exec one ping -c1 -W20 192.0.2.2 > /dev/null
has "$(ip -n one route)" '192.0.2.0/24 dev one'
has "$(ip -n two route)" 'default dev tunnel'
has "$(ip -n two link show tunnel)" 'mtu 1300'
has "$(ip -n two link show tunnel)" 'alias insula:wireguard=two'
has "$(insula net show two)" tunnel
# Who is at the other end, and no secret.
has "$(insula net show two)" 'tunnel	key 1oUI5j+TfIvae0f7vNELFNSEiKiDpMEAygab527HzRk= port 51821'
insula net show two | grep -Eq 'peer wurHBkZ4qT\+mA\+WXVu8tqklN3v7HXU/hSUOQXip1L3c= at 127.0.0.1:51820 allowed 0.0.0.0/0 heard [0-9]+ s ago received [1-9]'
has "$(insula net show one --json)" '"last_handshake": 1'
for set in one two; do
    ! { insula net show $set; insula net show $set --json; } | grep -E 'wKFyi16n|SFM6eMdi'
done
has "$(insula net wireguard one --config one.conf 2>&1)" 'exists already'
sed -i 's/51821/51899/' two.conf
has "$(fails insula net wireguard two --config two.conf --name tunnel)" 'not as asked'
insula net gc
has "$(ip -n one -o link)" one
insula net wireguard one --remove
insula net wireguard two --remove
has "$(insula net wireguard two --remove 2>&1)" 'no such WireGuard interface'
same "$(insula net dns two --json)" null
same "$(insula enter two -- cat /etc/resolv.conf)" "$(cat /etc/resolv.conf)"
# Also where somebody else takes the tunnel away.
insula net wireguard two --config two.conf > /dev/null
ip -n two link delete two
has "$(insula net gc --dry-run)" 'what `two` said of DNS in `two`: the tunnel that it came with is gone'
insula net gc > /dev/null
same "$(insula net dns two --json)" null
same "$(links)" "$before"
# A route that is there stays, and is not in the way.
ip -n two link add x type veth peer name y
ip -n two address add 10.8.0.1/24 dev x
ip -n two link set x up
ip -n two link set y up
ip -n two route add default via 10.8.0.2
insula net wireguard two --config two.conf > /dev/null 2>&1
has "$(ip -n two route get 8.8.8.8)" 'dev two'
has "$(ip -n two route show default)" 'via 10.8.0.2'
insula net rm one two
nothing_left
"#;
    run(Root, &format!("cd /run\n{FILES}{script}"));
}

pub(crate) fn file_that_makes_no_sense_is_told_without_its_key() {
    let script = r#"
insula net create one
sed -i 's/^ListenPort.*/PostUp = touch \/run\/done/' one.conf
has "$(fails insula net wireguard one --config one.conf)" '`one.conf`, line 3: `PostUp` has a command'
sed -i 's/^PostUp.*/PrivateKey = c2VjcmV0/' one.conf
said=$(fails insula net wireguard one --config one.conf)
has "$said" 'not a WireGuard key'
case $said in *c2VjcmV0*) exit 1 ;; esac
chmod 644 two.conf
has "$(fails insula net wireguard missing --config two.conf)" 'others than its owner have access to `two.conf`'
has "$(fails insula net wireguard one --config nothing.conf)" 'cannot read `nothing.conf`'
has "$(fails insula net wireguard one)" 'either `--config FILE` or `--remove`'
has "$(fails insula net wireguard one --config a-name-beyond-fifteen.conf)" 'choose a name'
insula net rm one
nothing_left
"#;
    run(Root, &format!("cd /run\n{FILES}{script}"));
}

pub(crate) fn without_root_the_host_is_out_of_reach() {
    let script = r#"
insula net create one
has "$(fails insula net wireguard one --config one.conf)" 'hint: run as root'
insula net rm one
nothing_left
"#;
    run(Ordinary, &format!("cd /run/user/4242\n{FILES}{script}"));
}
