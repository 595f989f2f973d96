//! `ip netns set` and `list-id`: the numbers of namespaces.

use std::collections::HashMap;
use std::os::fd::AsFd as _;

use insula_net::{AssignNetnsId, NetnsId};
use insula_sys::errno::sentence;
use rustix::fs::{Mode, OFlags};

use super::super::words::number;
use super::{Session, Stop, list, path, unnamed, usage};

pub(super) fn set(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    let (name, id) = match arguments {
        [] => return Err(unnamed()),
        [_] => return Err(Stop::failed("No nsid specified")),
        [name, id, ..] => (*name, *id),
    };
    let id = match id {
        "auto" => None,
        _ => Some(positive(id, "netnsid")?.ok_or_else(|| Stop::wrong(id, "Invalid \"netnsid\" value"))?),
    };
    let opened = rustix::fs::open(path(name), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    let net = opened.map_err(|errno| {
        Stop::failed(format!("Cannot open network namespace \"{name}\": {}", sentence(errno)))
    })?;
    Ok(session.route()?.perform(&AssignNetnsId { net: net.as_fd(), id })?)
}

/// A number that is not negative; `None` if it is no number.
fn positive(word: &str, what: &str) -> Result<Option<u32>, Stop> {
    if let Some(rest) = word.strip_prefix('-')
        && number::<u32>(rest).is_some_and(|number| number > 0)
    {
        return Err(Stop::wrong(word, &format!("\"{what}\" value should be >= 0")));
    }
    Ok(number::<u32>(word).filter(|number| i32::try_from(*number).is_ok()))
}

pub(super) fn list(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    let (mut target, mut only) = (None, None);
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let (value, key) = match *word {
            "target-nsid" => (&mut target, "target-nsid"),
            "nsid" => (&mut only, "nsid"),
            _ => return Err(usage()),
        };
        let word = rest.next().ok_or_else(Stop::incomplete)?;
        if value.is_some() {
            return Err(Stop::duplicate(key, word));
        }
        let invalid = || Stop::wrong(word, &format!("\"{key}\" value is invalid"));
        *value = Some(positive(word, key)?.ok_or_else(invalid)?);
    }
    let route = session.route()?;
    let found = match target {
        None => NetnsId::list(route)?,
        Some(target) => match NetnsId::list_of(route, target) {
            Ok(found) => found,
            Err(error) if only.is_none() => {
                let stop = Stop::from(error);
                return Err(Stop::failed(format!("{}Dump terminated", stop.text())));
            }
            Err(error) => return Err(error.into()),
        },
    };
    let shown: Vec<NetnsId> =
        found.into_iter().filter(|one| only.is_none_or(|only| one.id == only)).collect();
    if shown.is_empty() && only.is_some() {
        return Err(Stop::failed("Error: Peer netns reference is invalid.").exit(2));
    }
    let names: HashMap<u32, String> = if shown.is_empty() {
        HashMap::new()
    } else {
        list::named(session)?.into_iter().rev().filter_map(|(name, id)| Some((id?, name))).collect()
    };
    session.show(|_, page| {
        for one in &shown {
            page.object(|page| {
                page.field("nsid", one.id, format_args!("nsid {} ", one.id));
                if target.is_some() {
                    match one.current {
                        Some(current) => {
                            page.field("current-nsid", current, format_args!("current-nsid {current} "));
                        }
                        None => page.text("current-nsid unassigned "),
                    }
                }
                if let Some(name) = names.get(&one.current.unwrap_or(one.id)) {
                    page.field("name", name, format_args!("(iproute2 netns name: {name})"));
                }
                page.end();
            });
        }
        Ok(())
    })
}
