//! Macvlans and macvtaps.

use insula_net::kind::{Macvlan, SourceAddresses};
use insula_net::{HardwareAddress, Link};

use super::super::super::page::Page;
use super::super::super::{Stop, Words};
use super::bridge::address;
use super::keyword;

const MODES: [(u32, &str); 5] = [(1, "private"), (2, "vepa"), (4, "bridge"), (8, "passthru"), (16, "source")];
/// `MACVLAN_FLAG_*`.
const NO_PROMISCUITY: u16 = 1;
const NO_DESTINATION: u16 = 2;

const KEYS: &[&str] = &["mode", "flag", "macaddr", "nopromisc", "nodst", "bcqueuelen", "bclim", "help"];

pub(super) fn parse(kind: &str, words: &mut Words<'_>) -> Result<Macvlan, Stop> {
    let mut macvlan = Macvlan::default();
    while let Some(word) = words.take() {
        match keyword(word, KEYS) {
            "mode" => {
                let word = words.value()?;
                let mode = MODES.iter().find(|(_, name)| *name == word);
                let mode = mode.ok_or_else(|| {
                    Stop::failed(format!(
                        "Error: argument of \"mode\" must be \"private\", \"vepa\", \"bridge\", \"passthru\" or \
                         \"source\", not \"{word}\""
                    ))
                })?;
                macvlan.mode = Some(mode.0);
            }
            "flag" => match words.value()? {
                "nopromisc" => flag(&mut macvlan, NO_PROMISCUITY),
                "null" => flag(&mut macvlan, 0),
                word => {
                    return Err(Stop::failed(format!(
                        "Error: argument of \"flag\" must be \"nopromisc\" or \"null\", not \"{word}\""
                    )));
                }
            },
            "macaddr" => source(&mut macvlan, words)?,
            "nopromisc" => flag(&mut macvlan, NO_PROMISCUITY),
            "nodst" => flag(&mut macvlan, NO_DESTINATION),
            "bcqueuelen" => {
                macvlan.broadcast_queue_length =
                    Some(words.number("bcqueuelen must be in range [0..2^32-1]")?);
            }
            "bclim" => {
                let word = words.value()?;
                let limit = word.parse().map_err(|_| Stop::wrong(word, "illegal value for \"bclim\""))?;
                macvlan.broadcast_cutoff = Some(limit);
            }
            _ => return Err(super::unknown(kind, "option", word, &KEYS[..KEYS.len() - 1])),
        }
    }
    Ok(macvlan)
}

fn flag(macvlan: &mut Macvlan, flag: u16) {
    macvlan.flags = Some(macvlan.flags.unwrap_or(0) | flag);
}

/// Who may send, in mode source.
fn source(macvlan: &mut Macvlan, words: &mut Words<'_>) -> Result<(), Stop> {
    let command = words.value()?;
    macvlan.address_command = Some(match command {
        "add" => 0,
        "del" => 1,
        "flush" => 2,
        "set" => 3,
        _ => {
            return Err(Stop::failed(format!(
                "Error: argument of \"macaddr\" must be \"add\", \"del\", \"flush\" or \"set\", not \"{command}\""
            )));
        }
    });
    match command {
        "add" | "del" => macvlan.address = Some(address(words.value()?)?),
        "set" => {
            let mut all = SourceAddresses::default();
            while let Some(Ok(one)) = words.peek().map(address) {
                words.take();
                all.0.push(one);
            }
            macvlan.sources = Some(all);
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(macvlan) = link.data::<Macvlan>() else { return };
    if let Some(mode) = macvlan.mode {
        let mode = MODES.iter().find(|(number, _)| *number == mode).map_or("unknown", |(_, name)| name);
        page.field("mode", mode, format_args!("mode {mode} "));
    }
    let flags = macvlan.flags.unwrap_or(0);
    if flags & NO_PROMISCUITY != 0 {
        page.field("nopromisc", true, "nopromisc ");
    }
    if flags & NO_DESTINATION != 0 {
        page.field("nodst", true, "nodst ");
    }
    super::number(page, "bcqueuelen", macvlan.broadcast_queue_length);
    super::number(page, "usedbcqueuelen", macvlan.broadcast_queue_used);
    if macvlan.mode != Some(16) {
        return;
    }
    if let Some(count) = macvlan.source_count {
        page.field("macaddr_count", count, format_args!("remotes ({count}) "));
    }
    if let Some(sources) = &macvlan.sources {
        page.array("macaddr_data", |page| {
            for source in &sources.0 {
                let source = HardwareAddress::new(*source).to_string();
                page.element(&source, format_args!("{source} "));
            }
        });
    }
}
