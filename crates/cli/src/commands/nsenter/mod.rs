//! The personality `nsenter`: a program in existing namespaces, as util-linux's `nsenter(1)` has it.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use insula_engine::target::{TargetError, TargetProcess};
use insula_ns::{Kind, NamespaceError};
use insula_sandbox::mounts::{Directory, Root};
use insula_sandbox::{Sandbox, SecurityContext};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::execute::{self, Interruption};
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::diagnosis::untraceable;
use crate::report::Failure;

mod cgroup;
mod namespaces;
mod options;

use namespaces::Entered;
use options::{Id, Options, Spot};

pub(super) const COMMAND: Command<Options> = Command {
    name: "nsenter",
    face: FaceKind::Personality,
    about: "Run a program in existing namespaces",
    usage: &["[OPTIONS] [PROGRAM [ARGUMENT…]]"],
    details: "Without a program, `$SHELL` or else `/bin/sh` is run as a login shell.\n\n\
              The options are those of util-linux 2.42. The exit status is that of the program: 126 if it cannot be \
              executed, 127 if it is not found, 1 if anything before fails.",
    examples: &[
        Example { line: "nsenter -t 4711 -a", does: "a shell where process 4711 is" },
        Example { line: "nsenter -t 4711 -n ip addr", does: "its network, with our programs" },
        Example { line: "nsenter --net=/run/netns/blue ip addr", does: "a network namespace of `ip netns`" },
    ],
    order: Order::BeforeOperands,
    flags: options::FLAGS,
    exits: execute::EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if options.directory.is_some() && options.directory_inside.is_some() {
        return Err(Failure::usage("`--wd` and `--wdns` exclude each other"));
    }
    let target = match options.target {
        Some((pid, inode)) => Some(TargetProcess::open(pid, inode)?),
        None => None,
    };
    let target = target.as_ref();
    let entered = Entered::open(&options, target)?;
    let kinds = entered.kinds();
    let environment =
        if options.environment { Some(environment(target_of(target, "--env")?)?) } else { None };
    let shell = match &environment {
        Some(variables) => {
            variables.iter().find(|(name, _)| name == "SHELL").and_then(|(_, shell)| shell.clone())
        }
        None => std::env::var_os("SHELL"),
    };
    let mut sandbox = execute::sandbox(operands, shell);
    if let Some(variables) = environment {
        sandbox.command.clear_environment = true;
        sandbox.command.environment = variables;
    }
    credentials(&mut sandbox, &options, target, kinds.contains(Kind::User))?;
    if options.follow_context {
        sandbox.identity.security_context = Some(context(target_of(target, "--follow-context")?)?);
    }
    if options.join_cgroup {
        sandbox.cgroups = cgroup::files(target_of(target, "--join-cgroup")?)?;
    }
    let fork = kinds.contains(Kind::Pid) && !options.stay;
    directories(&mut sandbox, options, target)?;
    sandbox.namespaces.join = entered.joins(target)?;
    if fork { execute::in_child(sandbox, Interruption::Ends) } else { Err(execute::in_place(sandbox)) }
}

/// The target, which `option` needs.
fn target_of<'a>(target: Option<&'a TargetProcess>, option: &str) -> Result<&'a TargetProcess, Failure> {
    target.ok_or_else(|| Failure::usage(format!("`{option}` needs a target process: `--target PID`")))
}

/// Why something of the target is not to be had.
fn refused(error: TargetError) -> Failure {
    let errno = match &error {
        TargetError::ProcFile { source, .. }
        | TargetError::Namespace(NamespaceError::OfProcess { source, .. }) => Some(*source),
        _ => None,
    };
    let failure = Failure::from(error);
    match errno {
        Some(Errno::PERM | Errno::ACCESS) => {
            let explanation = untraceable();
            failure.explained(explanation.cause, explanation.hint)
        }
        _ => failure,
    }
}

