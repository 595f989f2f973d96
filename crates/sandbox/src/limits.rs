//! What the payload may use: resource limits, priority, out-of-memory score.

use std::str::FromStr;

pub use insula_sys::step::SchedulerAttributes as Scheduler;

/// A resource that `setrlimit(2)` limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource(u8);

/// The kernel's names, in the order of the numbers that x86-64 and AArch64 share.
const NAMES: [&str; 16] = [
    "cpu",
    "fsize",
    "data",
    "stack",
    "core",
    "rss",
    "nproc",
    "nofile",
    "memlock",
    "as",
    "locks",
    "sigpending",
    "msgqueue",
    "nice",
    "rtprio",
    "rttime",
];

impl Resource {
    /// The name, in lower case and without `RLIMIT_`.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The resource of this `RLIMIT_*`, 0 to 15.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| usize::from(*number) < NAMES.len()).map(Self)
    }

    /// `RLIMIT_*`.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0 as u32
    }
}

/// A word that is no resource limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not RESOURCE=SOFT[:HARD], such as `nofile=1024:4096`: see setrlimit(2) for the resources"
)]
pub struct ParseRlimitError {
    /// The text as it was given.
    pub text: String,
}

/// A soft and a hard limit; `u64::MAX` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rlimit {
    /// Of what.
    pub resource: Resource,
    /// What is enforced; the payload may raise it up to `hard`.
    pub soft: u64,
    /// The ceiling.
    pub hard: u64,
}

impl FromStr for Rlimit {
    type Err = ParseRlimitError;

    /// Parses `nofile=1024`, `nofile=1024:4096`, `RLIMIT_CORE=unlimited`.
    fn from_str(text: &str) -> Result<Self, ParseRlimitError> {
        parse(text).ok_or_else(|| ParseRlimitError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Rlimit> {
    let (name, values) = text.split_once('=')?;
    let lower = name.to_ascii_lowercase();
    let name = lower.strip_prefix("rlimit_").unwrap_or(&lower);
    let resource = NAMES.iter().position(|known| *known == name).and_then(|at| u8::try_from(at).ok())?;
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let (soft, hard) = (value(soft)?, value(hard)?);
    (soft <= hard).then_some(Rlimit { resource: Resource(resource), soft, hard })
}

fn value(text: &str) -> Option<u64> {
    if text == "unlimited" || text == "infinity" { Some(u64::MAX) } else { text.parse().ok() }
}

/// Limits of the payload.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Resource limits.
    pub rlimits: Vec<Rlimit>,
    /// The out-of-memory score adjustment, -1000 to 1000: `proc_pid_oom_score_adj(5)`.
    pub oom_score: Option<i32>,
    /// The nice value, -20 to 19.
    pub nice: Option<i32>,
    /// The scheduling policy.
    pub scheduler: Option<Scheduler>,
    /// Class and priority of input and output, as `ioprio_set(2)` takes them.
    pub io_priority: Option<u16>,
    /// The processors that it may run on; bit n of word n/64 is processor n.
    pub affinity: Option<Vec<u64>>,
    /// Where its memory comes from: `MPOL_*` with flags, and the nodes, as `set_mempolicy(2)` takes them.
    pub memory_policy: Option<(u32, Vec<u64>)>,
    /// The execution domain, as `personality(2)` takes it.
    pub personality: Option<u32>,
    /// The file-mode creation mask, 0 to 0o777.
    pub umask: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn limits_parse() {
        let limit: Rlimit = "nofile=16:32".parse().unwrap();
        assert_eq!(
            (limit.resource.name(), limit.resource.number(), limit.soft, limit.hard),
            ("nofile", 7, 16, 32)
        );
        let limit: Rlimit = "RLIMIT_CORE=unlimited".parse().unwrap();
        assert_eq!((limit.resource.number(), limit.hard), (4, u64::MAX));
    }

    #[test]
    fn soft_above_hard_is_refused() {
        assert!("nofile=2:1".parse::<Rlimit>().is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Rlimit>();
        }
    }
}
