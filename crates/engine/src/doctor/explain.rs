//! From the error of a sandbox to what a person is told about it.

use std::path::Path;

use insula_ns::Kinds;
use insula_ns::idmap::IdKind;
use insula_sandbox::{Action, Error, StartFailure};

use super::diagnose::{Birthplace, Diagnosis, Operation, diagnose};
use super::evidence::Evidence;
use super::reach::explain_namespace;

/// What stands below an error message. The error itself, with its sources, is told above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// What is in the way, unless the error says so itself.
    pub cause: Option<String>,
    /// The smallest thing to do about it.
    pub hint: Option<String>,
}

impl From<Diagnosis> for Explanation {
    fn from(diagnosis: Diagnosis) -> Self {
        Self { cause: Some(diagnosis.cause), hint: diagnosis.hint }
    }
}

/// Explains why a sandbox did not start, with the evidence of this moment.
#[must_use]
pub fn explain(error: &Error, evidence: &Evidence) -> Explanation {
    match error {
        Error::Start(failure) => explain_start(failure, evidence).map(Into::into).unwrap_or_default(),
        Error::MapMount { source_path, errno, .. } => {
            let operation = Operation::MapMount { source: source_path };
            diagnose(&operation, *errno, evidence).map(Into::into).unwrap_or_default()
        }
        Error::Namespace(source) => explain_namespace(source, evidence).map(Into::into).unwrap_or_default(),
        Error::Ids(source) => Explanation { cause: None, hint: source.hint() },
        Error::Proc(_) => {
            Explanation { cause: None, hint: Some("as root: `mount -t proc proc /proc`".to_owned()) }
        }
        Error::Vanished { signal: Some(number), .. } if *number == rustix::process::Signal::SYS.as_raw() => {
            Explanation {
                cause: Some(
                    "a seccomp filter outside kills whoever makes one of the calls of the start".to_owned(),
                ),
                hint: Some(
                    "start from outside of the container or service that set it, or let it allow the calls: \
                            `insula run --explain=only` prints them"
                        .to_owned(),
                ),
            }
        }
        Error::LandlockVersion { version, .. } => Explanation {
            cause: None,
            hint: Some(match version {
                0 => "turn it on with the kernel's parameter `lsm=landlock,…`, or go on without: `--best-effort`".to_owned(),
                _ => "go on without: `--best-effort`".to_owned(),
            }),
        },
        _ => Explanation::default(),
    }
}

/// Explains one step that failed.
#[must_use]
pub fn explain_start(failure: &StartFailure, evidence: &Evidence) -> Option<Diagnosis> {
    if let Action::Root(path) = &failure.action
        && path.is_file()
    {
        return Some(
            Diagnosis::new(format!("`{}` is a file, and a root has to be a directory", path.display()))
                .hint("if it is an image or archive, unpack or mount it first"),
        );
    }
    let operation = operation(failure)?;
    let inside = match failure.action {
        // What happens before the new process is on its own, or outside of it.
        Action::Prepare
        | Action::Create(_)
        | Action::Join(_)
        | Action::JoinProcess(_)
        | Action::Own(_)
        | Action::MapIds(_)
        | Action::Pin(..) => Kinds::NONE,
        _ => failure.kinds,
    };
    diagnose(&operation, failure.errno, &evidence.inside(inside))
}

/// In which control group the new process was to be.
fn birthplace(failure: &StartFailure) -> Birthplace {
    let elsewhere = failure.call.contains("CLONE_INTO_CGROUP");
    if elsewhere { Birthplace::OtherCgroup } else { Birthplace::Inherited }
}

