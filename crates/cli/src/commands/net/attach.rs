//! `insula net attach`: a set on a bridge.

use insula_engine::network::{Attached, DefaultRoute, NetworkError, Networks, NewPort};
use insula_engine::set::SetError;

use super::super::EXITS;
use super::report::{explain, print, tell};
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::report::Failure;

pub(super) const COMMAND: Command<NewPort> = Command {
    name: "net attach",
    face: FaceKind::Native,
    about: "Attach a set to a bridge",
    usage: &["[OPTIONS] SET BRIDGE"],
    details: "\
Makes a veth pair with one end in the set, and the other a port of the bridge, both up, and prints the end in the set: the \
set, the name of the interface, its addresses. Without an address the set gets the first of each of the bridge's subnets that \
neither the bridge nor another set on it has; an address without a length is in the bridge's subnet that it belongs to. A set without a default route gets one by way of the bridge's address.

The interface in the set is called as the bridge is. The bridge can be anybody's, such as `docker0`; nothing but the port is \
added to it.

A set that is attached already, as asked, is left as it is.",
    examples: &[Example {
        line: "insula net attach web lan --addr 10.1.0.2/24",
        does: "puts the set `web` on the bridge `lan`",
    }],
    order: Order::Anywhere,
    flags: &[
        flag("addr", "an address of the set; as often as needed").required("ADDRESS[/LENGTH]", |new, word| {
            words::further(&mut new.addresses, words::port_address(word)?)
        }),
        flag("name", "the name of the interface in the set").required("NAME", |new, word| {
            new.name = Some(words::interface(word)?);
            Ok(())
        }),
        flag("mtu", "the largest packet, in bytes; that of the bridge without").required("BYTES", |new, word| {
            new.mtu = Some(words::mtu(word)?);
            Ok(())
        }),
        flag("no-default-route", "give the set no default route by way of the bridge").switch(|new| {
            new.default_route = DefaultRoute::Never;
        }),
    ],
    exits: EXITS,
    run,
};

#[expect(clippy::needless_pass_by_value, reason = "the signature of every command")]
fn run(new: NewPort, operands: &[Arg]) -> Result<u8, Failure> {
    let [set, bridge] = operands else { return Err(Failure::usage("expected a set and a bridge")) };
    let (set, bridge) = (words::set(set)?, words::bridge(bridge)?);
    let networks = Networks::of_caller();
    let Attached { outcome, end, .. } = networks.attach(&set, &bridge, &new).map_err(|error| {
        let missing = matches!(&error, NetworkError::Set(SetError::Missing { .. }));
        let failure = explain(error);
        match set.word().parse() {
            Ok(other) if missing && networks.has_bridge(&other).unwrap_or(false) => {
                failure.hint(format!("`{other}` is a bridge: `insula net attach {bridge} {other}`"))
            }
            _ => failure,
        }
    })?;
    tell(outcome, &format!("{set} is attached to `{bridge}`"));
    print(&[&end]).map(|()| 0)
}
