//! The container that a command is about.

use insula_oci::{Container, ContainerId, Deletion, Made};
use insula_sandbox::{Child, Forwarding, Status, Supervisor, Terminal};

use super::failure::explain;
use super::verb::Context;
use crate::args::Arg;
use crate::report::Failure;

/// The name, which must be the only operand.
pub(super) fn only_id(operands: &[Arg]) -> Result<ContainerId, Failure> {
    match operands {
        [id] => self::id(id),
        _ => Err(Failure::usage("expected one container")),
    }
}

/// The names that are meant: the one that is given, or, if it is a regular expression, all that have a part that it matches.
pub(super) fn meant(context: &Context<'_>, word: Arg, is_regex: bool) -> Result<Vec<ContainerId>, Failure> {
    if !is_regex {
        return Ok(vec![id(word)?]);
    }
    let pattern = word.to_str().ok_or_else(|| Failure::usage("the regular expression is not valid UTF-8"))?;
    let regex = regex_lite::Regex::new(pattern)
        .map_err(|error| Failure::from(error).context(&format!("cannot use `{pattern}`")))?;
    let ids = context.globals.runtime().ids().map_err(explain)?;
    Ok(ids.into_iter().filter(|id| regex.is_match(id.as_str())).collect())
}

/// A name.
pub(super) fn id(word: Arg) -> Result<ContainerId, Failure> {
    let word = word.to_str().ok_or_else(|| Failure::usage("the container id is not valid UTF-8"))?;
    Ok(ContainerId::new(word)?)
}

/// The container of this name.
pub(super) fn find(context: &Context<'_>, id: &ContainerId) -> Result<Container, Failure> {
    context.globals.runtime().container(id).map_err(explain)
}

/// What becomes of a container when its first process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtEnd {
    /// It stays, as one that has stopped.
    Kept,
    /// It is taken away.
    Deleted,
}

/// Stands by a container to the end of its first process, and exits as that does.
pub(super) fn finish(
    context: &mut Context<'_>,
    made: Made,
    terminal: Option<Terminal>,
    at_end: AtEnd,
) -> Result<u8, Failure> {
    // Others may look at it, signal it and take it away while it runs.
    let container = made.container.unlock().map_err(explain)?;
    let status = attend(&made.child, terminal.as_ref())?;
    drop(terminal);
    if at_end == AtEnd::Deleted {
        let runtime = context.globals.runtime();
        let deleted = container.lock(&runtime).and_then(|container| {
            container.map_or(Ok(Vec::new()), |container| container.delete(&runtime, Deletion::Forced))
        });
        for warning in deleted.map_err(explain)? {
            context.log.warning_of(&warning);
        }
    }
    Ok(status.code())
}

/// Stands by until a process of a container ends, and passes signals on to it. A key of our terminal reaches it by
/// its own terminal alone, if that is `terminal`, since it has a session of its own.
pub(super) fn attend(child: &Child, terminal: Option<&Terminal>) -> Result<Status, Failure> {
    let status = Supervisor::begin(Forwarding::All).and_then(|supervisor| {
        let status = match terminal {
            Some(terminal) => terminal.relay_started(&supervisor, child)?,
            None => supervisor.wait_for_started(child)?,
        };
        // What is run from now on is none of it.
        supervisor.end()?;
        Ok(status)
    });
    status.map_err(|error| explain(error.into()))
}
