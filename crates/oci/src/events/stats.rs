//! What a container uses, with runc's keys in runc's order.

use std::collections::BTreeMap;

use insula_cgroup::{BlockIoCount, CpuUsage, CpusetUsage, HugepageUsage, Limit, MemoryCounter, Usage};
use serde::Serialize;

/// What a container uses, as `runc events` prints it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    cpu: Cpu,
    cpuset: Cpuset,
    memory: Memory,
    pids: Pids,
    blkio: Blkio,
    hugetlb: BTreeMap<Box<str>, Hugetlb>,
    /// No control group of `resctrl` is read.
    intel_rdt: Nothing,
    /// runc knows of the interfaces that it made, and makes none for a bundle.
    network_interfaces: Option<Nothing>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Nothing {}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Cpu {
    usage: CpuTime,
    throttling: Throttling,
}

/// In nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct CpuTime {
    #[serde(skip_serializing_if = "is_zero")]
    total: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    percpu: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    percpu_kernel: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    percpu_user: Vec<u64>,
    kernel: u64,
    user: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Throttling {
    #[serde(skip_serializing_if = "is_zero")]
    periods: u64,
    #[serde(skip_serializing_if = "is_zero")]
    throttled_periods: u64,
    #[serde(skip_serializing_if = "is_zero")]
    throttled_time: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Cpuset {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cpus: Vec<u16>,
    cpu_exclusive: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mems: Vec<u16>,
    mem_hardwall: u64,
    mem_exclusive: u64,
    memory_migrate: u64,
    memory_spread_page: u64,
    memory_spread_slab: u64,
    memory_pressure: u64,
    sched_load_balance: u64,
    sched_relax_domain_level: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Memory {
    #[serde(skip_serializing_if = "is_zero")]
    cache: u64,
    usage: Counter,
    swap: Counter,
    kernel: Counter,
    #[serde(rename = "kernelTCP")]
    kernel_tcp: Counter,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    raw: BTreeMap<Box<str>, u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Counter {
    limit: u64,
    #[serde(skip_serializing_if = "is_zero")]
    usage: u64,
    #[serde(skip_serializing_if = "is_zero")]
    max: u64,
    failcnt: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Pids {
    #[serde(skip_serializing_if = "is_zero")]
    current: u64,
    /// 0 is none.
    #[serde(skip_serializing_if = "is_zero")]
    limit: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "they are runc's keys")]
struct Blkio {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    io_service_bytes_recursive: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    io_serviced_recursive: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    io_queue_recursive: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    io_service_time_recursive: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    io_wait_time_recursive: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    io_merged_recursive: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    io_time_recursive: Vec<Entry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sectors_recursive: Vec<Entry>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Entry {
    #[serde(skip_serializing_if = "is_zero")]
    major: u64,
    #[serde(skip_serializing_if = "is_zero")]
    minor: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    op: Box<str>,
    #[serde(skip_serializing_if = "is_zero")]
    value: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Hugetlb {
    #[serde(skip_serializing_if = "is_zero")]
    usage: u64,
    #[serde(skip_serializing_if = "is_zero")]
    max: u64,
    failcnt: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Stats {
    /// What is printed of this usage; `is_legacy` if memory is counted in version 1, where no limit is a number too.
    pub(super) fn new(usage: &Usage, is_legacy: bool) -> Self {
        let io = &usage.block_io;
        let pids = usage.pids.as_ref();
        Self {
            cpu: usage.cpu.as_ref().map(Cpu::from).unwrap_or_default(),
            cpuset: usage.cpuset.as_ref().map(Cpuset::from).unwrap_or_default(),
            memory: Memory::new(usage, is_legacy),
            pids: Pids {
                current: pids.map_or(0, |pids| pids.current),
                limit: pids.map_or(0, |pids| number(pids.limit, 0)),
            },
            blkio: Blkio {
                io_service_bytes_recursive: entries(&io.service_bytes),
                io_serviced_recursive: entries(&io.serviced),
                io_queue_recursive: entries(&io.queued),
                io_service_time_recursive: entries(&io.service_time),
                io_wait_time_recursive: entries(&io.wait_time),
                io_merged_recursive: entries(&io.merged),
                io_time_recursive: entries(&io.time),
                sectors_recursive: entries(&io.sectors),
            },
            hugetlb: usage.hugepages.iter().map(|page| (page.page_size.clone(), page.into())).collect(),
            intel_rdt: Nothing {},
            network_interfaces: None,
        }
    }
}

fn number(limit: Limit, none: u64) -> u64 {
    match limit {
        Limit::At(limit) => limit,
        Limit::Max => none,
    }
}

impl From<&CpuUsage> for Cpu {
    fn from(cpu: &CpuUsage) -> Self {
        Self {
            usage: CpuTime {
                total: cpu.total,
                percpu: cpu.per_cpu.clone(),
                percpu_kernel: cpu.per_cpu_system.clone(),
                percpu_user: cpu.per_cpu_user.clone(),
                kernel: cpu.system,
                user: cpu.user,
            },
            throttling: Throttling {
                periods: cpu.periods,
                throttled_periods: cpu.throttled_periods,
                throttled_time: cpu.throttled,
            },
        }
    }
}

impl From<&CpusetUsage> for Cpuset {
    fn from(cpuset: &CpusetUsage) -> Self {
        Self {
            cpus: cpuset.cpus.clone(),
            cpu_exclusive: cpuset.cpu_exclusive,
            mems: cpuset.mems.clone(),
            mem_hardwall: cpuset.mem_hardwall,
            mem_exclusive: cpuset.mem_exclusive,
            memory_migrate: cpuset.memory_migrate,
            memory_spread_page: cpuset.memory_spread_page,
            memory_spread_slab: cpuset.memory_spread_slab,
            memory_pressure: cpuset.memory_pressure,
            sched_load_balance: cpuset.sched_load_balance,
            sched_relax_domain_level: cpuset.sched_relax_domain_level,
        }
    }
}

impl Memory {
    fn new(usage: &Usage, is_legacy: bool) -> Self {
        let Some(memory) = &usage.memory else { return Self::default() };
        let none = if is_legacy { i64::MAX.cast_unsigned() & !(page_size() - 1) } else { u64::MAX };
        let counter = |counter: &MemoryCounter| Counter {
            limit: number(counter.limit, none),
            usage: counter.usage,
            max: counter.peak.unwrap_or_default(),
            failcnt: counter.failures.unwrap_or_default(),
        };
        let optional = |found: Option<MemoryCounter>| found.as_ref().map(counter).unwrap_or_default();
        Self {
            cache: memory.cache,
            usage: counter(&memory.memory),
            swap: optional(memory.memory_and_swap),
            kernel: optional(memory.kernel),
            kernel_tcp: optional(memory.kernel_tcp),
            raw: memory.stat.clone(),
        }
    }
}

/// The kernel counts in pages.
fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

fn entries(counts: &[BlockIoCount]) -> Vec<Entry> {
    counts
        .iter()
        .map(|count| Entry {
            major: count.major.into(),
            minor: count.minor.into(),
            op: count.operation.clone(),
            value: count.count,
        })
        .collect()
}

impl From<&HugepageUsage> for Hugetlb {
    fn from(pages: &HugepageUsage) -> Self {
        Self {
            usage: pages.usage,
            max: pages.peak.unwrap_or_default(),
            failcnt: pages.failures.unwrap_or_default(),
        }
    }
}
