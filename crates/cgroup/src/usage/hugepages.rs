//! Huge pages.

use std::ffi::CString;

use rustix::fs::Dir;

use crate::{Cgroup, Controller, FileError};

/// Bytes of huge pages of one size: `admin-guide/cgroup-v1/hugetlb.rst`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HugepageUsage {
    /// The size as the kernel's files have it, `2MB`.
    pub page_size: Box<str>,
    /// Bytes now.
    pub usage: u64,
    /// The most that it was; version 1 alone.
    pub peak: Option<u64>,
    /// How often it met the limit.
    pub failures: Option<u64>,
}

impl Cgroup {
    pub(super) fn hugepage_usage(&self) -> Result<Vec<HugepageUsage>, FileError> {
        let Some(place) = self.counted_in(Controller::Hugetlb) else { return Ok(Vec::new()) };
        let end = if place.is_unified() { ".current" } else { ".usage_in_bytes" };
        let mut sizes: Vec<Box<str>> = Vec::new();
        let failed = |source| FileError::Read { file: place.directory.path().clone(), source };
        for entry in Dir::read_from(&place.directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy();
            let size = name.strip_prefix("hugetlb.").and_then(|name| name.strip_suffix(end));
            sizes.extend(size.filter(|size| !size.contains('.')).map(Box::from));
        }
        sizes.sort_unstable();
        let mut found = Vec::with_capacity(sizes.len());
        for page_size in sizes {
            let file =
                |end: &str| CString::new(format!("hugetlb.{page_size}.{end}")).expect("a file has this name");
            let (usage, peak, failures) = if place.is_unified() {
                (place.number(&file("current"))?, None, place.value_of(&file("events"), "max")?)
            } else {
                let peak = place.number(&file("max_usage_in_bytes"))?;
                (place.number(&file("usage_in_bytes"))?, peak, place.number(&file("failcnt"))?)
            };
            found.push(HugepageUsage { usage: usage.unwrap_or_default(), peak, failures, page_size });
        }
        Ok(found)
    }
}
