//! `ip token`: the lower half of the addresses that an interface gives itself.

use std::net::{IpAddr, Ipv6Addr};

use insula_net::{InterfaceToken, SetInterfaceToken};

use super::color::Color;
use super::inet::{self, Host};
use super::options::Family;
use super::page::Page;
use super::verbs::Verbs;
use super::words::matches;
use super::{Session, Stop, Words};

/// What is between `ip token` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "token",
    without: list,
    table: &[
        (&["list", "lst", "show"], list),
        (&["set", "add"], set),
        (&["get"], list),
        (&["delete"], delete),
    ],
    absent: (&[], ""),
    usage,
};

/// What is said of a link that there is not.
const NO_DEVICE: &str = "dev is invalid\n";

fn usage() -> Stop {
    Stop::usage(
        "Usage: ip token {list|get} [dev DEV]\n       ip token set TOKEN dev DEV\n       ip token del dev DEV",
    )
}

fn list(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut index = None;
    while let Some(word) = words.take() {
        if word == "dev" {
            index = Some(session.device(words, NO_DEVICE)?);
        }
    }
    let all = InterfaceToken::list(session.route()?)?;
    session.show(|session, page| {
        for one in all.iter().filter(|one| index.is_none_or(|index| one.index == index)) {
            page.object(|page| show(session, page, *one));
        }
        Ok(())
    })
}

fn show(session: &mut Session, page: &mut Page, one: InterfaceToken) {
    let token = Host(one.token.into()).to_string();
    page.text("token ");
    page.colored(Color::Inet6, "token", &token, &token);
    let name = session.name(one.index);
    page.text(" dev ");
    page.colored(Color::Interface, "ifname", &name, format_args!("{name}\n"));
}

fn set(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let (mut token, mut index) = (None, None);
    while let Some(word) = words.take() {
        if word == "dev" {
            index = Some(session.device(words, NO_DEVICE)?);
        } else {
            if matches(word, "help") {
                return Err(usage());
            }
            // What follows does not matter, as with the original.
            if token.is_none() {
                token = Some(inet::prefix(word, Family::Inet6)?.prefix.address);
            }
        }
    }
    let token = token.ok_or_else(|| Stop::failed("Not enough information: token is required."))?;
    change(session, token, index)
}

fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut index = None;
    while let Some(word) = words.take() {
        if word == "dev" {
            index = Some(session.device(words, NO_DEVICE)?);
        }
    }
    change(session, Ipv6Addr::UNSPECIFIED.into(), index)
}

fn change(session: &mut Session, token: IpAddr, index: Option<u32>) -> Result<(), Stop> {
    let missing = || Stop::failed("Not enough information: \"dev\" argument is required.");
    let index = index.ok_or_else(missing)?;
    let IpAddr::V6(token) = token else { return Err(missing()) };
    session.change(SetInterfaceToken { token: InterfaceToken { index, token } }, Stop::from)
}
