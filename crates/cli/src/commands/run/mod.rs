//! `insula run`: a command in new namespaces.

use insula_ns::idmap::IdMaps;
use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::{Mount, Propagation};
use insula_sandbox::{Forwarding, Init, Sandbox, Supervisor};

use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::report::{Exits, Failure};

#[derive(Debug, Default)]
pub(crate) struct Options {
    new: Option<Kinds>,
    payload_is_init: bool,
}

pub(crate) const COMMAND: Command<Options> = Command {
    name: "run",
    face: FaceKind::Native,
    about: "Run a command in new namespaces",
    usage: &["[OPTIONS] [--] COMMAND…"],
    details: "",
    examples: &[Example { line: "insula run bash", does: "a shell in a world of its own" }],
    order: Order::BeforeOperands,
    flags: &[
        flag("new", "make new namespaces of these kinds only").required("KINDS", |options, kinds| {
            options.new = Some(crate::args::text(kinds)?.parse()?);
            Ok(())
        }),
        flag("no-init", "let the command be PID 1 itself").switch(|options| options.payload_is_init = true),
    ],
    exits: Exits { failed: 125, usage: 2 },
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let Some((program, arguments)) = operands.split_first() else {
        return Err(Failure::usage("expected a command"));
    };
    let new = options.new.unwrap_or(Kinds::ALL);
    let supervisor = Supervisor::begin(Forwarding::Sent)?;
    let mut sandbox = Sandbox::new(*program).args(arguments).unshare(new);
    if options.payload_is_init {
        sandbox = sandbox.init(Init::Payload);
    }
    if new.contains(Kind::User) {
        let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
        sandbox = sandbox.ids(IdMaps::root_only(uid.as_raw(), gid.as_raw())?);
    }
    if new.contains(Kind::Mnt) {
        sandbox.mounts.propagation = Some(Propagation::Private);
        if new.contains(Kind::Pid) {
            sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
        }
    }
    sandbox.namespaces.loopback_up = new.contains(Kind::Net);
    let child = supervisor.prepare(sandbox).spawn()?;
    Ok(supervisor.wait(&child)?.code())
}
