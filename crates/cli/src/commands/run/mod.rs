//! `insula run`: a command in new namespaces.

use insula_engine::group::Group;
use insula_sandbox::{Child, Error, Forwarding, Status, Supervisor, Terminal};

use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::diagnosis::explain;
use crate::output;
use crate::report::{Exits, Failure};

mod describe;
mod device;
mod effort;
mod flags;
mod group;
mod identity;
mod landlock;
mod limit;
mod network;
mod options;
mod privileges;
mod seccomp;
pub(super) mod user;
pub(super) mod values;

use options::{Explain, Options};

/// What starts a command: 125 if that failed, 126 if it is not executable, 127 if it was not found.
pub(super) const EXITS: Exits = Exits { failed: 125, usage: 2 };

pub(super) const COMMAND: Command<Options> = Command {
    name: "run",
    face: FaceKind::Native,
    about: "Run a command in new namespaces",
    usage: &["[OPTIONS] [--] [COMMAND [ARGUMENT…]]"],
    details: "The command gets new mnt, pid, uts, ipc, net and cgroup namespaces, and a new user namespace too when \
              the caller is not root: with loopback up, a `/proc` of its own, an init that reaps orphans and passes \
              signals on, and the file system as it is here. `--new` names others, `--share` keeps some of the \
              caller's, `--join` enters existing ones. Without a command, `$SHELL` or `/bin/sh` is run.\n\n\
              What was asked for and cannot be had is an error, before the command runs; `--best-effort` goes on \
              without it and says so.\n\n\
              `--limit`, `--cgroup` and rules of `--device` give the command a control group of its own, made before it starts \
              and taken away with all that is left in it when it ends; `insula gc` does that if insula itself is killed. \
              In a new mnt namespace control groups are read-only, and the command has no CAP_SYS_ADMIN to change that \
              unless `--cap-add` gives it; so it cannot leave its group. An ordinary user needs a delegated group, or a \
              systemd of the user's, which is asked for a scope.\n\n\
              The exit status is that of the command, or 128+n if signal n ended it; 125 if it could not be started, \
              126 if it is not executable, 127 if it was not found, 2 if the options make no sense.",
    examples: &[
        Example { line: "insula run", does: "a shell in a world of its own" },
        Example { line: "insula run --hostname blue hostname", does: "prints blue; the host's name stays" },
        Example {
            line: "insula run --share net --bind ~/src:/src:ro -w /src make test",
            does: "runs the tests with the host's network and read-only sources",
        },
        Example {
            line: "insula run --rootfs ./alpine --ephemeral -t sh",
            does: "a shell in another root, whose changes are discarded",
        },
        Example {
            line: "insula run --net lan --publish 8080:80 -- python3 -m http.server 80",
            does: "a web service on the bridge `lan`, reached at port 8080 of the host",
        },
        Example {
            line: "insula run --limit memory=512M,cpu=1.5,pids=200 -- make -j8",
            does: "a build that can take neither all memory nor all processors",
        },
        Example {
            line: "insula run --explain=only true",
            does: "prints the kernel calls that a start makes",
        },
    ],
    order: Order::BeforeOperands,
    flags: flags::FLAGS,
    exits: EXITS,
    run,
};

fn run(mut options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let apart = options.process.terminal || options.process.new_session;
    let forwarding = if apart { Forwarding::All } else { Forwarding::Sent };
    let network = network::Network::begin(&mut options)?;
    let group = group::begin(&mut options)?;
    let supervisor = Supervisor::begin(forwarding)?.when_settled(insula_sys::memory::release_text);
    loop {
        match start(&options, operands, &supervisor, group.as_ref()) {
            Ok(Started::Running(child, None)) => {
                let status = supervisor.wait(&child).map_err(|error| own_filter(&options, &error))?;
                drop(network);
                group::end(group);
                report(&options, status);
                // The kernel takes memory and descriptors back faster than we would one by one.
                insula_sys::entry::exit(status.code());
            }
            Ok(Started::Running(child, Some(terminal))) => {
                let status =
                    terminal.relay(&supervisor, &child).map_err(|error| own_filter(&options, &error))?;
                group::end(group);
                report(&options, status);
                return Ok(status.code());
            }
            Ok(Started::Explained) => return Ok(0),
            Err(Refusal::Start(Error::Start(failure))) if options.best_effort => {
                match effort::give_up(&mut options, &failure) {
                    Some(without) => {
                        let reason = explain(&Error::Start(failure)).text("insula");
                        output::complain(&format!("{reason}insula: going on without {without}\n"));
                    }
                    None => return Err(own_filter(&options, &Error::Start(failure))),
                }
            }
            Err(Refusal::Start(error)) => return Err(own_filter(&options, &error)),
            Err(Refusal::Options(failure)) => return Err(failure),
        }
    }
}

/// Why a start failed, where the command's own filter can be the reason.
fn own_filter(options: &Options, error: &Error) -> Failure {
    let failure = explain(error);
    match &options.user.seccomp {
        Some(source) => source.explain(error, failure),
        None => failure,
    }
}

/// Tells what the status alone does not.
fn report(options: &Options, status: Status) {
    if let Some(source) = &options.user.seccomp {
        source.report(status);
    }
}

/// What came of a start.
enum Started {
    Running(Child, Option<Terminal>),
    Explained,
}

/// Why there was none.
enum Refusal {
    /// The options cannot be turned into a sandbox.
    Options(Failure),
    /// The sandbox did not start.
    Start(Error),
}

impl<F: Into<Failure>> From<F> for Refusal {
    fn from(failure: F) -> Self {
        Self::Options(failure.into())
    }
}

fn start(
    options: &Options,
    operands: &[Arg],
    supervisor: &Supervisor,
    group: Option<&Group>,
) -> Result<Started, Refusal> {
    let mut sandbox = supervisor.prepare(describe::sandbox(options, operands)?);
    group::enter(group, &mut sandbox)?;
    let terminal = if options.process.terminal {
        Some(Terminal::open(&mut sandbox).map_err(Refusal::Start)?)
    } else {
        None
    };
    let plan = sandbox.plan().map_err(Refusal::Start)?;
    if options.explain != Explain::No {
        output::complain(&plan.to_string());
    }
    if options.explain == Explain::Only {
        return Ok(Started::Explained);
    }
    let child = plan.spawn().map_err(Refusal::Start)?;
    Ok(Started::Running(child, terminal))
}
