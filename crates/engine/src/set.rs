//! Sets of namespaces with a name.
//!
//! A set has one namespace of each of some kinds, and exists until it is removed or the machine is restarted. Root's
//! are bind-mounted: the network namespace on `/run/netns/NAME`, so that `ip netns` sees it, the others on
//! `/run/insula/NAME/KIND`, from where `nsenter` can take them. What ends with its last process all the same, a PID
//! namespace, gets a PID 1 that stays. An ordinary user, who may not mount there, has a process in all of them instead:
//! the keeper. A network namespace that `ip netns add` made is a set too.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use insula_ns::{Kind, Kinds, Namespace, NamespaceError, NsId, Pid, PidFd, PidFdError, ProcDir, ProcError};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

pub use crate::keeper::KeeperError;
use crate::store::{Dir, PathError, Scope, Store, StoreError, is_dir};
use crate::target::Credentials;

mod collect;
mod condition;
mod create;
mod name;
mod netns;
mod occupants;
mod orphans;
mod pin;
mod record;
mod remove;
mod step;
mod teardown;

pub use collect::{Collected, Disposal, Garbage};
pub use condition::Remnant;
pub use create::{CreateError, NewSet};
pub use name::{InvalidName, NameReason, SetName};
pub use occupants::Occupant;
use record::{Held, Record, State};
pub use remove::{Inside, RemoveError};
pub use step::Step;

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

/// Where sets are looked for: the caller's own store, the system's, and `/run/netns`.
#[derive(Debug)]
pub struct Sets {
    own: Result<Store, StoreError>,
    system: Store,
    netns: PathBuf,
    killed_after: Option<Step>,
}

/// All sets that the caller can see.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that can be read, the caller's own first, each group by name.
    pub sets: Vec<Set>,
    /// Why others can't.
    pub unreadable: Vec<SetError>,
}

/// Why a set cannot be found or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// There is no set of this name.
    #[error("there is no set `{name}`")]
    Missing {
        /// The name.
        name: SetName,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something could not be done to a file of the set.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The record cannot be understood.
    #[error("`{}` is not the record of a set", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The record was written by another version of Insula.
    #[error("`{}` has version {version}, which another version of Insula wrote", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version of its format.
        version: u32,
    },
    /// `/proc` cannot be used.
    #[error(transparent)]
    Proc(#[from] ProcError),
    /// The boot that this is cannot be told from others.
    #[error("cannot read `/proc/sys/kernel/random/boot_id`")]
    Boot {
        /// What the kernel answered.
        source: Errno,
    },
    /// A namespace could not be opened.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// The set is being made or removed right now, or that was cut short.
    #[error("the set `{name}` is not complete: it is being made or removed, or that was interrupted")]
    Incomplete {
        /// The set.
        name: SetName,
    },
    /// The set was left by an earlier boot.
    #[error("the set `{name}` is gone: the machine was restarted since it was made")]
    EarlierBoot {
        /// The set.
        name: SetName,
    },
    /// The set's mounts or process ids mean nothing where the caller is.
    #[error("the set `{name}` was made in another {kind} namespace, {kind}:[{}]", id.ino)]
    Elsewhere {
        /// The set.
        name: SetName,
        /// The kind of the namespace, `mnt` or `pid`.
        kind: Kind,
        /// The namespace.
        id: NsId,
    },
    /// The set has no namespace of a kind.
    #[error("the set `{name}` has no {kind} namespace")]
    NoSuchKind {
        /// The set.
        name: SetName,
        /// The kind.
        kind: Kind,
    },
    /// Somebody unmounted a namespace of the set.
    #[error("the set `{name}` has lost its {kind} namespace: it is no longer mounted on `{}`", path.display())]
    Unmounted {
        /// The set.
        name: SetName,
        /// The kind of the namespace.
        kind: Kind,
        /// Where it was mounted.
        path: PathBuf,
    },
    /// The keeper cannot be looked at.
    #[error("cannot open the keeper of the set `{name}`")]
    Keeper {
        /// The set.
        name: SetName,
        /// What the kernel answered.
        source: Errno,
    },
    /// The keeper has ended, and with it the namespaces that only it held.
    #[error("the set `{name}` is gone: the process that held its namespaces has ended")]
    KeeperGone {
        /// The set.
        name: SetName,
    },
    /// The keeper was killed and does not end.
    #[error("the process that holds the namespaces of the set `{name}` was killed, and does not end")]
    KeeperStays {
        /// The set.
        name: SetName,
    },
    /// The keeper can't be killed.
    #[error("cannot end the process that holds the namespaces of the set `{name}`")]
    EndKeeper {
        /// The set.
        name: SetName,
        /// Why.
        source: PidFdError,
    },
    /// The PID 1 of the set has ended, so no process can be born in its PID namespace any more.
    #[error("the PID namespace of the set `{name}` is dead: its PID 1 has ended")]
    DeadPid {
        /// The set.
        name: SetName,
    },
}

