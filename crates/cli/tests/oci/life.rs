//! Containers, beside those of the original.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::home::{Home, Tool};
use super::{Fact, Need};

const ALL: &[Need] = &[Need::Runc, Need::Root, Need::Busybox];
const OURS: &[Need] = &[Need::Root, Need::Busybox];

pub(crate) const FACTS: &[Fact] = &[
    Fact { name: "a_container_is_told_of_as_runc_does", needs: ALL, holds: a_container_is_told_of },
    Fact {
        name: "the_pid_file_has_the_first_process",
        needs: OURS,
        holds: the_pid_file_has_the_first_process,
    },
    Fact { name: "run_exits_as_its_process_did", needs: OURS, holds: run_exits_as_its_process_did },
    Fact { name: "exec_changes_what_it_is_told_to", needs: OURS, holds: exec_changes_what_it_is_told_to },
    Fact {
        name: "a_wrong_configuration_leaves_nothing",
        needs: OURS,
        holds: a_wrong_configuration_leaves_nothing,
    },
    Fact { name: "a_paused_container_is_told_of_as_runc_does", needs: ALL, holds: a_paused_container },
    Fact { name: "limits_are_changed_as_runc_changes_them", needs: ALL, holds: limits_are_changed },
    Fact { name: "processes_are_listed_as_runc_does", needs: ALL, holds: processes_are_listed },
    Fact { name: "usage_is_told_by_runcs_keys", needs: ALL, holds: usage_is_told },
    Fact { name: "want_of_memory_is_told_until_the_end", needs: OURS, holds: want_of_memory_is_told },
    Fact { name: "expressions_name_containers", needs: OURS, holds: expressions_name_containers },
    Fact { name: "nothing_is_checkpointed_that_is_not_there", needs: ALL, holds: nothing_to_checkpoint },
    Fact { name: "without_criu_a_checkpoint_says_so", needs: OURS, holds: no_criu },
    Fact { name: "a_root_that_is_not_pivoted_to_is_all_there_is", needs: OURS, holds: root_without_pivot },
    Fact { name: "signals_pass_through_run_and_exec", needs: OURS, holds: signals_pass_through },
];

/// From create to delete: the documents of `state` and `list`, and how what makes no sense ends.
fn a_container_is_told_of() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sleep", "60"]);
        home.create();
        let mut told =
            vec![home.state(), serde_json::from_str(&home.output(&["list", "-f", "json"])).unwrap()];
        let mut ends = vec![home.run(&["delete", "../x"]).status.code()];
        home.output(&["start", &home.id]);
        told.push(home.state());
        ends.push(home.run(&["start", &home.id]).status.code());
        ends.push(home.run(&["delete", &home.id]).status.code());
        ends.push(home.run(&["exec", &home.id, "/bin/busybox", "sh", "-c", "exit 7"]).status.code());
        ends.push(home.run(&["exec", &home.id, "/nothing"]).status.code());
        ends.push(home.run(&["kill", &home.id, "NOSUCH"]).status.code());
        home.output(&["kill", &home.id, "9"]);
        home.wait("stopped");
        told.push(home.state());
        ends.push(home.run(&["kill", &home.id]).status.code());
        ends.push(home.run(&["start", &home.id]).status.code());
        home.output(&["delete", &home.id]);
        ends.push(home.run(&["state", &home.id]).status.code());
        for document in &mut told {
            without_what_differs(document);
        }
        (told, ends)
    });
    assert_eq!(ours, theirs);
}

/// Takes out of a document what no two containers have in common.
fn without_what_differs(document: &mut Value) {
    match document {
        Value::Array(documents) => {
            for document in documents {
                without_what_differs(document);
            }
        }
        document => {
            document["pid"] = (document["pid"] != 0).into();
            for key in ["id", "created", "bundle", "rootfs", "ociVersion"] {
                document[key] = document[key].is_string().into();
            }
        }
    }
}

fn the_pid_file_has_the_first_process() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    let pid = std::fs::read_to_string(home.path("pid")).unwrap();
    assert_eq!(home.state()["pid"].to_string(), pid);
    assert!(!home.path(".pid").exists(), "what it was written as is left");
}

