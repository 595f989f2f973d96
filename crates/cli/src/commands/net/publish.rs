//! `insula net publish`: ports of the host that lead into a set.

use insula_engine::network::{Networks, Outcome, PublishedNow};

use super::super::EXITS;
use super::report::{explain, tell};
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::output;
use crate::report::{Failure, chain};

pub(super) const COMMAND: Command<()> = Command {
    name: "net publish",
    face: FaceKind::Native,
    about: "Publish ports of a set on the host",
    usage: &["SET [ADDRESS:]PORT[-PORT]:PORT[-PORT][/tcp|/udp]…"],
    details: "\
Lets connections to a port of the host lead to a port of the set: `127.0.0.1:8080:80` is port 80 of the set, at port 8080 of the \
host's loopback. Without an address, the port is published at every address of the host, its loopback included; at `0.0.0.0` or \
`[::]` at every one of IPv4 or of IPv6. Without a protocol it is TCP. As many ports as a range has on the host, it has in the set. An IPv6 address is in brackets.

The set must have an address on an interface that the host has the other end of: `insula net connect`, `insula net attach`. \
Packets are translated by the kernel (nftables, the table `inet insula`); no process of Insula is in their way. The set sees \
who connects, except from the host itself: then it is the host's address on the network between the two.

What is published at 127.0.0.1 is reached by the host's own processes only, though the network that it leads to gets the \
setting `route_localnet` for that: a rule keeps it from sending anything to the host's loopback. For ::1 it gets a route in the \
table `local`, by which answers come back; by a bridge they do only where the packet filter does not see what is bridged \
(`net.bridge.bridge-nf-call-ip6tables` is 0). What is published at every address is not at \
::1. Published at other addresses, packets pass through the \
host: `net.ipv4.ip_forward` or `net.ipv6.conf.all.forwarding` is set if it is not. Settings that were changed are given back \
when nothing needs them any more.

A port that something else is published at, or that a process of the host listens on, is refused. `insula net unpublish` takes it \
back, and so do `insula rm` and, if the set went otherwise, `insula gc`.",
    examples: &[
        Example {
            line: "insula net publish web 127.0.0.1:8080:80/tcp",
            does: "port 80 of the set `web`, for this machine only",
        },
        Example {
            line: "insula net publish dns 53:53/udp 53:53",
            does: "UDP and TCP, at every address",
        },
    ],
    order: Order::Anywhere,
    flags: &[],
    exits: EXITS,
    run,
};

fn run((): (), operands: &[Arg]) -> Result<u8, Failure> {
    let [set, publications @ ..] = operands else { return Err(Failure::usage("expected a set and ports")) };
    if publications.is_empty() {
        return Err(Failure::usage("expected ports, such as `8080:80`"));
    }
    let set = words::set(set)?;
    let publications =
        publications.iter().map(|word| words::publication(word)).collect::<Result<Vec<_>, _>>()?;
    let networks = Networks::of_caller();
    let mut all: Vec<PublishedNow> = Vec::new();
    for publication in publications {
        match networks.publish(&set, &publication) {
            Ok(now) => all.push(now),
            Err(error) => {
                // All of them, or none.
                for made in all.iter().filter(|now| now.outcome == Outcome::Made) {
                    let _ = networks.unpublish(&set, Some(&made.published.publication));
                }
                return Err(explain(error));
            }
        }
    }
    all.iter().try_for_each(report).map(|()| 0)
}

/// Prints what is published now, and tells what may be in the way of it.
fn report(now: &PublishedNow) -> Result<(), Failure> {
    let PublishedNow { outcome, published, .. } = now;
    tell(*outcome, &format!("`{}` is published for `{}`", published.publication, published.owner()));
    warn(now);
    let addresses: Vec<String> = published.addresses.iter().map(ToString::to_string).collect();
    output::print(format!("{}\t{}\t{}\n", published.owner(), published.publication, addresses.join(" ")))
}

/// Tells what may be in the way of what is published.
pub(in super::super) fn warn(now: &PublishedNow) {
    let PublishedNow { published, left_out, obstacles, .. } = now;
    if let Some(why) = left_out {
        output::complain(&Failure::new(format!("only IPv4 is published: {}", chain(why))).text("insula"));
    }
    for obstacle in obstacles {
        let failure = Failure::new(format!("others may not reach it: {obstacle}"));
        output::complain(&failure.hint(obstacle.remedy(published.interface.as_str())).text("insula"));
    }
}
