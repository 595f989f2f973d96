//! Interfaces for IPsec tunnels: `vti` and `vti6`.

use std::net::IpAddr;

use insula_net::Link;
use insula_net::kind::Vti;

use super::super::super::inet;
use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::{Session, Stop, Words};
use super::key::{self, Keys, Way};
use super::{keyword, outer};

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &["key", "ikey", "okey", "remote", "local", "dev", "fwmark"];

pub(super) fn parse(
    session: &mut Session,
    kind: &str,
    words: &mut Words<'_>,
    existing: Option<&Link>,
) -> Result<Vti, Stop> {
    let family = if kind == "vti6" { Family::Inet6 } else { Family::Inet };
    let mut vti = super::existing::<Vti>(existing)?.unwrap_or_default();
    while let Some(word) = words.take() {
        match keyword(word, KEYS) {
            "" => return Err(super::unknown(kind, "argument", word, KEYS)),
            "remote" => vti.remote = Some(inet::address(words.value()?, family)?),
            "local" => vti.local = Some(inet::address(words.value()?, family)?),
            "dev" => vti.link = Some(outer::device(session, words)?),
            "fwmark" => vti.mark = Some(outer::mark(words.value()?)?),
            name => {
                let key = key::parse(name, words)?;
                Keys { input: &mut vti.input_key, output: &mut vti.output_key }.set(Way::of(name).0, key);
            }
        }
    }
    let given = |address: Option<IpAddr>| address.filter(|address| !address.is_unspecified());
    Ok(Vti {
        remote: given(vti.remote),
        local: given(vti.local),
        link: vti.link.filter(|link| *link != 0),
        ..vti
    })
}

pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link) {
    let Some(vti) = link.data::<Vti>() else { return };
    outer::ends(session, page, vti.remote, vti.local, vti.link);
    for (name, key) in [("ikey", vti.input_key), ("okey", vti.output_key)] {
        if let Some(key) = key.filter(|key| !key.is_unspecified()) {
            key::show(page, name, key);
        }
    }
    outer::show_mark(page, vti.mark);
}
