//! How rooms are made of namespaces.

use insula_ns::Kind;
use proptest::prelude::*;

use super::{Lab, Map, Member, Presence, RoomKind, Seen, Subject, Survey};

/// A survey with the initial namespaces, numbered 1 to 8, and process 1 in them.
fn machine() -> Survey {
    let mut survey = Survey::default();
    for (inode, kind) in (1..).zip(Kind::ALL) {
        survey.namespaces.push(Seen { owner: Some(7), ..Seen::new(kind, inode) });
    }
    survey.namespaces[6].owner = None;
    join(&mut survey, 1, &[]);
    survey
}

/// Adds a process in the initial namespaces but for those given.
fn join(survey: &mut Survey, pid: u32, others: &[(Kind, u64)]) {
    let mut namespaces: [Option<u64>; 8] = std::array::from_fn(|index| Some(index as u64 + 1));
    for (kind, inode) in others {
        namespaces[*kind as usize] = Some(*inode);
    }
    let command = format!("process {pid}");
    survey.processes.push(Member { pid, uid: Some(0), command, kernel: false, namespaces });
}

fn add(survey: &mut Survey, kind: Kind, inode: u64, parent: Option<u64>, owner: u64, name: &str) {
    let names = if name.is_empty() { Vec::new() } else { vec![name.to_owned()] };
    survey.namespaces.push(Seen { kind, inode, parent, owner: Some(owner), names });
}

/// The room that a process is in.
fn room_of(map: &Map, pid: u32) -> usize {
    let is_in = |room: &super::Room| room.processes.iter().any(|process| process.pid == pid);
    map.rooms.iter().position(is_in).unwrap()
}

fn own(map: &Map, room: usize) -> Vec<Kind> {
    map.rooms[room].own.iter().map(|named| named.kind).collect()
}

#[test]
fn machine_with_nothing_on_it_is_one_room() {
    let map = Map::of(&machine());
    assert_eq!(map.rooms.len(), 1);
    assert_eq!(map.rooms[0].kind, RoomKind::Machine);
    assert_eq!(map.rooms[0].network, Some((0, Presence::Home)));
}

#[test]
fn pid_and_net_namespace_of_the_same_processes_are_one_room_beside_the_host() {
    let mut survey = machine();
    add(&mut survey, Kind::Pid, 20, Some(5), 7, "");
    add(&mut survey, Kind::Net, 21, None, 7, "");
    add(&mut survey, Kind::Uts, 22, None, 7, "");
    join(&mut survey, 9, &[(Kind::Pid, 20), (Kind::Net, 21), (Kind::Uts, 22)]);
    let map = Map::of(&survey);
    assert_eq!(map.rooms.len(), 3, "the machine, the host's network and the new one: {map:#?}");
    let (host, new) = (room_of(&map, 1), room_of(&map, 9));
    assert_eq!((map.rooms[host].parent, map.rooms[new].parent), (Some(0), Some(0)));
    assert_eq!(own(&map, new), [Kind::Net, Kind::Pid, Kind::Uts]);
    assert_eq!(own(&map, host), [Kind::Net]);
}

#[test]
fn pid_namespace_in_the_hosts_network_is_inside_the_host() {
    let mut survey = machine();
    add(&mut survey, Kind::Pid, 20, Some(5), 7, "");
    join(&mut survey, 9, &[(Kind::Pid, 20)]);
    let map = Map::of(&survey);
    assert_eq!(map.rooms.len(), 2);
    assert_eq!(map.rooms[room_of(&map, 9)].parent, Some(0));
    assert_eq!(map.rooms[1].network, Some((0, Presence::Part)));
}

#[test]
fn pod_is_a_network_with_pid_namespaces_inside() {
    let mut survey = machine();
    add(&mut survey, Kind::Net, 21, None, 7, "pod");
    for (pid, inode) in [(9, 30), (10, 31)] {
        add(&mut survey, Kind::Pid, inode, Some(5), 7, "");
        join(&mut survey, pid, &[(Kind::Pid, inode), (Kind::Net, 21)]);
    }
    let map = Map::of(&survey);
    let pod = map.home(map.networks.iter().position(|network| network.inode == 21).unwrap()).unwrap();
    assert_eq!(map.rooms[pod].names, ["pod"]);
    assert_eq!(map.rooms[room_of(&map, 9)].parent, Some(pod));
    assert_eq!(map.rooms[room_of(&map, 10)].parent, Some(pod));
    assert_eq!(own(&map, room_of(&map, 9)), [Kind::Pid]);
}

#[test]
fn user_namespaces_are_nested_and_what_they_share_of_a_network_is_a_part_of_it() {
    let mut survey = machine();
    add(&mut survey, Kind::User, 20, Some(7), 7, "");
    add(&mut survey, Kind::User, 21, Some(20), 20, "");
    add(&mut survey, Kind::Net, 22, None, 21, "");
    join(&mut survey, 9, &[(Kind::User, 20)]);
    join(&mut survey, 10, &[(Kind::User, 21), (Kind::Net, 22)]);
    let map = Map::of(&survey);
    let (outer, inner) = (room_of(&map, 9), room_of(&map, 10));
    assert_eq!(map.rooms[inner].parent, Some(outer));
    assert_eq!(map.rooms[outer].network, Some((0, Presence::Part)));
    assert_eq!(own(&map, inner), [Kind::Net, Kind::User]);
}

