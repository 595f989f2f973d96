//! `insula net dns`: who answers for names in a set.

use std::net::IpAddr;

use insula_engine::network::{Networks, Resolver, host_name};

use super::super::EXITS;
use super::report::explain;
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Invalid, Order, flag, text};
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    resolver: Resolver,
    clear: bool,
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net dns",
    face: FaceKind::Native,
    about: "Say who answers for names in a set",
    usage: &["[OPTIONS] SET"],
    details: "\
Sets the name servers of a set, the domains that are searched, and names with their addresses; without any of them, shows what \
is set. It replaces what was set before, also for what runs in the set already: files and mounts are changed in place.

What is entered in the set (`insula enter`, and `ip netns exec` when Insula is called as `ip`) is in one mount namespace, which stays as long as \
the set does: the set's own, or if it has none, one that is made for this, with a /sys that shows the set's interfaces. In it lie \
a resolv.conf and a hosts (below its own lines are those of the host's) over those in /etc, and so does each file of \
/etc/netns/SET, as `ip netns exec` has it, but by a link, so that one that is replaced is seen at once. What these say decides: \
where they have a resolv.conf or hosts of their own, this command refuses.

No daemon of the host answers in its place: the directories with the sockets of systemd-resolved (for its varlink services too), \
nscd, avahi and D-Bus's system bus (by which both are asked as well) are empty inside, and where /etc/nsswitch.conf asks only \
systemd-resolved for hosts, name servers are asked instead. So nothing inside reaches other services of the system bus either; \
that of a session is as it was.

What the configuration of a tunnel says (`insula net wireguard`) is shown too; name servers and domains that are set here go before.

Limits: a file that somebody replaces in the host's /etc (`rename(2)`; written in place it is no matter) or a daemon's directory \
that is made anew is seen inside until the next `insula enter`, `ip netns exec` or `insula net dns` of this set, since the kernel \
takes off what lies over a file that goes. What the host's hosts says is as old as the last of these too.

The JSON output is an object with `servers`, `search` and `hosts`, or null.",
    examples: &[
        Example {
            line: "insula net dns web --server 10.1.0.1 --search example.org",
            does: "asks 10.1.0.1, for `db` also as `db.example.org`",
        },
        Example { line: "insula net dns web --host db=10.1.0.3", does: "knows `db` without asking" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("server", "a name server; as often as needed, of which the C library takes three").required(
            "ADDRESS",
            |o, word| {
                o.resolver.servers.push(ip(text(word)?)?);
                Ok(())
            },
        ),
        flag("search", "a domain in which names without a dot are looked for; as often as needed").required(
            "DOMAIN",
            |o, word| {
                o.resolver.search.push(host_name(text(word)?)?);
                Ok(())
            },
        ),
        flag("host", "a name and its address; as often as needed").required("NAME=ADDRESS", |o, word| {
            let (name, address) = text(word)?
                .split_once('=')
                .ok_or_else(|| Invalid("expected a name, `=`, and an address".to_owned()))?;
            o.resolver.hosts.push((host_name(name)?, ip(address)?));
            Ok(())
        }),
        flag("clear", "take away what was set").switch(|o| o.clear = true),
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
    ],
    exits: EXITS,
    run,
};

fn ip(word: &str) -> Result<IpAddr, Invalid> {
    word.parse().map_err(|_| Invalid(format!("`{word}` is no address, such as 10.1.0.1 or fd00::1")))
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of every command")]
fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [set] = operands else { return Err(Failure::usage("expected one set")) };
    let name = words::set_name(set)?;
    let networks = Networks::of_caller();
    let is_given = options.resolver != Resolver::default();
    if options.clear {
        if is_given {
            return Err(Failure::usage("`--clear` and what is to be set exclude each other"));
        }
        if !networks.clear_resolver(&name).map_err(explain)? {
            output::complain(&format!("insula: nothing is set for `{name}`\n"));
        }
        for tunnel in networks.answers(&name).map_err(explain)?.tunnels.keys() {
            output::complain(&format!(
                "insula: what `{tunnel}` came with holds: `insula net wireguard {name} --remove --name {tunnel}` takes it away\n"
            ));
        }
        return Ok(0);
    }
    if is_given {
        return networks.set_resolver(&name, &options.resolver).map(|()| 0).map_err(explain);
    }
    let resolver = networks.answers(&name).map_err(explain)?.resolver();
    if options.json {
        return output::print(serde_json::to_string_pretty(&resolver)? + "\n").map(|()| 0);
    }
    let Some(Resolver { servers, search, hosts }) = resolver else {
        output::complain(&format!("insula: nothing is set for `{name}`\n"));
        return Ok(0);
    };
    let lines = servers.iter().map(|server| format!("server\t{server}\n"));
    let lines = lines.chain(search.iter().map(|domain| format!("search\t{domain}\n")));
    let lines = lines.chain(hosts.iter().map(|(name, address)| format!("host\t{name}={address}\n")));
    output::print(lines.collect::<String>()).map(|()| 0)
}
