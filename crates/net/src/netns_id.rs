//! The numbers by which network namespaces know each other. See `RTM_GETNSID` in `rtnetlink(7)` and `linux/net_namespace.h`.

use std::fmt;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received};

/// `RTM_NEWNSID` and `RTM_DELNSID` have as header only a family, `struct rtgenmsg`.
const HEADER: [u8; 1] = [0];
const NSID: u16 = 1;
const PID: u16 = 2;
const FD: u16 = 3;
const TARGET_NSID: u16 = 4;
const CURRENT_NSID: u16 = 5;
/// `NETNSA_NSID_NOT_ASSIGNED`.
const NOT_ASSIGNED: i32 = -1;

/// A number that a network namespace has given to another one.
///
/// It is what [`crate::Link::link_netnsid`] and the monitor of all namespaces tell. The kernel gives one out when a link's other
/// end is first told of; each namespace has its own numbers, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NetnsId {
    /// The number in the namespace that was asked, or in the one that it was asked about.
    pub id: u32,
    /// When asked about another namespace's numbers: what the one that was asked calls the same namespace.
    pub current: Option<u32>,
}

impl NetnsId {
    /// Every number that the namespace which `route` is bound to has given out.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETNSID")]
    pub fn list(route: &mut Netlink) -> Result<Vec<Self>, Error> {
        route.dump(&List { target: None }, Self::read)
    }

    /// Every number that namespace number `target` has given out, with the number of ours for the same one.
    ///
    /// # Errors
    /// [`Error`]: `EINVAL` if there is no such number.
    pub fn list_of(route: &mut Netlink, target: u32) -> Result<Vec<Self>, Error> {
        route.dump(&List { target: Some(target) }, Self::read)
    }

    /// The number of the network namespace `net` in the one that `route` is bound to, if it has one.
    ///
    /// # Errors
    /// [`Error`]: `EINVAL` for what is no network namespace.
    pub fn of(route: &mut Netlink, net: BorrowedFd<'_>) -> Result<Option<u32>, Error> {
        route.ask(&Ask::about(net), |message| Ok(Self::read(message)?.map(|found| found.id)))
    }

    /// The number of each of these network namespaces, many asked for at once.
    ///
    /// The kernel looks through all numbers that were given out for each of them, so that a thousand cost more than a thousand
    /// times what one costs.
    /// # Errors
    /// [`Error`] if the kernel can't be asked; what it says of one namespace is in the list, as from [`NetnsId::of`].
    pub fn of_all(
        route: &mut Netlink,
        nets: &[BorrowedFd<'_>],
    ) -> Result<Vec<Result<Option<u32>, Error>>, Error> {
        let asked: Vec<Ask> = nets.iter().map(|net| Ask::about(*net)).collect();
        let requests: Vec<&dyn Request> = asked.iter().map(|ask| ask as &dyn Request).collect();
        route.ask_all(&requests, |message| Ok(Self::read(message)?.map(|found| found.id)))
    }

    /// The number of the network namespace that process `pid` is in.
    ///
    /// # Errors
    /// [`Error`]: `ESRCH` if there is no such process.
    pub fn of_process(route: &mut Netlink, pid: u32) -> Result<Option<u32>, Error> {
        route.ask(&Ask { kind: PID, value: pid }, |message| Ok(Self::read(message)?.map(|found| found.id)))
    }

    /// `None` if there is no number.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (_, mut attributes) = message.split::<1>()?;
        let number = |attribute: crate::wire::Attribute<'_>| {
            attribute.i32().map(|id| if id == NOT_ASSIGNED { None } else { u32::try_from(id).ok() })
        };
        let (mut id, mut current) = (None, None);
        attributes.try_for_each(|attribute| {
            match attribute.kind {
                NSID => id = number(attribute)?,
                CURRENT_NSID => current = number(attribute)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(id.map(|id| Self { id, current }))
    }
}

impl fmt::Display for NetnsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

struct List {
    target: Option<u32>,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            None => f.write_str("list network namespace ids"),
            Some(target) => write!(f, "list network namespace ids of network namespace {target}"),
        }
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(libc::RTM_GETNSID, 0, &HEADER);
        if let Some(target) = self.target {
            message.put_u32(TARGET_NSID, target);
        }
        Encoded(message)
    }
}

struct Ask {
    kind: u16,
    value: u32,
}

impl Ask {
    fn about(net: BorrowedFd<'_>) -> Self {
        Self { kind: FD, value: net.as_raw_fd().cast_unsigned() }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PID => write!(f, "find the id of the network namespace of process {}", self.value),
            _ => f.write_str("find the id of a network namespace"),
        }
    }
}

impl Request for Ask {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(libc::RTM_GETNSID, 0, &HEADER);
        message.put_u32(self.kind, self.value);
        Encoded(message)
    }
}

/// Gives a network namespace a number in the one that is asked.
#[derive(Clone, Copy, Debug)]
pub struct AssignNetnsId<'a> {
    /// The namespace.
    pub net: BorrowedFd<'a>,
    /// The number; `None` lets the kernel choose.
    pub id: Option<u32>,
}

impl fmt::Display for AssignNetnsId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(id) => write!(f, "give a network namespace the id {id}"),
            None => f.write_str("give a network namespace an id"),
        }
    }
}

impl Request for AssignNetnsId<'_> {
    fn encode(&self) -> Encoded {
        let mut message = Message::new(libc::RTM_NEWNSID, 0, &HEADER);
        message.put_u32(FD, self.net.as_raw_fd().cast_unsigned());
        let id = self.id.and_then(|id| i32::try_from(id).ok()).unwrap_or(NOT_ASSIGNED);
        message.put_i32(NSID, id);
        Encoded(message)
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;
    use crate::wire::captured;

    #[test]
    fn number_is_assigned_as_iproute2_does() {
        // ip netns set x 5, where x was open as number 6
        let mut caught = captured("00000000 08000300 06000000 08000100 05000000");
        let null = std::fs::File::open("/dev/null").unwrap();
        caught[8..12].copy_from_slice(&null.as_raw_fd().to_ne_bytes());
        let Encoded(message) = AssignNetnsId { net: null.as_fd(), id: Some(5) }.encode();
        assert_eq!(message.body(), caught);
    }
}
