//! What every picture must be, whatever is in it.

use proptest::prelude::*;

use super::{Drawing, Rect, draw};
use crate::commands::map::captions::Captions;
use crate::commands::map::samples::{self, Machine};
use insula_engine::lab::Topology;
use insula_engine::map::{InterfaceKind, Map};
use insula_ns::Kind;

fn drawn(map: &Map) -> Drawing {
    draw(map, &Captions::of(map))
}

fn overlap(one: Rect, other: Rect) -> bool {
    one.x < other.x + other.width
        && other.x < one.x + one.width
        && one.y < other.y + other.height
        && other.y < one.y + one.height
}

fn is_within(inner: Rect, outer: Rect) -> bool {
    inner.x > outer.x
        && inner.y > outer.y
        && inner.x + inner.width < outer.x + outer.width
        && inner.y + inner.height < outer.y + outer.height
}

/// Rooms side by side do not overlap, those inside are inside; tabs do not overlap; lines keep out of rooms that they have
/// nothing to do with; all is in the picture.
fn check(map: &Map) -> Result<(), String> {
    let drawing = drawn(map);
    let mut rects = vec![None; map.rooms.len()];
    for room in &drawing.rooms {
        rects[room.room] = Some(room.rect);
        let at = room.rect;
        if at.x < 0 || at.y < 0 || at.x + at.width > drawing.width || at.y + at.height > drawing.height {
            return Err(format!("room {} is not in the picture", room.room));
        }
    }
    let rects: Vec<Rect> = rects.into_iter().map(|rect| rect.expect("each room is drawn")).collect();
    for children in map.children() {
        for (index, &one) in children.iter().enumerate() {
            let parent = map.rooms[one].parent.expect("it is inside another one");
            if !is_within(rects[one], rects[parent]) {
                return Err(format!(
                    "room {one} is not inside {parent}: {:?} {:?}",
                    rects[one], rects[parent]
                ));
            }
            for &other in &children[index + 1..] {
                if overlap(rects[one], rects[other]) {
                    return Err(format!(
                        "rooms {one} and {other} overlap: {:?} {:?}",
                        rects[one], rects[other]
                    ));
                }
            }
        }
    }
    for (index, one) in drawing.tabs.iter().enumerate() {
        if let Some(other) = drawing.tabs[index + 1..].iter().find(|other| overlap(one.rect, other.rect)) {
            return Err(format!("tabs {one:?} and {other:?} overlap"));
        }
    }
    let leaves: Vec<usize> = (0..rects.len()).filter(|&room| map.inside(room).next().is_none()).collect();
    for wire in &drawing.wires {
        for step in wire.points.windows(2) {
            let (from, to) = (step[0], step[1]);
            if from.x != to.x && from.y != to.y {
                return Err(format!("{wire:?} is slanted"));
            }
            let line = Rect {
                x: from.x.min(to.x),
                y: from.y.min(to.y),
                width: (from.x - to.x).abs().max(1),
                height: (from.y - to.y).abs().max(1),
            };
            if let Some(room) = leaves.iter().find(|&&room| overlap(line, rects[room])) {
                return Err(format!("{wire:?} runs through room {room} at {:?}", rects[*room]));
            }
        }
    }
    Ok(())
}

#[test]
fn nothing_overlaps_in_the_samples() {
    for machine in
        [samples::three(), samples::thirty(), samples::star(6), samples::star(300), samples::tree(9, 9)]
    {
        check(&machine.map()).unwrap();
    }
}

#[test]
fn every_line_is_drawn() {
    for machine in [samples::three(), samples::thirty(), samples::star(300)] {
        let map = machine.map();
        let wires = drawn(&map).wires;
        for line in 0..map.lines.len() {
            assert!(wires.iter().any(|wire| wire.lines.contains(&line)), "{:?}", map.lines[line]);
        }
    }
}

