//! Making a lab: all of it, or nothing.

use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use insula_net::traffic::{Discipline, NewQdisc, Redirect};
use insula_net::{
    ChangeLink, IfName, Link, LinkKind, LinkSettings, Netlink, NewLink, Place, Protocol, Request,
};
use insula_ns::{Kind, Kinds, Namespace};
use rustix::io::Errno;

use super::error::LabError;
use super::ground::{self, Ground, on_threads};
use super::labs::{Lab, Labs};
use super::management::Management;
use super::open_files::OpenFiles;
use super::record::{Record, Source};
use super::step::LabStep;
use super::topology::{Node, Role, Topology};
use super::wiring::{HostLinks, Requests, Wiring, bridge_name, possessions};
use super::{commands, sysctl};
use crate::keeper::NewKeeper;
use crate::network::{Networks, Site, end_of_lab};
use crate::set::{Claims, NetNodes, SetName, State, boot_id, is_net_node};
use crate::store::Dir;

/// The name of a lab, ours alone as long as this value lives.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) root: Dir,
    pub(super) dir: Dir,
}

/// What is made.
#[derive(Clone, Copy, Debug)]
struct Plan<'a> {
    topology: &'a Topology,
    /// The nodes that are sets.
    nodes: &'a [&'a Node],
    host: &'a HostLinks,
    /// The directory that paths in the file are relative to.
    directory: &'a Path,
}

/// `IN6_ADDR_GEN_MODE_NONE` in `linux/if_link.h`.
const ADDRESS_GENERATION_NONE: u8 = 1;

/// Puts those nodes on record that have no record of their own.
type OnRecord<'a> = &'a mut dyn FnMut(NetNodes) -> Result<(), LabError>;

impl Labs {
    /// Makes a lab.
    ///
    /// `said` is given what the commands of its nodes say, as they end.
    /// # Errors
    /// [`LabError`]: nothing of it is left then.
    pub fn up(
        &self,
        source: Source,
        topology: Topology,
        said: &mut dyn FnMut(&Node, &[String], &str),
    ) -> Result<Lab, LabError> {
        let nodes: Vec<&Node> = topology.nodes.iter().filter(|node| node.role.is_set()).collect();
        let open_files = OpenFiles::to_make(nodes.len())?;
        let sets: Vec<(SetName, Kinds)> =
            nodes.iter().map(|node| (topology.set_name(node), node.kinds)).collect();
        let recorded = sets.iter().filter(|(_, kinds)| !is_net_node(*kinds)).map(|(name, _)| name);
        let mut record = Record::new(boot_id()?, recorded, source);
        let directory = PathBuf::from(&record.source.directory);
        let claim = self.claim(&topology.name)?;
        self.reached(LabStep::Claim);
        OpenFiles::make_room(&claim.dir, nodes.len());
        // What was left of an earlier one of this name is gone by now.
        let made = host_links(&topology)
            .and_then(|host| {
                record.write(&claim.dir)?;
                self.reached(LabStep::Record);
                let mut on_record = |net_nodes| {
                    record.net_nodes = net_nodes;
                    record.write(&claim.dir)
                };
                let (topology, nodes, host) = (&topology, &nodes[..], &host);
                self.fill(Plan { topology, nodes, host, directory: &directory }, &sets, &mut on_record, said)
            })
            .and_then(|()| self.publish(&topology))
            .and_then(|()| {
                record.state = State::Ready;
                record.write(&claim.dir)
            });
        drop(open_files);
        self.reached(LabStep::Ready);
        match made {
            Ok(()) => Ok(Lab { name: topology.name.clone(), source: record.source, topology }),
            Err(error) => {
                // What cannot be taken away now is found by its record later.
                let _ = self.forget(claim, &topology.name);
                Err(error)
            }
        }
    }

    /// Makes the directory of a lab, and locks it.
    pub(super) fn claim(&self, name: &SetName) -> Result<Claim, LabError> {
        let store = self.store()?;
        loop {
            let root = self.lock_store(&store)?;
            if let Some(dir) = root.find_dir(name)? {
                self.make_room(root, dir, name)?;
                continue;
            }
            root.make_dir(name, 0o755)?;
            let dir = root.find_dir(name)?.ok_or_else(|| LabError::Missing { name: name.clone() })?;
            dir.lock()?;
            return Ok(Claim { root: root.unlocked()?, dir });
        }
    }

