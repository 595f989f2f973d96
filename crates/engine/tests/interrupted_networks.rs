//! Who makes or takes away a network is killed at each step; whatever is done next, nothing is left in the end.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start processes and fail by panicking"
)]

use std::env;
use std::fmt::Debug;
use std::net::UdpSocket;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use insula_engine::firewall::Egress;
use insula_engine::network::{
    BridgeName, Flow, Inward, Limit, LimitScope, NetworkStep, Networks, NewBridge, NewConnection, NewPort,
    Ports, Relocation, Resolver, Site,
};
use insula_engine::set::{Disposal, Inside, NewSet, Sets};
use insula_net::{Connection, Netlink, Protocol};
use insula_ns::{Kind, Namespace};
use libtest_mimic::{Arguments, Completion, Trial};

fn main() {
    // The program starts itself again as what is described below.
    match env::var("INSULA_ROLE").as_deref() {
        Ok("world") => recover_from_every_step(),
        Ok("maker") => make_and_take_away(),
        _ => {
            let leaves_nothing = |what: &'static str| {
                Trial::test(format!("{what}_leaves_nothing"), move || {
                    in_world(&[what], &NetworkStep::ALL, &[Next::Collect, Next::MakeAndTakeAway]);
                    Ok(())
                })
            };
            let mut trials: Vec<_> = WHATS.into_iter().map(leaves_nothing).collect();
            // A type of link that this kernel may lack.
            trials.push(Trial::ignorable_test("wireguard_leaves_nothing", || {
                let try_it = "unshare --map-root-user --net ip link add wg0 type wireguard 2>&1 || true";
                match sh(try_it).trim() {
                    "" => {
                        in_world(&["wireguard"], &STEPS_OF_WIREGUARD, &[Next::Collect]);
                        Ok(Completion::Completed)
                    }
                    why => Ok(Completion::ignored_with(format!("no WireGuard: {why}"))),
                }
            }));
            libtest_mimic::run(&Arguments::from_args(), trials).exit();
        }
    }
}

const WORLD: &str = r#"
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/bin
cp "$1" /run/bin/test
INSULA_ROLE=world /run/bin/test
"#;

/// Interrupts and recovers in a world of its own, whose network plays the host's.
fn in_world(whats: &[&str], steps: &[NetworkStep], next: &[Next]) {
    let mut command = Command::new("unshare");
    command.env("INSULA_WHATS", whats.join(" "));
    command.env("INSULA_STEPS", words(steps));
    command.env("INSULA_NEXT", words(next));
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args([
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--propagation=private",
        "--mount-proc",
    ]);
    command.args(["sh", "-c", WORLD, "sh"]).arg(env::current_exe().unwrap());
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
}

/// Values as the words of a variable.
fn words<T: Debug>(values: &[T]) -> String {
    values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(" ")
}

/// Those of `all` that a variable has the words of.
fn of_words<T: Debug + Copy>(name: &str, all: &[T]) -> Vec<T> {
    let text = env::var(name).unwrap();
    let is_named = |value: &&T| text.split(' ').any(|word| word == format!("{value:?}"));
    all.iter().filter(is_named).copied().collect()
}

/// What only WireGuard has: in the host yet, in the set and half furnished, answering for names, and gone while it answers. The
/// machine with such a kernel may be an emulated one, where each of them takes many seconds.
const STEPS_OF_WIREGUARD: [NetworkStep; 4] =
    [NetworkStep::Make, NetworkStep::Address, NetworkStep::Delete, NetworkStep::Cover];

/// What is made, and taken away again.
const WHATS: [&str; 12] = [
    "connect",
    "connect-long",
    "bridge",
    "attach",
    "nat",
    "publish",
    "publish-six",
    "forward",
    "dns",
    "dns-inside",
    "move",
    "limit",
];

fn set(name: &str) -> Site {
    Site::Set(name.parse().unwrap())
}

fn bridge() -> BridgeName {
    "a-bridge-with-a-long-name".parse().unwrap()
}