/// Where the rooms of a lab stand, from the top, by their names.
fn heights(nodes: &str, links: &[(&str, &str)]) -> impl Fn(&str) -> i32 {
    let links = links
        .iter()
        .enumerate()
        .map(|(number, (one, other))| format!("    - endpoints: ['{one}:e{number}', '{other}:e{number}']\n"));
    let text = format!("name: t\ntopology:\n  nodes: {nodes}\n  links:\n{}", links.collect::<String>());
    let (topology, _) = Topology::read(text.as_bytes(), &|_| None).unwrap();
    let map = topology.map();
    let rooms = drawn(&map).rooms;
    move |name| {
        let room = map.rooms.iter().position(|room| room.names == [name]).unwrap();
        rooms.iter().find(|shape| shape.room == room).unwrap().rect.y
    }
}

#[test]
fn spines_of_a_fabric_stand_side_by_side_and_a_ring_is_round() {
    let links = [("s1", "l1"), ("s1", "l2"), ("s2", "l1"), ("s2", "l2"), ("l1", "h1"), ("l2", "h2")];
    let of = heights("{s1: , s2: , l1: , l2: , h1: , h2: }", &links);
    assert_eq!((of("s1"), of("l1"), of("h1")), (of("s2"), of("l2"), of("h2")));
    assert!(of("s1") < of("l1") && of("l1") < of("h1"));
    let of = heights("{a: , b: , c: , d: }", &[("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]);
    assert!(of("a") < of("b") && of("b") == of("d") && of("b") < of("c"));
}

#[test]
fn picture_of_many_is_not_much_wider_than_high() {
    for machine in [samples::star(300), samples::tree(20, 14)] {
        let drawing = drawn(&machine.map());
        assert!(drawing.width < 3 * drawing.height, "{} {}", drawing.width, drawing.height);
        assert!(drawing.height < 3 * drawing.width, "{} {}", drawing.width, drawing.height);
    }
}

#[test]
fn same_machine_gives_the_same_picture_in_whatever_order_it_is_found() {
    let mut machine = samples::thirty();
    let first = drawn(&machine.map());
    machine.survey.namespaces.reverse();
    machine.survey.labs.reverse();
    assert_eq!(drawn(&machine.map()), first);
}

/// Machines with any lines between any namespaces.
fn machines() -> impl Strategy<Value = Machine> {
    let nodes = proptest::collection::vec((0u8..6, any::<bool>(), any::<bool>()), 1..14);
    let lines = proptest::collection::vec(
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..4),
        0..20,
    );
    (nodes, lines).prop_map(|(nodes, lines)| {
        let mut machine = Machine::new();
        let mut places = vec![machine.initial()];
        for (number, (around, user, pid)) in nodes.into_iter().enumerate() {
            let around = places[usize::from(around) % places.len()];
            let mut kinds = vec![Kind::Net];
            kinds.extend(user.then_some(Kind::User));
            kinds.extend(pid.then_some(Kind::Pid));
            let inside = machine.unshare(around, &kinds, &format!("n{number}"));
            machine.process(inside, "sleep");
            places.push(inside);
        }
        let bridges: Vec<u32> = places.iter().map(|place| machine.bridge(place, "br", &[])).collect();
        for (one, other, how) in lines {
            let (one, other) = (one.index(places.len()), other.index(places.len()));
            let (from, to) = (places[one], places[other]);
            let (first, second) = machine.pair((&from, "a", &["10.0.0.1/24"]), (&to, "b", &[]));
            if how & 1 != 0 {
                machine.enslave(&from, first, bridges[one]);
            }
            if how & 2 != 0 {
                machine.enslave(&to, second, bridges[other]);
            }
        }
        machine.add(&places[0], "dummy0", InterfaceKind::Other("dummy".to_owned()), &["fd00::1/64"]);
        machine
    })
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.survey.fmt(f)
    }
}

proptest! {
    #[test]
    fn nothing_overlaps_in_any_picture(machine in machines()) {
        prop_assert_eq!(check(&machine.map()), Ok(()));
    }
}
