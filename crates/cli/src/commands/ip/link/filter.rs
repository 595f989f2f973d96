//! Which links are shown: what stands behind `ip link show`.

use insula_net::Link;

use super::super::words::matches;
use super::super::{Session, Stop, Words};

/// What a link must be to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// The name of the only one.
    pub(super) device: Option<String>,
    up: bool,
    group: Option<u32>,
    master: Option<u32>,
    kind: Option<String>,
    port_kind: Option<String>,
}

impl Filter {
    pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Self, Stop> {
        let mut filter = Self::default();
        while let Some(word) = words.take() {
            match word {
                "up" => filter.up = true,
                "group" => {
                    let name = words.value()?;
                    let number = session.groups().number(name);
                    filter.group = Some(number.ok_or_else(|| Stop::wrong(name, "Invalid \"group\" value"))?);
                }
                "master" | "vrf" => filter.master = Some(session.master(words.value()?)?),
                "nomaster" => filter.master = Some(0),
                "type" => {
                    let kind = words.value()?;
                    match kind.strip_suffix("_slave") {
                        Some(port) => filter.port_kind = Some(port.to_owned()),
                        None => filter.kind = Some(kind.to_owned()),
                    }
                }
                _ => {
                    let name = if word == "dev" { words.value()? } else { word };
                    if matches(name, "help") && word != "dev" {
                        return Err(super::usage());
                    }
                    if filter.device.is_some() {
                        return Err(Stop::garbage("dev", name));
                    }
                    filter.device = Some(name.to_owned());
                }
            }
        }
        Ok(filter)
    }

    pub(super) fn accepts(&self, link: &Link) -> bool {
        let same = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        (!self.up || link.is_up())
            && self.group.is_none_or(|group| link.group == group)
            && self.master.is_none_or(|master| link.master.unwrap_or(0) == master)
            && same(&self.kind, &link.kind)
            && same(&self.port_kind, &link.port_kind)
    }
}
