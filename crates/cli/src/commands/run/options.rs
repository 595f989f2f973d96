//! What the command line of `insula run` says, as plain values.

#![expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and none excludes another"
)]

use std::ffi::OsString;
use std::path::PathBuf;

use insula_engine::firewall::Publication;
use insula_engine::target::Target;
use insula_ns::{Kinds, Namespace};
use insula_sandbox::capability::CapabilitySet;
use insula_sandbox::mounts::{HidePid, Mount, Propagation};
use insula_sandbox::{Clock, Landlock, Rlimit, Scheduler};

use super::network::NetworkOption;
use super::user::Words;
use crate::commands::mapping::Mapping;

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(super) namespaces: NamespaceOptions,
    pub(super) files: FileOptions,
    pub(super) user: UserOptions,
    pub(super) limits: LimitOptions,
    pub(super) devices: super::device::Devices,
    pub(super) process: ProcessOptions,
    pub(super) network: Option<NetworkOption>,
    pub(super) publish: Vec<Publication>,
    pub(super) explain: Explain,
    pub(super) best_effort: bool,
    pub(super) stop_before: Option<usize>,
}

/// Whether the steps of the start are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Explain {
    #[default]
    No,
    /// Before they are taken.
    Too,
    /// And not taken.
    Only,
}

/// Which namespaces, and what is set in them.
#[derive(Debug, Default)]
pub(super) struct NamespaceOptions {
    pub(super) new: Option<Kinds>,
    pub(super) share: Kinds,
    pub(super) joins: Vec<JoinOption>,
    pub(super) mapping: Mapping,
    pub(super) hostname: Option<String>,
    pub(super) domainname: Option<String>,
    pub(super) time_offsets: Vec<(Clock, i128)>,
    pub(super) loopback_down: bool,
    /// A network namespace to enter, made for this command.
    pub(super) network: Option<Namespace>,
    /// The mount namespace in which the names of the set are seen whose network is entered.
    pub(super) room: Option<Namespace>,
}

/// Namespaces of a target to enter: all that it has, or those of some kinds.
#[derive(Debug)]
pub(super) struct JoinOption {
    pub(super) target: Target,
    pub(super) kinds: Option<Kinds>,
}

/// The root and what is mounted in it.
#[derive(Debug, Default)]
pub(super) struct FileOptions {
    pub(super) rootfs: Option<PathBuf>,
    pub(super) empty_root: bool,
    pub(super) ephemeral: bool,
    pub(super) read_only_root: bool,
    pub(super) mounts: Vec<Mount>,
    /// The targets of bind mounts whose files keep their owners' numbers.
    pub(super) id_mapped: Vec<PathBuf>,
    pub(super) read_only: Vec<PathBuf>,
    pub(super) masked: Vec<PathBuf>,
    pub(super) propagation: Option<Propagation>,
    pub(super) no_proc: bool,
    pub(super) processes_only: bool,
    pub(super) hide_pid: HidePid,
    pub(super) no_dev: bool,
    pub(super) dev: bool,
    /// Where control groups are mounted here, if the command is to stay in its own.
    pub(super) groups: Vec<PathBuf>,
}

/// Who the payload is.
#[derive(Debug, Default)]
pub(super) struct UserOptions {
    pub(super) words: Words,
    pub(super) cap_add: CapabilitySet,
    pub(super) cap_drop: CapabilitySet,
    pub(super) bounding: Option<CapabilitySet>,
    pub(super) permitted: Option<CapabilitySet>,
    pub(super) effective: Option<CapabilitySet>,
    pub(super) inheritable: Option<CapabilitySet>,
    pub(super) ambient: Option<CapabilitySet>,
    pub(super) securebits: Option<u32>,
    pub(super) no_new_privs: bool,
    pub(super) seccomp: Option<super::seccomp::Source>,
    pub(super) landlock: Landlock,
}

/// What it may use.
#[derive(Debug, Default)]
pub(super) struct LimitOptions {
    pub(super) bounds: super::limit::Bounds,
    pub(super) group: super::group::GroupOption,
    pub(super) rlimits: Vec<Rlimit>,
    pub(super) oom_score: Option<i32>,
    pub(super) nice: Option<i32>,
    pub(super) scheduler: Option<Scheduler>,
    pub(super) umask: Option<u32>,
}

/// How it runs.
#[derive(Debug, Default)]
pub(super) struct ProcessOptions {
    pub(super) environment: Vec<(OsString, Option<OsString>)>,
    pub(super) clear_environment: bool,
    pub(super) working_directory: Option<PathBuf>,
    pub(super) name: Option<OsString>,
    pub(super) terminal: bool,
    pub(super) new_session: bool,
    pub(super) no_init: bool,
    pub(super) die_with_parent: bool,
    pub(super) pass: Vec<i32>,
}
