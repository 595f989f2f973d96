//! Labs: networks of many nodes, described by a file.
//!
//! The file is in the format of containerlab's topology files, for nodes that run on the file system of the host.

mod bind;
mod check;
mod commands;
mod down;
mod env_file;
mod error;
mod fields;
mod graph;
mod ground;
mod impairments;
mod interface;
mod labs;
mod management;
mod node_name;
mod open_files;
mod probe;
mod problem;
mod read;
mod record;
mod route;
mod step;
mod sysctl;
mod topology;
mod up;
mod variables;
mod verify;
mod wiring;
mod words;
mod world;
mod yaml;

pub use bind::{Access, Bind};
pub use check::{Check, Expect, Hop, Probe};
pub use down::LabGarbage;
pub use env_file::EnvFile;
pub use error::LabError;
pub use impairments::Impairments;
pub use interface::{InterfaceName, InterfaceNameError};
pub use labs::{Lab, LabCondition, Labs, Listed};
pub use management::Management;
pub use node_name::{NodeName, NodeNameError};
pub use probe::Reply;
pub use problem::{FileError, NoEffect, Problem, Warning};
pub use record::Source;
pub use route::Route;
pub use step::LabStep;
pub use topology::{
    At, DEFAULT_MTU, End, Link, MacvlanMode, Node, NodeIndex, Port, Role, Topology, Tunnel, Wire,
};
pub use variables::Lookup;
pub use verify::{Found, Holds, Verdict};
pub use world::{PROGRAM, Unfinished};
pub use yaml::{MAX_BYTES, MAX_DEPTH, MAX_VALUES, Place, YamlError};
