//! `insula man`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::Command;

fn page(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_insula")).arg("man").args(args).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// All pages, in a directory of the test's own.
fn pages(name: &str) -> Vec<std::path::PathBuf> {
    let dir = std::env::temp_dir().join(format!("insula-man-{name}-{}", std::process::id()));
    std::fs::create_dir(&dir).unwrap();
    page(&["--man-dir", dir.to_str().unwrap()]);
    std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn remove(pages: &[std::path::PathBuf]) {
    std::fs::remove_dir_all(pages[0].parent().unwrap()).unwrap();
}

#[test]
fn every_command_has_a_page() {
    let pages = pages("all");
    for name in ["insula.1", "insula-man.1", "insula-lsns.1"] {
        assert!(pages.iter().any(|page| page.ends_with(name)), "{name}");
    }
    for page in &pages {
        assert!(std::fs::read_to_string(page).unwrap().starts_with(".TH "));
    }
    remove(&pages);
}

#[test]
#[ignore = "needs groff: run with --ignored where it is installed"]
fn pages_format_without_warnings() {
    let pages = pages("groff");
    for page in &pages {
        let groff = Command::new("groff")
            .args(["-man", "-Tutf8", "-P-cbou", "-ww", "-K", "utf8"])
            .arg(page)
            .output()
            .unwrap();
        let (text, warnings) =
            (String::from_utf8(groff.stdout).unwrap(), String::from_utf8(groff.stderr).unwrap());
        assert!(warnings.is_empty(), "{}: {warnings}", page.display());
        assert!(text.contains("SYNOPSIS"), "{}", page.display());
    }
    remove(&pages);
}
