//! `linux.namespaces` and `linux.timeOffsets`.

use std::path::PathBuf;

use insula_ns::Kind;
use serde::{Deserialize, Serialize};

use super::absent;

/// A namespace of the container's, new or entered: `config-linux.md`, "Namespaces".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Which of the eight.
    #[serde(rename = "type", with = "KindName")]
    pub kind: Kind,
    /// The absolute path of the file of an existing one; without, a new one is made.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
}

/// The names that the specification has for the kinds.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Kind", rename_all = "lowercase")]
enum KindName {
    Cgroup,
    Ipc,
    #[serde(rename = "mount")]
    Mnt,
    #[serde(rename = "network")]
    Net,
    Pid,
    Time,
    User,
    Uts,
}

/// How far a clock of a new time namespace is ahead: `config-linux.md`, "Offset for Time Namespace".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOffset {
    /// Seconds, of either sign.
    #[serde(default, deserialize_with = "absent::or_null")]
    pub secs: i64,
    /// Nanoseconds in addition, below 1,000,000,000.
    #[serde(default, deserialize_with = "absent::or_null")]
    pub nanosecs: u32,
}

/// A clock that a time namespace shifts: `time_namespaces(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// `CLOCK_MONOTONIC`.
    Monotonic,
    /// `CLOCK_BOOTTIME`.
    Boottime,
}

impl Clock {
    /// Its name, which is that of `/proc/PID/timens_offsets` too.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monotonic => "monotonic",
            Self::Boottime => "boottime",
        }
    }
}
