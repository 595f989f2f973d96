//! `insula doctor`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::{Command, Output};

use serde_json::Value;

fn doctor(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_insula")).arg("doctor").args(args).output().unwrap()
}

#[test]
fn json_has_an_answer_of_each_probe() {
    let output = doctor(&["--json"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["version"], 1);
    let findings = report["findings"].as_array().unwrap();
    for finding in findings {
        assert!(["works", "limited", "no"].contains(&finding["status"].as_str().unwrap()));
        assert!(finding["probe"].is_string() && finding["evidence"].is_string());
    }
    for kind in ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] {
        assert!(findings.iter().any(|finding| finding["probe"].as_str().unwrap().contains(kind)), "{kind}");
    }
}

#[test]
fn text_has_a_line_for_each_probe() {
    let report: Value = serde_json::from_slice(&doctor(&["--json"]).stdout).unwrap();
    let text = String::from_utf8(doctor(&[]).stdout).unwrap();
    for finding in report["findings"].as_array().unwrap() {
        let probe = finding["probe"].as_str().unwrap();
        assert!(text.lines().any(|line| line.split_whitespace().nth(1) == Some(probe)), "{probe}");
    }
}

#[test]
fn one_probe_can_be_asked_alone() {
    let report: Value = serde_json::from_slice(&doctor(&["--json"]).stdout).unwrap();
    let probe = report["findings"][0]["probe"].as_str().unwrap();
    let alone: Value = serde_json::from_slice(&doctor(&["--json", probe]).stdout).unwrap();
    assert_eq!(alone.as_array().unwrap().len(), 1);
    assert_eq!(alone[0]["probe"], probe);
}

#[test]
fn unknown_probe_is_a_usage_error() {
    let output = doctor(&["nope"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("insula: there is no probe `nope`\n"));
}
