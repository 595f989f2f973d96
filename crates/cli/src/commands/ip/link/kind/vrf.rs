//! Virtual routing and forwarding.

use insula_net::Link;
use insula_net::kind::{Vrf, VrfPort};

use super::super::super::catalog::Catalog;
use super::super::super::page::Page;
use super::super::super::{Session, Stop, Words};
use super::keyword;

pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Vrf, Stop> {
    const KEYS: &[&str] = &["table"];
    let mut vrf = Vrf::default();
    while let Some(word) = words.take() {
        if keyword(word, KEYS).is_empty() {
            return Err(super::unknown("vrf", "option", word, KEYS));
        }
        let word = words.value()?;
        vrf.table =
            Some(session.number(Catalog::Tables, word).ok_or_else(|| Stop::wrong(word, "invalid table ID"))?);
    }
    Ok(vrf)
}

pub(super) fn show(page: &mut Page, link: &Link) {
    if let Some(vrf) = link.data::<Vrf>() {
        super::number(page, "table", vrf.table);
    }
}

pub(super) fn show_port(page: &mut Page, link: &Link) {
    if let Some(port) = link.port::<VrfPort>() {
        super::number(page, "table", port.table);
    }
}
