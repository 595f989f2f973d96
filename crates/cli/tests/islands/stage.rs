//! The binaries and scratch directories, where an ordinary user reaches them whatever the mode of the checkout's parents.

use crate::place::Place;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

static STAGE: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = std::env::temp_dir().join(format!("insula-islands-{}", std::process::id()));
    directory_for_all(&directory);
    // The variable names another binary to test in the place of the one just built: the release, a package's.
    let insula =
        std::env::var_os("INSULA_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_insula").into());
    for (from, name) in [(PathBuf::from(insula), "insula"), (std::env::current_exe().unwrap(), "islands")] {
        crate::program::copy(from, directory.join(name));
        fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory_for_all(&directory.join("links"));
    for name in ["unshare", "nsenter", "lsns"] {
        symlink("../insula", directory.join("links").join(name)).unwrap();
    }
    directory
});

fn directory_for_all(path: &Path) {
    fs::create_dir(path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A program of the stage: `insula`, `islands`, or one of the directory `links`.
pub(crate) fn program(name: &str) -> String {
    STAGE.join(name).to_str().unwrap().to_owned()
}

/// Takes the stage away, if it was ever set.
pub(crate) fn leave() {
    let _ = fs::remove_dir_all(&*STAGE);
}

/// A directory of one test, owned by whoever starts in its place; removed when the test ends.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(place: Place) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = STAGE.join(format!("scratch-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        directory_for_all(&path);
        let scratch = Self(path);
        place.own(&scratch.0);
        scratch
    }

    /// A path below the directory, as text.
    pub(crate) fn path(&self, below: &str) -> String {
        self.0.join(below).to_str().unwrap().to_owned()
    }

    /// Makes a directory below, with the same owner.
    pub(crate) fn directory(&self, below: &str, place: Place) -> String {
        directory_for_all(&self.0.join(below));
        place.own(&self.0.join(below));
        self.path(below)
    }

    /// Writes a file below, with the same owner.
    pub(crate) fn file(&self, below: &str, text: &str, place: Place) -> String {
        fs::write(self.0.join(below), text).unwrap();
        place.own(&self.0.join(below));
        self.path(below)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Gives `path` to `user`, as only root can.
pub(crate) fn give(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).unwrap();
}
