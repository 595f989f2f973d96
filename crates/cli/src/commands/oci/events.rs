//! `insula oci events`: what happens to a container, and what it uses.

use std::time::Duration;

use insula_oci::events::Event;

use super::failure::explain;
use super::verb::Context;
use super::{Verb, container};
use crate::args::{Arg, Invalid, Order, flag, text};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    interval: Duration,
    stats: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), stats: false }
    }
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci events",
    about: "Print what a container uses, and when its memory runs out, as JSON",
    usage: &["[OPTIONS] CONTAINER"],
    details: "\
Each line is an object. With `type` \"stats\", every DURATION, its `data` has the keys `cpu`, `cpuset`, `memory`, `pids`, `blkio` and \
`hugetlb`, in nanoseconds and bytes, as runc has them; `intel_rdt` is empty and `network_interfaces` null. With `type` \"oom\" the \
kernel has ended a process for want of memory. The last line comes when the container's first process ends. DURATION is numbers \
with units, such as 500ms or 1m30s.",
    order: Order::Anywhere,
    flags: &[
        flag("interval", "how long to wait between two lines of what is used; 5s, if it is not given")
            .required("DURATION", |o, duration| {
                o.interval = self::duration(text(duration)?)
                    .filter(|duration| !duration.is_zero())
                    .ok_or_else(|| Invalid("expected a duration above 0, such as 5s or 500ms".to_owned()))?;
                Ok(())
            }),
        flag("stats", "print once what it uses").switch(|o| o.stats = true),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let id = container::only_id(operands)?;
    let container = container::find(context, &id)?;
    if options.stats {
        let stats = container.stats().map_err(explain)?;
        return line(&Event::Stats(Box::new(stats)).to_json(&id)).map(|()| 0);
    }
    let events = container.watch(options.interval).map_err(explain)?;
    // Others may change the container meanwhile.
    drop(container);
    for event in events {
        line(&event.map_err(explain)?.to_json(&id))?;
    }
    Ok(0)
}

fn line(document: &str) -> Result<(), Failure> {
    output::print(format!("{document}\n"))
}

/// A duration as Go reads it: numbers with units, one after the other.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let (unit, tail) =
            tail.split_at(tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len()));
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        sum = sum.checked_add(Duration::try_from_secs_f64(number * seconds).ok()?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for (text, milliseconds) in
            [("5s", 5000), ("500ms", 500), ("1m30s", 90_000), ("1.5h", 5_400_000), ("2000µs", 2), ("0s", 0)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for wrong in ["", "5", "s", "5 s", "-5s", "5x", "1.2.3s", "1e400h", "99999999999999999999999h"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
