//! The lines of `ip` that people know by heart, with only our links and busybox on the PATH, and real `ping`, `curl` and Python.

use crate::world::User::Root;
use crate::world::run;

/// A PATH on which `ip` is ours, and whose other tools are busybox's but for those that make traffic.
const TOOLS: &str = r#"
mkdir /run/tools
insula links /run/tools > /dev/null
for applet in sh sleep grep cat sed; do ln -s "$(command -v busybox)" "/run/tools/$applet"; done
for tool in ping curl python3; do
    printf '#!/bin/sh\nPATH=/usr/bin:/bin\nexec %s "$@"\n' "$(command -v $tool)" > /run/tools/$tool
    chmod 755 /run/tools/$tool
done
all=$PATH
PATH=/run/tools
"#;

fn with_our_links(script: &str) {
    run(Root, &format!("{TOOLS}{script}"));
}

#[test]
fn veth_pair_reaches_and_goes_with_its_namespace() {
    with_our_links(
        r#"
ip netns add testns; ip netns exec testns ip addr
ip link add veth0 type veth peer name veth1; ip link set veth1 netns testns
ip addr add 10.0.0.1/24 dev veth0; ip link set veth0 up
ip netns exec testns ip addr add 10.0.0.2/24 dev veth1; ip netns exec testns ip link set veth1 up
ip netns exec testns ip link set lo up; ip netns exec testns ping -c1 10.0.0.1
ip netns delete testns
PATH=$all
gone() { ! ip link show veth0 2> /dev/null; }
await gone
same "$(ip netns list)" ""
"#,
    );
}

#[test]
fn service_in_a_namespace_answers_there_only() {
    with_our_links(
        r#"
ip link set lo up
ip netns add webns; ip link add veth-host type veth peer name veth-web; ip link set veth-web netns webns
ip addr add 172.16.0.1/24 dev veth-host; ip link set veth-host up
ip netns exec webns ip addr add 172.16.0.2/24 dev veth-web; ip netns exec webns ip link set veth-web up
ip netns exec webns ip link set lo up; ip netns exec webns python3 -m http.server 8080 &
until curl -sS http://172.16.0.2:8080 > /run/answer 2> /dev/null; do sleep 0.1; done
grep -q 'Directory listing' /run/answer
if curl -sS http://127.0.0.1:8080 2> /dev/null; then echo "something answers on 127.0.0.1:8080"; exit 1; fi
PATH=$all
kill $(ip netns pids webns)
wait
ip netns delete webns
"#,
    );
}

#[test]
fn same_service_in_two_lines_of_our_own() {
    with_our_links(
        r#"
PATH=$all
ip link set lo up
insula net create web && insula net connect web host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24
insula enter web -- python3 -m http.server 8080 & service=$!
until curl -sS http://172.16.0.2:8080 > /run/answer 2> /dev/null; do sleep 0.1; done
grep -q 'Directory listing' /run/answer
if curl -sS http://127.0.0.1:8080 2> /dev/null; then echo "something answers on 127.0.0.1:8080"; exit 1; fi
insula rm --force web
wait $service || true
nothing_left
"#,
    );
}
