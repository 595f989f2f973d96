//! `insula ls`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const INSULA: &str = env!("CARGO_BIN_EXE_insula");

fn ls(args: &[&str]) -> Output {
    Command::new(INSULA).arg("ls").args(args).output().unwrap()
}

fn json(args: &[&str]) -> Value {
    let output = ls(&[args, &["--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A process with namespaces of its own, which ends with the test.
struct Away(Child);

impl Away {
    fn new(options: &[&str]) -> Self {
        let mut unshare = Command::new("unshare");
        if !rustix::process::geteuid().is_root() {
            unshare.arg("-Ur");
        }
        let mut child = unshare
            .args(options)
            .args(["sh", "-c", "echo ready; exec sleep 1000"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        // While it executes, it has the shell's name and no arguments.
        let command = format!("/proc/{}/cmdline", child.id());
        while std::fs::read(&command).unwrap() != b"sleep\x001000\0" {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Self(child)
    }

    fn inode(&self, kind: &str) -> u64 {
        let link = std::fs::read_link(format!("/proc/{}/ns/{kind}", self.0.id())).unwrap();
        let digits: String = link.to_str().unwrap().chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn find(document: &Value, inode: u64) -> Option<&Value> {
    document["namespaces"].as_array().unwrap().iter().find(|namespace| namespace["inode"] == inode)
}

#[test]
fn new_namespace_is_listed_with_its_process() {
    let away = Away::new(&["-u"]);
    let document = json(&["-t", "uts"]);
    let namespace = find(&document, away.inode("uts")).unwrap();
    assert_eq!(namespace["kind"], "uts");
    assert_eq!(namespace["procs"], 1);
    assert_eq!(namespace["pid"], away.0.id());
    assert_eq!(namespace["command"], "sleep 1000");
    assert_eq!(document["version"], 1);
    let table = String::from_utf8(ls(&["-t", "uts"]).stdout).unwrap();
    let words = ["uts".to_owned(), away.inode("uts").to_string(), "1".to_owned(), away.0.id().to_string()];
    assert!(table.lines().any(|line| line.split_whitespace().take(4).eq(words.iter())), "{table}");
}

#[test]
fn only_kinds_asked_for_are_listed() {
    let document = json(&["--type", "net,pid"]);
    for namespace in document["namespaces"].as_array().unwrap() {
        assert!(["net", "pid"].contains(&namespace["kind"].as_str().unwrap()));
    }
}

#[test]
fn owner_holds_what_it_owns_in_the_tree() {
    let away = Away::new(&["-U", "-u"]);
    let document = json(&["--tree", "--columns", "kind,inode"]);
    let user = descend(&document["namespaces"], away.inode("user")).unwrap();
    assert!(descend(&user["children"], away.inode("uts")).is_some());
    let table = String::from_utf8(ls(&["--tree=owner"]).stdout).unwrap();
    assert!(table.contains(&format!("└─{}", away.inode("uts"))), "{table}");
}

fn descend(level: &Value, inode: u64) -> Option<&Value> {
    level.as_array()?.iter().find_map(|namespace| {
        if namespace["inode"] == inode { Some(namespace) } else { descend(&namespace["children"], inode) }
    })
}

#[test]
fn columns_can_be_chosen_and_added() {
    let table = String::from_utf8(ls(&["-t", "uts", "--columns", "inode,kind"]).stdout).unwrap();
    assert_eq!(table.lines().next().unwrap().split_whitespace().collect::<Vec<_>>(), ["INODE", "KIND"]);
    let more = json(&["-t", "uts", "--columns", "+id,owner"]);
    assert!(more["namespaces"][0].as_object().unwrap().contains_key("owner"));
    assert!(more["namespaces"][0].as_object().unwrap().contains_key("command"));
    let bad = ls(&["--columns", "nope"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(String::from_utf8(bad.stderr).unwrap().contains("unknown column `nope`"));
}

#[test]
fn filter_takes_the_rows_that_it_is_true_of() {
    let away = Away::new(&["-u"]);
    let document = json(&["-t", "uts", "--filter", &format!("PID == {}", away.0.id())]);
    assert_eq!(document["namespaces"].as_array().unwrap().len(), 1);
    assert_eq!(ls(&["--filter", "(("]).status.code(), Some(2));
}

#[test]
fn descriptor_that_holds_a_namespace_is_found_on_request() {
    let away = Away::new(&["-u"]);
    let file = std::fs::File::open(format!("/proc/{}/ns/uts", away.0.id())).unwrap();
    let inode = away.inode("uts");
    drop(away);
    let document = json(&["--persistent", "--deep", "--type", "uts"]);
    let namespace = find(&document, inode).unwrap();
    assert_eq!(namespace["holders"][0]["holder"], "descriptor");
    assert_eq!(namespace["holders"][0]["pid"], std::process::id());
    assert_eq!(namespace["pid"], Value::Null);
    drop(file);
}

#[test]
fn watching_a_pipe_tells_what_changes() {
    let mut watch = Command::new(INSULA)
        .args(["ls", "--watch=0.05", "--json", "-t", "uts", "-o", "inode"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
    assert_eq!(first["event"], "appeared");
    let away = Away::new(&["-u"]);
    let inode = away.inode("uts");
    let mut wait_for = |event: &str| {
        lines.any(|line| {
            let change: Value = serde_json::from_str(&line).unwrap();
            change["event"] == event && change["namespace"]["inode"] == inode
        })
    };
    assert!(wait_for("appeared"));
    drop(away);
    assert!(wait_for("gone"));
    let pid = rustix::process::Pid::from_child(&watch);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(watch.wait().unwrap().code(), Some(0));
}

#[test]
fn watched_terminal_is_left_as_it_was() {
    let away = Away::new(&["-u"]);
    let file = std::env::temp_dir().join(format!("insula-watch-{}", std::process::id()));
    // Once something is drawn, it is looked at a few times more before it ends.
    let script = format!(
        "stty cols 60 rows 10; {INSULA} ls --watch=0.05 -t uts -Q 'PID == {}' -o kind,procs & \
         until grep -q \"$(printf '\\033')\" '{}'; do sleep 0.05; done; sleep 0.3; kill $!; wait $!",
        away.0.id(),
        file.display()
    );
    Command::new("script").args(["-qfc", &script]).arg(&file).output().unwrap();
    let content = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let (_, screen) = content.split_once("\u{1b}[?1049h").unwrap();
    let (screen, _) = screen.split_once("\u{1b}[?25h\u{1b}[?1049l").unwrap();
    assert_eq!(screen.matches("KIND").count(), 1, "what does not change is not drawn again: {screen:?}");
}

#[test]
fn what_a_user_may_not_see_is_counted() {
    let mut ls = Command::new(if rustix::process::geteuid().is_root() { "setpriv" } else { INSULA });
    if rustix::process::geteuid().is_root() {
        ls.args(["--reuid", "4242", "--regid", "4242", "--clear-groups", INSULA]);
    }
    let output = ls.args(["ls", "-t", "uts"]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.starts_with("insula: not shown, as this user may not look at them: "), "{message}");
}
