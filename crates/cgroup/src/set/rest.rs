//! Tasks, huge pages, marks of packets, RDMA, and files by their names.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{SetError, Setting, Target, file_name, or_max};
use crate::{Controller, HugepageLimit, Limit, Network, Rdma};

impl Setting<'_> {
    /// `admin-guide/cgroup-v1/pids.rst`; the file is the same in version 2.
    pub(super) fn set_pids(&self, pids: Option<Limit>) -> Result<(), SetError> {
        let Some(limit) = pids else { return Ok(()) };
        self.target(Controller::Pids)?.write("pids.max", &or_max(limit))
    }

    /// `admin-guide/cgroup-v1/hugetlb.rst`: what is used, and where the kernel counts that (since 5.7), what is reserved.
    pub(super) fn set_hugepages(&self, limits: &[HugepageLimit]) -> Result<(), SetError> {
        for HugepageLimit { page_size, limit } in limits {
            let target = self.target(Controller::Hugetlb)?;
            let value = limit.to_string();
            let end = if target.is_legacy() { "limit_in_bytes" } else { "max" };
            target.write(&format!("hugetlb.{page_size}.{end}"), &value)?;
            target.write_if_there(&format!("hugetlb.{page_size}.rsvd.{end}"), &value)?;
        }
        Ok(())
    }

    /// `admin-guide/cgroup-v1/net_cls.rst` and `net_prio.rst`.
    pub(super) fn set_network(&self, network: &Network) -> Result<(), SetError> {
        if let Some(class) = network.class_id {
            let target = self.target(Controller::NetCls)?;
            target.unsupported((!target.is_legacy()).then_some(()), "network.classID")?;
            target.write("net_cls.classid", &class.to_string())?;
        }
        for (interface, priority) in &network.priorities {
            let target = self.target(Controller::NetPrio)?;
            target.unsupported((!target.is_legacy()).then_some(()), "network.priorities")?;
            target.write("net_prio.ifpriomap", &format!("{interface} {priority}"))?;
        }
        Ok(())
    }

    /// `admin-guide/cgroup-v1/rdma.rst`; the file is the same in version 2.
    pub(super) fn set_rdma(&self, rdma: &BTreeMap<Box<str>, Rdma>) -> Result<(), SetError> {
        for (device, bounds) in rdma {
            let mut value = device.to_string();
            for (bound, key) in [(bounds.hca_handles, "hca_handle"), (bounds.hca_objects, "hca_object")] {
                if let Some(bound) = bound {
                    write!(value, " {key}={bound}").expect("a string takes everything");
                }
            }
            if value.len() > device.len() {
                self.target(Controller::Rdma)?.write("rdma.max", &value)?;
            }
        }
        Ok(())
    }

    /// `config-linux.md`, "Unified": names of files and what is written to them.
    pub(super) fn set_unified(&self, files: &BTreeMap<Box<str>, Box<str>>) -> Result<(), SetError> {
        for (file, value) in files {
            file_name(file)?;
            let place = self.group.unified().ok_or_else(|| SetError::NotUnified { file: file.clone() })?;
            Target { place, version: 2, tell: self.tell }.write(file, value)?;
        }
        Ok(())
    }
}
