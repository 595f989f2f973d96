//! `linux.resources`.

use insula_cgroup::ListOf;

use super::{Invalid, Problem, no_nul, number_list, refuse, within};
use crate::spec::{BlockIo, Cpu, DeviceRule, Memory, Resources};

pub(super) fn check(resources: &Resources) -> Result<(), Invalid> {
    for (index, rule) in resources.devices.iter().enumerate() {
        device_rule(index, rule)?;
    }
    resources.memory.as_ref().map_or(Ok(()), memory)?;
    resources.cpu.as_ref().map_or(Ok(()), cpu)?;
    resources.block_io.as_ref().map_or(Ok(()), block_io)?;
    for (index, limit) in resources.hugepage_limits.iter().enumerate() {
        let size = limit.page_size.trim_end_matches('B').trim_end_matches(['K', 'M', 'G']);
        let is_size = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit());
        if !is_size || limit.page_size.len() != size.len() + 2 {
            let key = format_args!("linux.resources.hugepageLimits[{index}].pageSize");
            return refuse(key, Problem::Form { example: "2MB" });
        }
    }
    for (device, limits) in &resources.rdma {
        if limits.hca_handles.is_none() && limits.hca_objects.is_none() {
            return refuse(format_args!("linux.resources.rdma.{device}"), Problem::Missing);
        }
    }
    for (file, value) in &resources.unified {
        let key = format_args!("linux.resources.unified.{file}");
        no_nul(key, file)?;
        no_nul(key, value)?;
        if matches!(file.as_str(), "" | "." | "..") || file.contains('/') {
            return refuse(key, Problem::LeadsElsewhere);
        }
    }
    Ok(())
}

fn device_rule(index: usize, rule: &DeviceRule) -> Result<(), Invalid> {
    let access = format_args!("linux.resources.devices[{index}].access");
    if rule.access.is_empty() {
        return refuse(access, Problem::Missing);
    }
    if !rule.access.bytes().all(|letter| b"rwm".contains(&letter)) {
        return refuse(access, Problem::Form { example: "rwm" });
    }
    for (key, number) in [("major", rule.major), ("minor", rule.minor)] {
        let key = format_args!("linux.resources.devices[{index}].{key}");
        within(key, number.unwrap_or(-1), -1, u64::from(u32::MAX))?;
    }
    Ok(())
}

/// -1 is no limit, and swap includes memory.
fn memory(memory: &Memory) -> Result<(), Invalid> {
    let limits = [
        ("limit", memory.limit),
        ("reservation", memory.reservation),
        ("swap", memory.swap),
        ("kernel", memory.kernel),
        ("kernelTCP", memory.kernel_tcp),
    ];
    for (key, limit) in limits {
        within(
            format_args!("linux.resources.memory.{key}"),
            limit.unwrap_or(0),
            -1,
            i64::MAX.unsigned_abs(),
        )?;
    }
    if let Some(swappiness) = memory.swappiness {
        within("linux.resources.memory.swappiness", swappiness, 0, 100)?;
    }
    match (memory.limit, memory.swap) {
        (Some(limit), Some(swap)) if swap > 0 && limit > swap => {
            refuse("linux.resources.memory.swap", Problem::Below { other: "linux.resources.memory.limit" })
        }
        _ => Ok(()),
    }
}

fn cpu(cpu: &Cpu) -> Result<(), Invalid> {
    if let (Some(quota @ 1..), Some(burst)) = (cpu.quota, cpu.burst)
        && burst > quota.unsigned_abs()
    {
        return refuse("linux.resources.cpu.burst", Problem::Above { other: "linux.resources.cpu.quota" });
    }
    for (key, of, list) in [("cpus", ListOf::Processors, &cpu.cpus), ("mems", ListOf::MemoryNodes, &cpu.mems)]
    {
        if let Some(list) = list {
            number_list(format_args!("linux.resources.cpu.{key}"), of, list)?;
        }
    }
    within("linux.resources.cpu.idle", cpu.idle.unwrap_or(0), 0, 1)
}

/// Weights are 10 to 1000, and 0 is none: `blkio-controller.rst`.
fn block_io(io: &BlockIo) -> Result<(), Invalid> {
    let weight = |key: std::fmt::Arguments<'_>, weight: Option<u16>| match weight {
        Some(weight @ 1..) => within(key, weight, 10, 1000),
        _ => Ok(()),
    };
    weight(format_args!("linux.resources.blockIO.weight"), io.weight)?;
    weight(format_args!("linux.resources.blockIO.leafWeight"), io.leaf_weight)?;
    for (index, device) in io.weight_device.iter().enumerate() {
        let key = format_args!("linux.resources.blockIO.weightDevice[{index}]");
        number(key, device.major, device.minor)?;
        if device.weight.is_none() && device.leaf_weight.is_none() {
            return refuse(format_args!("{key}.weight"), Problem::Missing);
        }
        weight(format_args!("{key}.weight"), device.weight)?;
        weight(format_args!("{key}.leafWeight"), device.leaf_weight)?;
    }
    let throttles = [
        ("throttleReadBpsDevice", &io.throttle_read_bps_device),
        ("throttleWriteBpsDevice", &io.throttle_write_bps_device),
        ("throttleReadIOPSDevice", &io.throttle_read_iops_device),
        ("throttleWriteIOPSDevice", &io.throttle_write_iops_device),
    ];
    for (name, throttles) in throttles {
        for (index, device) in throttles.iter().enumerate() {
            number(format_args!("linux.resources.blockIO.{name}[{index}]"), device.major, device.minor)?;
        }
    }
    Ok(())
}

fn number(key: std::fmt::Arguments<'_>, major: i64, minor: i64) -> Result<(), Invalid> {
    within(format_args!("{key}.major"), major, 0, u64::from(u32::MAX))?;
    within(format_args!("{key}.minor"), minor, 0, u64::from(u32::MAX))
}
