//! Which namespaces are new, which are joined, and what is set up in the new ones.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use insula_ns::idmap::{Caller, IdMap, IdMaps};
use insula_ns::{Kind, Kinds, Namespace};

/// An existing namespace to enter.
#[derive(Debug)]
pub enum Join {
    /// One, by handle.
    Namespace(Namespace),
    /// Several of one process, by pidfd, in one call. Those that the caller is in already are left out.
    Process(OwnedFd, Kinds),
}

impl Join {
    /// The kinds that it is of.
    pub(crate) fn kinds(&self) -> Kinds {
        match self {
            Self::Namespace(namespace) => namespace.kind().into(),
            Self::Process(_, kinds) => *kinds,
        }
    }
}

/// A clock that a time namespace shifts: `time_namespaces(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// `CLOCK_MONOTONIC`, with its coarse and raw variants.
    Monotonic,
    /// `CLOCK_BOOTTIME`, with its alarm.
    Boottime,
}

impl Clock {
    /// Its name in `/proc/PID/timens_offsets`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Monotonic => "monotonic",
            Self::Boottime => "boottime",
        }
    }
}

/// A new namespace that outlives its processes: a bind mount of it.
#[derive(Clone, Debug)]
pub struct Pin {
    /// Which of the new namespaces.
    pub kind: Kind,
    /// An existing file, seen from the caller.
    pub target: PathBuf,
}

/// Who a new user namespace belongs to, in the one that it is made in: `user_namespaces(7)`, "Capabilities".
///
/// This user has all capabilities in it from outside, and can enter it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// The namespaces of a sandbox.
#[derive(Debug, Default)]
pub struct Namespaces {
    /// Kinds to make new.
    pub new: Kinds,
    /// Namespaces to enter first, in any order.
    pub join: Vec<Join>,
    /// The id maps of the new user namespace; `None` leaves them unwritten.
    pub ids: Option<IdMaps>,
    /// What decides who may write them, if whoever describes this has asked for it already; it is asked for if not.
    pub caller: Option<Caller>,
    /// The owner of the new user namespace, if not the caller.
    pub owner: Option<Owner>,
    /// The host name of the new UTS namespace: at most 64 bytes.
    pub hostname: Option<String>,
    /// Its NIS domain name: at most 64 bytes.
    pub domainname: Option<String>,
    /// Offsets of the new time namespace, each in nanoseconds.
    pub time_offsets: Vec<(Clock, i128)>,
    /// Whether the loopback interface of the new network namespace is set up.
    pub loopback_up: bool,
    /// Kernel parameters that belong to these namespaces, with their values, in order: `sysctl(8)` has both forms of their names,
    /// `net.ipv4.ip_forward` and `net/ipv4/ip_forward`.
    pub sysctls: Vec<(String, String)>,
    /// New namespaces to keep by a bind mount.
    pub pins: Vec<Pin>,
}

impl Namespaces {
    /// Root's user and group id, each where the new user namespace has it but not the caller's own: whoever has no id
    /// there can own nothing, so makes nothing.
    #[must_use]
    pub fn file_ids(&self) -> (Option<u32>, Option<u32>) {
        let Some(maps) = self.ids.as_ref().filter(|_| self.new.contains(Kind::User)) else {
            return (None, None);
        };
        let root = |map: &IdMap, own| {
            (map.to_inside(own).is_none() && map.to_outside(ROOT).is_some()).then_some(ROOT)
        };
        let (uid, gid) = match &self.caller {
            Some(caller) => (caller.euid, caller.egid),
            None => (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw()),
        };
        (root(&maps.uid, uid), root(&maps.gid, gid))
    }
}

const ROOT: u32 = 0;
