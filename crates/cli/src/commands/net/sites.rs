//! The networks that words on the command line stand for, and what it takes to look at many at once.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;

use insula_engine::lab::{LabError, Labs};
use insula_engine::network::Site;
use insula_engine::set::{Set, SetError, Sets};
use insula_ns::{Kind, Namespace, NsId};
use insula_sys::signal;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::words;
use crate::args::Arg;
use crate::report::Failure;

/// Sets, labs and the host, each once.
pub(super) fn named(operands: &[Arg]) -> Result<Vec<Site>, Failure> {
    let mut sites: Vec<Site> = Vec::new();
    for word in operands {
        for site in of(words::site(word)?)? {
            if !sites.contains(&site) {
                sites.push(site);
            }
        }
    }
    Ok(sites)
}

/// The networks that a name stands for: of a lab all its nodes.
fn of(site: Site) -> Result<Vec<Site>, Failure> {
    let Site::Set(name) = &site else { return Ok(vec![site]) };
    if !matches!(Sets::of_caller().find(name), Err(SetError::Missing { .. })) {
        return Ok(vec![site]);
    }
    match Labs::of_caller().find(name) {
        Ok(lab) => {
            let topology = lab.topology();
            let own = topology.nodes.iter().filter(|node| node.role.is_set());
            Ok(own.map(|node| Site::Set(topology.set_name(node))).collect())
        }
        // Then it is a set that is missing.
        Err(LabError::Missing { .. }) => Ok(vec![site]),
        Err(error) => Err(error.into()),
    }
}

/// The networks that there are now, as far as they are asked for.
pub(super) fn present(asked: impl Fn(&Site) -> bool) -> Result<BTreeMap<Site, NsId>, Failure> {
    let mut present = BTreeMap::new();
    if asked(&Site::Host) {
        present.insert(Site::Host, Namespace::of_self(Kind::Net)?.id());
    }
    let net = |set: &Set| set.members().find(|member| member.kind == Kind::Net).map(|member| member.id);
    for set in Sets::of_caller().list()?.sets {
        let site = Site::Set(set.name().clone());
        // Of two of one name it is the first that the name stands for.
        if let Some(id) = net(&set).filter(|_| asked(&site)) {
            present.entry(site).or_insert(id);
        }
    }
    Ok(present)
}

/// A lab can have more nodes than files can be open by default.
pub(super) fn allow_files() {
    let limit = getrlimit(Resource::Nofile);
    // If it stays as it is, opening tells.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// The signals that end a command which looks on, as a descriptor.
pub(super) fn signals() -> Result<OwnedFd, Failure> {
    let failed = |errno: Errno| Failure::from(errno).context("cannot wait for signals");
    let ends = [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT].map(Signal::as_raw);
    let set = ends.into_iter().map(signal::bit).fold(0, |set, bit| set | bit);
    signal::block(set).map_err(failed)?;
    signal::descriptor(set).map_err(failed)
}
