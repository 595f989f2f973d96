//! `process.scheduler`.

use serde::{Deserialize, Serialize};

use super::absent;

/// How the process is scheduled: `config.md`, "Linux Process", `scheduler`, and `sched_setattr(2)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheduler {
    /// The policy.
    pub policy: SchedulerPolicy,
    /// The nice value, -20 to 19, of `SCHED_OTHER` and `SCHED_BATCH`.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "is_zero")]
    pub nice: i32,
    /// The static priority, 1 to 99, of `SCHED_FIFO` and `SCHED_RR`.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Flags of the policy.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<SchedulerFlag>,
    /// Of `SCHED_DEADLINE`: how long the process runs in each period, in nanoseconds.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "is_unset")]
    pub runtime: u64,
    /// Of `SCHED_DEADLINE`: when that must have happened, in nanoseconds from the period's begin.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "is_unset")]
    pub deadline: u64,
    /// Of `SCHED_DEADLINE`: the length of a period in nanoseconds.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "is_unset")]
    pub period: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
const fn is_zero(value: &i32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
const fn is_unset(nanoseconds: &u64) -> bool {
    *nanoseconds == 0
}

/// A scheduling policy: `sched(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names of sched(7), which explains them")]
pub enum SchedulerPolicy {
    #[serde(rename = "SCHED_OTHER")]
    Other,
    #[serde(rename = "SCHED_FIFO")]
    Fifo,
    #[serde(rename = "SCHED_RR")]
    RoundRobin,
    #[serde(rename = "SCHED_BATCH")]
    Batch,
    /// Reserved in the kernel, and refused by it.
    #[serde(rename = "SCHED_ISO")]
    Iso,
    #[serde(rename = "SCHED_IDLE")]
    Idle,
    #[serde(rename = "SCHED_DEADLINE")]
    Deadline,
}

impl SchedulerPolicy {
    /// `SCHED_*` of `linux/sched.h`.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Other => 0,
            Self::Fifo => 1,
            Self::RoundRobin => 2,
            Self::Batch => 3,
            Self::Iso => 4,
            Self::Idle => 5,
            Self::Deadline => 6,
        }
    }
}

/// A flag of `sched_setattr(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names of sched_setattr(2), which explains them")]
pub enum SchedulerFlag {
    #[serde(rename = "SCHED_FLAG_RESET_ON_FORK")]
    ResetOnFork,
    #[serde(rename = "SCHED_FLAG_RECLAIM")]
    Reclaim,
    #[serde(rename = "SCHED_FLAG_DL_OVERRUN")]
    DeadlineOverrun,
    #[serde(rename = "SCHED_FLAG_KEEP_POLICY")]
    KeepPolicy,
    #[serde(rename = "SCHED_FLAG_KEEP_PARAMS")]
    KeepParams,
    #[serde(rename = "SCHED_FLAG_UTIL_CLAMP_MIN")]
    UtilClampMin,
    #[serde(rename = "SCHED_FLAG_UTIL_CLAMP_MAX")]
    UtilClampMax,
}

impl SchedulerFlag {
    /// `SCHED_FLAG_*` of `linux/sched.h`.
    #[must_use]
    pub const fn bit(self) -> u64 {
        match self {
            Self::ResetOnFork => 0x01,
            Self::Reclaim => 0x02,
            Self::DeadlineOverrun => 0x04,
            Self::KeepPolicy => 0x08,
            Self::KeepParams => 0x10,
            Self::UtilClampMin => 0x20,
            Self::UtilClampMax => 0x40,
        }
    }
}
