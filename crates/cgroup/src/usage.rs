//! What a group uses.

use std::ffi::CStr;

use rustix::io::Errno;

use crate::cgroup::Place;
use crate::{Cgroup, Controller, FileError, Limit, Version};

mod cpu;
mod cpuset;
mod hugepages;
mod io;
pub(crate) mod keyed;
mod memory;

pub use cpu::CpuUsage;
pub use cpuset::CpusetUsage;
pub use hugepages::HugepageUsage;
pub use io::{BlockIoCount, BlockIoUsage};
pub use memory::{MemoryCounter, MemoryUsage};

/// What a group and the groups below use and have used. What no controller counts is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time.
    pub cpu: Option<CpuUsage>,
    /// Which processors and memory nodes there are; version 1 alone.
    pub cpuset: Option<CpusetUsage>,
    /// Memory.
    pub memory: Option<MemoryUsage>,
    /// Tasks.
    pub pids: Option<PidsUsage>,
    /// Block devices.
    pub block_io: BlockIoUsage,
    /// Huge pages.
    pub hugepages: Vec<HugepageUsage>,
}

/// Tasks: `admin-guide/cgroup-v1/pids.rst`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PidsUsage {
    /// How many there are.
    pub current: u64,
    /// How many there may be.
    pub limit: Limit,
}

impl Cgroup {
    /// Reads what it uses.
    ///
    /// # Errors
    /// [`FileError`] when a file is there, and was not read or holds something unknown.
    pub fn usage(&self) -> Result<Usage, FileError> {
        Ok(Usage {
            cpu: self.cpu_usage()?,
            cpuset: self.cpuset_usage()?,
            memory: self.memory_usage()?,
            pids: self.pids_usage()?,
            block_io: self.block_io_usage()?,
            hugepages: self.hugepage_usage()?,
        })
    }

    fn pids_usage(&self) -> Result<Option<PidsUsage>, FileError> {
        let Some(place) = self.counted_in(Controller::Pids) else { return Ok(None) };
        let Some(current) = place.number(c"pids.current")? else { return Ok(None) };
        Ok(Some(PidsUsage { current, limit: place.limit(c"pids.max")?.unwrap_or(Limit::Max) }))
    }

    /// Where what `controller` counts is read.
    fn counted_in(&self, controller: Controller) -> Option<&Place> {
        self.legacy(controller).or_else(|| self.unified())
    }
}

impl Place {
    fn is_unified(&self) -> bool {
        self.version == Version::V2
    }

    /// Reads a file that may be missing.
    fn read_if_there(&self, file: &CStr) -> Result<Option<String>, FileError> {
        match self.directory.read(file) {
            Ok(text) => Ok(Some(text)),
            // OPNOTSUPP: this kernel was told not to count it.
            Err(error) if matches!(error.errno(), Some(Errno::NOENT | Errno::OPNOTSUPP)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The number in a file that may be missing.
    fn number(&self, file: &CStr) -> Result<Option<u64>, FileError> {
        let Some(text) = self.read_if_there(file)? else { return Ok(None) };
        text.trim_end().parse().map(Some).map_err(|_| self.odd(file, &text))
    }

    /// The limit in a file that may be missing.
    fn limit(&self, file: &CStr) -> Result<Option<Limit>, FileError> {
        /// What version 1 says where there is no limit: the greatest number of whole pages, be they 4 or 64 KiB.
        const NONE: u64 = (1 << 63) - (1 << 16);
        let Some(text) = self.read_if_there(file)? else { return Ok(None) };
        match text.trim_end() {
            "max" => Ok(Some(Limit::Max)),
            number => match number.parse() {
                Ok(value) if value < NONE => Ok(Some(Limit::At(value))),
                Ok(_) => Ok(Some(Limit::Max)),
                Err(_) => Err(self.odd(file, number)),
            },
        }
    }

    /// The value of one key in a file that may be missing, as may be the key.
    fn value_of(&self, file: &CStr, key: &str) -> Result<Option<u64>, FileError> {
        let Some(text) = self.read_if_there(file)? else { return Ok(None) };
        for pair in keyed::flat(&text) {
            let (found, value) = pair.map_err(|line| self.odd(file, line))?;
            if found == key {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn odd(&self, file: &CStr, content: &str) -> FileError {
        FileError::Content { file: self.directory.path_of(file), content: content.into() }
    }
}
