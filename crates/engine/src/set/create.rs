//! Making a set: claimed, held, pinned, on record; or not at all.

use std::path::PathBuf;

use insula_ns::idmap::{IdMaps, MapError};
use insula_ns::{Kind, Kinds, Namespace, NamespaceError};
use insula_sandbox::mounts::{Mount, MountPlan, Propagation};
use insula_sandbox::{Join, Namespaces};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;

use super::condition::{Condition, condition};
use super::netns::NetnsDir;
use super::pin::pin;
use super::record::{FirstIds, Held, Record, State};
use super::{Set, SetError, SetName, Sets, Step, boot_id};
use crate::keeper::{KeeperError, NewKeeper};
use crate::store::{Dir, PathError, Scope, Store, StoreError};

/// What a new set is to be.
#[derive(Debug, Default)]
pub struct NewSet {
    /// The kinds that it has, and how each is set up.
    pub namespaces: Namespaces,
    /// The mounts of its mount namespace.
    pub mounts: MountPlan,
    /// The lab that it is the world of.
    pub lab: Option<String>,
    /// Who one is in the user namespace of another set, if it is made in there.
    beside: Option<FirstIds>,
}

/// Why there is no new set: nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The name is taken.
    #[error("the set `{name}` exists already, in `{}`", path.display())]
    Exists {
        /// The name.
        name: SetName,
        /// The directory that it is recorded in, or its file in `/run/netns`.
        path: PathBuf,
    },
    /// There would be nothing in it.
    #[error("the set `{name}` would have no namespace")]
    Empty {
        /// The name.
        name: SetName,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something could not be done to a file of it.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Its record could not be written, or what is there already not be read.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The namespaces could not be made or held.
    #[error(transparent)]
    Keeper(#[from] KeeperError),
    /// A namespace could not be opened.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
}

impl NewSet {
    /// A set of new namespaces of the given kinds, as useful as they can be without further words.
    ///
    /// Where the caller lacks `CAP_SYS_ADMIN` a user namespace is among them in any case: only in one of their own may
    /// they have others.
    ///
    /// In a user namespace root is the caller, and nobody else exists. The loopback interface of a network namespace is
    /// up. A mount namespace receives mounts and unmounts from the one that it is made in, so that it doesn't keep
    /// file systems busy for as long as it exists; with a PID namespace beside it, its `/proc` is that one's.
    /// # Errors
    /// [`MapError`] if the caller's own id can't be mapped.
    pub fn new(kinds: Kinds) -> Result<Self, MapError> {
        let kinds = if is_privileged() { kinds } else { kinds | Kind::User };
        let mut namespaces = Namespaces { new: kinds, ..Namespaces::default() };
        let mut mounts = MountPlan::default();
        if kinds.contains(Kind::User) {
            let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
            namespaces.ids = Some(IdMaps::root_only(uid.as_raw(), gid.as_raw())?);
        }
        namespaces.loopback_up = kinds.contains(Kind::Net);
        if kinds.contains(Kind::Mnt) {
            mounts.propagation = Some(Propagation::Slave);
            if kinds.contains(Kind::Pid) {
                mounts.mounts.push(Mount::Private("/proc".into()));
                mounts.mounts.push(Mount::Proc("/proc".into()));
            }
        }
        Ok(Self { namespaces, mounts, lab: None, beside: None })
    }

    /// New namespaces in the user namespace of another set, which is in the new one too: so one user has power over both at once,
    /// and can connect them, without being root. If that set has no user namespace of its own, it is as [`NewSet::new`].
    ///
    /// # Errors
    /// [`BesideError`].
    pub fn beside(other: &Set, kinds: Kinds) -> Result<Self, BesideError> {
        if !other.kinds().contains(Kind::User) {
            return Ok(Self::new(kinds)?);
        }
        if kinds.contains(Kind::User) {
            return Err(BesideError::OwnUser { name: other.name().clone() });
        }
        let namespaces = Namespaces {
            new: kinds,
            join: vec![Join::Namespace(other.open(Kind::User)?)],
            loopback_up: kinds.contains(Kind::Net),
            ..Namespaces::default()
        };
        let first = other.credentials().map(|ids| FirstIds { uid: ids.uid, gid: ids.gid });
        Ok(Self {
            lab: None,
            namespaces,
            mounts: MountPlan::default(),
            beside: Some(first.unwrap_or(FirstIds { uid: None, gid: None })),
        })
    }
}

/// Why no set can be made beside another one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BesideError {
    /// The other one cannot be used.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The caller's own id can't be mapped.
    #[error(transparent)]
    Map(#[from] MapError),
    /// It is to have a user namespace of its own.
    #[error("a set in the user namespace of `{name}` cannot have another one")]
    OwnUser {
        /// The other set.
        name: SetName,
    },
}

/// Whether the caller may make and mount namespaces.
pub(super) fn is_privileged() -> bool {
    rustix::thread::capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_ADMIN))
}

