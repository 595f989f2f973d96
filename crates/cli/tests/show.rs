//! `insula show`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::{Command, Output};

use serde_json::Value;

fn show(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_insula")).arg("show").args(args).output().unwrap()
}

fn json(target: &str) -> Value {
    let output = show(&["--json", target]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn me() -> String {
    std::process::id().to_string()
}

#[test]
fn process_is_shown_as_proc_has_it() {
    let facts = json(&me());
    for namespace in facts["namespaces"].as_array().unwrap() {
        let kind = namespace["kind"].as_str().unwrap();
        let link = std::fs::read_link(format!("/proc/self/ns/{kind}")).unwrap();
        assert_eq!(link.to_str().unwrap(), format!("{kind}:[{}]", namespace["inode"]));
        assert_eq!(namespace["shared_with_caller"], true);
    }
    assert_eq!(facts["process"]["pid"], std::process::id());
    assert_eq!(facts["process"]["uids"][1], rustix::process::geteuid().as_raw());
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap();
    let first: Vec<&str> = map.split_whitespace().take(3).collect();
    assert_eq!(facts["id_maps"]["uid"][0]["inside"].to_string(), first[0]);
    assert_eq!(facts["id_maps"]["uid"][0]["count"].to_string(), first[2]);
    let limits = facts["limits"].as_array().unwrap();
    let files = limits.iter().find(|limit| limit["name"] == "Max open files").unwrap();
    assert_eq!(files["soft"], rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap());
    assert!(facts["links"].as_array().unwrap().iter().any(|link| link["name"] == "lo"));
}

#[test]
fn file_is_one_namespace() {
    let facts = json("/proc/self/ns/uts");
    assert_eq!(facts["namespaces"].as_array().unwrap().len(), 1);
    assert_eq!(facts["namespaces"][0]["kind"], "uts");
    assert!(facts["process"].is_null() && facts["links"].is_null());
    let pids = facts["processes"].as_array().unwrap();
    assert!(pids.iter().any(|process| process["pid"] == std::process::id()));
}

#[test]
fn text_has_a_line_for_each_namespace() {
    let text = String::from_utf8(show(&[&me()]).stdout).unwrap();
    for kind in ["mnt", "net", "pid", "user", "uts", "ipc"] {
        assert!(text.lines().any(|line| line.split_whitespace().next() == Some(kind)), "{text}");
    }
    assert!(text.contains("ids of the user namespace\n") && text.contains("limits, soft and hard\n"));
}

#[test]
fn target_that_is_not_there_is_named() {
    for (target, message) in [
        ("2147483647", "insula: cannot open process 2147483647: no such process (ESRCH)\n"),
        ("no-such-set", "insula: there is no set `no-such-set`\n"),
        ("/dev/null", "insula: `/dev/null` is not a namespace file: its file system is not nsfs\n"),
    ] {
        let output = show(&[target]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
    }
    assert_eq!(show(&[]).status.code(), Some(2));
}
