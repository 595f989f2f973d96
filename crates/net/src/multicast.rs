//! Multicast addresses that interfaces listen to: `/proc/net/dev_mcast`, `igmp` and `igmp6` in `proc(5)`, and `ip-maddress(8)`.

use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd as _, BorrowedFd};

use insula_sys::{elsewhere, multicast};
use rustix::io::Errno;

use crate::link::HardwareAddress;
use crate::name::IfName;
use crate::netlink::Netlink;

/// An address that an interface listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MulticastAddress {
    /// The number of the interface.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// The address.
    pub address: GroupAddress,
    /// How many want it.
    pub users: u32,
    /// Whether an administrator is among them.
    pub administered: bool,
}

/// An address of a group of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupAddress {
    /// Of frames.
    Link(HardwareAddress),
    /// Of packets.
    Ip(IpAddr),
}

/// What cannot be done about multicast addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MulticastError {
    /// They cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file.
        path: &'static str,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// The kernel refuses a change.
    #[error("cannot change multicast address {address} of link `{link}`")]
    Change {
        /// The interface.
        link: IfName,
        /// The address.
        address: HardwareAddress,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
}

type Parse = fn(&str) -> Vec<MulticastAddress>;

/// Each file with what reads it. Without IPv6 in the kernel the last one is not there.
const FILES: [(&std::ffi::CStr, &str, Parse); 3] = [
    (c"/proc/net/dev_mcast", "/proc/net/dev_mcast", links),
    (c"/proc/net/igmp", "/proc/net/igmp", inet),
    (c"/proc/net/igmp6", "/proc/net/igmp6", inet6),
];

impl MulticastAddress {
    /// Every one in the network namespace that is the last of `namespaces`, or here if there is none: link by link, on each those of
    /// frames, of IPv4 and of IPv6.
    ///
    /// # Errors
    /// [`MulticastError::Read`].
    pub fn list(namespaces: &[BorrowedFd<'_>]) -> Result<Vec<Self>, MulticastError> {
        let mut all = Vec::new();
        for (file, path, parse) in FILES {
            let failed = |source| MulticastError::Read { path, source };
            match elsewhere::open(namespaces, rustix::fs::CWD, file, libc::O_RDONLY) {
                Ok(opened) => {
                    let mut text = String::new();
                    let read = File::from(opened).read_to_string(&mut text);
                    read.map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
                    all.extend(parse(&text));
                }
                Err(Errno::NOENT) => {}
                Err(errno) => return Err(failed(errno)),
            }
        }
        all.sort_by_key(|one| one.index);
        Ok(all)
    }
}

/// A link-layer address that an interface is to listen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkMulticast {
    /// The interface.
    pub link: IfName,
    /// The address.
    pub address: [u8; 6],
}

impl LinkMulticast {
    /// Lets the interface listen to it, in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`MulticastError::Change`].
    #[doc(alias = "SIOCADDMULTI")]
    pub fn add(&self, route: &Netlink) -> Result<(), MulticastError> {
        multicast::add_multicast(route.as_fd(), self.link.as_str(), self.address)
            .map_err(|source| self.failed(source))
    }

    /// Takes it back.
    ///
    /// # Errors
    /// [`MulticastError::Change`]: `ENOENT` if it was not added.
    #[doc(alias = "SIOCDELMULTI")]
    pub fn delete(&self, route: &Netlink) -> Result<(), MulticastError> {
        multicast::delete_multicast(route.as_fd(), self.link.as_str(), self.address)
            .map_err(|source| self.failed(source))
    }

    fn failed(&self, source: Errno) -> MulticastError {
        let address = HardwareAddress::new(self.address);
        MulticastError::Change { link: self.link.clone(), address, source }
    }
}

/// `INDEX NAME USERS ADMINISTERED ADDRESS`.
fn links(text: &str) -> Vec<MulticastAddress> {
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        let index = words.next()?.parse().ok()?;
        let name = words.next()?.to_owned();
        let users = words.next()?.parse().ok()?;
        let administered = words.next()?.parse::<u32>().ok()? > 0;
        let address = GroupAddress::Link(HardwareAddress::new(hexadecimal(words.next()?)?));
        Some(MulticastAddress { index, name, address, users, administered })
    };
    text.lines().filter_map(read).collect()
}

/// A line `INDEX NAME : …` for each interface, and lines that begin with a tab for its groups: `ADDRESS USERS …`, where the address is
/// a number in the byte order of the machine.
fn inet(text: &str) -> Vec<MulticastAddress> {
    let mut all = Vec::new();
    let mut interface: Option<(u32, String)> = None;
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if line.starts_with('\t') {
            let read = |interface: &(u32, String), mut words: std::str::SplitWhitespace<'_>| {
                let address = u32::from_str_radix(words.next()?, 16).ok()?;
                let address = GroupAddress::Ip(Ipv4Addr::from(address.to_ne_bytes()).into());
                let users = words.next()?.parse().ok()?;
                let (index, name) = interface.clone();
                Some(MulticastAddress { index, name, address, users, administered: false })
            };
            all.extend(interface.as_ref().and_then(|interface| read(interface, words)));
        } else {
            let index = words.next().and_then(|word| word.parse().ok());
            interface = index.zip(words.next().map(str::to_owned));
        }
    }
    all
}

/// `INDEX NAME ADDRESS USERS …`.
fn inet6(text: &str) -> Vec<MulticastAddress> {
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        let index = words.next()?.parse().ok()?;
        let name = words.next()?.to_owned();
        let bytes = <[u8; 16]>::try_from(hexadecimal(words.next()?)?).ok()?;
        let address = GroupAddress::Ip(Ipv6Addr::from(bytes).into());
        Some(MulticastAddress {
            index,
            name,
            address,
            users: words.next()?.parse().ok()?,
            administered: false,
        })
    };
    text.lines().filter_map(read).collect()
}

/// Two digits a byte.
fn hexadecimal(word: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        word.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    Some(digits?.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_of_the_kernel_are_understood() {
        let all = links(
            "3    va              1     0     333300000001\n3    va              2     1     01005e000001\n",
        );
        assert_eq!((all.len(), all[1].users, all[1].administered, all[0].administered), (2, 2, true, false));
        assert_eq!(all[0].address, GroupAddress::Link("33:33:00:00:00:01".parse().unwrap()));
        let number = u32::from_ne_bytes([224, 0, 0, 1]);
        let all = inet(&format!(
            "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n\
             3\tva        :     1      V3\n\t\t\t\t{number:08X}     1 0:00000000\t\t0\n"
        ));
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].index, all[0].name.as_str()), (3, "va"));
        assert_eq!(all[0].address, GroupAddress::Ip("224.0.0.1".parse().unwrap()));
        let all = inet6("3    va              ff0200000000000000000001ff000001     1 00000004 0\n");
        assert_eq!(all[0].address, GroupAddress::Ip("ff02::1:ff00:1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9a-fA-F \tv:\n]{0,60}") {
            let _ = (links(&text), inet(&text), inet6(&text));
        }
    }
}