/// The operation that a failed step was.
fn operation(failure: &StartFailure) -> Option<Operation<'_>> {
    let call = call(&failure.call);
    Some(match &failure.action {
        Action::Create(kinds) if call == "unshare" => Operation::Unshare { kinds: *kinds },
        Action::Create(kinds) => Operation::Create { kinds: *kinds, cgroup: birthplace(failure) },
        Action::Join(kind) => Operation::Enter { kinds: Kinds::from(*kind) },
        Action::JoinProcess(kinds) => Operation::Enter { kinds: *kinds },
        Action::MapIds("uid_map") => Operation::WriteMap(IdKind::Uid),
        Action::MapIds("gid_map") => Operation::WriteMap(IdKind::Gid),
        Action::MapIds(_) => Operation::WriteSetGroups,
        Action::Pin(kind, _) if *kind == insula_ns::Kind::Mnt => {
            Operation::Bind { source: Path::new("/proc/self/ns/mnt") }
        }
        Action::Pin(_, target) => Operation::Attach { target },
        Action::Hostname(_) | Action::Domainname(_) => Operation::SetName,
        Action::TimeOffsets => Operation::WriteTimeOffsets,
        Action::Loopback => Operation::SetLinkUp,
        Action::Propagation => Operation::SetMountAttributes { target: Path::new("/") },
        Action::Root(path)
        | Action::Mount(_, path)
        | Action::EnterRoot(path)
        | Action::DetachOld(path)
        | Action::Source(path)
        | Action::ReadOnly(path)
        | Action::Mask(path) => on_path(failure, call, path),
        Action::Allow(path)
        | Action::MountPoint(path)
        | Action::Make(path)
        | Action::WorkingDirectory(path) => Operation::UsePath(path),
        Action::Own(owner) => Operation::SetUid(owner.uid),
        Action::Prepare => Operation::Prepare,
        Action::Limit(_) => Operation::SetLimit,
        Action::OomScore(_) => Operation::SetOomScore,
        Action::Scheduling => Operation::SetScheduling,
        Action::Groups => Operation::SetGroups,
        Action::Gid(id) => Operation::SetGid(*id),
        Action::Uid(id) => Operation::SetUid(*id),
        Action::Capabilities => Operation::SetCapabilities,
        Action::Filter => Operation::InstallFilter,
        Action::HandOver => Operation::HandOver,
        Action::Restrict => Operation::RestrictSelf,
        Action::Execute(program) => Operation::Execute { program },
        _ => return None,
    })
}

/// A step on a mount or the root; the call says which.
fn on_path<'a>(failure: &'a StartFailure, call: &str, path: &'a Path) -> Operation<'a> {
    let fs_type = match &failure.action {
        _ if call == "fsopen" => quoted(&failure.call).unwrap_or("tmpfs"),
        // An error message says "procfs"; the kernel's name for it is "proc".
        Action::Mount(what, _) if what == "procfs" => "proc",
        Action::Mount(what, _) if !what.contains(' ') => what,
        // What is told in more words is made of files in memory.
        _ => "tmpfs",
    };
    match call {
        "mount" if failure.call.contains("MS_BIND") => Operation::Bind { source: path },
        "mount" | "fsopen" | "fsconfig" | "fsmount" => Operation::Mount { fs_type, target: path },
        "open_tree" => Operation::Bind { source: path },
        "move_mount" => Operation::Attach { target: path },
        "mount_setattr" if failure.call.contains("MOUNT_ATTR_IDMAP") => Operation::MapMount { source: path },
        "mount_setattr" => Operation::SetMountAttributes { target: path },
        "umount2" => Operation::Unmount { target: path },
        "pivot_root" => Operation::PivotRoot { new_root: path },
        _ => Operation::UsePath(path),
    }
}

/// The name of the call in a step's text: `fd1 = fsopen("proc")` is `fsopen`.
fn call(text: &str) -> &str {
    let call = text.split('(').next().unwrap_or(text);
    call.rsplit(' ').next().unwrap_or(call)
}

/// The first argument in quotes.
fn quoted(text: &str) -> Option<&str> {
    text.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use insula_ns::Kind;
    use rustix::io::Errno;

    fn failure(action: Action, call: &str) -> StartFailure {
        StartFailure {
            action,
            call: call.to_owned(),
            errno: Errno::PERM,
            said: None,
            kinds: Kind::User.into(),
        }
    }

    #[test]
    fn the_call_tells_steps_of_one_purpose_apart() {
        let mount = |call: &str| {
            let failure = failure(Action::Mount("procfs".to_owned(), "/proc".into()), call);
            format!("{:?}", operation(&failure).unwrap())
        };
        assert_eq!(mount("fd1 = fsopen(\"tmpfs\")"), "Mount { fs_type: \"tmpfs\", target: \"/proc\" }");
        assert_eq!(mount("fd1 = fsopen(\"proc\")"), "Mount { fs_type: \"proc\", target: \"/proc\" }");
        assert_eq!(mount("mount(\"proc\", \"/proc\", \"proc\", MS_NOSUID, NULL)"), mount("fsconfig(fd1, X)"));
        assert_eq!(mount("mount(\"/a\", \"/proc\", NULL, MS_BIND, NULL)"), "Bind { source: \"/proc\" }");
        assert_eq!(mount("move_mount(fd1, fd2)"), "Attach { target: \"/proc\" }");
        assert_eq!(mount("mount_setattr(fd1, 0, set MOUNT_ATTR_IDMAP)"), "MapMount { source: \"/proc\" }");
        assert_eq!(mount("fd2 = openat2(fd1, \"proc\", O_PATH)"), "UsePath(\"/proc\")");
    }

    #[test]
    fn creation_is_clone_or_unshare() {
        let create = |call: &str| {
            let failure = failure(Action::Create(Kind::User.into()), call);
            matches!(operation(&failure), Some(Operation::Unshare { .. }))
        };
        assert!(create("unshare(CLONE_NEWUSER)"));
        assert!(!create("clone3(CLONE_NEWUSER)"));
    }
}