fn connection() -> NewConnection {
    NewConnection { addresses: vec!["10.0.0.1/24".parse().unwrap()], ..NewConnection::default() }
}

/// Both ways of an interface that is not ours: what comes in takes an interface more.
fn scope() -> LimitScope {
    LimitScope { interface: Some("stranger".to_owned()), flows: vec![Flow::Out, Flow::In] }
}

/// A tunnel with a name server, which goes with it.
const TUNNEL: &str = "\
[Interface]
PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
Address = 10.8.0.2/24
DNS = 10.8.0.1
[Peer]
PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
AllowedIPs = 10.9.0.0/16
Endpoint = 127.0.0.1:51820
";

/// What the interface that moves is called where it goes.
const LONG_NAME: &str = "an-interface-with-a-long-name";

/// How somebody goes on after the interruption.
#[derive(Clone, Copy, Debug)]
enum Next {
    Collect,
    MakeAndTakeAway,
}

fn recover_from_every_step() {
    let sets = Sets::of_caller();
    for name in ["a", "b", "a-set-with-a-long-name"] {
        sets.create(&name.parse().unwrap(), NewSet::new(Kind::Net.into()).unwrap()).unwrap();
    }
    let with_mounts = NewSet::new(Kind::Net | Kind::Mnt).unwrap();
    sets.create(&"own".parse().unwrap(), with_mounts).unwrap();
    // What is moved: it has an address, and is up.
    sh(
        "ip link add name moved type veth peer name still; ip address add 10.7.0.1/24 dev moved; ip link set moved up",
    );
    // What has the names that ours would have is a stranger's, and stays.
    sh(
        "ip link add name b type veth peer name stranger; ip -n a link add name b type veth peer name stranger",
    );
    sh("ip link set lo up");
    let before = links();
    for what in env::var("INSULA_WHATS").unwrap().split(' ') {
        for step in of_words("INSULA_STEPS", &NetworkStep::ALL) {
            for next in of_words("INSULA_NEXT", &[Next::Collect, Next::MakeAndTakeAway]) {
                let case = format!("{what} killed after {step:?}, then {next:?}");
                let was_killed = interrupt(what, step);
                recover(what, next, was_killed, &case);
                assert_eq!(links(), before, "{case}");
                assert_eq!(connections(), 0, "{case}");
                assert!(!Path::new("/run/insula/.net").exists(), "{case}");
                if !was_killed {
                    // It does not come to this step.
                    break;
                }
            }
        }
    }
    for name in ["a", "b", "a-set-with-a-long-name", "own"] {
        sets.remove(&name.parse().unwrap(), Inside::Spare).unwrap();
    }
    assert!(!Path::new("/run/insula").exists());
}

