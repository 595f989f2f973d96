//! UDP between IP and what a tunnel carries: FOU and GUE.

use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Stop, Words, json::Value};

/// In iproute2's order: an abbreviation means the first that begins so.
pub(super) const KEYS: &[&str] = &[
    "noencap",
    "encap",
    "encap-sport",
    "encap-dport",
    "encap-csum",
    "noencap-csum",
    "encap-udp6-csum",
    "noencap-udp6-csum",
    "encap-remcsum",
    "noencap-remcsum",
];

/// `TUNNEL_ENCAP_*`, by their numbers.
const KINDS: [&str; 3] = ["none", "fou", "gue"];

/// `TUNNEL_ENCAP_FLAG_*`: the bit, as it is said, and as it is shown.
const FLAGS: [(u16, &str, &str); 3] =
    [(1, "encap-csum", "csum"), (1 << 1, "encap-udp6-csum", "csum6"), (1 << 2, "encap-remcsum", "remcsum")];

/// What it has; the fields are those of the library's structures.
#[derive(Clone, Debug, Default)]
pub(super) struct Encapsulation {
    pub(super) kind: Option<u16>,
    pub(super) flags: Option<u16>,
    pub(super) source_port: Option<u16>,
    pub(super) port: Option<u16>,
}

impl Encapsulation {
    /// None, which is what iproute2 asks for where nothing is said.
    pub(super) fn new(family: Family) -> Self {
        let flags = if family == Family::Inet6 { 1 << 1 } else { 0 };
        Self { kind: Some(0), flags: Some(flags), source_port: Some(0), port: Some(0) }
    }

    /// Takes what belongs to `key`, if that is one of these.
    pub(super) fn take(&mut self, key: &str, words: &mut Words<'_>) -> Result<bool, Stop> {
        match key {
            "noencap" => self.kind = Some(0),
            "encap" => {
                let word = words.value()?;
                let found = (0..).zip(KINDS).find(|(_, name)| *name == word);
                self.kind = Some(found.ok_or_else(|| Stop::wrong(word, "Invalid encap type."))?.0);
            }
            "encap-sport" => match words.value()? {
                "auto" => self.source_port = Some(0),
                word => self.source_port = Some(port(word, "Invalid source port.")?),
            },
            "encap-dport" => self.port = Some(port(words.value()?, "Invalid destination port.")?),
            _ => {
                let (on, name) = key.strip_prefix("no").map_or((true, key), |name| (false, name));
                let Some((bit, ..)) = FLAGS.into_iter().find(|(_, word, _)| *word == name) else {
                    return Ok(false);
                };
                let flags = self.flags.unwrap_or(0);
                self.flags = Some(if on { flags | bit } else { flags & !bit });
            }
        }
        Ok(true)
    }

    pub(super) fn show(&self, page: &mut Page) {
        let Some(kind) = self.kind.filter(|kind| *kind != 0) else { return };
        let (source, port, flags) =
            (self.source_port.unwrap_or(0), self.port.unwrap_or(0), self.flags.unwrap_or(0));
        page.nested("encap", |page| {
            page.text("encap ");
            match KINDS.get(usize::from(kind)) {
                Some(name) => page.field("type", *name, format_args!("{name} ")),
                None => page.field("type", Value::Null, "unknown "),
            }
            for (key, port) in [("sport", source), ("dport", port)] {
                match port {
                    0 => page.field(key, port, format_args!("encap-{key} auto ")),
                    port => page.field(key, port, format_args!("encap-{key} {port} ")),
                }
            }
            for (bit, _, name) in FLAGS {
                let on = flags & bit != 0;
                page.field(name, on, format_args!("{}encap-{name} ", if on { "" } else { "no" }));
            }
        });
    }
}

fn port(word: &str, wrong: &str) -> Result<u16, Stop> {
    number(word).ok_or_else(|| Stop::wrong(word, wrong))
}