    /// Takes away what is in the way of a new lab, if it is none.
    fn make_room(&self, root: Dir, dir: Dir, name: &SetName) -> Result<(), LabError> {
        if !dir.try_lock()? {
            // It is being made or removed: wait how that ends, and do not hold up others meanwhile.
            drop(root);
            return Ok(dir.lock()?);
        }
        let record = Record::read(&dir)?;
        match record {
            Some(record) if record.state == State::Ready && record.boot == boot_id()? => {
                Err(LabError::Exists { name: name.clone(), path: record.source.path.into() })
            }
            record => {
                let root = root.unlocked()?;
                self.take_away(&Claim { root, dir }, name, record)
            }
        }
    }

    fn fill(
        &self,
        plan: Plan<'_>,
        sets: &[(SetName, Kinds)],
        on_record: OnRecord<'_>,
        said: &mut dyn FnMut(&Node, &[String], &str),
    ) -> Result<(), LabError> {
        let mut claims = self.sets.claim_many(sets, plan.topology.name.as_str())?;
        self.reached(LabStep::ClaimNodes);
        let made = self.fill_claimed(plan, &mut claims, on_record, said);
        if made.is_err() {
            // As above; the first error is the one that is told.
            let _ = claims.abandon();
        }
        made
    }

    /// Publishes what the file says, now that the nodes can be found and their commands have run.
    fn publish(&self, topology: &Topology) -> Result<(), LabError> {
        let networks = Networks::of(self.sets.clone());
        for node in &topology.nodes {
            let site = Site::Set(topology.set_name(node));
            for port in &node.ports {
                networks.publish(&site, &port.publication).map_err(|source| LabError::Port {
                    node: node.name.clone(),
                    place: port.place,
                    source: Box::new(source),
                })?;
            }
        }
        self.reached(LabStep::Publish);
        Ok(())
    }

    fn fill_claimed(
        &self,
        plan: Plan<'_>,
        claims: &mut Claims,
        on_record: OnRecord<'_>,
        said: &mut dyn FnMut(&Node, &[String], &str),
    ) -> Result<(), LabError> {
        let Plan { topology, nodes, host, directory } = plan;
        let mut grounds = ground::make(nodes)?;
        self.reached(LabStep::Unshare);
        ground::start_keepers(nodes, &mut grounds, claims, directory)?;
        self.reached(LabStep::Keepers);
        let net_nodes = claims.net_nodes(|index| grounds[index].net())?;
        if !net_nodes.is_empty() {
            on_record(net_nodes)?;
        }
        self.reached(LabStep::RecordNetNodes);
        hold(self, nodes, &grounds, claims)?;
        self.reached(LabStep::HoldAll);
        for (node, ground) in nodes.iter().zip(&mut grounds) {
            if let Some(keeper) = ground.keeper.take() {
                let failed = |source| LabError::Keeper { node: node.name.clone(), source: Box::new(source) };
                keeper.stay().map_err(failed)?;
            }
        }
        self.reached(LabStep::Stay);
        self.wire(topology, nodes, &mut grounds, host)?;
        self.reached(LabStep::Configure);
        commands::run_all(&with_own(topology, grounds.iter()).collect::<Vec<_>>(), said)?;
        self.reached(LabStep::Exec);
        Ok(())
    }

