//! The routes that there are.

use std::fmt;

use super::header::RouteHeader;
use super::{Route, RouteKind, RouteProtocol};
use crate::family::Family;
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::Message;

/// Which routes to list; what is `None` does not matter. The kernel itself leaves out the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteFilter {
    /// IPv4 or IPv6.
    pub family: Option<Family>,
    /// The table. With a family the kernel refuses with `ENOENT` what is no table yet.
    pub table: Option<u32>,
    /// Who made it.
    pub protocol: Option<RouteProtocol>,
    /// What it does.
    pub kind: Option<RouteKind>,
    /// The interface that it leaves by.
    pub index: Option<u32>,
    /// `RTM_F_CLONED` lists the exceptions that were learned instead.
    pub flags: u32,
}

impl Route {
    /// Every route of both families and all tables in the namespace that `route` is bound to.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETROUTE")]
    pub fn list(route: &mut Netlink) -> Result<Vec<Self>, Error> {
        Self::list_where(route, &RouteFilter::default())
    }

    /// The routes that `filter` describes.
    ///
    /// # Errors
    /// [`Error`].
    pub fn list_where(route: &mut Netlink, filter: &RouteFilter) -> Result<Vec<Self>, Error> {
        route.dump(
            filter,
            |message| {
                if message.kind == libc::RTM_NEWROUTE { Self::read(message) } else { Ok(None) }
            },
        )
    }
}

impl fmt::Display for RouteFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list routes")
    }
}

impl Request for RouteFilter {
    fn encode(&self) -> Encoded {
        let header = RouteHeader {
            family: Family::number_or_all(self.family),
            protocol: self.protocol.map_or(0, |protocol| protocol.0),
            kind: self.kind.map_or(0, |kind| kind.0),
            flags: self.flags,
            ..RouteHeader::default()
        };
        let mut message = Message::new(libc::RTM_GETROUTE, 0, &header.bytes());
        if let Some(table) = self.table {
            message.put_u32(libc::RTA_TABLE, table);
        }
        if let Some(index) = self.index {
            message.put_u32(libc::RTA_OIF, index);
        }
        Encoded(message)
    }
}
