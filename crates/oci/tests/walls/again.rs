//! This program once more, as a process of its own that a test may kill, starve or give a terminal to.

use std::path::{Path, PathBuf};

use insula_oci::{Bundle, ContainerId, Runtime};
use insula_sandbox::Sandbox;

use crate::bundle::Home;

/// Names the directory of the test that the process belongs to; also how its children are found.
pub(crate) const HOME: &str = "INSULA_WALLS_HOME";

/// What such a process works with.
pub(crate) struct Errand {
    pub(crate) path: PathBuf,
    pub(crate) runtime: Runtime,
    pub(crate) bundle: Bundle,
    pub(crate) id: ContainerId,
}

/// The errand of this process, if it is such a one.
pub(crate) fn errand() -> Option<Errand> {
    let path = PathBuf::from(std::env::var_os(HOME)?);
    let runtime = Runtime::new(path.join("state"));
    let bundle = Bundle::open(&path.join("bundle")).unwrap();
    Some(Errand { path, runtime, bundle, id: ContainerId::new("one").unwrap() })
}

/// The test of this name, run again with an errand in `home`.
pub(crate) fn again(test: &str, home: &Home) -> Sandbox {
    drop(home.bundle());
    Sandbox::new("/proc/self/exe").args([test, "--exact", "--nocapture"]).env(HOME, home.path(""))
}

/// The processes that have this path in their environment, beside ourselves.
pub(crate) fn processes_of(path: &Path) -> Vec<String> {
    let needle = path.to_str().unwrap().trim_end_matches('/').as_bytes();
    let is_of = |process: &Path| {
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        environment.windows(needle.len()).any(|part| part == needle)
    };
    let own = std::process::id().to_string();
    let all = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap());
    all.filter(|entry| {
        entry.file_name().to_str().is_some_and(|name| name != own && name.parse::<u32>().is_ok())
    })
    .filter(|entry| is_of(&entry.path()))
    .map(|entry| entry.file_name().into_string().unwrap())
    .collect()
}

/// The directories of the control group of `home`, in all hierarchies.
pub(crate) fn groups_of(home: &Home) -> Vec<PathBuf> {
    let Some(group) = home.config["linux"]["cgroupsPath"].as_str() else { return Vec::new() };
    let mounts = std::fs::read_dir("/sys/fs/cgroup").into_iter().flatten();
    let mounts = mounts.map(|entry| entry.unwrap().path()).chain(["/sys/fs/cgroup".into()]);
    mounts.map(|mount| mount.join(group.trim_start_matches('/'))).filter(|path| path.exists()).collect()
}

/// Panics if a container has left anything but its bundle.
pub(crate) fn assert_nothing_is_left(home: &Home) {
    let names = home.runtime().ids().unwrap();
    assert!(names.is_empty(), "{names:?}");
    let (processes, groups) = (processes_of(&home.path("")), groups_of(home));
    assert!(processes.is_empty(), "processes {processes:?}");
    assert!(groups.is_empty(), "{groups:?}");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(home.path("").to_str().unwrap().trim_end_matches('/')), "{mounts}");
}

/// Marks the processes of the container as those of `home`.
pub(crate) fn mark(home: &mut Home) {
    let marks = format!("{HOME}={}", home.path("").display());
    home.config["process"]["env"].as_array_mut().unwrap().push(marks.into());
}
