//! Where in a start its filter of system calls is installed.

use insula_seccomp::{Action as Answer, Argument, Machine, Operator, Profile, Rule};
use insula_sys::seccomp::Filter;
use insula_sys::step::{Fd, PARTS, Part, Step};

use super::Plan;
use crate::error::Error;
use crate::{Action, Init, Seccomp};

/// `linux/prctl.h`.
const PR_SET_NAME: u64 = 15;

/// Adds the filter, if there is one, to what the process does that becomes the payload.
pub(super) fn compile(plan: &mut Plan, seccomp: Option<Seccomp>) -> Result<(), Error> {
    let Some(Seccomp { filter, listener }) = seccomp else { return Ok(()) };
    match (&listener, filter.notifies()) {
        (None, true) => {
            return Err(contradiction("a filter that notifies", "needs somebody to send its listener to"));
        }
        (Some(_), false) => return Err(contradiction("a listener", "needs a filter that notifies")),
        _ => {}
    }
    let slot = listener.is_some().then(|| plan.slot());
    let instructions = filter.instructions().into();
    let step = Step::Filter(Box::new(Filter { instructions, flags: filter.flags(), listener: slot }));
    plan.process(Action::Filter, step);
    if let (Some(listener), Some(slot)) = (listener, slot) {
        let message = listener.message.into_boxed_slice();
        let is_empty = |part: &Part| matches!(part, Part::Bytes(bytes) if bytes.is_empty());
        if message.iter().all(is_empty) || message.len() > PARTS {
            return Err(contradiction(
                "the message with a listener",
                "has one byte at least and a few parts at most",
            ));
        }
        let socket = plan.keep(listener.socket)?;
        plan.process(Action::HandOver, Step::SendDescriptor { socket, descriptor: Fd::Slot(slot), message });
    }
    Ok(())
}

fn contradiction(what: &str, why: &'static str) -> Error {
    Error::Contradiction { what: what.to_owned(), why }
}

/// The init is no payload, and gets a filter of its own: from then on it can do what `init/main.rs` does, and nothing else.
pub(super) fn confine_init(plan: &mut Plan) {
    if plan.program.init != Init::Reaper {
        return;
    }
    let mut profile = Profile::new(Answer::Errno(1));
    let calls = ["execveat", "exit_group", "kill", "rt_sigtimedwait", "wait4", "write"];
    profile.rules.push(Rule::new(calls, Answer::Allow));
    let name = Argument::new(0, Operator::Equal(PR_SET_NAME)).expect("a call has a first argument");
    profile.rules.push(Rule::new(["prctl"], Answer::Allow).when([name]));
    let filter = profile.compile(Machine::HERE).expect("it is short and notifies nobody");
    let instructions = filter.instructions().into();
    plan.program.reaper.push(Step::NoNewPrivs);
    plan.program.reaper.push(Step::Filter(Box::new(Filter {
        instructions,
        flags: filter.flags(),
        listener: None,
    })));
}
