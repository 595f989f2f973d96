//! Routes in a file, as `ip route save` of iproute2 writes it: a number that says what it is, then the kernel's own messages.

use std::fmt;

use super::{Route, RouteFilter, RouteKind};
use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Message, Messages, Received};

/// `route_dump_magic` of iproute2.
const MAGIC: u32 = 0x4531_1224;

/// Routes with all that the kernel has said of them, be it known to us or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedRoutes {
    /// What follows the header of each message.
    bodies: Vec<Vec<u8>>,
}

/// What is no file of routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedRoutesError {
    /// It does not begin with the number by which such a file is known; 0 if it is shorter than that.
    #[error("it begins with {found:#x}, not {MAGIC:#x}")]
    Magic {
        /// What it begins with.
        found: u32,
    },
    /// A message is cut off, or is about something else than a route.
    #[error("there is something else than routes in it")]
    Content,
}

impl SavedRoutes {
    /// The routes that `filter` describes and `wanted` is true of.
    ///
    /// # Errors
    /// [`Error`].
    pub fn list(
        route: &mut Netlink,
        filter: &RouteFilter,
        wanted: impl Fn(&Route) -> bool,
    ) -> Result<Self, Error> {
        let bodies = route.dump(filter, |message| {
            let read = if message.kind == libc::RTM_NEWROUTE { Route::read(message)? } else { None };
            Ok(read.filter(&wanted).map(|_| message.body.to_vec()))
        })?;
        Ok(Self { bodies })
    }

    /// Those in the bytes of a file.
    ///
    /// # Errors
    /// [`SavedRoutesError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SavedRoutesError> {
        let (magic, messages) = bytes.split_first_chunk().unwrap_or((&[0; 4], &[]));
        let found = u32::from_ne_bytes(*magic);
        if found != MAGIC {
            return Err(SavedRoutesError::Magic { found });
        }
        let mut bodies = Vec::new();
        for message in Messages::new(messages) {
            let message = message.map_err(|_| SavedRoutesError::Content)?;
            match Route::read(&message) {
                Ok(Some(_)) if message.kind == libc::RTM_NEWROUTE => bodies.push(message.body.to_vec()),
                _ => return Err(SavedRoutesError::Content),
            }
        }
        Ok(Self { bodies })
    }

    /// The bytes of a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_ne_bytes().to_vec();
        for body in &self.bodies {
            Message::new(libc::RTM_NEWROUTE, 0, body).write(0, libc::NLM_F_MULTI, &mut bytes);
        }
        bytes
    }

    /// What is known of them.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        self.bodies.iter().filter_map(|body| route(body)).collect()
    }

    /// Requests that make them, in an order in which it can be done: first those to this host, then those on its links, then those
    /// by routers, which must be reached.
    #[must_use]
    pub fn restore(&self) -> Vec<RestoreRoute> {
        let mut all: Vec<(u8, RestoreRoute)> = self
            .bodies
            .iter()
            .filter_map(|body| Some((route(body)?, body.clone())))
            .map(|(route, body)| {
                (step(&route), RestoreRoute { body, destination: route.destination.to_string() })
            })
            .collect();
        all.sort_by_key(|(step, _)| *step);
        all.into_iter().map(|(_, restore)| restore).collect()
    }
}

fn route(body: &[u8]) -> Option<Route> {
    let message = Received { kind: libc::RTM_NEWROUTE, flags: 0, sequence: 0, body };
    Route::read(&message).ok().flatten()
}

fn step(route: &Route) -> u8 {
    let by_router = route.gateway.is_some() || route.next_hops.iter().any(|hop| hop.gateway.is_some());
    match route.kind {
        RouteKind::LOCAL => 0,
        _ if !by_router => 1,
        _ => 2,
    }
}

/// Makes a route as it was saved; refused with `EEXIST` if one like it is there.
#[derive(Clone, Debug)]
pub struct RestoreRoute {
    body: Vec<u8>,
    destination: String,
}

impl fmt::Display for RestoreRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "restore the route to {}", self.destination)
    }
}

impl Request for RestoreRoute {
    fn encode(&self) -> Encoded {
        Encoded(Message::new(libc::RTM_NEWROUTE, libc::NLM_F_CREATE, &self.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::captured;
    use proptest::prelude::*;

    /// `ip route save` of iproute2 6.1: 10.0.0.0/24 on a link, 10.1.0.0/16 by 10.0.0.2, and 10.2.0.0/16 a blackhole.
    const WRITTEN_BY_IPROUTE2: &str = "
        24 12 31 45 3c 00 00 00 18 00 22 00 d6 64 0c 6b 05 3a 00 00 02 18 00 00 fe 02 fd 01 10 00 00 00
        08 00 0f 00 fe 00 00 00 08 00 01 00 0a 00 00 00 08 00 07 00 0a 00 00 01 08 00 04 00 02 00 00 00
        3c 00 00 00 18 00 22 00 d6 64 0c 6b 05 3a 00 00 02 10 00 00 fe 03 00 01 10 00 00 00 08 00 0f 00
        fe 00 00 00 08 00 01 00 0a 01 00 00 08 00 05 00 0a 00 00 02 08 00 04 00 02 00 00 00 2c 00 00 00
        18 00 22 00 d6 64 0c 6b 05 3a 00 00 02 10 00 00 fe 03 00 06 00 00 00 00 08 00 0f 00 fe 00 00 00
        08 00 01 00 0a 02 00 00";

    #[test]
    fn what_iproute2_writes_is_read_and_written_back() {
        let bytes = captured(WRITTEN_BY_IPROUTE2);
        let saved = SavedRoutes::parse(&bytes).unwrap();
        let shown: Vec<String> = saved.restore().iter().map(ToString::to_string).collect();
        let expected = ["10.0.0.0/24", "10.2.0.0/16", "10.1.0.0/16"];
        assert_eq!(shown, expected.map(|destination| format!("restore the route to {destination}")));
        assert_eq!(saved.routes()[1].gateway, Some("10.0.0.2".parse().unwrap()));
        let written = saved.to_bytes();
        assert_eq!(SavedRoutes::parse(&written), Ok(saved));
        assert_eq!(written.len(), bytes.len());
    }

    #[test]
    fn what_is_no_file_of_routes_is_refused() {
        assert_eq!(SavedRoutes::parse(b"garbage"), Err(SavedRoutesError::Magic { found: 0x6272_6167 }));
        assert_eq!(SavedRoutes::parse(b""), Err(SavedRoutesError::Magic { found: 0 }));
        let bytes = captured(WRITTEN_BY_IPROUTE2);
        assert_eq!(SavedRoutes::parse(&bytes[..40]), Err(SavedRoutesError::Content));
    }

    proptest! {
        #[test]
        fn no_file_panics(mut bytes: Vec<u8>) {
            bytes.splice(..0, MAGIC.to_ne_bytes());
            if let Ok(saved) = SavedRoutes::parse(&bytes) {
                prop_assert_eq!(SavedRoutes::parse(&saved.to_bytes()), Ok(saved));
            }
        }
    }
}
