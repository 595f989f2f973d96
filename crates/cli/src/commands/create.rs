//! `insula create`: a set of namespaces with a name.

use insula_engine::doctor::{self, Evidence, Explanation};
use insula_engine::set::{CreateError, KeeperError, NewSet, SetName, Sets};
use insula_ns::idmap::Caller;
use insula_ns::{Kind, Kinds};
use insula_sandbox::Clock;
use insula_sandbox::mounts::Propagation;

use super::EXITS;
use super::mapping::{How, Mapping};
use crate::args::{Arg, Command, Example, FaceKind, Flag, Order, flag, text};
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    all: bool,
    hostname: Option<&'static str>,
    domainname: Option<&'static str>,
    mapping: Mapping,
    time_offsets: Vec<(Clock, i128)>,
    propagation: Option<Propagation>,
    no_proc: bool,
    no_loopback: bool,
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
    flag("map", How::DOC).choices(How::WORDS).required("HOW", |o, how| {
        o.mapping.how = Some(How::parse(how)?);
        Ok(())
    }),
    flag("map-users", "map these user ids").required("INSIDE:OUTSIDE:COUNT,…", |o, ranges| {
        o.mapping.users.push(text(ranges)?.parse()?);
        Ok(())
    }),
    flag("map-groups", "map these group ids").required("INSIDE:OUTSIDE:COUNT,…", |o, ranges| {
        o.mapping.groups.push(text(ranges)?.parse()?);
        Ok(())
    }),
    flag(
        "time-offset",
        "shift the clocks in the time namespace: SECONDS, monotonic=SECONDS, boottime=SECONDS",
    )
    .required("OFFSET,…", |o, offsets| {
        o.time_offsets.extend(super::run::values::time_offsets(offsets)?);
        Ok(())
    }),
    flag(
        "propagation",
        "how mounts pass between the mount namespace and the one that it is made in (default: slave)",
    )
    .choices(&["private", "shared", "slave", "unchanged"])
    .required("HOW", |o, how| {
        o.propagation = Some(super::run::values::propagation(how)?);
        Ok(())
    }),
    flag("no-proc", "leave /proc as it is in the mount namespace").switch(|o| o.no_proc = true),
    flag("no-loopback", "leave the loopback interface of the network namespace down")
        .switch(|o| o.no_loopback = true),
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
    if !options.time_offsets.is_empty() {
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
        ("--map", !options.mapping.is_empty(), Kind::User),
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
    namespaces.time_offsets = options.time_offsets;
    if !options.mapping.is_empty() {
        namespaces.ids = options.mapping.maps(&Caller::current())?;
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

pub(super) fn explain(error: CreateError) -> Failure {
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
