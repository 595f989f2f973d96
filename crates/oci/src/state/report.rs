//! What others are told of a container: `state`, `list`, and hooks on their standard input.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::{Created, Status};
use crate::ContainerId;

/// A container as `state` and `list` print it, with runc's keys in runc's order.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report<'a> {
    /// The version of the specification that its configuration names.
    pub oci_version: &'a str,
    /// Its name.
    pub id: &'a ContainerId,
    /// Its first process, as the runtime sees it; 0 once that has ended.
    pub pid: i32,
    /// Where it is in its life.
    pub status: Status,
    /// The absolute path of the bundle.
    pub bundle: &'a Path,
    /// The absolute path of the root file system.
    pub rootfs: &'a Path,
    /// When it was created.
    pub created: Created,
    /// The annotations of its configuration.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: &'a BTreeMap<String, String>,
    /// The user who made it; `state` leaves it empty, as runc does.
    pub owner: &'a str,
}

impl Report<'_> {
    /// The document that `state` prints: indented by two spaces, and as runc prints it without a newline at its end.
    #[must_use]
    pub fn pretty(&self) -> String {
        serde_json::to_string_pretty(self)
            .expect("a report has neither maps with other keys nor failing parts")
    }
}

/// A container as hooks and the agent of a system-call filter are told of it: `runtime.md`, "State".
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookState<'a> {
    /// The version of the specification that its configuration names.
    pub oci_version: &'a str,
    /// Its name.
    pub id: &'a ContainerId,
    /// Where it is in its life.
    pub status: Status,
    /// Its first process, as the runtime sees it; 0 is left out.
    #[serde(skip_serializing_if = "is_none")]
    pub pid: i32,
    /// The absolute path of the bundle.
    pub bundle: &'a Path,
    /// The annotations of its configuration.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: &'a BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
const fn is_none(pid: &i32) -> bool {
    *pid == 0
}

impl HookState<'_> {
    /// The document, on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a state has neither maps with other keys nor failing parts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What runc 1.1.5 printed for a container of its own, to the byte.
    #[test]
    fn a_report_is_what_runc_prints() {
        let id = ContainerId::new("c1").unwrap();
        let report = Report {
            oci_version: "1.0.2-dev",
            id: &id,
            pid: 4776,
            status: Status::Created,
            bundle: Path::new("/tmp/spec/b"),
            rootfs: Path::new("/tmp/spec/b/rootfs"),
            created: "2026-11-29T17:05:52.257203488Z".parse().unwrap(),
            annotations: &BTreeMap::new(),
            owner: "",
        };
        let runc = r#"{
  "ociVersion": "1.0.2-dev",
  "id": "c1",
  "pid": 4776,
  "status": "created",
  "bundle": "/tmp/spec/b",
  "rootfs": "/tmp/spec/b/rootfs",
  "created": "2026-11-29T17:05:52.257203488Z",
  "owner": ""
}"#;
        assert_eq!(report.pretty(), runc);
        let listed = r#"{"ociVersion":"1.0.2-dev","id":"c1","pid":4776,"status":"created","bundle":"/tmp/spec/b","rootfs":"/tmp/spec/b/rootfs","created":"2026-11-29T17:05:52.257203488Z","owner":"root"}"#;
        assert_eq!(serde_json::to_string(&Report { owner: "root", ..report }).unwrap(), listed);
    }

    /// What hooks of runc 1.1.5 were given, to the byte.
    #[test]
    fn hooks_are_told_what_runc_tells_them() {
        let id = ContainerId::new("h1").unwrap();
        let annotations =
            [("b", "2"), ("a", "1\"")].map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let state = HookState {
            oci_version: "1.0.2-dev",
            id: &id,
            status: Status::Creating,
            pid: 30687,
            bundle: Path::new("/tmp/spec/b"),
            annotations: &annotations,
        };
        let runc = r#"{"ociVersion":"1.0.2-dev","id":"h1","status":"creating","pid":30687,"bundle":"/tmp/spec/b","annotations":{"a":"1\"","b":"2"}}"#;
        assert_eq!(state.to_json(), runc);
        let stopped = HookState { status: Status::Stopped, pid: 0, annotations: &BTreeMap::new(), ..state };
        let runc = r#"{"ociVersion":"1.0.2-dev","id":"h1","status":"stopped","bundle":"/tmp/spec/b"}"#;
        assert_eq!(stopped.to_json(), runc);
    }
}
