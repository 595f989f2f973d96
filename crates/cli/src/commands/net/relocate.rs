//! `insula net move`: an interface goes to a set.

use insula_engine::network::{Moved, Networks, Relocation, Site};

use super::super::EXITS;
use super::report::{explain, print, tell};
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag, text};
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    from: Option<Site>,
    name: Option<String>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net move",
    face: FaceKind::Native,
    about: "Move an interface to a set, or back to the host",
    usage: &["[OPTIONS] INTERFACE SET|host"],
    details: "\
Moves an interface that is there already, such as a network card. It keeps its name and gets the addresses that it had, and is \
up if it was; routes by way of it go. When the set is removed, the kernel gives hardware back to the host, and deletes what \
is not hardware.

What Insula made itself is not moved. An interface that is not where it should come from, but where it should go to, is left as \
it is.",
    examples: &[
        Example { line: "insula net move eth1 web", does: "gives a network card to the set `web`" },
        Example { line: "insula net move eth1 host --from web", does: "takes it back" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("from", "where the interface is (default: host)").required("SET", |o, word| {
            o.from = Some(text(word)?.parse()?);
            Ok(())
        }),
        flag("name", "what it is to be called there").required("NAME", |o, word| {
            o.name = Some(words::interface(word)?);
            Ok(())
        }),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [interface, to] = operands else { return Err(Failure::usage("expected an interface and a set")) };
    let named = words::interface(interface);
    let interface =
        named.map_err(|invalid| Failure::usage(format!("`{}`: {}", interface.display(), invalid.0)))?;
    let how = Relocation {
        interface,
        from: options.from.unwrap_or(Site::Host),
        to: words::site(to)?,
        name: options.name,
    };
    let Moved { outcome, end } = Networks::of_caller().relocate(&how).map_err(explain)?;
    tell(outcome, &format!("`{}` is in {}", how.interface, how.to));
    print(&[&end]).map(|()| 0)
}