    /// Makes and configures all links.
    fn wire(
        &self,
        topology: &Topology,
        nodes: &[&Node],
        grounds: &mut [Ground],
        host: &HostLinks,
    ) -> Result<(), LabError> {
        let outside = |source| LabError::HostNetwork { source: Box::new(source) };
        let mut route = None;
        if topology.touches_host() {
            route = Some(Netlink::open(Protocol::Route).map_err(outside)?);
        }
        let mut host = host.clone();
        let mut management = None;
        if let (Some(route), Some(own)) = (&mut route, &topology.management)
            && !host.contains_key(&own.bridge.kernel())
        {
            let number = make_bridge(route, topology, own).map_err(outside)?;
            host.insert(own.bridge.kernel(), number);
            management = Some((number, own));
        }
        self.reached(LabStep::Management);
        let here = Namespace::of_self(Kind::Net)?;
        let here = Place::of(here.as_fd()).map_err(|source| LabError::Output { source })?;
        // The host and its bridges have no namespace of their own; in their place stands ours.
        let own = with_own(topology, grounds.iter());
        let places: Vec<Place> =
            own.map(|(_, ground)| ground.map_or(&here, |ground| &ground.place).clone()).collect();
        let wiring = Wiring::plan(topology, &places, &host, &here);
        let planned = topology.nodes.iter().zip(wiring.nodes);
        let requests: Vec<Requests> =
            planned.filter(|(node, _)| node.role.is_set()).map(|(_, requests)| requests).collect();
        perform(nodes, grounds, &requests, |requests| &requests.create)?;
        if let Some(route) = &mut route {
            send(route, &wiring.host.create).map_err(outside)?;
        }
        self.reached(LabStep::Create);
        if let Some(route) = &mut route {
            for ends in &wiring.stitches {
                stitch(route, ends).map_err(outside)?;
            }
        }
        self.reached(LabStep::Stitch);
        sysctl::write_all(nodes, grounds)?;
        perform(nodes, grounds, &requests, |requests| &requests.configure)
            .map_err(|error| name_what_lacks(error, topology))?;
        if let Some(route) = &mut route {
            send(route, &wiring.host.configure).map_err(outside)?;
            let mut own = Vec::new();
            if let Some((number, management)) = management {
                send(route, &management.possessions(number)).map_err(outside)?;
                own.push(number);
            }
            for end in &wiring.host_ends {
                let link = Link::find(route, end.interface.kernel().as_str()).map_err(outside)?;
                send(route, &possessions(link.index, end)).map_err(outside)?;
                if !topology.is_port(end.at) {
                    own.push(link.index);
                }
            }
            // The ports of a bridge are within its walls, if it has some.
            let walled = Networks::of(self.sets.clone()).wall_off(&own);
            walled.map_err(|source| LabError::Walls { source: Box::new(source) })?;
            self.reached(LabStep::Wall);
            if let Some((number, _)) = management {
                route.perform(&ChangeLink::new(number).up()).map_err(outside)?;
            }
        }
        perform(nodes, grounds, &requests, |requests| &requests.finish)
    }
}

/// A kernel that has no such queueing discipline, nor a module with it, answers `ENOENT`; to nothing else that a node with
/// impairments gets.
fn name_what_lacks(error: LabError, topology: &Topology) -> LabError {
    match error {
        LabError::Network { node, source } if source.errno() == Some(Errno::NOENT) => {
            let found = topology.find(node.as_str());
            let impaired = |node| topology.ends_in(node).find_map(|end| end.impairments.discipline());
            match found.and_then(impaired) {
                Some(discipline) => LabError::NoDiscipline { node, kind: discipline.name(), source },
                None => LabError::Network { node, source },
            }
        }
        error => error,
    }
}

/// Puts all nodes on record and keeps their namespaces.
fn hold(labs: &Labs, nodes: &[&Node], grounds: &[Ground], claims: &Claims) -> Result<(), LabError> {
    on_threads(
        nodes.len(),
        || Ok(()),
        |(), index| {
            let ground = &grounds[index];
            let failed =
                |source| LabError::Keeper { node: nodes[index].name.clone(), source: Box::new(source) };
            let mark = ground.keeper.as_ref().map(NewKeeper::mark).transpose().map_err(failed)?;
            claims.hold(index, ground.namespaces.iter(), mark)?;
            labs.reached(LabStep::Hold);
            Ok(())
        },
    )
    .map(drop)
}

/// Asks what `which` gives of all nodes, each in one batch, on a few threads.
fn perform(
    nodes: &[&Node],
    grounds: &mut [Ground],
    requests: &[Requests],
    which: impl Fn(&Requests) -> &Vec<Box<dyn Request + Send + Sync>> + Sync,
) -> Result<(), LabError> {
    let grounds: Vec<_> = grounds.iter_mut().map(std::sync::Mutex::new).collect();
    on_threads(
        nodes.len(),
        || Ok(()),
        |(), index| {
            let requests = which(&requests[index]);
            if requests.is_empty() {
                return Ok(());
            }
            let mut ground = grounds[index].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let failed =
                |source| LabError::Network { node: nodes[index].name.clone(), source: Box::new(source) };
            send(&mut ground.route, requests).map_err(failed)
        },
    )
    .map(drop)
}

