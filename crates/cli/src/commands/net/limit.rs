//! `insula net limit`: a slow or bad line.

use std::time::Duration;

use insula_engine::network::{Flow, Limit, LimitFound, LimitScope, Limited, Networks};
use insula_net::traffic::Probability;

use super::super::EXITS;
use super::report::{explain, tell};
use super::{json, words};
use crate::args::{Arg, Command, Example, FaceKind, Invalid, Order, flag, text};
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    /// What is asked for, if anything is.
    limit: Option<Limit>,
    none: bool,
    /// Both ways if it is empty.
    flows: Vec<Flow>,
    link: Option<String>,
    json: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net limit",
    face: FaceKind::Native,
    about: "Delay, lose or slow down what a set sends and receives",
    usage: &["[OPTIONS] SET", "--none [--out|--in] [--link IFACE] SET", "[--json] SET"],
    details: "\
Limits what passes the interfaces of a set: those that `connect` and `attach` made, or the one that `--link` names, whoever made \
it. Each way for itself, out of the set and into it, unless `--out` or `--in` chooses one: with `--delay 40ms` an answer takes \
80 ms, with `--rate 20mbit` as much can come in as go out. What is asked for takes the place of the limits that were set \
before; `--none` takes those away. Without anything to do, the limits of the set are printed.

What goes out is limited by the queueing discipline of the interface (`tc -n SET qdisc show`): `tbf` for a rate alone, `netem` \
for all else, which not every kernel has. What comes in is limited where it leaves, at the other end of the pair in the host or \
in another set: what comes into `a` from `b` is what `b` sends to `a`, and has one limit. Where the other end is not Insula's, \
what comes in is redirected through an `ifb` interface in the set, called IFACE-in.

A queueing discipline that somebody else has put there is never replaced: that is an error, and nothing is changed. If \
anything fails, all is as it was before.

TIME is a number with `us`, `ms` or `s`; SHARE is in percent, such as `0.1%`; RATE is as in tc(8): `20mbit`, `1.5gbit`, or \
`100kbps` for kilobytes a second.

