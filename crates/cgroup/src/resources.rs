//! What a group may use, in the words of the OCI runtime specification.

use std::collections::BTreeMap;

use crate::DeviceRule;

/// A bound that may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// As much as there is.
    Max,
    /// This many bytes, tasks or microseconds.
    At(u64),
}

impl Limit {
    /// Takes a number below zero for no limit, as the specification has it.
    #[must_use]
    pub fn from_signed(value: i64) -> Self {
        u64::try_from(value).map_or(Self::Max, Self::At)
    }
}

/// Limits and shares: `config-linux.md`, "Control groups". What is `None` or empty stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Memory and swap.
    pub memory: Memory,
    /// Processor time and which processors.
    pub cpu: Cpu,
    /// How many tasks.
    pub pids: Option<Limit>,
    /// Block devices.
    pub block_io: BlockIo,
    /// Huge pages by their size.
    pub hugepage_limits: Vec<HugepageLimit>,
    /// Marks of packets.
    pub network: Network,
    /// RDMA, by device.
    pub rdma: BTreeMap<Box<str>, Rdma>,
    /// Files of version 2 and what is written to them, as it is.
    pub unified: BTreeMap<Box<str>, Box<str>>,
    /// Which devices may be used. `None` leaves that as it is; with rules, what none of them allows is denied.
    pub devices: Option<Vec<DeviceRule>>,
}

/// Bytes of memory: `config-linux.md`, "Memory"; "Memory" in `admin-guide/cgroup-v2.rst`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Of memory.
    pub limit: Option<Limit>,
    /// What is left to it when memory is scarce: `memory.low`, in version 1 the soft limit.
    pub reservation: Option<Limit>,
    /// Of memory and swap together, so at least `limit`, which has to be given too.
    pub swap: Option<Limit>,
    /// Of kernel memory; version 1 alone, where kernels since 5.16 refuse it or do nothing.
    pub kernel: Option<Limit>,
    /// Of TCP buffers; version 1 alone.
    pub kernel_tcp: Option<Limit>,
    /// How willingly it is swapped, 0 to 100; version 1 alone.
    pub swappiness: Option<u64>,
    /// Whether a process that finds no memory waits instead of one being killed; version 1 alone.
    pub disable_oom_killer: Option<bool>,
    /// Whether groups below count; version 1 alone, and the only way of version 2.
    pub use_hierarchy: Option<bool>,
    /// Whether a limit below what is used already is refused.
    pub check_before_update: bool,
}

/// Processor time: `config-linux.md`, "CPU"; "CPU" and "Cpuset" in `admin-guide/cgroup-v2.rst`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// The share among sibling groups, 2 to 262,144; 1,024 is what a group has.
    pub shares: Option<u64>,
    /// The same in the scale of version 2, 1 to 10,000, of which a group has 100; it counts more than `shares`. The specification
    /// does not have it.
    pub weight: Option<u64>,
    /// Microseconds in each period.
    pub quota: Option<Limit>,
    /// Microseconds that can be saved up beyond the quota, at most as many.
    pub burst: Option<u64>,
    /// The length of a period, 1,000 to 1,000,000 microseconds.
    pub period: Option<u64>,
    /// Microseconds of real-time scheduling in each of its periods; version 1 alone.
    pub realtime_runtime: Option<Limit>,
    /// The length of such a period in microseconds; version 1 alone.
    pub realtime_period: Option<u64>,
    /// Which processors, as a list such as `0-3,7`.
    pub cpus: Option<Box<str>>,
    /// Which memory nodes, as a list such as `0-1`.
    pub mems: Option<Box<str>>,
    /// Whether it runs only when nobody else wants to.
    pub idle: Option<bool>,
}

/// Block devices: `config-linux.md`, "Block IO"; "IO" in `admin-guide/cgroup-v2.rst`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockIo {
    /// The weight among sibling groups, 10 to 1,000.
    pub weight: Option<u16>,
    /// The weight of the group's own tasks among the groups below; version 1 alone, and in no kernel since 5.0.
    pub leaf_weight: Option<u16>,
    /// Weights by device.
    pub weight_device: Vec<DeviceWeight>,
    /// Bytes read per second; 0 is no limit, as in the others.
    pub throttle_read_bps: Vec<Throttle>,
    /// Bytes written per second.
    pub throttle_write_bps: Vec<Throttle>,
    /// Reads per second.
    pub throttle_read_iops: Vec<Throttle>,
    /// Writes per second.
    pub throttle_write_iops: Vec<Throttle>,
}

/// The weights for a block device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceWeight {
    /// The device's major number.
    pub major: u32,
    /// Its minor number.
    pub minor: u32,
    /// The weight among sibling groups, 10 to 1,000.
    pub weight: Option<u16>,
    /// As [`BlockIo::leaf_weight`].
    pub leaf_weight: Option<u16>,
}

/// A rate for a block device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    /// The device's major number.
    pub major: u32,
    /// Its minor number.
    pub minor: u32,
    /// Bytes or operations per second; 0 is no limit.
    pub rate: u64,
}

/// Bytes of huge pages of one size: `config-linux.md`, "Huge page limits".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HugepageLimit {
    /// The size as the kernel's files have it, `2MB`.
    pub page_size: Box<str>,
    /// Bytes that may be used and reserved.
    pub limit: u64,
}

/// Marks of packets: `config-linux.md`, "Network". Version 1 alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The class: `net_cls`.
    pub class_id: Option<u32>,
    /// The priority on each interface: `net_prio`.
    pub priorities: Vec<(Box<str>, u32)>,
}

/// Bounds for an RDMA device: `config-linux.md`, "RDMA".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rdma {
    /// Handles.
    pub hca_handles: Option<u32>,
    /// Objects.
    pub hca_objects: Option<u32>,
}
