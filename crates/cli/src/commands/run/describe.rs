//! From the options of `insula run` to the sandbox that they describe.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use insula_ns::idmap::Caller;
use insula_ns::{Kind, Kinds};
use insula_sandbox::capability::CapabilitySet;
use insula_sandbox::mounts::{Bind, Changes, Dev, HidePid, Layers, Mount, Proc, Propagation, Root, Tmpfs};
use insula_sandbox::{Init, Join, Limits, MountPlan, Passed, Sandbox, Session};
use rustix::fs::{Mode, OFlags};
use rustix::process::Signal;
use rustix::thread::CapabilitySet as Bits;

use super::device::Devices;
use super::options::{FileOptions, NamespaceOptions, Options};
use super::user::RootFiles;
use super::{identity, landlock, privileges};
use crate::args::Arg;
use crate::diagnosis::explain_target;
use crate::report::Failure;

/// The sandbox.
pub(super) fn sandbox(options: &Options, operands: &[Arg]) -> Result<Sandbox, Failure> {
    let mut sandbox = command(options, operands);
    namespaces(&mut sandbox, &options.namespaces)?;
    let new = sandbox.namespaces.new;
    if options.process.no_init {
        sandbox.init = Init::Payload;
    }
    sandbox.mounts = mounts(&options.files, &options.devices, options.namespaces.room.is_some(), new)?;
    if options.namespaces.room.is_some()
        && matches!(sandbox.mounts.root, Root::Unchanged)
        && sandbox.command.working_directory.is_none()
    {
        // Whoever enters a mount namespace begins at its root.
        sandbox.command.working_directory = std::env::current_dir().ok();
    }
    map_binds(&mut sandbox, &options.files.id_mapped)?;
    sandbox.identity = identity::of(&sandbox, options)?;
    privileges::capabilities(&mut sandbox, &options.user)?;
    privileges::lock(&mut sandbox, options);
    sandbox.landlock = landlock::restrictions(&options.user.landlock, options.best_effort);
    if let Some(source) = &options.user.seccomp {
        let bounding = sandbox.identity.capabilities.bounding.unwrap_or(CapabilitySet::ALL);
        sandbox.seccomp = Some(source.filter(bounding)?);
    }
    sandbox.limits = Limits {
        rlimits: options.limits.rlimits.clone(),
        oom_score: options.limits.oom_score,
        nice: options.limits.nice,
        scheduler: options.limits.scheduler,
        umask: options.limits.umask,
        ..Limits::default()
    };
    sandbox.stdio.session = if options.process.new_session {
        Session::New
    } else if has_terminal() && (new.contains(Kind::User) || may_unshare()) {
        Session::Guarded
    } else {
        Session::Shared
    };
    for number in &options.process.pass {
        let fd = duplicate(*number)?;
        sandbox.stdio.passed.push(Passed { fd, number: *number });
    }
    if options.process.die_with_parent {
        sandbox.death_signal = Some(Signal::KILL);
    }
    if let Some(step) = options.stop_before {
        sandbox = sandbox.stop_before(step);
    }
    Ok(sandbox)
}

fn command(options: &Options, operands: &[Arg]) -> Sandbox {
    let mut sandbox = match operands.split_first() {
        Some((program, arguments)) => Sandbox::new(*program).args(arguments),
        None => Sandbox::new(std::env::var_os("SHELL").unwrap_or_else(|| OsString::from("/bin/sh"))),
    };
    sandbox.command.environment.clone_from(&options.process.environment);
    sandbox.command.clear_environment = options.process.clear_environment;
    sandbox.command.working_directory.clone_from(&options.process.working_directory);
    sandbox.command.name.clone_from(&options.process.name);
    sandbox
}

/// What is new unless something is named: all kinds that make sense for one command.
fn default_kinds(options: &NamespaceOptions) -> Kinds {
    let mut kinds = Kind::Mnt | Kind::Pid | Kind::Uts | Kind::Ipc | Kind::Net | Kind::Cgroup;
    let mapped = !options.mapping.is_empty();
    // Root without the capability for the other kinds, as in a container or a locked sandbox, is as any user here.
    if mapped || !rustix::process::geteuid().is_root() || !may_unshare() {
        kinds.insert(Kind::User);
    }
    if !options.time_offsets.is_empty() {
        kinds.insert(Kind::Time);
    }
    kinds
}

