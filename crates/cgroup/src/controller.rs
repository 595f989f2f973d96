//! The controllers, and sets of them.

use std::fmt;
use std::str::FromStr;

/// One controller ("subsystem" in version 1): see `cgroups(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Controller {
    /// Block devices: `io`, in version 1 `blkio`.
    Io,
    /// Shares and quota of processor time.
    Cpu,
    /// Counts processor time; in version 2 `cpu` does.
    Cpuacct,
    /// Which processors and memory nodes may be used.
    Cpuset,
    /// Which devices may be opened; in version 2 a BPF program says so.
    Devices,
    /// Memory of devices.
    Dmem,
    /// Suspends processes; in version 2 every group can.
    Freezer,
    /// Huge pages.
    Hugetlb,
    /// Memory.
    Memory,
    /// Scalar resources, such as encryption contexts.
    Misc,
    /// Marks packets with a class; version 1 only.
    NetCls,
    /// Priorities of packets by interface; version 1 only.
    NetPrio,
    /// Groups as objects of `perf_event_open(2)`.
    PerfEvent,
    /// How many processes there are.
    Pids,
    /// InfiniBand and its like.
    Rdma,
}

impl Controller {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Io,
        Self::Cpu,
        Self::Cpuacct,
        Self::Cpuset,
        Self::Devices,
        Self::Dmem,
        Self::Freezer,
        Self::Hugetlb,
        Self::Memory,
        Self::Misc,
        Self::NetCls,
        Self::NetPrio,
        Self::PerfEvent,
        Self::Pids,
        Self::Rdma,
    ];

    /// The kernel's name, of version 2 where they differ.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Cpu => "cpu",
            Self::Cpuacct => "cpuacct",
            Self::Cpuset => "cpuset",
            Self::Devices => "devices",
            Self::Dmem => "dmem",
            Self::Freezer => "freezer",
            Self::Hugetlb => "hugetlb",
            Self::Memory => "memory",
            Self::Misc => "misc",
            Self::NetCls => "net_cls",
            Self::NetPrio => "net_prio",
            Self::PerfEvent => "perf_event",
            Self::Pids => "pids",
            Self::Rdma => "rdma",
        }
    }
}

impl fmt::Display for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no controller that is known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown controller `{word}`")]
pub struct ParseControllerError {
    /// The word as it was given.
    pub word: String,
}

impl FromStr for Controller {
    type Err = ParseControllerError;

    /// Takes the names of both versions.
    fn from_str(word: &str) -> Result<Self, ParseControllerError> {
        match word {
            "blkio" => Ok(Self::Io),
            _ => Self::ALL
                .into_iter()
                .find(|controller| controller.name() == word)
                .ok_or_else(|| ParseControllerError { word: word.to_owned() }),
        }
    }
}

insula_sys::enum_set! {
    /// A set of controllers.
    ///
    /// ```
    /// use insula_cgroup::{Controller, Controllers};
    /// let controllers = Controllers::parse("cpuset cpu io memory shiny");
    /// assert!(controllers.contains(Controller::Memory));
    /// assert_eq!(controllers.to_string(), "io cpu cpuset memory");
    /// ```
    pub struct Controllers(u16) of Controller, " "
}

impl Controllers {
    /// Those in a list separated by spaces or commas, as the kernel writes them. What is not known here is left out.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        list.split([' ', ',', '\n']).filter_map(|word| word.parse().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn version_one_has_another_name_for_block_devices() {
        assert_eq!("blkio".parse(), Ok(Controller::Io));
        assert_eq!("shiny".parse::<Controller>().unwrap_err().word, "shiny");
    }

    proptest! {
        #[test]
        fn printed_sets_parse_back(bits in 0..1_u16 << Controller::ALL.len()) {
            let controllers = Controllers(bits);
            prop_assert_eq!(Controllers::parse(&controllers.to_string()), controllers);
            prop_assert_eq!(controllers.iter().collect::<Controllers>(), controllers);
        }
    }
}
