//! What systemd is told of a scope: `systemd.resource-control(5)`, with the names and types that D-Bus has.

use std::fs::read_to_string;

use rustix::process::Pid;

use super::Value;
use crate::devices::list::List;
use crate::set::convert::{swap_alone, weight_of_shares};
use crate::{Cpu, DeviceRule, Hierarchies, Limit, ListOf, Memory, NumberList, Resources, SetError};

type Properties = Vec<(Box<str>, Value)>;

/// What every scope is.
pub(super) fn of_scope(slice: &str, name: &str, processes: &[Pid], hierarchies: &Hierarchies) -> Properties {
    let ids = processes.iter().map(|process| process.as_raw_nonzero().get().cast_unsigned()).collect();
    let io = if hierarchies.is_unified() { "IOAccounting" } else { "BlockIOAccounting" };
    let text = |text: &str| Value::Text(text.into());
    let properties = [
        ("Description", text(&format!("insula container {name}"))),
        ("Slice", text(slice)),
        ("Delegate", Value::Bool(true)),
        ("PIDs", Value::U32s(ids)),
        ("MemoryAccounting", Value::Bool(true)),
        ("CPUAccounting", Value::Bool(true)),
        (io, Value::Bool(true)),
        ("TasksAccounting", Value::Bool(true)),
        ("DefaultDependencies", Value::Bool(false)),
    ];
    properties.map(|(name, value)| (name.into(), value)).into()
}

/// Those of `resources` that systemd has a property for.
pub(super) fn of_resources(resources: &Resources, hierarchies: &Hierarchies) -> Result<Properties, SetError> {
    let is_unified = hierarchies.is_unified();
    let mut properties = Properties::new();
    let mut add = |name: &str, value| properties.push((name.into(), value));
    memory(&resources.memory, is_unified, &mut add)?;
    cpu(&resources.cpu, is_unified, &mut add)?;
    if let Some(limit) = resources.pids {
        add("TasksMax", number(limit));
    }
    if let Some(weight) = resources.block_io.weight.filter(|_| !is_unified) {
        add("BlockIOWeight", Value::U64(weight.into()));
    }
    let files = [
        ("memory.min", "MemoryMin"),
        ("memory.low", "MemoryLow"),
        ("memory.high", "MemoryHigh"),
        ("memory.max", "MemoryMax"),
        ("memory.swap.max", "MemorySwapMax"),
        ("pids.max", "TasksMax"),
        ("cpu.weight", "CPUWeight"),
    ];
    for (file, name) in files {
        // What is no number the kernel refuses with a reason, when the file is written.
        match resources.unified.get(file).map(|value| value.trim()) {
            None => {}
            Some("max") => add(name, Value::U64(u64::MAX)),
            Some(value) => {
                if let Ok(value) = value.parse() {
                    add(name, Value::U64(value));
                }
            }
        }
    }
    if let Some(rules) = &resources.devices {
        devices(rules, &mut add);
    }
    Ok(properties)
}

fn memory(memory: &Memory, is_unified: bool, add: &mut impl FnMut(&str, Value)) -> Result<(), SetError> {
    if !is_unified {
        if let Some(limit) = memory.limit {
            add("MemoryLimit", number(limit));
        }
        return Ok(());
    }
    let limits = [
        (memory.limit, "MemoryMax"),
        (memory.reservation, "MemoryLow"),
        (swap_alone(memory.limit, memory.swap)?, "MemorySwapMax"),
    ];
    for (limit, name) in limits {
        if let Some(limit) = limit {
            add(name, number(limit));
        }
    }
    Ok(())
}

fn cpu(cpu: &Cpu, is_unified: bool, add: &mut impl FnMut(&str, Value)) -> Result<(), SetError> {
    if let Some(shares) = cpu.shares {
        if is_unified {
            add("CPUWeight", Value::U64(weight_of_shares(shares)));
        } else {
            add("CPUShares", Value::U64(shares));
        }
    }
    if let Some(period) = cpu.period {
        add("CPUQuotaPeriodUSec", Value::U64(period));
    }
    match cpu.quota {
        None => {}
        Some(Limit::Max) => add("CPUQuotaPerSecUSec", Value::U64(u64::MAX)),
        Some(Limit::At(quota)) => add("CPUQuotaPerSecUSec", Value::U64(per_second(quota, cpu.period))),
    }
    if is_unified {
        let lists = [
            (&cpu.cpus, "AllowedCPUs", ListOf::Processors),
            (&cpu.mems, "AllowedMemoryNodes", ListOf::MemoryNodes),
        ];
        for (list, name, of) in lists {
            if let Some(list) = list {
                let list = NumberList::parse(list, of).map_err(|source| SetError::List { of, source })?;
                add(name, Value::Bytes(list.bytes()));
            }
        }
    }
    Ok(())
}

/// Microseconds in each second. systemd thinks in whole hundredths: rounded up, so that it does not refuse what the files get.
fn per_second(quota: u64, period: Option<u64>) -> u64 {
    const USUAL_PERIOD: u64 = 100_000;
    let period = u128::from(period.unwrap_or(USUAL_PERIOD).max(1));
    let exact = u128::from(quota) * 1_000_000 / period;
    u64::try_from(exact.next_multiple_of(10_000)).unwrap_or(u64::MAX)
}

fn number(limit: Limit) -> Value {
    match limit {
        Limit::Max => Value::U64(u64::MAX),
        Limit::At(value) => Value::U64(value),
    }
}

/// What is not told, systemd would take away when it sets its own again. What it cannot express is told as too much, and the
/// program or the files of the group deny it.
fn devices(rules: &[DeviceRule], add: &mut impl FnMut(&str, Value)) {
    let list = match List::of_rules(rules) {
        Ok(list) if !list.allows => list,
        _ => {
            add("DevicePolicy", Value::Text("auto".into()));
            add("DeviceAllow", Value::Pairs(Vec::new()));
            return;
        }
    };
    let table = read_to_string("/proc/devices").unwrap_or_default();
    let allowed = list.exceptions.iter().flat_map(|(devices, access)| {
        devices.names(&table).into_iter().map(move |name| (name.into(), access.to_string().into()))
    });
    add("DevicePolicy", Value::Text("strict".into()));
    add("DeviceAllow", Value::Pairs(allowed.collect()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_are_hundredths_of_a_second() {
        assert_eq!(per_second(50_000, Some(100_000)), 500_000);
        assert_eq!(per_second(50_000, None), 500_000);
        assert_eq!(per_second(33_333, Some(100_000)), 340_000);
        assert_eq!(per_second(u64::MAX, Some(1)), u64::MAX);
        assert_eq!(per_second(1, Some(0)), 1_000_000);
    }
}
