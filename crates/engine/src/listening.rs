//! Who waits for connections and datagrams, in which network namespace.

use std::collections::HashMap;
use std::os::fd::AsFd as _;

use insula_net::{Listener, Netlink, Protocol};
use insula_ns::{Kind, Namespace, NamespaceError, Pid, Snapshot};

/// A socket that takes what comes to its port from anybody.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listening {
    /// The inode number of the network namespace that it belongs to, which need not be its processes'.
    pub net: u64,
    /// The socket.
    pub listener: Listener,
    /// The processes that have a descriptor of it, as far as the caller may see that.
    pub processes: Vec<Pid>,
}

/// Why the sockets of a network namespace are not to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListeningError {
    /// It cannot be opened.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// It does not answer.
    #[error(transparent)]
    Netlink(#[from] insula_net::Error),
}

impl Listening {
    /// The sockets that `wanted` says yes to, in the network namespace with inode number `net` or in all of the snapshot's, and
    /// why those of some are not known. Goes through the descriptors of all processes if there is one.
    pub fn list(
        snapshot: &Snapshot,
        net: Option<u64>,
        wanted: impl Fn(&Listener) -> bool,
    ) -> (Vec<Self>, Vec<ListeningError>) {
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for (place, namespace) in snapshot.namespaces.iter().enumerate() {
            let inode = namespace.id.ino;
            if namespace.kind != Kind::Net || net.is_some_and(|net| net != inode) {
                continue;
            }
            match listeners(snapshot, place) {
                Ok(listeners) => {
                    let of = listeners.into_iter().filter(&wanted);
                    found.extend(of.map(|listener| Self { net: inode, listener, processes: Vec::new() }));
                }
                Err(error) => unknown.push(error),
            }
        }
        add_processes(snapshot, &mut found);
        (found, unknown)
    }
}

fn listeners(snapshot: &Snapshot, place: usize) -> Result<Vec<Listener>, ListeningError> {
    let namespace = snapshot.open(place)?;
    if namespace.id() == Namespace::of_self(Kind::Net)?.id() {
        return Ok(Listener::list(&mut Netlink::open(Protocol::SockDiag)?)?);
    }
    let mut diag = match Netlink::open_in(Protocol::SockDiag, &[namespace.as_fd()]) {
        Ok(diag) => diag,
        // Whoever may not enter it from where he is may perhaps by way of its owner.
        Err(refused) => match namespace.owner()? {
            Some(owner) if owner.id() != Namespace::of_self(Kind::User)?.id() => {
                Netlink::open_in(Protocol::SockDiag, &[owner.as_fd(), namespace.as_fd()])?
            }
            _ => return Err(refused.into()),
        },
    };
    Ok(Listener::list(&mut diag)?)
}

fn add_processes(snapshot: &Snapshot, found: &mut [Listening]) {
    if found.is_empty() {
        return;
    }
    let mut at: HashMap<u64, Vec<usize>> = HashMap::new();
    for (place, listening) in found.iter().enumerate() {
        at.entry(listening.listener.inode.into()).or_default().push(place);
    }
    for process in snapshot.processes.iter().filter(|process| process.thread_of.is_none()) {
        // What cannot be seen stays unknown.
        let Ok(mut sockets) = snapshot.proc().sockets(process.pid) else { continue };
        sockets.sort_unstable();
        sockets.dedup();
        for place in sockets.iter().filter_map(|inode| at.get(inode)).flatten() {
            found[*place].processes.push(process.pid);
        }
    }
}
