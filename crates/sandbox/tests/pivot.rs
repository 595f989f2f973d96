//! Whatever the new root is: nothing of the old one is left in the mount namespace, not even covered by it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../sys/tests/program/mod.rs"]
mod program;

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use insula_ns::Kind;
use insula_sandbox::mounts::{Bind, Changes, File, Layers, Mount, Proc, Root, Tmpfs};
use insula_sandbox::{Sandbox, Stream};

/// A directory with a static busybox, removed at the end.
struct Rootfs(PathBuf);

impl Rootfs {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("insula-pivot-{name}-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("bin")).unwrap();
        program::copy("/bin/busybox", dir.join("bin/sh"));
        Self(dir)
    }
}

impl Drop for Rootfs {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The mount table as the payload sees it: parent ids and mount points.
fn mount_table(root: Root, more: Vec<Mount>) -> Vec<(String, String)> {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut sandbox = Sandbox::new("/bin/sh")
        .arg("-c")
        .arg("while read -r line; do echo \"$line\"; done < /proc/self/mountinfo");
    sandbox = sandbox.unshare(Kind::Mnt | Kind::Pid);
    sandbox.mounts.propagation = Some(insula_sandbox::mounts::Propagation::Private);
    sandbox.mounts.root = root;
    sandbox.mounts.mounts.push(Mount::Proc(Proc::from("/proc")));
    sandbox.mounts.mounts.extend(more);
    sandbox.stdio.streams[1] = Stream::Fd(OwnedFd::from(writer));
    let child = sandbox.spawn().unwrap();
    let mut text = String::new();
    std::fs::File::from(OwnedFd::from(reader)).read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        (words[1].to_owned(), words[4].to_owned())
    };
    text.lines().map(line).collect()
}

fn only_these(table: &[(String, String)], expected: &[&str]) {
    let points: Vec<&str> = table.iter().map(|(_, point)| point.as_str()).collect();
    assert_eq!(points, expected);
}

fn layers(rootfs: &Path, changes: Changes) -> Root {
    Root::Overlay(Layers { lower: vec![rootfs.to_owned()], changes })
}

#[test]
fn directory() {
    let rootfs = Rootfs::new("directory");
    only_these(&mount_table(Root::Dir(rootfs.0.clone()), Vec::new()), &["/", "/proc"]);
}

#[test]
fn overlay_whose_changes_are_discarded() {
    let rootfs = Rootfs::new("discarded");
    let root = layers(&rootfs.0, Changes::Discarded { size: None });
    only_these(&mount_table(root, Vec::new()), &["/", "/proc"]);
}

#[test]
fn overlay_that_refuses_changes() {
    let rootfs = Rootfs::new("refused");
    std::fs::create_dir(rootfs.0.join("proc")).unwrap();
    let second = Rootfs(rootfs.0.with_extension("second"));
    std::fs::create_dir(&second.0).unwrap();
    let lower = vec![rootfs.0.clone(), second.0.clone()];
    let root = Root::Overlay(Layers { lower, changes: Changes::Refused });
    only_these(&mount_table(root, Vec::new()), &["/", "/proc"]);
}

#[test]
fn overlay_with_a_file_from_data() {
    let rootfs = Rootfs::new("file");
    let root = layers(&rootfs.0, Changes::Discarded { size: None });
    let file = Mount::File(File::new("/motd", "data"));
    only_these(&mount_table(root, vec![file]), &["/", "/proc", "/motd"]);
}

#[test]
fn empty_root_with_a_bind() {
    let rootfs = Rootfs::new("empty");
    let bind = Mount::Bind(Bind::new(rootfs.0.join("bin"), "/bin"));
    only_these(&mount_table(Root::Tmpfs(Tmpfs::new("/")), vec![bind]), &["/", "/proc", "/bin"]);
}