#[test]
fn network_is_not_inside_who_only_entered_it() {
    let mut survey = machine();
    add(&mut survey, Kind::User, 20, Some(7), 7, "");
    add(&mut survey, Kind::Net, 21, None, 7, "blue");
    join(&mut survey, 9, &[(Kind::User, 20), (Kind::Net, 21)]);
    let map = Map::of(&survey);
    let blue = map.rooms.iter().position(|room| room.names == ["blue"]).unwrap();
    assert_eq!(map.rooms[blue].parent, Some(0));
    assert_eq!(map.rooms[room_of(&map, 9)].parent, Some(blue));
}

#[test]
fn set_without_processes_is_one_room() {
    let mut survey = machine();
    add(&mut survey, Kind::Net, 21, None, 7, "blue");
    add(&mut survey, Kind::Uts, 22, None, 7, "blue");
    let map = Map::of(&survey);
    let blue = map.rooms.iter().find(|room| room.names == ["blue"]).unwrap();
    assert_eq!(blue.own.iter().map(|named| named.inode).collect::<Vec<_>>(), [21, 22]);
    assert!(map.rooms.iter().all(|room| room.idle.is_empty()));
}

#[test]
fn namespace_that_no_room_stands_for_is_told_in_its_owners() {
    let mut survey = machine();
    add(&mut survey, Kind::Uts, 22, None, 7, "name");
    let map = Map::of(&survey);
    assert_eq!((map.rooms.len(), map.rooms[0].idle[0].inode), (1, 22));
}

#[test]
fn process_with_a_mount_namespace_of_its_own_says_so() {
    let mut survey = machine();
    add(&mut survey, Kind::Mnt, 22, None, 7, "");
    join(&mut survey, 9, &[(Kind::Mnt, 22)]);
    let map = Map::of(&survey);
    assert_eq!(map.rooms[0].processes[1].own[0].inode, 22);
    assert_eq!(map.rooms[0].processes[0].own, []);
}

#[test]
fn lab_is_a_room_around_its_nodes() {
    let mut survey = machine();
    for (inode, name) in [(21, "lab-b"), (22, "lab-a"), (23, "other")] {
        add(&mut survey, Kind::Net, inode, None, 7, name);
    }
    let nodes = ["a", "b"].map(|name| (format!("lab-{name}"), name.to_owned())).to_vec();
    survey.labs.push(Lab { name: "lab".to_owned(), nodes });
    let map = Map::of(&survey);
    let lab = map.rooms.iter().position(|room| room.kind == RoomKind::Lab("lab".to_owned())).unwrap();
    let names: Vec<&str> = map.inside(lab).map(|room| map.rooms[room].names[0].as_str()).collect();
    assert_eq!(names, ["lab-a", "lab-b"]);
    assert!(map.rooms.iter().any(|room| room.node.as_deref() == Some("a")));
    let mut focused = map.clone();
    focused.focus(&[Subject::Lab("lab".to_owned())]);
    assert_eq!(focused.rooms.len(), 4, "{focused:#?}");
}

#[test]
fn networks_of_which_nothing_else_is_known_are_directly_in_the_machine() {
    let mut survey = Survey::default();
    for inode in [1, 2] {
        survey.namespaces.push(Seen::new(Kind::Net, inode));
    }
    let map = Map::of(&survey);
    let parents: Vec<Option<usize>> = map.rooms.iter().map(|room| room.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(0)], "{map:#?}");
}

#[test]
fn focus_leaves_the_target_and_what_it_is_in() {
    let mut survey = machine();
    for (inode, name) in [(21, "a"), (22, "b")] {
        add(&mut survey, Kind::Net, inode, None, 7, name);
    }
    let mut map = Map::of(&survey);
    map.focus(&[Subject::Namespace(Kind::Net, 22)]);
    let names: Vec<&[String]> = map.rooms.iter().map(|room| &room.names[..]).collect();
    assert_eq!(names, [&[][..], &["b".to_owned()]]);
}

/// Surveys of which nothing can be relied on.
fn surveys() -> impl Strategy<Value = Survey> {
    let namespace =
        (0usize..8, 0u64..12, proptest::option::of(0u64..12), proptest::option::of(0u64..12), 0u8..3);
    let process = proptest::array::uniform8(proptest::option::of(0u64..12));
    (proptest::collection::vec(namespace, 0..14), proptest::collection::vec(process, 0..10)).prop_map(
        |(namespaces, processes)| {
            let mut survey = Survey::default();
            for (kind, inode, parent, owner, name) in namespaces {
                let names = if name == 0 { Vec::new() } else { vec![format!("n{name}")] };
                survey.namespaces.push(Seen { kind: Kind::ALL[kind], inode, parent, owner, names });
            }
            for (pid, namespaces) in (1..).zip(processes) {
                let command = String::new();
                survey.processes.push(Member { pid, uid: None, command, kernel: pid % 3 == 0, namespaces });
            }
            survey
        },
    )
}

proptest! {
    #[test]
    fn any_survey_makes_a_map_with_every_process_once(survey in surveys()) {
        let map = Map::of(&survey);
        for (place, room) in map.rooms.iter().enumerate() {
            prop_assert_eq!(room.parent.is_none(), place == 0);
            prop_assert!(room.parent.is_none_or(|parent| parent < place));
        }
        let mut pids: Vec<u32> =
            map.rooms.iter().flat_map(|room| room.processes.iter().map(|process| process.pid)).collect();
        pids.sort_unstable();
        let all: Vec<u32> =
            survey.processes.iter().filter(|member| !member.kernel).map(|member| member.pid).collect();
        prop_assert_eq!(pids, all);
        let mut focused = map.clone();
        focused.focus(&[Subject::Process(1)]);
        prop_assert!(focused.rooms.len() <= map.rooms.len());
    }
}
