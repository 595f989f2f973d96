//! `ip netns`: list, add, attach, set, delete, identify, pids, exec, list-id.

use crate::fact::{Fact, does, shows};

const NAMED: &str =
    "ip netns add blue; ip netns add red; ip netns add green; ip netns set red 7; ip netns set green auto";
const LINKED: &str = "ip netns add blue; ip link add v0 type veth peer name v1 netns blue; ip link show v0 >/dev/null; \
                      ip -n blue link show v1 >/dev/null";
/// More than are asked about at a time, one of them under two names, and a file that is no namespace, of which the original complains.
const MANY: &str = "for i in $(seq 210); do echo netns add n$i; echo netns set n$i $((i + 100)); done | ip -batch -; \
                    echo >/run/netns/file; touch /run/netns/twin; mount --bind /run/netns/n57 /run/netns/twin; \
                    for i in 3 57 210; do ip link add v$i type veth peer name eth0 netns n$i; done";
const AFTER: &str = "ip netns; ip netns list-id; ls -l /run/netns | wc -l; grep -c nsfs /proc/self/mountinfo";

#[rustfmt::skip] // One a line.
pub(crate) const FACTS: &[Fact] = &[
    shows("help_is_shown", "true", "ip netns help"),
    shows("unknown_command_is_told", "true", "ip netns bogus"),
    shows("nothing_is_listed_where_nothing_is", "ip netns add a; ip netns delete a", "ip netns; ip netns list-id; ip -j netns; ip netns identify; ls -d /run/netns"),
    shows("names_are_listed_in_the_order_of_the_directory", NAMED, "ip netns; ip netns show; ip netns l; ip netns lst; ip netns list extra"),
    shows("list_is_json", NAMED, "ip -j netns; ip -j -p netns list"),
    shows("ids_are_listed", NAMED, "ip netns list-id; ip -j netns list-id; ip -j -p netns list-id; ip netns list-i nsid 7"),
    shows("ids_of_another_namespace_are_listed", LINKED, "ip netns list-id; ip netns list-id target-nsid 0; ip -n blue netns list-id"),
    shows("many_names_have_each_its_own_id", MANY, "exec 2>/dev/null; ip netns; ip -j netns; ip netns list-id | sort; ip -br link; for o in link addr; do ip $o | sed 's/link.ether .* link-netns/link-netns/'; done"),
    shows("missing_id_is_told", NAMED, "ip netns list-id nsid 99"),
    shows("missing_target_is_told", NAMED, "ip netns list-id target-nsid 99"),
    shows("list_id_wants_values", NAMED, "ip netns list-id nsid"),
    shows("list_id_wants_numbers", NAMED, "ip netns list-id nsid x"),
    shows("list_id_wants_keys", NAMED, "ip netns list-id bogus"),
    does("name_is_added", "true", "ip netns add blue", AFTER),
    does("names_are_added_and_deleted", "true", "ip netns a one; ip netns add two extra; ip netns add 4711; ip netns d one; ip netns del two", AFTER),
    does("name_is_added_once", "true", "ip netns add blue; ip netns add blue", AFTER),
    does("name_is_no_path", "true", "ip netns add a/b || ip netns add ../x || ip netns add . || ip netns add ''", AFTER),
    does("name_is_needed", "true", "ip netns add; ip netns delete; ip netns exec; ip netns pids; ip netns set", AFTER),
    does("missing_name_cannot_be_deleted", "true", "ip netns delete nope", AFTER),
    does("all_are_deleted", NAMED, "ip -all netns delete", "ip netns; ls /run/netns | wc -l; grep -c nsfs /proc/self/mountinfo"),
    does("new_namespace_has_a_loopback_that_is_down", "true", "ip netns add blue; ip -n blue link show", AFTER),
    does("process_is_attached", "true", "ip netns attach here $$; ip netns identify; ip netns identify $$", "ip -n here link >/dev/null && ip netns"),
    does("attach_wants_a_process", "true", "ip netns attach; ip netns attach a; ip netns attach a x; ip netns attach a 0; ip netns attach a 4194303", AFTER),
    does("id_is_set", "ip netns add blue; ip netns add red", "ip netns set blue 5; ip netns set red auto; ip netns set red 0x9", AFTER),
    does("id_is_set_once", "ip netns add blue; ip netns add red; ip netns set blue 5", "ip netns set blue 6; ip netns set red 5", AFTER),
    does("set_wants_a_number", "ip netns add blue", "ip netns set blue x", AFTER),
    does("set_wants_one_that_is_not_negative", "ip netns add blue", "ip netns set blue -1", AFTER),
    does("set_wants_a_name", "true", "ip netns set nope 5; ip netns set nope", AFTER),
    shows("process_is_identified", "ip netns add blue", "ip netns exec blue ip netns identify; ip netns identify x; ip netns identify 1 2; ip netns identify 4194303"),
    shows("processes_are_found", "ip netns add blue; ip netns exec blue sleep 5 >/dev/null 2>&1 & sleep 0.5", "ip netns pids blue | wc -l; ip netns pids nope; ip netns pids a b"),
    shows("command_runs_inside", NAMED, "ip netns exec blue ip link show; ip netns e red sh -c 'exit 7'"),
    shows("command_is_needed", NAMED, "ip netns exec blue"),
    shows("command_must_be_there", NAMED, "ip netns exec blue no-such-command"),
    shows("exec_wants_a_name_that_is_there", NAMED, "ip netns exec nope true"),
    shows("exec_everywhere", NAMED, "ip -all netns exec sh -c 'ip netns identify; exit 3'; ip -all netns exec"),
    shows("sys_is_that_of_the_namespace", LINKED, "ip netns exec blue sh -c 'ls /sys/class/net; mount | grep \"^blue on /sys \"'; ls /sys/class/net >/dev/null"),
    shows("descriptors_and_directory_are_kept", NAMED, "cd /tmp; ip netns exec blue sh -c 'pwd; cat <&5' 5</proc/sys/kernel/ostype"),
    shows(
        "files_in_etc_are_those_of_the_namespace",
        "mount -t tmpfs none /etc/; mkdir -p /etc/netns/blue; echo ours >/etc/netns/blue/hosts; echo a >/etc/hosts; \
         echo x >/etc/netns/blue/no-namesake; ip netns add blue",
        "ip netns exec blue cat /etc/hosts; cat /etc/hosts",
    ),
    does("many_are_deleted_in_a_batch", "for i in $(seq 90); do echo netns add n$i; echo link add v$i type veth peer eth0 netns n$i; done | ip -batch -", "printf 'netns delete n%s\\n' $(seq 70) one 71 71 $(seq 72 80) > f; echo netns add n3 >> f; echo netns del n3 >> f; echo link add w type veth peer x >> f; echo netns delete n81 >> f; echo link set w up >> f; ip -force -batch f; echo $?; rm f; while ip -br link | grep -qE '^v([1-9]|[1-7][0-9]|8[01])@'; do sleep 0.05; done", "ip netns; ip -br link | cut -c1-12"),
    does("all_are_deleted", MANY, "ip -all netns delete 2>/dev/null; echo $?", "ls /run/netns; grep -c nsfs /proc/self/mountinfo"),
    does("batch_does_what_it_has_before_it_waits_for_more", "ip netns add blue", "{ echo netns delete blue; echo link add w type veth peer x; for i in $(seq 200); do [ -e /run/netns/blue ] || { ip link show w >/dev/null 2>&1 && break; }; sleep 0.05; done; [ $i -lt 200 ] && echo 'link set w up'; } | ip -force -batch -", "ip netns; ip link show up w | wc -l"),
    does("batch_runs_commands_inside", "ip netns add blue", "printf 'netns exec blue true\\nnetns add red\\nnetns exec red false\\nnetns add never\\n' | ip -batch -", "ip -n blue link show; ip netns"),
];
