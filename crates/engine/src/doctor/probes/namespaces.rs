//! Each kind, by creating one.

use insula_ns::{Kind, Kinds};
use insula_sandbox::{Action, Error, StartFailure};
use insula_sys::errno::Described;
use rustix::io::Errno;

use super::super::explain::explain_start;
use super::super::probe::{Lab, Outcome};
use super::super::trial;

const CREATED: &str = "created one in a child that ended at once";

pub(super) fn create(lab: &Lab, kind: Kind) -> Outcome {
    let alone = trial::create(kind.into());
    if alone == Some(Ok(())) {
        return Outcome::works(CREATED);
    }
    if kind != Kind::User && trial::create(Kind::User | kind) == Some(Ok(())) {
        return Outcome::limited(
            "created one together with a user namespace; without, it takes CAP_SYS_ADMIN",
        );
    }
    let kinds = if kind == Kind::User { kind.into() } else { Kind::User | kind };
    let errno = trial::create(kinds).and_then(Result::err).or_else(|| alone.and_then(Result::err));
    match errno {
        Some(errno) => refused(lab, kinds, errno),
        None => Outcome::no("the trial itself failed, before the namespace was to be created"),
    }
}

fn refused(lab: &Lab, kinds: Kinds, errno: Errno) -> Outcome {
    let failure =
        StartFailure { action: Action::Create(kinds), call: "clone3()".to_owned(), errno, said: None, kinds };
    match explain_start(&failure, &lab.evidence) {
        Some(diagnosis) => {
            Outcome::no(format!("{}: {}", Described(errno), diagnosis.cause)).maybe_fix(diagnosis.hint)
        }
        None => Outcome::no(Described(errno).to_string()),
    }
}

pub(super) fn all(lab: &Lab) -> Outcome {
    let run = |kinds| trial::sandbox(kinds).and_then(trial::run);
    match run(Kinds::ALL) {
        Ok(()) => Outcome::works("created all in a child that ended at once, with one's own id mapped"),
        Err(Error::Start(failure)) if matches!(failure.action, Action::Create(_)) => {
            refused(lab, Kinds::ALL, failure.errno)
        }
        Err(error) => lab.failed(&error),
    }
}

pub(super) fn limits(lab: &Lab) -> Outcome {
    let limit = |kind: Kind| lab.evidence.setting(&format!("user.max_{kind}_namespaces"));
    let zero: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| limit(*kind) == Some(0)).collect();
    if let Some(first) = zero.first() {
        let names: Vec<String> = zero.iter().map(|kind| format!("user.max_{kind}_namespaces = 0")).collect();
        return Outcome::no(names.join(", "))
            .fix(format!("as root: `sysctl user.max_{first}_namespaces=10000`"));
    }
    let lowest =
        Kind::ALL.into_iter().filter_map(|kind| Some((limit(kind)?, kind))).min_by_key(|(limit, _)| *limit);
    match lowest {
        // Fewer than a busy machine uses, by the order of magnitude.
        Some((limit, kind)) if limit < 100 => {
            Outcome::limited(format!("user.max_{kind}_namespaces = {limit}"))
                .fix(format!("as root: `sysctl user.max_{kind}_namespaces=10000`"))
        }
        Some((limit, kind)) => Outcome::works(format!("the lowest is user.max_{kind}_namespaces = {limit}")),
        None => Outcome::works("this kernel has no such limits, or hides them (/proc/sys/user)"),
    }
}