impl Sets {
    /// The sets that the caller can see.
    #[must_use]
    pub fn of_caller() -> Self {
        Self { own: Store::of_caller(), system: Store::system(), netns: NETNS.into(), killed_after: None }
    }

    /// The sets in a user's store at another place, and no others.
    #[must_use]
    pub fn in_store(store: Store) -> Self {
        Self { system: store.clone(), own: Ok(store), netns: PathBuf::new(), killed_after: None }
    }

    /// The set called `name`: the caller's own, else the system's, else a network namespace in `/run/netns`.
    ///
    /// # Errors
    /// [`SetError::Missing`] if there is none; others if it can't be read.
    pub fn find(&self, name: &SetName) -> Result<Set, SetError> {
        for store in self.stores() {
            if let Some(dir) = store.find()?
                && let Some(set) = Set::in_dir(&dir, store.scope(), name)?
            {
                return Ok(set);
            }
        }
        self.find_netns(name)?.ok_or_else(|| SetError::Missing { name: name.clone() })
    }

    /// All sets, by what is recorded of them: no namespace is opened.
    ///
    /// # Errors
    /// [`SetError`] when a directory of sets can't be read at all.
    pub fn list(&self) -> Result<Listing, SetError> {
        let mut listing = Listing::default();
        for store in self.stores() {
            let Some(dir) = store.find()? else { continue };
            for name in dir.names()? {
                match SetName::from_os(&name).ok().map(|name| Set::in_dir(&dir, store.scope(), &name)) {
                    Some(Ok(Some(set))) => listing.sets.push(set),
                    // A set that is being made, or something else.
                    None | Some(Ok(None)) => {}
                    Some(Err(error)) => listing.unreadable.push(error),
                }
            }
        }
        let known: Vec<NsId> = listing.sets.iter().flat_map(Set::members).map(|member| member.id).collect();
        for name in self.netns_names()? {
            let Ok(name) = SetName::from_os(&name) else { continue };
            match self.find_netns(&name) {
                Ok(Some(set)) if set.members().any(|member| known.contains(&member.id)) => {}
                Ok(Some(set)) => listing.sets.push(set),
                Ok(None) => {}
                Err(error) => listing.unreadable.push(error),
            }
        }
        Ok(listing)
    }

    fn stores(&self) -> impl Iterator<Item = &Store> {
        let own = self.own.as_ref().ok();
        own.into_iter().chain(Some(&self.system).filter(move |system| own != Some(system)))
    }

    fn netns_dir(&self) -> Result<Option<Dir>, PathError> {
        if self.netns.as_os_str().is_empty() {
            return Ok(None);
        }
        match Dir::open(&self.netns) {
            Ok(dir) => Ok(Some(dir)),
            Err(error) if error.source == Errno::NOENT => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn netns_names(&self) -> Result<Vec<OsString>, PathError> {
        self.netns_dir()?.map_or(Ok(Vec::new()), |dir| dir.names())
    }

    fn find_netns(&self, name: &SetName) -> Result<Option<Set>, SetError> {
        let Some(dir) = self.netns_dir()? else { return Ok(None) };
        let found = mounted(&dir, name.as_ref())?.filter(|namespace| namespace.kind() == Kind::Net);
        Ok(found.map(|namespace| Set {
            name: name.clone(),
            scope: Scope::System,
            source: Source::Netns(dir.path_of(name), namespace.id()),
        }))
    }
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
fn mounted(dir: &Dir, name: &OsStr) -> Result<Option<Namespace>, SetError> {
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
fn boot_id() -> Result<String, SetError> {
    let proc = ProcDir::open()?;
    let failed = |source| SetError::Boot { source };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file =
        rustix::fs::openat(&proc, c"sys/kernel/random/boot_id", flags, Mode::empty()).map_err(failed)?;
    let mut buffer = [0; 64];
    let length = rustix::io::read(&file, &mut buffer).map_err(failed)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).trim().to_owned())
}
