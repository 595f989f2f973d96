//! All answers together.

use serde::Serialize;

use super::probe::{Finding, Lab, Probe, Status};
use super::surroundings::Surroundings;

/// What this machine can do for this user: what `insula doctor` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Raised when a field changes its meaning or goes away.
    pub version: u32,
    /// The kernel's release: `uname -r`. For people; nothing here is decided by it.
    pub kernel: String,
    /// The machine: `uname -m`.
    pub machine: String,
    /// The effective user id.
    pub euid: u32,
    /// What this process is in already.
    pub surroundings: Surroundings,
    /// One for each probe.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Asks all probes.
    #[must_use]
    pub fn examine() -> Self {
        let lab = Lab::of_this_machine();
        let uname = rustix::system::uname();
        Self {
            version: 1,
            kernel: uname.release().to_string_lossy().into_owned(),
            machine: uname.machine().to_string_lossy().into_owned(),
            euid: lab.caller.euid,
            surroundings: Surroundings::read(&lab.evidence),
            findings: Probe::ALL.iter().map(|probe| probe.ask(&lab)).collect(),
        }
    }

    /// The findings that are not [`Status::Works`].
    pub fn troubles(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status != Status::Works)
    }
}
