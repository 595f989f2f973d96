//! Labs against this kernel: what they consist of, that two don't disturb each other, and that nothing stays of one whose
//! maker is killed at any step.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start processes and fail by panicking"
)]

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs};

use insula_engine::lab::{Expect, Found, Holds, Lab, LabError, LabStep, Labs, Reply, Source, Topology};
use insula_engine::network::Networks;
use insula_engine::set::{Disposal, Sets};
use insula_ns::{Kind, ProcDir};
use libtest_mimic::{Arguments, Completion, Trial};

/// What happens in a world, by name.
const SCENES: [(&str, fn()); 18] = [
    ("lab_has_what_its_file_says", lab_has_what_its_file_says),
    ("nodes_reach_each_other_over_a_bridge", nodes_reach_each_other_over_a_bridge),
    ("failed_lab_leaves_nothing", failed_lab_leaves_nothing),
    ("lab_that_is_there_is_not_made_again", lab_that_is_there_is_not_made_again),
    ("lab_of_more_nodes_than_open_files_goes", lab_of_more_nodes_than_open_files_goes),
    ("many_go_at_once_and_nothing_else", many_go_at_once_and_nothing_else),
    ("strangers_of_the_same_name_stay", strangers_of_the_same_name_stay),
    ("two_labs_at_once_do_not_disturb_each_other", two_labs_at_once_do_not_disturb_each_other),
    ("host_ends_are_in_the_callers_namespace_and_go_with_the_lab", host_ends_go_with_the_lab),
    ("host_is_a_node_where_commands_run", host_is_a_node_where_commands_run),
    ("management_network_goes_with_the_lab", management_network_goes_with_the_lab),
    ("links_lead_outside", links_lead_outside),
    ("stitched_tunnel_is_one_way_through_the_host", stitched_tunnel_is_one_way_through_the_host),
    ("routes_and_long_names_are_there", routes_and_long_names_are_there),
    ("dummies_are_made", dummies_are_made),
    ("impairments_are_of_their_direction", impairments_are_of_their_direction),
    ("ring_has_its_delays_and_paths", ring_has_its_delays_and_paths),
    ("killed_maker_leaves_only_what_gc_takes", recover_from_every_step),
];

fn main() {
    // The program starts itself again as what is described below.
    match env::var("INSULA_ROLE").as_deref() {
        Ok("maker") => make_and_remove(),
        Ok(scene) => SCENES.iter().find(|(name, _)| *name == scene).unwrap().1(),
        _ => {
            let trials = SCENES.into_iter().map(|(name, _)| {
                Trial::ignorable_test(name, move || {
                    Ok(missing_for(name).map_or_else(|| in_world(name), Completion::ignored_with))
                })
            });
            libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
        }
    }
}

/// What this kernel lacks for a scene.
fn missing_for(scene: &str) -> Option<&'static str> {
    let (reason, command) = match scene {
        "dummies_are_made" => ("this kernel has no dummy interfaces", "ip link add d type dummy"),
        "impairments_are_of_their_direction" | "ring_has_its_delays_and_paths" => {
            ("this kernel has no netem", "tc qdisc add dev lo root netem delay 1ms")
        }
        _ => return None,
    };
    let map = if rustix::process::geteuid().is_root() { "" } else { "--map-root-user" };
    fails(&format!("unshare {map} --net {command}")).then_some(reason)
}

/// Plays a scene in new network, PID and mount namespaces with an empty `/run`, as root there.
fn in_world(scene: &str) -> Completion {
    const WORLD: &str = "mount -t tmpfs -o mode=755 tmpfs /run && exec \"$1\"";
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args([
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--propagation=private",
        "--mount-proc",
    ]);
    command.args(["sh", "-c", WORLD, "sh"]).arg(env::current_exe().unwrap()).env("INSULA_ROLE", scene);
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    Completion::Completed
}

