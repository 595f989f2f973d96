//! Which processors and memory nodes there are, in version 1.

use std::ffi::CStr;

use crate::cgroup::Place;
use crate::{Cgroup, Controller, FileError};

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
            cpus: self.list(c"cpuset.cpus")?,
            mems: self.list(c"cpuset.mems")?,
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

    /// The numbers in a list such as `0-3,7`.
    fn list(&self, file: &CStr) -> Result<Vec<u16>, FileError> {
        let text = self.read_if_there(file)?.unwrap_or_default();
        numbers(text.trim_end()).ok_or_else(|| self.odd(file, &text))
    }
}

fn numbers(list: &str) -> Option<Vec<u16>> {
    let mut numbers = Vec::new();
    for range in list.split(',').filter(|range| !range.is_empty()) {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        numbers.extend(from.parse::<u16>().ok()?..=to.parse().ok()?);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_are_numbers() {
        assert_eq!(numbers("0-2,7"), Some(vec![0, 1, 2, 7]));
        assert_eq!(numbers(""), Some(vec![]));
        assert_eq!(numbers("0-"), None);
    }

    proptest! {
        #[test]
        fn no_list_is_too_odd(list in "[0-9,-]{0,12}|.*") {
            let _ = numbers(&list);
        }
    }
}
