//! `insula lab`, each test in a world of its own, where a network namespace plays the host; what was done is read back by other
//! tools, and by traffic.
#![allow(clippy::disallowed_methods, reason = "tests drive the binary")]

#[path = "../net/city.rs"]
mod city;
#[path = "../sets/world.rs"]
mod world;

use world::User::{Ordinary, Root};
use world::run;

/// Where the examples are, for scripts.
fn in_examples(script: &str) -> String {
    format!("cd '{}/../../examples/labs'\n{script}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn lab_is_made_listed_entered_and_taken_away() {
    run(
        Root,
        &in_examples(
            r#"
insula lab up router.clab.yml
same "$(insula lab ls | tr -s ' ' | cut -d' ' -f1-4)" "NAME STATE NODES LINKS
router ready 3 2"
same "$(insula lab ls router | tr -s ' ')" "NODE SET INTERFACES
h1 router-h1 eth1 10.0.1.2/24
h2 router-h2 eth1 10.0.2.2/24
router router-router eth1 10.0.1.1/24, eth2 10.0.2.1/24"
same "$(insula lab exec router h1 hostname)" h1
same "$(insula lab exec router.clab.yml h1 -- sh -c 'echo $$; exit 0' | wc -l)" 1
insula lab exec router h2 ping -c1 -W5 10.0.1.2 > /dev/null
ip netns exec router-h1 ping -c1 -W5 10.0.2.2 > /dev/null
status=0; insula lab exec router h1 sh -c 'exit 7' || status=$?; same $status 7
same "$(insula lab exec router h1 ip netns list)" ""
has "$(fails insula lab exec router h3 true)" 'the lab `router` has no node `h3`'
has "$(fails insula lab up router.clab.yml)" 'exists already'
insula lab exec router h1 sh -c 'sleep 1000 & ' 
insula lab down router
has "$(fails insula lab down router)" 'there is no lab called `router`'
same "$(insula lab ls)" "NAME STATE NODES LINKS FILE"
nothing_left
"#,
        ),
    );
}

#[test]
fn lab_of_a_node_need_not_be_said() {
    run(
        Root,
        r#"
for lab in x y; do printf "name: $lab\ntopology:\n  nodes: {$lab: , a$lab: , b: }\n" > /run/$lab.yml; insula lab up /run/$lab.yml; done
same "$(insula lab exec ax hostname) $(insula lab exec ay -- hostname)" 'ax ay'
# The name of a lab is that.
same "$(insula lab exec x x hostname)" x
has "$(fails insula lab exec x hostname)" 'the lab `x` has no node `hostname`'
said=$(fails insula lab exec b hostname)
has "$said" 'several labs have a node `b`: '
has "$said" '`insula lab exec LAB b`'
has "$(fails insula lab exec z hostname)" 'there is no lab called `z`'
insula lab down x y
nothing_left
"#,
    );
}

/// Without root it is in the world of the lab.
#[test]
fn management_network_is_there_without_root_too() {
    let script = r#"
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
cat > "$dir/x.yml" <<'END'
name: x
mgmt: {network: clab, ipv4-subnet: 172.20.20.0/24}
topology:
  nodes: {a: {namespaces: [net]}, h: {kind: host}}
  links:
    - {endpoints: ['a:eth0', 'mgmt-net:x-a'], addr: [172.20.20.2/24]}
END
has "$(insula lab up "$dir/x.yml" 2>&1)" 'x.yml:2:8: `network` in `mgmt` has no effect: '
insula lab exec x h ping -c1 -W5 172.20.20.2 > /dev/null
insula lab exec x a ping -c1 -W5 172.20.20.1 > /dev/null
has "$(insula lab graph x)" 'mgmt-x'
has "$(insula lab graph -f json x)" '"node": "mgmt-net"'
insula lab down x
nothing_left
"#;
    run(Root, script);
    run(Ordinary, script);
}

#[test]
fn what_leads_out_of_a_world_is_refused_without_root() {
    run(
        Ordinary,
        r#"
lab() { printf 'name: x\ntopology:\n  nodes: {a: , br: {kind: bridge%s}}\n  links:\n    - {%s}\n' "$1" "$2" | fails insula lab up -; }
said=$(lab '' "type: vxlan-stitch, endpoint: 'a:e', remote: 192.0.2.1, vni: 7")
has "$said" 'line 5: a link of type `vxlan-stitch` leads out of this machine'
has "$said" 'hint: as root it can be made'
has "$(lab '' "endpoints: ['a:e', 'macvlan:eth0']")" 'a link of type `macvlan` leads out'
has "$(lab ', network-mode: host' "endpoints: ['a:e', 'br:x']")" 'line 3: `br` is a bridge of this machine'
nothing_left
"#,
    );
}

/// Without root it is the world of the lab.
#[test]
fn command_runs_on_the_host_where_a_node_is_that() {
    let script = r#"
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
cat > "$dir/x.yml" <<'END'
name: x
topology:
  nodes:
    h: {kind: host, env: {WORD: here}, exec: [sh -c 'echo $WORD'], binds: ['/a:/b']}
    a: {namespaces: [net]}
  links:
    - {endpoints: ['a:eth1', 'h:x-h'], addr: [10.9.0.1/24, 10.9.0.2/24]}
END
said=$(insula lab up "$dir/x.yml" 2>&1)
has "$said" 'x.yml:4:'
has "$said" '`binds` in node `h` has no effect: a lab changes nothing of the host but interfaces'
has "$said" 'h: here'
same "$(insula lab exec x h sh -c 'echo $WORD')" here
insula lab exec x h ping -c1 -W5 10.9.0.1 > /dev/null
insula lab exec x a ping -c1 -W5 10.9.0.2 > /dev/null
status=0; insula lab exec x h sh -c 'exit 7' || status=$?; same $status 7
same "$(insula lab ls x | tr -s ' ')" "NODE SET INTERFACES
h - x-h 10.9.0.2/24
a x-a eth1 10.9.0.1/24"
has "$(insula lab graph x)" 'x-h'
has "$(insula lab graph -f json x)" '"kind": "host"'
insula lab down x
nothing_left
"#;
    run(Root, script);
    run(Ordinary, script);
}

/// The kernel's operational state says so up to a second later.
#[test]
fn interfaces_are_up_as_soon_as_their_lab_is() {
    run(
        Root,
        &in_examples(
            r#"
for round in 1 2 3 4 5; do
    insula lab up router.clab.yml
    map=$(insula map -f text router-h1 router-h2 router-router)
    has "$map" 'eth1 10.0.1.1/24 → h1 eth1'
    case $map in *"(down)"*) printf "%s" "$map" >&2; exit 1 ;; esac
    insula lab down router
done
# A keeper has no name but that in the picture of its set.
insula lab up router.clab.yml
same "$(insula map -f text router-h1 router-h2 router-router | grep -c "insula-keeper$")" 3
ip -n router-h1 link set eth1 down
has "$(insula map -f text router-h1 router-router)" 'eth1 (down) 10.0.1.2/24'
has "$(insula map -f text router-h1 router-router)" 'eth1 (down) 10.0.1.1/24'
insula lab down router
nothing_left
"#,
        ),
    );
}

