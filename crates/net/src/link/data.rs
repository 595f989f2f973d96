//! What a type of interface, or of port, has of its own.

use super::read::Link;
use crate::wire::Malformed;

/// What interfaces of one type, or of some, have besides what all have: `IFLA_INFO_DATA`; or ports of one type of master.
pub trait LinkData: Sized {
    /// The kernel's names of the types that have these.
    const KINDS: &'static [&'static str];

    /// Reads the attributes in `bytes`.
    ///
    /// # Errors
    /// [`Malformed`] when one is too short for what it holds.
    fn parse(bytes: &[u8]) -> Result<Self, Malformed>;
}

impl Link {
    /// What it has as one of its type; nothing if it is of another one.
    ///
    /// ```no_run
    /// # use insula_net::{Link, Netlink, Protocol, kind::Bridge};
    /// let link = Link::find(&mut Netlink::open(Protocol::Route)?, "br0")?;
    /// if let Some(bridge) = link.data::<Bridge>() {
    ///     println!("{:?}", bridge.ageing_time);
    /// }
    /// # Ok::<(), insula_net::Error>(())
    /// ```
    #[must_use]
    pub fn data<D: LinkData>(&self) -> Option<D> {
        let same = self.kind.as_deref().is_some_and(|kind| D::KINDS.contains(&kind));
        D::parse(&self.kind_data).ok().filter(|_| same)
    }

    /// Whether there is anything that links of its type alone have.
    #[must_use]
    pub const fn has_data(&self) -> bool {
        !self.kind_data.is_empty()
    }

    /// What it has as a port of its master; nothing if that is of another type.
    #[must_use]
    pub fn port<D: LinkData>(&self) -> Option<D> {
        let same = self.port_kind.as_deref().is_some_and(|kind| D::KINDS.contains(&kind));
        D::parse(&self.port_data).ok().filter(|_| same)
    }
}
