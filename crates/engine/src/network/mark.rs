//! What is written on an interface that we made, as its alias: `ip link` shows it.

use std::fmt;

use super::name::shortened;
use super::{BridgeName, Site};

/// What an interface of ours is for, and whether it is all there.
///
/// ```text
/// insula:link=web:host      one end of a veth pair: in `web`, and the other end is in the host
/// insula:port=web:lan       the end in `web` of the pair that attaches it to the bridge `lan`
/// insula:port-of=lan:web    the other end of it, a port of the bridge
/// insula:bridge=lan         the bridge
/// insula:wireguard=web      a WireGuard interface of `web`, whose encrypted packets go by the host
/// insula:shaper=7           what comes in at interface number 7 of the same namespace passes it, to be limited
/// ```
/// `:incomplete` at the end: whoever makes it or takes it away is not done, or has died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is for.
    pub purpose: Purpose,
    /// Whether it is all there.
    pub state: MarkState,
}

/// What an interface of ours is for. The names are shortened where they are long, so that they fit into an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The end in `here` of a pair whose other end is in `there`.
    Link {
        /// Where this end is: `host`, or the name of a set.
        here: Box<str>,
        /// Where the other one is.
        there: Box<str>,
    },
    /// The end in `set` of a pair whose other end is a port of `bridge`.
    Port {
        /// The set; empty for a sandbox without a name.
        set: Box<str>,
        /// The bridge.
        bridge: Box<str>,
    },
    /// The port of `bridge` at the other end of that.
    PortOf {
        /// The bridge.
        bridge: Box<str>,
        /// The set; empty for a sandbox without a name.
        set: Box<str>,
    },
    /// A bridge.
    Bridge {
        /// Its name.
        bridge: Box<str>,
    },
    /// A WireGuard interface.
    WireGuard {
        /// The set that it is in, or goes to.
        set: Box<str>,
    },
    /// What comes in at another interface of the same network namespace passes it.
    Shaper {
        /// The number of the other interface.
        of: u32,
    },
}

/// Whether what an interface is part of is all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkState {
    /// It is.
    Complete,
    /// It is being made or taken away, or that was interrupted.
    Incomplete,
}

const PREFIX: &str = "insula:";
const INCOMPLETE: &str = ":incomplete";

impl Mark {
    /// That of something complete.
    #[must_use]
    pub const fn of(purpose: Purpose) -> Self {
        Self { purpose, state: MarkState::Complete }
    }

    /// The same, before it is all there.
    #[must_use]
    pub fn incomplete(&self) -> Self {
        Self { purpose: self.purpose.clone(), state: MarkState::Incomplete }
    }

    /// The mark in an alias; `None` if it is none of ours.
    #[must_use]
    pub fn parse(alias: &str) -> Option<Self> {
        let (text, state) = match alias.strip_suffix(INCOMPLETE) {
            Some(text) => (text, MarkState::Incomplete),
            None => (alias, MarkState::Complete),
        };
        let (word, names) = text.strip_prefix(PREFIX)?.split_once('=')?;
        let two = || names.split_once(':').filter(|(_, second)| !second.contains(':'));
        let purpose = match word {
            "link" => two().map(|(here, there)| Purpose::Link { here: here.into(), there: there.into() }),
            "port" => two().map(|(set, bridge)| Purpose::Port { set: set.into(), bridge: bridge.into() }),
            "port-of" => {
                two().map(|(bridge, set)| Purpose::PortOf { bridge: bridge.into(), set: set.into() })
            }
            "wireguard" if !names.contains(':') => Some(Purpose::WireGuard { set: names.into() }),
            "shaper" => names.parse().ok().map(|of| Purpose::Shaper { of }),
            "bridge" if !names.contains(':') => Some(Purpose::Bridge { bridge: names.into() }),
            _ => None,
        };
        purpose.map(|purpose| Self { purpose, state })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        match &self.purpose {
            Purpose::Link { here, there } => write!(f, "link={here}:{there}")?,
            Purpose::Port { set, bridge } => write!(f, "port={set}:{bridge}")?,
            Purpose::PortOf { bridge, set } => write!(f, "port-of={bridge}:{set}")?,
            Purpose::Bridge { bridge } => write!(f, "bridge={bridge}")?,
            Purpose::WireGuard { set } => write!(f, "wireguard={set}")?,
            Purpose::Shaper { of } => write!(f, "shaper={of}")?,
        }
        f.write_str(match self.state {
            MarkState::Complete => "",
            MarkState::Incomplete => INCOMPLETE,
        })
    }
}

