//! Interfaces for IPsec policies.

use insula_net::kind::Xfrm;
use insula_net::{Link, Present};

use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Session, Stop, Words};
use super::{keyword, outer};

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &["dev", "if_id", "external"];

pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Xfrm, Stop> {
    let mut xfrm = Xfrm::default();
    while let Some(word) = words.take() {
        match keyword(word, KEYS) {
            "dev" => xfrm.link = Some(outer::device(session, words)?),
            "if_id" => {
                let word = words.value()?;
                let id = number(word).filter(|id| *id != 0);
                xfrm.id = Some(id.ok_or_else(|| Stop::wrong(word, "if_id value is invalid"))?);
            }
            "external" => xfrm.collect_metadata = Some(Present),
            _ => return Err(super::unknown("xfrm", "argument", word, KEYS)),
        }
    }
    if xfrm.collect_metadata.is_some() && (xfrm.id.is_some() || xfrm.link.is_some()) {
        return Err(Stop::failed("xfrmi: both 'external' and if_id/link cannot be specified"));
    }
    Ok(xfrm)
}

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(xfrm) = link.data::<Xfrm>() else { return };
    if xfrm.collect_metadata.is_some() {
        page.field("external", true, "external ");
    } else if let Some(id) = xfrm.id {
        let id = super::hex(id);
        page.field("if_id", &id, format_args!("if_id {id} "));
    }
}
