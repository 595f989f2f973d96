//! An interface that is there already goes to another network namespace.

mod note;

use std::os::fd::AsFd as _;

use insula_net::{ChangeLink, IfName, Link, NewAddress, Place, Prefix};
use rustix::io::Errno;

use super::connect::of_link;
use super::end::{EndFound, Outcome};
use super::lock::NetworkLock;
use super::open_site::{OpenSite, mark};
use super::{NetworkError, NetworkStep, Networks, Site};
use note::Note;

/// Where an interface is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// The interface, by its name or alternative name.
    pub interface: String,
    /// Where it is.
    pub from: Site,
    /// Where it goes.
    pub to: Site,
    /// What it is called there, if not as before.
    pub name: Option<IfName>,
}

/// An interface that is where it was to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Whether it was moved now.
    pub outcome: Outcome,
    /// The interface.
    pub end: EndFound,
}

impl Networks {
    /// Moves an interface to another network namespace, where it has the addresses that it had, and is up if it was.
    ///
    /// # Errors
    /// [`NetworkError`]: it is where it was then.
    pub fn relocate(&self, how: &Relocation) -> Result<Moved, NetworkError> {
        let lock = NetworkLock::take(self.store()?)?;
        self.reached(NetworkStep::Lock);
        self.give_back(&lock)?;
        let mut from = OpenSite::open(&self.sets, &how.from)?;
        let mut to = OpenSite::open(&self.sets, &how.to)?;
        if from.is_same(&to) {
            return Err(NetworkError::Same { near: how.from.clone(), far: how.to.clone() });
        }
        let name = how.name.as_ref().map_or(how.interface.as_str(), IfName::as_str);
        let Some(link) = from.find(&how.interface)? else {
            // As often as it is said, it is there once.
            return match to.find(name)? {
                Some(link) => Ok(Moved { outcome: Outcome::Found, end: EndFound::read(&mut to, &link)? }),
                None => {
                    Err(NetworkError::NoInterface { site: how.from.clone(), name: how.interface.clone() })
                }
            };
        };
        if mark(&link).is_some() {
            return Err(NetworkError::Ours { site: how.from.clone(), name: how.interface.clone() });
        }
        let name = how.name.as_ref().map_or(link.name.as_str(), IfName::as_str);
        if to.find(name)?.is_some() {
            return Err(NetworkError::NameTaken { site: how.to.clone(), name: name.to_owned() });
        }
        let addresses = of_link(&from.addresses()?, link.index);
        let mut change = ChangeLink::new(link.index).place(place(&to)?);
        if let Some(name) = &how.name {
            change = change.name(name.clone());
        }
        Note::new(how, (&from, &link.name), (&to, name), &addresses, link.is_up())?.write(&lock)?;
        self.reached(NetworkStep::Note);
        let moved = from.route.perform(&change).map_err(|source| match source.errno() {
            Some(Errno::PERM) => NetworkError::Apart { near: how.from.clone(), far: how.to.clone(), source },
            _ => from.failed(source),
        });
        self.reached(NetworkStep::Move);
        let arrived = moved.and_then(|()| {
            let arrived = to.find(name)?;
            arrived.ok_or_else(|| NetworkError::NoInterface { site: how.to.clone(), name: name.to_owned() })
        });
        let settled = arrived.and_then(|arrived| settle(&mut to, link.is_up(), &arrived, &addresses));
        self.reached(NetworkStep::Settle);
        if settled.is_ok() {
            Note::remove(&lock)?;
        } else {
            // If even that fails, the note says what is to be done, and whoever comes next does it.
            let _ = self.give_back(&lock);
        }
        Ok(Moved { outcome: Outcome::Made, end: settled? })
    }
}

fn place(site: &OpenSite) -> Result<Place, NetworkError> {
    Place::of(site.net.as_fd()).map_err(|source| NetworkError::Random { source })
}

/// Gives an interface that has just come the addresses and the state that it had.
fn settle(
    site: &mut OpenSite,
    is_up: bool,
    now: &Link,
    addresses: &[Prefix],
) -> Result<EndFound, NetworkError> {
    for prefix in addresses {
        match site.route.perform(&NewAddress::new(now.index, *prefix)) {
            Err(error) if error.errno() == Some(Errno::EXIST) => {}
            other => other.map_err(|source| site.failed(source))?,
        }
    }
    if is_up {
        site.perform(&ChangeLink::new(now.index).up())?;
    }
    EndFound::read(site, now)
}
