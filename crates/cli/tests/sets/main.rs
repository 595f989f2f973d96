//! `insula create`, `rm` and `gc`, each test in a world of its own; what they did is read back by other tools.
#![allow(clippy::disallowed_methods, reason = "tests drive the binary")]

mod world;

use world::User::{Ordinary, Root, RootOnOneProcessor};
use world::run;

#[test]
fn each_kind_is_mounted_where_other_tools_find_it() {
    run(
        RootOnOneProcessor,
        r#"
for kind in cgroup ipc mnt net pid time user uts; do
    insula create "a-$kind" "$kind"
    file=/run/insula/a-$kind/$kind
    if [ $kind = net ]; then file=/run/netns/a-net; fi
    found=$(nsenter --preserve-credentials --$(echo $kind | sed 's/mnt/mount/')="$file" readlink /proc/self/ns/$kind)
    same "$found" "$kind:[$(stat -c %i "$file")]"
    if [ "$found" = "$(readlink /proc/self/ns/$kind)" ]; then echo "the $kind namespace is ours"; exit 1; fi
done
# Only a PID namespace needs a process.
same "$(keepers | wc -l)" 1
insula rm a-cgroup a-ipc a-mnt a-net a-pid a-time a-user a-uts
nothing_left
"#,
    );
}

