//! Networks between sets: veth pairs, bridges and what is attached to them.
//!
//! What is made is nowhere on record but in the kernel: each interface has an alias that says whose it is and whether it is all
//! there ([`Mark`]). An interface is made under a name that nobody else has and marked in the same system call, so there is none
//! without a mark whatever ends us; under its own name it comes last. Whoever makes or takes away something holds the lock of all
//! networks of the user, so what is marked as incomplete while nobody does is what an interrupted command left.

use std::fmt;
use std::str::FromStr;

use crate::set::{InvalidName, SetName, Sets};

mod attach;
mod bridge;
mod collect;
mod connect;
pub(crate) mod dns;
mod end;
mod error;
pub mod fact;
mod forward;
mod limit;
mod lock;
mod mark;
mod name;
mod nameless;
mod occupied;
mod open_site;
mod pair;
mod publish;
mod relocate;
mod shape;
mod shaper;
mod step;
mod subnet;
mod survey;
mod tap;
mod tunnels;
mod walls;
mod watch;
mod wireguard;

pub use attach::{Attached, NewPort, PortAddress};
pub use bridge::{BridgeMade, NewBridge, Ports};
pub use collect::{NetworkGarbage, NetworkRemnant, NetworksCollected};
pub use connect::{Connected, NewConnection};
pub use dns::{Answers, InvalidHostName, Resolver, Room, host_name};
pub use end::{DefaultRoute, EndFound, Outcome};
pub use error::{NetworkError, There};
pub use forward::{ForwardedNow, Inward};
pub use limit::{Flow, Limit, LimitFound, LimitScope};
pub(crate) use mark::end_of_lab;
pub use mark::{Mark, MarkState, Purpose};
pub(crate) use name::{Chooser, Naming};
pub use name::{full_name, shown_name};
pub use publish::PublishedNow;
pub use relocate::{Moved, Relocation};
pub use shape::Limited;
pub use step::NetworkStep;
pub(crate) use subnet::host as address_in;
pub use survey::{LinkFound, SiteFound, Survey};
pub use tap::{PacketSeen, Tap};
pub use tunnels::TunnelState;
pub use watch::{Told, Watch};
pub use wireguard::Tunnel;

/// A network namespace that a connection begins or ends in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Site {
    /// The caller's own: `host`.
    Host,
    /// That of a set.
    Set(SetName),
    /// One that has no name: a sandbox's.
    Nameless,
}

impl FromStr for Site {
    type Err = InvalidName;

    fn from_str(word: &str) -> Result<Self, InvalidName> {
        if word == HOST { Ok(Self::Host) } else { word.parse().map(Self::Set) }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("the host"),
            Self::Set(name) => write!(f, "`{name}`"),
            Self::Nameless => f.write_str("the sandbox"),
        }
    }
}

impl Site {
    /// The word that names it on the command line.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Host => HOST,
            Self::Set(name) => name.as_str(),
            Self::Nameless => "",
        }
    }
}

/// What the caller's own network namespace is called.
const HOST: &str = "host";

/// The name of a bridge: what a set could be called, but no word that means something else where a network is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BridgeName(SetName);

/// A string that cannot be the name of a bridge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BridgeNameError {
    /// It could not be that of a set either.
    #[error(transparent)]
    Invalid(#[from] InvalidName),
    /// It means something else.
    #[error("`{name}` cannot be the name of a bridge: as a network it means something else")]
    Reserved {
        /// The name.
        name: String,
    },
}

impl BridgeName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The set of the same name, if there is one.
    pub(crate) const fn as_set(&self) -> &SetName {
        &self.0
    }
}

impl FromStr for BridgeName {
    type Err = BridgeNameError;

    fn from_str(name: &str) -> Result<Self, BridgeNameError> {
        if matches!(name, HOST | "none") {
            return Err(BridgeNameError::Reserved { name: name.to_owned() });
        }
        Ok(Self(name.parse()?))
    }
}

impl fmt::Display for BridgeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The networks of the caller: between their sets, and the host if they are root there.
#[derive(Debug)]
pub struct Networks {
    sets: Sets,
    killed_after: Option<NetworkStep>,
}

impl Networks {
    /// Those of the caller.
    #[must_use]
    pub fn of_caller() -> Self {
        Self::of(Sets::of_caller())
    }

    /// Those between `sets`.
    pub(crate) const fn of(sets: Sets) -> Self {
        Self { sets, killed_after: None }
    }
}