#[test]
fn interfaces_with_long_names_are_told_by_them() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: x
topology:
  defaults: {namespaces: [net]}
  nodes: {a: , b: , c: }
  links:
    - endpoints: ['a:a-long-name-of-an-interface', 'b:eth1']
    - endpoints: ['a:eth1', 'c:eth1']
END
insula lab up /run/x.yml
has "$(insula show x-a)" ' up also a-long-name-of-an-interface '
has "$(insula show x-b)" '→ a-long-name-of-an-interface in x-a'
has "$(insula who a-long-name-of-an-interface)" '  also a-long-name-of-an-interface'
same "$(insula who eth1 | grep '^eth1' | cut -d: -f2 | sort -c 2>&1)" ""
same "$(insula who eth1 | grep -c '^eth1 in')" 3
insula lab down x
nothing_left
"#,
    );
}

#[test]
fn what_an_interface_cannot_have_is_told_by_its_name() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: x
topology:
  nodes: {a: , b: }
  links:
    - endpoints: [{node: a, interface: left, addr: [10.0.0.1/24, 10.0.0.1/24]}, {node: b, interface: right}]
END
has "$(fails insula lab up /run/x.yml)" 'node `a`: cannot add address `10.0.0.1/24` to link 16 (`left`): '
nothing_left
"#,
    );
}

