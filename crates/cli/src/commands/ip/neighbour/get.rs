//! `ip neigh get`.

use insula_net::{Neighbour, NeighbourFlags};

use super::super::page::Page;
use super::super::words::matches;
use super::super::{Session, Stop, Words, inet};
use super::show::{self, Device};

/// Shows one neighbour, always as text, as the original does.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut device, mut address, mut flags) = (None, None, NeighbourFlags::default());
    while let Some(word) = words.take() {
        if word == "dev" {
            device = Some(words.value()?.to_owned());
            continue;
        }
        let word = match word {
            "proxy" => {
                flags = NeighbourFlags::PROXY;
                words.value()?
            }
            "to" => words.value()?,
            word => word,
        };
        if matches(word, "help") {
            return Err(super::usage());
        }
        if address.is_some() {
            return Err(Stop::garbage("to", word));
        }
        address = Some(inet::address(word, session.options.family)?);
    }
    let (Some(device), Some(address)) = (device, address) else {
        return Err(Stop::failed("Device and address are required arguments."));
    };
    let index = session.index(&device)?;
    let found = Neighbour::get(session.route()?, index, address, flags)?;
    let mut options = session.options.clone();
    options.json = false;
    let mut page = Page::new(&options);
    show::neighbour(session, &mut page, &found, Device::Shown);
    page.flush()
}