fn run_exits_as_its_process_did() {
    let home = Home::new(Tool::Insula);
    for (script, status) in [("exit 0", 0), ("exit 9", 9)] {
        home.bundle(&["sh", "-c", script]);
        let output = home.run(&["run", "--bundle", "bundle", &home.id]);
        assert_eq!(output.status.code(), Some(status), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(home.output(&["list", "-q"]), "");
    }
}

/// A process that says when it is ready to be asked to end.
const READY: &str = "trap 'exit 5' TERM; echo ready; while :; do /bin/busybox sleep 0.1; done";

fn signals_pass_through() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sh", "-c", READY]);
    assert_eq!(ended_by_term(home.command(&["run", "--bundle", "bundle", &home.id])), Some(5));
    assert_eq!(home.output(&["list", "-q"]), "");

    home.bundle(&["sleep", "60"]);
    home.create();
    home.output(&["start", &home.id]);
    assert_eq!(ended_by_term(home.command(&["exec", &home.id, "/bin/busybox", "sh", "-c", READY])), Some(5));
    assert_eq!(home.state()["status"], "running");
}

/// How a runtime ends that is sent SIGTERM when what it runs is ready.
fn ended_by_term(mut command: Command) -> Option<i32> {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    // It stands by a moment after what it runs has begun.
    std::thread::sleep(Duration::from_millis(200));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    child.wait().unwrap().code()
}

fn a_paused_container() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sleep", "60"]);
        home.create();
        home.output(&["start", &home.id]);
        home.output(&["pause", &home.id]);
        let mut told = vec![home.state()["status"].clone()];
        let again = home.run(&["pause", &home.id]).status.code();
        home.output(&["resume", &home.id]);
        told.push(home.state()["status"].clone());
        let twice = home.run(&["resume", &home.id]).status.code();
        home.output(&["kill", "--all", &home.id, "KILL"]);
        home.wait("stopped");
        (told, again, twice)
    });
    assert_eq!(ours, theirs);
}

/// By options, and by a document on standard input beside which they do not count.
fn limits_are_changed() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sleep", "60"]);
        home.create();
        let limits = || ["pids.max", "cpuset.cpus"].map(|file| limit(&home.state()["pid"].to_string(), file));
        home.output(&["update", "--pids-limit", "9", "--cpuset-cpus", "0", "--memory", "64M", &home.id]);
        let mut told = vec![limits()];
        std::fs::write(home.path("limits.json"), r#"{"pids": {"limit": 7}}"#).unwrap();
        home.output(&["update", "--resources", "limits.json", "--pids-limit", "5", &home.id]);
        told.push(limits());
        let refused = home.run(&["update", "--memory", "much", &home.id]).status.code();
        let unknown = home.run(&["update", "--pids-limit", "5", "nosuch"]).status.code();
        home.output(&["delete", "--force", &home.id]);
        (told, refused, unknown)
    });
    assert_eq!(ours.0, [["9", "0"], ["7", "0"]]);
    assert_eq!(ours, theirs);
}

/// A limit of the control group of a process, of version 1 or 2.
fn limit(pid: &str, file: &str) -> String {
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let (controller, _) = file.split_once('.').unwrap();
    let found = groups.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let mount = if controllers.is_empty() { String::new() } else { format!("/{controllers}") };
        let is_it = controllers.is_empty() || controllers.split(',').any(|name| name == controller);
        std::fs::read_to_string(format!("/sys/fs/cgroup{mount}{path}/{file}")).ok().filter(|_| is_it)
    });
    found.expect("no such limit").trim().to_owned()
}

fn processes_are_listed() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sh", "-c", "sleep 60 & wait"]);
        home.create();
        home.output(&["start", &home.id]);
        let ids = || -> Value {
            serde_json::from_str(&home.output(&["ps", "--format", "json", &home.id])).unwrap()
        };
        let is_whole = || {
            let table = home.output(&["ps", &home.id, "-o", "pid,args"]);
            table.contains("sleep 60 & wait") && table.lines().any(|line| line.ends_with("sleep 60"))
        };
        home.wait_until(is_whole, "the shell and what it starts");
        let ids = ids();
        let table = home.output(&["ps", &home.id, "-o", "pid,args", "-e"]);
        let commands: Vec<String> =
            table.lines().map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect();
        (ids.as_array().unwrap().len(), commands, home.run(&["ps", &home.id, "-o", "user"]).status.code())
    });
    assert_eq!(ours, theirs);
}

