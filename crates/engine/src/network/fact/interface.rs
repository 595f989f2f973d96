//! An interface.

use std::fmt;

use insula_net::Link;
use serde::Serialize;

use super::super::name::shown_name;
use super::Names;

/// An interface, with what a command or a cable changes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterfaceFact {
    /// Its full name.
    pub name: String,
    /// `veth`, `bridge`; none for hardware and the loopback.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether it is administratively up.
    pub up: bool,
    /// Whether it can carry traffic: `up`, `down`, `lowerlayerdown`, `unknown` where its driver does not say.
    pub state: String,
    /// The largest packet that it takes, in bytes.
    pub mtu: u32,
    /// Its link-layer address.
    pub mac: Option<String>,
    /// The bridge, bond or VRF that it is a port of.
    pub master: Option<String>,
    /// The queueing discipline that packets leave by.
    pub qdisc: Option<String>,
}

impl InterfaceFact {
    pub(in super::super) fn of(link: &Link, names: &Names) -> Self {
        Self {
            name: shown_name(link).to_owned(),
            kind: link.kind.clone(),
            up: link.is_up(),
            state: link.state.to_string().to_lowercase(),
            mtu: link.mtu,
            mac: link.address.as_ref().map(ToString::to_string),
            master: link.master.map(|index| names.name(index)),
            qdisc: link.qdisc.clone(),
        }
    }
}

impl fmt::Display for InterfaceFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(kind) = &self.kind {
            write!(f, " type {kind}")?;
        }
        write!(f, " {} state {} mtu {}", if self.up { "up" } else { "down" }, self.state, self.mtu)?;
        let more = [("mac", &self.mac), ("master", &self.master), ("qdisc", &self.qdisc)];
        for (word, value) in more {
            if let Some(value) = value {
                write!(f, " {word} {value}")?;
            }
        }
        Ok(())
    }
}