#[test]
fn kernel_without_netem_is_told_or_the_ring_has_its_delays() {
    run(
        Root,
        &in_examples(
            r#"
ip link add q0 type veth peer q1
if tc qdisc add dev q0 root netem delay 1ms 2> /dev/null; then
    insula lab up --strict ring.clab.yml
    insula lab check ring.clab.yml
    insula lab down ring
else
    said=$(fails insula lab up ring.clab.yml)
    has "$said" ': this kernel has no `netem`: cannot queue packets of link 1'
    has "$said" 'by `netem` (`eth'
    has "$said" 'cause: the kernel was built without CONFIG_NET_SCH_NETEM'
fi
ip link delete q0
nothing_left
"#,
        ),
    );
}

#[test]
fn keys_without_effect_are_told_or_refused() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: x
topology:
  nodes:
    a:
      memroy: 1G
      exec: [echo one, "sh -c 'echo two; echo three'"]
END
said=$(insula lab up /run/x.yml 2>/run/warnings)
same "$said" "a: one
a: two
a: three"
same "$(cat /run/warnings)" 'insula: warning: /run/x.yml:5:7: unknown key `memroy` in node `a`'
insula lab down /run/x.yml
said=$(fails insula lab up --strict /run/x.yml)
has "$said" '/run/x.yml:5:7: unknown key `memroy` in node `a`'
sed -i s/memroy:.*/image:\ alpine/ /run/x.yml
has "$(fails insula lab up /run/x.yml)" '/run/x.yml:5:14: node `a` has an image'
has "$(fails insula lab up /run/none.yml)" 'cannot read `/run/none.yml`: no such file or directory'
echo 'name: x' | fails insula lab up - > /run/said
has "$(cat /run/said)" '-:1:1: the file has no `topology`'
nothing_left
"#,
    );
}

#[test]
fn files_with_variables_are_read_once_beside_the_labs_file() {
    run(
        Root,
        r#"
mkdir /run/lab
printf '# all\nCOLOUR=red\nSIZE="two words"\nLAST=file\n' > /run/lab/all.env
printf 'export COLOUR=blue\n' > /run/lab/a.env
cat > /run/lab/x.yml <<'END'
name: x
mgmt: {network: there-is-none}
topology:
  defaults: {env-files: [all.env]}
  nodes:
    a: {env-files: [a.env], env: {LAST: env}}
    b:
END
said=$(cd / && insula lab up /run/lab/x.yml 2>&1)
has "$said" 'x.yml:2:1: `mgmt` in the file has no effect: no link leads to `mgmt-net`'
same "$(insula lab exec x a printenv COLOUR SIZE LAST)" "$(printf 'blue\ntwo words\nenv')"
printf 'COLOUR=green\n' > /run/lab/all.env
same "$(insula lab exec x b printenv COLOUR SIZE LAST)" "$(printf 'red\ntwo words\nfile')"
insula lab down x
echo 'no variable' > /run/lab/all.env
has "$(fails insula lab up /run/lab/x.yml)" 'x.yml:4:26: line 1 of `all.env` is not KEY=VALUE'
rm /run/lab/all.env
has "$(fails insula lab up /run/lab/x.yml)" 'x.yml:4:26: cannot read `all.env`: no such file or directory (ENOENT)'
nothing_left
"#,
    );
}

#[test]
fn variables_come_from_the_environment_and_stay_what_they_were() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: ${LAB:=x}
topology:
  nodes: {a: {env: {COLOUR: '${COLOUR:-red}'}}}
END
LAB=y COLOUR=blue insula lab up /run/x.yml
insula lab up /run/x.yml
same "$(insula lab exec y a printenv COLOUR) $(insula lab exec x a printenv COLOUR)" 'blue red'
insula lab down x y
nothing_left
"#,
    );
}

#[test]
fn binds_are_relative_to_the_file() {
    run(
        Root,
        r#"
mkdir /run/lab /run/lab/files
echo hello > /run/lab/files/greeting
cat > /run/lab/x.yml <<'END'
name: x
topology:
  nodes:
    a: {binds: ['files:/mnt:ro'], exec: [cat /mnt/greeting]}
END
cd / && same "$(insula lab up run/lab/x.yml)" 'a: hello'
fails insula lab exec x a touch /mnt/new > /dev/null
[ ! -e /mnt/greeting ]
insula lab down x
nothing_left
"#,
    );
}

#[test]
fn interrupted_lab_is_garbage() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: x
topology:
  nodes: {a: {exec: [touch /run/there, sleep 1000]}, b: }
