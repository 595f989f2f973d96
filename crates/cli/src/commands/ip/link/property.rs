//! `ip link property`: further names.

use insula_net::{ChangeAlternativeNames, Direction};

use super::super::words::matches;
use super::super::{Session, Stop, Words};

/// Gives a link further names, or takes them away.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(verb) = words.take() else { return Err(super::usage()) };
    let direction = if matches(verb, "add") {
        Direction::Add
    } else if matches(verb, "del") {
        Direction::Remove
    } else if matches(verb, "help") {
        return Err(super::usage());
    } else {
        return Err(Stop::usage("Operator required"));
    };
    let (mut device, mut names) = (None, Vec::new());
    while let Some(word) = words.take() {
        match word {
            "dev" => device = Some(words.value()?.to_owned()),
            "altname" => names.push(words.value()?.to_owned()),
            "help" => return Err(super::usage()),
            name => device = Some(name.to_owned()),
        }
    }
    let Some(device) = device else {
        return Err(Stop::usage("Not enough of information: \"dev\" argument is required."));
    };
    let index = session.index(&device)?;
    session.forget();
    session.change(ChangeAlternativeNames { index, direction, names }, Stop::from)
}
