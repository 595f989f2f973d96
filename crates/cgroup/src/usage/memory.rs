//! Memory.

use std::collections::BTreeMap;
use std::ffi::CString;

use super::keyed;
use crate::cgroup::Place;
use crate::{Cgroup, Controller, FileError, Limit};

/// Bytes of memory: "Memory" in `admin-guide/cgroup-v2.rst`, `admin-guide/cgroup-v1/memory.rst`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryUsage {
    /// Memory.
    pub memory: MemoryCounter,
    /// Memory and swap together; in version 2 the sum of both.
    pub memory_and_swap: Option<MemoryCounter>,
    /// Of that, what the kernel uses for it.
    pub kernel: Option<MemoryCounter>,
    /// Buffers of TCP; version 1 alone.
    pub kernel_tcp: Option<MemoryCounter>,
    /// Of that, pages of files.
    pub cache: u64,
    /// How many processes the kernel has killed for want of memory.
    pub oom_kills: Option<u64>,
    /// All of `memory.stat`, whose keys differ by version and kernel.
    pub stat: BTreeMap<Box<str>, u64>,
}

/// One thing that is counted and limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryCounter {
    /// Bytes now.
    pub usage: u64,
    /// The most that it was, where the kernel keeps that.
    pub peak: Option<u64>,
    /// The most that it may be.
    pub limit: Limit,
    /// How often it met the limit.
    pub failures: Option<u64>,
}

impl Cgroup {
    pub(super) fn memory_usage(&self) -> Result<Option<MemoryUsage>, FileError> {
        let Some(place) = self.counted_in(Controller::Memory) else { return Ok(None) };
        if place.is_unified() { place.unified_memory() } else { place.legacy_memory() }
    }

    /// How many processes in it and below the kernel has killed for want of memory; `None` where that is not counted.
    ///
    /// # Errors
    /// [`FileError`].
    #[doc(alias = "memory.events")]
    pub fn oom_kills(&self) -> Result<Option<u64>, FileError> {
        self.counted_in(Controller::Memory).map_or(Ok(None), Place::oom_kills)
    }
}

impl Place {
    pub(crate) fn oom_kills(&self) -> Result<Option<u64>, FileError> {
        let file = if self.is_unified() { c"memory.events" } else { c"memory.oom_control" };
        self.value_of(file, "oom_kill")
    }

    fn unified_memory(&self) -> Result<Option<MemoryUsage>, FileError> {
        let Some(usage) = self.number(c"memory.current")? else { return Ok(None) };
        let limit = self.limit(c"memory.max")?.unwrap_or(Limit::Max);
        let failures = self.value_of(c"memory.events", "max")?;
        let memory = MemoryCounter { usage, peak: self.number(c"memory.peak")?, limit, failures };
        let swap = match self.number(c"memory.swap.current")? {
            None => None,
            Some(swap) => Some((swap, self.limit(c"memory.swap.max")?.unwrap_or(Limit::Max))),
        };
        let memory_and_swap = swap.map(|(swap, swap_limit)| MemoryCounter {
            usage: usage.saturating_add(swap),
            peak: None,
            limit: match (limit, swap_limit) {
                (Limit::At(memory), Limit::At(swap)) => Limit::At(memory.saturating_add(swap)),
                _ => Limit::Max,
            },
            failures: None,
        });
        let stat = self.memory_stat()?;
        let kernel = stat.get("kernel").map(|usage| MemoryCounter {
            usage: *usage,
            peak: None,
            limit: Limit::Max,
            failures: None,
        });
        Ok(Some(MemoryUsage {
            memory,
            memory_and_swap,
            kernel,
            kernel_tcp: None,
            cache: stat.get("file").copied().unwrap_or_default(),
            oom_kills: self.oom_kills()?,
            stat,
        }))
    }

    fn legacy_memory(&self) -> Result<Option<MemoryUsage>, FileError> {
        let Some(memory) = self.counter("memory")? else { return Ok(None) };
        let stat = self.memory_stat()?;
        Ok(Some(MemoryUsage {
            memory,
            memory_and_swap: self.counter("memory.memsw")?,
            kernel: self.counter("memory.kmem")?,
            kernel_tcp: self.counter("memory.kmem.tcp")?,
            cache: stat.get("cache").copied().unwrap_or_default(),
            oom_kills: self.oom_kills()?,
            stat,
        }))
    }

    /// The four files of version 1 for one thing.
    fn counter(&self, name: &str) -> Result<Option<MemoryCounter>, FileError> {
        let file = |end: &str| CString::new(format!("{name}.{end}")).expect("the names are ours");
        let Some(usage) = self.number(&file("usage_in_bytes"))? else { return Ok(None) };
        Ok(Some(MemoryCounter {
            usage,
            peak: self.number(&file("max_usage_in_bytes"))?,
            limit: self.limit(&file("limit_in_bytes"))?.unwrap_or(Limit::Max),
            failures: self.number(&file("failcnt"))?,
        }))
    }

    fn memory_stat(&self) -> Result<BTreeMap<Box<str>, u64>, FileError> {
        let file = c"memory.stat";
        let text = self.read_if_there(file)?.unwrap_or_default();
        keyed::flat(&text)
            .map(|pair| pair.map(|(key, value)| (key.into(), value)).map_err(|line| self.odd(file, line)))
            .collect()
    }
}