END
insula lab up /run/x.yml &
await test -e /run/there
has "$(insula lab ls | tr -s ' ')" 'x busy 2 0 /run/x.yml'
same "$(insula gc)" ""
kill -9 $!
wait $! || true
# A command that was just about to start holds the lock until it is executed.
is_remnant() { insula lab ls | grep -q '^x *remnant *2 *0 */run/x.yml'; }
await is_remnant
has "$(insula gc --dry-run)" 'would remove /run/insula/.labs/x'
has "$(insula gc)" 'removed /run/insula/.labs/x'
nothing_left
"#,
    );
}

#[test]
fn interrupted_lab_of_an_ordinary_user_is_garbage() {
    run(
        Ordinary,
        r#"
# In the lab `/run` is another one.
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
cd "$dir"
cat > x.yml <<END
name: x
topology:
  nodes:
    a: {exec: [touch $dir/there, "sh -c 'until [ -e $dir/go ]; do sleep 0.1; done'"]}
    b:
END
is_remnant() { insula lab ls | grep -q "^x *remnant"; }
start() {
    rm -f there
    insula lab up x.yml &
    await test -e there
}
garbage=/run/user/4242/insula/.labs/x
start
has "$(insula lab ls | tr -s ' ')" 'x busy 2 0 '
same "$(insula gc)" ""
kill -9 $!
wait $! || true
await is_remnant
has "$(insula gc --dry-run)" "would remove $garbage"
has "$(insula gc)" "removed $garbage"
nothing_left
# Whoever makes it again, or takes it down, takes that away as well.
start
kill -9 $!
wait $! || true
insula lab down x
nothing_left
start
kill -9 $!
wait $! || true
start
same "$(insula gc)" ""
touch go
wait $!
has "$(insula lab ls | tr -s ' ')" 'x ready 2 0 '
same "$(insula gc)" ""
has "$(fails insula lab up x.yml)" 'the lab `x` exists already'
same "$(insula gc)" ""
insula lab exec x a true
insula lab down x
# A set of that name is somebody else's.
insula create x uts
has "$(fails insula lab up x.yml)" '`x`'
same "$(insula gc)" ""
insula show x > /dev/null
insula rm x
nothing_left
"#,
    );
}

#[test]
fn what_is_published_for_a_node_goes_with_the_lab() {
    run(
        Root,
        r#"
cat > /run/x.yml <<'END'
name: x
topology:
  nodes:
    a: {namespaces: [net], ports: ["8080:80", "127.0.0.1:53:53/udp"]}
    b: {namespaces: [net], ports: ["8081:80"]}
  links:
    - endpoints:
        - {node: a, interface: eth0, addr: 10.9.0.2/24}
        - {node: host, interface: x0, addr: 10.9.0.1/24}
END
has "$(fails insula lab up --strict /run/x.yml)" '/run/x.yml:5:36: `ports` in node `b` has no effect: no link of it leads to `host`'
nothing_left
insula lab up /run/x.yml 2> /dev/null
insula net publish x-a 8082:80 > /dev/null
rules=$(nft list ruleset)
for port in 8080:80/tcp 127.0.0.1:53:53/udp 8082:80/tcp; do has "$rules" "publish $port"; done
ip netns exec x-a python3 -c 'import socket
listener = socket.create_server(("", 80))
open("/run/listens", "w").close()
listener.accept()[0].sendall(b"a")' &
await test -e /run/listens
ip link set lo up
same "$(python3 -c 'import socket; print(socket.create_connection(("127.0.0.1", 8080), 20).recv(9).decode())')" a
wait $!
insula lab down x
same "$(nft list ruleset)" ""
nothing_left
# What cannot be published is told with its place, and nothing of the lab is left.
sed -i 's/"8080:80"/"8080:80", "8080:81"/' /run/x.yml
has "$(fails insula lab up /run/x.yml 2>&1)" '4:'
same "$(nft list ruleset)" ""
nothing_left
sed -i 's/"8080:80", "8080:81"/"80"/' /run/x.yml
has "$(fails insula lab up /run/x.yml)" '`80` is nothing that `ports` can be'
nothing_left
"#,
    );
}