/// What keeps the namespaces of a new set in this store.
pub(super) fn held_in(store: &Store) -> Held {
    match store.scope() {
        Scope::System if is_privileged() => Held::Mount,
        _ => Held::Keeper,
    }
}

/// A name that is ours alone as long as this value lives.
struct Claim {
    store: Store,
    /// Locked.
    dir: Dir,
}

impl Sets {
    /// Makes a set.
    ///
    /// Of several who make one of the same name at the same time, one does, and the others are told that it exists.
    /// # Errors
    /// [`CreateError`]: nothing of it is left then.
    pub fn create(&self, name: &SetName, new: NewSet) -> Result<Set, CreateError> {
        if new.namespaces.new.is_empty() {
            return Err(CreateError::Empty { name: name.clone() });
        }
        let claim = self.claim(name)?;
        self.reached(Step::Claim);
        let mut record = None;
        match self.fill(&claim, name, new, &mut record) {
            Ok(record) => Ok(Set::recorded(name, claim.store.scope(), &claim.dir, record)),
            Err(error) => {
                // What cannot be taken away now is found by its record later.
                let gone = self.abandon(&claim, name, record);
                drop(claim.dir);
                if gone.is_ok() {
                    let _ = claim.store.remove_if_empty();
                }
                Err(error)
            }
        }
    }

    fn abandon(&self, claim: &Claim, name: &SetName, record: Option<Record>) -> Result<(), SetError> {
        let parent = claim.store.find()?.ok_or_else(|| SetError::Missing { name: name.clone() })?;
        self.tear_down(&parent, name, &claim.dir, record)
    }

    /// Makes the directory of a set, and locks it.
    fn claim(&self, name: &SetName) -> Result<Claim, CreateError> {
        let store = self.own.clone()?;
        let claimed = self.claim_in(&store, name);
        if claimed.is_err() {
            // If it was made for this, it goes; if that fails there is still the collector.
            let _ = store.remove_if_empty();
        }
        Ok(Claim { dir: claimed?, store })
    }

    fn claim_in(&self, store: &Store, name: &SetName) -> Result<Dir, CreateError> {
        loop {
            let root = store.lock_or_make()?;
            if held_in(store) == Held::Mount && store.cover(&root)? {
                continue;
            }
            if root.stat(name)?.is_some() {
                self.make_room(root, store.scope(), name)?;
                continue;
            }
            if let Some(set) = self.find_netns(name)? {
                let path = set.mount_point(Kind::Net).unwrap_or_default();
                return Err(CreateError::Exists { name: name.clone(), path });
            }
            root.make_dir(name, 0o755)?;
            // Whoever locks a directory in here has locked the store before, as we have.
            let dir = root.find_dir(name)?.ok_or_else(|| SetError::Missing { name: name.clone() })?;
            dir.lock()?;
            return Ok(dir);
        }
    }

