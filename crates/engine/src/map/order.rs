//! The order of rooms, which does not depend on the order in which they were found.

use std::cmp::Ordering;

use super::{Map, Presence, Room, RoomKind};

/// Sorts the rooms in each room: that of the host's network first, then by name, then by process.
pub(super) fn sort(map: &mut Map) {
    let mut children = map.children();
    for inner in &mut children {
        inner.sort_by(|&one, &other| compare(map, one, other));
    }
    let mut order = Vec::with_capacity(map.rooms.len());
    let mut next = vec![0];
    while let Some(room) = next.pop() {
        order.push(room);
        next.extend(children[room].iter().rev());
    }
    keep(map, &order);
}

/// Leaves the rooms in `order`, and no others; each must be behind its parent.
pub(super) fn keep(map: &mut Map, order: &[usize]) {
    let mut place = vec![None; map.rooms.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = Some(new);
    }
    map.rooms = order
        .iter()
        .map(|&old| {
            let mut room = map.rooms[old].clone();
            room.parent = room.parent.and_then(|parent| place[parent]);
            room
        })
        .collect();
}

fn compare(map: &Map, one: usize, other: usize) -> Ordering {
    let (one, other) = (&map.rooms[one], &map.rooms[other]);
    let host =
        |room: &Room| matches!(room.network, Some((network, Presence::Home)) if map.networks[network].host);
    let lab = |room: &Room| match &room.kind {
        RoomKind::Lab(name) => Some(name.clone()),
        _ => None,
    };
    let name = |room: &Room| lab(room).or_else(|| room.names.first().cloned());
    let pid = |room: &Room| room.processes.first().map_or(u32::MAX, |process| process.pid);
    let inode = |room: &Room| room.own.iter().map(|named| named.inode).min();
    host(other)
        .cmp(&host(one))
        .then_with(|| match (name(one), name(other)) {
            (Some(one), Some(other)) => natural(&one, &other),
            (one, other) => other.is_some().cmp(&one.is_some()),
        })
        .then_with(|| pid(one).cmp(&pid(other)))
        .then_with(|| inode(one).cmp(&inode(other)))
}

/// By characters, but numbers by their value: `n2` before `n10`.
fn natural(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    loop {
        let (Some(&first), Some(&second)) = (one.first(), other.first()) else {
            return one.len().cmp(&other.len());
        };
        if first.is_ascii_digit() && second.is_ascii_digit() {
            let (left, right) = (digits(&mut one), digits(&mut other));
            let trim = |number: &[u8]| number.iter().position(|digit| *digit != b'0').unwrap_or(number.len());
            let (left, right) = (&left[trim(left)..], &right[trim(right)..]);
            match left.len().cmp(&right.len()).then_with(|| left.cmp(right)) {
                Ordering::Equal => {}
                different => return different,
            }
        } else if first == second {
            (one, other) = (&one[1..], &other[1..]);
        } else {
            return first.cmp(&second);
        }
    }
}

/// The digits in front, which are taken off.
fn digits<'t>(text: &mut &'t [u8]) -> &'t [u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    *text = rest;
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_by_their_value() {
        let mut names = ["n10", "n2", "n02b", "m", "n"];
        names.sort_by(|one, other| natural(one, other));
        assert_eq!(names, ["m", "n", "n2", "n02b", "n10"]);
    }
}
