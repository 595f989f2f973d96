//! Processor time.

use super::keyed;
use crate::cgroup::Place;
use crate::{Cgroup, Controller, FileError};

/// Processor time in nanoseconds: "CPU" in `admin-guide/cgroup-v2.rst`, `admin-guide/cgroup-v1/cpuacct.rst`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuUsage {
    /// All of it.
    pub total: u64,
    /// In user mode.
    pub user: u64,
    /// In the kernel.
    pub system: u64,
    /// All of it by processor; version 1 alone.
    pub per_cpu: Vec<u64>,
    /// That in user mode by processor; version 1 alone.
    pub per_cpu_user: Vec<u64>,
    /// That in the kernel by processor; version 1 alone.
    pub per_cpu_system: Vec<u64>,
    /// How many periods of a quota have passed.
    pub periods: u64,
    /// In how many of them it was stopped.
    pub throttled_periods: u64,
    /// How long it was.
    pub throttled: u64,
    /// How much of it there may be in each period, and how long that is; none without a limit.
    pub quota: Option<(u64, u64)>,
}

impl Cgroup {
    pub(super) fn cpu_usage(&self) -> Result<Option<CpuUsage>, FileError> {
        let mut usage = CpuUsage::default();
        let mut is_counted = false;
        if let Some(place) = self.legacy(Controller::Cpuacct) {
            is_counted = place.cpuacct(&mut usage)?;
        }
        if let Some(place) = self.counted_in(Controller::Cpu) {
            is_counted |= place.cpu_stat(&mut usage)?;
            usage.quota = place.cpu_quota()?;
        }
        Ok(is_counted.then_some(usage))
    }
}

impl Place {
    fn cpuacct(&self, usage: &mut CpuUsage) -> Result<bool, FileError> {
        let Some(total) = self.number(c"cpuacct.usage")? else { return Ok(false) };
        usage.total = total;
        usage.user = self.number(c"cpuacct.usage_user")?.unwrap_or_default();
        usage.system = self.number(c"cpuacct.usage_sys")?.unwrap_or_default();
        let file = c"cpuacct.usage_percpu";
        let per_cpu = self.read_if_there(file)?.unwrap_or_default();
        let numbers: Result<_, _> = per_cpu.split_whitespace().map(str::parse).collect();
        usage.per_cpu = numbers.map_err(|_| self.odd(file, &per_cpu))?;
        self.cpuacct_by_mode(usage)?;
        Ok(true)
    }

    /// The file's first line is a heading; each other one has a processor, and its time in user mode and in the kernel.
    fn cpuacct_by_mode(&self, usage: &mut CpuUsage) -> Result<(), FileError> {
        let file = c"cpuacct.usage_all";
        let text = self.read_if_there(file)?.unwrap_or_default();
        for line in text.lines().skip(1) {
            let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
            let Ok([_, user, system]) = numbers.as_deref() else { return Err(self.odd(file, line)) };
            usage.per_cpu_user.push(*user);
            usage.per_cpu_system.push(*system);
        }
        Ok(())
    }

    fn cpu_quota(&self) -> Result<Option<(u64, u64)>, FileError> {
        let file = c"cpu.max";
        let (quota, period) = if let Some(text) = self.read_if_there(file)? {
            let mut words = text.split_whitespace().map(|word| word.parse::<u64>().ok());
            (words.next().flatten(), words.next().flatten())
        } else {
            // Below zero without a limit.
            let quota = self.read_if_there(c"cpu.cfs_quota_us")?;
            (quota.and_then(|text| text.trim_end().parse().ok()), self.number(c"cpu.cfs_period_us")?)
        };
        let nanoseconds = |value: u64| value.saturating_mul(1000);
        Ok(quota.zip(period).map(|(quota, period)| (nanoseconds(quota), nanoseconds(period))))
    }

    fn cpu_stat(&self, usage: &mut CpuUsage) -> Result<bool, FileError> {
        let file = c"cpu.stat";
        let Some(text) = self.read_if_there(file)? else { return Ok(false) };
        for pair in keyed::flat(&text) {
            let (key, value) = pair.map_err(|line| self.odd(file, line))?;
            let microseconds = value.saturating_mul(1000);
            match key {
                "usage_usec" => usage.total = microseconds,
                "user_usec" => usage.user = microseconds,
                "system_usec" => usage.system = microseconds,
                "nr_periods" => usage.periods = value,
                "nr_throttled" => usage.throttled_periods = value,
                "throttled_usec" => usage.throttled = microseconds,
                // Version 1, in nanoseconds.
                "throttled_time" => usage.throttled = value,
                _ => {}
            }
        }
        Ok(true)
    }
}
