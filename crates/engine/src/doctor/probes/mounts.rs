//! Mounts that ordinary users need, by mounting them in a namespace that ends at once.

use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::{Mount, Propagation};

use super::super::probe::{Lab, Outcome};
use super::super::trial;

pub(super) fn proc(lab: &Lab) -> Outcome {
    let kinds = lab.with_user(Kind::Pid | Kind::Mnt);
    let result = trial::sandbox(kinds).and_then(|mut sandbox| {
        sandbox.mounts.propagation = Some(Propagation::Private);
        sandbox.mounts.mounts.push(Mount::Proc("/proc".into()));
        trial::run(sandbox)
    });
    lab.outcome(result, &format!("mounted one {}", within(kinds)))
}

fn within(kinds: Kinds) -> &'static str {
    if kinds.contains(Kind::User) { "in a new user namespace" } else { "in a new mount namespace, as root" }
}
