//! `insula create`: a set of namespaces with a name.

use insula_engine::doctor::{self, Evidence, Explanation};
use insula_engine::set::{CreateError, KeeperError, NewSet, SetName, Sets};
use insula_ns::idmap::{Caller, IdMaps, IdRequest, IdSources, Ranges};
use insula_ns::{Kind, Kinds};
use insula_sandbox::Clock;
use insula_sandbox::mounts::Propagation;

use super::EXITS;
use crate::args::{Arg, Command, Example, FaceKind, Flag, Invalid, Order, flag, number, text};
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    all: bool,
    hostname: Option<&'static str>,
    domainname: Option<&'static str>,
    map: Option<Map>,
    users: Vec<Ranges>,
    groups: Vec<Ranges>,
    monotonic: Option<i64>,
    boottime: Option<i64>,
    propagation: Option<Propagation>,
    no_proc: bool,
    no_loopback: bool,
}

/// The ids of a user namespace, in a word.
#[derive(Clone, Copy, Debug)]
enum Map {
    /// Root is the caller.
    Root,
    /// The caller's own id stays as it is.
    Same,
    /// Root is the caller, and the ids granted to the caller follow.
    Subids,
    /// Every id stays as it is.
    All,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "create",
    face: FaceKind::Native,
    about: "Make a set of namespaces that has a name",
    usage: &["[OPTIONS] NAME [KINDS…]"],
    details: "\
Makes one new namespace of each of the kinds and keeps them until `insula rm NAME` or a restart of the machine, whether a \
process is in them or not. KINDS are cgroup, ipc, mnt, net, pid, time, user and uts, as words or with commas between \
them. Without any they are all but time and, for root, user. What needs a namespace brings it along: a clock's offset \
the time namespace, and whoever lacks CAP_SYS_ADMIN the user namespace, in which alone others may be had.

Root's namespaces are bind mounts: the network namespace on /run/netns/NAME, where `ip netns` finds it, the others on \
/run/insula/NAME/KIND. A PID namespace has a PID 1 that stays; when that ends the namespace is dead. An ordinary user's \
are held by a process of theirs, the keeper, which survives the shell that it was made from; it is recorded in \
$XDG_RUNTIME_DIR/insula.

A new mount namespace gets the mounts and unmounts of the one that it is made in. With a PID namespace beside it, its \
/proc shows the processes of that.",
    examples: &[
        Example {
            line: "insula create blue net",
            does: "the same as `ip netns add blue`, with lo up",
        },
        Example {
            line: "insula create lab --hostname lab && insula enter lab",
            does: "a world of its own that stays when the shell is left",
        },
    ],
    order: Order::Anywhere,
    flags: FLAGS,
    exits: EXITS,
    run,
};

const FLAGS: &[Flag<Options>] = &[
    flag("all", "make namespaces of all eight kinds").short('a').switch(|o| o.all = true),
    flag("hostname", "set the host name in the UTS namespace").required("NAME", |o, name| {
        o.hostname = Some(text(name)?);
        Ok(())
    }),
    flag("domainname", "set the NIS domain name in the UTS namespace").required("NAME", |o, name| {
        o.domainname = Some(text(name)?);
        Ok(())
    }),
    flag("map", "which ids the user namespace has: root alone, who is you (the default); the same as yours; root and your subordinate ids; or all as they are")
        .choices(&["root", "same", "subids", "all"])
        .required("WHICH", |o, which| {
            o.map = Some(match text(which)? {
                "root" => Map::Root,
                "same" => Map::Same,
                "subids" => Map::Subids,
                "all" => Map::All,
                _ => return Err(Invalid("expected root, same, subids or all".to_owned())),
            });
            Ok(())
        }),
    flag("map-users", "map these user ids instead: INSIDE:OUTSIDE:COUNT, auto, subids or all")
        .required("RANGES", |o, ranges| {
            o.users.push(text(ranges)?.parse()?);
            Ok(())
        }),
    flag("map-groups", "map these group ids instead").required("RANGES", |o, ranges| {
        o.groups.push(text(ranges)?.parse()?);
        Ok(())
    }),
    flag("monotonic", "seconds to add to the monotonic clock in the time namespace").required("SECONDS", |o, offset| {
        o.monotonic = Some(number(offset)?);
        Ok(())
    }),
    flag("boottime", "seconds to add to the boot-time clock in the time namespace").required("SECONDS", |o, offset| {
        o.boottime = Some(number(offset)?);
        Ok(())
    }),
    flag("propagation", "how mounts pass between the mount namespace and the one that it is made in (default: slave)")
        .choices(&["private", "shared", "slave", "unchanged"])
        .required("HOW", |o, how| {
            o.propagation = Some(match text(how)? {
                "private" => Propagation::Private,
                "shared" => Propagation::Shared,
                "slave" => Propagation::Slave,
                "unchanged" => Propagation::Unchanged,
                _ => return Err(Invalid("expected private, shared, slave or unchanged".to_owned())),
            });
            Ok(())
        }),
    flag("no-proc", "leave /proc as it is in the mount namespace").switch(|o| o.no_proc = true),
    flag("no-loopback", "leave the loopback interface of the network namespace down").switch(|o| o.no_loopback = true),
];

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let Some((name, kinds)) = operands.split_first() else {
        return Err(Failure::usage("expected a name"));
    };
    if kinds.is_empty() && name.to_string_lossy().parse::<Kinds>().is_ok() {
        let name = name.display();
        return Err(Failure::usage(format!("expected a name, and `{name}` is a kind"))
            .hint(format!("if it is to be the name, say the kinds too: `insula create {name} KINDS`")));
    }
    let name = SetName::from_os(name).map_err(|error| Failure::usage(error.to_string()))?;
    let kinds = kinds_in(&options, kinds)?;
    let new = describe(options, kinds)?;
    Sets::of_caller().create(&name, new).map(|_| 0).map_err(explain)
}