#[test]
fn links_to_the_host_have_walls() {
    city::run(
        Root,
        r#"
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1:1::1/64
ip link add theirs type bridge
ip address add 10.7.0.1/24 dev theirs
ip link set theirs up
cat > /run/x.yml <<'END'
name: x
topology:
  nodes:
    a: {namespaces: [net], routes: ["default via 10.3.0.1", "default via fd00:1:3::1"]}
    b: {namespaces: [net], routes: ["default via 10.4.0.1"]}
    c: {namespaces: [net], routes: ["default via 10.1.0.1"]}
    d: {namespaces: [net], routes: ["default via 10.7.0.1"]}
    lan: {kind: bridge, network-mode: host}
    theirs: {kind: bridge, network-mode: host}
  links:
    - endpoints: [{node: a, interface: eth0, addr: [10.3.0.2/24, "fd00:1:3::2/64"]}, {node: host, interface: x-a, addr: [10.3.0.1/24, "fd00:1:3::1/64"]}]
    - endpoints: [{node: b, interface: eth0, addr: 10.4.0.2/24}, {node: host, interface: x-b, addr: 10.4.0.1/24}]
    - endpoints: [{node: c, interface: eth0, addr: 10.1.0.9/24}, {node: lan, interface: x-c}]
    - endpoints: [{node: d, interface: eth0, addr: 10.7.0.9/24}, {node: theirs, interface: x-d}]
END
insula lab up /run/x.yml
for node in a b c d; do answer x-$node $node :: 80; done
answer outside outside :: 80
answer host local 127.0.0.1 7000
ip -n outside route add default via 192.0.2.1
# The host is in each of them, and they reach it.
reaches host tcp 10.3.0.2 80 'a 80 10.3.0.1'
reaches host udp fd00:1:3::2 80 'a 80 fd00:1:3::1'
reaches host tcp 10.4.0.2 80 'b 80 10.4.0.1'
answer host open :: 90
reaches x-a tcp 10.3.0.1 90 'open 90 10.3.0.2'
reaches x-c tcp 10.1.0.1 90 'open 90 10.1.0.9'
# Nobody else is, though the host forwards, and they get nowhere else.
for site in outside x-b x-c; do misses $site 10.3.0.2 80; done
for site in outside x-a x-c; do misses $site 10.4.0.2 80; done
for site in outside x-a x-b; do misses $site 10.1.0.9 80; done
misses outside fd00:1:3::2 80
for site in x-a x-b x-c; do misses $site 192.0.2.2 80; done
misses x-a fd00:9::2 80
# Nor to the loopback of the host.
ip -n x-a address flush dev lo
ip netns exec x-a sh -c 'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet'
echo 1 > /proc/sys/net/ipv4/conf/x-a/route_localnet
ip -n x-a route add 127.0.0.0/8 via 10.3.0.1
misses x-a 127.0.0.1 7000
# What is published or forwarded is reached.
insula net publish x-a 8080:80
reaches outside tcp 192.0.2.1 8080 'a 80 192.0.2.2'
insula net forward x-a 127.0.0.1:7000
reaches x-a tcp 10.3.0.1 7000 'local 7000 10.3.0.2'
misses x-b 10.3.0.1 7000
# A bridge of somebody else has no walls.
reaches outside tcp 10.7.0.9 80 'd 80 192.0.2.2'
# Without the walls all that is open.
nft flush chain inet insula forward
reaches outside tcp 10.4.0.2 80 'b 80 192.0.2.2'
reaches x-a tcp 192.0.2.2 80 'outside 80 10.3.0.2'
end
insula lab down x
for link in x-a x-b x-c x-d; do fails ip link show $link > /dev/null; done
has "$(nft list ruleset)" '"lan" comment "closed'
same "$(nft list ruleset | grep -c x-)" 0
insula net rm --force lan
no_rules
ip link delete theirs
nothing_left
"#,
    );
}

#[test]
fn checks_find_what_is_there() {
    run(
        Root,
        &in_examples(
            r#"
insula lab up router.clab.yml
said=$(insula lab check router.clab.yml)
has "$said" 'ok   line 29: h1 reaches h2 (10.0.2.2): an answer after '
has "$said" 'ok   line 31: h1 reaches h2 (10.0.2.2) by way of router: an answer by way of 10.0.1.1'
cat > /run/router.yml <<'END'
name: router
topology:
  nodes: {h1: , h2: , router: }
  links:
    - {endpoints: ['h1:eth1', 'router:eth1'], addr: [10.0.1.2/24, 10.0.1.1/24]}
    - {endpoints: ['router:eth2', 'h2:eth1'], addr: [10.0.2.1/24, 10.0.2.2/24]}
checks:
  - unreachable: {from: h1, to: 10.0.9.9, timeout: 200ms}
  - unreachable: {from: h1, to: h2, protocol: tcp, port: 9, timeout: 200ms}
  - unreachable: {from: h1, to: h2, protocol: udp, port: 9, timeout: 200ms}
  - reachable: {from: h1, to: h2, protocol: tcp, port: 9, timeout: 200ms}
  - unreachable: {from: h1, to: h2, timeout: 300ms}
  - path: {from: h1, to: h2, via: h2}
  - delay: {from: h1, to: h2, within: [1s, 2s]}
  - delay: {from: h1, to: h2, within: 1s}
END
status=0; said=$(insula lab check /run/router.yml) || status=$?
same $status 1
same "$(echo "$said" | cut -c1-4 | xargs)" 'ok ok ok FAIL FAIL FAIL FAIL ok'
has "$said" 'FAIL line 11: h1 reaches h2 (10.0.2.2) by tcp port 9: connection refused (ECONNREFUSED)'
has "$(insula lab check --json /run/router.yml | head -3)" '"line": 8'
insula lab down router
has "$(fails insula lab check router.clab.yml)" 'there is no lab called `router`'
nothing_left
"#,
        ),
    );
}

