//! Ipvlans and ipvtaps.

use insula_net::Link;
use insula_net::kind::Ipvlan;

use super::super::super::page::Page;
use super::super::super::{Stop, Words};
use super::keyword;

const MODES: [&str; 3] = ["l2", "l3", "l3s"];
const FLAGS: [&str; 3] = ["bridge", "private", "vepa"];

pub(super) fn parse(kind: &str, words: &mut Words<'_>) -> Result<Ipvlan, Stop> {
    const KEYS: &[&str] = &["mode", "private", "vepa", "bridge"];
    let mut ipvlan = Ipvlan::default();
    while let Some(word) = words.take() {
        let flag = keyword(word, KEYS);
        if flag == "mode" {
            let word = words.value()?;
            let mode = (0_u16..).zip(MODES).find(|(_, mode)| *mode == word);
            let wrong = "Error: argument of \"mode\" must be either \"l2\", \"l3\" or \"l3s\"";
            ipvlan.mode = Some(mode.ok_or_else(|| Stop::failed(wrong))?.0);
        } else {
            let flag = (0_u16..).zip(FLAGS).find(|(_, name)| *name == flag);
            ipvlan.flags = Some(flag.ok_or_else(|| super::unknown(kind, "option", word, KEYS))?.0);
        }
    }
    Ok(ipvlan)
}

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(ipvlan) = link.data::<Ipvlan>() else { return };
    if let Some(mode) = ipvlan.mode {
        let mode = MODES.get(usize::from(mode)).copied().unwrap_or("unknown");
        page.field("mode", mode, format_args!(" mode {mode} "));
    }
    if let Some(flags) = ipvlan.flags {
        let flag = if flags & 1 != 0 { 1 } else { usize::from(flags & 2 != 0) * 2 };
        page.field(FLAGS[flag], true, format_args!("{} ", FLAGS[flag]));
    }
}
