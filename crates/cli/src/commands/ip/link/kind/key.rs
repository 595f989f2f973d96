//! Keys of tunnels: 32 bits, written as a number or as an IPv4 address.

use std::net::Ipv4Addr;

use super::super::super::inet;
use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Stop, Words};

/// Of what comes, of what goes, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Both,
    Input,
    Output,
}

impl Way {
    /// That of `word`, and what is behind it: `ikey` is the key of what comes.
    pub(super) fn of(word: &str) -> (Self, &str) {
        match word.split_at_checked(1) {
            Some(("i", rest)) => (Self::Input, rest),
            Some(("o", rest)) => (Self::Output, rest),
            _ => (Self::Both, word),
        }
    }
}

/// The two that a tunnel has.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    pub(super) input: &'a mut Option<Ipv4Addr>,
    pub(super) output: &'a mut Option<Ipv4Addr>,
}

impl Keys<'_> {
    pub(super) fn set(self, way: Way, key: Ipv4Addr) {
        if way != Way::Output {
            *self.input = Some(key);
        }
        if way != Way::Input {
            *self.output = Some(key);
        }
    }

    /// Where there is none, `key` is it.
    pub(super) fn default_to(self, key: Ipv4Addr) {
        for own in [self.input, self.output] {
            *own = own.filter(|own| !own.is_unspecified()).or(Some(key));
        }
    }
}

/// The next word as the value of `key`.
pub(super) fn parse(key: &str, words: &mut Words<'_>) -> Result<Ipv4Addr, Stop> {
    let word = words.value()?;
    if word.contains('.') {
        return match inet::address(word, Family::Inet)? {
            std::net::IpAddr::V4(address) => Ok(address),
            std::net::IpAddr::V6(_) => unreachable!("an address of IPv4 was asked for"),
        };
    }
    number(word).map(Ipv4Addr::from_bits).ok_or_else(|| {
        Stop::usage(format!("invalid value for \"{key}\": \"{word}\"; it should be an unsigned integer"))
    })
}

pub(super) fn show(page: &mut Page, name: &str, key: Ipv4Addr) {
    let text = key.to_string();
    page.field(name, &text, format_args!("{name} {text} "));
}
