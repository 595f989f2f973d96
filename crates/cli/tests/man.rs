//! `insula man`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::io::Write as _;
use std::process::{Command, Stdio};

fn page(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_insula")).arg("man").args(args).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_page_is_written_and_linted() {
    let dir = std::env::temp_dir().join(format!("insula-man-{}", std::process::id()));
    std::fs::create_dir(&dir).unwrap();
    page(&["--man-dir", dir.to_str().unwrap()]);
    let pages: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.iter().any(|page| page.ends_with("insula.1")));
    assert!(pages.iter().any(|page| page.ends_with("insula-man.1")));
    for page in &pages {
        assert!(std::fs::read_to_string(page).unwrap().starts_with(".TH "));
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
#[ignore = "needs groff: run with --ignored where `groff` is installed"]
fn pages_format_without_warnings() {
    for args in [&[][..], &["man"], &["completions"]] {
        let mut groff = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        groff.stdin.take().unwrap().write_all(page(args).as_bytes()).unwrap();
        let output = groff.wait_with_output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("SYNOPSIS"));
    }
}
