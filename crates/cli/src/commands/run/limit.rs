//! `--limit`: what the command may use, as its control group bounds it.

use insula_cgroup::{DeviceWeight, HugepageLimit, Limit, ListOf, NumberList, Resources, Throttle};

use super::values::bytes;
use crate::args::{Arg, Invalid, text};
use crate::report::Failure;

/// The period of the processor time that is bounded, in microseconds: `admin-guide/cgroup-v2.rst`, `cpu.max`.
const PERIOD: u64 = 100_000;

/// What `--limit` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    resources: Resources,
    /// Swap beyond memory.
    swap: Option<Limit>,
}

impl Bounds {
    /// Whether nothing is bounded.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As a control group takes it.
    pub(super) fn resources(&self) -> Result<Resources, Failure> {
        let mut resources = self.resources.clone();
        resources.memory.swap = match (self.swap, resources.memory.limit) {
            (None, _) => None,
            (Some(Limit::At(swap)), Some(Limit::At(memory))) => Some(Limit::At(memory.saturating_add(swap))),
            (Some(Limit::Max), Some(_)) => Some(Limit::Max),
            (Some(_), _) => {
                return Err(Failure::usage(
                    "`--limit swap=…` bounds what goes beyond memory: say `memory=…` too",
                ));
            }
        };
        Ok(resources)
    }

    /// Adds a list: `memory=64M,cpus=0-3,7,pids=100`.
    pub(super) fn add(&mut self, list: Arg) -> Result<(), Invalid> {
        let mut items: Vec<String> = Vec::new();
        for word in text(list)?.split(',') {
            match items.last_mut() {
                // A list of processors has commas too.
                Some(before) if !word.contains('=') => {
                    before.push(',');
                    before.push_str(word);
                }
                _ => items.push(word.to_owned()),
            }
        }
        items.iter().try_for_each(|item| self.add_one(item))
    }

    fn add_one(&mut self, item: &str) -> Result<(), Invalid> {
        let (key, value) =
            item.split_once('=').ok_or_else(|| Invalid(format!("`{item}` is not KEY=VALUE")))?;
        let resources = &mut self.resources;
        match key {
            "memory" => resources.memory.limit = Some(size(value)?),
            "swap" => self.swap = Some(size_or_none(value)?),
            "cpu" => {
                resources.cpu.quota = Some(quota(value)?);
                resources.cpu.period = Some(PERIOD);
            }
            "weight" => resources.cpu.weight = Some(within(value, 1, 10_000)?),
            "cpus" => resources.cpu.cpus = Some(numbers(value, ListOf::Processors)?),
            "mems" => resources.cpu.mems = Some(numbers(value, ListOf::MemoryNodes)?),
            "pids" => resources.pids = Some(count(value)?),
            "io" => self.add_io(value)?,
            _ => {
                let page_size = key.strip_prefix("hugetlb.").filter(|size| !size.is_empty());
                let page_size = page_size.ok_or_else(|| {
                    Invalid(format!(
                        "there is no limit `{key}`: they are memory, swap, cpu, weight, cpus, mems, pids, io and hugetlb.SIZE"
                    ))
                })?;
                let limit = size_in_bytes(value)?;
                resources.hugepage_limits.push(HugepageLimit { page_size: page_size.into(), limit });
            }
        }
        Ok(())
    }

    /// `DEVICE:KEY=RATE[:KEY=RATE…]`; a path may have colons itself.
    fn add_io(&mut self, value: &str) -> Result<(), Invalid> {
        const KEYS: [&str; 5] = [":rbps=", ":wbps=", ":riops=", ":wiops=", ":weight="];
        let expected = || {
            Invalid(
                "expected io=DEVICE:rbps|wbps|riops|wiops|weight=VALUE[:…], such as io=/dev/sda:wbps=10M"
                    .to_owned(),
            )
        };
        let at = KEYS.iter().filter_map(|key| value.find(key)).min().ok_or_else(expected)?;
        let (device, settings) = (&value[..at], &value[at + 1..]);
        let (major, minor) = block_device(device)?;
        let io = &mut self.resources.block_io;
        for setting in settings.split(':') {
            let (key, value) = setting.split_once('=').ok_or_else(expected)?;
            let throttles = match key {
                "rbps" => &mut io.throttle_read_bps,
                "wbps" => &mut io.throttle_write_bps,
                "riops" => &mut io.throttle_read_iops,
                "wiops" => &mut io.throttle_write_iops,
                "weight" => {
                    let weight = Some(within(value, 10, 1000)?);
                    io.weight_device.push(DeviceWeight { major, minor, weight, leaf_weight: None });
                    continue;
                }
                _ => return Err(expected()),
            };
            throttles.push(Throttle { major, minor, rate: size_in_bytes(value)? });
        }
        Ok(())
    }
}

/// A number of bytes, or `max`.
fn size(word: &str) -> Result<Limit, Invalid> {
    if word == "max" { Ok(Limit::Max) } else { bytes(word).map(Limit::At) }
}

/// The same, or 0.
fn size_or_none(word: &str) -> Result<Limit, Invalid> {
    if word == "0" { Ok(Limit::At(0)) } else { size(word) }
}

