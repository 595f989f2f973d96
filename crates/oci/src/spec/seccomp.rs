//! `linux.seccomp`: the system-call filter.

use std::path::PathBuf;

use insula_seccomp::CallName;
use serde::{Deserialize, Serialize};

use super::absent;

/// The system-call filter: `config-linux.md`, "Seccomp".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seccomp {
    /// What happens to a call that no rule is about.
    pub default_action: Action,
    /// The number that such a call fails with, or tells its tracer; `EPERM` if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_errno_ret: Option<u32>,
    /// The architectures besides the native one.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<Architecture>,
    /// Flags of `seccomp(2)`.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<FilterFlag>,
    /// The socket of the agent that `SCMP_ACT_NOTIFY` asks.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub listener_path: Option<PathBuf>,
    /// What is passed on to the agent.
    #[serde(default, deserialize_with = "absent::or_empty", skip_serializing_if = "Option::is_none")]
    pub listener_metadata: Option<String>,
    /// The rules.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub syscalls: Vec<Syscall>,
}

/// A rule of the filter: `config-linux.md`, "Seccomp", `syscalls`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Syscall {
    /// The calls that it is about. One that the machine lacks is passed over.
    pub names: Vec<CallName>,
    /// What happens to them.
    pub action: Action,
    /// The number that they fail with, or tell their tracer; `EPERM` if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errno_ret: Option<u32>,
    /// What their arguments must be for that; all of it, save that several about one argument are alternatives.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Argument>,
}

/// A condition on an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Argument {
    /// Which, 0 to 5.
    pub index: u32,
    /// What it is compared with; with [`Operator::MaskedEqual`] the mask.
    pub value: u64,
    /// With [`Operator::MaskedEqual`] what the masked argument is compared with.
    #[serde(default, deserialize_with = "absent::or_null", skip_serializing_if = "is_zero")]
    pub value_two: u64,
    /// How.
    pub op: Operator,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// What happens to a call: `seccomp(2)`, "SECCOMP_SET_MODE_FILTER".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// The thread dies: an older name of [`KillThread`](Self::KillThread).
    #[serde(rename = "SCMP_ACT_KILL")]
    Kill,
    /// The process dies.
    #[serde(rename = "SCMP_ACT_KILL_PROCESS")]
    KillProcess,
    /// The thread dies.
    #[serde(rename = "SCMP_ACT_KILL_THREAD")]
    KillThread,
    /// `SIGSYS` is sent.
    #[serde(rename = "SCMP_ACT_TRAP")]
    Trap,
    /// The call fails.
    #[serde(rename = "SCMP_ACT_ERRNO")]
    Errno,
    /// A tracer decides.
    #[serde(rename = "SCMP_ACT_TRACE")]
    Trace,
    /// The call is made.
    #[serde(rename = "SCMP_ACT_ALLOW")]
    Allow,
    /// The call is made, and logged.
    #[serde(rename = "SCMP_ACT_LOG")]
    Log,
    /// An agent decides.
    #[serde(rename = "SCMP_ACT_NOTIFY")]
    Notify,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 9] = [
        Self::Kill,
        Self::KillProcess,
        Self::KillThread,
        Self::Trap,
        Self::Errno,
        Self::Trace,
        Self::Allow,
        Self::Log,
        Self::Notify,
    ];
}

/// An architecture of system calls, as libseccomp calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "names of machines")]
pub enum Architecture {
    #[serde(rename = "SCMP_ARCH_X86")]
    X86,
    #[serde(rename = "SCMP_ARCH_X86_64")]
    X86_64,
    #[serde(rename = "SCMP_ARCH_X32")]
    X32,
    #[serde(rename = "SCMP_ARCH_ARM")]
    Arm,
    #[serde(rename = "SCMP_ARCH_AARCH64")]
    Aarch64,
    #[serde(rename = "SCMP_ARCH_MIPS")]
    Mips,
    #[serde(rename = "SCMP_ARCH_MIPS64")]
    Mips64,
    #[serde(rename = "SCMP_ARCH_MIPS64N32")]
    Mips64N32,
    #[serde(rename = "SCMP_ARCH_MIPSEL")]
    Mipsel,
    #[serde(rename = "SCMP_ARCH_MIPSEL64")]
    Mipsel64,
    #[serde(rename = "SCMP_ARCH_MIPSEL64N32")]
    Mipsel64N32,
    #[serde(rename = "SCMP_ARCH_PPC")]
    Ppc,
    #[serde(rename = "SCMP_ARCH_PPC64")]
    Ppc64,
    #[serde(rename = "SCMP_ARCH_PPC64LE")]
    Ppc64Le,
    #[serde(rename = "SCMP_ARCH_S390")]
    S390,
    #[serde(rename = "SCMP_ARCH_S390X")]
    S390X,
    #[serde(rename = "SCMP_ARCH_PARISC")]
    Parisc,
    #[serde(rename = "SCMP_ARCH_PARISC64")]
    Parisc64,
    #[serde(rename = "SCMP_ARCH_RISCV64")]
    Riscv64,
    #[serde(rename = "SCMP_ARCH_LOONGARCH64")]
    Loongarch64,
    #[serde(rename = "SCMP_ARCH_M68K")]
    M68k,
    #[serde(rename = "SCMP_ARCH_SH")]
    Sh,
    #[serde(rename = "SCMP_ARCH_SHEB")]
    Sheb,
}

impl Architecture {
    /// Every architecture.
    pub const ALL: [Self; 23] = [
        Self::X86,
        Self::X86_64,
        Self::X32,
        Self::Arm,
        Self::Aarch64,
        Self::Mips,
        Self::Mips64,
        Self::Mips64N32,
        Self::Mipsel,
        Self::Mipsel64,
        Self::Mipsel64N32,
        Self::Ppc,
        Self::Ppc64,
        Self::Ppc64Le,
        Self::S390,
        Self::S390X,
        Self::Parisc,
        Self::Parisc64,
        Self::Riscv64,
        Self::Loongarch64,
        Self::M68k,
        Self::Sh,
        Self::Sheb,
    ];
}

/// A flag of `seccomp(2)`, with its bit in `linux/seccomp.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterFlag {
    /// All actions but `SCMP_ACT_ALLOW` are logged.
    #[serde(rename = "SECCOMP_FILTER_FLAG_LOG")]
    Log = 1 << 1,
    /// No mitigation of Speculative Store Bypass.
    #[serde(rename = "SECCOMP_FILTER_FLAG_SPEC_ALLOW")]
    SpecAllow = 1 << 2,
    /// Once the agent has heard of a call, only fatal signals interrupt it.
    #[serde(rename = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")]
    WaitKillableRecv = 1 << 5,
}

/// How an argument is compared, unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Operator {
    #[serde(rename = "SCMP_CMP_NE")]
    NotEqual,
    #[serde(rename = "SCMP_CMP_LT")]
    LessThan,
    #[serde(rename = "SCMP_CMP_LE")]
    LessOrEqual,
    #[serde(rename = "SCMP_CMP_EQ")]
    Equal,
    #[serde(rename = "SCMP_CMP_GE")]
    GreaterOrEqual,
    #[serde(rename = "SCMP_CMP_GT")]
    GreaterThan,
    #[serde(rename = "SCMP_CMP_MASKED_EQ")]
    MaskedEqual,
}
