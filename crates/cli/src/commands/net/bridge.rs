//! `insula net bridge`: a bridge of the host.

use insula_engine::firewall::Egress;
use insula_engine::network::{BridgeMade, Networks, NewBridge};

use super::super::EXITS;
use super::report::{explain, print, tell};
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::report::Failure;

pub(super) const COMMAND: Command<NewBridge> = Command {
    name: "net bridge",
    face: FaceKind::Native,
    about: "Make a bridge that sets can be attached to",
    usage: &["[OPTIONS] NAME"],
    details: "\
Makes an Ethernet bridge in the host's network namespace, up and with an address, and prints it: `host`, the name of the \
interface, its addresses. Without an address, the first of a subnet of 254 is chosen that the host has no address in and no \
route to. `insula net attach` attaches sets to it, and `insula net rm NAME` removes it.

Nothing reaches the sets on it from elsewhere but what `insula net publish` lets in, and the host itself; nor do they reach \
anything past the host. With --nat they do, but for other bridges: what they send gets an address of the host, and `net.ipv4.ip_forward` \
(with an IPv6 address also `net.ipv6.conf.all.forwarding`) is set while it is needed. These rules are in the table `inet insula` \
of nftables.

One that is there already is left as it is, if it is as asked.",
    examples: &[Example {
        line: "insula net bridge lan --addr 10.1.0.1/24 --addr fd00:1::1/64",
        does: "a bridge with an IPv4 and an IPv6 address",
    }, Example {
        line: "insula net bridge lan --addr 10.1.0.1/24 --nat",
        does: "a bridge whose sets reach the Internet if the host does",
    }],
    order: Order::Anywhere,
    flags: &[
        flag("addr", "an address of the host on it; as often as needed").required("ADDRESS/LENGTH", |new, word| {
            words::further(&mut new.addresses, words::address(word)?)
        }),
        flag("nat", "let what is attached reach what the host reaches, by the host's addresses")
            .switch(|new| new.egress = Egress::Nat),
        flag("mtu", "the largest packet, in bytes").required("BYTES", |new, word| {
            new.mtu = Some(words::mtu(word)?);
            Ok(())
        }),
    ],
    exits: EXITS,
    run,
};

#[expect(clippy::needless_pass_by_value, reason = "the signature of every command")]
fn run(new: NewBridge, operands: &[Arg]) -> Result<u8, Failure> {
    let [name] = operands else { return Err(Failure::usage("expected one name")) };
    let name = words::bridge(name)?;
    let BridgeMade { outcome, end } = Networks::of_caller().bridge(&name, &new).map_err(explain)?;
    tell(outcome, &format!("the bridge `{name}` exists"));
    print(&[&end]).map(|()| 0)
}