#[test]
fn three_tiers_are_apart() {
    run(
        Root,
        &in_examples(
            "
insula lab up --strict service.clab.yml
insula lab check service.clab.yml
insula lab down service
nothing_left
",
        ),
    );
}

#[test]
fn many_nodes_on_a_tree_of_bridges_reach_each_other() {
    run(
        Root,
        &in_examples(
            r#"
./thousand.sh 90 > /run/many.yml
insula lab up --strict /run/many.yml
same "$(ls /run/netns | wc -l)" 94
insula lab check /run/many.yml
same "$(ip -n thousand-leaf2 -o link show master leaf2 | wc -l)" 11
insula lab down thousand
nothing_left
"#,
        ),
    );
}

#[test]
fn topology_is_drawn_whether_it_is_up_or_not() {
    run(
        Root,
        &in_examples(
            r#"
said=$(insula lab graph router.clab.yml)
has "$said" 'eth1 10.0.1.2/24'
has "$(insula lab graph -f dot service.clab.yml)" firewall
insula lab graph router.clab.yml -o /run/router.svg
has "$(cat /run/router.svg)" '</svg>'
has "$(cat /run/router.svg)" 10.0.2.1/24
insula lab up router.clab.yml
insula lab graph router -f json > /run/router.json
same "$(python3 -c 'import json; lab = json.load(open("/run/router.json")); print(len(lab["nodes"]), lab["links"][1]["ends"])')" \
    "3 [{'node': 'router', 'interface': 'eth2', 'addresses': ['10.0.2.1/24']}, {'node': 'h2', 'interface': 'eth1', 'addresses': ['10.0.2.2/24']}]"
# The map of the machine has it in a room of its own.
has "$(insula map --format json)" '"lab": "router"'
insula lab down router
nothing_left
"#,
        ),
    );
}

#[test]
fn ordinary_user_has_labs_in_worlds_of_their_own() {
    run(
        Ordinary,
        &in_examples(
            r#"
insula lab up router.clab.yml
same "$(insula lab ls | tr -s ' ' | cut -d' ' -f1-4)" "NAME STATE NODES LINKS
router ready 3 2"
has "$(insula lab ls router | tr -s ' ')" 'h1 router-h1 eth1 10.0.1.2/24'
same "$(insula lab exec router h1 hostname)" h1
same "$(insula lab exec h2 hostname)" h2
insula lab exec router h1 ping -c1 -W5 10.0.2.2 > /dev/null
status=0; insula lab exec router h1 sh -c 'exit 7' || status=$?; same $status 7
has "$(insula lab check router.clab.yml)" 'by way of router: an answer by way of 10.0.1.1'
has "$(insula lab graph router)" 'eth1 10.0.1.2/24'
has "$(fails insula lab up router.clab.yml)" 'the lab `router` exists already'
same "$(insula gc)" ""
insula lab up router.clab.yml 2> /dev/null || true
sed 's/^name: router/name: other/' router.clab.yml | insula lab up -
insula lab exec other h2 ping -c1 -W5 10.0.1.2 > /dev/null
insula lab down router other
has "$(fails insula lab down router)" 'there is no lab called `router`'
sed 's/exec: .ip route.*/exec: ["sh -c \x27echo no; exit 3\x27"]/' router.clab.yml > /run/user/4242/bad.yml
has "$(fails insula lab up /run/user/4242/bad.yml)" 'exited with status 3: no'
same "$(insula lab ls)" "NAME STATE NODES LINKS FILE"
nothing_left
"#,
        ),
    );
}
