//! What changes in a network namespace, or in all that have a number in it, as it happens. See `rtnetlink(7)`.

mod echo;
mod event;
mod group;
mod snapshot;

use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;

pub use event::{Event, Happened, Subject};
pub use group::Group;
pub use snapshot::Snapshot;

use crate::netlink::{Error, Netlink, Protocol};

/// Whose changes a monitor hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Of its own namespace.
    Own,
    /// Also of each namespace that has a number in its own: [`crate::NetnsId`].
    AllNumbered,
}

/// A socket that hears of changes.
///
/// ```no_run
/// use insula_net::{Group, Heard, Monitor, Reach};
///
/// let mut monitor = Monitor::open(&[], &[Group::Link], Reach::Own)?;
/// loop {
///     match monitor.hear()? {
///         Heard::Events(events) => events.iter().for_each(|event| println!("{event:?}")),
///         Heard::Lost => println!("something was missed"),
///     }
/// }
/// # #[allow(unreachable_code, reason = "it never ends")]
/// # Ok::<(), insula_net::Error>(())
/// ```
#[derive(Debug)]
pub struct Monitor {
    route: Netlink,
}

/// What a monitor heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Changes, in their order.
    Events(Vec<Event>),
    /// More came than the socket could hold, so that some changes are lost: what is remembered of the namespace has to be read
    /// anew, with a [`Snapshot`].
    Lost,
}

impl Monitor {
    /// One that hears of `groups`, in the namespace that is the last of `namespaces`, or in the caller's own.
    ///
    /// # Errors
    /// [`Error::Open`], [`Error::Join`]; [`Error::ListenAll`] with `EPERM` for [`Reach::AllNumbered`] without
    /// `CAP_NET_BROADCAST`.
    pub fn open(namespaces: &[BorrowedFd<'_>], groups: &[Group], reach: Reach) -> Result<Self, Error> {
        let mut route = Netlink::open_in(Protocol::Route, namespaces)?;
        route.bind()?;
        if reach == Reach::AllNumbered {
            route.listen_to_all()?;
        }
        for group in groups {
            route.join(group.number())?;
        }
        Ok(Self { route })
    }

    /// Waits for changes.
    ///
    /// # Errors
    /// [`Error::Receive`], [`Error::Malformed`].
    pub fn hear(&mut self) -> Result<Heard, Error> {
        let mut events = Vec::new();
        let heard = self.route.listen(|message, netns_id| {
            events.extend(Event::read(message, netns_id)?);
            Ok(())
        });
        match heard {
            Ok(()) => Ok(Heard::Events(events)),
            Err(Error::Receive { source: Errno::NOBUFS, .. }) => Ok(Heard::Lost),
            Err(error) => Err(error),
        }
    }
}

impl AsFd for Monitor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.route.as_fd()
    }
}
