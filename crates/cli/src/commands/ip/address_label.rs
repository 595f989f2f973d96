//! `ip addrlabel`: labels of IPv6 prefixes.

use insula_net::{AddressLabel, DeleteAddressLabel, Family, NewAddressLabel};

use super::color::Color;
use super::inet::{self, Host};
use super::page::Page;
use super::route::color;
use super::verbs::Verbs;
use super::{Session, Stop, Words};

/// What is between `ip addrlabel` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "addrlabel",
    without: list,
    table: &[
        (&["list", "show"], list),
        (&["add"], |session, words| {
            let label = parse(session, words)?;
            session.change(NewAddressLabel { label }, Stop::from)
        }),
        (&["delete"], |session, words| {
            let label = parse(session, words)?;
            session.change(DeleteAddressLabel { label }, Stop::from)
        }),
        (&["flush"], flush),
    ],
    absent: (&[], ""),
    usage: || Stop::usage(HELP),
};

const HELP: &str = "\
Usage: ip addrlabel {add|del} prefix PREFIX label NUMBER [dev DEV]
       ip addrlabel [list|flush]";

/// All labels: of IPv6, which alone has some, unless another family is asked for.
fn all(session: &mut Session) -> Result<Vec<AddressLabel>, Stop> {
    let family = session.options.family.of_ip().unwrap_or(Family::V6);
    AddressLabel::list(session.route()?, family)
        .map_err(|error| Stop::from(error).then("Dump terminated").exit(255))
}

fn list(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if !words.is_empty() {
        return Err(Stop::failed("\"ip addrlabel show\" does not take any arguments."));
    }
    let all = all(session)?;
    session.show(|session, page| {
        for label in &all {
            page.object(|page| show(session, page, label));
        }
        Ok(())
    })
}

fn show(session: &mut Session, page: &mut Page, label: &AddressLabel) {
    let host = Host(label.prefix.address).to_string();
    page.text("prefix ");
    page.colored(color(label.prefix.address), "address", &host, &host);
    page.field("prefixlen", label.prefix.length, format_args!("/{} ", label.prefix.length));
    if label.index != 0 {
        let name = session.name(label.index);
        page.text("dev ");
        page.colored(Color::Interface, "ifname", &name, format_args!("{name} "));
    }
    page.field("label", label.label, format_args!("label {} ", label.label));
    page.end();
}

fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<AddressLabel, Stop> {
    let (mut prefix, mut index, mut label) = (None, 0, None);
    while let Some(word) = words.take() {
        match word {
            "prefix" => prefix = Some(inet::prefix(words.value()?, session.options.family)?.prefix),
            "dev" => index = session.device(words, "dev is invalid\n")?,
            "label" => {
                let word = words.value()?;
                let number = super::words::number::<u32>(word).filter(|number| *number != u32::MAX);
                label = Some(number.ok_or_else(|| Stop::wrong(word, "label is invalid\n"))?);
            }
            // As with the original.
            _ => {}
        }
    }
    let missing = |what| Stop::failed(format!("Not enough information: \"{what}\" argument is required."));
    let prefix = prefix.ok_or_else(|| missing("prefix"))?;
    Ok(AddressLabel { prefix, index, label: label.ok_or_else(|| missing("label"))? })
}

fn flush(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    if !words.is_empty() {
        return Err(Stop::failed("\"ip addrlabel flush\" does not allow extra arguments"));
    }
    for label in all(session)? {
        session.route()?.perform(&DeleteAddressLabel { label })?;
    }
    Ok(())
}