fn size_in_bytes(word: &str) -> Result<u64, Invalid> {
    if word == "0" { Ok(0) } else { bytes(word) }
}

/// Microseconds in a period, of a number of processors such as `0.5`.
fn quota(word: &str) -> Result<Limit, Invalid> {
    /// The least that the kernel takes.
    const LEAST: f64 = 1000.0;
    if word == "max" {
        return Ok(Limit::Max);
    }
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let processors: f64 = word.parse().ok().filter(|_| is_plain).unwrap_or_default();
    let microseconds = (processors * 100_000.0).round();
    if !(LEAST..=1e12).contains(&microseconds) {
        return Err(Invalid("expected processors, at least 0.01, such as 0.5 or 2".to_owned()));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 1,000 and 10^12"
    )]
    let microseconds = microseconds as u64;
    Ok(Limit::At(microseconds))
}

/// How many tasks, or `max`.
fn count(word: &str) -> Result<Limit, Invalid> {
    if word == "max" { Ok(Limit::Max) } else { within(word, 1, u64::from(u32::MAX)).map(Limit::At) }
}

fn within<N: TryFrom<u64>>(word: &str, least: u64, most: u64) -> Result<N, Invalid> {
    word.parse::<u64>()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .and_then(|number| N::try_from(number).ok())
        .ok_or_else(|| Invalid(format!("expected a number from {least} to {most}, and not `{word}`")))
}

/// A list of those that there can be; the kernel knows which there are.
fn numbers(word: &str, of: ListOf) -> Result<Box<str>, Invalid> {
    match NumberList::parse(word, of) {
        Ok(list) if list.is_empty() => Err(Invalid(format!("expected a list of {of}, such as 0-3,7"))),
        Ok(_) => Ok(word.into()),
        Err(error) => Err(Invalid(error.to_string())),
    }
}

/// A block device by its path, or as `MAJOR:MINOR`.
fn block_device(word: &str) -> Result<(u32, u32), Invalid> {
    if let Some((major, minor)) = word.split_once(':')
        && let (Ok(major), Ok(minor)) = (major.parse(), minor.parse())
    {
        return Ok((major, minor));
    }
    let stat = rustix::fs::stat(word).map_err(|errno| {
        Invalid(format!("cannot look at `{word}`: {}", insula_sys::errno::Described(errno)))
    })?;
    if rustix::fs::FileType::from_raw_mode(stat.st_mode).is_block_device() {
        Ok((rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev)))
    } else {
        Err(Invalid(format!("`{word}` is no block device")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn bounds(list: &'static str) -> Result<Bounds, Invalid> {
        let mut bounds = Bounds::default();
        bounds.add(OsStr::new(list)).map(|()| bounds)
    }

    #[test]
    fn lists_of_processors_have_commas() {
        let resources = bounds("cpus=0-1,3,memory=64M,pids=7").unwrap().resources().unwrap();
        assert_eq!(resources.cpu.cpus.as_deref(), Some("0-1,3"));
        assert_eq!((resources.memory.limit, resources.pids), (Some(Limit::At(64 << 20)), Some(Limit::At(7))));
    }

    #[test]
    fn swap_is_beyond_memory() {
        let both = |list| bounds(list).unwrap().resources().map(|resources| resources.memory.swap);
        assert_eq!(both("memory=64M,swap=0").unwrap(), Some(Limit::At(64 << 20)));
        assert_eq!(both("swap=1M,memory=1M").unwrap(), Some(Limit::At(2 << 20)));
        assert!(both("swap=1M").is_err());
    }

    #[test]
    fn processor_time_is_a_part_of_a_period() {
        let quota = |list| bounds(list).map(|bounds| bounds.resources.cpu.quota);
        assert_eq!(quota("cpu=0.5").unwrap(), Some(Limit::At(50_000)));
        assert_eq!(quota("cpu=max").unwrap(), Some(Limit::Max));
        for wrong in ["cpu=0", "cpu=-1", "cpu=inf", "cpu=1e3", "cpu=", "cpu=0.001"] {
            assert!(quota(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn block_devices_have_several_settings() {
        let io = bounds("io=8:16:rbps=1M:wiops=100").unwrap().resources.block_io;
        assert_eq!(io.throttle_read_bps, [Throttle { major: 8, minor: 16, rate: 1 << 20 }]);
        assert_eq!(io.throttle_write_iops, [Throttle { major: 8, minor: 16, rate: 100 }]);
        for wrong in ["io=8:16", "io=8:16:rbps", "io=8:16:bps=1", "io=/dev/null:rbps=1", "io=8:16:rbps=1:x=2"]
        {
            assert!(bounds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for wrong in [
            "memory",
            "memory=",
            "memory=0",
            "=1",
            "mem=1",
            "hugetlb.=1",
            "pids=0",
            "weight=0",
            "cpus=x",
            "cpus=",
            "cpus=3-1",
            "cpus=8192",
            "mems=1024",
        ] {
            assert!(bounds(wrong).is_err(), "{wrong}");
        }
        assert_eq!(bounds("hugetlb.2MB=4M").unwrap().resources.hugepage_limits[0].limit, 4 << 20);
    }
}