/// Whether the process came to the step.
fn interrupt(what: &str, step: NetworkStep) -> bool {
    let output = Command::new(env::current_exe().unwrap())
        .env("INSULA_ROLE", "maker")
        .env("WHAT", what)
        .env("STEP", format!("{step:?}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || output.status.signal() == Some(9), "{}: {said}", output.status);
    output.status.signal().is_some()
}

fn make_and_take_away() {
    let (what, step) = (env::var("WHAT").unwrap(), env::var("STEP").unwrap());
    let step = NetworkStep::ALL.into_iter().find(|one| format!("{one:?}") == step).unwrap();
    make_and_unmake(&what, &Networks::of_caller().killed_after(step));
}

fn make_and_unmake(what: &str, networks: &Networks) {
    let long = set("a-set-with-a-long-name");
    match what {
        "connect" => {
            networks.connect(&set("a"), &Site::Host, &connection()).unwrap();
            networks.disconnect(&set("a"), &Site::Host, None).unwrap();
        }
        "connect-long" => {
            networks.connect(&set("a"), &long, &connection()).unwrap();
            networks.disconnect(&long, &set("a"), None).unwrap();
        }
        "bridge" => {
            networks.bridge(&bridge(), &NewBridge::default()).unwrap();
            assert!(networks.remove_bridge(&bridge(), Ports::Spare).unwrap());
        }
        "nat" => {
            let new = NewBridge { egress: Egress::Nat, ..NewBridge::default() };
            networks.bridge(&bridge(), &new).unwrap();
            assert!(networks.remove_bridge(&bridge(), Ports::Spare).unwrap());
        }
        "dns" => make_and_unmake_answers("a", networks),
        "dns-inside" => make_and_unmake_answers("own", networks),
        "move" => {
            for (interface, from, to, name) in
                [("moved", Site::Host, set("a"), LONG_NAME), (LONG_NAME, set("a"), Site::Host, "moved")]
            {
                let name = Some(name.to_owned());
                let how = Relocation { interface: interface.to_owned(), from, to, name };
                networks.relocate(&how).unwrap();
            }
        }
        "limit" => {
            for rate in ["20mbit", "10mbit"] {
                let limit = Limit { rate: Some(rate.parse().unwrap()), ..Limit::default() };
                networks.limit(&set("a"), &scope(), Some(&limit)).unwrap();
            }
            networks.limit(&set("a"), &scope(), None).unwrap();
        }
        "forward" => {
            networks.bridge(&bridge(), &NewBridge::default()).unwrap();
            let addresses = ["10.0.0.1/24", "fd00::1/64"].map(|text| text.parse().unwrap()).to_vec();
            let new = NewConnection { addresses, ..NewConnection::default() };
            networks.connect(&set("a"), &Site::Host, &new).unwrap();
            for (inward, service) in [
                (Inward::Bridge(bridge()), "53:127.0.0.53:53/udp"),
                (Inward::Set("a".parse().unwrap()), "[::1]:7000"),
            ] {
                let service = service.parse().unwrap();
                networks.forward(&inward, &service).unwrap();
                assert_eq!(networks.unforward(inward.name(), Some(&service)).unwrap().len(), 1);
            }
            networks.disconnect(&set("a"), &Site::Host, None).unwrap();
            assert!(networks.remove_bridge(&bridge(), Ports::Spare).unwrap());
        }
        "wireguard" => {
            networks.wireguard(&set("a"), "wg0", &TUNNEL.parse().unwrap()).unwrap();
            assert_eq!(networks.remove_wireguard(&set("a"), None).unwrap(), ["wg0"]);
        }
        "publish-six" => {
            // Where it is 1, what is published at ::1 gets no answer by a bridge, and is refused.
            let _ = std::fs::write("/proc/sys/net/bridge/bridge-nf-call-ip6tables", "0");
            let addresses = ["10.9.0.1/24", "fd00:9::1/64"].map(|text| text.parse().unwrap()).to_vec();
            networks.bridge(&bridge(), &NewBridge { addresses, ..NewBridge::default() }).unwrap();
            networks.attach(&set("b"), &bridge(), &NewPort::default()).unwrap();
            let port = "[::1]:8084:80".parse().unwrap();
            networks.publish(&set("b"), &port).unwrap();
            assert_eq!(networks.unpublish(&set("b"), Some(&port)).unwrap().len(), 1);
            networks.remove_bridge(&bridge(), Ports::Detach).unwrap();
        }
        "publish" => {
            networks.bridge(&bridge(), &NewBridge::default()).unwrap();
            networks.attach(&set("b"), &bridge(), &NewPort::default()).unwrap();
            let ports = ["127.0.0.1:8080:80", "8081-8083:80-82/udp"].map(|text| text.parse().unwrap());
            for port in &ports {
                networks.publish(&set("b"), port).unwrap();
            }
            // A connection, which the kernel keeps track of for half a minute.
            UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"?", "127.0.0.1:8081").unwrap();
            assert_eq!(connections(), 1);
            for port in &ports {
                assert_eq!(networks.unpublish(&set("b"), Some(port)).unwrap().len(), 1);
            }
            assert_eq!(connections(), 0);
            networks.remove_bridge(&bridge(), Ports::Detach).unwrap();
        }
        _ => {
            networks.bridge(&bridge(), &NewBridge::default()).unwrap();
            networks.attach(&set("b"), &bridge(), &NewPort::default()).unwrap();
            networks.attach(&long, &bridge(), &NewPort::default()).unwrap();
            assert!(networks.detach(&set("b"), &bridge()).unwrap());
            networks.remove_bridge(&bridge(), Ports::Detach).unwrap();
        }
    }
}

fn make_and_unmake_answers(name: &str, networks: &Networks) {
    let name = name.parse().unwrap();
    for server in ["10.1.0.1", "10.1.0.2"] {
        let servers = vec![server.parse().unwrap()];
        networks.set_resolver(&name, &Resolver { servers, ..Resolver::default() }).unwrap();
        let set = Sets::of_caller().find(&name).unwrap();
        let room = networks.room(&set).unwrap();
        let mnt = room.unwrap_or_else(|| set.open(Kind::Mnt).unwrap());
        assert!(sh_in(&mnt, "cat /etc/resolv.conf").contains(server));
    }
    assert!(networks.clear_resolver(&name).unwrap());
}

fn recover(what: &str, next: Next, was_killed: bool, case: &str) {
    let networks = Networks::of_caller();
    match next {
        Next::Collect => {
            let planned = networks.collect(Disposal::DryRun).unwrap();
            let done = networks.collect(Disposal::Remove).unwrap();
            assert!(done.failures.is_empty(), "{case}: {:?}", done.failures);
            assert!(planned.garbage.len() >= done.garbage.len(), "{case}");
            assert!(was_killed || done.garbage.is_empty(), "{case}: {:?}", done.garbage);
        }
        Next::MakeAndTakeAway => make_and_unmake(what, &networks),
    }
    // What was complete stays, and is taken away as ever.
    networks.remove_wireguard(&set("a"), None).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    if what != "wireguard" {
        take_away(&networks, case);
    }
    networks.collect(Disposal::Remove).unwrap();
}

fn take_away(networks: &Networks, case: &str) {
    for (one, other) in [("a", Site::Host), ("a", set("a-set-with-a-long-name"))] {
        networks.disconnect(&set(one), &other, None).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    }
    for name in ["a", "own"] {
        networks.clear_resolver(&name.parse().unwrap()).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    }
    let name = Some("moved".to_owned());
    let how = Relocation { interface: LONG_NAME.to_owned(), from: set("a"), to: Site::Host, name };
    networks.relocate(&how).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    networks.limit(&set("a"), &scope(), None).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    networks.unpublish(&set("b"), None).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    for name in [bridge().as_str(), "a"] {
        networks.unforward(&name.parse().unwrap(), None).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    }
    networks.remove_bridge(&bridge(), Ports::Detach).unwrap_or_else(|error| panic!("{case}: {error:?}"));
}

/// What there is of links, limits, addresses, mounts, settings and rules; numbers of links may have changed.
fn links() -> String {
    sh("links() { ip \"$@\" -o link | sed 's/^[0-9]*: //; s/@[^:]*//; s/ state .*//' | sort; }; \
         for set in a b a-set-with-a-long-name; do links -n $set; tc -n $set qdisc; done; links; ip -o -4 address show moved | cut -d' ' -f 2-; \
         ip -6 route show table local | grep '^local ::1'; cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding; nft list ruleset")
}

/// How many connections there are to a port that is published.
fn connections() -> usize {
    let mut netfilter = Netlink::open(Protocol::Netfilter).unwrap();
    let all = Connection::list(&mut netfilter).unwrap();
    all.iter().filter(|one| one.original.destination.port() == 8081).count()
}

/// In a mount namespace.
fn sh_in(mnt: &Namespace, script: &str) -> String {
    let path = format!("/proc/{}/fd/{}", std::process::id(), mnt.as_fd().as_raw_fd());
    sh(&format!("nsenter --mount={path} sh -ec '{script}'"))
}

fn sh(script: &str) -> String {
    let output = Command::new("sh").args(["-ec", script]).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
