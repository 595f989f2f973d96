//! Memory and swap.

use rustix::io::Errno;

use super::convert::swap_alone;
use super::{SetError, Setting, Target, or_max, or_minus_one};
use crate::{Controller, Limit, Memory};

impl Setting<'_> {
    pub(super) fn set_memory(&self, memory: &Memory) -> Result<(), SetError> {
        if *memory == (Memory { check_before_update: memory.check_before_update, ..Memory::default() }) {
            return Ok(());
        }
        let target = self.target(Controller::Memory)?;
        if target.is_legacy() { target.legacy_memory(memory) } else { target.unified_memory(memory) }
    }
}

impl Target<'_> {
    /// `admin-guide/cgroup-v2.rst`, "Memory".
    fn unified_memory(self, memory: &Memory) -> Result<(), SetError> {
        self.unsupported(memory.kernel, "memory.kernel")?;
        self.unsupported(memory.kernel_tcp, "memory.kernelTCP")?;
        self.unsupported(memory.swappiness, "memory.swappiness")?;
        self.unsupported(
            memory.disable_oom_killer.filter(|is_disabled| *is_disabled),
            "memory.disableOOMKiller",
        )?;
        self.unsupported(memory.use_hierarchy.filter(|is_used| !is_used), "memory.useHierarchy")?;
        let swap = swap_alone(memory.limit, memory.swap)?;
        self.check_usage(memory, "memory.current")?;
        if let Some(swap) = swap {
            let is_there = self.write_if_there("memory.swap.max", &or_max(swap))?;
            // Where the kernel does not count swap, no swap and all of it are what there is.
            if !is_there && !matches!(swap, Limit::Max | Limit::At(0)) {
                self.write("memory.swap.max", &or_max(swap))?;
            }
        }
        if let Some(limit) = memory.limit {
            self.write("memory.max", &or_max(limit))?;
        }
        if let Some(reservation) = memory.reservation {
            self.write("memory.low", &or_max(reservation))?;
        }
        Ok(())
    }

    /// `admin-guide/cgroup-v1/memory.rst`.
    fn legacy_memory(self, memory: &Memory) -> Result<(), SetError> {
        self.check_usage(memory, "memory.usage_in_bytes")?;
        if let Some(is_used) = memory.use_hierarchy {
            self.write("memory.use_hierarchy", if is_used { "1" } else { "0" })?;
        }
        self.legacy_memory_and_swap(memory)?;
        let limits = [
            (memory.reservation, "memory.soft_limit_in_bytes"),
            (memory.kernel, "memory.kmem.limit_in_bytes"),
            (memory.kernel_tcp, "memory.kmem.tcp.limit_in_bytes"),
        ];
        for (limit, file) in limits {
            if let Some(limit) = limit {
                self.write(file, &or_minus_one(limit))?;
            }
        }
        if let Some(is_disabled) = memory.disable_oom_killer {
            self.write("memory.oom_control", if is_disabled { "1" } else { "0" })?;
        }
        match memory.swappiness {
            None => Ok(()),
            Some(value @ 0..=100) => self.write("memory.swappiness", &value.to_string()),
            Some(value) => Err(SetError::Range { setting: "memory.swappiness", value, least: 0, most: 100 }),
        }
    }

    /// The kernel holds memory and swap together to be no less than memory alone, after each of the two writes.
    fn legacy_memory_and_swap(self, memory: &Memory) -> Result<(), SetError> {
        const BOTH: &str = "memory.memsw.limit_in_bytes";
        match (memory.limit, memory.swap) {
            (None, None) => Ok(()),
            (Some(limit), None) => {
                if limit == Limit::Max {
                    // Without limit means both, where swap is counted.
                    self.write_if_there(BOTH, "-1")?;
                }
                self.legacy_limit(limit)
            }
            (None, Some(swap)) => self.write(BOTH, &or_minus_one(swap)),
            (Some(limit), Some(swap)) => {
                if let (Limit::At(limit), Limit::At(swap)) = (limit, swap)
                    && swap < limit
                {
                    return Err(SetError::SwapBelowMemory { swap, limit });
                }
                let is_above_now = match (swap, self.read_limit("memory.limit_in_bytes")?) {
                    (Limit::Max, _) => true,
                    (Limit::At(swap), Limit::At(now)) => swap > now,
                    (Limit::At(_), Limit::Max) => false,
                };
                if is_above_now {
                    self.write(BOTH, &or_minus_one(swap))?;
                    self.legacy_limit(limit)
                } else {
                    self.legacy_limit(limit)?;
                    self.write(BOTH, &or_minus_one(swap))
                }
            }
        }
    }

    fn legacy_limit(self, limit: Limit) -> Result<(), SetError> {
        let written = self.try_write("memory.limit_in_bytes", &or_minus_one(limit))?;
        match (written, limit) {
            // The kernel tried to free enough, and could not.
            (Err(error), Limit::At(limit)) if error.errno() == Some(Errno::BUSY) => {
                match self.read_limit("memory.usage_in_bytes")? {
                    Limit::At(usage) => Err(SetError::BelowUsage { limit, usage }),
                    Limit::Max => Err(self.refused(error)),
                }
            }
            (written, _) => written.map_err(|error| self.refused(error)),
        }
    }

    fn check_usage(self, memory: &Memory, file: &str) -> Result<(), SetError> {
        let Some(Limit::At(limit)) = memory.limit.filter(|_| memory.check_before_update) else {
            return Ok(());
        };
        match self.read_limit(file)? {
            Limit::At(usage) if usage > limit => Err(SetError::BelowUsage { limit, usage }),
            _ => Ok(()),
        }
    }
}
