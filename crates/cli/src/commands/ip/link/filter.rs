//! Which links are shown: what stands behind `ip link show`.

use insula_net::Link;

use super::super::catalog::Catalog;
use super::super::words::matches;
use super::super::{Session, Stop, Words};

/// What a link must be to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Filter {
    /// The name of the only one.
    pub(in super::super) device: Option<String>,
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
            if !filter.take(session, words, word)? {
                return Err(super::usage());
            }
        }
        Ok(filter)
    }

    /// Takes `word` and what belongs to it; not `help`.
    pub(in super::super) fn take(
        &mut self,
        session: &mut Session,
        words: &mut Words<'_>,
        word: &str,
    ) -> Result<bool, Stop> {
        match word {
            "up" => self.up = true,
            "group" => {
                let name = words.value()?;
                let number = session.number(Catalog::Groups, name);
                self.group = Some(number.ok_or_else(|| Stop::wrong(name, "Invalid \"group\" value"))?);
            }
            "master" => self.master = Some(session.master(words.value()?)?),
            "vrf" => self.master = Some(session.vrf(words.value()?)?),
            "nomaster" => self.master = Some(0),
            "type" => {
                let kind = words.value()?;
                match kind.strip_suffix("_slave") {
                    Some(port) => self.port_kind = Some(port.to_owned()),
                    None => self.kind = Some(kind.to_owned()),
                }
            }
            _ => {
                let name = if word == "dev" { words.value()? } else { word };
                if matches(name, "help") && word != "dev" {
                    return Ok(false);
                }
                if self.device.is_some() {
                    return Err(Stop::garbage("dev", name));
                }
                self.device = Some(name.to_owned());
            }
        }
        Ok(true)
    }

    /// Whether only links that are up are wanted.
    pub(in super::super) const fn is_for_up(&self) -> bool {
        self.up
    }

    /// Whether the link has the master and the type that are wanted, which the kernel itself can tell.
    pub(in super::super) fn accepts_kind(&self, link: &Link) -> bool {
        Self { up: false, group: None, ..self.clone() }.accepts(link)
    }

    pub(in super::super) fn accepts(&self, link: &Link) -> bool {
        let same = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        (!self.up || link.is_up())
            && self.group.is_none_or(|group| link.group == group)
            && self.master.is_none_or(|master| link.master.unwrap_or(0) == master)
            && same(&self.kind, &link.kind)
            && same(&self.port_kind, &link.port_kind)
    }
}
