//! `ip link set` and `change`.

use insula_net::{ChangeLink, IfName, Link, LinkSettings};

use super::super::session::unlabelled;
use super::super::{Session, Stop, Words};
use super::kind;
use super::settings::Asked;

/// Changes a link, or all of a group.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut asked = Asked::parse(session, words)?;
    let Some(device) = asked.device.take().map(|device| unlabelled(&device).to_owned()) else {
        return match asked.settings.group.take() {
            Some(group) => whole_group(session, words, asked, group),
            None => Err(Stop::usage("Not enough information: \"dev\" argument is required.")),
        };
    };
    if asked.index.is_some() && asked.settings.place.is_none() {
        let only = "index can be used only when creating devices or when moving device to another netns.";
        return Err(Stop::usage(only));
    }
    asked.settings.new_index = asked.index;
    if let Some(link) = &asked.link {
        asked.settings.link = Some(session.index(link)?);
    }
    let by_name = asked.settings.name.is_none() && asked.settings.address.is_none() && asked.kind.is_none();
    let mut existing = None;
    let change = if by_name && let Ok(name) = IfName::new(&device) {
        ChangeLink::named(name)
    } else {
        let link = session.link(&device)?.ok_or_else(|| Stop::no_device(&device))?;
        check_address(&asked, &link)?;
        if asked.settings.name.as_ref().is_some_and(|name| name.as_str() == link.name) {
            asked.settings.name = None;
        }
        ChangeLink::new(existing.insert(link).index)
    };
    let moves = moves(&asked.settings);
    let mut change = change.settings(asked.settings);
    if let Some(kind) = &asked.kind {
        change = match kind.strip_suffix("_slave") {
            // The kernel takes no empty list of what a port has.
            Some(_) if words.is_empty() => change,
            Some(master) => change.port(kind::parse_port(session, master, words)?),
            None => change.kind(kind::parse(session, kind, words, existing.as_ref())?),
        };
    }
    if moves {
        session.forget();
    } else {
        session.forget_flags();
    }
    session.change(change, move |error| match error.errno() {
        // The only link that is looked for by name is this one.
        Some(rustix::io::Errno::NODEV) if by_name => Stop::no_device(&device),
        _ => error.into(),
    })
}

fn whole_group(session: &mut Session, words: &Words<'_>, asked: Asked, group: u32) -> Result<(), Stop> {
    if let Some(word) = asked.kind.as_deref().or_else(|| words.peek()) {
        return Err(Stop::failed(format!(
            "Garbage instead of arguments \"{word} ...\". Try \"ip link help\"."
        )));
    }
    session.forget();
    session.change(ChangeLink::group(group).settings(asked.settings), Stop::from)
}

/// Whether another name or number is told of a link afterwards, or none.
fn moves(settings: &LinkSettings) -> bool {
    settings.name.is_some() || settings.new_index.is_some() || settings.place.is_some()
}

/// The kernel would take a short one, and read on.
fn check_address(asked: &Asked, link: &Link) -> Result<(), Stop> {
    let (Some(wanted), Some(has)) = (&asked.settings.address, &link.address) else { return Ok(()) };
    let (wanted, has) = (wanted.bytes().len(), has.bytes().len());
    if wanted == has {
        return Ok(());
    }
    Err(Stop::failed(format!("Invalid address length {wanted} - must be {has} bytes")))
}
