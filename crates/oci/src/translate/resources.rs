//! `linux.resources`, as the control group takes it.

use insula_cgroup::{
    BlockIo, Cpu, DEFAULT_DEVICES, DeviceAccess, DeviceKind, DeviceRule, DeviceWeight, HugepageLimit, Limit,
    Memory, Network, Rdma, Resources, Throttle,
};

use crate::error::Error;
use crate::spec::{self, RuleType};

/// What a new container may use. Devices are bounded also where the configuration says nothing of them.
///
/// An ordinary user can bound none, and need not: nobody makes nodes in the user namespace that such a container has, and what
/// the host's devices allow is a matter of their permissions. As runc has it.
pub(crate) fn of_container(spec: &spec::Spec) -> Result<Resources, Error> {
    let none = spec::Resources::default();
    let given = spec.linux.resources.as_ref().unwrap_or(&none);
    let mut resources = resources(given)?;
    let mut rules = given.devices.iter().map(rule).collect::<Result<Vec<_>, _>>()?;
    rules.extend(DEFAULT_DEVICES);
    resources.devices = rustix::process::geteuid().is_root().then_some(rules);
    Ok(resources)
}

/// What changes by an update, which leaves devices alone unless it names some.
pub(crate) fn resources(given: &spec::Resources) -> Result<Resources, Error> {
    // As runc has it, 0 is what Go writes for a value that nobody set.
    let limit = |value: Option<i64>| value.filter(|value| *value != 0).map(Limit::from_signed);
    let set = |value: Option<u64>| value.filter(|value| *value != 0);
    let mut resources = Resources::default();
    if let Some(memory) = &given.memory {
        resources.memory = Memory {
            limit: limit(memory.limit),
            reservation: limit(memory.reservation),
            swap: limit(memory.swap),
            kernel: limit(memory.kernel),
            kernel_tcp: limit(memory.kernel_tcp),
            swappiness: memory.swappiness,
            disable_oom_killer: memory.disable_oom_killer,
            use_hierarchy: memory.use_hierarchy,
            check_before_update: memory.check_before_update.unwrap_or(false),
        };
    }
    if let Some(cpu) = &given.cpu {
        resources.cpu = Cpu {
            shares: set(cpu.shares),
            weight: None,
            quota: limit(cpu.quota),
            burst: cpu.burst,
            period: set(cpu.period),
            realtime_runtime: limit(cpu.realtime_runtime),
            realtime_period: set(cpu.realtime_period),
            cpus: cpu.cpus.as_deref().map(Box::from),
            mems: cpu.mems.as_deref().map(Box::from),
            idle: cpu.idle.map(|idle| idle != 0),
        };
    }
    // Not above zero is no limit, which is how it is without the key.
    resources.pids = given.pids.filter(|pids| pids.limit != 0).map(|pids| Limit::from_signed(pids.limit));
    if let Some(block_io) = &given.block_io {
        resources.block_io = of_block_devices(block_io)?;
    }
    resources.hugepage_limits = given
        .hugepage_limits
        .iter()
        .map(|one| HugepageLimit { page_size: one.page_size.as_str().into(), limit: one.limit })
        .collect();
    if let Some(network) = &given.network {
        resources.network = Network {
            class_id: network.class_id,
            priorities: network
                .priorities
                .iter()
                .map(|one| (one.name.as_str().into(), one.priority))
                .collect(),
        };
    }
    let rdma = |one: &spec::Rdma| Rdma { hca_handles: one.hca_handles, hca_objects: one.hca_objects };
    resources.rdma = given.rdma.iter().map(|(device, one)| (device.as_str().into(), rdma(one))).collect();
    resources.unified =
        given.unified.iter().map(|(file, value)| (file.as_str().into(), value.as_str().into())).collect();
    if !given.devices.is_empty() {
        resources.devices = Some(given.devices.iter().map(rule).collect::<Result<_, _>>()?);
    }
    Ok(resources)
}

fn of_block_devices(given: &spec::BlockIo) -> Result<BlockIo, Error> {
    let rates = |list: &[spec::Throttle]| {
        let rate = |one: &spec::Throttle| {
            let (major, minor) = (number(one.major)?, number(one.minor)?);
            Ok(Throttle { major, minor, rate: one.rate })
        };
        list.iter().map(rate).collect::<Result<Vec<_>, Error>>()
    };
    let weight = |one: &spec::Weight| {
        let (major, minor) = (number(one.major)?, number(one.minor)?);
        Ok(DeviceWeight { major, minor, weight: one.weight, leaf_weight: one.leaf_weight })
    };
    Ok(BlockIo {
        weight: given.weight.filter(|weight| *weight != 0),
        leaf_weight: given.leaf_weight.filter(|weight| *weight != 0),
        weight_device: given.weight_device.iter().map(weight).collect::<Result<_, Error>>()?,
        throttle_read_bps: rates(&given.throttle_read_bps_device)?,
        throttle_write_bps: rates(&given.throttle_write_bps_device)?,
        throttle_read_iops: rates(&given.throttle_read_iops_device)?,
        throttle_write_iops: rates(&given.throttle_write_iops_device)?,
    })
}

fn rule(rule: &spec::DeviceRule) -> Result<DeviceRule, Error> {
    // -1 stands for all, as a missing number does.
    let any = |value: Option<i64>| value.filter(|value| *value != -1).map(number).transpose();
    Ok(DeviceRule {
        allow: rule.allow,
        kind: match rule.kind {
            RuleType::All => DeviceKind::All,
            RuleType::Character => DeviceKind::Char,
            RuleType::Block => DeviceKind::Block,
        },
        major: any(rule.major)?,
        minor: any(rule.minor)?,
        access: if rule.access.is_empty() {
            DeviceAccess::ALL
        } else {
            rule.access.parse().map_err(|_| Error::DeviceAccess(rule.access.clone()))?
        },
    })
}

fn number(number: i64) -> Result<u32, Error> {
    u32::try_from(number).map_err(|_| Error::RuleNumber(number))
}