fn usage_is_told() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sleep", "60"]);
        home.limit(serde_json::json!({"pids": {"limit": 9}, "memory": {"limit": 64 << 20}}));
        home.create();
        home.output(&["start", &home.id]);
        let text = home.output(&["events", "--stats", &home.id]);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let mut line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["id"], home.id);
        assert!(line["data"]["cpu"]["usage"]["total"].as_u64().unwrap() > 0, "{line}");
        line["id"].take();
        without_what_varies(&mut line["data"]);
        home.output(&["kill", &home.id, "KILL"]);
        home.wait("stopped");
        let ends = [&["events", "--stats"][..], &["events"], &["events", "--interval", "0s"]]
            .map(|words| home.run(&[words, &[&home.id]].concat()).status.code());
        (line, ends)
    });
    assert_eq!(ours, theirs);
    assert_eq!(ours.0["data"]["memory"]["usage"]["limit"], 64 << 20);
}

/// Takes the numbers out that no two containers have in common, and the keys that are there only if one of those is not 0.
fn without_what_varies(stats: &mut Value) {
    for counted in stats["memory"]["raw"].as_object_mut().unwrap().values_mut() {
        counted.take();
    }
    stats["memory"].as_object_mut().unwrap().remove("cache");
    for counter in ["usage", "swap", "kernel", "kernelTCP"] {
        stats["memory"][counter].as_object_mut().unwrap().retain(|key, _| key == "limit" || key == "failcnt");
    }
    for number in stats["cpu"]["usage"].as_object_mut().unwrap().values_mut() {
        number.take();
    }
    stats["blkio"].take();
    stats["pids"]["current"].take();
    // We find huge pages counted in version 2 beside controllers of version 1; runc does not look there.
    stats["hugetlb"].take();
}

fn want_of_memory_is_told() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sh", "-c", "sleep 2; x=$(head -c 100000000 /dev/zero | tr '\\0' a)"]);
    home.limit(serde_json::json!({"memory": {"limit": 16 << 20, "swap": 16 << 20}}));
    home.create();
    let mut events = home.command(&["events", "--interval", "300ms", &home.id]);
    let events = events.stdout(Stdio::piped()).spawn().unwrap();
    home.output(&["start", &home.id]);
    let output = events.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["type"], "stats", "{text}");
    assert_eq!(lines[0]["data"]["memory"]["usage"]["limit"], 16 << 20, "{text}");
    assert!(lines.contains(&serde_json::json!({"type": "oom", "id": home.id})), "{text}");
    home.wait("stopped");
}

/// crun has this; runc has no regular expressions.
fn expressions_name_containers() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    let ids = ["one", "two", "other"].map(|name| format!("{name}-{}", home.id));
    for id in &ids {
        home.configure("linux", "cgroupsPath", format!("/{id}").into());
        let mut create = home.command(&["create", "--bundle", "bundle", id]);
        assert!(create.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    }
    home.output(&["kill", "--regex", "^o", "KILL"]);
    let wait = |id: &str| {
        let is_over = || !home.output(&["state", id]).contains("\"status\": \"created\"");
        home.wait_until(is_over, "the end of what was killed");
    };
    wait(&ids[0]);
    wait(&ids[2]);
    assert!(home.output(&["state", &ids[1]]).contains("\"status\": \"created\""));
    home.output(&["delete", "--regex", "^o(ne|ther)-"]);
    assert_eq!(home.output(&["list", "-q"]), format!("{}\n", ids[1]));
    assert_eq!(home.run(&["delete", "--regex", "("]).status.code(), Some(1));
    home.output(&["delete", "--regex", "^nobody$"]);
    home.output(&["delete", "--force", "--regex", "."]);
    assert_eq!(home.output(&["list", "-q"]), "");
}

fn nothing_to_checkpoint() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sleep", "60"]);
        [
            &["checkpoint", "--image-path", "there", "nosuch"][..],
            &["restore", "--image-path", "there", "nosuch"],
        ]
        .map(|words| {
            let output = home.run(words);
            assert!(output.stdout.is_empty() && !output.stderr.is_empty());
            output.status.code()
        })
    });
    assert_eq!(ours, theirs);
}

