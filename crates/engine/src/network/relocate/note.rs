//! What is written down while an interface moves: the kernel takes its addresses away on the way, and who is interrupted then has
//! nobody else who knows them.

use insula_net::{ChangeLink, IfName, Prefix};
use serde::{Deserialize, Serialize};

use super::super::lock::{DIRECTORY, NetworkLock};
use super::super::open_site::OpenSite;
use super::super::{NetworkError, Networks, Site};
use super::{Relocation, name_in_full, place, settle};
use crate::set::SetError;
use crate::store::record::{self, Unreadable};
use crate::store::{Dir, PathError};

/// The file: no set is called so.
const FILE: &str = ".moving.json";
const DRAFT: &str = ".moving.json.new";

/// The version of the format that this code writes, and the only one that it reads.
const VERSION: u32 = 1;

/// An interface that is about to move, or has not settled yet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    version: u32,
    boot: String,
    /// Where it was, and is to go.
    from: Place,
    to: Place,
    /// The addresses that it had.
    addresses: Vec<String>,
    /// Whether it was up.
    is_up: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// As on the command line.
    site: String,
    /// The inode number of the network namespace: another one of that name is not meant.
    net: u64,
    /// What the interface is called there.
    interface: String,
    /// In full, where that is another name.
    #[serde(default)]
    full: Option<String>,
}

/// What an interface is called.
pub(super) struct Names {
    /// The kernel's name.
    pub(super) name: String,
    /// The full one, where that is another.
    pub(super) full: Option<String>,
}

impl Place {
    /// Opens the network namespace; `None` if it is gone.
    fn open(&self, networks: &Networks) -> Result<Option<OpenSite>, NetworkError> {
        let Ok(site) = self.site.parse::<Site>() else { return Ok(None) };
        match OpenSite::open(&networks.sets, &site) {
            Ok(open) => Ok((open.net.id().ino == self.net).then_some(open)),
            Err(NetworkError::Set(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Note {
    pub(super) fn new(
        how: &Relocation,
        (from, own): (&OpenSite, Names),
        (to, new): (&OpenSite, Names),
        addresses: &[Prefix],
        is_up: bool,
    ) -> Result<Self, NetworkError> {
        let place = |site: &Site, open: &OpenSite, names: Names| Place {
            site: site.word().to_owned(),
            net: open.net.id().ino,
            interface: names.name,
            full: names.full,
        };
        Ok(Self {
            version: VERSION,
            boot: crate::set::boot_id()?,
            from: place(&how.from, from, own),
            to: place(&how.to, to, new),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            is_up,
        })
    }

    pub(super) fn write(&self, lock: &NetworkLock) -> Result<(), PathError> {
        let text = serde_json::to_vec(self).expect("a record has string keys only");
        lock.dir().replace(FILE, DRAFT, &text)
    }

    pub(super) fn remove(lock: &NetworkLock) -> Result<(), PathError> {
        lock.dir().remove_file(FILE).map(drop)
    }

    fn read(dir: &Dir) -> Result<Option<Self>, NetworkError> {
        let Some(text) = dir.read(FILE)? else { return Ok(None) };
        let path = dir.path_of(FILE);
        let read: Result<Self, _> = record::parse(&text, VERSION).map_err(|why| match why {
            Unreadable::Invalid(source) => SetError::Record { path, source },
            Unreadable::Version(version) => SetError::Version { path, version },
        });
        Ok(Some(read?))
    }
}

impl Networks {
    /// Where an interface was to go whose move was interrupted, and what it is called there.
    pub(in super::super) fn unsettled(&self) -> Result<Option<(Site, String)>, NetworkError> {
        let Some(root) = self.store()?.find()? else { return Ok(None) };
        let Some(all) = root.find_dir(DIRECTORY)? else { return Ok(None) };
        let note = Note::read(&all)?;
        Ok(note.and_then(|note| Some((note.to.site.parse().ok()?, note.to.interface))))
    }

    /// Gives back an interface whose move was interrupted: it is where it was, as it was.
    ///
    /// If one of the two network namespaces is gone, the interface is where the kernel put it.
    pub(in super::super) fn give_back(&self, lock: &NetworkLock) -> Result<(), NetworkError> {
        let Some(note) = Note::read(lock.dir())? else { return Ok(()) };
        let is_of_this_boot = note.boot == crate::set::boot_id()?;
        if is_of_this_boot
            && let (Some(mut from), Some(mut to)) = (note.from.open(self)?, note.to.open(self)?)
        {
            if let Some(link) = to.find(&note.to.interface)? {
                let back = ChangeLink::new(link.index).place(place(&from)?);
                let back = match IfName::new(&note.from.interface) {
                    Ok(name) => back.name(name),
                    Err(_) => back,
                };
                to.perform(&back)?;
            }
            if from.find(&note.from.interface)?.is_some() {
                let (new, old) = (note.to.full.as_deref(), note.from.full.as_deref());
                let link = name_in_full(&mut from, &note.from.interface, new, old)?;
                let addresses: Vec<Prefix> =
                    note.addresses.iter().filter_map(|text| text.parse().ok()).collect();
                settle(&mut from, note.is_up, &link, &addresses)?;
            }
        }
        Ok(Note::remove(lock)?)
    }
}
