//! `linux.devices`, `linux.netDevices`, and the rest of what only Linux has.

use insula_cgroup::ListOf;
use insula_ns::Kind;

use super::{Invalid, Problem, absolute, no_nul, number_list, refuse, within};
use crate::net_devices::NUMBER;
use crate::spec::{DeviceType, MemoryPolicy, MemoryPolicyFlag, MemoryPolicyMode, Spec};

/// The highest numbers of `linux/kdev_t.h`.
const MAJORS: u64 = (1 << 12) - 1;
const MINORS: u64 = (1 << 20) - 1;

/// `IFNAMSIZ` of `linux/if.h`, without the NUL.
const LONGEST_NAME: usize = 15;

pub(super) fn check(spec: &Spec) -> Result<(), Invalid> {
    let linux = &spec.linux;
    for (index, device) in linux.devices.iter().enumerate() {
        absolute(format_args!("linux.devices[{index}].path"), &device.path)?;
        if device.kind != DeviceType::Fifo {
            within(format_args!("linux.devices[{index}].major"), device.major, 0, MAJORS)?;
            within(format_args!("linux.devices[{index}].minor"), device.minor, 0, MINORS)?;
        }
    }
    net_devices(spec)?;
    if let Some(path) = &linux.cgroups_path {
        no_nul("linux.cgroupsPath", path)?;
        if path.split(['/', ':']).any(|component| component == "..") {
            return refuse("linux.cgroupsPath", Problem::LeadsElsewhere);
        }
    }
    if let Some(label) = &linux.mount_label {
        no_nul("linux.mountLabel", label)?;
    }
    if linux.personality.as_ref().is_some_and(|personality| !personality.flags.is_empty()) {
        return refuse("linux.personality.flags", Problem::Undefined);
    }
    if let Some(policy) = &linux.memory_policy {
        memory_policy(policy)?;
    }
    intel_rdt(spec)
}

/// The rules of `dev_valid_name` in the kernel, and one name for one interface. `%d` in a name inside is a number that makes it
/// unique.
fn net_devices(spec: &Spec) -> Result<(), Invalid> {
    let devices = &spec.linux.net_devices;
    if !devices.is_empty() && !spec.has_namespace(Kind::Net) {
        return refuse("linux.netDevices", Problem::NeedsNamespace { kind: Kind::Net });
    }
    let mut inside: Vec<&str> = Vec::new();
    for (outside, device) in devices {
        let name = device.name.as_ref().unwrap_or(outside);
        let numbered = device.name.is_some() && name.matches(NUMBER).count() == 1;
        let literal = if numbered { name.replace(NUMBER, "0") } else { name.clone() };
        for name in [outside, &literal] {
            let key = format_args!("linux.netDevices.{outside}");
            no_nul(key, name)?;
            if name.len() > LONGEST_NAME {
                return refuse(key, Problem::TooLong { most: LONGEST_NAME });
            }
            let is_name = !matches!(name.as_str(), "" | "." | "..")
                && !name.bytes().any(|byte| matches!(byte, b'/' | b':' | b'%') || byte.is_ascii_whitespace());
            if !is_name {
                return refuse(key, Problem::Form { example: "eth0" });
            }
        }
        if numbered {
            continue;
        }
        if inside.contains(&name.as_str()) {
            return refuse(format_args!("linux.netDevices.{outside}.name"), Problem::Twice);
        }
        inside.push(name);
    }
    Ok(())
}

/// What `set_mempolicy(2)` would refuse.
fn memory_policy(policy: &MemoryPolicy) -> Result<(), Invalid> {
    use MemoryPolicyMode::{Bind, Default, Interleave, Local, PreferredMany, WeightedInterleave};
    const NODES: &str = "linux.memoryPolicy.nodes";
    match (&policy.nodes, policy.mode) {
        (None, Bind | Interleave | PreferredMany | WeightedInterleave) => {
            return refuse(NODES, Problem::Missing);
        }
        (Some(_), Default) => return refuse(NODES, Problem::Beside { other: "MPOL_DEFAULT" }),
        (Some(_), Local) => return refuse(NODES, Problem::Beside { other: "MPOL_LOCAL" }),
        (Some(nodes), _) => number_list(NODES, ListOf::MemoryNodes, nodes)?,
        (None, _) => (),
    }
    let has = |flag| policy.flags.contains(&flag);
    if has(MemoryPolicyFlag::StaticNodes) && has(MemoryPolicyFlag::RelativeNodes) {
        return refuse("linux.memoryPolicy.flags", Problem::Beside { other: "MPOL_F_STATIC_NODES" });
    }
    Ok(())
}

/// A class is a directory of resctrl, and a schema a line of a file.
fn intel_rdt(spec: &Spec) -> Result<(), Invalid> {
    let Some(rdt) = &spec.linux.intel_rdt else { return Ok(()) };
    if let Some(class) = &rdt.clos_id {
        no_nul("linux.intelRdt.closID", class)?;
        if class != "/" && (class == "." || class == ".." || class.contains('/')) {
            return refuse("linux.intelRdt.closID", Problem::LeadsElsewhere);
        }
    }
    let l3 = rdt.l3_cache_schema.as_ref().map(|schema| ("l3CacheSchema", "L3", schema, "L3:0=ff;1=f"));
    let bandwidth = rdt.mem_bw_schema.as_ref().map(|schema| ("memBwSchema", "MB", schema, "MB:0=20;1=70"));
    for (key, start, schema, example) in [l3, bandwidth].into_iter().flatten() {
        let one_line = key == "l3CacheSchema" || !schema.contains('\n');
        if !schema.starts_with(start) || schema.contains('\0') || !one_line {
            return refuse(format_args!("linux.intelRdt.{key}"), Problem::Form { example });
        }
    }
    for (index, line) in rdt.schemata.iter().enumerate() {
        no_nul(format_args!("linux.intelRdt.schemata[{index}]"), line)?;
    }
    Ok(())
}
