//! The runtime's own binary, to which `/proc/self/exe` leads until the program is executed: CVE-2019-5736.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use insula_oci::{ContainerId, Creation, Deletion, When};
use serde_json::{Value, json};

use crate::bundle::{Home, chain};
use crate::inside::{end, exec, join_pid_namespace, process, run_beside, running};

/// Ways to have the runtime execute itself inside: arguments of a program.
fn disguises(home: &Home) -> Vec<Value> {
    let bin = home.root().join("bin");
    symlink("/proc/self/exe", bin.join("link")).unwrap();
    for (name, text) in [
        ("script", "#!/proc/self/exe\n"),
        ("through-link", "#!/bin/link\n"),
        ("twice", "#!/bin/script\n"),
        ("thread", "#!/proc/thread-self/exe --list\n"),
    ] {
        std::fs::write(bin.join(name), text).unwrap();
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    [
        "/proc/self/exe",
        "/proc/thread-self/exe",
        "/bin/link",
        "link",
        "script",
        "through-link",
        "twice",
        "thread",
    ]
    .map(|program| json!([program, "--list"]))
    .into()
}

fn own_binary() -> Vec<u8> {
    std::fs::read("/proc/self/exe").unwrap()
}

#[test]
fn own_binary_is_not_executed_inside_on_start() {
    let mut home = Home::new();
    let before = own_binary();
    for args in disguises(&home) {
        home.config["process"]["args"] = args.clone();
        for when in [When::Now, When::Started] {
            let id = ContainerId::new("one").unwrap();
            let creation = Creation { when, ..Creation::default() };
            match home.runtime().create(&id, &home.bundle(), creation) {
                Err(error) => assert!(!chain(&error).is_empty()),
                Ok(mut made) => {
                    if when == When::Started {
                        made.container.start().unwrap();
                    }
                    // This program would list its tests and succeed.
                    let status = made.child.wait().unwrap();
                    assert!(!status.success(), "{args}: {status:?}");
                    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
                }
            }
        }
    }
    assert!(own_binary() == before);
}

/// Waits for others as the published exploit does, and writes to what they execute.
const WATCH: &str = "while :; do for p in /proc/[0-9]*; do [ $p = /proc/1 ] && continue; \
    readlink $p/exe >>/seen 2>/dev/null; (echo overwritten >$p/exe) 2>/dev/null; done; done";

/// Panics if that has seen this program.
fn assert_unseen(home: &Home) {
    let seen = std::fs::read_to_string(home.root().join("seen")).unwrap_or_default();
    let own = std::env::current_exe().unwrap();
    assert!(!seen.is_empty(), "it has seen nobody");
    assert!(!seen.lines().any(|line| line.contains(own.to_str().unwrap())), "{seen}");
}

/// A container that shares the PID namespace of one that watches, as in a pod.
#[test]
fn own_binary_is_not_seen_by_a_neighbour_on_start() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let mut home = Home::new();
    let before = own_binary();
    let watching = running(&mut home, WATCH);
    join_pid_namespace(&mut home, &watching);
    let script = home.root().join("bin/script");
    std::fs::write(&script, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    for program in ["echo", "script"] {
        home.config["process"]["args"] = json!([program]);
        for _ in 0..15 {
            run_beside(&home, When::Now);
            run_beside(&home, When::Started);
        }
    }
    end(&home, watching);
    assert_unseen(&home);
    assert!(own_binary() == before);
}

#[test]
fn own_binary_is_not_executed_inside_on_exec_and_cannot_be_opened_for_writing() {
    let mut home = Home::new();
    let programs = disguises(&home);
    let before = own_binary();
    let made = running(&mut home, WATCH);
    for args in programs {
        match exec(&made.container, &process(&home, &json!({"args": args}))) {
            Err(error) => assert!(!chain(&error).is_empty()),
            Ok(added) => {
                let status = added.child.wait().unwrap();
                assert!(!status.success(), "{args}: {status:?}");
            }
        }
    }
    for _ in 0..30 {
        let added = exec(&made.container, &process(&home, &json!({"args": ["echo"]}))).unwrap();
        assert!(added.child.wait().unwrap().success());
    }
    end(&home, made);
    assert_unseen(&home);
    assert!(own_binary() == before);
}
