//! What reads files of the kernel, rules of a bundle and messages of a bus, for the fuzz targets.

use crate::devices::list::List;
use crate::systemd::Unit;
use crate::systemd::bus::message::Message;
use crate::{CgroupPath, Controllers, ListOf, NumberList, hierarchy, usage};

/// Reads `bytes` as everything that is read here.
pub fn read(bytes: &[u8]) {
    hierarchy::read_memberships(bytes);
    let _ = Message::decode(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    usage::keyed::flat(text).for_each(drop);
    usage::keyed::by_device(text).for_each(drop);
    usage::keyed::nested(text).for_each(drop);
    let _ = (List::parse(text), Controllers::parse(text), NumberList::parse(text, ListOf::Processors));
    if let Ok(path) = CgroupPath::new(text) {
        assert!(path.components().iter().all(|name| !matches!(name.to_bytes(), b"" | b"." | b"..")));
        assert_eq!(CgroupPath::new(&path.to_string()), Ok(path));
    }
    if let Ok(unit) = Unit::from_cgroups_path(text) {
        assert!(!unit.name().contains('/'));
    }
}
