//! `--best-effort`: what is given up when a start fails, so that the next one can succeed.

use std::path::Path;

use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::Mount;
use insula_sandbox::{Action, Init, Sandbox, StartFailure, Stream};

use super::options::Options;

/// Takes out of `options` what failed, and says what that was; `None` if the command cannot do without it, or must not:
/// who it is and what it may not do is never given up.
pub(super) fn give_up(options: &mut Options, failure: &StartFailure) -> Option<String> {
    match &failure.action {
        Action::Create(kinds) => {
            let refused = refused(*kinds);
            // Without its user namespace, the command would have the caller's own privileges.
            if refused.is_empty() || refused == *kinds || refused.contains(Kind::User) {
                return None;
            }
            options.namespaces.share |= refused;
            forget(options, refused);
            Some(format!("new namespaces of these kinds: {refused}"))
        }
        Action::Hostname(name) => {
            options.namespaces.hostname = None;
            Some(format!("the host name `{name}`"))
        }
        Action::Domainname(name) => {
            options.namespaces.domainname = None;
            Some(format!("the domain name `{name}`"))
        }
        Action::TimeOffsets => {
            options.namespaces.time_offsets.clear();
            Some("shifted clocks".to_owned())
        }
        Action::Loopback => {
            options.namespaces.loopback_down = true;
            Some("the loopback interface".to_owned())
        }
        Action::Mount(what, target) => {
            without_mount(options, target).then(|| format!("{what} on `{}`", target.display()))
        }
        Action::Limit(name) => {
            options.limits.rlimits.retain(|limit| limit.resource.name() != *name);
            Some(format!("the limit `{name}`"))
        }
        Action::OomScore(_) => {
            options.limits.oom_score = None;
            Some("the out-of-memory score".to_owned())
        }
        Action::Scheduling => {
            options.limits.nice = None;
            options.limits.scheduler = None;
            Some("the priority".to_owned())
        }
        _ => None,
    }
}

/// Those of `kinds` that cannot be made, found by trying each alone (in a new user namespace, if that is among them).
fn refused(kinds: Kinds) -> Kinds {
    let works = |tried: Kinds| {
        let mut trial = Sandbox::new("/proc/self/exe").arg("--version").unshare(tried).init(Init::Payload);
        trial.stdio.streams = [Stream::Null, Stream::Null, Stream::Null];
        trial.status().is_ok()
    };
    let user = kinds.contains(Kind::User) && works(Kind::User.into());
    let with_user = |kind: Kind| if user { kind | Kind::User } else { kind.into() };
    kinds.iter().filter(|kind| if *kind == Kind::User { !user } else { !works(with_user(*kind)) }).collect()
}

/// Takes out what belongs to namespaces that are not there.
fn forget(options: &mut Options, kinds: Kinds) {
    if kinds.contains(Kind::Uts) {
        options.namespaces.hostname = None;
        options.namespaces.domainname = None;
    }
    if kinds.contains(Kind::Time) {
        options.namespaces.time_offsets.clear();
    }
}

fn without_mount(options: &mut Options, target: &Path) -> bool {
    let files = &mut options.files;
    let before = files.mounts.len();
    files.mounts.retain(|mount| target_of(mount) != Some(target));
    if files.mounts.len() < before {
        return true;
    }
    match target.to_str() {
        Some("/proc") => !std::mem::replace(&mut files.no_proc, true),
        Some("/dev") => !std::mem::replace(&mut files.no_dev, true),
        _ => false,
    }
}

fn target_of(mount: &Mount) -> Option<&Path> {
    match mount {
        Mount::Bind(bind) => Some(&bind.target),
        Mount::Tmpfs(tmpfs) => Some(&tmpfs.target),
        Mount::Overlay(overlay) => Some(&overlay.target),
        Mount::FileSystem(file_system) => Some(&file_system.target),
        Mount::File(file) => Some(&file.target),
        _ => None,
    }
}
