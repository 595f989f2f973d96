//! What is known of a container.

use std::fmt::Write as _;

use insula_cgroup::{Limit, Usage};
use insula_engine::containers::Containers;
use insula_ns::Pid;
use insula_oci::Container;
use serde::Serialize;

use crate::report::Failure;

/// A container: where it is in its life, and what it uses.
#[derive(Serialize)]
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
#[derive(Serialize)]
struct Amount {
    usage: u64,
    /// Nothing without a limit.
    limit: Option<u64>,
}

/// Time of processors.
#[derive(Serialize)]
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
        found.map(|(root, container)| Self::of(&root.to_string_lossy(), &container)).transpose()
    }

    fn of(root: &str, container: &Container) -> Result<Self, Failure> {
        let record = container.record();
        let Usage { cpu, memory, pids, .. } = container.usage()?.unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "periods are below 2^52 nanoseconds")]
        let processors = |(quota, period): (u64, u64)| quota as f64 / period as f64;
        Ok(Self {
            id: container.id().to_string(),
            status: container.status()?.to_string(),
            bundle: record.bundle.to_string_lossy().into_owned(),
            state_directory: root.to_owned(),
            created: record.created.to_string(),
            owner: record.owner,
            pid: pid_of(container)?.map(Pid::as_raw_pid),
            cgroup: record.cgroup.as_ref().map(|cgroup| cgroup.path.clone()),
            memory: memory.map(|memory| amount(memory.memory.usage, memory.memory.limit)),
            pids: pids.map(|pids| amount(pids.current, pids.limit)),
            cpu: cpu.map(|cpu| Cpu { usage: cpu.total, limit: cpu.quota.map(processors) }),
        })
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
fn pid_of(container: &Container) -> Result<Option<Pid>, Failure> {
    Ok(match container.process()? {
        Some(_) => container.record().process.as_ref().and_then(insula_ns::ProcessMark::pid),
        None => None,
    })
}
