//! The networks that words on the command line stand for, and what it takes to look at many at once.

use std::os::fd::OwnedFd;

use insula_engine::lab::{LabError, Labs, Role};
use insula_engine::network::Site;
use insula_engine::set::{SetError, Sets};
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
            let own = topology.nodes.iter().filter(|node| node.role != Role::HostBridge);
            Ok(own.map(|node| Site::Set(topology.set_name(node))).collect())
        }
        // Then it is a set that is missing.
        Err(LabError::Missing { .. }) => Ok(vec![site]),
        Err(error) => Err(error.into()),
    }
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
