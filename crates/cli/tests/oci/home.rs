//! A bundle and a state directory for each runtime.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// What containers run.
pub(crate) const BUSYBOX: &str = "/bin/busybox";

/// Which runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// `insula oci`.
    Insula,
    /// Insula, called `runc`.
    Personality,
    /// The original.
    Runc,
    /// The original in C, which makes no control groups here: not every machine has those that it needs.
    Crun,
}

/// A directory that goes with the value, with all containers that are known in it.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    tool: Tool,
    /// The name of a container that no other test has: control groups are named after them.
    pub(crate) id: String,
}

/// A program, without a terminal to read from.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

impl Home {
    pub(crate) fn new(tool: Tool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("insula-cli-oci-{}-{number}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self { path, tool, id: format!("web-{}-{number}", std::process::id()) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The runtime with its own state directory and these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = match self.tool {
            Tool::Runc => command("runc"),
            Tool::Crun => command("unshare"),
            Tool::Insula | Tool::Personality => command(env!("CARGO_BIN_EXE_insula")),
        };
        match self.tool {
            Tool::Insula => drop(command.arg("oci")),
            Tool::Personality => drop(command.arg0("runc")),
            Tool::Crun => {
                // It runs nowhere where control groups of both versions are.
                let script =
                    "umount /sys/fs/cgroup/unified 2>/dev/null; exec crun --cgroup-manager=disabled \"$@\"";
                command.args(["--mount", "sh", "-c", script, "crun"]);
            }
            Tool::Runc => (),
        }
        command.arg("--root").arg(self.path("state")).args(arguments).current_dir(&self.path);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What it prints, if it succeeds.
    #[track_caller]
    pub(crate) fn output(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{:?} {arguments:?}: {}",
            self.tool,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a bundle in `bundle`: what `spec` writes, to run this command of busybox.
    pub(crate) fn bundle(&self, arguments: &[&str]) -> PathBuf {
        let bundle = self.path("bundle");
        let bin = bundle.join("rootfs/bin");
        std::fs::create_dir_all(&bin).unwrap();
        assert!(command("cp").args([Path::new(BUSYBOX), &bin]).status().unwrap().success());
        let _ = std::fs::remove_file(bundle.join("config.json"));
        self.output(&["spec", "--bundle", bundle.to_str().unwrap()]);
        let text = std::fs::read(bundle.join("config.json")).unwrap();
        let mut config: Value = serde_json::from_slice(&text).unwrap();
        config["process"]["terminal"] = false.into();
        let words = std::iter::once(BUSYBOX).chain(arguments.iter().copied());
        config["process"]["args"] = words.map(Value::from).collect();
        // A test says nothing of the control groups of the machine that it runs on.
        config["linux"]["resources"] = Value::Null;
        std::fs::write(bundle.join("config.json"), config.to_string()).unwrap();
        bundle
    }

    /// Gives the container of that bundle limits: `linux.resources`.
    pub(crate) fn limit(&self, resources: Value) {
        self.configure("linux", "resources", resources);
    }

    /// Sets a value of an object in the configuration of that bundle.
    pub(crate) fn configure(&self, object: &str, key: &str, value: Value) {
        let path = self.path("bundle/config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        config[object][key] = value;
        std::fs::write(path, config.to_string()).unwrap();
    }

    /// Makes a container of that bundle, which writes to nobody: it outlives this command.
    #[track_caller]
    pub(crate) fn create(&self) {
        let mut command = self.command(&["create", "--bundle", "bundle", "--pid-file", "pid", &self.id]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{:?} cannot create {}", self.tool, self.id);
    }

    /// The document that `state` prints.
    pub(crate) fn state(&self) -> Value {
        serde_json::from_str(&self.output(&["state", &self.id])).unwrap()
    }

    /// Waits until the container is in this state.
    #[track_caller]
    pub(crate) fn wait(&self, status: &str) {
        self.wait_until(|| self.state()["status"] == status, status);
    }

    /// Waits until this holds.
    #[track_caller]
    pub(crate) fn wait_until(&self, holds: impl Fn() -> bool, what: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "{} waits in vain for {what}", self.id);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        for entry in std::fs::read_dir(self.path("state")).into_iter().flatten().flatten() {
            let id = entry.file_name();
            let _ = self.run(&["delete", "--force", id.to_str().unwrap()]);
        }
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
