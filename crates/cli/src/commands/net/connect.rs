//! `insula net connect`: a veth pair.

use insula_engine::network::{Connected, DefaultRoute, Networks, NewConnection};

use super::super::EXITS;
use super::report::{explain, print, tell};
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::report::Failure;

pub(super) const COMMAND: Command<NewConnection> = Command {
    name: "net connect",
    face: FaceKind::Native,
    about: "Connect two sets, or a set and the host, by a veth pair",
    usage: &["[OPTIONS] SET SET|host"],
    details: "\
Makes a veth pair with one end in each, both up and with addresses, and prints the ends, one a line: where, the name of the \
interface, its addresses. Without addresses a subnet of two is chosen that neither the two nor the host have an address in \
or a route to; the host, or else the first, gets the first address. With addresses for one end, the other gets the next \
free ones of the same subnets.

Where the two have addresses in different networks, each gets a route to the other. A set that is connected with the host gets a \
default route by way of it, unless it has one: what the host lets through is another matter.

An interface is called by what it leads to: in `web` the one to `db` is `db`. If somebody else's interface has that name, a \
name is derived from it; one that was asked for is an error then.

If the two are connected already and nothing else was asked for, that is printed and nothing is changed. `--name` with \
another name makes a second connection.",
    examples: &[
        Example {
            line: "insula net connect web host --addr 172.16.0.2/24 --peer-addr 172.16.0.1/24",
            does: "a cable from the set `web` to the host",
        },
        Example {
            line: "insula net connect r1 r2 --name eth1 --peer-name eth1 --mtu 9000",
            does: "two routers, with the names that their configuration has, and addresses chosen",
        },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("addr", "an address of the first end; as often as needed").required("ADDRESS/LENGTH", |new, word| {
            words::further(&mut new.addresses, words::address(word)?)
        }),
        flag("peer-addr", "an address of the second end; as often as needed").required(
            "ADDRESS/LENGTH",
            |new, word| {
                words::further(&mut new.peer_addresses, words::address(word)?)
            },
        ),
        flag("name", "the name of the interface at the first end").required("NAME", |new, word| {
            new.name = Some(words::interface(word)?);
            Ok(())
        }),
        flag("peer-name", "the name of the interface at the second end").required("NAME", |new, word| {
            new.peer_name = Some(words::interface(word)?);
            Ok(())
        }),
        flag("mtu", "the largest packet, in bytes").required("BYTES", |new, word| {
            new.mtu = Some(words::mtu(word)?);
            Ok(())
        }),
        flag("no-default-route", "give the set no default route by way of the host").switch(|new| {
            new.default_route = DefaultRoute::Never;
        }),
    ],
    exits: EXITS,
    run,
};

#[expect(clippy::needless_pass_by_value, reason = "the signature of every command")]
fn run(new: NewConnection, operands: &[Arg]) -> Result<u8, Failure> {
    let [near, far] = operands else {
        return Err(Failure::usage("expected two: a set, and another one or `host`"));
    };
    let (near, far) = (words::site(near)?, words::site(far)?);
    let Connected { outcome, ends } = Networks::of_caller().connect(&near, &far, &new).map_err(explain)?;
    tell(outcome, &format!("{near} and {far} are connected"));
    print(&[&ends[0], &ends[1]]).map(|()| 0)
}
