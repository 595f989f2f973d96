//! From the options of `insula run` to the sandbox that they describe.

use std::ffi::OsString;
use std::os::fd::OwnedFd;

use insula_ns::idmap::{Caller, IdMaps, IdRequest, IdSources};
use insula_ns::{Kind, Kinds};
use insula_sandbox::capability::CapabilitySet;
use insula_sandbox::mounts::{Attributes, Bind, Changes, Dev, Layers, Mount, Proc, Propagation, Root, Tmpfs};
use insula_sandbox::{Capabilities, Identity, Init, Limits, MountPlan, Passed, Sandbox};
use rustix::process::Signal;
use rustix::thread::CapabilitySet as Bits;

use super::options::{FileOptions, Mapping, NamespaceOptions, Options, UserOptions};
use super::user;
use crate::args::Arg;
use crate::report::Failure;

/// The sandbox.
pub(super) fn sandbox(options: &Options, operands: &[Arg]) -> Result<Sandbox, Failure> {
    let mut sandbox = command(options, operands);
    namespaces(&mut sandbox, &options.namespaces)?;
    let new = sandbox.namespaces.new;
    if options.process.no_init {
        sandbox.init = Init::Payload;
    }
    sandbox.mounts = mounts(&options.files, new)?;
    sandbox.identity = user::identity(&options.user.words, options.files.rootfs.as_deref())?;
    capabilities(&mut sandbox.identity, &options.user, new.contains(Kind::User));
    lock(&mut sandbox, options);
    sandbox.limits = Limits {
        rlimits: options.limits.rlimits.clone(),
        oom_score: options.limits.oom_score,
        nice: options.limits.nice,
        scheduler: options.limits.scheduler,
        umask: options.limits.umask,
    };
    sandbox.stdio.new_session = options.process.new_session;
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
    let mapped = options.map.is_some() || !options.map_users.is_empty() || !options.map_groups.is_empty();
    // Root without the capability for the other kinds, as in a container or a locked sandbox, is as any user here.
    if mapped || !rustix::process::geteuid().is_root() || !may_unshare() {
        kinds.insert(Kind::User);
    }
    if !options.time_offsets.is_empty() {
        kinds.insert(Kind::Time);
    }
    kinds
}

fn may_unshare() -> bool {
    rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(Bits::SYS_ADMIN))
}

fn namespaces(sandbox: &mut Sandbox, options: &NamespaceOptions) -> Result<(), Failure> {
    let mut joined = Kinds::NONE;
    for join in &options.joins {
        let target = join.target.resolve()?;
        let kinds = join.kinds.unwrap_or_else(|| target.kinds());
        joined |= kinds;
        sandbox.namespaces.join.extend(target.joins(kinds)?);
    }
    let new = options.new.unwrap_or_else(|| default_kinds(options).without(joined)).without(options.share);
    let both = options.new.unwrap_or_default().intersection(joined);
    if !both.is_empty() {
        return Err(Failure::usage(format!("`--new` and `--join` both name {both}")));
    }
    let described = std::mem::take(sandbox);
    *sandbox = described.unshare(new);
    if new.contains(Kind::User) {
        sandbox.namespaces.ids = maps(options)?;
    }
    let namespaces = &mut sandbox.namespaces;
    namespaces.hostname.clone_from(&options.hostname);
    namespaces.domainname.clone_from(&options.domainname);
    namespaces.time_offsets.clone_from(&options.time_offsets);
    namespaces.loopback_up = new.contains(Kind::Net) && !options.loopback_down;
    Ok(())
}