/// The alias of the end at the host of a link of a lab.
pub(crate) fn end_of_lab(lab: &str) -> String {
    format!("{PREFIX}lab={lab:.200}")
}

impl Purpose {
    /// The end in `here` of a connection with `there`.
    #[must_use]
    pub fn link(here: &Site, there: &Site) -> Self {
        Self::Link { here: word(here), there: word(there) }
    }

    /// The end in a set of what attaches it to a bridge.
    #[must_use]
    pub fn port(set: &Site, bridge: &BridgeName) -> Self {
        Self::Port { set: word(set), bridge: shortened(bridge.as_str()) }
    }

    /// The end at the bridge.
    #[must_use]
    pub fn port_of(bridge: &BridgeName, set: &Site) -> Self {
        Self::PortOf { bridge: shortened(bridge.as_str()), set: word(set) }
    }

    /// Whether packets of a set pass it on their way to others.
    pub(super) const fn is_way(&self) -> bool {
        matches!(self, Self::Link { .. } | Self::Port { .. } | Self::WireGuard { .. })
    }

    /// The kernel's name of the type that an interface for this has.
    pub(super) const fn link_kind(&self) -> &'static str {
        match self {
            Self::Link { .. } | Self::Port { .. } | Self::PortOf { .. } => "veth",
            Self::Bridge { .. } => "bridge",
            Self::WireGuard { .. } => "wireguard",
            Self::Shaper { .. } => "ifb",
        }
    }

    /// A bridge.
    #[must_use]
    pub fn bridge(bridge: &BridgeName) -> Self {
        Self::Bridge { bridge: shortened(bridge.as_str()) }
    }
}

fn word(site: &Site) -> Box<str> {
    match site {
        Site::Host => "host".into(),
        Site::Set(name) => shortened(name.as_str()),
        Site::Nameless => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_of_others_are_no_marks() {
        for alias in [
            "",
            "uplink",
            "insula:",
            "insula:link=web",
            "insula:lab=x:y",
            "insula:bridge=a:b",
            "insula:link=a:b:c",
            "insula:shaper=x",
        ] {
            assert_eq!(Mark::parse(alias), None, "{alias}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_and_fits(
            one in "[a-zé][^:/\\pC\\pZ]{0,60}", two in "[a-zé][^:/\\pC\\pZ]{0,60}", which in 0..6_usize, of: u32,
        ) {
            let site = Site::Set(one.parse().unwrap());
            let bridge: BridgeName = two.parse().unwrap();
            let purpose = match which {
                0 => Purpose::link(&site, &Site::Host),
                1 => Purpose::port(&site, &bridge),
                2 => Purpose::port_of(&bridge, &site),
                3 => Purpose::Shaper { of },
                4 => Purpose::WireGuard { set: shortened(&one) },
                _ => Purpose::bridge(&bridge),
            };
            for mark in [Mark::of(purpose.clone()), Mark::of(purpose).incomplete()] {
                let text = mark.to_string();
                prop_assert!(text.len() <= 255);
                prop_assert_eq!(Mark::parse(&text), Some(mark));
            }
        }

        #[test]
        fn no_alias_panics(alias: String) {
            let _ = Mark::parse(&alias);
        }
    }
}
