//! Why a lab can't be made, used or taken away.

use std::path::PathBuf;

use insula_net::{IfName, SysctlError};
use insula_ns::NamespaceError;
use insula_sandbox::Status;
use rustix::io::Errno;

use super::node_name::NodeName;
use super::problem::FileError;
use super::yaml::Place;
use crate::network::NetworkError;
use crate::set::{CreateError, KeeperError, RemoveError, SetError, SetName};
use crate::store::{PathError, StoreError};

/// Why a lab can't be made, used or taken away. Of one that can't be made nothing is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// There is one of that name.
    #[error("the lab `{name}` exists already, made from `{}`", path.display())]
    Exists {
        /// The name.
        name: SetName,
        /// Its file.
        path: PathBuf,
    },
    /// There is none of that name.
    #[error("there is no lab called `{name}`")]
    Missing {
        /// The name.
        name: SetName,
    },
    /// It is being made or removed, or that was interrupted.
    #[error("the lab `{name}` is not complete: it is being made or removed, or that was interrupted")]
    Incomplete {
        /// The name.
        name: SetName,
    },
    /// It has no node of that name.
    #[error("the lab `{lab}` has no node `{}`", node.escape_debug())]
    NoSuchNode {
        /// The lab.
        lab: SetName,
        /// The node.
        node: String,
    },
    /// There is no interface of that name in the caller's network namespace.
    #[error("there is no {what} `{interface}` in this network namespace")]
    NoSuchInterface {
        /// What the lab takes it for.
        what: &'static str,
        /// The interface.
        interface: IfName,
    },
    /// Without root, the lab would lead out of its world.
    #[error("line {line}: {what}, and without root a lab has a world of its own, which nothing leads out of")]
    OutOfWorld {
        /// The line of the node or link.
        line: usize,
        /// What leads out.
        what: String,
    },
    /// The management network would be a bridge of that name.
    #[error("the management network is to be a bridge, and `{interface}` in this network namespace is none")]
    NoBridge {
        /// The interface.
        interface: IfName,
    },
    /// An interface of that name is in the caller's network namespace already.
    #[error("line {line}: there is an interface `{interface}` in this network namespace already")]
    InterfaceExists {
        /// The line of the link.
        line: usize,
        /// The interface.
        interface: IfName,
    },
    /// The limit of open files is too low.
    #[error("a lab of {nodes} nodes needs {needed} open files at a time, and the hard limit is {limit}")]
    OpenFiles {
        /// The nodes.
        nodes: usize,
        /// What they take.
        needed: u64,
        /// What there may be.
        limit: u64,
    },
    /// The names of the nodes can't be had, or their namespaces not be kept.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The namespaces of a node can't be made.
    #[error("cannot make the namespaces of node `{node}`")]
    Unshare {
        /// The node.
        node: NodeName,
        /// What the kernel answered.
        source: Errno,
    },
    /// A namespace of a node can't be opened or entered.
    #[error("node `{node}`")]
    Namespace {
        /// The node.
        node: NodeName,
        /// Why.
        source: NamespaceError,
    },
    /// A namespace of ours can't be opened.
    #[error(transparent)]
    OwnNamespace(#[from] NamespaceError),
    /// A node can't have a name in its own UTS namespace.
    #[error("cannot set the host name of node `{node}`")]
    HostName {
        /// The node.
        node: NodeName,
        /// What the kernel answered.
        source: Errno,
    },
    /// The process that holds the namespaces of a node can't be started.
    #[error("node `{node}`")]
    Keeper {
        /// The node.
        node: NodeName,
        /// Why.
        source: Box<KeeperError>,
    },
    /// The network of a node can't be made.
    #[error("node `{node}`")]
    Network {
        /// The node.
        node: NodeName,
        /// Why.
        source: Box<insula_net::Error>,
    },
    /// The kernel lacks the queueing discipline that impairments take.
    #[error("node `{node}`: this kernel has no `{kind}`")]
    NoDiscipline {
        /// The node.
        node: NodeName,
        /// The kernel's name of the discipline.
        kind: &'static str,
        /// What was tried, and what it answered.
        source: Box<insula_net::Error>,
    },
    /// What a link is outside of the lab can't be made.
    #[error("outside of the lab")]
    HostNetwork {
        /// Why.
        source: Box<insula_net::Error>,
    },
    /// The ends of links at the host have no walls, or did not go.
    #[error("outside of the lab")]
    Walls {
        /// Why.
        source: Box<NetworkError>,
    },
    /// A port of a node can't be published.
    #[error("{place}: node `{node}`")]
    Port {
        /// The node.
        node: NodeName,
        /// Where the file has it.
        place: Place,
        /// Why.
        source: Box<NetworkError>,
    },
    /// What was published for its nodes is there still.
    #[error("the lab is gone, but what was published for its nodes is not")]
    Published {
        /// Why.
        source: Box<NetworkError>,
    },
    /// A setting of a node can't be written.
    #[error("node `{node}`")]
    Sysctl {
        /// The node.
        node: NodeName,
        /// Why.
        source: SysctlError,
    },
    /// A command of a node can't be started.
    #[error("node `{node}`: `{command}`")]
    Start {
        /// The node.
        node: NodeName,
        /// The command.
        command: String,
        /// Why.
        source: Box<insula_sandbox::Error>,
    },
    /// A command of a node failed.
    #[error("node `{node}`: `{command}` {}{}", ended(*status), said(output))]
    Command {
        /// The node.
        node: NodeName,
        /// The command.
        command: String,
        /// How it ended.
        status: Status,
        /// What it said.
        output: String,
    },
    /// A node can't ask another.
    #[error("node `{node}` cannot ask {to}")]
    Probe {
        /// The node.
        node: NodeName,
        /// Whom.
        to: std::net::IpAddr,
        /// What the kernel answered.
        source: Errno,
    },
    /// A file of a command's output can't be had.
    #[error("cannot keep what a command says")]
    Output {
        /// What the kernel answered.
        source: Errno,
    },
    /// Its record is not one.
    #[error("`{}` is not the record of a lab", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Its record was written by another version.
    #[error("`{}` has version {version}, which this program doesn't know", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version.
        version: u32,
    },
    /// Its file, as it is on record, is no lab to this version.
    #[error("the file of the lab `{name}`")]
    File {
        /// The lab.
        name: SetName,
        /// Why.
        source: FileError,
    },
    /// Its world can't be taken away.
    #[error(transparent)]
    Remove(#[from] Box<RemoveError>),
    /// It is not known where this program is.
    #[error("cannot find this program")]
    Program {
        /// What the kernel answered.
        source: Errno,
    },
    /// The caller can't be root of a user namespace.
    #[error("cannot map this user's id")]
    Map {
        /// Why.
        source: insula_ns::idmap::MapError,
    },
    /// A set of it can't be used.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The store can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something could not be done to a path in the store.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A mount namespace for the keepers can't be made.
    #[error("cannot make a mount namespace without the mounts of other sets")]
    Mounts {
        /// What the kernel answered.
        source: Errno,
    },
}

fn ended(status: Status) -> String {
    match status {
        Status::Exited(code) => format!("exited with status {code}"),
        Status::Signaled(signal) => format!("was ended by signal {signal}"),
    }
}

fn said(output: &str) -> String {
    let output = output.trim();
    if output.is_empty() { String::new() } else { format!(": {output}") }
}
