//! Sets of namespaces with a name.
//!
//! A set has one namespace of each of some kinds, and exists until it is removed or the machine is restarted. Root's
//! are bind-mounted: the network namespace on `/run/netns/NAME`, so that `ip netns` sees it, the others on
//! `/run/insula/NAME/KIND`, from where `nsenter` can take them. What ends with its last process all the same, a PID
//! namespace, gets a PID 1 that stays. An ordinary user, who may not mount there, has a process in all of them instead:
//! the keeper. A network namespace that `ip netns add` made is a set too.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use insula_ns::{Kind, Kinds, Namespace, NamespaceError, NsId, Pid, PidFd, ProcDir};
use rustix::io::Errno;

pub use crate::keeper::KeeperError;
use crate::store::{Dir, Scope, is_dir};
use crate::target::Credentials;

mod claims;
mod collect;
mod condition;
mod create;
mod error;
mod many;
mod name;
mod net_nodes;
mod netns;
mod occupants;
mod orphans;
pub(crate) mod pin;
mod record;
mod remove;
mod sets;
mod step;
mod teardown;
mod together;
mod watch;

pub(crate) use claims::Claims;
pub use collect::{Collected, Disposal, Garbage};
pub use condition::Remnant;
pub use create::{BesideError, CreateError, NewSet};
pub use error::SetError;
pub(crate) use many::Removal;
pub use name::{InvalidName, NameReason, SetName};
pub(crate) use net_nodes::{NetNodes, is_net_node};
pub use occupants::Occupant;
pub(crate) use record::State;
use record::{Held, Record};
pub use remove::{Inside, RemoveError};
pub use sets::{Listing, Sets};
pub use step::Step;
pub use watch::SetsWatch;

/// Where `ip netns` has network namespaces: `ip-netns(8)`.
pub const NETNS: &str = "/run/netns";

/// A set of namespaces.
#[derive(Clone, Debug)]
pub struct Set {
    name: SetName,
    scope: Scope,
    source: Source,
}

/// A namespace of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its kind.
    pub kind: Kind,
    /// Its device and inode number, as recorded: it may have got lost since.
    pub id: NsId,
}

/// What says that there is a set.
#[derive(Clone, Debug)]
enum Source {
    /// Our own record, and the directory that it is in.
    Record(PathBuf, Box<Record>),
    /// A file in `/run/netns` that a network namespace is mounted on, and the namespace.
    Netns(PathBuf, NsId),
}

impl Set {
    /// The set called `name` in a store; `None` if nothing is recorded of it, or it is not complete.
    fn in_dir(store: &Dir, scope: Scope, name: &SetName) -> Result<Option<Self>, SetError> {
        if !store.stat(name)?.is_some_and(|stat| is_dir(&stat)) {
            return Ok(None);
        }
        let Some(dir) = store.find_dir(name)? else { return Ok(None) };
        let record = Record::read(&dir)?.filter(|record| record.state != State::Making);
        Ok(record.map(|record| Self::recorded(name, scope, &dir, record)))
    }

    fn recorded(name: &SetName, scope: Scope, dir: &Dir, record: Record) -> Self {
        Self { name: name.clone(), scope, source: Source::Record(dir.path().to_owned(), Box::new(record)) }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &SetName {
        &self.name
    }

    /// Whose it is.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether it is a network namespace of `/run/netns` that Insula has no record of.
    #[must_use]
    pub const fn is_of_iproute2(&self) -> bool {
        matches!(self.source, Source::Netns(..))
    }

    /// The kinds that it has.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        self.members().map(|member| member.kind).collect()
    }

    /// The kinds of which it has a namespace of its own, not another set's.
    #[must_use]
    pub fn own_kinds(&self) -> Kinds {
        match &self.source {
            Source::Record(_, record) => record.own_kinds(),
            Source::Netns(..) => Kind::Net.into(),
        }
    }

