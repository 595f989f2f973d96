//! `ip netns list`.

use std::os::fd::AsFd as _;

use insula_net::{Netlink, NetnsId};

use super::directory::Directory;
use super::{Session, Stop};

pub(super) fn list(session: &mut Session, _: &[&str]) -> Result<(), Stop> {
    let names = named(session)?;
    session.show(|_, page| {
        for (name, id) in &names {
            page.object(|page| {
                page.field("name", name, name);
                if let Some(id) = id {
                    page.field("id", *id, format_args!(" (id: {id})"));
                }
                page.end();
            });
        }
        Ok(())
    })
}

/// All names, each with the number that our own namespace has for it.
pub(in super::super) fn named(session: &mut Session) -> Result<Vec<(String, Option<u32>)>, Stop> {
    let Some(directory) = Directory::find()? else { return Ok(Vec::new()) };
    let names = directory.names()?;
    // Where no number was given out, none need be asked for.
    let any = !names.is_empty() && !NetnsId::list(session.route()?).unwrap_or_default().is_empty();
    let route = session.route()?;
    let with_id = |name: String| {
        let id = if any { id(route, &directory, &name) } else { None };
        (name, id)
    };
    Ok(names.into_iter().map(with_id).collect())
}

fn id(route: &mut Netlink, directory: &Directory, name: &str) -> Option<u32> {
    let net = directory.open(name).ok()?;
    NetnsId::of(route, net.as_fd()).ok().flatten()
}
