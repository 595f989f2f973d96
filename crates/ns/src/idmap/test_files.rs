//! A machine's id files, made up in a directory of the test's own.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::sources::IdSources;

/// The directory; removed when dropped.
pub(super) struct TestFiles {
    directory: PathBuf,
    pub(super) sources: IdSources,
}

impl TestFiles {
    /// User `ada` is 1000, the parent has all ids, and nothing else is there.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory =
            std::env::temp_dir().join(format!("insula-idmap-test-{}-{number}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let file = |name: &str| directory.join(name);
        let sources = IdSources {
            passwd: file("passwd"),
            subuid: file("subuid"),
            subgid: file("subgid"),
            nsswitch: file("nsswitch"),
            parent: directory.clone(),
            path: vec![file("nowhere"), directory.clone()],
        };
        let files = Self { directory, sources };
        files.write("passwd", "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/:/bin/sh\n");
        files.write("uid_map", "0 0 4294967295\n");
        files.write("gid_map", "0 0 4294967295\n");
        files
    }

    pub(super) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.directory.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(super) fn script(&self, name: &str, body: &str) -> PathBuf {
        let path = self.write(name, &format!("#!/bin/sh\n{body}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

impl Drop for TestFiles {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