    /// Its namespaces, in the order of [`Kind::ALL`], as they are recorded.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        let of = |kind| match &self.source {
            Source::Record(_, record) => record.namespace(kind),
            Source::Netns(_, id) => Some(*id).filter(|_| kind == Kind::Net),
        };
        Kind::ALL.into_iter().filter_map(move |kind| Some(Member { kind, id: of(kind)? }))
    }

    /// The directory of its record, if it has one.
    #[must_use]
    pub fn directory(&self) -> Option<PathBuf> {
        match &self.source {
            Source::Record(dir, _) => Some(dir.clone()),
            Source::Netns(..) => None,
        }
    }

    /// Where a namespace of it is mounted, if it is.
    #[must_use]
    pub fn mount_point(&self, kind: Kind) -> Option<PathBuf> {
        match &self.source {
            Source::Netns(path, _) if kind == Kind::Net => Some(path.clone()),
            Source::Record(_, record) if record.held(kind) != Some(Held::Mount) => None,
            Source::Record(..) if kind == Kind::Net => Some(Path::new(NETNS).join(self.name.as_str())),
            Source::Record(dir, _) => Some(dir.join(kind.name())),
            Source::Netns(..) => None,
        }
    }

    /// The process that holds its namespaces, or is PID 1 of its PID namespace; `None` if it has none.
    ///
    /// # Errors
    /// [`SetError`] if it has ended, or its id means nothing where the caller is.
    pub fn keeper(&self) -> Result<Option<PidFd>, SetError> {
        let Source::Record(_, record) = &self.source else { return Ok(None) };
        let Some(mark) = record.keeper else { return Ok(None) };
        self.check_here(record, Kind::Pid)?;
        match mark.find() {
            Ok(Some(process)) => Ok(Some(process)),
            Ok(None) => Err(SetError::KeeperGone { name: self.name.clone() }),
            Err(source) => Err(SetError::Keeper { name: self.name.clone(), source }),
        }
    }

    /// The recorded id of the process that [`keeper`](Self::keeper) opens, whether it lives or not.
    #[must_use]
    pub fn keeper_pid(&self) -> Option<Pid> {
        match &self.source {
            Source::Record(_, record) => record.keeper.and_then(|mark| mark.pid()),
            Source::Netns(..) => None,
        }
    }

    /// The lab that it is a node or the world of.
    #[must_use]
    pub fn lab(&self) -> Option<&str> {
        match &self.source {
            Source::Record(_, record) => record.lab.as_deref(),
            Source::Netns(..) => None,
        }
    }

    /// Who one is in its user namespace: root if there is one, else the first ids that were mapped. `None` if the set has
    /// no user namespace.
    #[must_use]
    pub fn credentials(&self) -> Option<Credentials> {
        let Source::Record(_, record) = &self.source else { return None };
        record.first_ids.map(|ids| Credentials { uid: ids.uid, gid: ids.gid, groups: Vec::new() })
    }

    /// Opens its namespace of a kind.
    ///
    /// # Errors
    /// [`SetError`] if it has none, or has lost it.
    pub fn open(&self, kind: Kind) -> Result<Namespace, SetError> {
        let member = self.members().find(|member| member.kind == kind);
        let Some(member) = member else {
            return Err(SetError::NoSuchKind { name: self.name.clone(), kind });
        };
        if let Source::Record(_, record) = &self.source {
            if record.state == State::Removing {
                return Err(SetError::Incomplete { name: self.name.clone() });
            }
            if record.held(kind) == Some(Held::Keeper) {
                return self.open_by_keeper(kind);
            }
            self.check_here(record, Kind::Mnt)?;
            // Its mount keeps a PID namespace from vanishing, but not from dying.
            if kind == Kind::Pid {
                match self.keeper() {
                    Err(SetError::KeeperGone { name }) => return Err(SetError::DeadPid { name }),
                    other => drop(other?),
                }
            }
        }
        let path = self.mount_point(kind).unwrap_or_default();
        let dir = Dir::open(path.parent().unwrap_or(Path::new("/")))?;
        mounted(&dir, path.file_name().unwrap_or_default())?
            .filter(|namespace| namespace.id() == member.id)
            .ok_or_else(|| SetError::Unmounted { name: self.name.clone(), kind, path })
    }

    fn open_by_keeper(&self, kind: Kind) -> Result<Namespace, SetError> {
        match self.keeper()? {
            Some(keeper) => Ok(Namespace::of_process(&keeper, kind)?),
            None => Err(SetError::KeeperGone { name: self.name.clone() }),
        }
    }

    /// Whether the record speaks of this boot, and of the namespace of kind `kind` that the caller is in.
    fn check_here(&self, record: &Record, kind: Kind) -> Result<(), SetError> {
        if record.boot != boot_id()? {
            return Err(SetError::EarlierBoot { name: self.name.clone() });
        }
        match record.made_in(kind) {
            Some(made_in) if made_in.ns_id() != Namespace::of_self(kind)?.id() => {
                Err(SetError::Elsewhere { name: self.name.clone(), kind, id: made_in.ns_id() })
            }
            _ => Ok(()),
        }
    }
}

/// The namespace that is mounted on a file; `None` if there is no file, or nothing is mounted on it.
pub(crate) fn mounted(dir: &Dir, name: &OsStr) -> Result<Option<Namespace>, SetError> {
    match dir.find_file(name) {
        Ok(Some(file)) => match Namespace::from_fd(file) {
            Ok(namespace) => Ok(Some(namespace)),
            Err(NamespaceError::NotANamespace { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        },
        // The bare file, which nobody but root may read, or a link.
        Ok(None) => Ok(None),
        Err(error) if matches!(error.source, Errno::ACCESS | Errno::LOOP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What tells this boot from all others.
pub(crate) fn boot_id() -> Result<String, SetError> {
    ProcDir::open()?.boot_id().map_err(|source| SetError::Boot { source })
}
