//! `insula who`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::io::{BufRead as _, BufReader};
use std::os::fd::AsRawFd as _;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn who(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_insula")).arg("who").args(args).output().unwrap()
}

fn json(subject: &str) -> Value {
    let output = who(&["--json", subject]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<Value>(&output.stdout).unwrap()[0].clone()
}

/// A process with a UTS namespace of its own.
fn away() -> (Child, String) {
    let mut unshare = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.arg("-Ur");
    }
    let mut child = unshare
        .args(["-u", "sh", "-c", "echo ready; exec sleep 1000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
    // While it executes, it has the shell's name and no arguments.
    let command = format!("/proc/{}/cmdline", child.id());
    while std::fs::read(&command).unwrap() != b"sleep\x001000\0" {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let link = std::fs::read_link(format!("/proc/{}/ns/uts", child.id())).unwrap();
    let inode = link.to_str().unwrap().chars().filter(char::is_ascii_digit).collect();
    (child, inode)
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn namespace_names_all_that_holds_it() {
    let (child, inode) = away();
    let file = std::fs::File::open(format!("/proc/{}/ns/uts", child.id())).unwrap();
    let answer = json(&inode);
    assert_eq!(answer["kind"], "uts");
    assert_eq!(answer["processes"][0]["pid"], child.id());
    let descriptor = serde_json::json!({
        "holder": "descriptor", "pid": std::process::id(), "descriptor": file.as_raw_fd(),
    });
    assert_eq!(answer["holders"], serde_json::json!([descriptor]));
    end(child);
    let text = String::from_utf8(who(&[&inode]).stdout).unwrap();
    assert!(text.contains(&format!("descriptor {} of {}", file.as_raw_fd(), std::process::id())), "{text}");
    assert!(!text.contains("process "), "{text}");
}

#[test]
fn process_tells_where_it_comes_from_and_what_is_its_own() {
    let (child, inode) = away();
    let answer = json(&child.id().to_string());
    assert_eq!(answer["process"]["command"], "sleep 1000");
    assert_eq!(answer["started_by"][0]["pid"], std::process::id());
    let uts =
        answer["namespaces"].as_array().unwrap().iter().find(|namespace| namespace["kind"] == "uts").unwrap();
    assert_eq!(uts["inode"].to_string(), inode);
    assert_eq!(
        (&uts["others"], &uts["shared_with_caller"], &uts["shared_with_parent"]),
        (&0.into(), &false.into(), &false.into())
    );
    let text = String::from_utf8(who(&[&child.id().to_string()]).stdout).unwrap();
    assert!(text.contains(&format!("  in uts:[{inode}], alone, not its parent\n")), "{text}");
    end(child);
}

#[test]
fn several_subjects_are_answered_in_order() {
    let (child, inode) = away();
    let output = who(&["--json", &inode, &format!("uts:[{inode}]"), &format!("/proc/{}/ns/uts", child.id())]);
    let answers: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.as_array().unwrap().len(), 3);
    let inode: u64 = inode.parse().unwrap();
    assert!(answers.as_array().unwrap().iter().all(|answer| answer["inode"] == inode));
    end(child);
}

#[test]
fn namespace_that_is_not_there_is_named() {
    let output = who(&["4000000000"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("insula: there is no namespace 4000000000 in sight\n")
    );
}

#[test]
fn who_asks_for_a_port_by_its_number_is_told_how() {
    let free = |pid: &u16| !std::path::Path::new("/proc").join(pid.to_string()).exists();
    let port = (1..=u16::MAX).rev().find(free).unwrap();
    let output = who(&[&port.to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("hint: a port is asked for as `tcp:{port}` or `udp:{port}`")), "{said}");
}
