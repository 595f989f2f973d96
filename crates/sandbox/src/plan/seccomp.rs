//! The filter of system calls, the last thing of a start before the payload is executed, so that it need permit no more than
//! that.

use insula_ns::Kind;
use insula_seccomp::{Action as Answer, Argument, Machine, Operator, Profile, Rule};
use insula_sys::program::Way as Execution;
use insula_sys::seccomp::Filter;
use insula_sys::step::{Fd, PARTS, Part, Step, TakeFrom};

use rustix::thread::{CapabilitySet as Bits, capabilities, capability_is_in_ambient_set};

use super::Plan;
use super::mounts::CAP_SYS_ADMIN;
use crate::capability::CapabilitySet;
use crate::error::Error;
use crate::{Action, Identity, Init, Seccomp};

/// `linux/prctl.h`.
const PR_SET_NAME: u64 = 15;

/// By what right a filter is installed: `seccomp(2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Right {
    /// No new privileges.
    #[default]
    Given,
    /// `CAP_SYS_ADMIN`, which the process keeps until it executes the payload. What that has by then depends on the other sets
    /// alone, but for new privileges, which it may have in this case.
    Kept,
    /// The same, and by the freestanding program, to which it is passed on as ambient and which takes it from there.
    Carried(TakeFrom),
}

impl Right {
    pub(super) fn of(plan: &Plan, identity: &Identity, seccomp: &Seccomp) -> Result<Self, Error> {
        Ok(match plan.program.image.way {
            _ if identity.no_new_privs => Self::Given,
            Execution::Direct => Self::Kept,
            // It has no socket to send a listener over.
            _ if seccomp.listener.is_some() => Self::Kept,
            Execution::Checked | Execution::Apart | Execution::Gated(_) => {
                Self::Carried(take_from(plan, identity)?)
            }
        })
    }

    pub(super) const fn is_carried(self) -> bool {
        matches!(self, Self::Carried(_))
    }
}

/// In which sets the payload is not to have the capability, which it has otherwise.
fn take_from(plan: &Plan, identity: &Identity) -> Result<TakeFrom, Error> {
    let has = |set: CapabilitySet| set.bits() >> CAP_SYS_ADMIN & 1 == 1;
    // A user namespace that is entered or made gives all that is permitted, and nothing that is inheritable.
    let own = !plan.joins_user && !plan.kinds.contains(Kind::User);
    let is_inheritable =
        || own && capabilities(None).is_ok_and(|sets| sets.inheritable.contains(Bits::SYS_ADMIN));
    let is_ambient = || own && capability_is_in_ambient_set(Bits::SYS_ADMIN).unwrap_or(false);
    let named = &identity.capabilities;
    let kept = identity.keep_capabilities;
    // What is ambient has to be inheritable.
    let inheritable =
        [named.inheritable, named.ambient].into_iter().flatten().map(has).reduce(|one, other| one || other);
    if inheritable == Some(true) && !named.bounding.is_none_or(has) {
        // The kernel says so where the capability is not inheritable before.
        return Err(contradiction("CAP_SYS_ADMIN as inheritable", "needs it in the bounding set"));
    }
    if !inheritable.unwrap_or_else(|| kept || is_inheritable()) {
        return Ok(TakeFrom::Inheritable);
    }
    let permitted = named.permitted.is_none_or(has);
    let ambient = named.ambient.map_or_else(|| permitted && (kept || is_ambient()), has);
    Ok(if ambient { TakeFrom::Nowhere } else { TakeFrom::Ambient })
}

/// Adds the filter to what is done last.
pub(super) fn compile(plan: &mut Plan, seccomp: Seccomp, right: Right) -> Result<(), Error> {
    let Seccomp { filter, listener } = seccomp;
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
    let take_from = match right {
        Right::Given => None,
        Right::Kept => Some(TakeFrom::Nowhere),
        Right::Carried(take_from) => Some(take_from),
    };
    if let Some(take_from) = take_from {
        plan.last(Action::Filter, Step::LastUse { capability: CAP_SYS_ADMIN, take_from });
    }
    plan.last(Action::Filter, step);
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
        plan.last(Action::HandOver, Step::SendDescriptor { socket, descriptor: Fd::Slot(slot), message });
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
