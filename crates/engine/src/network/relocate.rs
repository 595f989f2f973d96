//! An interface that is there already goes to another network namespace.

mod note;

use std::os::fd::AsFd as _;

use insula_net::{ChangeAlternativeNames, ChangeLink, Direction, IfName, Link, NewAddress, Place, Prefix};
use rustix::io::Errno;

use super::connect::of_link;
use super::end::{EndFound, Outcome};
use super::lock::NetworkLock;
use super::name::{Chooser, Naming, full_name};
use super::open_site::{OpenSite, mark};
use super::{NetworkError, NetworkStep, Networks, Site};
use note::{Names, Note};

/// Where an interface is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relocation {
    /// The interface, by its name or alternative name.
    pub interface: String,
    /// Where it is.
    pub from: Site,
    /// Where it goes.
    pub to: Site,
    /// What it is called there, if not as before. One that is longer than the kernel's can be is an alternative name.
    pub name: Option<String>,
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
        let Some(link) = from.find(&how.interface)? else {
            // As often as it is said, it is there once.
            return match to.find(how.name.as_ref().unwrap_or(&how.interface))? {
                Some(link) => Ok(Moved { outcome: Outcome::Found, end: EndFound::read(&mut to, &link)? }),
                None => {
                    Err(NetworkError::NoInterface { site: how.from.clone(), name: how.interface.clone() })
                }
            };
        };
        if mark(&link).is_some() {
            return Err(NetworkError::Ours { site: how.from.clone(), name: how.interface.clone() });
        }
        let old = full_name(&link.name, &link.alternative_names).map(str::to_owned);
        let (name, full) = match &how.name {
            None => (link.name.clone(), old.clone()),
            Some(name) => {
                let Naming { name, full, .. } = Naming::new(name, Chooser::User);
                (name.to_string(), full)
            }
        };
        for name in [Some(&name), full.as_ref()].into_iter().flatten() {
            if to.find(name)?.is_some() {
                return Err(NetworkError::NameTaken { site: how.to.clone(), name: name.clone() });
            }
        }
        let addresses = of_link(&from.addresses()?, link.index);
        let change = ChangeLink::new(link.index).place(place(&to)?);
        let change = match IfName::new(&name) {
            Ok(new) if name != link.name => change.name(new),
            _ => change,
        };
        let [here, there] = [(&link.name, &old), (&name, &full)]
            .map(|(name, full)| Names { name: name.clone(), full: full.clone() });
        Note::new(how, (&from, here), (&to, there), &addresses, link.is_up())?.write(&lock)?;
        self.reached(NetworkStep::Note);
        let moved = from.route.perform(&change).map_err(|source| match source.errno() {
            Some(Errno::PERM) => NetworkError::Apart { near: how.from.clone(), far: how.to.clone(), source },
            _ => NetworkError::Immovable { site: how.from.clone(), name: how.interface.clone(), source },
        });
        self.reached(NetworkStep::Move);
        let arrived = moved.and_then(|()| name_in_full(&mut to, &name, old.as_deref(), full.as_deref()));
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

/// Has the interface `name` the alternative name `new` in place of `old`; the interface as it is then.
fn name_in_full(
    site: &mut OpenSite,
    name: &str,
    old: Option<&str>,
    new: Option<&str>,
) -> Result<Link, NetworkError> {
    for (direction, full) in [(Direction::Remove, old), (Direction::Add, new)] {
        let link = found(site, name)?;
        let Some(full) = full.filter(|_| old != new) else { continue };
        let has_it = link.alternative_names.iter().any(|other| other == full);
        if has_it == (direction == Direction::Remove) {
            let names = vec![full.to_owned()];
            site.perform(&ChangeAlternativeNames { index: link.index, direction, names })?;
        }
    }
    found(site, name)
}

fn found(site: &mut OpenSite, name: &str) -> Result<Link, NetworkError> {
    let link = site.find(name)?;
    link.ok_or_else(|| NetworkError::NoInterface { site: site.site.clone(), name: name.to_owned() })
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
