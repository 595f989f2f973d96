//! Network interfaces of the runtime's that move into a container: `config-linux.md`, "Network Devices".

use std::collections::BTreeMap;
use std::os::fd::AsFd as _;

use insula_net::{
    Address, AddressFlags, ChangeLink, IfName, Lifetime, Link, Netlink, NewAddress, Place, Protocol, Scope,
};
use insula_ns::{Kind, Namespace};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::error::Error;
use crate::spec::NetDevice;

/// What stands for a number that makes a name unique, as in the kernel's `__dev_alloc_name`.
pub(crate) const NUMBER: &str = "%d";

/// One side of the move.
struct Side {
    namespace: Namespace,
    route: Netlink,
}

impl Side {
    fn new(namespace: Namespace) -> Result<Self, Error> {
        let route = Netlink::open_in(Protocol::Route, &[namespace.as_fd()])?;
        Ok(Self { namespace, route })
    }

    fn find(&mut self, name: &str) -> Result<Option<Link>, Error> {
        match Link::find(&mut self.route, name) {
            Err(error) if error.errno() == Some(Errno::NODEV) => Ok(None),
            other => Ok(Some(other?)),
        }
    }

    fn place(&self) -> Result<Place, Error> {
        Place::of(self.namespace.as_fd())
            .map_err(|errno| Error::System { doing: "hold a network namespace open", errno })
    }

    /// Gives an interface that has just come the addresses that it had where it was, and brings it up if it is to be.
    fn settle(&mut self, moved: &Moved, name: &str, is_up: bool) -> Result<(), Error> {
        let link = Link::find(&mut self.route, name)?;
        for address in &moved.addresses {
            match self.route.perform(&again(address, &link)) {
                // As a router's advertisement or the kernel itself may have done by now.
                Err(error) if error.errno() == Some(Errno::EXIST) => {}
                other => other?,
            }
        }
        if is_up {
            self.route.perform(&ChangeLink::new(link.index).up())?;
        }
        Ok(())
    }
}

/// An interface on its way.
struct Moved {
    outside: IfName,
    inside: IfName,
    /// Its number outside.
    index: u32,
    addresses: Vec<Address>,
    was_up: bool,
}

/// The interfaces that have moved. Until the container is there, they can be given back.
pub(crate) struct Visit {
    outside: Side,
    inside: Side,
    moved: Vec<Moved>,
}

/// Brings the loopback interface up in the network namespace of this process.
pub(crate) fn loopback_up(process: Pid) -> Result<(), Error> {
    let mut inside = Side::new(Namespace::of_pid(process, Kind::Net)?)?;
    let link = Link::find(&mut inside.route, "lo")?;
    Ok(inside.route.perform(&ChangeLink::new(link.index).up())?)
}

/// Moves all of `devices` into the network namespace of this process. If one cannot be moved, none is.
pub(crate) fn visit(devices: &BTreeMap<String, NetDevice>, process: Pid) -> Result<Visit, Error> {
    let outside = Side::new(Namespace::of_self(Kind::Net)?)?;
    let inside = Side::new(Namespace::of_pid(process, Kind::Net)?)?;
    let mut visit = Visit { outside, inside, moved: Vec::new() };
    // Names with a number come last, so that the number is none that another one is to have.
    let (numbered, plain): (Vec<_>, Vec<_>) = devices
        .iter()
        .map(|(name, device)| (name, device.name.as_ref().unwrap_or(name)))
        .partition(|(_, inside)| inside.contains(NUMBER));
    for (name, inside) in plain.into_iter().chain(numbered) {
        if let Err(error) = visit.send(name, inside) {
            visit.give_back();
            return Err(error);
        }
    }
    Ok(visit)
}

impl Visit {
    fn send(&mut self, name: &str, inside: &str) -> Result<(), Error> {
        let failed = |error| Error::NetDevice { name: name.to_owned(), source: Box::new(error) };
        self.try_send(name, inside).map_err(failed)
    }