#[test]
fn mount_namespace_is_kept_whatever_its_id() {
    run(
        Root,
        r#"
# Linux 6.18 has an order of mount namespaces that depends on where they were made.
for cpu in $(seq 0 $(($(nproc) - 1))); do
    for i in 1 2 3; do
        taskset -c $cpu insula create "m-$cpu-$i" mnt,uts
        if mountpoint -q "/run/insula/m-$cpu-$i/mnt"; then
            nsenter --mount="/run/insula/m-$cpu-$i/mnt" true
        else
            keeper=$(pgrep -f "^insula-keeper for .*/m-$cpu-$i ")
            [ "$(readlink /proc/$keeper/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]
        fi
        [ "$(stat -c %i "/run/insula/m-$cpu-$i/uts")" != "$(stat -Lc %i /proc/self/ns/uts)" ]
    done
done
for set in /run/insula/*; do insula rm "$(basename $set)"; done
nothing_left
"#,
    );
}

#[test]
fn all_kinds_are_set_up_as_asked() {
    run(
        RootOnOneProcessor,
        r#"
insula create blue --all --hostname deep --domainname sea --time-offset boottime=1000000 --map keep
cd /run/insula/blue
in_it() { nsenter --preserve-credentials --user=user --uts=uts --ipc=ipc --net=/run/netns/blue --mount=mnt --pid=pid --time=time --cgroup=cgroup "$@"; }
same "$(in_it hostname)" deep
same "$(in_it domainname)" sea
same "$(in_it cat /sys/class/net/lo/operstate)" unknown
same "$(in_it ps -eo pid=,comm= | head -1 | tr -s ' ')" " 1 insula-keeper"
uptime=$(in_it cut -d. -f1 /proc/uptime)
[ "$uptime" -gt 1000000 ]
cd /
insula rm blue
nothing_left
"#,
    );
}

#[test]
fn keeper_is_one_small_process_with_nothing_open_and_no_capability() {
    run(
        Root,
        r#"
insula create blue pid
pid=$(keepers)
same "$(ls /proc/$pid/fd | wc -l)" 0
same "$(grep CapEff /proc/$pid/status | tr -d '\t')" CapEff:0000000000000000
same "$(readlink /proc/$pid/cwd)" /
[ "$(grep VmRSS /proc/$pid/status | tr -dc 0-9)" -le 100 ]
insula rm blue
nothing_left
"#,
    );
}

#[test]
fn network_namespace_is_one_of_ip_netns_too() {
    run(
        Root,
        r#"
insula create blue net,uts
same "$(ip netns list | cut -d' ' -f1)" blue
has "$(ip netns exec blue ip -br address show lo)" 127.0.0.1
# Deleted by its maker's rival, the set has lost it, and can be removed all the same.
ip netns delete blue
[ -e /run/insula/blue/uts ]
# What now has the name is not ours.
ip netns add blue
insula rm blue
same "$(ip netns list | cut -d' ' -f1)" blue
ip netns delete blue
nothing_left
"#,
    );
}

#[test]
fn what_ip_netns_made_is_a_set() {
    run(
        Root,
        r#"
ip netns add red
has "$(fails insula create red uts)" 'the set `red` exists already, in `/run/netns/red`'
nsenter --net=/run/netns/red sleep 1000 & pid=$!
await sh -c "[ \"\$(cat /proc/$pid/comm)\" = sleep ]"
has "$(fails insula rm red)" "$pid sleep 1000"
same "$(ip netns list | cut -d' ' -f1)" red
kill $pid; wait $pid || true
insula rm red
nothing_left
"#,
    );
}

#[test]
fn processes_inside_are_named_and_killed_on_demand() {
    run(
        Root,
        r#"
insula create blue net,uts
nsenter --uts=/run/insula/blue/uts sleep 1000 & one=$!
# One in a PID namespace that is nested in the set's.
insula create red pid,user
nsenter --preserve-credentials --user=/run/insula/red/user --pid=/run/insula/red/pid unshare --pid --fork sleep 2000 &
await sh -c 'pgrep -f "^sleep 2000"' > /dev/null
two=$(pgrep -f '^sleep 2000')
await sh -c "[ \"\$(cat /proc/$one/comm)\" = sleep ]"
said=$(fails insula rm blue)
has "$said" 'the set `blue` is in use'
has "$said" "1 process is in it:"
has "$said" "$one sleep 1000"
has "$(fails insula rm red)" "$two sleep 2000"
kill -0 $one $two
has "$(insula rm --force blue red 2>&1)" "insula: killed process $two in \`red\`: sleep 2000"
await sh -c '! pgrep sleep > /dev/null'
nothing_left
"#,
    );
}

#[test]
fn one_of_many_makers_of_the_same_name_wins() {
    run(
        Root,
        r#"
cd /run
for i in $(seq 20); do
    (if insula create blue net,uts,pid 2> out.$i; then echo won > out.$i; fi) &
done
wait
same "$(cat out.* | grep -c won)" 1
same "$(cat out.* | grep -c 'exists already')" 19
same "$(keepers | wc -l)" 1
insula rm blue
nothing_left
"#,
    );
}

#[test]
fn makers_removers_and_collectors_do_not_get_in_each_others_way() {
    run(
        Root,
        r#"
cd /run
for i in 1 2 3 4; do
    (for j in $(seq 15); do insula create "set-$i" net,mnt,pid && insula rm "set-$i" || echo failed; done > out.$i 2>&1) &
done
(for j in $(seq 30); do insula gc || echo failed; done > out.gc 2>&1) &
wait
# Between two of the makers there is nothing, which is told.
same "$(cat out.* | grep -v '^removed /run/insula: nothing is in it$')" ""
nothing_left
"#,
    );
}

#[test]
fn failed_making_leaves_nothing() {
    run(
        Root,
        r#"
long=$(printf 'x%.0s' $(seq 65))
has "$(fails insula create blue --all --hostname "$long")" "cannot set the host name"
nothing_left
# Somebody's file where ours would be, which is no namespace yet.
mkdir /run/netns
touch /run/netns/blue
has "$(fails insula create blue net,uts,pid)" 'exists already, in `/run/netns/blue`'
[ -e /run/netns/blue ]
rm /run/netns/blue
nothing_left
"#,
    );
}

#[test]
fn dead_pid_namespace_is_not_the_end_of_the_set() {
    run(
        Root,
        r#"
insula create blue pid,uts
insula create red pid
kill -KILL $(keepers)
await no_keepers
same "$(insula gc)" "removed /run/insula/red: nothing holds its namespaces any more"
nsenter --uts=/run/insula/blue/uts true
insula rm blue
nothing_left
"#,
    );
}

#[test]
fn garbage_is_told_from_what_is_elsewhere_and_what_is_not_ours() {
    run(
        Root,
        r#"
insula create blue uts
mkdir /run/insula/half
touch /run/insula/note
# Made in another mount namespace, which a process is in: nobody here can see how it is.
unshare --mount sh -c 'insula create there uts; exec sleep 1000' & pid=$!
await grep -qs ready /run/insula/there/record.json
said=$(insula gc --dry-run 2>&1)
has "$said" "would remove /run/insula/half: its making was interrupted"
has "$said" 'left `there` alone'
[ -d /run/insula/half ]
has "$(fails insula rm there)" "was made in another mnt namespace"
insula gc 2> /dev/null
[ ! -d /run/insula/half ] && [ -d /run/insula/there ] && [ -e /run/insula/note ]
# A restart, which a /run on a disk survives.
sed -i 's/"boot": "./"boot": "-/' /run/insula/there/record.json
same "$(insula gc)" "removed /run/insula/there: the machine was restarted since it was made"
kill $pid; wait $pid || true
echo '{"version": 2}' > /run/insula/blue/record.json
has "$(fails insula gc)" "version 2, which another version of Insula wrote"
umount /run/insula/blue/uts
rm -r /run/insula/blue /run/insula/note
same "$(insula gc)" "removed /run/insula: nothing is in it"
nothing_left
"#,
    );
}

#[test]
fn dry_run_is_json_too() {
    run(
        Root,
        r#"
same "$(insula gc --json)" "[]"
mkdir -p /run/insula/half
same "$(insula gc -nJ | tr -d ' \n')" '[{"path":"/run/insula/half","why":"itsmakingwasinterrupted","removed":false}]'
insula gc > /dev/null
nothing_left
"#,
    );
}

#[test]
fn bad_words_are_usage_errors() {
    run(
        Root,
        r#"
for words in "create" "create 12 net" "create -- -x net" "create a/b net" "create x nets" "create x --all net" \
    "create x net --hostname h" "create net" "create x user --map all --map-users 0:0:1" "rm" "rm ../x" "gc x"; do
    set +e; insula $words 2> /dev/null; status=$?; set -e
    same "$words: $status" "$words: 2"
done
has "$(fails insula rm nope)" 'there is no set `nope`'
nothing_left
"#,
    );
}

#[test]
fn ordinary_user_has_each_kind_kept_by_a_process() {
    run(
        Ordinary,
        r#"
for kind in cgroup ipc mnt net pid time user uts; do
    insula create "a-$kind" "$kind"
    keeper=$(pgrep -f "^insula-keeper for .*/a-$kind ")
    for which in user $kind; do
        if [ "$(readlink /proc/$keeper/ns/$which)" = "$(readlink /proc/self/ns/$which)" ]; then exit 1; fi
    done
done
insula create blue --all --hostname deep --time-offset boottime=1000000
keeper=$(pgrep -f "^insula-keeper for .*/blue ")
in_it() { nsenter --preserve-credentials --all --target $keeper "$@"; }
same "$(in_it hostname)" deep
same "$(in_it id -u)" 0
same "$(in_it ps -eo pid=,comm= | head -1 | tr -s ' ')" " 1 insula-keeper"
[ "$(in_it cut -d. -f1 /proc/uptime)" -gt 1000000 ]
insula rm a-cgroup a-ipc a-mnt a-net a-pid a-time a-user a-uts blue
nothing_left
"#,
    );
}

#[test]
fn keeper_outlives_the_shell_and_is_found_again() {
    run(
        Ordinary,
        r#"
setsid sh -c 'insula create blue --all; kill -KILL -$$' || true
keeper=$(keepers)
kill -HUP $keeper; kill -INT $keeper
nsenter --preserve-credentials --all --target $keeper sh -c 'kill -TERM 1; kill -KILL 1'
has "$(fails insula create blue)" "exists already"
nsenter --preserve-credentials --all --target $keeper sleep 1000 &
await pgrep -f '^sleep 1000' > /dev/null
has "$(fails insula rm blue)" " sleep 1000"
insula rm -f blue 2> /dev/null
nothing_left
"#,
    );
}

#[test]
fn keeper_whose_record_has_vanished_is_garbage() {
    run(
        Ordinary,
        r#"
mkdir /run/user/4242/other
insula create blue
insula create red uts
XDG_RUNTIME_DIR=/run/user/4242/other insula create blue uts
other=$(pgrep -f '^insula-keeper for .*/other/')
# As at a logout.
rm -r /run/user/4242/insula
same "$(insula gc -n | sort | cut -d, -f1)" "$(printf 'would remove /run/user/4242/insula/%s: its record is gone\n' blue red)"
[ ! -e /run/user/4242/insula ]
insula gc > /dev/null
same "$(keepers)" $other
same "$(insula gc)" ""
XDG_RUNTIME_DIR=/run/user/4242/other insula rm blue
nothing_left
"#,
    );
}

#[test]
fn keepers_of_another_mount_namespace_are_no_garbage() {
    run(
        Root,
        r#"
insula create blue
blue=$(keepers)
elsewhere() { unshare --mount sh -c 'mount -t tmpfs -o mode=755 tmpfs /run/insula && "$@"' sh "$@"; }
same "$(elsewhere insula gc)" ""
same "$(keepers)" $blue
insula enter blue true
# Nor are those garbage here that are made there.
elsewhere sh -c 'insula create red uts,pid; exec sleep 1000' & there=$!
two() { [ "$(keepers | wc -l)" = 2 ]; }
await two
same "$(insula gc)" ""
same "$(keepers | wc -l)" 2
kill $(keepers | grep -v $blue) $there
insula rm blue
nothing_left
"#,
    );
}

#[test]
fn root_that_may_not_mount_has_keepers_too() {
    run(
        Root,
        r#"
without() { setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$@"; }
without insula create blue net,uts
# The user namespace, in which alone it may have others.
[ "$(readlink /proc/$(keepers)/ns/user)" != "$(readlink /proc/self/ns/user)" ]
same "$(without insula enter blue id -u)" 0
without insula rm blue
nothing_left
"#,
    );
}

#[test]
fn sets_are_entered_as_root_or_whom_they_were_made_for() {
    let script = r#"
insula create blue --all --hostname deep
same "$(insula enter blue sh -c 'hostname; id -u; echo $PPID; ps -eo comm= | head -1')" "$(printf 'deep\n0\n0\ninsula-keeper')"
insula create red --all --map keep
same "$(insula enter red id -u)" "$(id -u)"
insula create green uts
same "$(insula run --new ipc --join green readlink /proc/self/ns/uts)" "$(insula enter green readlink /proc/self/ns/uts)"
insula rm blue red green
nothing_left
"#;
    run(Ordinary, script);
    run(Root, script);
}

#[test]
fn set_of_a_user_ends_with_its_keeper() {
    run(
        Ordinary,
        r#"
insula create blue
insula create red uts
for keeper in $(keepers); do kill -TERM $keeper; done
await no_keepers
# What has the keeper's process id now is not taken for it.
same "$(insula gc -n | cut -d: -f2 | uniq)" " the process that held its namespaces has ended"
insula create blue uts
insula gc > /dev/null
[ -d /run/user/4242/insula/blue ] && [ ! -d /run/user/4242/insula/red ]
insula rm blue
nothing_left
"#,
    );
}
