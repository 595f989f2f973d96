//! The control group of the command: `--limit`, `--cgroup`, and the rules of `--device`.

use insula_cgroup::CgroupPath;
use insula_cgroup::systemd::SystemdError;
use insula_engine::group::{Group, GroupError, Place, Told};
use insula_sandbox::Sandbox;
use rustix::io::Errno;

use super::options::{Explain, Options};
use crate::args::{Arg, Invalid, text};
use crate::output;
use crate::report::{Failure, chain};

/// What `--cgroup` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum GroupOption {
    /// Nothing: a group near the caller's, if something is limited.
    #[default]
    Near,
    /// The caller's own.
    None,
    /// This one.
    At(CgroupPath),
}

impl GroupOption {
    pub(super) fn parse(word: Arg) -> Result<Self, Invalid> {
        match text(word)? {
            "none" => Ok(Self::None),
            path => Ok(Self::At(CgroupPath::new(path)?)),
        }
    }
}

/// Makes the group that the options ask for; none if they ask for none.
pub(super) fn begin(options: &mut Options) -> Result<Option<Group>, Failure> {
    let limits = &options.limits;
    let rules = options.devices.rules()?;
    let is_limited = !limits.bounds.is_empty() || rules.is_some();
    let place = match &limits.group {
        GroupOption::None if is_limited => {
            return Err(Failure::usage("what is limited needs a control group: leave out `--cgroup none`"));
        }
        GroupOption::None => return Ok(None),
        GroupOption::Near if !is_limited => return Ok(None),
        GroupOption::Near => Place::Near,
        GroupOption::At(path) => Place::At(path.clone()),
    };
    let mut resources = limits.bounds.resources()?;
    resources.devices = rules;
    let explain_it = options.explain;
    let tell = move |told: Told<'_>| {
        if explain_it != Explain::No {
            say(told);
        }
    };
    match Group::create(&place, &resources, &tell) {
        Ok(group) => {
            options.files.groups.extend(group.mount_points().iter().cloned());
            Ok(Some(group))
        }
        Err(error) if options.best_effort => {
            let reason = explain(error).text("insula");
            output::complain(&format!("{reason}insula: going on without a control group, and its limits\n"));
            Ok(None)
        }
        Err(error) => Err(explain(error)),
    }
}

/// Has the command be born in the group.
pub(super) fn enter(group: Option<&Group>, sandbox: &mut Sandbox) -> Result<(), Failure> {
    group.map_or(Ok(()), |group| group.enter(sandbox).map_err(explain))
}

/// Takes the group away, when the command has ended; tells what its status does not.
pub(super) fn end(group: Option<Group>) {
    let Some(group) = group else { return };
    if let Ok(kills @ 1..) = group.oom_kills() {
        output::complain(&format!(
            "insula: for want of memory, {kills} of the command's processes were killed: see `--limit memory`\n"
        ));
    }
    if let Err(error) = group.end() {
        output::complain(&explain(error).hint("`insula gc` takes it away later").text("insula"));
    }
}

/// A line of `--explain`.
fn say(told: Told<'_>) {
    let (call, purpose) = match told {
        Told::Scope(name) => (format!("StartTransientUnit({name:?})"), "ask systemd for a scope"),
        Told::Make(directory) => (format!("mkdir(\"{}\")", directory.display()), "make a control group"),
        Told::Set(act) => (act.to_string(), "limit the command"),
        _ => return,
    };
    output::complain(&format!("{call:<72} # {purpose}\n"));
}

/// Why the command has no group, and what can be done.
fn explain(error: GroupError) -> Failure {
    let (cause, hint) = match &error {
        GroupError::NotDelegated { systemd, .. } => {
            let cause = match systemd.as_deref() {
                Some(error @ (SystemdError::NoUserBus | SystemdError::Connect { .. })) => {
                    format!("this user may not write near its own control group, and {}", chain(error))
                }
                Some(error) => chain(error),
                None => "this user may not write near its own control group, as `/proc/self/cgroup` names it".to_owned(),
            };
            (
                Some(cause),
                Some(
                    "log in so that a systemd runs for this user (`loginctl enable-linger` as root), run as root, or have root \
                     give a group away and name it by `--cgroup`"
                        .to_owned(),
                ),
            )
        }
        GroupError::Exists { group } => (
            None,
            Some(format!(
                "run without limits to enter it, or name another by `--cgroup`; if an interrupted command left `{group}`, \
                 `insula gc` takes it away"
            )),
        ),
        GroupError::Limit(insula_cgroup::SetError::NoController { controller, .. }) => (
            Some(format!("the groups above do not hand `{controller}` on to those of this user, or the kernel lacks it")),
            Some(
                "root can have them do it: `Delegate=cpu cpuset io memory pids` in a drop-in of systemd's `user@.service`"
                    .to_owned(),
            ),
        ),
        GroupError::Limit(insula_cgroup::SetError::Program { source: Errno::PERM | Errno::ACCESS, .. }) => (
            Some("rules about devices take CAP_SYS_ADMIN or CAP_BPF in the initial user namespace".to_owned()),
            Some("run as root; without `none` and `:rwm`, `--device` shows a device, and its permissions decide".to_owned()),
        ),
        _ => (None, None),
    };
    Failure::from(error).explained(cause, hint)
}
