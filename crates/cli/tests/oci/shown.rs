//! What `insula show` and `insula ls` tell of containers.

use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::home::{Home, Tool, command};
use super::{Fact, Need};

const NEEDS: &[Need] = &[Need::Root, Need::Busybox];

pub(crate) const FACTS: &[Fact] = &[
    Fact { name: "a_container_is_shown_by_its_name", needs: NEEDS, holds: shown_by_name },
    Fact { name: "a_container_holds_its_namespaces", needs: NEEDS, holds: holds_namespaces },
    Fact {
        name: "containers_are_in_the_way_of_no_set_and_no_garbage",
        needs: NEEDS,
        holds: in_the_way_of_no_set,
    },
    Fact { name: "a_list_has_what_containers_use", needs: NEEDS, holds: listed_with_usage },
    Fact { name: "who_names_the_container_of_a_process", needs: NEEDS, holds: process_of_container },
];

fn insula(home: &Home, words: &[&str]) -> Output {
    let mut command = command(env!("CARGO_BIN_EXE_insula"));
    command.args(words).arg("--root").arg(home.path("state")).output().unwrap()
}

#[track_caller]
fn document(home: &Home, words: &[&str]) -> Value {
    let output = insula(home, words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The namespaces of a process as the kernel names them.
fn of_process(pid: &Value) -> Vec<(String, u64)> {
    let link = |kind: &str| {
        let link = std::fs::read_link(format!("/proc/{pid}/ns/{kind}")).unwrap();
        let link = link.to_str().unwrap().trim_end_matches(']').to_owned();
        (kind.to_owned(), link.rsplit('[').next().unwrap().parse().unwrap())
    };
    ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"].map(link).to_vec()
}

fn shown_by_name() {
    let home = Home::new(Tool::Insula);
    let bundle = home.bundle(&["sleep", "60"]);
    home.limit(json!({"memory": {"limit": 64 << 20}, "pids": {"limit": 20}, "cpu": {"quota": 50_000, "period": 100_000}}));
    home.create();
    home.output(&["start", &home.id]);
    let facts = document(&home, &["show", "--json", &home.id]);
    let container = &facts["container"];
    assert_eq!(container["id"], home.id);
    assert_eq!(container["status"], "running");
    assert_eq!(container["bundle"], bundle.to_str().unwrap());
    assert_eq!(container["state_directory"], home.path("state").to_str().unwrap());
    assert_eq!(container["pid"], home.state()["pid"]);
    assert_eq!((&container["memory"]["limit"], &container["pids"]["limit"]), (&json!(64 << 20), &json!(20)));
    assert_eq!((&container["cpu"]["limit"], &container["pids"]["usage"]), (&json!(0.5), &json!(1)));
    assert!(container["memory"]["usage"].as_u64().unwrap() > 0);
    let namespaces: Vec<(String, u64)> = facts["namespaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kind"].as_str().unwrap().to_owned(), one["inode"].as_u64().unwrap()))
        .collect();
    let mut sorted = namespaces.clone();
    sorted.sort();
    assert_eq!(sorted, of_process(&container["pid"]));
    // By its process it is the same.
    let by_pid = document(&home, &["show", "--json", &container["pid"].to_string()]);
    assert_eq!(by_pid["container"]["id"], home.id);
    let text = String::from_utf8(insula(&home, &["show", &home.id]).stdout).unwrap();
    for line in [
        format!("container {}", home.id),
        "state                 running".to_owned(),
        "tasks                 1 of 20".to_owned(),
    ] {
        assert!(text.contains(&line), "{line} is not in {text}");
    }
    home.output(&["pause", &home.id]);
    assert_eq!(document(&home, &["show", "--json", &home.id])["container"]["status"], "paused");
    home.output(&["resume", &home.id]);
    home.output(&["kill", &home.id, "9"]);
    home.wait("stopped");
    let facts = document(&home, &["show", "--json", &home.id]);
    assert_eq!(
        (&facts["container"]["status"], &facts["container"]["pid"]),
        (&json!("stopped"), &Value::Null)
    );
    assert_eq!(facts["namespaces"], json!([]));
    home.output(&["delete", &home.id]);
    let output = insula(&home, &["show", &home.id]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no set"), "{output:?}");
}

fn holds_namespaces() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    let listing = document(&home, &["ls", "--json"]);
    let held: Vec<&Value> = listing["namespaces"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["holders"].as_array().unwrap().iter().any(|holder| holder["id"] == *home.id))
        .collect();
    let kinds: Vec<&str> = held.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    for kind in ["ipc", "mnt", "net", "pid", "uts"] {
        assert!(kinds.contains(&kind), "{kind} is not among {kinds:?}");
    }
    // Those that it has in common with everybody are not its own.
    assert!(!kinds.contains(&"user"), "{kinds:?}");
    let text = String::from_utf8(insula(&home, &["ls", "-t", "uts", "-o", "INODE,HOLDERS"]).stdout).unwrap();
    assert!(text.contains(&format!("container {}", home.id)), "{text}");
}