/// The output of a command that has to succeed.
fn sh(command: &str) -> String {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn fails(command: &str) -> bool {
    !Command::new("sh").args(["-c", command]).output().unwrap().status.success()
}

fn read(text: &str) -> (Source, Topology) {
    let (source, topology, warnings) =
        Source::read("test".into(), "/".into(), text.to_owned(), &|_| None).unwrap();
    assert_eq!(warnings, []);
    (source, topology)
}

fn up(labs: &Labs, text: &str) -> Result<(Lab, Vec<String>), LabError> {
    let (source, topology) = read(text);
    let mut said = Vec::new();
    let lab =
        labs.up(source, topology, &mut |node, _, text| said.push(format!("{}: {}", node.name, text.trim())))?;
    Ok((lab, said))
}

fn down(labs: &Labs, name: &str) {
    labs.down(&name.parse().unwrap()).unwrap();
}

/// That nothing is left of any lab.
fn assert_nothing_is_left(what: &str) {
    wait_for_keepers();
    assert!(!Path::new("/run/insula").exists(), "{what}: {}", sh("find /run/insula"));
    let names = fs::read_dir("/run/netns").map_or(0, Iterator::count);
    assert_eq!(names, 0, "{what}");
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains("nsfs") && !mounts.contains("/run/insula"), "{what}: {mounts}");
    assert_eq!(sh("ip -o link | wc -l").trim(), "1", "{what}: {}", sh("ip link"));
    assert_eq!(sh("nft list ruleset"), "", "{what}");
}

fn wait_for_keepers() {
    let proc = ProcDir::open().unwrap();
    let is_keeper = |pid| proc.command_line(pid).is_ok_and(|words| words.starts_with(b"insula-keeper\0"));
    while proc.pids().unwrap().into_iter().any(is_keeper) {
        std::thread::yield_now();
    }
}

const PAIR: &str = "
name: t
topology:
  nodes:
    a: {sysctls: {net.ipv4.ip_forward: 1}, env: {COLOUR: blue}, exec: [hostname, sh -c 'echo $COLOUR $$']}
    b: {namespaces: [net, uts], exec: [hostname]}
  links:
    - {endpoints: ['a:eth1', 'b:ethernet-1/1'], addr: [10.0.0.1/24, 10.0.0.2/24], ipv6: ['fd00::1/64', 'fd00::2/64'], mtu: 1400}
";

/// A link to the host beside it.
fn pair_at_the_host() -> String {
    let link = "- endpoints: [{node: b, interface: eth2, addr: 10.3.0.2/24}, {node: host, interface: t-b, addr: 10.3.0.1/24}]";
    let management = "    - endpoints: ['a:eth9', 'mgmt-net:t-a']
    - {type: vxlan-stitch, endpoint: 'a:eth8', remote: 192.0.2.9, vni: 7}\n";
    let node = "    h: {kind: host, exec: ['true']}\n";
    format!("{}    {link}\n{management}", PAIR.replace("  links:\n", &format!("{node}  links:\n")))
}

/// Sixty network namespaces, enough to be unmounted together.
fn crowd() -> String {
    let nodes: Vec<String> = (0..60).map(|number| format!("    n{number}: {{kind: linux}}")).collect();
    format!("name: t\ntopology:\n  defaults: {{namespaces: [net]}}\n  nodes:\n{}\n", nodes.join("\n"))
}

fn lab_has_what_its_file_says() {
    let labs = Labs::of_caller();
    let (lab, said) = up(&labs, PAIR).unwrap();
    assert_eq!(said[0], "a: a");
    assert!(said[1].starts_with("a: blue "), "{said:?}");
    // Process ids are those of its own PID namespace: the init of the set is 1.
    assert!(said[1].split(' ').next_back().unwrap().parse::<u32>().unwrap() < 10, "{said:?}");
    assert_eq!(said[2], "b: b");
    let (_, set) = lab.node(&labs, "a").unwrap();
    assert_eq!(set.unwrap().kinds(), Kind::Net | Kind::Uts | Kind::Mnt | Kind::Pid);
    let link = sh("ip -n t-a addr show eth1");
    for part in ["mtu 1400", ",UP", "10.0.0.1/24", "fd00::1/64"] {
        assert!(link.contains(part), "{part}: {link}");
    }
    assert!(!link.contains("fd00::1/64 scope global tentative"), "{link}");
    assert!(sh("ip -n t-a link show lo").contains(",UP"));
    assert_eq!(sh("ip netns exec t-a sysctl -n net.ipv4.ip_forward").trim(), "1");
    sh("ip netns exec t-a ping -c 1 -W 5 10.0.0.2");
    sh("ip netns exec t-b ping -c 1 -W 5 fd00::1");
    let found = labs.find(lab.name()).unwrap();
    assert_eq!(found.topology(), lab.topology());
    down(&labs, "t");
    assert!(matches!(labs.find(lab.name()), Err(LabError::Missing { .. })));
    assert_nothing_is_left("down");
}

