//! The arguments of `ip link add` and `ip link set`: what all types of links have.

use insula_net::{HardwareAddress, LinkSettings};

use super::super::catalog::Catalog;
use super::super::words::{if_name, matches, number};
use super::super::{Session, Stop, Words};
use super::place;

/// `IFF_*` that can be switched.
const UP: u32 = 1;
const NOTRAILERS: u32 = 1 << 5;
const NOARP: u32 = 1 << 7;
const PROMISC: u32 = 1 << 8;
const ALLMULTI: u32 = 1 << 9;
const MULTICAST: u32 = 1 << 12;
const DYNAMIC: u32 = 1 << 15;

/// What was said.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) settings: LinkSettings,
    /// The link that is meant.
    pub(super) device: Option<String>,
    /// The link that it is made on.
    pub(super) link: Option<String>,
    /// Its number, or that in the namespace that it goes to.
    pub(super) index: Option<u32>,
    /// Its type; what belongs to that is left in the words.
    pub(super) kind: Option<String>,
}

impl Asked {
    /// Takes the words up to `type KIND`, or all.
    pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let mut asked = Self::default();
        while let Some(word) = words.take() {
            if word == "type" {
                asked.kind = Some(words.value()?.to_owned());
                break;
            }
            if asked.flag(word, words)? || asked.known(session, word, words)? {
                continue;
            }
            if matches(word, "help") {
                return Err(super::usage());
            }
            let name = if word == "dev" { words.value()? } else { word };
            if asked.device.is_some() {
                return Err(Stop::garbage("dev", name));
            }
            asked.device = Some(name.to_owned());
        }
        Ok(asked)
    }

    /// Takes a flag, if `word` is one.
    fn flag(&mut self, word: &str, words: &mut Words<'_>) -> Result<bool, Stop> {
        let flags = &mut self.settings.flags;
        let (flag, inverted) = match word {
            "up" => {
                flags.set(UP);
                return Ok(true);
            }
            "down" => {
                flags.clear(UP);
                return Ok(true);
            }
            "arp" => (NOARP, true),
            "trailers" => (NOTRAILERS, true),
            "promisc" => (PROMISC, false),
            "allmulticast" => (ALLMULTI, false),
            "multicast" => (MULTICAST, false),
            _ if word.len() > 1 && matches(word, "dynamic") => (DYNAMIC, false),
            _ => return Ok(false),
        };
        let on = match words.value()? {
            "on" => true,
            "off" => false,
            other => {
                return Err(Stop::failed(format!(
                    "Error: argument of \"{word}\" must be \"on\" or \"off\", not \"{other}\""
                )));
            }
        };
        if on == inverted {
            flags.clear(flag);
        } else {
            flags.set(flag);
        }
        Ok(true)
    }

    /// Takes another argument, if `word` is one.
    fn known(&mut self, session: &mut Session, word: &str, words: &mut Words<'_>) -> Result<bool, Stop> {
        let settings = &mut self.settings;
        match keyword(word) {
            "name" => {
                let name = words.value()?;
                once(settings.name.is_some(), "name", name)?;
                settings.name = Some(if_name(name, "name")?);
            }
            "index" => {
                let value = words.value()?;
                once(self.index.is_some(), "index", value)?;
                let index = number(value).filter(|index| (1..=i32::MAX.cast_unsigned()).contains(index));
                self.index = Some(index.ok_or_else(|| Stop::wrong(value, "Invalid \"index\" value"))?);
            }
            "link" => self.link = Some(words.value()?.to_owned()),
            "address" => settings.address = Some(address(words.value()?)?),
            "broadcast" => settings.broadcast = Some(address(words.value()?)?),
            "txqueuelen" => set(&mut settings.queue_length, "txqueuelen", words)?,
            "mtu" => set(&mut settings.mtu, "mtu", words)?,
            "netns" => {
                let name = words.value()?;
                once(settings.place.is_some(), "netns", name)?;
                settings.place = Some(place::parse(name)?);
            }
            "carrier" => {
                settings.carrier = Some(words.on_off(word).map_err(|stop| stop.exit(22))?);
            }
            "master" => settings.master = Some(session.master(words.value()?)?),
            "vrf" => {
                let name = words.value()?;
                let vrf = session.link(name)?.filter(|link| link.kind.as_deref() == Some("vrf"));
                settings.master = Some(vrf.ok_or_else(|| Stop::wrong(name, "Not a valid VRF name"))?.index);
            }
            "parentdev" => settings.parent_device = Some(words.value()?.to_owned()),
            "nomaster" => settings.master = Some(0),
            "alias" => {
                let alias = words.value()?;
                if alias.len() >= 256 {
                    return Err(Stop::wrong(alias, "alias too long"));
                }
                settings.alias = Some(alias.to_owned());
            }
            "group" => {
                let name = words.value()?;
                once(settings.group.is_some(), "group", name)?;
                settings.group = Some(group(session, name)?);
            }
            "mode" => {
                let value = words.value()?;
                settings.link_mode = Some(match value.to_ascii_uppercase().as_str() {
                    "DEFAULT" => 0,
                    "DORMANT" => 1,
                    _ => return Err(Stop::wrong(value, "Invalid link mode")),
                });
            }
            "state" => {
                let value = words.value()?;
                settings.state = Some(state(value).ok_or_else(|| Stop::wrong(value, "Invalid operstate"))?);
            }
            "numtxqueues" => set(&mut settings.transmit_queues, "numtxqueues", words)?,
            "numrxqueues" => set(&mut settings.receive_queues, "numrxqueues", words)?,
            "addrgenmode" => {
                let value = words.value()?;
                settings.address_generation = Some(match value {
                    "eui64" => 0,
                    "none" => 1,
                    "stable_secret" => 2,
                    "random" => 3,
                    _ => return Err(Stop::wrong(value, "Invalid address generation mode")),
                });
            }
            "link-netnsid" => set(&mut settings.link_netnsid, "link-netnsid", words)?,
            "protodown" => {
                settings.protocol_down = Some(words.on_off(word).map_err(|stop| stop.exit(22))?);
            }
            "protodown_reason" => {
                let value = words.value()?;
                let bit: u32 = number(value)
                    .filter(|bit| *bit < 32)
                    .ok_or_else(|| Stop::wrong(value, "invalid protodown reason"))?;
                let on = words.on_off(word).map_err(|stop| stop.exit(22))?;
                settings.protocol_down_reason = Some((u32::from(on) << bit, 1 << bit));
            }
            "gso_max_size" => set(&mut settings.gso_max_size, "gso_max_size", words)?,
            "gso_max_segs" => set(&mut settings.gso_max_segs, "gso_max_segs", words)?,
            "gro_max_size" => set(&mut settings.gro_max_size, "gro_max_size", words)?,
            "vf" => {
                let function = super::function::parse(session, self.device.as_deref(), words)?;
                settings.functions.push(function);
            }
            "xdp" => {
                return Err(Stop::failed(format!("insula's ip does not set `{word}`"))
                    .hint("the `ip` of iproute2 does"));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What can be cut short.
const SHORT: [&str; 10] = [
    "index",
    "link",
    "address",
    "broadcast",
    "txqueuelen",
    "alias",
    "numtxqueues",
    "numrxqueues",
    "addrgenmode",
    "link-netnsid",
];

/// The argument that `word` is, which can be cut short where iproute2 takes that.
fn keyword(word: &str) -> &str {
    match word {
        "qlen" | "txqlen" => return "txqueuelen",
        "brd" => return "broadcast",
        "xdpgeneric" | "xdpdrv" | "xdpoffload" => return "xdp",
        _ => {}
    }
    SHORT.into_iter().find(|full| matches(word, full)).unwrap_or(word)
}

/// The number of the group called `name`.
pub(super) fn group(session: &mut Session, name: &str) -> Result<u32, Stop> {
    session.number(Catalog::Groups, name).ok_or_else(|| Stop::wrong(name, "Invalid \"group\" value"))
}

fn set<N: TryFrom<u64>>(field: &mut Option<N>, key: &str, words: &mut Words<'_>) -> Result<(), Stop> {
    let value = words.value()?;
    once(field.is_some(), key, value)?;
    let parsed = number(value).ok_or_else(|| Stop::wrong(value, &format!("Invalid \"{key}\" value")))?;
    *field = Some(parsed);
    Ok(())
}

fn once(there: bool, key: &str, value: &str) -> Result<(), Stop> {
    if there { Err(Stop::duplicate(key, value)) } else { Ok(()) }
}

pub(super) fn address(word: &str) -> Result<HardwareAddress, Stop> {
    let invalid = || Stop::failed(format!("\"{word}\" is invalid lladdr."));
    word.parse().map_err(|_| invalid())
}

fn state(word: &str) -> Option<u8> {
    const STATES: [&str; 7] = ["UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"];
    let position = STATES.iter().position(|state| state.eq_ignore_ascii_case(word))?;
    u8::try_from(position).ok()
}