/// Where containers are known if nobody says otherwise is among the sets: `insula gc` took that for a set, and failed.
fn in_the_way_of_no_set() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    let script = r#"
set -e
mount -t tmpfs -o mode=755 none /run
insula=$1 id=$2
"$insula" oci create --bundle bundle "$id" </dev/null >/run/said 2>&1
trap '"$insula" oci delete --force "$id"' EXIT
"$insula" gc
"$insula" create oci net
"$insula" gc
"$insula" rm oci
"$insula" oci list --quiet
"#;
    let arguments = ["--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_insula"), &home.id];
    let output = command("unshare").args(arguments).current_dir(home.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", home.id));
}

fn listed_with_usage() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.limit(json!({"memory": {"limit": 64 << 20}, "pids": {"limit": 20}}));
    home.create();
    home.output(&["start", &home.id]);
    let holder = || {
        let listing = document(&home, &["ls", "--json", "-t", "uts"]);
        let namespaces = listing["namespaces"].as_array().unwrap();
        let mut holders = namespaces.iter().flat_map(|one| one["holders"].as_array().unwrap());
        holders.find(|holder| holder["id"] == *home.id).unwrap().clone()
    };
    let listed = holder();
    assert_eq!((&listed["holder"], &listed["status"]), (&json!("container"), &json!("running")));
    assert_eq!(
        (&listed["memory"]["limit"], &listed["pids"]),
        (&json!(64 << 20), &json!({"usage": 1, "limit": 20}))
    );
    // It says the same as `show`, but for what has changed meanwhile.
    let mut shown = document(&home, &["show", "--json", &home.id])["container"].clone();
    shown["holder"] = "container".into();
    for changing in ["memory", "cpu"] {
        shown[changing]["usage"] = listed[changing]["usage"].clone();
    }
    assert_eq!(listed, shown);
    let text = String::from_utf8(insula(&home, &["ls", "-t", "uts", "-o", "INODE,HOLDERS"]).stdout).unwrap();
    let (_, words) = text.split_once(&format!("container {} (running, ", home.id)).unwrap();
    assert!(words.contains(" of 64 MiB of memory, 1 of 20 tasks)"), "{text}");
    home.output(&["pause", &home.id]);
    assert_eq!(holder()["status"], "paused");
    // Somebody else is at it: a list does not wait.
    let state = std::fs::File::open(home.path("state").join(&home.id)).unwrap();
    state.lock().unwrap();
    assert_eq!(holder()["status"], "paused");
}

fn process_of_container() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    home.output(&["start", &home.id]);
    let first = home.state()["pid"].to_string();
    // Whoever reads what it prints would wait for its end.
    let mut exec =
        home.command(&["exec", "--detach", "--pid-file", "pid", &home.id, "/bin/busybox", "sleep", "60"]);
    assert!(exec.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    let added = std::fs::read_to_string(home.path("pid")).unwrap();
    for pid in [&first, &added] {
        let answer = document(&home, &["who", "--json", pid]);
        assert_eq!(answer[0]["container"]["id"], home.id, "{answer}");
        let text = String::from_utf8(insula(&home, &["who", pid]).stdout).unwrap();
        assert!(text.contains(&format!("  in container {} (running", home.id)), "{text}");
    }
    let own = std::process::id().to_string();
    assert_eq!(document(&home, &["who", "--json", &own])[0]["container"], Value::Null);
    let inode = of_process(&home.state()["pid"]).into_iter().find(|(kind, _)| kind == "uts").unwrap().1;
    let answer = document(&home, &["who", "--json", &inode.to_string()]);
    let holders = answer[0]["holders"].as_array().unwrap();
    assert!(
        holders.iter().any(|holder| holder["holder"] == "container" && holder["id"] == *home.id),
        "{answer}"
    );
}
