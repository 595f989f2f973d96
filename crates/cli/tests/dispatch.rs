//! How the binary finds the command, and how it starts and ends.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Output, Stdio};

fn insula(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_insula")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn version_and_help_are_data() {
    let version = insula(&["--version"]);
    assert_eq!(text(&version.stdout), concat!("insula ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = insula(&["--help"]);
    assert!(help.status.success() && text(&help.stdout).contains("completions"));
}

#[test]
fn help_has_its_columns_whatever_the_letters() {
    let help = insula(&["net", "monitor", "--help"]);
    let line = text(&help.stdout).lines().find(|line| line.contains("--only")).unwrap();
    assert_eq!(line.chars().skip(28).take(6).collect::<String>(), "  only");
}

#[test]
fn nothing_to_do_is_a_usage_error() {
    let output = insula(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("Usage: insula COMMAND"));
}

#[test]
fn unknown_words_are_named() {
    for (args, message) in [
        (&["nope"][..], "insula: unknown command `nope`\nTry 'insula --help' for more information.\n"),
        (&["--nope"], "insula: unknown option `--nope`\nTry 'insula --help' for more information.\n"),
        (&["man", "-x"], "insula: unknown option `-x`\nTry 'insula man --help' for more information.\n"),
    ] {
        let output = insula(args);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), message));
    }
}

#[test]
fn full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_insula"))
        .arg("--version")
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "insula: cannot write to standard output: no space left on device (ENOSPC)\n"
    );
}

#[test]
fn closed_pipe_ends_it_by_signal() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = Command::new(env!("CARGO_BIN_EXE_insula")).arg("--help").stdout(writer).status().unwrap();
    assert_eq!(status.signal(), Some(13));
}

#[test]
fn closed_standard_streams_are_opened() {
    // `man --man-dir` opens files; none of them may become descriptor 1 or 2, where messages go.
    let script = format!("exec '{}' man --man-dir /nonexistent >&- 2>&- <&-", env!("CARGO_BIN_EXE_insula"));
    let status = Command::new("sh").arg("-c").arg(script).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn empty_argument_vector_is_survived() {
    let output = Command::new(env!("CARGO_BIN_EXE_insula")).arg0("").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
