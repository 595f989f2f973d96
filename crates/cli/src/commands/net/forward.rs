//! `insula net forward`: services of the host's loopback that a network reaches.

use insula_engine::network::{ForwardedNow, Networks, Outcome};

use super::super::EXITS;
use super::report::{explain, tell};
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::output;
use crate::report::Failure;

pub(super) const COMMAND: Command<()> = Command {
    name: "net forward",
    face: FaceKind::Native,
    about: "Let a network reach a service at the host's loopback",
    usage: &["SET|BRIDGE [PORT[-PORT]:]ADDRESS:PORT[-PORT][/tcp|/udp]…"],
    details: "\
Lets a set, or all that is attached to a bridge, reach a service that listens at the host's loopback alone: `127.0.0.1:5432` is \
reached at port 5432 of the host's address on that network, which is printed, and `15432:127.0.0.1:5432` at port 15432 of it. \
ADDRESS is one of 127.0.0.0/8, or [::1], which is reached at an IPv6 address of the host. Without a protocol it is TCP. A range is \
reached at as many ports as it has.

A set must have a connection of its own with the host (`insula net connect SET host`): those on a bridge can speak for each other, \
so there all of them reach the service, or none. Nobody else does, neither other networks nor who is beyond the host, and no other \
port of the loopback is reached: packets are translated by the kernel (nftables, the table `inet insula`) only if they come by \
that interface for that address and port. The interface gets the setting `route_localnet` for that, and a rule keeps all else that \
comes by it from 127.0.0.0/8; for ::1 it gets a route (`ip -6 route show table local`), and the kernel drops what says ::1 on the wire; by a bridge, ::1 is reached \
only where the packet filter does not see what is bridged (`net.bridge.bridge-nf-call-ip6tables` is 0). The service sees the address of who connects.

A service that listens at the host's address on the network, or at all of them, is reached without this, and refused here. \
`insula net unforward` takes it back, and so do `insula rm`, `insula net rm` and, if the network went otherwise, `insula gc`.",
    examples: &[
        Example {
            line: "insula net forward web 127.0.0.1:5432",
            does: "the set `web` reaches the host's database, at the host's end of their connection",
        },
        Example {
            line: "insula net forward lan 53:127.0.0.53:53/udp",
            does: "all that is attached to the bridge `lan` reaches the host's resolver",
        },
    ],
    order: Order::Anywhere,
    flags: &[],
    exits: EXITS,
    run,
};

fn run((): (), operands: &[Arg]) -> Result<u8, Failure> {
    let [network, forwards @ ..] = operands else {
        return Err(Failure::usage("expected a set or bridge, and services of the host"));
    };
    if forwards.is_empty() {
        return Err(Failure::usage("expected services of the host, such as `127.0.0.1:5432`"));
    }
    let networks = Networks::of_caller();
    let network = words::inward(&networks, network)?;
    let forwards = forwards.iter().map(|word| words::forward(word)).collect::<Result<Vec<_>, _>>()?;
    let mut all: Vec<ForwardedNow> = Vec::new();
    for forward in forwards {
        match networks.forward(&network, &forward) {
            Ok(now) => all.push(now),
            Err(error) => {
                // All of them, or none.
                for made in all.iter().filter(|now| now.outcome == Outcome::Made) {
                    let _ = networks.unforward(network.name(), Some(&made.forwarded.forward));
                }
                return Err(explain(error));
            }
        }
    }
    all.iter().try_for_each(report).map(|()| 0)
}

fn report(now: &ForwardedNow) -> Result<(), Failure> {
    let ForwardedNow { outcome, forwarded, obstacles } = now;
    let (forward, name) = (&forwarded.forward, forwarded.client.name());
    tell(*outcome, &format!("`{forward}` is forwarded for `{name}`"));
    for obstacle in obstacles {
        let failure = Failure::new(format!("`{name}` may not reach it: {obstacle}"));
        output::complain(&failure.hint(obstacle.remedy(forwarded.interface.as_str())).text("insula"));
    }
    output::print(format!("{name}\t{forward}\t{}\n", forwarded.address))
}
