//! `ip netns list`.

use super::directory::{BATCH, Directory, any_number};
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
    let ids = if !names.is_empty() && any_number(session.route()?) {
        let others = session.more_routes(names.len() / BATCH);
        directory.ids(session.route()?, others, &names)
    } else {
        vec![None; names.len()]
    };
    Ok(names.into_iter().zip(ids).collect())
}
