//! `process.rlimits`.

use serde::{Deserialize, Serialize};

/// A resource limit: `config.md`, "POSIX process", `rlimits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rlimit {
    /// Of what.
    #[serde(rename = "type")]
    pub resource: RlimitType,
    /// The ceiling; `u64::MAX` is no limit.
    pub hard: u64,
    /// What is enforced; `u64::MAX` is no limit.
    pub soft: u64,
}

/// A resource that `setrlimit(2)` limits. The numbers are those that x86-64 and AArch64 share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names of setrlimit(2), which explains them")]
pub enum RlimitType {
    #[serde(rename = "RLIMIT_CPU")]
    Cpu = 0,
    #[serde(rename = "RLIMIT_FSIZE")]
    Fsize = 1,
    #[serde(rename = "RLIMIT_DATA")]
    Data = 2,
    #[serde(rename = "RLIMIT_STACK")]
    Stack = 3,
    #[serde(rename = "RLIMIT_CORE")]
    Core = 4,
    #[serde(rename = "RLIMIT_RSS")]
    Rss = 5,
    #[serde(rename = "RLIMIT_NPROC")]
    Nproc = 6,
    #[serde(rename = "RLIMIT_NOFILE")]
    Nofile = 7,
    #[serde(rename = "RLIMIT_MEMLOCK")]
    Memlock = 8,
    #[serde(rename = "RLIMIT_AS")]
    As = 9,
    #[serde(rename = "RLIMIT_LOCKS")]
    Locks = 10,
    #[serde(rename = "RLIMIT_SIGPENDING")]
    Sigpending = 11,
    #[serde(rename = "RLIMIT_MSGQUEUE")]
    Msgqueue = 12,
    #[serde(rename = "RLIMIT_NICE")]
    Nice = 13,
    #[serde(rename = "RLIMIT_RTPRIO")]
    Rtprio = 14,
    #[serde(rename = "RLIMIT_RTTIME")]
    Rttime = 15,
}

impl RlimitType {
    /// `RLIMIT_*`.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }
}
