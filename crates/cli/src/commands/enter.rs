//! `insula enter`: a command in the namespaces of a set, a process or a file.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use insula_engine::network::Networks;
use insula_engine::set::Set;
use insula_engine::target::{Resolved, Target, TargetError, TargetProcess};
use insula_ns::{Kind, Kinds, Namespace};
use insula_sandbox::mounts::{Directory, Root};
use insula_sandbox::{Forwarding, Identity, Join, Sandbox, Supervisor, Terminal};
use rustix::termios::isatty;
use rustix::thread::CapabilitySet;

use super::run::EXITS;
use super::run::user::{self, RootFiles};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag, text};
use crate::diagnosis::{explain, explain_target};
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(crate) struct Options {
    only: Option<Kinds>,
    user: user::Words,
    environment: Vec<(OsString, Option<OsString>)>,
    target_environment: bool,
    working_directory: Option<PathBuf>,
    no_terminal: bool,
    explain: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "enter",
    face: FaceKind::Native,
    about: "Run a command in existing namespaces",
    usage: &["[OPTIONS] TARGET [[--] COMMAND [ARGUMENT…]]"],
    details: "TARGET is the id of a process (PID, or PID:INODE with the inode number of its pidfd), the name of a set, a \
              namespace (net:[4026531833]) or the path of a namespace file. All of its namespaces that are not the \
              caller's already are entered, in the order that works; `--only` names some.\n\n\
              Of a process, the command also gets root and working directory when it enters its mnt namespace, and the \
              ids when it enters its user namespace. In a set, the working directory stays the one of that path, if there is one \
              inside. On a terminal it runs on a new pseudo-terminal, so that it can \
              neither read nor write the caller's. Without a command, `/bin/sh` is run.\n\n\
              The exit status is that of `insula run`.\n\n\
              Limits: the pseudo-terminal is one of the caller's, so inside no file in `/dev/pts` leads to it: `tty` says \
              `not a tty` there, and what opens its terminal by that name fails; `/dev/tty` works. As root, whoever has \
              CAP_SYS_PTRACE in the caller's own user namespace can look into the process that enters until it executes \
              the command.",
    examples: &[
        Example { line: "insula enter 4711", does: "a shell beside process 4711" },
        Example {
            line: "insula enter --only net 4711 ss -tlnp",
            does: "its listening sockets, with the host's tools",
        },
        Example { line: "insula enter -u www web id", does: "in the set `web`, as the user www" },
    ],
    order: Order::BeforeOperands,
    flags: &[
        flag("only", "enter the namespaces of these kinds").required("KIND,…", |o: &mut Options, kinds| {
            o.only = Some(text(kinds)?.parse()?);
            Ok(())
        }),
        flag("user", "become this user, by name or number").short('u').required("USER[:GROUP]", |o, user| {
            o.user.user = Some(user::word(text(user)?)?);
            Ok(())
        }),
        flag("groups", "set the supplementary groups; empty for none").required("GROUP,…", |o, groups| {
            o.user.groups = Some(user::list(text(groups)?));
            Ok(())
        }),
        flag("env", "set an environment variable, or keep the caller's").short('e').required(
            "NAME[=VALUE]",
            |o, variable| {
                o.environment.push(super::run::values::variable(variable)?);
                Ok(())
            },
        ),
        flag("target-env", "take the environment of the target instead of the caller's")
            .switch(|o| o.target_environment = true),
        flag("workdir", "change to this directory, seen from inside").short('w').required("DIR", |o, dir| {
            o.working_directory = Some(super::run::values::path(dir.as_encoded_bytes())?);
            Ok(())
        }),
        flag("no-tty", "stay on the caller's terminal").short('T').switch(|o| o.no_terminal = true),
        flag("explain", "print each step as the kernel call that it is, with what it is for")
            .switch(|o| o.explain = true),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let Some((target, words)) = operands.split_first() else {
        return Err(Failure::usage("expected a target: a PID, a set, a namespace or a file"));
    };
    let target = Target::parse(target).map_err(|error| Failure::usage(crate::report::chain(&error)))?;
    let target = target.resolve().map_err(|error| explain_target(&error))?;
    enter(options, Some(&target), words)
}

/// Runs a command in all namespaces of a set, or where we are, with some variables in its environment.
pub(super) fn in_set(
    set: Option<Set>,
    environment: Vec<(OsString, Option<OsString>)>,
    words: &[Arg],
) -> Result<u8, Failure> {
    enter(Options { environment, ..Options::default() }, set.map(Resolved::Set).as_ref(), words)
}

fn enter(options: Options, target: Option<&Resolved>, words: &[Arg]) -> Result<u8, Failure> {
    let words = match words.split_first() {
        Some((first, rest)) if *first == "--" => rest,
        _ => words,
    };
    let on_terminal = isatty(rustix::stdio::stdin()) && isatty(rustix::stdio::stdout());
    let apart = on_terminal && !options.no_terminal;
    let forwarding = if apart { Forwarding::All } else { Forwarding::Sent };
    let supervisor = Supervisor::begin(forwarding)?.when_settled(insula_sys::memory::release_text);
    let mut sandbox = match words.split_first() {
        Some((program, arguments)) => Sandbox::new(*program).args(arguments),
        None => Sandbox::new("/bin/sh"),
    };
    fill(&mut sandbox, options.environment, options.working_directory);
    if let Some(target) = target {
        place(&mut sandbox, target, options.only, &options.user, options.target_environment)?;
    }
    let mut sandbox = supervisor.prepare(sandbox);
    let terminal =
        if apart { Some(Terminal::open(&mut sandbox).map_err(|error| explain(&error))?) } else { None };
    let plan = sandbox.plan().map_err(|error| explain(&error))?;
    if options.explain {
        output::complain(&plan.to_string());
    }
    let child = plan.spawn().map_err(|error| explain(&error))?;
    let status = match terminal {
        Some(terminal) => terminal.relay(&supervisor, &child)?,
        None => supervisor.wait(&child)?,
    };
    Ok(status.code())
}

fn fill(sandbox: &mut Sandbox, environment: Vec<(OsString, Option<OsString>)>, directory: Option<PathBuf>) {
    sandbox.command.environment = environment;
    sandbox.command.working_directory = directory;
}

/// Puts a sandbox into all namespaces of a target, as who one is there.
pub(super) fn place_in(sandbox: &mut Sandbox, target: &Resolved) -> Result<(), Failure> {
    place(sandbox, target, None, &user::Words::default(), false)
}

/// Puts the sandbox where the target is.
fn place(
    sandbox: &mut Sandbox,
    target: &Resolved,
    only: Option<Kinds>,
    user: &user::Words,
    target_environment: bool,
) -> Result<(), Failure> {
    if target_environment && target.process().is_none() {
        return Err(Failure::usage("`--target-env` needs a process as the target"));
    }
    let refused = |error: TargetError| explain_target(&error);
    let kinds = foreign(target, only.unwrap_or_else(|| target.kinds())).map_err(refused)?;
    sandbox.namespaces.join = target.joins(kinds).map_err(refused)?;
    if let Resolved::Set(set) = target {
        // What is mounted in a set is the host's at first.
        sandbox.mounts.directory = Some(Directory::Callers);
        if only.is_none()
            && let Some(room) = Networks::of_caller().room(set).map_err(super::net::explain)?
        {
            sandbox.namespaces.join.push(Join::Namespace(room));
        }
    }
    let mut accounts = None;
    if let Some(process) = target.process() {
        if kinds.contains(Kind::Mnt) {
            let name: PathBuf = format!("/proc/{}/root", process.pid()).into();
            accounts = Some(RootFiles::new(process.root().map_err(refused)?, name.clone()));
            let directory = process.root().map_err(refused)?;
            sandbox.mounts.root = Root::Handle { directory, name };
            let directory = process.working_directory().map_err(refused)?;
            let name = format!("/proc/{}/cwd", process.pid()).into();
            sandbox.mounts.directory = Some(Directory::Handle { directory, name });
        }
        if target_environment {
            inherit_environment(sandbox, process).map_err(refused)?;
        }
    }
    let joins_user = kinds.contains(Kind::User);
    if !user.is_empty() {
        let may_set = || Ok(!joins_user || groups_inside(target).map_err(refused)?.is_some());
        sandbox.identity = user::identity(user, accounts.as_ref(), may_set)?;
    } else if joins_user {
        sandbox.identity = ids_inside(target).map_err(refused)?;
    }
    Ok(())
}

/// Those of `kinds` of which the target has another namespace than we: entering one's own takes privilege for nothing.
fn foreign(target: &Resolved, kinds: Kinds) -> Result<Kinds, TargetError> {
    let mut foreign = Kinds::NONE;
    for kind in kinds.iter() {
        if target.namespace(kind)?.id() != Namespace::of_self(kind)?.id() {
            foreign.insert(kind);
        }
    }
    Ok(foreign)
}

/// Who one is in the target's user namespace: whom its process is, whom a set was made for, or root.
fn ids_inside(target: &Resolved) -> Result<Identity, TargetError> {
    let credentials = target.credentials()?;
    let (uid, gid) = credentials.map_or((Some(0), Some(0)), |credentials| (credentials.uid, credentials.gid));
    // The caller's groups have no name there, but open files as they do here.
    let groups = match groups_inside(target)? {
        Some(groups) => Some(groups),
        None => may_set_groups().then(Vec::new),
    };
    Ok(Identity { uid, gid, groups, ..Identity::default() })
}

/// The supplementary groups that one has as the target's process; `None` where its user namespace denies setting any.
fn groups_inside(target: &Resolved) -> Result<Option<Vec<u32>>, TargetError> {
    match target.process() {
        Some(process) if process.may_set_groups()? => Ok(Some(process.credentials()?.groups)),
        _ => Ok(None),
    }
}

/// Whether we may drop our own groups, before we go anywhere.
fn may_set_groups() -> bool {
    rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SETGID))
}

fn inherit_environment(sandbox: &mut Sandbox, process: &TargetProcess) -> Result<(), TargetError> {
    let bytes = process.environment()?;
    let theirs = bytes.split(|byte| *byte == 0).filter_map(|entry| {
        let at = entry.iter().position(|byte| *byte == b'=')?;
        let string = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        Some((string(&entry[..at]), Some(string(&entry[at + 1..]))))
    });
    let given = std::mem::take(&mut sandbox.command.environment);
    sandbox.command.environment = theirs.chain(given).collect();
    sandbox.command.clear_environment = true;
    Ok(())
}
