//! `getino`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

fn getino(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_insula")).arg0("getino").args(args).output().unwrap()
}

fn text(args: &[&str]) -> String {
    let output = getino(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn me() -> String {
    std::process::id().to_string()
}

#[test]
fn namespaces_have_the_numbers_of_proc() {
    for (flag, file) in [
        ("--cgroupns", "cgroup"),
        ("--ipcns", "ipc"),
        ("--netns", "net"),
        ("--mntns", "mnt"),
        ("--pidns", "pid"),
        ("--timens", "time"),
        ("--userns", "user"),
        ("--utsns", "uts"),
    ] {
        let link = std::fs::read_link(format!("/proc/self/ns/{file}")).unwrap();
        let inode = text(&[flag, &me()]);
        assert_eq!(link.to_str().unwrap(), format!("{file}:[{}]", inode.trim_end()));
    }
}

#[test]
fn process_with_inode_is_only_itself() {
    let named = text(&["-p", &me()]);
    let (pid, inode) = named.trim_end().split_once(':').unwrap();
    assert_eq!(pid, me());
    assert_eq!(text(&[named.trim_end()]), format!("{inode}\n"));
    assert_eq!(text(&["--pidfs", &me(), &me()]), format!("{inode}\n{inode}\n"));
    let other = getino(&[&format!("{pid}:1")]);
    assert_eq!(other.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(other.stderr).unwrap(),
        format!(
            "getino: process {pid} is not the one that was meant: its pidfd has inode number {inode}, not 1\n"
        )
    );
}

#[test]
fn mistakes_are_named() {
    for (args, message) in [
        (&[][..], "getino: no process id given\n"),
        (&["x"], "getino: `x` is not a process id\n"),
        (&["--netns", "--utsns", "1"], "getino: only one inode number of each process can be printed\n"),
    ] {
        let output = getino(args);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8(output.stderr).unwrap().starts_with(message), "{args:?}");
    }
}

#[test]
fn what_can_be_told_is_told_before_the_failure() {
    let output = getino(&["--netns", &me(), "2147483647"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
}
