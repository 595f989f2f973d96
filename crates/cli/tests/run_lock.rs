//! What `insula run` hides or protects stays so for root inside, unless the capability to undo it is asked for.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory with a file in it, which goes at the end.
struct Secret(PathBuf);

impl Secret {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("insula-run-lock-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("key"), "secret").unwrap();
        Self(path)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn run(options: &[&str], script: &str, directory: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_insula"));
    command
        .args(["run", "--map", "root"])
        .args(options)
        .args(["--", "sh", "-c", script, "sh"])
        .arg(directory);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn mask_cannot_be_taken_off() {
    let secret = Secret::new("mask");
    let path = secret.0.to_str().unwrap();
    let script = "umount \"$1\"; umount -l \"$1\"; unshare -Urm umount \"$1\"; ls \"$1\"";
    assert_eq!(run(&["--mask", path], script, &secret.0), "");
    assert_eq!(run(&["--tmpfs", path], script, &secret.0), "");
    assert_eq!(run(&["--mask", path, "--cap-drop", "net_raw"], script, &secret.0), "");
    assert_eq!(run(&["--mask", path, "--cap-add", "sys_admin"], script, &secret.0), "key\n");
}

#[test]
fn read_only_root_cannot_be_made_writable() {
    let secret = Secret::new("ro");
    let script = "mount -o remount,rw,bind /; mount -o remount,rw,bind /tmp; echo changed > \"$1/key\"";
    run(&["--ro"], script, &secret.0);
    assert_eq!(std::fs::read_to_string(secret.0.join("key")).unwrap(), "secret");
}

#[test]
fn locked_sandboxes_nest() {
    let secret = Secret::new("nest");
    let path = secret.0.to_str().unwrap();
    let insula = env!("CARGO_BIN_EXE_insula");
    let script = format!(
        "ls \"$1\"; {insula} run --ro -- {insula} run --rootfs / --ro -- sh -c \
        'id -u; umount {path}; ls {path}; echo no > {path}/no; set -- /proc/[0-9]*; echo $#; ls /dev/null'"
    );
    let text = run(&["--mask", path], &script, &secret.0);
    // The init and the shell.
    assert_eq!(text, "0\n2\n/dev/null\n");
}
