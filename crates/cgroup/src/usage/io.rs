//! Block devices.

use std::ffi::{CStr, CString};

use super::keyed;
use crate::cgroup::Place;
use crate::{Cgroup, Controller, FileError};

/// What was read and written: `admin-guide/cgroup-v1/blkio-controller.rst`, in whose terms this is; "IO" in
/// `admin-guide/cgroup-v2.rst` has the first two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockIoUsage {
    /// Bytes.
    pub service_bytes: Vec<BlockIoCount>,
    /// Requests.
    pub serviced: Vec<BlockIoCount>,
    /// Requests that wait now. This and what follows is version 1 with the scheduler `bfq` alone.
    pub queued: Vec<BlockIoCount>,
    /// Nanoseconds in the device.
    pub service_time: Vec<BlockIoCount>,
    /// Nanoseconds in queues.
    pub wait_time: Vec<BlockIoCount>,
    /// Requests that became part of others.
    pub merged: Vec<BlockIoCount>,
    /// Milliseconds that the device was the group's.
    pub time: Vec<BlockIoCount>,
    /// Sectors.
    pub sectors: Vec<BlockIoCount>,
}

/// A number for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockIoCount {
    /// The device's major number.
    pub major: u32,
    /// Its minor number.
    pub minor: u32,
    /// What was done: `Read`, `Write`, `Sync`, `Async`, `Discard`, or `Total` of them; empty where it is not told apart.
    pub operation: Box<str>,
    /// How much or how many.
    pub count: u64,
}

impl Cgroup {
    pub(super) fn block_io_usage(&self) -> Result<BlockIoUsage, FileError> {
        match self.counted_in(Controller::Io) {
            None => Ok(BlockIoUsage::default()),
            Some(place) if place.is_unified() => place.io_stat(),
            Some(place) => place.blkio(),
        }
    }
}

impl Place {
    fn io_stat(&self) -> Result<BlockIoUsage, FileError> {
        let file = c"io.stat";
        let mut usage = BlockIoUsage::default();
        let text = self.read_if_there(file)?.unwrap_or_default();
        for found in keyed::nested(&text) {
            let (major, minor, key, count) = found.map_err(|line| self.odd(file, line))?;
            let (list, operation) = match key {
                "rbytes" => (&mut usage.service_bytes, "Read"),
                "wbytes" => (&mut usage.service_bytes, "Write"),
                "dbytes" => (&mut usage.service_bytes, "Discard"),
                "rios" => (&mut usage.serviced, "Read"),
                "wios" => (&mut usage.serviced, "Write"),
                "dios" => (&mut usage.serviced, "Discard"),
                _ => continue,
            };
            list.push(BlockIoCount { major, minor, operation: operation.into(), count });
        }
        Ok(usage)
    }

    /// What the scheduler counts if it does, else what passes the throttle, which counts always.
    fn blkio(&self) -> Result<BlockIoUsage, FileError> {
        for (prefix, end) in
            [("blkio.bfq.", "_recursive"), ("blkio.throttle.", "_recursive"), ("blkio.throttle.", "")]
        {
            let list = |what: &str| {
                let file = CString::new(format!("{prefix}{what}{end}")).expect("the names are ours");
                self.counts(&file)
            };
            let Some(serviced) = list("io_serviced")?.filter(|list| !list.is_empty()) else { continue };
            return Ok(BlockIoUsage {
                service_bytes: list("io_service_bytes")?.unwrap_or_default(),
                serviced,
                queued: list("io_queued")?.unwrap_or_default(),
                service_time: list("io_service_time")?.unwrap_or_default(),
                wait_time: list("io_wait_time")?.unwrap_or_default(),
                merged: list("io_merged")?.unwrap_or_default(),
                time: list("time")?.unwrap_or_default(),
                sectors: list("sectors")?.unwrap_or_default(),
            });
        }
        Ok(BlockIoUsage::default())
    }

    fn counts(&self, file: &CStr) -> Result<Option<Vec<BlockIoCount>>, FileError> {
        let Some(text) = self.read_if_there(file)? else { return Ok(None) };
        keyed::by_device(&text)
            .map(|found| {
                let (major, minor, operation, count) = found.map_err(|line| self.odd(file, line))?;
                Ok(BlockIoCount { major, minor, operation: operation.into(), count })
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }
}