fn send(route: &mut Netlink, requests: &[Box<dyn Request + Send + Sync>]) -> Result<(), insula_net::Error> {
    let requests: Vec<&dyn Request> = requests.iter().map(|request| &**request as &dyn Request).collect();
    route.perform_all(&requests).map_err(|failed| failed.source)
}

/// The nodes, each with its own one of those that only sets have, in the order of the file.
fn with_own<T>(
    topology: &Topology,
    mut own: impl Iterator<Item = T>,
) -> impl Iterator<Item = (&Node, Option<T>)> {
    topology.nodes.iter().map(move |node| (node, if node.role.is_set() { own.next() } else { None }))
}

/// Makes the bridge that is the management network; its number.
fn make_bridge(
    route: &mut Netlink,
    topology: &Topology,
    management: &Management,
) -> Result<u32, insula_net::Error> {
    let name = management.bridge.kernel();
    let new = NewLink::new(name.clone(), LinkKind::bridge());
    let mark = ChangeLink::named(name.clone()).alias(end_of_lab(topology.name.as_str()));
    route.perform_all(&[&new, &mark]).map_err(|failed| failed.source)?;
    Link::find(route, name.as_str()).map(|link| link.index)
}

/// Has all that comes in at one interface of the host go out of the other, in both directions, before they come up.
fn stitch(route: &mut Netlink, ends: &[IfName; 2]) -> Result<(), insula_net::Error> {
    let mut number = |name: &IfName| Link::find(route, name.as_str()).map(|link| link.index);
    let [one, other] = [number(&ends[0])?, number(&ends[1])?];
    // The host has nothing to say there.
    let silent = |index| {
        let settings =
            LinkSettings { address_generation: Some(ADDRESS_GENERATION_NONE), ..LinkSettings::default() };
        ChangeLink::new(index).settings(settings)
    };
    let (ingress_one, ingress_other) =
        (NewQdisc::new(one, Discipline::Ingress), NewQdisc::new(other, Discipline::Ingress));
    let requests: [&dyn Request; 6] = [
        &silent(one),
        &silent(other),
        &ingress_one,
        &ingress_other,
        &Redirect { from: one, to: other },
        &Redirect { from: other, to: one },
    ];
    route.perform_all(&requests).map_err(|failed| failed.source)
}

/// Finds what links need of the host, and refuses what could not be made, before anything is.
fn host_links(topology: &Topology) -> Result<HostLinks, LabError> {
    let mut links = HostLinks::new();
    if !topology.touches_host() {
        return Ok(links);
    }
    let outside = |source| LabError::HostNetwork { source: Box::new(source) };
    let mut route = Netlink::open(Protocol::Route).map_err(outside)?;
    let all = Link::list(&mut route).map_err(outside)?;
    for node in topology.nodes.iter().filter(|node| node.role == Role::HostBridge) {
        let name: IfName = bridge_name(node.name.as_str());
        let found =
            all.iter().find(|link| link.name == name.as_str() && link.kind.as_deref() == Some("bridge"));
        let missing = || LabError::NoSuchInterface { what: "bridge", interface: name.clone() };
        let index = found.ok_or_else(missing)?.index;
        links.insert(name, index);
    }
    if let Some(management) = &topology.management {
        let interface = management.bridge.kernel();
        match all.iter().find(|link| link.name == interface.as_str()) {
            Some(link) if link.kind.as_deref() == Some("bridge") => {
                links.insert(interface, link.index);
            }
            Some(_) => return Err(LabError::NoBridge { interface }),
            None => {}
        }
    }
    for link in &topology.links {
        if let Some(parent) = link.parent() {
            let interface = parent.kernel();
            let found = all.iter().find(|there| there.name == interface.as_str());
            let missing = || LabError::NoSuchInterface { what: "interface", interface: interface.clone() };
            let index = found.ok_or_else(missing)?.index;
            links.insert(interface, index);
        }
        for end in link.ends().filter(|end| topology.home(end.at).is_none()) {
            let interface = end.interface.kernel();
            if all.iter().any(|there| there.name == interface.as_str()) {
                return Err(LabError::InterfaceExists { line: link.line, interface });
            }
        }
    }
    Ok(links)
}
