//! What can be wrong with the file of a lab.

use std::fmt;

use insula_sys::errno::Described;
use rustix::io::Errno;

use super::interface::InterfaceNameError;
use super::node_name::NodeNameError;
use super::yaml::{Place, YamlError};
use crate::set::InvalidName;

/// Why a file is no lab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is not even YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// Something in it is wrong.
    #[error("{place}: {problem}")]
    At {
        /// Where.
        place: Place,
        /// What.
        problem: Problem,
    },
}

impl FileError {
    /// Where in the file.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        match self {
            Self::At { place, .. } => Some(*place),
            Self::Yaml(_) => None,
        }
    }
}

/// What is wrong in one place of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A value has the wrong shape.
    #[error("`{key}` must be {expected}, and is {found}")]
    Shape {
        /// The key.
        key: String,
        /// What it has to be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A text is not what it has to be.
    #[error("`{}` is nothing that `{key}` can be: {expected}", text.escape_debug())]
    Invalid {
        /// The key.
        key: String,
        /// The text.
        text: String,
        /// What it has to be.
        expected: &'static str,
    },
    /// A file with variables was not read.
    #[error("cannot read `{}`: {}", path.escape_debug(), Described(*errno))]
    EnvFile {
        /// Its path as it is named.
        path: String,
        /// What the kernel answered.
        errno: Errno,
    },
    /// A line of a file with variables is none.
    #[error("line {line} of `{}` is not KEY=VALUE", path.escape_debug())]
    EnvLine {
        /// Its path as it is named.
        path: String,
        /// Which line.
        line: usize,
    },
    /// A key is missing.
    #[error("{owner} has no `{key}`")]
    Missing {
        /// Whose key.
        owner: String,
        /// The key.
        key: &'static str,
    },
    /// A key makes sense only with another.
    #[error("`{key}` needs `{other}` beside it")]
    Without {
        /// The key that is there.
        key: &'static str,
        /// The one that is not.
        other: &'static str,
    },
    /// The name of the lab cannot be one.
    #[error("the name of the lab: {0}")]
    LabName(#[source] InvalidName),
    /// The name of a node cannot be one.
    #[error(transparent)]
    NodeName(#[from] NodeNameError),
    /// With the name of the lab before it, the name of a node is not the name of a set.
    #[error("node `{node}`: {reason}")]
    SetName {
        /// The node.
        node: String,
        /// Why not.
        #[source]
        reason: InvalidName,
    },
    /// The name of an interface cannot be one.
    #[error(transparent)]
    InterfaceName(#[from] InterfaceNameError),
    /// A node needs an image.
    #[error(
        "node `{node}` has an image, and nodes run on the file system of this machine: images come with a later version"
    )]
    Image {
        /// The node.
        node: String,
    },
    /// A node is of a kind that there is not.
    #[error("node `{node}` is of kind `{}`: the kinds are `linux`, `bridge` and `host`, as others need an image", kind.escape_debug())]
    Kind {
        /// The node.
        node: String,
        /// The kind.
        kind: String,
    },
    /// A link is of a type that there is not.
    #[error("`{}` is no type of links: these are {expected}", found.escape_debug())]
    LinkType {
        /// The type.
        found: String,
        /// Those that there are.
        expected: &'static str,
    },
    /// A link has the wrong number of ends.
    #[error("a link has two endpoints, and this one has {found}")]
    EndCount {
        /// How many it has.
        found: usize,
    },
    /// An endpoint is not written as one.
    #[error("`{}` is no endpoint: it is `NODE:INTERFACE`", text.escape_debug())]
    Endpoint {
        /// The text.
        text: String,
    },
    /// An endpoint is in a node that is not there.
    #[error("the link ends in node `{}`, which is not among the nodes", node.escape_debug())]
    UnknownNode {
        /// The node.
        node: String,
    },
    /// No end of a link is in the lab.
    #[error("neither end of the link is in a node of the lab")]
    Outside,
    /// Two links end in the same interface.
    #[error("interface `{interface}` of `{owner}` is an end of two links: the other is in line {first}")]
    InterfaceTwice {
        /// The node, or the host.
        owner: String,
        /// The interface.
        interface: String,
        /// The other link.
        first: usize,
    },
    /// An interface of a bridge has an address.
    #[error("`{interface}` is a port of bridge `{node}`, and ports have no addresses")]
    AddressOnPort {
        /// The bridge.
        node: String,
        /// The port.
        interface: String,
    },
    /// A route goes through an interface that no link ends in.
    #[error("node `{node}` has a route through `{interface}`, and no link ends there")]
    RouteInterface {
        /// The node.
        node: String,
        /// The interface.
        interface: String,
    },
    /// A command line has a quote that is not closed.
    #[error("a quote is not closed in `{}`", line.escape_debug())]
    Quote {
        /// The line.
        line: String,
    },
    /// A node has too few kinds of namespaces.
    #[error("node `{node}` needs {needed} among its `namespaces`: {why}")]
    Namespaces {
        /// The node.
        node: String,
        /// The kind that is missing.
        needed: insula_ns::Kind,
        /// What for.
        why: &'static str,
    },
    /// A variable is not written as one.
    #[error("`{}` is no variable: these are `${{NAME}}`, `${{NAME:-DEFAULT}}` and `${{NAME:=DEFAULT}}`", text.escape_debug())]
    Variable {
        /// What stands there.
        text: String,
    },
    /// A variable has no value.
    #[error("the variable `{name}` is not set, and there is no default: `${{{name}:=DEFAULT}}`")]
    VariableNotSet {
        /// The variable.
        name: String,
    },
    /// With its variables a value is too long.
    #[error("with its variables the value has more than {bytes} bytes")]
    VariableTooLong {
        /// The most that are taken.
        bytes: usize,
    },
    /// So are all values that have variables together.
    #[error("with their variables the values have more than {bytes} bytes together")]
    VariablesTooLong {
        /// The most that are taken.
        bytes: usize,
    },
    /// A check begins or ends at a node without what it needs.
    #[error("the check is about node `{node}`, which {why}")]
    CheckNode {
        /// The node.
        node: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Problem {
    /// The problem, in a place.
    pub(super) const fn at(self, place: Place) -> FileError {
        FileError::At { place, problem: self }
    }
}

/// Something in a file that has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub place: Place,
    /// What has it.
    pub owner: String,
    /// The key.
    pub key: String,
    /// Why it has none.
    pub why: NoEffect,
}

/// Why something has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoEffect {
    /// Nobody knows what it means.
    Unknown,
    /// containerlab knows it, and it means nothing here.
    OfContainerlab {
        /// Why.
        reason: &'static str,
    },
    /// It is about the management network, to which no link leads.
    NoManagement,
    /// It is about the network that the lab is made from, to which no link leads.
    Unreached,
    /// A bridge has nothing of the kind.
    OfBridge,
    /// The node is the host, or a bridge of it, of which a lab changes nothing but interfaces.
    OfHost,
    /// Without root it is about the lab's own world.
    OfWorld,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, owner, key, why } = self;
        let key = key.escape_debug();
        match why {
            NoEffect::Unknown => write!(f, "{place}: unknown key `{key}` in {owner}"),
            NoEffect::OfContainerlab { reason } => {
                write!(f, "{place}: `{key}` in {owner} has no effect: {reason}")
            }
            NoEffect::NoManagement => {
                write!(f, "{place}: `{key}` in {owner} has no effect: no link leads to `mgmt-net`")
            }
            NoEffect::Unreached => {
                write!(
                    f,
                    "{place}: `{key}` in {owner} has no effect: no link of it leads to `host`, `mgmt-net` or a bridge of the host"
                )
            }
            NoEffect::OfBridge => write!(f, "{place}: `{key}` in {owner} has no effect: a bridge has none"),
            NoEffect::OfHost => {
                write!(
                    f,
                    "{place}: `{key}` in {owner} has no effect: a lab changes nothing of the host but interfaces"
                )
            }
            NoEffect::OfWorld => {
                write!(
                    f,
                    "{place}: `{key}` in {owner} has no effect on the host: without root a lab has a world of its own"
                )
            }
        }
    }
}