fn root_without_pivot() {
    let [pivoted, covered] = [&[][..], &["--no-pivot"]].map(|flags| {
        let home = Home::new(Tool::Insula);
        // The last is a line for each mount that can be seen.
        let script =
            "cd /; ../../bin/busybox ls ..; /bin/busybox pwd; /bin/busybox grep -c '^' /proc/self/mountinfo";
        home.bundle(&["sh", "-c", script]);
        let bundle = ["--bundle", "bundle", &home.id];
        let run = home.output(&[&["run"], flags, &bundle].concat());
        home.configure("process", "args", serde_json::json!(["/bin/busybox", "sleep", "60"]));
        let mut create = home.command(&[&["create"], flags, &bundle].concat());
        assert!(create.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        home.output(&["start", &home.id]);
        (run, home.output(&["exec", &home.id, "/bin/busybox", "sh", "-c", script]))
    });
    assert!(covered.0.starts_with("bin\ndev\nproc\nsys\n/\n"), "{covered:?}");
    assert_eq!(covered, pivoted);
    // In a new user namespace nothing of the old root could be taken away.
    let home = Home::new(Tool::Insula);
    home.bundle(&["true"]);
    let namespaces =
        ["pid", "network", "ipc", "uts", "mount", "user"].map(|kind| serde_json::json!({"type": kind}));
    home.configure("linux", "namespaces", Value::from(namespaces.to_vec()));
    for key in ["uidMappings", "gidMappings"] {
        home.configure("linux", key, serde_json::json!([{"containerID": 0, "hostID": 0, "size": 1}]));
    }
    let output = home.run(&["run", "--no-pivot", "--bundle", "bundle", &home.id]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("which a new user namespace locks"), "{message}");
    assert_eq!(home.output(&["list", "-q"]), "");
}

fn exec_changes_what_it_is_told_to() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    home.output(&["start", &home.id]);
    let shell = [
        &home.id,
        "/bin/busybox",
        "sh",
        "-c",
        "echo $(id -u):$(id -g) $(pwd) $A $(grep CapPrm /proc/self/status)",
    ];
    let plain = home.output(&[&["exec"], &shell[..]].concat());
    assert_eq!(plain.trim(), "0:0 / CapPrm: 0000000020000420");
    let flags = ["exec", "--user", "5:6", "--cwd", "/bin", "--env", "A=b", "--cap", "CAP_CHOWN"];
    let changed = home.output(&[&flags[..], &shell[..]].concat());
    assert!(changed.starts_with("5:6 /bin b "), "{changed}");
    std::fs::write(
        home.path("process.json"),
        r#"{"cwd":"/bin","args":["/bin/busybox","pwd"],"user":{"uid":7,"gid":7},"env":["PATH=/bin"]}"#,
    )
    .unwrap();
    assert_eq!(home.output(&["exec", "--process", "process.json", &home.id]), "/bin\n");
    std::fs::write(home.path("process.json"), r#"{"cwd":"bin","args":["x"]}"#).unwrap();
    let output = home.run(&["exec", "--process", "process.json", &home.id]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("`process.cwd` is `bin`, and must be an absolute path"), "{message}");
}

fn a_wrong_configuration_leaves_nothing() {
    let home = Home::new(Tool::Insula);
    let bundle = home.bundle(&["true"]);
    let text = std::fs::read_to_string(bundle.join("config.json")).unwrap();
    std::fs::write(bundle.join("config.json"), text.replace("\"mount\"", "\"mountain\"")).unwrap();
    let output = home.run(&["create", "--bundle", "bundle", &home.id]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("`linux.namespaces[4].type`") && message.contains("line 1"), "{message}");
    assert_eq!(home.output(&["list", "-q"]), "");
}

/// Where there is no criu, that is said, and nothing has changed.
fn no_criu() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    let refused = |words: &[&str], expected: &str| {
        let output = home.command(words).env("PATH", "/nowhere").output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), text.contains(expected)), (Some(1), true), "{words:?}: {text}");
        text
    };
    refused(&["checkpoint", &home.id], "it is created");
    home.output(&["start", &home.id]);
    let text = refused(&["checkpoint", "--image-path", "there", &home.id], "there is no program `criu`");
    assert!(text.contains("hint: install the package `criu`"), "{text}");
    assert_eq!(home.state()["status"], "running");
    refused(&["checkpoint", "--lazy-pages", &home.id], "memory to files");
    refused(&["checkpoint", "--parent-path", "/before", &home.id], "is not relative");
    let text = refused(
        &["restore", "--image-path", "there", "--bundle", "bundle", "other"],
        "there is no program `criu`",
    );
    assert!(text.contains("cannot restore container `other`"), "{text}");
    assert_eq!(home.output(&["list", "-q"]), format!("{}\n", home.id));
    refused(&["restore", "--image-path", "nowhere", "--bundle", "bundle", "other"], "cannot open `nowhere`");
}