    fn try_send(&mut self, name: &str, inside: &str) -> Result<(), Error> {
        let link = Link::find(&mut self.outside.route, name)?;
        let inside = self.free_name(inside)?;
        let moved = Moved {
            outside: IfName::new(&link.name)?,
            inside,
            index: link.index,
            addresses: lasting(Address::list_where(&mut self.outside.route, None, Some(link.index))?),
            was_up: link.is_up(),
        };
        // In one request, so that it never has a name there that somebody else has.
        let change = ChangeLink::new(link.index).name(moved.inside.clone()).place(self.inside.place()?);
        let sent = self.outside.route.perform(&change);
        // The kernel may have moved it and refused its name.
        self.moved.push(moved);
        sent?;
        let moved = self.moved.last().expect("it has just been put there");
        self.inside.settle(moved, moved.inside.as_str(), true)
    }

    /// A name that no interface inside has. The kernel would find out too late: after the move.
    fn free_name(&mut self, wanted: &str) -> Result<IfName, Error> {
        if !wanted.contains(NUMBER) {
            let taken = self.inside.find(wanted)?.is_some();
            return if taken { Err(Error::NameTaken(wanted.to_owned())) } else { Ok(IfName::new(wanted)?) };
        }
        for number in 0_u32.. {
            let name = IfName::new(&wanted.replace(NUMBER, &number.to_string()))?;
            if self.inside.find(name.as_str())?.is_none() {
                return Ok(name);
            }
        }
        Err(Error::NameTaken(wanted.to_owned()))
    }

    /// Moves all of them back, as far as that can be done: a network namespace that ends takes virtual interfaces with it. What
    /// is told is why they could not stay.
    pub(crate) fn give_back(mut self) {
        for moved in std::mem::take(&mut self.moved) {
            let _ = self.fetch(&moved);
        }
    }

    fn fetch(&mut self, moved: &Moved) -> Result<(), Error> {
        let stayed = self.outside.find(moved.outside.as_str())?;
        let has_left = stayed.is_none_or(|link| link.index != moved.index);
        if has_left {
            let link = match self.inside.find(moved.inside.as_str())? {
                Some(link) => link,
                None => Link::find(&mut self.inside.route, moved.outside.as_str())?,
            };
            let change = ChangeLink::new(link.index).name(moved.outside.clone()).place(self.outside.place()?);
            self.inside.route.perform(&change)?;
        }
        self.outside.settle(moved, moved.outside.as_str(), moved.was_up)
    }
}

/// Those that last and are known everywhere, which the specification has the runtime keep: the kernel takes all of them away.
fn lasting(addresses: Vec<Address>) -> Vec<Address> {
    let mut addresses = addresses;
    addresses
        .retain(|address| address.flags.contains(AddressFlags::PERMANENT) && address.scope == Scope::GLOBAL);
    addresses
}

/// The same address for an interface that has come from elsewhere.
fn again(address: &Address, link: &Link) -> NewAddress {
    /// What can be asked for; the other flags say how it is.
    const KEPT: u32 = AddressFlags::NO_DAD.0
        | AddressFlags::HOME.0
        | AddressFlags::MANAGE_TEMPORARY.0
        | AddressFlags::NO_PREFIX_ROUTE.0
        | AddressFlags::MULTICAST_JOIN.0;
    NewAddress {
        peer: address.peer,
        flags: AddressFlags(address.flags.0 & KEPT),
        broadcast: address.broadcast,
        anycast: address.anycast,
        scope: address.scope,
        // A label begins with the name of the interface.
        label: address.label.clone().filter(|label| label.starts_with(&link.name)),
        lifetimes: address.age.map(|age| (age.preferred, Lifetime::FOREVER)),
        priority: address.priority,
        protocol: address.protocol,
        ..NewAddress::new(link.index, address.prefix)
    }
}
