//! Finding sets.

use std::ffi::OsString;
use std::path::PathBuf;

use insula_ns::{Kind, NsId};
use rustix::io::Errno;

use super::{NETNS, Set, SetError, SetName, Source, Step, mounted};
use crate::store::{Dir, PathError, Scope, Store, StoreError};

/// Where sets are looked for: the caller's own store, the system's, and `/run/netns`.
#[derive(Clone, Debug)]
pub struct Sets {
    pub(super) own: Result<Store, StoreError>,
    system: Store,
    pub(super) netns: PathBuf,
    pub(super) killed_after: Option<Step>,
}

/// All sets that the caller can see.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that can be read, the caller's own first, each group by name.
    pub sets: Vec<Set>,
    /// Why others can't.
    pub unreadable: Vec<SetError>,
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

    /// The store that the caller's own sets are recorded in.
    pub(crate) fn own_store(&self) -> Result<&Store, StoreError> {
        self.own.as_ref().map_err(Clone::clone)
    }

    pub(super) fn stores(&self) -> impl Iterator<Item = &Store> {
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

    pub(super) fn netns_names(&self) -> Result<Vec<OsString>, PathError> {
        self.netns_dir()?.map_or(Ok(Vec::new()), |dir| dir.names())
    }

    pub(super) fn find_netns(&self, name: &SetName) -> Result<Option<Set>, SetError> {
        let Some(dir) = self.netns_dir()? else { return Ok(None) };
        let found = mounted(&dir, name.as_ref())?.filter(|namespace| namespace.kind() == Kind::Net);
        Ok(found.map(|namespace| Set {
            name: name.clone(),
            scope: Scope::System,
            source: Source::Netns(dir.path_of(name), namespace.id()),
        }))
    }
}
