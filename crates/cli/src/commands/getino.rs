//! `getino`: util-linux's way to an inode number of a process or of a namespace of it. See `getino(1)` there.

use std::fmt::Write as _;

use insula_engine::target::{Target, TargetProcess};
use insula_ns::Kind;

use crate::args::{Arg, Command, Example, FaceKind, Flag, Invalid, Order, flag};
use crate::output;
use crate::report::{Exits, Failure};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    what: Option<Inode>,
    print_pid: bool,
}

/// Whose inode number is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inode {
    /// The pidfd's, which no other process gets until the machine is restarted.
    Process,
    Namespace(Kind),
}

impl Options {
    fn choose(&mut self, what: Inode) -> Result<(), Invalid> {
        if self.what.is_some_and(|earlier| earlier != what) {
            return Err(Invalid("only one inode number of each process can be printed".to_owned()));
        }
        self.what = Some(what);
        Ok(())
    }
}

const FLAGS: &[Flag<Options>] = &[
    flag("pidfs", "the inode number of the process's pidfd, which is the default")
        .attempt(|o| o.choose(Inode::Process)),
    flag("cgroupns", "that of its cgroup namespace").attempt(|o| o.choose(Inode::Namespace(Kind::Cgroup))),
    flag("ipcns", "that of its IPC namespace").attempt(|o| o.choose(Inode::Namespace(Kind::Ipc))),
    flag("netns", "that of its network namespace").attempt(|o| o.choose(Inode::Namespace(Kind::Net))),
    flag("mntns", "that of its mount namespace").attempt(|o| o.choose(Inode::Namespace(Kind::Mnt))),
    flag("pidns", "that of its PID namespace").attempt(|o| o.choose(Inode::Namespace(Kind::Pid))),
    flag("timens", "that of its time namespace").attempt(|o| o.choose(Inode::Namespace(Kind::Time))),
    flag("userns", "that of its user namespace").attempt(|o| o.choose(Inode::Namespace(Kind::User))),
    flag("utsns", "that of its UTS namespace").attempt(|o| o.choose(Inode::Namespace(Kind::Uts))),
    flag("print-pid", "print the process id and a colon before it").short('p').switch(|o| o.print_pid = true),
];

pub(super) const COMMAND: Command<Options> = Command {
    name: "getino",
    face: FaceKind::Personality,
    about: "Print the inode number of a process or of one of its namespaces",
    usage: &["[OPTIONS] PID[:INODE]…"],
    details: "\
Prints a number for each process. That of its pidfd, which no other process gets until the machine is restarted, \
tells it from one that has the same process id later; with PID:INODE only that process is meant. Takes the options \
of util-linux 2.42's getino.",
    examples: &[Example {
        line: "nsenter -t \"$(getino -p $$)\" -a true",
        does: "enters the namespaces of this process, and of no other one that may get its id",
    }],
    order: Order::Anywhere,
    flags: FLAGS,
    exits: Exits { failed: 1, usage: 1 },
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if operands.is_empty() {
        return Err(Failure::usage("no process id given"));
    }
    let mut text = String::new();
    let result = operands.iter().try_for_each(|word| {
        let process = find(word)?;
        let inode = inode(&process, options.what.unwrap_or(Inode::Process))?;
        if options.print_pid {
            let _ = write!(text, "{}:", process.pid());
        }
        let _ = writeln!(text, "{inode}");
        Ok(())
    });
    // What could be told is told, also when a later process is not there.
    output::print(text)?;
    result.map(|()| 0)
}

fn find(word: Arg) -> Result<TargetProcess, Failure> {
    let target = Target::parse(word).map_err(Failure::from)?;
    match target {
        Target::Process { pid, inode } => Ok(TargetProcess::open(pid, inode)?),
        _ => Err(Failure::usage(format!("`{}` is not a process id", word.display()))),
    }
}

fn inode(process: &TargetProcess, what: Inode) -> Result<u64, Failure> {
    match what {
        Inode::Process => Ok(process.inode()?),
        Inode::Namespace(kind) => Ok(process.namespace(kind)?.id().ino),
    }
}
