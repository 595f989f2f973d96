//! A bundle, or a process to add to a container, as a [`Sandbox`].

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use insula_ns::Kind;
use insula_sandbox::mounts::Mount;
use insula_sandbox::{Console, Identity, Init, Passed, Sandbox, Session};

use crate::ContainerId;
use crate::error::Error;
use crate::spec::{Process, Spec};
use crate::state::Status;

mod cgroup_mounts;
mod copy_up;
mod devices;
mod label;
mod mounts;
mod namespaces;
mod process;
pub(crate) mod resources;
mod seccomp;

pub(crate) use devices::in_user_namespace;
pub(crate) use mounts::open_in;
pub(crate) use namespaces::kinds;
pub(crate) use process::processors;
pub(crate) use seccomp::seccomp;

/// What a start is told beside the configuration: `runc-run(8)` and `runc-exec(8)`.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// Where the controlling side of the terminal goes, if the process has one.
    pub(crate) console: Option<OwnedFd>,
    /// How many descriptors from 3 on the process keeps.
    pub(crate) preserved: u32,
    /// How many of them, the first, are sockets that systemd has passed.
    pub(crate) activated: u32,
    /// Whether the process stays in the caller's session keyring.
    pub(crate) no_new_keyring: bool,
}

/// The container of this configuration, but for its control group and what waits for `start`.
pub(crate) fn container(
    id: &ContainerId,
    bundle: &Path,
    spec: &Spec,
    process: &Process,
    surroundings: Surroundings,
) -> Result<Sandbox, Error> {
    let mut sandbox = Sandbox::new(program(process)?);
    sandbox.namespaces = namespaces::namespaces(spec)?;
    sandbox.mounts = mounts::mounts(bundle, spec, process)?;
    add_process(&mut sandbox, Some(id), process, surroundings)?;
    if denies_groups(spec) {
        without_groups(&mut sandbox.identity)?;
    }
    process::add_home(&mut sandbox.command, &rootfs(bundle, spec)?, process.user.uid);
    sandbox.seccomp = seccomp(id, bundle, spec, Status::Creating)?;
    sandbox.limits.personality = spec.linux.personality.as_ref().map(|personality| personality.domain as u32);
    sandbox.limits.memory_policy = process::memory_policy(spec.linux.memory_policy.as_ref())?;
    Ok(sandbox)
}

/// A process that is added to a container of this configuration, whose root this is; the caller has it join the namespaces.
pub(crate) fn added(
    root: &Path,
    spec: &Spec,
    process: &Process,
    surroundings: Surroundings,
) -> Result<Sandbox, Error> {
    let mut sandbox = Sandbox::new(program(process)?);
    add_process(&mut sandbox, None, process, surroundings)?;
    if denies_groups(spec) {
        without_groups(&mut sandbox.identity)?;
    }
    process::add_home(&mut sandbox.command, root, process.user.uid);
    if let Some(affinity) = &process.exec_cpu_affinity {
        sandbox.limits.affinity = process::affinity(affinity)?;
    }
    Ok(sandbox)
}

/// What of the machine's files and directories the container has by bind mounts: each source, and its target inside.
pub(crate) fn binds(bundle: &Path, spec: &Spec, process: &Process) -> Result<Vec<(PathBuf, PathBuf)>, Error> {
    let bound = |mount| match mount {
        Mount::Bind(bind) => Some((bind.source, bind.target)),
        _ => None,
    };
    Ok(mounts::mounts(bundle, spec, process)?.mounts.into_iter().filter_map(bound).collect())
}

/// The directory that becomes the root.
pub(crate) fn rootfs(bundle: &Path, spec: &Spec) -> Result<PathBuf, Error> {
    spec.root.as_ref().map(|root| bundle.join(&root.path)).ok_or(Error::NoRoot)
}

fn program(process: &Process) -> Result<&str, Error> {
    process.args.first().map(String::as_str).ok_or(Error::NoArguments)
}

/// Who the process is, and what it gets. `id` names the keyring of a container's first process.
fn add_process(
    sandbox: &mut Sandbox,
    id: Option<&ContainerId>,
    process: &Process,
    surroundings: Surroundings,
) -> Result<(), Error> {
    sandbox.init = Init::Payload;
    sandbox.command = process::command(process)?;
    if surroundings.activated > 0 {
        process::add_activation(&mut sandbox.command, surroundings.activated);
    }
    sandbox.identity = process::identity(process);
    sandbox.identity.security_context = label::context(process)?;
    sandbox.identity.keyring = match id {
        Some(id) if !surroundings.no_new_keyring => Some(format!("_ses.{id}")),
        _ => None,
    };
    sandbox.limits = process::limits(process)?;
    let uid = process.user.uid;
    let owner = (uid != 0).then_some(uid);
    sandbox.stdio.session = Session::New;
    sandbox.stdio.owner = owner;
    if process.terminal {
        let socket = surroundings.console.ok_or(Error::NoConsoleSocket)?;
        let size = process.console_size.map(|size| (size.height, size.width));
        sandbox.stdio.console = Some(Console { socket, size, owner });
    } else if surroundings.console.is_some() {
        return Err(Error::ConsoleSocketForNothing);
    }
    sandbox.stdio.passed = preserved(surroundings.preserved)?;
    Ok(())
}

/// Descriptors 3 and up, under the numbers that they have.
fn preserved(count: u32) -> Result<Vec<Passed>, Error> {
    (3..3_i32.saturating_add_unsigned(count))
        .map(|number| {
            insula_sys::descriptor::duplicate(number)
                .map(|fd| Passed { fd, number })
                .map_err(|errno| Error::Descriptor { number, errno })
        })
        .collect()
}

/// Whether the container's user namespace denies `setgroups(2)`: one that an ordinary user made, who maps no group but the own
/// one.
fn denies_groups(spec: &Spec) -> bool {
    let is_new =
        |namespace: &crate::spec::Namespace| namespace.kind == Kind::User && namespace.path.is_none();
    let groups: u32 = spec.linux.gid_mappings.iter().map(|mapping| mapping.size).sum();
    spec.linux.namespaces.iter().any(is_new) && !rustix::process::geteuid().is_root() && groups <= 1
}

/// Where `setgroups(2)` is denied, as to a user who maps no group but the own one, there can be no groups to set.
fn without_groups(identity: &mut Identity) -> Result<(), Error> {
    match identity.groups.take() {
        Some(groups) if !groups.is_empty() => Err(Error::GroupsDenied),
        _ => Ok(()),
    }
}
