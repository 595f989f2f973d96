//! `IFA_F_*`, as words.

use insula_net::{Address, AddressFlags};

use super::super::page::Page;

/// In the order in which they are shown.
pub(super) const NAMES: &[(AddressFlags, &str)] = &[
    (AddressFlags::SECONDARY, "secondary"),
    (AddressFlags::SECONDARY, "temporary"),
    (AddressFlags::NO_DAD, "nodad"),
    (AddressFlags::OPTIMISTIC, "optimistic"),
    (AddressFlags::DAD_FAILED, "dadfailed"),
    (AddressFlags::HOME, "home"),
    (AddressFlags::DEPRECATED, "deprecated"),
    (AddressFlags::TENTATIVE, "tentative"),
    (AddressFlags::PERMANENT, "permanent"),
    (AddressFlags::MANAGE_TEMPORARY, "mngtmpaddr"),
    (AddressFlags::NO_PREFIX_ROUTE, "noprefixroute"),
    (AddressFlags::MULTICAST_JOIN, "autojoin"),
    (AddressFlags::STABLE_PRIVACY, "stable-privacy"),
];

/// The flag called `name`.
pub(super) fn named(name: &str) -> Option<AddressFlags> {
    NAMES.iter().find(|(_, known)| *known == name).map(|(flag, _)| *flag)
}

/// Shows those of `address`. An address that ends is `dynamic`; one that does not is nothing special.
pub(super) fn show(page: &mut Page, address: &Address) {
    let mut left = address.flags.0;
    let ipv6 = address.prefix.address.is_ipv6();
    for (flag, name) in NAMES {
        let word = match *flag {
            AddressFlags::PERMANENT if left & flag.0 == 0 => Some("dynamic"),
            AddressFlags::PERMANENT => None,
            AddressFlags::SECONDARY if left & flag.0 != 0 && ipv6 => Some("temporary"),
            _ => Some(*name).filter(|_| left & flag.0 != 0),
        };
        if let Some(word) = word {
            page.field(word, true, format_args!("{word} "));
        }
        left &= !flag.0;
    }
    if left != 0 {
        let hexadecimal = format!("{left:02x}");
        page.field("ifa_flags", &hexadecimal, format_args!("flags {hexadecimal} "));
    }
}
