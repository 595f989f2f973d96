//! What there is on this machine, as the caller sees it.

use std::collections::HashMap;

use insula_ns::{Found, Kind, Kinds, NsId, Pid, ProcDir, Scan, ScanError, Snapshot, Want};

use super::{InterfacesError, Lab, Member, Networks, Seen, Survey};
use crate::keeper::KEEPER;
use crate::lab::{LabError, Labs, Listed};
use crate::network::NetworkError;
use crate::set::Sets;

/// A survey of this machine.
#[derive(Debug)]
#[non_exhaustive]
pub struct Gathered {
    /// What there is.
    pub survey: Survey,
    /// What was looked at, to ask further.
    pub snapshot: Snapshot,
    /// Why some sets are not in it.
    pub unreadable: Vec<crate::set::SetError>,
    /// Why no labs are in it, if they can't be read.
    pub labs_unknown: Option<LabError>,
    /// Why the interfaces of some network namespaces are not in it.
    pub unknown: Vec<InterfacesError>,
    /// Why no published ports are in it, if they can't be read.
    pub ports_unknown: Option<NetworkError>,
}

impl Gathered {
    /// Looks at this machine.
    ///
    /// # Errors
    /// [`ScanError`] when nothing can be looked at. What the caller may not see is no error: see
    /// [`Snapshot::hidden`](insula_ns::Snapshot::hidden).
    pub fn take() -> Result<Self, ScanError> {
        let wants = [Want::Mounts, Want::Relations, Want::Listed];
        let snapshot = wants.into_iter().fold(Scan::new(Kinds::ALL), Scan::with).take()?;
        let (names, unreadable) = set_names();
        let seen = |found: &Found| Seen {
            kind: found.kind,
            inode: found.id.ino,
            parent: found.parent.map(|id| id.ino),
            owner: found.owner.map(|id| id.ino),
            names: names.get(&found.id).cloned().unwrap_or_default(),
        };
        let Networks { networks, unknown } = Networks::read(&snapshot);
        let (labs, labs_unknown) = labs();
        let (super::ports::Ports { published, forwarded }, ports_unknown) =
            match super::ports::Ports::read(&networks) {
                Ok(ports) => (ports, None),
                Err(error) => (super::ports::Ports::default(), Some(error)),
            };
        let survey = Survey {
            namespaces: snapshot.namespaces.iter().map(seen).collect(),
            processes: snapshot.processes.iter().filter_map(|process| member(&snapshot, process)).collect(),
            networks,
            labs,
            published,
            forwarded,
        };
        Ok(Self { survey, snapshot, unreadable, labs_unknown, unknown, ports_unknown })
    }
}

/// The labs whose nodes may be here.
fn labs() -> (Vec<Lab>, Option<LabError>) {
    let of = |listed: Listed| {
        let lab = listed.lab?;
        let topology = lab.topology();
        let node = |node: &crate::lab::Node| (topology.set_name(node).to_string(), node.name.to_string());
        Some(Lab { name: listed.name.to_string(), nodes: topology.nodes.iter().map(node).collect() })
    };
    match Labs::of_caller().list() {
        Ok(listed) => (listed.into_iter().filter_map(of).collect(), None),
        Err(error) => (Vec::new(), Some(error)),
    }
}

/// The sets that each namespace belongs to, and why some are not to be had.
fn set_names() -> (HashMap<NsId, Vec<String>>, Vec<crate::set::SetError>) {
    let mut names: HashMap<NsId, Vec<String>> = HashMap::new();
    match Sets::of_caller().list() {
        Ok(listing) => {
            for set in &listing.sets {
                for member in set.members() {
                    names.entry(member.id).or_default().push(set.name().to_string());
                }
            }
            (names, listing.unreadable)
        }
        Err(error) => (names, vec![error]),
    }
}

/// What is shown of a process; `None` if the caller may not see where it is.
fn member(snapshot: &Snapshot, process: &insula_ns::Process) -> Option<Member> {
    let mut namespaces = [None; 8];
    for kind in Kind::ALL {
        let place = process.namespace(kind);
        namespaces[kind as usize] = place.map(|place| snapshot.namespaces[place].id.ino);
    }
    namespaces[Kind::User as usize]?;
    let (proc, pid) = (snapshot.proc(), process.pid);
    let arguments = proc.command_line(pid).unwrap_or_default();
    let kernel = arguments.is_empty() && is_kernel_thread(proc, pid);
    let command = match arguments.split(|byte| *byte == 0).next() {
        _ if arguments.is_empty() => proc.name(pid).unwrap_or_default(),
        // What it says of its set stands over it.
        Some(first) if first == KEEPER.as_bytes() => first.to_vec(),
        _ => in_a_line(&arguments),
    };
    Some(Member {
        pid: pid.as_raw_nonzero().get().unsigned_abs(),
        uid: proc.uid(pid).ok(),
        command: String::from_utf8_lossy(&command).into_owned(),
        kernel,
        namespaces,
    })
}

/// Arguments with blanks between them.
fn in_a_line(arguments: &[u8]) -> Vec<u8> {
    let arguments = arguments.strip_suffix(b"\0").unwrap_or(arguments);
    arguments.iter().map(|&byte| if byte == 0 { b' ' } else { byte }).collect()
}

/// Whether it is `kthreadd`, process 2 where the kernel's threads are to be seen, or a child of that.
fn is_kernel_thread(proc: &ProcDir, pid: Pid) -> bool {
    let is_kthreadd =
        |pid: Pid| pid.as_raw_nonzero().get() == 2 && proc.name(pid).is_ok_and(|name| name == b"kthreadd");
    is_kthreadd(pid) || proc.parent(pid).ok().flatten().is_some_and(is_kthreadd)
}
