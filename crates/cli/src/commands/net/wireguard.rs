//! `insula net wireguard`: a tunnel for a set.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use insula_engine::network::{Networks, Tunnel};
use insula_net::wireguard::{Config, ConfigError};

use super::super::EXITS;
use super::report::{explain, print, tell};
use super::words;
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::output;
use crate::report::{Failure, chain};

#[derive(Debug, Default)]
pub(super) struct Options {
    config: Option<PathBuf>,
    name: Option<String>,
    remove: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net wireguard",
    face: FaceKind::Native,
    about: "Give a set a WireGuard interface whose packets go out by the host",
    usage: &["[OPTIONS] --config FILE SET", "--remove [--name IFACE] SET"],
    details: "\
Makes a WireGuard interface in a set, as a file in the format of wg-quick(8) says: keys, peers, addresses, MTU, and a route to \
all that the peers are allowed, unless the file has `Table = off`. The encrypted packets are sent and received by the host's \
network, so the set needs no other way out: with `AllowedIPs = 0.0.0.0/0` all that it sends goes through the tunnel, and \
nothing beside it. Where the set has a default route already, that stays, and two routes go before it.

The interface is called as the file is (`wg0.conf`: wg0), or as `--name` says. One that is there already, as asked, is left as \
it is. It goes with `--remove`, with the set, or with `insula gc` if making it was interrupted.

No command of the file is run: PreUp, PostUp, PreDown and PostDown are errors, and so is SaveConfig. An endpoint is an \
address and a port: no names are looked up. Keys are neither printed nor seen in a command line; a file that others can read is \
warned about.

The name servers and domains of the file (DNS) are those of the set, for what runs in it too, as long as the interface is there: \
see `insula net dns`, which shows them, and with which others can be set that go before.

Needs root, and a kernel with WireGuard. Prints the interface: the set, its name, its addresses.",
    examples: &[
        Example {
            line: "insula net create web && insula net wireguard web --config wg0.conf",
            does: "a set whose only way out is the tunnel",
        },
        Example { line: "insula net wireguard web --remove", does: "closes it" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("config", "the file").short('c').required("FILE", |o, word| {
            o.config = Some(PathBuf::from(word));
            Ok(())
        }),
        flag("name", "the name of the interface in the set").required("IFACE", |o, word| {
            o.name = Some(words::interface(word)?);
            Ok(())
        }),
        flag("remove", "take away the WireGuard interfaces of the set that this command made")
            .switch(|o| o.remove = true),
    ],
    exits: EXITS,
    run,
};

/// The longest file: a thousand peers take less.
const LONGEST: u64 = 4 << 20;

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [set] = operands else { return Err(Failure::usage("expected a set")) };
    let set = words::set(set)?;
    let networks = Networks::of_caller();
    let path = match (options.remove, options.config) {
        (false, Some(path)) => path,
        (true, None) => {
            let gone = networks.remove_wireguard(&set, options.name.as_deref()).map_err(explain)?;
            if gone.is_empty() {
                output::complain(&format!("insula: {set} has no such WireGuard interface\n"));
            }
            return Ok(0);
        }
        _ => return Err(Failure::usage("expected either `--config FILE` or `--remove`")),
    };
    let name = match options.name {
        Some(name) => name,
        None => name_of(&path)?,
    };
    let config = read(&path)?;
    let Tunnel { outcome, end, unheard } = networks.wireguard(&set, &name, &config).map_err(explain)?;
    tell(outcome, &format!("the WireGuard interface `{name}` in {set} exists"));
    if let Some(why) = unheard {
        output::complain(&format!(
            "insula: what `{}` says of DNS does not hold: {}\n",
            path.display(),
            chain(&why)
        ));
    }
    print(&[&end]).map(|()| 0)
}

/// What the interface is called where nobody says: as the file, without `.conf`.
fn name_of(path: &Path) -> Result<String, Failure> {
    let stem = path.file_name().map(Path::new).and_then(Path::file_stem);
    let name = stem.and_then(|stem| stem.to_str()).and_then(|stem| insula_net::IfName::new(stem).ok());
    name.map(|name| name.to_string()).ok_or_else(|| {
        Failure::usage(format!("no interface can be called as the file `{}` is", path.display()))
            .hint("choose a name: `--name wg0`")
    })
}

fn read(path: &Path) -> Result<Config, Failure> {
    let shown = path.display();
    let read = || {
        let file = File::open(path)?;
        let mode = file.metadata()?.permissions().mode();
        let mut text = String::new();
        file.take(LONGEST + 1).read_to_string(&mut text)?;
        Ok((text, mode))
    };
    let read: std::io::Result<(String, u32)> = read();
    let (text, mode) =
        read.map_err(|error| Failure::from(error).context(&format!("cannot read `{shown}`")))?;
    if text.len() as u64 > LONGEST {
        return Err(Failure::new(format!("`{shown}` is longer than 4 MiB")));
    }
    if mode & 0o077 != 0 {
        output::complain(&format!(
            "insula: others than its owner have access to `{shown}`, which has a private key\n"
        ));
    }
    text.parse().map_err(|error: ConfigError| {
        let place =
            if error.line == 0 { format!("`{shown}`") } else { format!("`{shown}`, line {}", error.line) };
        Failure::from(error.source).context(&place)
    })
}
