//! Which namespaces are entered.

use std::collections::HashSet;
use std::os::fd::{AsFd as _, OwnedFd};

use insula_engine::target::TargetProcess;
use insula_ns::{Kind, Kinds, Namespace, NamespaceError, NsHandle, ProcDir};
use insula_sandbox::Join;
use rustix::process::{PidfdGetfdFlags, pidfd_getfd};

use super::options::{Options, Place, option};
use super::{refused, target_of};
use crate::report::Failure;

/// Namespaces to enter: some of the target, by one handle on it, and others each by its own.
#[derive(Debug)]
pub(super) struct Entered {
    of_target: Kinds,
    others: Vec<Namespace>,
}

impl Entered {
    /// Finds out which, and opens those that are not the target's.
    pub(super) fn open(options: &Options, target: Option<&TargetProcess>) -> Result<Self, Failure> {
        let mut entered = Self { of_target: Kinds::NONE, others: Vec::new() };
        if options.all {
            target_of(target, "--all")?;
            entered.of_target = Kinds::ALL;
        }
        for (kind, place) in &options.places {
            match place {
                Place::Target if target.is_some() => entered.of_target.insert(*kind),
                Place::Target => {
                    let option = option(*kind);
                    let message =
                        format!("`{option}` says neither a file nor an id, and there is no target process");
                    return Err(Failure::usage(message).hint(format!("`{option}=FILE`, or `--target PID`")));
                }
                Place::File(path) => entered.add(Namespace::open(path)?.require(*kind)?),
                Place::Id(id) => entered.add(by_id(*kind, *id)?),
            }
        }
        if let Some(descriptor) = options.net_socket {
            entered.add(of_socket(target_of(target, "--net-socket")?, descriptor)?);
        }
        let named = options.places.iter().any(|(kind, _)| *kind == Kind::User);
        let own = entered.user_is_own(target)?;
        if own && !named {
            entered.of_target.remove(Kind::User);
        }
        if options.user_parent {
            let parent = entered.parent(target)?;
            if parent.id() == Namespace::of_self(Kind::User)?.id() {
                return Err(own_user_namespace("the parent user namespace"));
            }
            entered.add(parent);
        } else if own && named {
            return Err(own_user_namespace("the user namespace"));
        }
        Ok(entered)
    }

    /// All kinds that are entered.
    pub(super) fn kinds(&self) -> Kinds {
        self.others.iter().map(Namespace::kind).fold(self.of_target, |kinds, kind| kinds | kind)
    }

    /// What a sandbox joins.
    pub(super) fn joins(self, target: Option<&TargetProcess>) -> Result<Vec<Join>, Failure> {
        let mut joins: Vec<Join> = self.others.into_iter().map(Join::Namespace).collect();
        if let Some(target) = target.filter(|_| !self.of_target.is_empty()) {
            let pidfd = rustix::io::fcntl_dupfd_cloexec(target.pidfd(), 3)?;
            joins.push(Join::Process(pidfd, self.of_target));
        }
        Ok(joins)
    }

    fn add(&mut self, namespace: Namespace) {
        self.of_target.remove(namespace.kind());
        self.others.retain(|other| other.kind() != namespace.kind());
        self.others.push(namespace);
    }

    /// Whether a user namespace is to be entered that we are in.
    fn user_is_own(&self, target: Option<&TargetProcess>) -> Result<bool, Failure> {
        let user = match target {
            Some(target) if self.of_target.contains(Kind::User) => {
                target.namespace(Kind::User).map_err(refused)?.id()
            }
            _ => match self.others.iter().find(|other| other.kind() == Kind::User) {
                Some(user) => user.id(),
                None => return Ok(false),
            },
        };
        Ok(user == Namespace::of_self(Kind::User)?.id())
    }

    /// The parent of the user namespace that would be entered, or else the owner of another namespace that is.
    fn parent(&self, target: Option<&TargetProcess>) -> Result<Namespace, Failure> {
        let owner = |namespace: &Namespace| {
            let owner = namespace.owner()?;
            owner.ok_or_else(|| {
                let kind = namespace.kind();
                Failure::new(format!(
                    "cannot enter the owner of the {kind} namespace: it lies outside of our own"
                ))
            })
        };
        let user_first = |kind: &Kind| *kind != Kind::User;
        let mut others: Vec<&Namespace> = self.others.iter().collect();
        others.sort_by_key(|other| user_first(&other.kind()));
        let mut of_target: Vec<Kind> = self.of_target.iter().collect();
        of_target.sort_by_key(user_first);
        match (others.first(), of_target.first(), target) {
            (Some(other), first, _) if other.kind() == Kind::User || first != Some(&Kind::User) => {
                owner(other)
            }
            (_, Some(kind), Some(target)) => owner(&target.namespace(*kind).map_err(refused)?),
            _ => Err(Failure::usage(
                "`--user-parent` needs another namespace that is entered: its owner is meant",
            )),
        }
    }
}

fn own_user_namespace(which: &str) -> Failure {
    Failure::new(format!("cannot enter {which}: it is our own (EINVAL)"))
        .cause("the kernel lets nobody enter the user namespace that he is in, which would give capabilities back")
        .hint("leave it out: all other namespaces can be entered without")
}

/// The network namespace that a socket of the target belongs to.
fn of_socket(target: &TargetProcess, descriptor: i32) -> Result<Namespace, Failure> {
    let doing = format!("cannot take descriptor {descriptor} of process {}", target.pid());
    let socket: OwnedFd = pidfd_getfd(target.pidfd(), descriptor, PidfdGetfdFlags::empty())
        .map_err(|errno| Failure::from(errno).context(&doing))?;
    Ok(Namespace::of_socket(socket.as_fd())?)
}

/// The namespace of this kind with the 64-bit id `ns_id`.
///
/// Before Linux 6.19 a file handle takes the inode number too, so there a process that is in it has to be found.
fn by_id(kind: Kind, ns_id: u64) -> Result<Namespace, Failure> {
    match Namespace::by_handle(NsHandle { ns_id, known: None }) {
        Ok(namespace) => Ok(namespace.require(kind)?),
        Err(error) => match held_by_process(kind, ns_id)? {
            Some(namespace) => Ok(namespace),
            None => Err(Failure::from(error)
                .cause(format!("no {kind} namespace that this process may see has this id"))),
        },
    }
}

fn held_by_process(kind: Kind, ns_id: u64) -> Result<Option<Namespace>, Failure> {
    let proc = ProcDir::open()?;
    let mut seen = HashSet::new();
    for pid in proc.pids()? {
        if !proc.ns_inode(pid, kind.into()).is_ok_and(|inode| seen.insert(inode)) {
            continue;
        }
        let opened: Option<Result<Namespace, NamespaceError>> =
            proc.open_ns(pid, kind.into()).ok().map(Namespace::from_fd);
        if let Some(Ok(namespace)) = opened
            && namespace.ns_id() == Some(ns_id)
        {
            return Ok(Some(namespace));
        }
    }
    Ok(None)
}
