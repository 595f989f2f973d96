//! Protocols above IP by name: `/etc/protocols`.

use std::fs;

use super::words::number as parse;

/// The number of the protocol called `name`, which may be a number.
pub(super) fn number(name: &str) -> Option<u8> {
    if let Some(number) = parse(name) {
        return Some(number);
    }
    let known = [("icmp", 1), ("tcp", 6), ("udp", 17), ("ipv6-icmp", 58), ("sctp", 132)];
    known.into_iter().find(|(known, _)| *known == name).map(|(_, number)| number).or_else(|| {
        table()
            .lines()
            .find_map(|line| entry(line).filter(|(first, _)| *first == name).map(|(_, number)| number))
    })
}

/// The name of protocol `number`, or the number.
pub(super) fn name(number: u8) -> String {
    match number {
        1 => "icmp".into(),
        6 => "tcp".into(),
        17 => "udp".into(),
        58 => "ipv6-icmp".into(),
        132 => "sctp".into(),
        _ => table()
            .lines()
            .filter_map(entry)
            .find(|(_, found)| *found == number)
            .map_or_else(|| format!("ipproto-{number}"), |(name, _)| name.to_owned()),
    }
}

fn table() -> String {
    fs::read_to_string("/etc/protocols").unwrap_or_default()
}

/// `NAME NUMBER ALIAS…`.
fn entry(line: &str) -> Option<(&str, u8)> {
    let mut words = line.split('#').next()?.split_whitespace();
    Some((words.next()?, words.next()?.parse().ok()?))
}