/// Whether there is a controlling terminal, which the command could open as `/dev/tty` if it were not given it.
fn has_terminal() -> bool {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open("/dev/tty", flags, Mode::empty()).is_ok()
}

fn may_unshare() -> bool {
    rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(Bits::SYS_ADMIN))
}

fn namespaces(sandbox: &mut Sandbox, options: &NamespaceOptions) -> Result<(), Failure> {
    let mut joined = Kinds::NONE;
    for join in &options.joins {
        let target = join.target.resolve().map_err(|error| explain_target(&error))?;
        let kinds = join.kinds.unwrap_or_else(|| target.kinds());
        joined |= kinds;
        sandbox.namespaces.join.extend(target.joins(kinds).map_err(|error| explain_target(&error))?);
    }
    if let Some(net) = &options.network {
        joined.insert(Kind::Net);
        sandbox.namespaces.join.push(Join::Namespace(super::network::handle(net)?));
    }
    if let Some(room) = &options.room
        && !joined.contains(Kind::Mnt)
    {
        // A new mnt namespace is a copy of it.
        sandbox.namespaces.join.push(Join::Namespace(super::network::handle(room)?));
    }
    let new = options.new.unwrap_or_else(|| default_kinds(options).without(joined)).without(options.share);
    let both = options.new.unwrap_or_default().intersection(joined);
    if !both.is_empty() {
        return Err(Failure::usage(format!("`--new` and `--join` both name {both}")));
    }
    let described = std::mem::take(sandbox);
    *sandbox = described.unshare(new);
    if new.contains(Kind::User) {
        // Once for all who want to know: each asking is three calls.
        let caller = Caller::current();
        sandbox.namespaces.ids = options.mapping.maps(&caller)?;
        sandbox.namespaces.caller = Some(caller);
    } else if !options.mapping.is_empty() {
        return Err(Failure::usage("maps of ids and `--setgroups` need a new user namespace"));
    }
    let namespaces = &mut sandbox.namespaces;
    namespaces.hostname.clone_from(&options.hostname);
    namespaces.domainname.clone_from(&options.domainname);
    namespaces.time_offsets.clone_from(&options.time_offsets);
    namespaces.loopback_up = new.contains(Kind::Net) && !options.loopback_down;
    Ok(())
}

fn mounts(
    options: &FileOptions,
    devices: &Devices,
    has_names: bool,
    new: Kinds,
) -> Result<MountPlan, Failure> {
    let root = root(options)?;
    let own_root = !matches!(root, Root::Unchanged);
    let has_own_dev = options.dev || (own_root && !options.no_dev);
    let devices = devices.mounts(has_own_dev || own_root)?;
    if !new.contains(Kind::Mnt) {
        let wanted = own_root
            || options.read_only_root
            || options.dev
            || options.propagation.is_some()
            || !devices.is_empty()
            || !(options.mounts.is_empty() && options.masked.is_empty() && options.read_only.is_empty());
        if wanted {
            return Err(Failure::usage("mounts and roots need a new mnt namespace"));
        }
        return Ok(MountPlan::default());
    }
    let new_proc = !options.no_proc && new.contains(Kind::Pid);
    if !new_proc && (options.processes_only || options.hide_pid != HidePid::Off) {
        return Err(Failure::usage(
            "`--proc-subset-pid` and `--hidepid` need a new `/proc` and pid namespace",
        ));
    }
    let mut mounts = Vec::new();
    if !own_root && matches!(options.propagation, Some(Propagation::Shared | Propagation::Unchanged)) {
        // What only this sandbox is to see must not cover what others have there.
        mounts.extend(["/proc", "/dev"].map(|path| Mount::Private(path.into())));
    }
    if !options.no_proc {
        if new.contains(Kind::Pid) {
            mounts.push(Mount::Proc(Proc {
                target: "/proc".into(),
                processes_only: options.processes_only,
                hide_pid: options.hide_pid,
                read_only: false,
            }));
        } else if own_root {
            // A procfs can be made for a PID namespace of our own only; this is the caller's.
            mounts.push(Mount::Bind(Bind::new("/proc", "/proc")));
        }
    }
    if options.dev && options.no_dev {
        return Err(Failure::usage("`--dev` and `--no-dev` exclude each other"));
    }
    check_covered(options)?;
    if has_own_dev {
        mounts.push(Mount::Dev(Dev::new("/dev")));
    }
    if own_root && has_names {
        // As they are seen where the sources of mounts are looked for: the set's.
        mounts.extend(NAMES.map(|path| Mount::Bind(Bind::new(path, path))));
    }
    mounts.extend(options.mounts.iter().cloned());
    mounts.extend(devices);
    let mut read_only = options.read_only.clone();
    read_only.extend(groups_inside(options, own_root));
    Ok(MountPlan {
        propagation: Some(options.propagation.unwrap_or(Propagation::Private)),
        root,
        mounts,
        read_only_root: options.read_only_root,
        read_only,
        masked: options.masked.clone(),
        ..MountPlan::default()
    })
}