Prints the limits, one a line: the set, the interface, the way, what is limited. The JSON output is an array of objects with \
`network`, `interface`, `way` (out or in), `delay_us`, `jitter_us` (microseconds), `loss`, `duplicate`, `corrupt`, `reorder` (percent), and \
`rate` (bits a second, or null).",
    examples: &[
        Example {
            line: "insula net limit web --delay 40ms --jitter 5ms --loss 0.1% --rate 20mbit",
            does: "the set `web` as if it were on another continent",
        },
        Example { line: "insula net limit web --in --rate 1mbit", does: "slow downloads only" },
        Example { line: "insula net limit web --none", does: "a perfect line again" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("delay", "each packet waits this long").required("TIME", |o, word| {
            o.limit.get_or_insert_default().delay = time(word)?;
            Ok(())
        }),
        flag("jitter", "the delay varies by this much; only with --delay").required("TIME", |o, word| {
            o.limit.get_or_insert_default().jitter = time(word)?;
            Ok(())
        }),
        flag("loss", "so many packets are lost").required("SHARE", |o, word| {
            o.limit.get_or_insert_default().loss = text(word)?.parse()?;
            Ok(())
        }),
        flag("duplicate", "so many packets come twice").required("SHARE", |o, word| {
            o.limit.get_or_insert_default().duplicate = text(word)?.parse()?;
            Ok(())
        }),
        flag("corrupt", "so many packets get a wrong bit").required("SHARE", |o, word| {
            o.limit.get_or_insert_default().corrupt = text(word)?.parse()?;
            Ok(())
        }),
        flag("reorder", "so many packets overtake those that wait; only with --delay").required(
            "SHARE",
            |o, word| {
                o.limit.get_or_insert_default().reorder = text(word)?.parse()?;
                Ok(())
            },
        ),
        flag("rate", "so much passes at most").required("RATE", |o, word| {
            o.limit.get_or_insert_default().rate = Some(text(word)?.parse()?);
            Ok(())
        }),
        flag("none", "take away the limits that were set").switch(|o| o.none = true),
        flag("out", "only what leaves the set").switch(|o| o.flows.push(Flow::Out)),
        flag("in", "only what comes into the set").switch(|o| o.flows.push(Flow::In)),
        flag("link", "only at this interface of the set").required("IFACE", |o, word| {
            o.link = Some(words::interface(word)?);
            Ok(())
        }),
        flag("json", "print JSON").short('J').switch(|o| o.json = true),
    ],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [set] = operands else { return Err(Failure::usage("expected a set")) };
    let set = words::set(set)?;
    let Options { limit: asked, none, .. } = options;
    if none && asked.is_some() {
        return Err(Failure::usage("`--none` takes limits away, and others set them"));
    }
    let limit = asked.unwrap_or_default();
    if asked.is_some() && limit.is_none() {
        return Err(Failure::usage("that limits nothing").hint("`--none` takes limits away"));
    }
    if limit.delay.is_zero() && (!limit.jitter.is_zero() || limit.reorder != Probability::NEVER) {
        return Err(Failure::usage("`--jitter` and `--reorder` need a `--delay`"));
    }
    let networks = Networks::of_caller();
    let both = [Flow::Out, Flow::In];
    let flows: Vec<Flow> =
        both.into_iter().filter(|flow| options.flows.is_empty() || options.flows.contains(flow)).collect();
    let limits = if none || !limit.is_none() {
        let scope = LimitScope { interface: options.link, flows };
        let limit = (!none).then_some(limit);
        let Limited { outcome, limits } = networks.limit(&set, &scope, limit.as_ref()).map_err(explain)?;
        if none && limits.is_empty() {
            output::complain(&format!("insula: {set} has no limit\n"));
        } else {
            tell(outcome, &format!("{set} is limited like this"));
        }
        limits
    } else {
        let asked = |found: &LimitFound| {
            flows.contains(&found.flow) && options.link.as_ref().is_none_or(|link| *link == found.interface)
        };
        networks.limits(&set).map_err(explain)?.into_iter().filter(asked).collect()
    };
    if options.json {
        let limits: Vec<json::Limit> = limits.iter().filter_map(json::Limit::of).collect();
        return output::print(serde_json::to_string_pretty(&limits)? + "\n").map(|()| 0);
    }
    output::print(limits.iter().map(line).collect::<String>()).map(|()| 0)
}

/// A limit in a line; none where it was taken away.
pub(super) fn line(found: &LimitFound) -> String {
    let Some(limit) = &found.limit else { return String::new() };
    format!("{}\t{}\t{}\t{limit}\n", found.site.word(), found.interface, found.flow)
}

/// The units of `tc(8)`, in nanoseconds.
const UNITS: [(&str, f64); 3] = [("us", 1e3), ("ms", 1e6), ("s", 1e9)];

/// The longest delay: an hour.
const LONGEST: Duration = Duration::from_secs(3600);

/// A time with its unit.
fn time(word: Arg) -> Result<Duration, Invalid> {
    let text = text(word)?;
    let digits = text.find(|char: char| !char.is_ascii_digit() && char != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| *name == unit);
    let (Ok(number), Some((_, nanoseconds))) = (number.parse::<f64>(), unit) else {
        return Err(Invalid("it is no time, such as `40ms`, `1.5s` or `300us`".to_owned()));
    };
    match Duration::try_from_secs_f64((number * nanoseconds).round() / 1e9) {
        Ok(time) if time <= LONGEST => Ok(time),
        _ => Err(Invalid("the longest is an hour".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    #[test]
    fn times_have_a_unit() {
        for (text, micros) in [("40ms", 40_000), ("1.5s", 1_500_000), ("300us", 300), ("0ms", 0)] {
            assert_eq!(time(OsStr::new(text)).unwrap(), Duration::from_micros(micros), "{text}");
        }
        for text in ["", "40", "ms", "-1ms", "1e3ms", "1.2.3ms", "4m", "3601s", "99999999999999999999s"] {
            assert!(time(OsStr::new(text)).is_err(), "{text}");
        }
    }
}