    /// Takes away what is in the way of a new set, if it is no set. `root`, the store, is locked.
    pub(super) fn make_room(&self, root: Dir, scope: Scope, name: &SetName) -> Result<(), CreateError> {
        let Some(dir) = root.find_dir(name)? else { return Ok(()) };
        if !dir.try_lock()? {
            // It is being made or removed: wait how that ends, and do not hold up others meanwhile.
            drop(root);
            return Ok(dir.lock()?);
        }
        let record = Record::read(&dir)?;
        match condition(name, scope, &dir, record.as_ref())? {
            Condition::Remnant(_) => Ok(self.tear_down(&root, name, &dir, record)?),
            Condition::Sound | Condition::Elsewhere => {
                Err(CreateError::Exists { name: name.clone(), path: root.path_of(name) })
            }
        }
    }

    fn fill(
        &self,
        claim: &Claim,
        name: &SetName,
        new: NewSet,
        on_record: &mut Option<Record>,
    ) -> Result<Record, CreateError> {
        let (beside, own, lab) = (new.beside, new.namespaces.new, new.lab);
        let kinds = if beside.is_some() { own | Kind::User } else { own };
        let maps = new.namespaces.ids.clone().unwrap_or_default();
        let keeper = NewKeeper::start(claim.dir.path(), new.namespaces, new.mounts)?;
        let namespaces = kinds.iter().map(|kind| keeper.namespace(kind)).collect::<Result<Vec<_>, _>>()?;
        self.reached(Step::Start);
        let held = held_in(&claim.store);
        let here = [Namespace::of_self(Kind::Mnt)?, Namespace::of_self(Kind::Pid)?];
        let record = on_record.insert(Record::new(boot_id()?, held, &namespaces, &here));
        record.keeper = Some(keeper.mark()?);
        record.lab = lab;
        record.first_ids = beside.or_else(|| kinds.contains(Kind::User).then(|| FirstIds::of(&maps)));
        record.shared = kinds.without(own).iter().map(|kind| kind.name().to_owned()).collect();
        record.write(&claim.dir)?;
        self.reached(Step::Record);
        for namespace in namespaces.iter().filter(|_| held == Held::Mount) {
            self.pin(claim, name, namespace, record)?;
            self.reached(Step::Pin);
        }
        self.reached(Step::PinAll);
        if record.mounted() == kinds && !kinds.contains(Kind::Pid) {
            record.keeper = None;
            drop(keeper);
        } else {
            keeper.stay()?;
        }
        self.reached(Step::Stay);
        record.state = State::Ready;
        record.write(&claim.dir)?;
        Ok(record.clone())
    }

    fn pin(
        &self,
        claim: &Claim,
        name: &SetName,
        namespace: &Namespace,
        record: &mut Record,
    ) -> Result<(), CreateError> {
        let kind = namespace.kind();
        if kind == Kind::Net {
            return self.pin_net(claim, name, namespace, record);
        }
        claim.dir.make_file(kind.name())?;
        match pin(namespace, &claim.dir, kind.name().as_ref()) {
            // A mount namespace may only be mounted in older ones. Linux 6.18 takes the one with the higher id for the
            // younger, which it need not be, as each processor hands out ids of its own.
            Err(PathError { source: Errno::LOOP, .. }) if kind == Kind::Mnt => {
                claim.dir.remove_file(kind.name())?;
                record.leave_to_keeper(kind);
                Ok(record.write(&claim.dir)?)
            }
            other => Ok(other?),
        }
    }

    /// Pins the network namespace where `ip netns` looks for it. The file is on record before it has a name, so that
    /// no file that somebody else made is ever taken for ours.
    fn pin_net(
        &self,
        claim: &Claim,
        name: &SetName,
        namespace: &Namespace,
        record: &mut Record,
    ) -> Result<(), CreateError> {
        let netns = NetnsDir::prepare(&self.netns)?;
        let file = netns.make_nameless()?;
        record.netns_file = Some(file.inode);
        record.write(&claim.dir)?;
        match netns.pin(&file, name, namespace) {
            Err(SetError::Path(PathError { path, source: Errno::EXIST, .. })) => {
                Err(CreateError::Exists { name: name.clone(), path })
            }
            other => Ok(other?),
        }
    }
}
