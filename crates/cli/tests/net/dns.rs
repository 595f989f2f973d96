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
# Whether a socket can be connected to.
connects() { python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect(sys.argv[1])' "$1" 2> /dev/null; }
# An `/etc` in which files can be replaced: what is written to it is nowhere but here.
own_etc() {
    umount /etc/resolv.conf /etc/hosts
    mkdir /run/upper /run/work
    mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work none /etc
    rm -f /etc/resolv.conf /etc/hosts
    cp /run/host-resolv.conf /etc/resolv.conf
    cp /run/host-hosts /etc/hosts
    mkdir -p /etc/netns
}
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
fn command_in_the_network_of_a_set_asks_whom_the_set_asks() {
    with_servers(
        r#"
mkdir -p /run/nscd
listen /run/nscd/socket
serve 127.0.0.1 host
insula net create web dns
insula net connect web dns --addr 10.1.0.2/24 --peer-addr 10.1.0.1/24
insula enter dns -- python3 /run/serve.py 10.1.0.1 dns & servers="$servers $!"
await [ -e /run/ready-dns ]
# Of a set for which nothing was said the files are the host's.
same "$(insula run --net web cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
insula net dns web --server 10.1.0.1 --host db=10.1.0.3
rm -f /run/asked-daemon
same "$(insula run --net web -- getent ahostsv4 of.run | awk 'NR == 1 { print $1 }')" 192.0.2.1
same "$(insula run --net web -- getent ahostsv4 db | awk 'NR == 1 { print $1 }')" 10.1.0.3
same "$(insula run --net web --new uts -- getent ahostsv4 of.few | awk 'NR == 1 { print $1 }')" 192.0.2.1
same "$(asked dns)" "$(printf 'of.few\nof.run')"
same "$(asked host)" ""
same "$(asked daemon)" ""
# It begins where the caller is, in a mount namespace of its own.
same "$(cd /usr/bin && insula run --net web pwd)" /usr/bin
room=$(insula enter web -- readlink /proc/self/ns/mnt)
[ "$(insula run --net web readlink /proc/self/ns/mnt)" != "$room" ]
# A root of one's own shows them too; and who stays in the caller's mounts has the caller's.
busybox=$(command -v busybox)
has "$(insula run --net web --empty-root --bind "$busybox:/busybox" /busybox cat /etc/resolv.conf /etc/hosts)" 'nameserver 10.1.0.1'
same "$(insula run --net web --share mnt cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
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
own_etc
mkdir /etc/netns/web
echo 'nameserver 10.5.5.5' > /etc/netns/web/resolv.conf
insula net create web
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.5.5.5'
has "$(fails insula net dns web --server 10.1.0.1)" '`/etc/netns/web/resolv.conf` says who answers'
# Names of our own may be added all the same, as long as the administrator has none.
insula net dns web --host db=10.1.0.3
has "$(insula enter web -- getent hosts db)" 10.1.0.3
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.5.5.5'
echo '10.7.7.7 theirs' > /etc/netns/web/hosts
has "$(fails insula net dns web --host db=10.1.0.4)" '`/etc/netns/web/hosts` says who answers'
same "$(insula enter web -- cat /etc/hosts)" '10.7.7.7 theirs'
# What runs inside sees at once that a file is replaced, as editors do it: no command of ours comes between.
insula enter web -- sh -c 'touch /run/inside; until grep -q 10.6.6.6 /etc/resolv.conf; do sleep 0.05; done' &
inside=$!
await [ -e /run/inside ]
echo 'nameserver 10.6.6.6' > /etc/netns/web/new && mv /etc/netns/web/new /etc/netns/web/resolv.conf
wait $inside
same "$(cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
insula rm web
[ ! -e /run/insula ]
"#,
    );
}

#[test]
fn set_with_mounts_of_its_own_has_the_files_there() {
    with_servers(
        r#"
listen /run/nscd/socket
insula create web net,mnt,uts
own=$(insula enter web -- readlink /proc/self/ns/mnt)
insula enter web -- sh -c 'touch /run/inside; until grep -q 10.1.0.1 /etc/resolv.conf; do sleep 0.05; done
    until grep -q 127.0.0.1 /etc/resolv.conf; do sleep 0.05; done' &
inside=$!
await [ -e /run/inside ]
insula net dns web --server 10.1.0.1 --host db=10.1.0.3
has "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.1.0.1'
has "$(insula enter web -- cat /etc/hosts)" '10.1.0.3 db'
insula enter web -- test ! -e /run/nscd/socket
test -S /run/nscd/socket
same "$(cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
same "$(insula enter web -- readlink /proc/self/ns/mnt)" "$own"
insula net dns web --clear
wait $inside
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
insula enter web -- test -S /run/nscd/socket
same "$(insula enter web -- grep -c insula/.net /proc/self/mountinfo || true)" 0
insula net dns web --server 10.1.0.1
kill $servers
insula rm web
umount /etc/resolv.conf /etc/hosts
nothing_left
"#,
    );
}

#[test]
fn no_daemon_of_the_host_can_be_asked() {
    with_servers(
        r#"
sockets='/run/nscd/socket /run/avahi-daemon/socket /run/dbus/system_bus_socket /run/systemd/resolve/io.systemd.Resolve
    /run/systemd/resolve/io.systemd.Resolve.Monitor /run/systemd/resolve.hook/io.systemd.Network'
for path in $sockets; do listen "$path"; done
insula net create web
insula create own net,mnt
# Without the wall each of them is reached.
for path in $sockets; do connects "$path"; done
same "$(asked daemon)" "$(printf '%s\n' $sockets | sort)"
rm /run/asked-daemon
for set in web own; do
    insula net dns $set --server 10.1.0.1
    for path in $sockets; do
        if insula enter $set -- python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect(sys.argv[1])' "$path" 2> /dev/null; then
            echo "$path is reached from $set" >&2; exit 1
        fi
    done
done
same "$(asked daemon)" ""
# A daemon that is started again makes its directory anew: the next command covers it, also for what runs inside.
insula enter web -- sh -c 'touch /run/inside; until [ -e /run/nscd/socket ]; do sleep 0.05; done; touch /run/open
    until [ ! -e /run/nscd/socket ]; do sleep 0.05; done' &
inside=$!
await [ -e /run/inside ]
rm -r /run/nscd /run/ready-socket
listen /run/nscd/socket
await [ -e /run/open ]
insula net dns web --server 10.1.0.1
wait $inside
kill $servers
insula rm web own
umount /etc/resolv.conf /etc/hosts
nothing_left
"#,
    );
}

#[test]
fn host_that_replaces_its_own_file_does_not_answer_inside() {
    with_servers(
        r#"
own_etc
insula net create web
insula create own net,mnt
for set in web own; do
    insula net dns $set --server 10.1.0.1 --host db=10.1.0.3
    insula enter $set -- sh -c 'touch /run/inside-$0; until grep -q 10.8.8.8 /etc/resolv.conf; do sleep 0.05; done; touch /run/uncovered-$0
        until grep -q 10.1.0.1 /etc/resolv.conf; do sleep 0.05; done' $set &
    inside="${inside:-} $!"
    await [ -e /run/inside-$set ]
done
# This takes off what lies over it, wherever.
echo 'nameserver 10.8.8.8' > /etc/new && mv /etc/new /etc/resolv.conf
for set in web own; do
    await [ -e /run/uncovered-$set ]
    has "$(insula enter $set -- cat /etc/resolv.conf)" 'nameserver 10.1.0.1'
done
# What runs inside is back as well, in the same namespace.
wait $inside
same "$(cat /etc/resolv.conf)" 'nameserver 10.8.8.8'
# Where it is a link, what that leads to is no matter, nor whether it leads to anything.
ln -sf /run/elsewhere /etc/resolv.conf
has "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.1.0.1'
echo 'nameserver 10.9.9.9' > /run/elsewhere
has "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 10.1.0.1'
insula rm web own
umount /etc
nothing_left
"#,
    );
}

#[test]
fn what_is_not_said_is_as_the_host_has_it() {
    with_servers(
        r#"
insula net create web
insula net dns web --host db=10.1.0.3
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 127.0.0.1'
insula net dns web --search lan.example
has "$(insula enter web -- cat /etc/resolv.conf)" "$(printf 'nameserver 127.0.0.1\nsearch lan.example')"
same "$(insula enter web -- cat /etc/hosts)" "$(cat /run/host-hosts)"
# A resolv.conf that is where a daemon has its sockets is there inside too.
mkdir -p /run/systemd/resolve
own_etc
echo 'nameserver 192.0.2.53' > /run/systemd/resolve/resolv.conf
ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf
insula net dns web --host db=10.1.0.3
same "$(insula enter web -- cat /etc/resolv.conf)" 'nameserver 192.0.2.53'
insula rm web
umount /etc
nothing_left
"#,
    );
}

#[test]
fn ip_netns_exec_asks_whom_the_set_asks() {
    with_servers(
        r#"
own_etc
mkdir /run/ours /etc/netns/plain
insula links /run/ours > /dev/null
echo 'nameserver 10.5.5.5' > /etc/netns/plain/resolv.conf
serve 127.0.0.1 host
insula net create web plain
insula net create dns
insula create own net,mnt
insula net bridge lan --addr 10.1.0.1/24
insula net attach dns lan --addr 10.1.0.2/24
insula enter dns -- python3 /run/serve.py 10.1.0.2 dns & servers="$servers $!"
await [ -e /run/ready-dns ]
for set in web own; do
    insula net attach $set lan
    insula net dns $set --server 10.1.0.2 --host db=10.1.0.3
    same "$(/run/ours/ip netns exec $set getent ahostsv4 $set.example | awk 'NR == 1 { print $1 }')" 192.0.2.1
    same "$(/run/ours/ip netns exec $set getent ahostsv4 db | awk 'NR == 1 { print $1 }')" 10.1.0.3
    has "$(/run/ours/ip netns exec $set ls /sys/class/net)" lan
    # It begins where the caller is, or at the root where there is no such directory inside.
    same "$(cd /usr; insula enter $set -- pwd; /run/ours/ip netns exec $set bin/pwd)" "$(printf '/usr\n/usr')"
    mkdir -p /run/new && mount -t tmpfs new /run/new && mkdir /run/new/below
    same "$(cd /run/new/below; insula enter $set -- pwd; /run/ours/ip netns exec $set pwd)" "$(printf '/\n/')"
    umount /run/new
done
same "$(/run/ours/ip netns exec web readlink /proc/self/ns/mnt)" "$(insula enter web -- readlink /proc/self/ns/mnt)"
same "$(asked dns)" "$(printf 'own.example\nweb.example')"
same "$(asked host)" ""
# Where nothing was said it is as iproute2 has it: a mount namespace for each command.
same "$(/run/ours/ip netns exec plain cat /etc/resolv.conf)" 'nameserver 10.5.5.5'
same "$(/run/ours/ip netns exec plain findmnt -no SOURCE /etc/resolv.conf)" "$(ip netns exec plain findmnt -no SOURCE /etc/resolv.conf)"
[ ! -e /run/insula/.net/plain ]
kill $servers
insula net rm --force web plain dns lan
insula rm own
umount /etc
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
