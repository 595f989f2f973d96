//! `insula net dns`: name servers in the test, one in each namespace, write down what they are asked.

use crate::world::User::{Ordinary, Root, RootOnOneProcessor};
use crate::world::run;

/// `serve ADDRESS NAME`: a name server that gives every name the address 192.0.2.1, and writes the names that it is asked for to
/// `/run/asked-NAME`. `listen PATH`: a daemon at a socket, which writes to `/run/asked-daemon` that somebody came.
const SERVERS: &str = r#"
cat > /run/serve.py <<'END'
import socket, struct, sys
address, name = sys.argv[1:]
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((address, 53))
open("/run/ready-" + name, "w").close()
while True:
    query, peer = server.recvfrom(512)
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    question, kind = query[12:at + 5], struct.unpack(">H", query[at + 1:at + 3])[0]
    with open("/run/asked-" + name, "a") as log:
        log.write(".".join(labels) + "\n")
    answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x0a\0\x04\xc0\0\x02\x01" if kind == 1 else b""
    server.sendto(query[:2] + b"\x81\x80\0\x01" + struct.pack(">H", len(answer) // 16) + b"\0\0\0\0" + question + answer, peer)
END
cat > /run/listen.py <<'END'
import os, socket, sys
os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
server.listen()
open("/run/ready-" + os.path.basename(sys.argv[1]), "w").close()
while True:
    client, _ = server.accept()
    open("/run/asked-daemon", "a").write(sys.argv[1] + "\n")
    client.close()
END
servers=
serve() { python3 /run/serve.py "$1" "$2" & servers="$servers $!"; await [ -e "/run/ready-$2" ]; }
listen() { python3 /run/listen.py "$1" & servers="$servers $!"; await [ -e "/run/ready-$(basename "$1")" ]; }
asked() { sort -u "/run/asked-$1" 2> /dev/null || true; }
# The host asks its own name server, and has names of its own.
ip link set lo up
printf 'nameserver 127.0.0.1\n' > /run/host-resolv.conf
mount --bind /run/host-resolv.conf /etc/resolv.conf
printf '127.0.0.1 localhost\n10.9.9.9 of-the-host\n' > /run/host-hosts
mount --bind /run/host-hosts /etc/hosts
"#;

fn with_servers(script: &str) {
    run(RootOnOneProcessor, &format!("{SERVERS}{script}"));
}

#[test]
fn each_query_goes_where_it_should() {
    with_servers(
        r#"
mkdir -p /run/nscd /run/systemd/resolve
listen /run/nscd/socket
listen /run/systemd/resolve/io.systemd.Resolve
serve 127.0.0.1 host
insula net create web dns
insula net connect web dns --addr 10.1.0.2/24 --peer-addr 10.1.0.1/24
insula enter dns -- python3 /run/serve.py 10.1.0.1 dns & servers="$servers $!"
await [ -e /run/ready-dns ]
getent hosts first.example > /dev/null
insula net dns web --server 10.1.0.1 --search lan.example --host db=10.1.0.3
rm -f /run/asked-daemon
same "$(insula enter web -- getent ahostsv4 second.example | awk 'NR == 1 { print $1 }')" 192.0.2.1
same "$(insula enter web -- getent ahostsv4 db | awk 'NR == 1 { print $1 }')" 10.1.0.3
same "$(insula enter web -- getent ahostsv4 of-the-host | awk 'NR == 1 { print $1 }')" 10.9.9.9
insula enter web -- getent ahostsv4 short > /dev/null
same "$(asked host)" first.example
same "$(asked dns)" "$(printf 'second.example\nshort.lan.example')"
# No daemon was asked, and none can be: its socket is not there.
same "$(asked daemon)" ""
for path in /run/nscd/socket /run/systemd/resolve/io.systemd.Resolve; do
    insula enter web -- test ! -e "$path"
    test -S "$path"
done
kill $servers
insula rm --force dns web
umount /etc/resolv.conf /etc/hosts
[ ! -e /run/insula ]
"#,
    );
}

#[test]
fn what_runs_inside_sees_changes() {
    with_servers(
        r#"
insula net create web
insula net dns web --server 10.1.0.1
same "$(insula net dns web)" "$(printf 'server\t10.1.0.1')"
room=$(insula enter web -- readlink /proc/self/ns/mnt)
insula enter web -- sh -c 'until grep -q 10.1.0.7 /etc/resolv.conf && grep -q db /etc/hosts; do sleep 0.05; done; cat /etc/resolv.conf > /run/seen' &
inside=$!
insula net dns web --server 10.1.0.7 --host db=10.1.0.3
wait $inside
has "$(cat /run/seen)" 'nameserver 10.1.0.7'
# It is one and the same namespace all the time, with the interfaces of the set in /sys, and the host's is as it was.
same "$(insula enter web -- readlink /proc/self/ns/mnt)" "$room"
[ "$room" != "$(readlink /proc/self/ns/mnt)" ]
same "$(insula enter web -- ls /sys/class/net)" lo
same "$(cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
# A daemon that comes later is covered from the next time on.
mkdir /run/nscd; touch /run/nscd/socket
insula enter web -- test ! -e /run/nscd/socket
insula net dns web --clear
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
has "$(insula net dns web --clear 2>&1)" 'nothing is set'
insula rm web
umount /etc/resolv.conf /etc/hosts
nothing_left
"#,
    );
}

#[test]
fn files_of_etc_netns_are_honoured_and_decide() {
    with_servers(
        r#"
mkdir /run/etc-netns
[ -d /etc/netns ] || { mkdir /run/upper /run/work; mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work none /etc; mkdir /etc/netns
    mount --bind /run/host-resolv.conf /etc/resolv.conf; }
mount --bind /run/etc-netns /etc/netns
mkdir /etc/netns/web
echo 'nameserver 10.5.5.5' > /etc/netns/web/resolv.conf
insula net create web
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.5.5.5'
has "$(fails insula net dns web --server 10.1.0.1)" '`/etc/netns/web/resolv.conf` says who answers'
# Also when it is replaced as editors do it.
echo 'nameserver 10.6.6.6' > /run/new && mv /run/new /etc/netns/web/resolv.conf
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.6.6.6'
insula rm web
[ ! -e /run/insula ]
"#,
    );
}

#[test]
fn set_with_mounts_of_its_own_is_told_apart() {
    run(
        Root,
        r#"
insula create web net,mnt,uts
has "$(fails insula net dns web --server 10.1.0.1)" '`web` has a mount namespace of its own'
insula enter web -- true
insula rm web
nothing_left
"#,
    );
}

#[test]
fn without_root_it_works_the_same() {
    run(
        Ordinary,
        r#"
insula net create web
insula net dns web --server 10.1.0.1 --host db=10.1.0.3
has "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.1.0.1'
has "$(insula enter web -- getent hosts db)" 10.1.0.3
insula rm web
nothing_left
"#,
    );
}

#[test]
fn what_is_left_of_a_set_that_others_removed_is_collected() {
    run(
        Root,
        r#"
ip netns add web
insula net dns web --server 10.1.0.1
has "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.1.0.1'
ip netns delete web
has "$(insula net gc --dry-run)" 'would remove files of `web`'
has "$(insula gc)" 'removed files of `web`'
nothing_left
"#,
    );
}
