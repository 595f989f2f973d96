//! What administrators and containers have put in the way.

use insula_sandbox::capability::CapabilitySet as Names;
use rustix::thread::CapabilitySet;

use super::super::diagnose::apparmor_profile;
use super::super::probe::{Lab, Outcome};
use super::super::surroundings::Surroundings;

pub(super) fn user_namespaces(lab: &Lab) -> Outcome {
    let privileged = lab.caller.capabilities.contains(CapabilitySet::SYS_ADMIN);
    let found = |evidence: &str| {
        // Root may all the same, but who works on this machine wants to know.
        if privileged { Outcome::limited(evidence) } else { Outcome::no(evidence) }
    };
    if lab.evidence.setting("kernel.unprivileged_userns_clone") == Some(0) {
        return found(
            "kernel.unprivileged_userns_clone = 0: only privileged users may create user namespaces",
        )
        .fix("as root: `sysctl kernel.unprivileged_userns_clone=1`");
    }
    if lab.evidence.apparmor_restricts() {
        return found(
            "kernel.apparmor_restrict_unprivileged_userns = 1: only programs with an AppArmor profile that says so may \
             use user namespaces",
        )
        .fix(apparmor_profile(&lab.evidence));
    }
    Outcome::works(
        "neither kernel.unprivileged_userns_clone nor kernel.apparmor_restrict_unprivileged_userns forbids them",
    )
}

pub(super) fn capabilities(lab: &Lab) -> Outcome {
    let Some(process) = lab.evidence.process() else {
        return Outcome::limited("/proc/self/status can't be read");
    };
    let last = lab.evidence.setting("kernel.cap_last_cap").unwrap_or(40).min(63);
    let every = u64::MAX >> (63 - last);
    let missing = every & !process.bounding.bits();
    if missing == 0 {
        return Outcome::works("the bounding set has all");
    }
    let names = Names::from_bits(missing);
    Outcome::limited(format!("the bounding set lacks some, which not even root has here: {names}"))
        .fix("start from outside this container or service, or let it have them (`--cap-add`)")
}

pub(super) fn seccomp(lab: &Lab) -> Outcome {
    let surroundings = Surroundings::read(&lab.evidence);
    if !surroundings.seccomp {
        return Outcome::works("no seccomp filter looks at this process (/proc/self/status)");
    }
    let fix = surroundings
        .container
        .map_or("start it where no such filter is set", |container| container.unfiltered());
    Outcome::limited(
        "a seccomp filter looks at this process (/proc/self/status); what it refuses shows in the others",
    )
    .fix(fix)
}

pub(super) fn no_new_privs(lab: &Lab) -> Outcome {
    if Surroundings::read(&lab.evidence).no_new_privs {
        Outcome::limited("no_new_privs is set, so `newuidmap` and `sudo` gain nothing here")
            .fix("start from a process without it (it can't be taken back)")
    } else {
        Outcome::works("no_new_privs is not set (/proc/self/status)")
    }
}

pub(super) fn surroundings(lab: &Lab) -> Outcome {
    let found = Surroundings::read(&lab.evidence);
    let outside = found.container.is_none() && found.inner.is_empty() && !found.chroot && !found.partial_ids;
    if outside { Outcome::works(found.describe()) } else { Outcome::limited(found.describe()) }
}
