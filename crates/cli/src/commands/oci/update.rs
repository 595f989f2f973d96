//! `insula oci update`: other limits for a container that is there.

use std::io::Read as _;
use std::path::Path;

use insula_oci::spec::{BlockIo, Cpu, IntelRdt, Memory, Pids, Resources};

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Invalid, Order, binary_suffix, flag, number, text};
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    file: Option<Arg>,
    memory: Memory,
    cpu: Cpu,
    block_io: BlockIo,
    pids: Option<Pids>,
    shares: IntelRdt,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci update",
    about: "Change what a container may use",
    usage: &["[OPTIONS] CONTAINER", "--resources FILE CONTAINER"],
    details: "\
What is not named stays as it is, and so does what is 0. FILE holds the object `linux.resources` of a configuration, and `-` is \
standard input; the other options do not count beside it, but for those with a SCHEMA. BYTES may end in K, M, G or T; -1 is no limit.",
    order: Order::Anywhere,
    flags: &[
        flag("resources", "a file with all of it, as JSON").short('r').required("FILE", |o, file| {
            o.file = Some(file);
            Ok(())
        }),
        flag("memory", "the limit of memory").required("BYTES", |o, bytes| {
            o.memory.limit = Some(self::bytes(bytes)?);
            Ok(())
        }),
        flag("memory-reservation", "the limit of memory when it is scarce").required("BYTES", |o, bytes| {
            o.memory.reservation = Some(self::bytes(bytes)?);
            Ok(())
        }),
        flag("memory-swap", "the limit of memory and swap together").required("BYTES", |o, bytes| {
            o.memory.swap = Some(self::bytes(bytes)?);
            Ok(())
        }),
        flag("cpu-share", "the share of CPU time among siblings").required("SHARES", |o, shares| {
            o.cpu.shares = Some(number(shares)?);
            Ok(())
        }),
        flag("cpu-quota", "CPU time in each period").required("MICROSECONDS", |o, quota| {
            o.cpu.quota = Some(number(quota)?);
            Ok(())
        }),
        flag("cpu-burst", "CPU time that can be saved up").required("MICROSECONDS", |o, burst| {
            o.cpu.burst = Some(number(burst)?);
            Ok(())
        }),
        flag("cpu-period", "how long a period is").required("MICROSECONDS", |o, period| {
            o.cpu.period = Some(number(period)?);
            Ok(())
        }),
        flag("cpu-rt-runtime", "real-time CPU time in each of its periods").required(
            "MICROSECONDS",
            |o, runtime| {
                o.cpu.realtime_runtime = Some(number(runtime)?);
                Ok(())
            },
        ),
        flag("cpu-rt-period", "how long such a period is").required("MICROSECONDS", |o, period| {
            o.cpu.realtime_period = Some(number(period)?);
            Ok(())
        }),
        flag("cpu-idle", "1: run only when nobody else wants to").required("0|1", |o, idle| {
            o.cpu.idle = Some(number(idle)?);
            Ok(())
        }),
        flag("cpuset-cpus", "the CPUs").required("LIST", |o, list| {
            o.cpu.cpus = Some(text(list)?.to_owned());
            Ok(())
        }),
        flag("cpuset-mems", "the memory nodes").required("LIST", |o, list| {
            o.cpu.mems = Some(text(list)?.to_owned());
            Ok(())
        }),
        flag("pids-limit", "how many tasks").required("COUNT", |o, count| {
            o.pids = Some(Pids { limit: number(count)? });
            Ok(())
        }),
        flag("l3-cache-schema", "its share of the L3 cache, as a line of resctrl").required(
            "SCHEMA",
            |o, schema| {
                o.shares.l3_cache_schema = Some(text(schema)?.to_owned());
                Ok(())
            },
        ),
        flag("mem-bw-schema", "its share of memory bandwidth, as a line of resctrl").required(
            "SCHEMA",
            |o, schema| {
                o.shares.mem_bw_schema = Some(text(schema)?.to_owned());
                Ok(())
            },
        ),
        flag("blkio-weight", "the weight of block I/O among siblings").required("WEIGHT", |o, weight| {
            o.block_io.weight = Some(number(weight)?);
            Ok(())
        }),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let id = container::only_id(operands)?;
    let resources = match options.file {
        Some(file) => read(file)?,
        None => Resources {
            memory: Some(options.memory),
            cpu: Some(options.cpu),
            block_io: Some(options.block_io),
            pids: options.pids,
            ..Resources::default()
        },
    };
    let container = container::find(context, &id)?;
    container.update(&resources, &options.shares).map_err(explain)?;
    Ok(0)
}

/// What a file, or standard input, says.
fn read(file: Arg) -> Result<Resources, Failure> {
    let doing = || format!("cannot read `{}`", file.display());
    let content = if file == "-" {
        let mut content = Vec::new();
        std::io::stdin().read_to_end(&mut content).map(|_| content)
    } else {
        std::fs::read(Path::new(file))
    };
    let content = content.map_err(|error| Failure::from(error).context(&doing()))?;
    Resources::parse(&content).map_err(|error| Failure::from(error).context(&doing()))
}

/// A number of bytes, with a suffix for powers of 1,024.
fn bytes(value: Arg) -> Result<i64, Invalid> {
    let word = text(value)?;
    let (digits, shift) = binary_suffix(word);
    let number: Option<i64> = digits.parse().ok();
    number
        .filter(|number| *number >= 0 || word == "-1")
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| Invalid("expected a number of bytes, such as 65536 or 64M, or -1".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_suffixes_and_do_not_overflow() {
        for (word, number) in [("0", 0), ("65536", 65536), ("64M", 64 << 20), ("1t", 1 << 40), ("-1", -1)] {
            assert_eq!(bytes(word.as_ref()).unwrap(), number, "{word}");
        }
        for wrong in ["", "M", "-2", "-1M", "1.5G", "9223372036854775807K", "64MB"] {
            assert!(bytes(wrong.as_ref()).is_err(), "{wrong}");
        }
    }
}
