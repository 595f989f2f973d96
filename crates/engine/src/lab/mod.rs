//! Labs: networks of many nodes, described by a file.
//!
//! The file is in the format of containerlab's topology files, for nodes that run on the file system of the host.

mod bind;
mod check;
mod fields;
mod impairments;
mod interface;
mod node_name;
mod problem;
mod read;
mod route;
mod topology;
mod variables;
mod words;
mod yaml;

pub use bind::{Access, Bind};
pub use check::{Check, Expect, Hop, Probe};
pub use impairments::{Impairments, Percent};
pub use interface::{InterfaceName, InterfaceNameError};
pub use node_name::{NodeName, NodeNameError};
pub use problem::{FileError, NoEffect, Problem, Warning};
pub use route::Route;
pub use topology::{At, DEFAULT_MTU, End, Link, MacvlanMode, Node, NodeIndex, Role, Topology, Wire};
pub use variables::Lookup;
pub use yaml::{MAX_BYTES, MAX_DEPTH, MAX_VALUES, Place, YamlError};