fn maps(options: &NamespaceOptions) -> Result<Option<IdMaps>, Failure> {
    let own = || (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let listed = !options.map_users.is_empty() || !options.map_groups.is_empty();
    let mapping = options.map.unwrap_or(if listed { Mapping::None } else { Mapping::Root });
    let mut maps = if listed {
        let (uid, gid) = match mapping {
            Mapping::Root => (Some(0), Some(0)),
            Mapping::Keep => (Some(own().0), Some(own().1)),
            Mapping::None => (None, None),
            Mapping::Auto | Mapping::All => {
                return Err(Failure::usage(
                    "`--map auto` and `--map all` are whole maps: they take no further ranges",
                ));
            }
        };
        let users = IdRequest { own: uid, ranges: options.map_users.clone() };
        let groups = IdRequest { own: gid, ranges: options.map_groups.clone() };
        IdMaps::resolve(&users, &groups, &Caller::current(), &IdSources::of_this_machine())?
    } else {
        match mapping {
            Mapping::Root => IdMaps::root_only(own().0, own().1)?,
            Mapping::Keep => IdMaps::keep_my_id(own().0, own().1)?,
            Mapping::Auto => IdMaps::all_subids(&Caller::current(), &IdSources::of_this_machine())?,
            Mapping::All => IdMaps::all(&Caller::current(), &IdSources::of_this_machine())?,
            Mapping::None => IdMaps::default(),
        }
    };
    if let Some(setgroups) = options.setgroups {
        maps.setgroups = setgroups;
    }
    Ok(Some(maps).filter(|maps| !maps.is_empty()))
}

fn mounts(options: &FileOptions, new: Kinds) -> Result<MountPlan, Failure> {
    let root = root(options)?;
    let own_root = !matches!(root, Root::Unchanged);
    if !new.contains(Kind::Mnt) {
        let wanted = own_root
            || options.read_only_root
            || options.dev
            || !(options.mounts.is_empty() && options.masked.is_empty() && options.read_only.is_empty());
        if wanted {
            return Err(Failure::usage("mounts and roots need a new mnt namespace"));
        }
        return Ok(MountPlan::default());
    }
    let mut mounts = Vec::new();
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
    if options.dev || (own_root && !options.no_dev) {
        mounts.push(Mount::Dev(Dev::new("/dev")));
    }
    mounts.extend(options.mounts.iter().cloned());
    Ok(MountPlan {
        propagation: Some(options.propagation.unwrap_or(Propagation::Private)),
        root,
        mounts,
        read_only_root: options.read_only_root,
        read_only: options.read_only.clone(),
        masked: options.masked.clone(),
        ..MountPlan::default()
    })
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

/// Turns what is added and dropped into the five sets.
fn capabilities(identity: &mut Identity, options: &UserOptions, new_user: bool) {
    identity.no_new_privs = options.no_new_privs;
    identity.securebits = options.securebits;
    let mut sets = Capabilities {
        bounding: options.bounding,
        permitted: options.permitted,
        effective: options.effective,
        inheritable: options.inheritable,
        ambient: options.ambient,
    };
    if options.cap_add != CapabilitySet::NONE || options.cap_drop != CapabilitySet::NONE {
        // The first process of a user namespace has them all.
        let held = if new_user { CapabilitySet::ALL } else { held() };
        let left = held.minus(options.cap_drop).union(held.intersection(options.cap_add));
        let root = identity.uid.map_or(new_user || rustix::process::geteuid().is_root(), |uid| uid == 0);
        // Root gets what is in the bounding set at exec; others only what is ambient.
        let kept = if root { left } else { options.cap_add.intersection(left) };
        sets.bounding = sets.bounding.or(Some(left));
        sets.permitted = sets.permitted.or(Some(kept));
        sets.effective = sets.effective.or(Some(kept));
        sets.inheritable = sets.inheritable.or(Some(if root { CapabilitySet::NONE } else { kept }));
        sets.ambient = sets.ambient.or(Some(if root { CapabilitySet::NONE } else { kept }));
    }
    identity.capabilities = sets;
}

/// What is hidden stays hidden, and what is read-only stays so, unless the capability that can undo it is asked for.
fn lock(sandbox: &mut Sandbox, options: &Options) {
    let own_root = !matches!(sandbox.mounts.root, Root::Unchanged);
    let protects = |mount: &Mount| match mount {
        Mount::Bind(bind) => !own_root || bind.attributes.contains(Attributes::READ_ONLY),
        Mount::Tmpfs(_) | Mount::Overlay(_) | Mount::File(_) => !own_root,
        _ => false,
    };
    let files = &options.files;
    let protected = files.read_only_root
        || !files.masked.is_empty()
        || !files.read_only.is_empty()
        || files.mounts.iter().any(protects);
    let admin = CapabilitySet::from_bits(Bits::SYS_ADMIN.bits());
    let user = &options.user;
    let asked = [user.permitted, user.effective, user.inheritable, user.ambient, Some(user.cap_add)];
    if !protected || asked.iter().flatten().any(|set| set.intersection(admin) == admin) {
        return;
    }
    sandbox.mounts.locked = true;
    let sets = &mut sandbox.identity.capabilities;
    for set in [&mut sets.permitted, &mut sets.effective, &mut sets.inheritable, &mut sets.ambient] {
        *set = set.map(|set| set.minus(admin));
    }
}

fn held() -> CapabilitySet {
    let permitted = rustix::thread::capabilities(None).map_or(Bits::empty(), |sets| sets.permitted);
    CapabilitySet::from_bits(permitted.bits())
}

/// A copy of one of the caller's descriptors.
fn duplicate(number: i32) -> Result<OwnedFd, Failure> {
    insula_sys::descriptor::duplicate(number).map_err(|errno| {
        Failure::from(std::io::Error::from(errno)).context(&format!("cannot pass descriptor {number} on"))
    })
}
