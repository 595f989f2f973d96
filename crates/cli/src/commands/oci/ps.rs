//! `insula oci ps`: the processes of a container.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::Read as _;

use insula_ns::Pid;
use insula_sandbox::{Sandbox, Status, Stream};
use rustix::pipe::{PipeFlags, pipe_with};

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Invalid, Order, flag};
use crate::diagnosis;
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci ps",
    about: "List the processes of a container",
    usage: &["[OPTIONS] CONTAINER [PS-OPTION…]"],
    details: "\
The table is what `ps(1)` prints with these options, `-ef` without any, of the processes of the container. The JSON output is an \
array of their ids.",
    order: Order::BeforeOperands,
    flags: &[flag("format", "the form of the list").short('f').choices(&["table", "json"]).required(
        "FORMAT",
        |o, format| {
            o.json = match format.as_encoded_bytes() {
                b"table" => false,
                b"json" => true,
                _ => return Err(Invalid("expected table or json".to_owned())),
            };
            Ok(())
        },
    )],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let Some((&word, ps_options)) = operands.split_first() else {
        return Err(Failure::usage("expected a container"));
    };
    let id = container::id(word)?;
    let container = container::find(context, &id)?;
    let pids = container.processes().map_err(explain)?;
    // `ps` may take its time.
    drop(container);
    if options.json {
        let pids: Vec<String> = pids.iter().map(|pid| pid.as_raw_pid().to_string()).collect();
        return output::print(format!("[{}]\n", pids.join(","))).map(|()| 0);
    }
    let all = [OsStr::new("-ef")];
    let table = ps(if ps_options.is_empty() { &all } else { ps_options })?;
    let pids: HashSet<i32> = pids.into_iter().map(Pid::as_raw_pid).collect();
    output::print(lines_of(&table, &pids)?).map(|()| 0)
}

/// What `ps(1)` prints.
fn ps(options: &[Arg]) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::from(error).context("cannot read what `ps` prints");
    let (from, to) = pipe_with(PipeFlags::CLOEXEC).map_err(|errno| failed(errno.into()))?;
    let mut sandbox = Sandbox::new("ps").args(options);
    sandbox.stdio.streams[1] = Stream::Fd(to);
    let child = sandbox.spawn().map_err(|error| diagnosis::explain(&error).exit(super::EXITS.failed))?;
    let mut table = Vec::new();
    std::fs::File::from(from).read_to_end(&mut table).map_err(failed)?;
    match child.wait().map_err(|error| diagnosis::explain(&error))? {
        Status::Exited(0) => Ok(String::from_utf8_lossy(&table).into_owned()),
        status => Err(Failure::new(format!("`ps` ended with status {}", status.code()))),
    }
}

/// The heading, and the lines that have one of these ids in its column `PID`.
fn lines_of(table: &str, pids: &HashSet<i32>) -> Result<String, Failure> {
    let heading = table.lines().next().unwrap_or_default();
    let column = heading.split_whitespace().position(|word| word == "PID").ok_or_else(|| {
        Failure::new("what `ps` prints has no column `PID`").hint("options such as `-o pid,args` print one")
    })?;
    let is_one = |line: &str| {
        let pid = line.split_whitespace().nth(column).and_then(|word| word.parse().ok());
        pid.is_some_and(|pid| pids.contains(&pid))
    };
    let mut lines = format!("{heading}\n");
    for line in table.lines().skip(1).filter(|line| is_one(line)) {
        lines.push_str(line);
        lines.push('\n');
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_processes_of_the_container_are_printed() {
        let table =
            "UID   PID  PPID CMD\nroot    1     0 init\nroot   12     1 sh 1\nroot   13    12 sleep\n";
        assert_eq!(lines_of(table, &[12].into()).unwrap(), "UID   PID  PPID CMD\nroot   12     1 sh 1\n");
        assert!(lines_of("USER\nroot\n", &[1].into()).is_err());
    }
}
