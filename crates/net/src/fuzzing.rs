//! What reads the kernel's messages, for the fuzz targets: the types of the messages are not public.

use crate::wire::{Messages, Received};
use crate::{
    Address, AddressLabel, Connection, Link, MulticastRoute, Neighbour, NeighbourTable, Netconf, NetnsId,
    NextHopObject, Route, Rule, TypeStatistics, firewall, traffic, wireguard,
};

/// Reads `bytes` as the answer to every list that there is.
pub fn read_answers(bytes: &[u8]) {
    for message in Messages::new(bytes).flatten() {
        read(&message);
    }
}

fn read(message: &Received<'_>) {
    let _ = Link::read(message);
    let _ = Address::read(message);
    let _ = AddressLabel::read(message);
    let _ = Route::read(message);
    let _ = Rule::read(message);
    let _ = Neighbour::read(message);
    let _ = NeighbourTable::read(message);
    let _ = MulticastRoute::read(message);
    let _ = Netconf::read(message);
    let _ = NetnsId::read(message);
    let _ = NextHopObject::read(message);
    let _ = TypeStatistics::read(message);
    let _ = Connection::read(message);
    let _ = traffic::Qdisc::read(message);
    let _ = firewall::Table::read(message);
    let _ = firewall::Chain::read(message);
    let _ = firewall::Rule::read(message);
    let _ = firewall::Set::read(message);
    let _ = firewall::Element::read_all(message);
    if let Ok((_, attributes)) = message.split::<4>() {
        let _ = wireguard::PeerState::read(attributes);
    }
}
