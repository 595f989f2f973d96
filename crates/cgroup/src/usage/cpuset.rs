//! Which processors and memory nodes there are, in version 1.

use std::ffi::CStr;

use crate::cgroup::Place;
use crate::{Cgroup, Controller, FileError, ListOf, NumberList};

/// Processors and memory nodes, and how they are shared: `admin-guide/cgroup-v1/cpusets.rst`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpusetUsage {
    /// The numbers of the processors.
    pub cpus: Vec<u16>,
    /// The numbers of the memory nodes.
    pub mems: Vec<u16>,
    /// Whether no sibling may have these processors.
    pub cpu_exclusive: u64,
    /// Whether no sibling may have these memory nodes.
    pub mem_exclusive: u64,
    /// Whether the kernel's own memory is held to the nodes too.
    pub mem_hardwall: u64,
    /// Whether pages move with the set of nodes.
    pub memory_migrate: u64,
    /// Whether pages of files are spread evenly.
    pub memory_spread_page: u64,
    /// Whether the kernel's caches of files are.
    pub memory_spread_slab: u64,
    /// How much memory is being reclaimed: 1,000 for each attempt in a second, decaying.
    pub memory_pressure: u64,
    /// Whether load is balanced over the processors.
    pub sched_load_balance: u64,
    /// How far tasks are looked for to balance it: -1 (the kernel's default) to 5.
    pub sched_relax_domain_level: i64,
}

impl Cgroup {
    pub(super) fn cpuset_usage(&self) -> Result<Option<CpusetUsage>, FileError> {
        self.legacy(Controller::Cpuset).map(Place::cpuset).transpose()
    }
}

impl Place {
    fn cpuset(&self) -> Result<CpusetUsage, FileError> {
        let number = |file| Ok(self.number(file)?.unwrap_or_default());
        let level = c"cpuset.sched_relax_domain_level";
        let text = self.read_if_there(level)?.unwrap_or_default();
        Ok(CpusetUsage {
            cpus: self.list(c"cpuset.cpus", ListOf::Processors)?,
            mems: self.list(c"cpuset.mems", ListOf::MemoryNodes)?,
            cpu_exclusive: number(c"cpuset.cpu_exclusive")?,
            mem_exclusive: number(c"cpuset.mem_exclusive")?,
            mem_hardwall: number(c"cpuset.mem_hardwall")?,
            memory_migrate: number(c"cpuset.memory_migrate")?,
            memory_spread_page: number(c"cpuset.memory_spread_page")?,
            memory_spread_slab: number(c"cpuset.memory_spread_slab")?,
            memory_pressure: number(c"cpuset.memory_pressure")?,
            sched_load_balance: number(c"cpuset.sched_load_balance")?,
            sched_relax_domain_level: text.trim_end().parse().map_err(|_| self.odd(level, &text))?,
        })
    }

    fn list(&self, file: &CStr, of: ListOf) -> Result<Vec<u16>, FileError> {
        let text = self.read_if_there(file)?.unwrap_or_default();
        let list = NumberList::parse(&text, of).map_err(|_| self.odd(file, &text))?;
        Ok(list.numbers().collect())
    }
}