/// User, groups and capabilities. Where a user namespace is entered, one is its root unless told otherwise.
fn credentials(
    sandbox: &mut Sandbox,
    options: &Options,
    target: Option<&TargetProcess>,
    enters_user: bool,
) -> Result<(), Failure> {
    let default = (enters_user && !options.preserve_credentials).then_some(0);
    let mut followed = (None, None);
    for (id, option) in [(options.uid, "--setuid=follow"), (options.gid, "--setgid=follow")] {
        if id == Some(Id::Follow) {
            let target = target_of(target, option)?;
            followed = if enters_user {
                // Its ids inside, which are those that count there.
                let inside = target.credentials().map_err(refused)?;
                (inside.uid, inside.gid)
            } else {
                let (uid, gid) = target.seen_ids().map_err(refused)?;
                (Some(uid), Some(gid))
            };
        }
    }
    let choose = |asked: Option<Id>, followed: Option<u32>, what: &str| match asked {
        None => Ok(default),
        Some(Id::Given(id)) => Ok(Some(id)),
        Some(Id::Follow) if followed.is_some() => Ok(followed),
        Some(Id::Follow) => {
            Err(Failure::new(format!("the {what} id of the target does not exist in its user namespace")))
        }
    };
    let identity = &mut sandbox.identity;
    identity.uid = choose(options.uid, followed.0, "user")?;
    identity.gid = choose(options.gid, followed.1, "group")?;
    identity.groups = identity.gid.map(|_| Vec::new());
    identity.keep_capabilities = options.keep_capabilities && enters_user;
    Ok(())
}

/// Root and working directory, opened here, before anything is entered.
fn directories(
    sandbox: &mut Sandbox,
    options: Options,
    target: Option<&TargetProcess>,
) -> Result<(), Failure> {
    let mounts = &mut sandbox.mounts;
    let rooted = options.root.is_some();
    if let Some(spot) = options.root {
        let (directory, name) = open(spot, target, "--root", "root", TargetProcess::root)?;
        mounts.root = Root::Handle { directory, name };
    }
    mounts.directory = if let Some(spot) = options.directory {
        let (directory, name) = open(spot, target, "--wd", "cwd", TargetProcess::working_directory)?;
        Some(Directory::Handle { directory, name })
    } else if let Some(path) = options.directory_inside {
        Some(Directory::Path(path))
    } else if rooted {
        // A new root leaves the working directory alone.
        let name = PathBuf::from(".");
        Some(Directory::Handle { directory: open_path(&name)?, name })
    } else {
        None
    };
    Ok(())
}

fn open(
    spot: Spot,
    target: Option<&TargetProcess>,
    option: &str,
    link: &str,
    of_target: fn(&TargetProcess) -> Result<OwnedFd, TargetError>,
) -> Result<(OwnedFd, PathBuf), Failure> {
    match spot {
        Spot::Path(path) => Ok((open_path(&path)?, path)),
        Spot::Target => {
            let target = target_of(target, option)?;
            let name = PathBuf::from(format!("/proc/{}/{link}", target.pid()));
            Ok((of_target(target).map_err(refused)?, name))
        }
    }
}

fn open_path(path: &Path) -> Result<OwnedFd, Failure> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty())
        .map_err(|errno| Failure::from(errno).context(&format!("cannot open directory `{}`", path.display())))
}

/// The variables that the target was started with.
fn environment(target: &TargetProcess) -> Result<Vec<(OsString, Option<OsString>)>, Failure> {
    let text = target.environment().map_err(refused)?;
    let variable = |entry: &[u8]| {
        let at = entry.iter().position(|byte| *byte == b'=')?;
        let [name, value] = [&entry[..at], &entry[at + 1..]].map(|part| OsStr::from_bytes(part).to_owned());
        Some((name, Some(value)))
    };
    Ok(text.split(|byte| *byte == 0).filter_map(variable).collect())
}

/// The SELinux context of the target.
fn context(target: &TargetProcess) -> Result<SecurityContext, Failure> {
    /// Where the kernel's interface is mounted wherever SELinux is in force.
    const SELINUX: &str = "/sys/fs/selinux/enforce";
    if !Path::new(SELINUX).exists() {
        return Err(Failure::new("cannot follow the security context of the target")
            .cause(format!("SELinux is not in force here: there is no `{SELINUX}`"))
            .hint("leave `--follow-context` out"));
    }
    let mut context = target.security_context().map_err(refused)?;
    context.retain(|byte| *byte != 0);
    Ok(SecurityContext::Selinux(String::from_utf8_lossy(&context).into_owned()))
}
