//! `insula completions`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::Command;

fn script(shell: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_insula")).args(["completions", shell]).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last of `words`.
fn offers(words: &[&str]) -> Vec<String> {
    let list = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let script = format!(
        "{}\nCOMP_WORDS=({list}); COMP_CWORD={}; _insula; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script("bash"),
        words.len() - 1
    );
    let output = Command::new("bash").args(["--norc", "-c", &script]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn bash_offers_commands_and_flags() {
    assert!(offers(&["insula", "comp"]).contains(&"completions".to_owned()));
    assert_eq!(offers(&["insula", "man", "--man"]), ["--man-dir"]);
}

#[test]
fn bash_offers_directories_where_one_is_expected() {
    assert_eq!(offers(&["insula", "man", "--man-dir", "/usr/b"]), ["/usr/bin"]);
    assert_eq!(offers(&["insula", "man", "--man-dir", "=", "/usr/b"]), ["/usr/bin"]);
}

#[test]
fn zsh_and_fish_describe_every_command() {
    assert!(script("zsh").contains("_insula_man() {"));
    assert!(script("fish").contains("-l man-dir -r"));
}
