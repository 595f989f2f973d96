//! `process`: what is run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Capabilities, Rlimit, Scheduler, absent};

/// The process of a container: `config.md`, "Process".
///
/// `commandLine` and `user.username` are for Windows and passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// Whether it gets a terminal of its own.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "std::ops::Not::not")]
    pub terminal: bool,
    /// The size of that terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_size: Option<ConsoleSize>,
    /// As whom it runs.
    #[serde(default, deserialize_with = "absent::or_null")]
    pub user: User,
    /// The program and its arguments.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The environment, `NAME=value` each.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// The working directory, an absolute path inside the container.
    pub cwd: PathBuf,
    /// The capability sets; without, the process has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Capabilities>,
    /// Resource limits.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub rlimits: Vec<Rlimit>,
    /// Whether no program that is executed gains privileges: `PR_SET_NO_NEW_PRIVS`.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "std::ops::Not::not")]
    pub no_new_privileges: bool,
    /// The name of an AppArmor profile.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub apparmor_profile: Option<String>,
    /// The out-of-memory score adjustment, -1000 to 1000: `proc_pid_oom_score_adj(5)`. Without, it stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oom_score_adj: Option<i32>,
    /// The scheduling policy: `sched_setattr(2)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduler: Option<Scheduler>,
    /// The SELinux label of the process.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub selinux_label: Option<String>,
    /// The I/O scheduling class and priority: `ioprio_set(2)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io_priority: Option<IoPriority>,
    /// The CPUs of processes that `exec` adds; the container's first process is not concerned.
    #[serde(default, rename = "execCPUAffinity", skip_serializing_if = "Option::is_none")]
    pub exec_cpu_affinity: Option<CpuAffinity>,
}

/// The size of a terminal, in characters: `config.md`, "Process", `consoleSize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleSize {
    /// Rows.
    pub height: u16,
    /// Columns.
    pub width: u16,
}

/// As whom a process runs, in ids of the container's user namespace: `config.md`, "POSIX-platform User".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The user id; root if it is missing.
    #[serde(default)]
    pub uid: u32,
    /// The group id; root's if it is missing.
    #[serde(default)]
    pub gid: u32,
    /// The file-mode creation mask, 0 to 0o777.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub umask: Option<u32>,
    /// The supplementary groups.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub additional_gids: Vec<u32>,
}

/// An I/O scheduling class and a priority in it: `config.md`, "Linux Process", `ioPriority`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IoPriority {
    /// The class.
    pub class: IoClass,
    /// 0, the highest, to 7.
    #[serde(default)]
    pub priority: i64,
}

/// An I/O scheduling class: `ioprio_set(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IoClass {
    /// First of all.
    #[serde(rename = "IOPRIO_CLASS_RT")]
    RealTime,
    /// As everybody.
    #[serde(rename = "IOPRIO_CLASS_BE")]
    BestEffort,
    /// When nobody else wants the disk.
    #[serde(rename = "IOPRIO_CLASS_IDLE")]
    Idle,
}

/// CPUs as lists, `0-3,7`: `config.md`, "Linux Process", `execCPUAffinity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuAffinity {
    /// Before the process is moved to the container's cgroup.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub initial: Option<String>,
    /// After that.
    #[serde(
        default,
        rename = "final",
        deserialize_with = "absent::or_empty",
        skip_serializing_if = "Option::is_none"
    )]
    pub final_: Option<String>,
}
