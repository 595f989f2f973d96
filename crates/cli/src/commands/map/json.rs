//! A map as JSON.

use insula_engine::map::{End, Interface, LineKind, Map, Named, Network, Presence, Room, RoomKind};
use serde_json::{Value, json};

use super::captions::Captions;
use crate::commands::interfaces;

/// The whole document.
pub(super) fn document(map: &Map, captions: &Captions) -> String {
    let homes = map.homes();
    let rooms: Vec<Value> =
        map.rooms.iter().enumerate().map(|(index, of)| room(index, of, captions)).collect();
    let networks: Vec<Value> =
        map.networks.iter().enumerate().map(|(index, of)| network(map, index, of, homes[index])).collect();
    let lines: Vec<Value> = map
        .lines
        .iter()
        .map(|line| {
            let kind = match line.kind {
                LineKind::Pair => "pair",
                LineKind::OnTop => "on-top",
            };
            json!({ "kind": kind, "ends": line.ends.map(|of| end(map, of)) })
        })
        .collect();
    let published: Vec<Value> = map
        .published
        .iter()
        .map(|published| {
            json!({
                "protocol": published.protocol.name(),
                "address": published.outside.ip().to_string(),
                "port": published.outside.port(),
                "network": published.network,
                "inside_port": published.port,
                "count": published.count,
            })
        })
        .collect();
    let forwarded: Vec<Value> = map
        .forwarded
        .iter()
        .map(|forwarded| {
            json!({
                "protocol": forwarded.protocol.name(),
                "address": forwarded.at.ip().to_string(),
                "port": forwarded.at.port(),
                "network": forwarded.network,
                "service_address": forwarded.service.ip().to_string(),
                "service_port": forwarded.service.port(),
                "count": forwarded.count,
            })
        })
        .collect();
    let document = json!({
        "version": 1,
        "rooms": rooms,
        "networks": networks,
        "lines": lines,
        "published": published,
        "forwarded": forwarded,
    });
    format!("{document:#}\n")
}

fn end(map: &Map, end: End) -> Value {
    let interface = &map.networks[end.network].interfaces[end.interface];
    json!({ "network": end.network, "index": interface.index, "name": interface.name })
}

fn room(index: usize, room: &Room, captions: &Captions) -> Value {
    let (kind, lab) = match &room.kind {
        RoomKind::Machine => ("machine", None),
        RoomKind::Namespaces => ("namespaces", None),
        RoomKind::Lab(name) => ("lab", Some(name)),
    };
    let processes: Vec<Value> = room
        .processes
        .iter()
        .map(|process| {
            json!({
                "pid": process.pid,
                "uid": process.uid,
                "command": process.command,
                "namespaces": process.own.iter().map(named).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "id": index,
        "parent": room.parent,
        "kind": kind,
        "lab": lab,
        "node": room.node,
        "title": captions.title(index),
        "sets": room.names,
        "namespaces": room.own.iter().map(named).collect::<Vec<_>>(),
        "network": room.network.map(|(network, _)| network),
        "network_is_here": matches!(room.network, Some((_, Presence::Home))),
        "processes": processes,
        "kernel_threads": room.kernel_threads,
        "idle": room.idle.iter().map(named).collect::<Vec<_>>(),
    })
}

fn named(named: &Named) -> Value {
    json!({ "kind": named.kind.name(), "inode": named.inode, "sets": named.names })
}

fn network(map: &Map, index: usize, network: &Network, home: Option<usize>) -> Value {
    json!({
        "id": index,
        "inode": network.inode,
        "sets": network.names,
        "host": network.host,
        "room": home,
        "known": network.is_known,
        "interfaces": network.interfaces.iter().map(|of| interface(map, network, of)).collect::<Vec<_>>(),
    })
}

fn interface(map: &Map, of: &Network, interface: &Interface) -> Value {
    let peer = interface.peer.map(|(network, index)| {
        let network_there = network.map(|network| &map.networks[network]);
        let other = network_there
            .and_then(|there| there.interfaces.iter().find(|interface| interface.index == index));
        json!({
            "network": network,
            "namespace": network_there.map(|there| there.inode),
            "index": index,
            "name": other.map(|other| &other.name),
        })
    });
    interfaces::object(interface, &of.interfaces, &peer.unwrap_or_default())
}
