//! `process.apparmorProfile` and `process.selinuxLabel`.

use insula_sandbox::SecurityContext;

use crate::error::Error;
use crate::spec::Process;

/// What the process is labelled with; refused where the module is not there to enforce it.
pub(super) fn context(process: &Process) -> Result<Option<SecurityContext>, Error> {
    match (&process.apparmor_profile, &process.selinux_label) {
        (Some(_), Some(_)) => Err(Error::TwoLabels),
        (Some(profile), None) if has_apparmor() => Ok(Some(SecurityContext::AppArmor(profile.clone()))),
        (Some(profile), None) => Err(Error::NoApparmor(profile.clone())),
        (None, Some(label)) if has_selinux() => Ok(Some(SecurityContext::Selinux(label.clone()))),
        (None, Some(label)) => Err(Error::NoSelinux(label.clone())),
        (None, None) => Ok(None),
    }
}

fn has_apparmor() -> bool {
    std::fs::read("/sys/module/apparmor/parameters/enabled").is_ok_and(|text| text.starts_with(b"Y"))
}

fn has_selinux() -> bool {
    std::fs::exists("/sys/fs/selinux/enforce").unwrap_or(false)
}
