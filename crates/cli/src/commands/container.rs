//! What is known of a container.

use std::fmt::{self, Write as _};
use std::path::Path;

use insula_cgroup::{Limit, Usage};
use insula_engine::containers::{Containers, ListedContainer};
use insula_ns::Pid;
use insula_oci::Unlocked;
use serde::Serialize;

use crate::report::Failure;

/// A container: where it is in its life, and what it uses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ContainerFacts {
    id: String,
    status: String,
    bundle: String,
    /// Where the runtime keeps what it knows of it.
    state_directory: String,
    /// When it was made, as RFC 3339 has it.
    created: String,
    /// The user id of whoever made it.
    owner: u32,
    pid: Option<i32>,
    cgroup: Option<String>,
    memory: Option<Amount>,
    pids: Option<Amount>,
    cpu: Option<Cpu>,
}

/// How much of something is used, and may be.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Amount {
    usage: u64,
    /// Nothing without a limit.
    limit: Option<u64>,
}

/// Time of processors.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Cpu {
    /// In nanoseconds.
    usage: u64,
    /// How many processors; nothing without a limit.
    limit: Option<f64>,
}

impl ContainerFacts {
    /// Of the container that is called `word`, or whose first process has this id.
    pub(super) fn find(
        containers: &Containers,
        word: &str,
        process: Option<Pid>,
    ) -> Result<Option<Self>, Failure> {
        let named = containers.find(word)?;
        let found = match (named, process) {
            (Some((root, container)), process)
                if pid_of(&container)?.is_none_or(|pid| Some(pid) == process) =>
            {
                Some((root, container))
            }
            (_, None) => None,
            (_, process) => {
                let is_it = |pid: Option<Pid>| pid == process;
                let listed = containers.list().into_iter();
                let mut listed = listed.filter(|one| is_it(one.process().map(|(pid, _)| pid)));
                match listed.next() {
                    Some(one) => containers.find(one.record.id.as_str())?,
                    None => None,
                }
            }
        };
        found.map(|(root, container)| Self::of(&root, &container)).transpose()
    }

    /// Of one in a list; nothing if that has been taken away meanwhile, or may not be looked at.
    pub(super) fn of_listed(listed: &ListedContainer) -> Option<Self> {
        Self::of(&listed.root, &listed.look().ok()?).ok()
    }

    fn of(root: &Path, container: &Unlocked) -> Result<Self, Failure> {
        let record = container.record();
        let Usage { cpu, memory, pids, .. } = container.usage()?.unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "periods are below 2^52 nanoseconds")]
        let processors = |(quota, period): (u64, u64)| quota as f64 / period as f64;
        Ok(Self {
            id: record.id.to_string(),
            status: container.status()?.to_string(),
            bundle: record.bundle.to_string_lossy().into_owned(),
            state_directory: root.to_string_lossy().into_owned(),
            created: record.created.to_string(),
            owner: record.owner,
            pid: pid_of(container)?.map(Pid::as_raw_pid),
            cgroup: record.cgroup.as_ref().map(|cgroup| cgroup.path.clone()),
            memory: memory.map(|memory| amount(memory.memory.usage, memory.memory.limit)),
            pids: pids.map(|pids| amount(pids.current, pids.limit)),
            cpu: cpu.map(|cpu| Cpu { usage: cpu.total, limit: cpu.quota.map(processors) }),
        })
    }

    /// The same without what changes all the time.
    pub(super) fn without_usage(self) -> Self {
        Self { memory: None, pids: None, cpu: None, ..self }
    }

    /// In a few words: its name, its state, what it uses and may use.
    pub(super) fn brief(&self) -> String {
        let mut words = vec![self.status.clone()];
        words.extend(self.memory.as_ref().map(|memory| {
            let of = memory.limit.map_or(String::new(), |limit| format!(" of {}", Size(limit)));
            format!("{}{of} of memory", Size(memory.usage))
        }));
        words.extend(self.pids.as_ref().map(|pids| match pids.limit {
            None if pids.usage == 1 => "1 task".to_owned(),
            limit => format!("{}{} tasks", pids.usage, of(limit)),
        }));
        words.extend(self.cpu.as_ref().and_then(|cpu| cpu.limit).map(|limit| match limit {
            1.0 => "1 processor".to_owned(),
            limit => format!("{limit} processors"),
        }));
        format!("{} ({})", self.id, words.join(", "))
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("container {}\n", self.id);
        let mut fact = |name: &str, value: &str| {
            let _ = writeln!(text, "  {name:<22}{}", value.escape_debug());
        };
        fact("state", &self.status);
        fact("bundle", &self.bundle);
        fact("created", &self.created);
        fact("known in", &self.state_directory);
        if let Some(cgroup) = &self.cgroup {
            fact("control group", cgroup);
        }
        if let Some(Amount { usage, limit }) = &self.memory {
            fact("memory", &format!("{usage} bytes{}", of(*limit)));
        }
        if let Some(Amount { usage, limit }) = &self.pids {
            fact("tasks", &format!("{usage}{}", of(*limit)));
        }
        if let Some(Cpu { usage, limit }) = &self.cpu {
            let most = limit.map_or(String::new(), |limit| format!(", at most {limit} processors"));
            fact(
                "processor time",
                &format!("{}.{:03} s{most}", usage / 1_000_000_000, usage / 1_000_000 % 1000),
            );
        }
        text
    }
}

/// A number of bytes, by the largest unit of which it is one at least.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
        let unit = UNITS.into_iter().find(|(_, shift)| self.0 >> shift > 0);
        let Some((unit, shift)) = unit else { return write!(f, "{} B", self.0) };
        let (whole, tenth) = (self.0 >> shift, ((u128::from(self.0) * 10) >> shift) % 10);
        if whole < 10 && tenth > 0 {
            write!(f, "{whole}.{tenth} {unit}")
        } else {
            write!(f, "{whole} {unit}")
        }
    }
}

/// ` of LIMIT`, if there is one.
fn of(limit: Option<u64>) -> String {
    limit.map_or(String::new(), |limit| format!(" of {limit}"))
}

const fn amount(usage: u64, limit: Limit) -> Amount {
    let limit = match limit {
        Limit::Max => None,
        Limit::At(limit) => Some(limit),
    };
    Amount { usage, limit }
}

/// The id of its first process, if that has not ended.
fn pid_of(container: &Unlocked) -> Result<Option<Pid>, Failure> {
    Ok(match container.process()? {
        Some(_) => container.record().process.as_ref().and_then(insula_ns::ProcessMark::pid),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_are_rounded_down() {
        let shown = [0, 1023, 1024, 1_900_000, 64 << 20, 10 << 40].map(|size| Size(size).to_string());
        assert_eq!(shown, ["0 B", "1023 B", "1 KiB", "1.8 MiB", "64 MiB", "10 TiB"]);
        assert_eq!(Size(u64::MAX).to_string(), "16777215 TiB");
    }
}