fn lab_of_more_nodes_than_open_files_goes() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let labs = Labs::of_caller();
    let limit = getrlimit(Resource::Nofile);
    let low = Rlimit { current: Some(40), ..limit };
    setrlimit(Resource::Nofile, low).unwrap();
    up(&labs, &crowd()).unwrap();
    assert_eq!(getrlimit(Resource::Nofile), low);
    assert_eq!(sh("ls /run/netns | wc -l").trim(), "60");
    down(&labs, "t");
    assert_eq!(getrlimit(Resource::Nofile), low);
    setrlimit(Resource::Nofile, limit).unwrap();
    assert_nothing_is_left("down");
}

const BRIDGE: &str = "
name: t
topology:
  defaults: {namespaces: net}
  nodes: {br: {kind: bridge}, b2: {kind: bridge}, a: , b: , c: {exec: ['ip link set eth1 down']}}
  links:
    - {endpoints: ['a:eth1', 'br:a'], addr: [10.0.0.1/24, '']}
    - {endpoints: ['br:trunk', 'b2:trunk']}
    - {endpoints: ['b2:b', 'b:eth1'], addr: ['', 10.0.0.2/24]}
    - {endpoints: ['c:eth1', 'b2:c'], addr: [10.0.0.3/24, '']}
";

/// Whatever `/run/netns` shares its mounts with, and whoever mounts there meanwhile.
fn many_go_at_once_and_nothing_else() {
    let labs = Labs::of_caller();
    for propagation in ["shared", "private"] {
        sh("ip netns add before");
        up(&labs, &crowd()).unwrap();
        // One is gone already, and one is somebody else's altogether.
        sh("ip netns delete t-n9 && ip netns delete t-n8 && ip netns add t-n8");
        sh(&format!("mount --make-{propagation} /run/netns"));
        // Of this one the file is still the lab's.
        sh("umount /run/netns/t-n7 && unshare --net mount --bind /proc/self/ns/net /run/netns/t-n7");
        let mut elsewhere = Command::new("unshare")
            .args([
                "--mount",
                "--propagation=unchanged",
                "sh",
                "-c",
                "echo; read word; grep -c nsfs /proc/self/mountinfo",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut words = BufReader::new(elsewhere.stdout.take().unwrap()).lines();
        assert_eq!(words.next().unwrap().unwrap(), "");
        let gone = AtomicBool::new(false);
        let added = std::thread::scope(|scope| {
            let adder = scope.spawn(|| {
                let mut count = 0;
                while !gone.load(Ordering::Relaxed) || count == 0 {
                    sh(&format!("ip netns add during{count}"));
                    count += 1;
                }
                count
            });
            down(&labs, "t");
            gone.store(true, Ordering::Relaxed);
            adder.join().unwrap()
        });
        assert_eq!(sh("ls -A /run/netns | grep -v during"), "before\nt-n7\nt-n8\n");
        for name in (0..added)
            .map(|number| format!("during{number}"))
            .chain(["before", "t-n7", "t-n8"].map(String::from))
        {
            sh(&format!("ip netns exec {name} true"));
        }
        drop(elsewhere.stdin.take());
        let left: usize = words.next().unwrap().unwrap().parse().unwrap();
        elsewhere.wait().unwrap();
        // A mount whose file is removed is gone everywhere.
        assert_eq!(left, if propagation == "shared" { added + 3 } else { 3 });
        sh("umount /run/netns/* && rm /run/netns/* && umount /run/netns");
    }
    assert_nothing_is_left("all");
}

fn nodes_reach_each_other_over_a_bridge() {
    let labs = Labs::of_caller();
    up(&labs, BRIDGE).unwrap();
    assert!(sh("ip -n t-br link show br").contains("state UP"));
    assert!(sh("ip -n t-b2 link show c").contains("master b2"));
    sh("ip netns exec t-a ping -c 1 -W 5 10.0.0.2");
    assert!(fails("ip netns exec t-a ping -c 1 -W 1 10.0.0.3"), "its interface is down");
    down(&labs, "t");
    assert_nothing_is_left("down");
}

fn failed_lab_leaves_nothing() {
    let labs = Labs::of_caller();
    let failing = PAIR.replace("exec: [hostname]", "exec: [sh -c 'echo no >&2; exit 3']");
    let error = up(&labs, &failing).unwrap_err();
    assert_eq!(error.to_string(), "node `b`: `sh -c echo no >&2; exit 3` exited with status 3: no");
    assert_nothing_is_left("command");
    let error = up(&labs, &PAIR.replace("exec: [hostname]", "exec: [no-such-command]")).unwrap_err();
    assert!(matches!(error, LabError::Start { .. }), "{error:?}");
    assert_nothing_is_left("no command");
    let error = up(&labs, &PAIR.replace("net.ipv4.ip_forward", "net.ipv4.no_such")).unwrap_err();
    assert!(matches!(error, LabError::Sysctl { .. }), "{error:?}");
    assert_nothing_is_left("no setting");
    let error = up(&labs, &PAIR.replace("10.0.0.1/24, ", "0.0.0.1/24, ")).map(drop);
    if error.is_ok() {
        down(&labs, "t");
    }
    assert_nothing_is_left("address");
}

fn lab_that_is_there_is_not_made_again() {
    let labs = Labs::of_caller();
    up(&labs, PAIR).unwrap();
    let error = up(&labs, BRIDGE).unwrap_err();
    assert!(matches!(error, LabError::Exists { .. }), "{error:?}");
    sh("ip netns exec t-a ping -c 1 -W 5 10.0.0.2");
    assert_eq!(labs.list().unwrap().len(), 1);
    let collected = labs.collect(Disposal::Remove).unwrap();
    assert!(collected.0.is_empty() && collected.1.is_empty(), "{collected:?}");
    down(&labs, "t");
    assert_nothing_is_left("down");
}

fn strangers_of_the_same_name_stay() {
    let labs = Labs::of_caller();
    sh("ip netns add t-b && ip -n t-b link add stranger type bridge");
    let error = up(&labs, PAIR).unwrap_err();
    assert!(error.to_string().contains("`t-b` exists already"), "{error}");
    sh("ip -n t-b link show stranger && ip netns delete t-b");
    assert_nothing_is_left("namespace");
    sh("ip link add lab-a type bridge");
    let error = up(&labs, HOST).unwrap_err();
    assert!(matches!(error, LabError::InterfaceExists { line: 6, .. }), "{error:?}");
    sh("ip -d link show lab-a | grep bridge && ip link delete lab-a");
    assert_nothing_is_left("interface");
}

fn two_labs_at_once_do_not_disturb_each_other() {
    std::thread::scope(|scope| {
        for name in ["one", "two", "three"] {
            scope.spawn(move || {
                let labs = Labs::of_caller();
                for _ in 0..3 {
                    up(&labs, &BRIDGE.replace("name: t", &format!("name: {name}"))).unwrap();
                    sh(&format!("ip netns exec {name}-a ping -c 1 -W 5 10.0.0.2"));
                    down(&labs, name);
                }
            });
        }
        // Of several who make the same, one does.
        let makers: Vec<_> = (0..3).map(|_| scope.spawn(|| up(&Labs::of_caller(), PAIR).map(drop))).collect();
        let made = makers.into_iter().map(|maker| maker.join().unwrap());
        let (done, refused): (Vec<_>, Vec<_>) = made.partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (1, 2));
        assert!(refused.iter().all(|error| matches!(error, Err(LabError::Exists { .. }))), "{refused:?}");
    });
    sh("ip netns exec t-a ping -c 1 -W 5 10.0.0.2");
    down(&Labs::of_caller(), "t");
    assert_nothing_is_left("all");
}

const HOST: &str = "
name: t
topology:
  nodes: {a: {namespaces: net}}
  links:
    - {endpoints: ['a:eth1', 'host:lab-a'], addr: [10.0.0.1/24, 10.0.0.2/24]}
";

fn host_ends_go_with_the_lab() {
    let labs = Labs::of_caller();
    up(&labs, HOST).unwrap();
    assert!(sh("ip link show lab-a").contains("alias insula:lab=t"));
    sh("ping -c 1 -W 5 10.0.0.1");
    down(&labs, "t");
    while !fails("ip link show lab-a") {
        std::thread::yield_now();
    }
    sh("ip link add br0 type bridge && ip link set br0 up && ip addr add 10.0.0.9/24 dev br0");
    let bridged = "
name: t
topology:
  nodes: {a: {namespaces: net}, br0: {kind: bridge, network-mode: host}}
  links: [{endpoints: ['a:eth1', 'br0:lab-a'], addr: [10.0.0.1/24, '']}]
";
    up(&labs, bridged).unwrap();
    assert!(sh("ip link show lab-a").contains("master br0"));
    sh("ping -c 1 -W 5 10.0.0.1");
    down(&labs, "t");
    while !fails("ip link show lab-a") {
        std::thread::yield_now();
    }
    sh("ip link show br0 && ip link delete br0");
    let error = up(&labs, bridged).unwrap_err();
    assert_eq!(error.to_string(), "there is no bridge `br0` in this network namespace");
    assert_nothing_is_left("down");
}

fn host_is_a_node_where_commands_run() {
    let labs = Labs::of_caller();
    let text = "
name: t
topology:
  nodes:
    a: {namespaces: net, exec: [hostname]}
    h: {kind: host, env: {WORD: host}, exec: [sh -c 'echo $WORD; readlink /proc/self/ns/net', ip link set lo up]}
    br0: {kind: bridge, network-mode: host, exec: [ip -br link show br0]}
  links:
    - {endpoints: ['a:eth1', 'h:lab-h'], addr: [10.0.0.1/24, 10.0.0.2/24]}
checks:
  - reachable: {from: a, to: h}
  - reachable: {from: h, to: a}
";
    let bridge = sh("ip link add br0 type bridge && ip -br link show br0");
    let (lab, said) = up(&labs, text).unwrap();
    assert_eq!(said[1], format!("h: host\n{}", sh("readlink /proc/self/ns/net").trim()));
    assert_eq!(said[3], format!("br0: {}", bridge.trim()));
    assert!(sh("ip addr show lab-h").contains("10.0.0.2/24"));
    assert!(sh("ip link show lab-h").contains("alias insula:lab=t"));
    sh("ping -c 1 -W 5 10.0.0.1 && ip netns exec t-a ping -c 1 -W 5 10.0.0.2");
    let verdicts = labs.check(lab.topology()).unwrap();
    assert!(verdicts.iter().all(|verdict| verdict.holds == Holds::Yes), "{verdicts:?}");
    assert!(lab.node(&labs, "h").unwrap().1.is_none() && lab.node(&labs, "a").unwrap().1.is_some());
    assert_eq!(sh("ls /run/netns"), "t-a\n");
    down(&labs, "t");
    sh("ip link delete br0");
    assert_nothing_is_left("down");
    // What fails on the host takes the lab away as well.
    let failing = "{name: t, topology: {nodes: {a: , h: {kind: host, exec: ['false']}}}}";
    let error = up(&labs, failing).unwrap_err();
    assert_eq!(error.to_string(), "node `h`: `false` exited with status 1");
    assert_nothing_is_left("command");
}

fn management_network_goes_with_the_lab() {
    let labs = Labs::of_caller();
    let text = "
name: t
mgmt: {ipv4-subnet: 172.20.20.0/24, mtu: 1400}
topology:
  defaults: {namespaces: net}
  nodes: {a: , b: }
  links:
    - {endpoints: ['a:eth0', 'mgmt-net:t-a'], addr: [172.20.20.2/24]}
    - {type: mgmt-net, endpoint: {node: b, interface: eth0, addr: 172.20.20.3/24}, host-interface: t-b}
";
    up(&labs, text).unwrap();
    let shown = sh("ip -d addr show mgmt-t");
    for part in ["bridge", "alias insula:lab=t", "172.20.20.1/24", "mtu 1400", ",UP"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(sh("ip link show t-a").contains("master mgmt-t"));
    assert!(sh("nft list ruleset").contains("mgmt-t"), "it has no walls");
    for command in [
        "ping -c 1 -W 5 172.20.20.2",
        "ip netns exec t-b ping -c 1 -W 5 172.20.20.2",
        "ip netns exec t-b ping -c 1 -W 5 172.20.20.1",
    ] {
        sh(command);
    }
    down(&labs, "t");
    assert_nothing_is_left("down");
    // A bridge that is there is taken as it is, and stays; anything else is in the way.
    sh("ip link add mine type bridge && ip link set mine up");
    let given = text.replace("mtu: 1400", "bridge: mine");
    up(&labs, &given).unwrap();
    assert!(sh("ip link show t-b").contains("master mine"));
    sh("ip netns exec t-b ping -c 1 -W 5 172.20.20.2");
    down(&labs, "t");
    assert!(!sh("ip addr show mine").contains("172.20.20.1"));
    sh("ip link delete mine && ip link add mine type veth peer name other");
    let error = up(&labs, &given).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the management network is to be a bridge, and `mine` in this network namespace is none"
    );
    sh("ip link delete mine");
    assert_nothing_is_left("no bridge");
}

fn links_lead_outside() {
    let labs = Labs::of_caller();
    sh("ip link add x0 type bridge && ip link set x0 up && ip addr add 192.0.2.1/24 dev x0");
    let text = "
name: t
topology:
  nodes: {a: {namespaces: net}, b: {namespaces: net}}
  links:
    - {type: macvlan, endpoint: {node: a, interface: eth1, addr: 192.0.2.2/24}, host-interface: x0}
    - {endpoints: ['b:eth1', 'macvlan:x0'], addr: [192.0.2.3/24]}
    - {type: vxlan, endpoint: {node: a, interface: vx, mac: '02:00:00:00:00:07'}, remote: 192.0.2.9, vni: 7, dst-port: 14789}
";
    up(&labs, text).unwrap();
    sh("ip netns exec t-a ping -c 1 -W 5 192.0.2.3");
    let tunnel = sh("ip -n t-a -d link show vx");
    for part in ["vxlan id 7 remote 192.0.2.9", "dstport 14789", "02:00:00:00:00:07", ",UP"] {
        assert!(tunnel.contains(part), "{part}: {tunnel}");
    }
    down(&labs, "t");
    let error = up(&labs, &text.replace("macvlan:x0", "macvlan:x1")).unwrap_err();
    assert_eq!(error.to_string(), "there is no interface `x1` in this network namespace");
    sh("ip link delete x0");
    assert_nothing_is_left("down");
}

fn stitched_tunnel_is_one_way_through_the_host() {
    let labs = Labs::of_caller();
    // Another machine, with a tunnel of `ip` that ends there.
    sh("ip netns add far
ip link add up0 type veth peer name up0 netns far
ip addr add 192.0.2.1/24 dev up0 && ip link set up0 up && ip -n far addr add 192.0.2.9/24 dev up0 && ip -n far link set up0 up
ip -n far link add vx type vxlan id 7 remote 192.0.2.1 dstport 14789
ip -n far addr add 10.9.0.9/24 dev vx && ip -n far addr add fd09::9/64 dev vx nodad && ip -n far link set vx up");
    let text = "
name: t
topology:
  nodes: {node: {namespaces: net}}
  links:
    - {type: vxlan-stitch, endpoint: {node: node, interface: eth1, addr: [10.9.0.1/24, 'fd09::1/64']}, remote: 192.0.2.9, vni: 7, src-port: 5000}
";
    up(&labs, text).unwrap();
    sh("ip netns exec t-node ping -c 1 -W 5 -M do -s 1422 10.9.0.9");
    sh("ip netns exec far ping -c 1 -W 5 fd09::1");
    let tunnel = sh("ip -d link show dev vx-t-node_eth1");
    for part in [
        "vxlan id 7 remote 192.0.2.9",
        "srcport 5000 5001 dstport 14789",
        "mtu 1450",
        ",UP",
        "alias insula:lab=t",
    ] {
        assert!(tunnel.contains(part), "{part}: {tunnel}");
    }
    // The host is on the way, and not there: it has no address, and answers nobody.
    for name in ["vx-t-node_eth1", "ve-t-node_eth1"] {
        assert!(!sh(&format!("ip addr show dev {name}")).contains("inet"), "{name}");
        assert!(sh(&format!("tc filter show dev {name} ingress")).contains("Egress Redirect"), "{name}");
    }
    sh("ip addr add 10.9.0.5/24 dev vx-t-node_eth1");
    assert!(fails("ip netns exec far ping -c 1 -W 1 10.9.0.5"));
    down(&labs, "t");
    assert!(fails("ip link show dev vx-t-node_eth1") && fails("ip link show dev ve-t-node_eth1"));
    // What has one of its names is somebody else's.
    sh("ip link add vx-t-a_e type bridge");
    let short =
        text.replace("{node: {", "{a: {").replace("node: node, interface: eth1", "node: a, interface: e");
    let error = up(&labs, &short).unwrap_err();
    assert!(matches!(error, LabError::InterfaceExists { line: 6, .. }), "{error:?}");
    sh("ip link delete vx-t-a_e && ip link delete up0 && ip netns delete far");
    assert_nothing_is_left("down");
}

fn routes_and_long_names_are_there() {
    let labs = Labs::of_caller();
    let text = "
name: t
topology:
  nodes:
    a: {namespaces: net, routes: [10.2.0.0/16 via 10.1.0.2, default via 10.1.0.2 dev interface-number-one/1]}
    b: {namespaces: net, routes: '10.3.0.0/24 dev eth1'}
  links:
    - {endpoints: ['a:interface-number-one/1', 'b:eth1'], addr: [10.1.0.1/24, 10.1.0.2/24]}
";
    up(&labs, text).unwrap();
    let routes = sh("ip -n t-a route");
    for part in ["10.2.0.0/16 via 10.1.0.2 dev interfac~", "default via 10.1.0.2 dev interfac~"] {
        assert!(routes.contains(part), "{part}: {routes}");
    }
    sh("ip -n t-a link show dev interface-number-one-1");
    assert!(sh("ip -n t-b route").contains("10.3.0.0/24 dev eth1 scope link"));
    down(&labs, "t");
    assert_nothing_is_left("down");
}

fn dummies_are_made() {
    let labs = Labs::of_caller();
    let text =
        "{name: t, topology: {nodes: {a: }, links: [{endpoints: ['a:d', dummy], addr: [10.0.0.1/32]}]}}";
    up(&labs, text).unwrap();
    assert!(sh("ip -n t-a -d link show d").contains("dummy"));
    sh("ip netns exec t-a ping -c 1 -W 5 10.0.0.1");
    down(&labs, "t");
    assert_nothing_is_left("down");
}

fn impairments_are_of_their_direction() {
    let labs = Labs::of_caller();
    let text = "
name: t
topology:
  nodes: {a: {namespaces: net}, b: {namespaces: net}}
  links:
    - endpoints:
        - {node: a, interface: e, addr: 10.0.0.1/24, impairments: {delay: 40ms, jitter: 1ms, loss: 0.5%}}
        - {node: b, interface: e, addr: 10.0.0.2/24}
    - {endpoints: ['a:f', 'b:f'], impairments: {rate: 20mbit}}
";
    up(&labs, text).unwrap();
    let shown = sh("tc -n t-a qdisc show dev e");
    assert!(
        shown.contains("netem") && shown.contains("delay 40ms  1ms") && shown.contains("loss 0.5%"),
        "{shown}"
    );
    assert!(!sh("tc -n t-b qdisc show dev e").contains("netem"));
    for node in ["a", "b"] {
        let shown = sh(&format!("tc -n t-{node} qdisc show dev f"));
        assert!(shown.contains("rate 20Mbit"), "{shown}");
    }
    sh("ip netns exec t-a ping -c 3 -W 5 10.0.0.2");
    down(&labs, "t");
    assert_nothing_is_left("down");
}

fn ring_has_its_delays_and_paths() {
    let labs = Labs::of_caller();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/labs/ring.clab.yml");
    let (lab, _) = up(&labs, &fs::read_to_string(file).unwrap()).unwrap();
    let verdicts = labs.check(lab.topology()).unwrap();
    for (check, verdict) in lab.topology().checks.iter().zip(&verdicts) {
        let found = format!("{}: {}", lab.topology().describe(check), verdict.found);
        // An emulated machine may be slower than the longest time, but nothing is faster than the shortest.
        let slow = matches!((&check.expect, &verdict.found), (Expect::Delay { least, .. }, Found::Reply(Reply::Answer(time))) if time >= least);
        assert!(verdict.holds == Holds::Yes || slow, "{found}");
    }
    down(&labs, "ring");
    assert_nothing_is_left("down");
}

/// How somebody goes on after the interruption.
#[derive(Clone, Copy, Debug)]
enum Next {
    Collect,
    Down,
    UpAndDown,
}

fn recover_from_every_step() {
    for step in LabStep::ALL {
        for next in [Next::Collect, Next::Down, Next::UpAndDown] {
            let what = format!("killed after {step:?}, then {next:?}");
            let mut maker = Command::new(env::current_exe().unwrap());
            maker.env("INSULA_ROLE", "maker").env("STEP", format!("{step:?}"));
            let output = maker.output().unwrap();
            assert_eq!(output.status.signal(), Some(9), "{what}: {output:?}");
            recover(step, next, &what);
            // What made the first namespace may still be on its way out.
            assert_nothing_is_left(&what);
        }
    }
}

/// Makes a lab and takes it away, unless it is killed before.
fn make_and_remove() {
    let step = env::var("STEP").unwrap();
    let step = LabStep::ALL.into_iter().find(|one| format!("{one:?}") == step).unwrap();
    let labs = Labs::of_caller().killed_after(step);
    let lab = match step {
        LabStep::NodesAside | LabStep::UnmountNodes => crowd(),
        _ => pair_at_the_host(),
    };
    up(&labs, &lab).unwrap();
    down(&labs, "t");
}

fn recover(step: LabStep, next: Next, what: &str) {
    let labs = Labs::of_caller();
    let collect = || {
        let planned = labs.collect(Disposal::DryRun).unwrap();
        let done = labs.collect(Disposal::Remove).unwrap();
        assert_eq!(planned.0, done.0, "{what}");
        assert!(done.1.is_empty(), "{what}: {:?}", done.1);
        let rest = Sets::of_caller().collect(Disposal::Remove).unwrap();
        assert!(rest.failures.is_empty(), "{what}: {:?}", rest.failures);
        let rest = Networks::of_caller().collect(Disposal::Remove).unwrap();
        assert!(rest.failures.is_empty(), "{what}: {:?}", rest.failures);
        done.0.len()
    };
    match next {
        Next::Collect if step == LabStep::Ready => {
            assert_eq!(collect(), 0, "{what}");
            down(&labs, "t");
        }
        Next::Collect => assert_eq!(collect(), 1, "{what}"),
        Next::Down => down(&labs, "t"),
        Next::UpAndDown if step == LabStep::Ready => {
            assert!(matches!(up(&labs, &pair_at_the_host()), Err(LabError::Exists { .. })), "{what}");
            down(&labs, "t");
        }
        Next::UpAndDown => {
            up(&labs, &pair_at_the_host()).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            sh("ip netns exec t-a ping -c 1 -W 5 10.0.0.2; ping -c 1 -W 5 10.3.0.2");
            down(&labs, "t");
        }
    }
}
