//! Whether what a file asserts of its lab is true.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use insula_ns::{Kind, Namespace};
use insula_sys::errno::Described;

use super::check::{Check, Expect, Hop, Probe};
use super::error::LabError;
use super::ground::on_many_threads;
use super::labs::Labs;
use super::probe::{Asker, Reply};
use super::topology::Topology;

/// What came of an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is true.
    pub holds: Holds,
    /// What was found.
    pub found: Found,
}

/// Whether an assertion is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What an asking node found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An answer or none.
    Reply(Reply),
    /// An answer by way of routers; of one that doesn't tell its address, none.
    Path(Vec<Option<IpAddr>>),
}

impl Labs {
    /// Asks all that a file asserts of the lab that was made of it: several at a time, the verdicts in the order of the file.
    ///
    /// # Errors
    /// [`LabError`] if a node is not there, or can't ask.
    pub fn check(&self, topology: &Topology) -> Result<Vec<Verdict>, LabError> {
        self.find(&topology.name)?;
        on_many_threads(
            topology.checks.len(),
            || Ok(()),
            |(), index| {
                let check = &topology.checks[index];
                let node = topology.node(check.from);
                let net = if node.role.is_set() {
                    self.sets.find(&topology.set_name(node))?.open(Kind::Net)?
                } else {
                    Namespace::of_self(Kind::Net)?
                };
                let asker = Asker { net: &net, to: check.to, probe: check.probe };
                let failed = |source| LabError::Probe { node: node.name.clone(), to: check.to, source };
                verdict(topology, check, &asker).map_err(failed)
            },
        )
    }
}

fn verdict(topology: &Topology, check: &Check, asker: &Asker<'_>) -> Result<Verdict, rustix::io::Errno> {
    let found = match check.expect {
        Expect::Reachable => Found::Reply(asker.until_answer(check.timeout)?),
        Expect::Unreachable => Found::Reply(asker.until_silence(check.timeout)?),
        Expect::Delay { .. } => Found::Reply(asker.delay(check.timeout)?),
        Expect::Path(_) => match asker.path(check.timeout)? {
            (routers, Reply::Answer(_)) => Found::Path(routers),
            (_, reply) => Found::Reply(reply),
        },
    };
    let holds = match (&check.expect, &found) {
        (Expect::Reachable, Found::Reply(Reply::Answer(_)))
        | (Expect::Unreachable, Found::Reply(Reply::Silence | Reply::Refusal(_))) => true,
        (Expect::Delay { least, most }, Found::Reply(Reply::Answer(time))) => (*least..=*most).contains(time),
        (Expect::Path(hops), Found::Path(routers)) => {
            let is_at = |hop: &Hop, router: &Option<IpAddr>| match (hop, router) {
                (Hop::Address(address), Some(router)) => address == router,
                (Hop::Node(node), Some(router)) => topology.owner(*router) == Some(*node),
                (_, None) => false,
            };
            hops.len() == routers.len() && hops.iter().zip(routers).all(|(hop, router)| is_at(hop, router))
        }
        _ => false,
    };
    Ok(Verdict { holds: if holds { Holds::Yes } else { Holds::No }, found })
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(Reply::Answer(time)) => write!(f, "an answer after {}", Shown(*time)),
            Self::Reply(Reply::Silence) => f.write_str("no answer"),
            Self::Reply(Reply::Refusal(errno)) => write!(f, "{}", Described(*errno)),
            Self::Path(routers) if routers.is_empty() => f.write_str("an answer without a router between"),
            Self::Path(routers) => {
                f.write_str("an answer by way of ")?;
                for (position, router) in routers.iter().enumerate() {
                    f.write_str(if position == 0 { "" } else { ", " })?;
                    match router {
                        Some(router) => write!(f, "{router}")?,
                        None => f.write_str("*")?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// A time in milliseconds.
struct Shown(Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} ms", self.0.as_secs_f64() * 1e3)
    }
}

impl Topology {
    /// An assertion in words: `h1 reaches h2 (10.0.2.2) by tcp port 80`.
    #[must_use]
    pub fn describe(&self, check: &Check) -> String {
        let from = &self.node(check.from).name;
        let to = match check.to_node {
            Some(node) => format!("{} ({})", self.node(node).name, check.to),
            None => check.to.to_string(),
        };
        let probe = match check.probe {
            Probe::Echo => String::new(),
            Probe::Udp(port) => format!(" by udp port {port}"),
            Probe::Tcp(port) => format!(" by tcp port {port}"),
        };
        match &check.expect {
            Expect::Reachable => format!("{from} reaches {to}{probe}"),
            Expect::Unreachable => format!("{from} does not reach {to}{probe}"),
            Expect::Delay { least, most } if least.is_zero() => {
                format!("{from} reaches {to}{probe} within {}", Shown(*most))
            }
            Expect::Delay { least, most } => {
                format!("{from} reaches {to}{probe} within {} to {}", Shown(*least), Shown(*most))
            }
            Expect::Path(hops) => {
                let hop = |hop: &Hop| match hop {
                    Hop::Node(node) => self.node(*node).name.to_string(),
                    Hop::Address(address) => address.to_string(),
                };
                let via: Vec<_> = hops.iter().map(hop).collect();
                let via = if via.is_empty() { "no router".to_owned() } else { via.join(", ") };
                format!("{from} reaches {to} by way of {via}")
            }
        }
    }
}
