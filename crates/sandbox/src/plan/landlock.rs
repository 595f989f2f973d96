//! Landlock's rules, found inside, and the restriction.

use std::os::fd::AsFd as _;

use insula_sys::landlock::{Landlock as LandlockStep, allow_port, create_ruleset, net, version};
use insula_sys::step::{Fd, Step};
use rustix::io::Errno;

use super::Plan;
use crate::command::c_string;
use crate::error::Error;
use crate::landlock::{Effort, known};
use crate::{Action, Landlock};

/// Plans the rules, and gives the ruleset that is left to be enforced, if anything is restricted.
pub(super) fn rules(plan: &mut Plan, landlock: Landlock) -> Result<Option<Fd>, Error> {
    if landlock.is_empty() {
        return Ok(None);
    }
    let version = match version() {
        Err(Errno::NOSYS | Errno::OPNOTSUPP) => 0,
        version => version.map_err(refused)?,
    };
    let lacking = landlock.lacking(version);
    if landlock.effort == Effort::All && !lacking.is_empty() {
        return Err(Error::LandlockVersion { version, lacking });
    }
    let handled = known(landlock.handled(), version);
    if handled == insula_sys::landlock::Handled::default() {
        return Ok(None);
    }
    let ruleset = create_ruleset(handled).map_err(refused)?;
    for (ports, right) in [(&landlock.connect_tcp, net::CONNECT_TCP), (&landlock.bind_tcp, net::BIND_TCP)] {
        for port in ports.iter().flatten().filter(|_| handled.net & right != 0) {
            allow_port(ruleset.as_fd(), *port, right).map_err(refused)?;
        }
    }
    let ruleset = plan.keep(ruleset)?;
    let slot = plan.slot();
    for (path, rights) in landlock.rules() {
        let rights = rights & handled.fs;
        if rights == 0 {
            continue;
        }
        let action = Action::Allow(path.clone());
        plan.process(action.clone(), Step::Open { path: c_string(&path)?, into: slot });
        let step = LandlockStep::AllowPath { ruleset, path: slot.into(), rights };
        plan.process(action, Step::Landlock(step));
        plan.process(Action::Allow(path), Step::Close(slot));
    }
    Ok(Some(ruleset))
}

/// Adds the restriction, if there is one, to what the process does that becomes the payload.
pub(super) fn restrict(plan: &mut Plan, ruleset: Option<Fd>) {
    if let Some(ruleset) = ruleset {
        plan.process(Action::Restrict, Step::Landlock(LandlockStep::RestrictSelf { ruleset }));
    }
}

fn refused(errno: Errno) -> Error {
    Error::Caller { what: "make the ruleset of Landlock", errno }
}
