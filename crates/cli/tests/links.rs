//! `insula links`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::path::PathBuf;
use std::process::{Command, Output};

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("insula-links-{name}-{}", std::process::id())))
    }

    fn links(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_insula")).arg("links").args(args).arg(&self.0).output().unwrap()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn each_name_is_that_tool() {
    let dir = Dir::new("names");
    assert!(dir.links(&[]).status.success());
    assert!(dir.links(&[]).status.success(), "links that are there already are left");
    for name in ["lsns", "getino"] {
        let version = Command::new(dir.0.join(name)).arg("--version").output().unwrap();
        assert!(String::from_utf8(version.stdout).unwrap().starts_with(&format!("{name} from insula ")));
    }
}

#[test]
fn other_files_are_replaced_only_by_force() {
    let dir = Dir::new("force");
    std::fs::create_dir(&dir.0).unwrap();
    std::fs::write(dir.0.join("lsns"), "mine").unwrap();
    let refused = dir.links(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("lsns`: file exists (EEXIST)") && message.contains("--force"), "{message}");
    assert_eq!(std::fs::read_to_string(dir.0.join("lsns")).unwrap(), "mine");
    assert!(dir.links(&["--force"]).status.success());
    assert_eq!(std::fs::read_link(dir.0.join("lsns")).unwrap(), PathBuf::from(env!("CARGO_BIN_EXE_insula")));
    assert!(
        std::fs::read_dir(&dir.0).unwrap().all(|entry| !entry
            .unwrap()
            .path()
            .to_str()
            .unwrap()
            .contains(".insula-"))
    );
}