/// The files that say who answers for names.
const NAMES: [&str; 2] = ["/etc/resolv.conf", "/etc/hosts"];

/// Where the command would see the control groups that it is to stay in.
fn groups_inside(options: &FileOptions, own_root: bool) -> Vec<PathBuf> {
    /// Where everybody mounts them: one path for all.
    const USUAL: &str = "/sys/fs/cgroup";
    let mut places: Vec<PathBuf> = options
        .groups
        .iter()
        .map(|place| if place.starts_with(USUAL) { Path::new(USUAL) } else { place })
        .map(Path::to_owned)
        .collect();
    places.dedup();
    let mut inside = if own_root { Vec::new() } else { places.clone() };
    for mount in &options.mounts {
        let Mount::Bind(bind) = mount else { continue };
        let source = bind.source.canonicalize().unwrap_or_else(|_| bind.source.clone());
        for place in &places {
            if source.starts_with(place) {
                inside.push(bind.target.clone());
            } else if let Ok(below) = place.strip_prefix(&source) {
                inside.push(bind.target.join(below));
            }
        }
    }
    inside
}

/// A mistyped path would leave open what was to be hidden or protected.
fn check_covered(options: &FileOptions) -> Result<(), Failure> {
    let mut paths = options.masked.iter().chain(&options.read_only).peekable();
    if options.empty_root || paths.peek().is_none() {
        return Ok(());
    }
    let root = RootFiles::open(options.rootfs.as_deref().unwrap_or(Path::new("/")))?;
    let targets = || options.mounts.iter().map(Mount::target).chain([Path::new("/proc"), Path::new("/dev")]);
    // What is mounted before has files that cannot be known yet.
    match paths.find(|path| !targets().any(|target| path.starts_with(target)) && root.lacks(path)) {
        Some(path) => Err(Failure::new(format!("there is no `{}` to hide or protect", path.display()))),
        None => Ok(()),
    }
}

fn root(options: &FileOptions) -> Result<Root, Failure> {
    match (&options.rootfs, options.empty_root, options.ephemeral) {
        (None, false, false) => Ok(Root::Unchanged),
        (None, true, false) => Ok(Root::Tmpfs(Tmpfs::new("/"))),
        (Some(dir), false, false) => Ok(Root::Dir(dir.clone())),
        (Some(dir), false, true) => {
            Ok(Root::Overlay(Layers { lower: vec![dir.clone()], changes: Changes::Discarded { size: None } }))
        }
        (None, _, true) => Err(Failure::usage("`--ephemeral` says what becomes of changes below `--rootfs`")),
        (Some(_), true, _) => Err(Failure::usage("`--rootfs` and `--empty-root` exclude each other")),
    }
}

/// Gives the files of some bind mounts the owners that they have on disk, as ids of the new user namespace.
fn map_binds(sandbox: &mut Sandbox, targets: &[PathBuf]) -> Result<(), Failure> {
    for mount in &mut sandbox.mounts.mounts {
        if let Mount::Bind(bind) = mount
            && targets.contains(&bind.target)
        {
            bind.ids = Some(sandbox.namespaces.ids.clone().ok_or_else(|| {
                Failure::usage(
                    "the option `idmap` of `--bind` needs a new user namespace with a map: `--map`",
                )
            })?);
        }
    }
    Ok(())
}

/// A copy of one of the caller's descriptors.
fn duplicate(number: i32) -> Result<OwnedFd, Failure> {
    insula_sys::descriptor::duplicate(number).map_err(|errno| {
        Failure::from(std::io::Error::from(errno)).context(&format!("cannot pass descriptor {number} on"))
    })
}
