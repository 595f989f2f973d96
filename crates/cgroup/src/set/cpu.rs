//! Processor time, and which processors.

use std::ffi::CStr;

use rustix::io::Errno;

use super::convert::{shares_of_weight, weight_of_shares};
use super::{SetError, Setting, Target, or_max, or_minus_one};
use crate::{Controller, Cpu, Limit};

impl Setting<'_> {
    pub(super) fn set_cpu(&self, cpu: &Cpu) -> Result<(), SetError> {
        let Cpu { cpus, mems, .. } = cpu;
        if let Some(value) = cpu.weight
            && !(1..=10_000).contains(&value)
        {
            return Err(SetError::Range { setting: "cpu.weight", value, least: 1, most: 10_000 });
        }
        if (Cpu { cpus: cpus.clone(), mems: mems.clone(), ..Cpu::default() }) != *cpu {
            let target = self.target(Controller::Cpu)?;
            if target.is_legacy() { target.legacy_cpu(cpu)? } else { target.unified_cpu(cpu)? }
        }
        for (list, file) in [(cpus, "cpuset.cpus"), (mems, "cpuset.mems")] {
            if let Some(list) = list {
                self.target(Controller::Cpuset)?.write(file, list)?;
            }
        }
        Ok(())
    }
}

impl Target<'_> {
    /// `admin-guide/cgroup-v2.rst`, "CPU".
    fn unified_cpu(self, cpu: &Cpu) -> Result<(), SetError> {
        self.unsupported(cpu.realtime_runtime, "cpu.realtimeRuntime")?;
        self.unsupported(cpu.realtime_period, "cpu.realtimePeriod")?;
        self.share(cpu.idle, "cpu.weight", cpu.weight.or_else(|| cpu.shares.map(weight_of_shares)))?;
        let burst = cpu.burst.map(|burst| burst.to_string());
        let left = self.write_or_leave("cpu.max.burst", burst)?;
        match (cpu.quota, cpu.period) {
            (None, None) => {}
            (Some(quota), None) => self.write("cpu.max", &or_max(quota))?,
            (Some(quota), Some(period)) => self.write("cpu.max", &format!("{} {period}", or_max(quota)))?,
            // The quota that it has comes first in the file.
            (None, Some(period)) => {
                let file: &CStr = c"cpu.max";
                let now = self.place.directory.read(file).map_err(|source| self.refused(source))?;
                let quota = now.split_whitespace().next().unwrap_or("max");
                self.write("cpu.max", &format!("{quota} {period}"))?;
            }
        }
        left.map_or(Ok(()), |burst| self.write("cpu.max.burst", &burst))
    }

    /// `scheduler/sched-bwc.rst` and `scheduler/sched-rt-group.rst`.
    fn legacy_cpu(self, cpu: &Cpu) -> Result<(), SetError> {
        let shares = cpu.weight.map(shares_of_weight).or(cpu.shares);
        if let Some(value) = shares
            && !(2..=1 << 18).contains(&value)
        {
            // The kernel would take another value, and say nothing.
            return Err(SetError::Range { setting: "cpu.shares", value, least: 2, most: 1 << 18 });
        }
        self.share(cpu.idle, "cpu.shares", shares)?;
        let number = |value: Option<u64>| value.map(|value| value.to_string());
        let limit = |value: Option<Limit>| value.map(|value| or_minus_one(value).into_owned());
        self.write_together(
            [("cpu.cfs_burst_us", number(cpu.burst)), ("cpu.cfs_period_us", number(cpu.period))],
            ("cpu.cfs_quota_us", limit(cpu.quota)),
        )?;
        self.write_together(
            [("cpu.rt_period_us", number(cpu.realtime_period))],
            ("cpu.rt_runtime_us", limit(cpu.realtime_runtime)),
        )
    }

    /// What has no share runs when nobody else wants to; the kernel takes no weight of a group that is idle.
    fn share(self, idle: Option<bool>, file: &str, weight: Option<u64>) -> Result<(), SetError> {
        match (idle, weight) {
            (None, None) => Ok(()),
            (Some(is_idle), None) => self.write("cpu.idle", if is_idle { "1" } else { "0" }),
            (None, Some(weight)) => self.write(file, &weight.to_string()),
            (Some(is_idle), Some(weight)) => {
                self.write("cpu.idle", "0")?;
                self.write(file, &weight.to_string())?;
                if is_idle { self.write("cpu.idle", "1") } else { Ok(()) }
            }
        }
    }

    /// Writes values that the kernel checks against each other: those of `first` that do not fit to the old `last` are
    /// written again when it is new.
    fn write_together<const N: usize>(
        self,
        first: [(&str, Option<String>); N],
        last: (&str, Option<String>),
    ) -> Result<(), SetError> {
        let mut left = Vec::new();
        for (file, value) in first {
            if let Some(value) = self.write_or_leave(file, value)? {
                left.push((file, value));
            }
        }
        if let (file, Some(value)) = last {
            self.write(file, &value)?;
        }
        left.into_iter().try_for_each(|(file, value)| self.write(file, &value))
    }

    /// Writes `value`, or gives it back where the kernel finds it invalid.
    fn write_or_leave(self, file: &str, value: Option<String>) -> Result<Option<String>, SetError> {
        let Some(value) = value else { return Ok(None) };
        match self.try_write(file, &value)? {
            Ok(()) => Ok(None),
            Err(error) if error.errno() == Some(Errno::INVAL) => Ok(Some(value)),
            Err(error) => Err(self.refused(error)),
        }
    }
}