fn kinds_in(options: &Options, words: &[Arg]) -> Result<Kinds, Failure> {
    if options.all {
        return match words {
            [] => Ok(Kinds::ALL),
            _ => Err(Failure::usage("`--all` and kinds exclude each other")),
        };
    }
    let mut kinds = Kinds::NONE;
    for word in words {
        let parsed: Result<Kinds, _> = word.to_string_lossy().parse();
        kinds |= parsed.map_err(|error| Failure::usage(error.to_string()))?;
    }
    if kinds.is_empty() {
        kinds = Kinds::ALL.without(Kind::Time | Kind::User);
    }
    if options.monotonic.is_some() || options.boottime.is_some() {
        kinds.insert(Kind::Time);
    }
    Ok(kinds)
}

fn describe(options: Options, kinds: Kinds) -> Result<NewSet, Failure> {
    let mut new = NewSet::new(kinds)?;
    let kinds = new.namespaces.new;
    let given = [
        ("--hostname", options.hostname.is_some(), Kind::Uts),
        ("--domainname", options.domainname.is_some(), Kind::Uts),
        ("--map", options.map.is_some(), Kind::User),
        ("--map-users", !options.users.is_empty(), Kind::User),
        ("--map-groups", !options.groups.is_empty(), Kind::User),
        ("--propagation", options.propagation.is_some(), Kind::Mnt),
        ("--no-proc", options.no_proc, Kind::Mnt),
        ("--no-loopback", options.no_loopback, Kind::Net),
    ];
    if let Some((flag, _, kind)) = given.into_iter().find(|(_, given, kind)| *given && !kinds.contains(*kind))
    {
        return Err(Failure::usage(format!("`{flag}` is of no use without a {kind} namespace")));
    }
    let namespaces = &mut new.namespaces;
    namespaces.hostname = options.hostname.map(str::to_owned);
    namespaces.domainname = options.domainname.map(str::to_owned);
    for (clock, offset) in [(Clock::Monotonic, options.monotonic), (Clock::Boottime, options.boottime)] {
        namespaces.time_offsets.extend(offset.map(|seconds| (clock, i128::from(seconds) * 1_000_000_000)));
    }
    if let Some(maps) = maps(options.map, options.users, options.groups)? {
        namespaces.ids = Some(maps);
    }
    if options.no_loopback {
        namespaces.loopback_up = false;
    }
    if options.propagation.is_some() {
        new.mounts.propagation = options.propagation;
    }
    if options.no_proc {
        new.mounts.mounts.clear();
    }
    Ok(new)
}

fn maps(map: Option<Map>, users: Vec<Ranges>, groups: Vec<Ranges>) -> Result<Option<IdMaps>, Failure> {
    let caller = Caller::current();
    let sources = IdSources::of_this_machine();
    if !users.is_empty() || !groups.is_empty() {
        if map.is_some() {
            return Err(Failure::usage("`--map` and `--map-users` or `--map-groups` exclude each other"));
        }
        let [users, groups] = [users, groups].map(|ranges| IdRequest { own: None, ranges });
        return Ok(Some(IdMaps::resolve(&users, &groups, &caller, &sources)?));
    }
    Ok(match map {
        None => None,
        Some(Map::Root) => Some(IdMaps::root_only(caller.euid, caller.egid)?),
        Some(Map::Same) => Some(IdMaps::keep_my_id(caller.euid, caller.egid)?),
        Some(Map::Subids) => Some(IdMaps::all_subids(&caller, &sources)?),
        Some(Map::All) => Some(IdMaps::all(&caller, &sources)?),
    })
}

fn explain(error: CreateError) -> Failure {
    match &error {
        CreateError::Exists { name, .. } => {
            let hint = format!("`insula show {name}` tells what it is, `insula rm {name}` removes it");
            Failure::from(error).hint(hint)
        }
        CreateError::Keeper(KeeperError::Start(start)) => {
            let Explanation { cause, hint } = doctor::explain(start, &Evidence::of_this_machine());
            Failure::from(error).explained(cause, hint)
        }
        _ => Failure::from(error),
    }
}
