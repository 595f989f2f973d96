//! Control groups that systemd makes.

use std::fs::File;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::home::{Home, Tool, command};
use super::{Fact, Need};

pub(crate) const SYSTEMD: &str = "/lib/systemd/systemd";

pub(crate) const FACTS: &[Fact] = &[
    Fact {
        name: "without_systemd_nothing_is_made",
        needs: &[Need::Root, Need::Busybox],
        holds: without_systemd_nothing_is_made,
    },
    Fact {
        name: "a_container_is_a_scope_of_systemd",
        needs: &[Need::Root, Need::Busybox, Need::Systemd],
        holds: a_container_is_a_scope,
    },
];

fn without_systemd_nothing_is_made() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    for flags in [&["--systemd-cgroup"][..], &["--cgroup-manager", "systemd"]] {
        let create = ["create", "--bundle", "bundle", &home.id];
        let mut command = home.command(&[&["--rootless", "true"], flags, &create].concat());
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").env("XDG_RUNTIME_DIR", "/nowhere");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains("cannot reach systemd of this user"), "{message}");
        assert!(message.contains("unix:path=/nowhere"), "{message}");
        assert!(message.contains("--cgroup-manager=cgroupfs"), "{message}");
        assert_eq!(home.output(&["list", "-q"]), "");
    }
    // What is no unit is told before anybody is asked.
    home.configure("linux", "cgroupsPath", "/plain/path".into());
    let output = home.run(&["--systemd-cgroup", "create", "--bundle", "bundle", &home.id]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("SLICE:PREFIX:NAME"), "{message}");
}

/// A manager of units in a control group of the test's, which listens in a directory of its own.
struct Manager {
    child: Child,
    directory: PathBuf,
    group: PathBuf,
}

impl Manager {
    fn start(directory: PathBuf) -> Self {
        let group = Path::new("/sys/fs/cgroup").join(format!("insula-cli-{}", std::process::id()));
        std::fs::create_dir(&group).unwrap();
        std::fs::write("/sys/fs/cgroup/cgroup.subtree_control", "+pids +memory").unwrap();
        std::fs::create_dir(&directory).unwrap();
        // One unit of ours instead of all that are installed, which it would look for.
        let unit = "[Unit]\nDescription=a test\nDefaultDependencies=no\n";
        std::fs::write(directory.join("basic.target"), unit).unwrap();
        // It takes the group that it finds itself in for its own, and wants to see that systemd runs the machine.
        let script = format!(
            "echo $$ >{}/cgroup.procs && mount -t tmpfs none /run && mkdir -p /run/systemd/system && \
             exec {SYSTEMD} --user --unit=basic.target --log-target=console",
            group.display()
        );
        let child = command("unshare")
            .args(["--mount", "sh", "-c", &script])
            .env("XDG_RUNTIME_DIR", &directory)
            .env("SYSTEMD_UNIT_PATH", &directory)
            .stdout(Stdio::null())
            .stderr(File::create(directory.join("said")).unwrap())
            .spawn()
            .unwrap();
        let manager = Self { child, directory, group };
        // It is slow to start where the machine is emulated.
        let deadline = Instant::now() + Duration::from_secs(120);
        while UnixStream::connect(manager.directory.join("systemd/private")).is_err() {
            let said = || std::fs::read_to_string(manager.directory.join("said")).unwrap();
            assert!(Instant::now() < deadline, "systemd does not listen: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
        manager
    }

    /// Has a command find it.
    fn known_to(&self, mut command: Command) -> Command {
        command.env("XDG_RUNTIME_DIR", &self.directory).env_remove("DBUS_SESSION_BUS_ADDRESS");
        command
    }

    /// What it says of a unit.
    fn property(&self, unit: &str, name: &str) -> String {
        let mut command = self.known_to(command("systemctl"));
        let output = command.args(["--user", "show", "--value", "-p", name, unit]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = std::fs::write(self.group.join("cgroup.kill"), "1");
        let _ = self.child.wait();
        // Groups without processes go from the deepest up.
        let _ = command("find")
            .args([
                self.group.as_os_str(),
                "-depth".as_ref(),
                "-type".as_ref(),
                "d".as_ref(),
                "-delete".as_ref(),
            ])
            .status();
    }
}

fn a_container_is_a_scope() {
    let home = Home::new(Tool::Insula);
    let manager = Manager::start(home.path("manager"));
    home.bundle(&["sh", "-c", "/bin/busybox cat /proc/self/cgroup >/told; exec /bin/busybox sleep 600"]);
    home.configure("root", "readonly", false.into());
    home.limit(json!({"pids": {"limit": 9}, "memory": {"limit": 64 << 20}}));
    home.configure("linux", "cgroupsPath", format!(":insula-test:{}", home.id).into());
    let unit = format!("insula-test-{}.scope", home.id);
    let create = ["--systemd-cgroup", "--rootless", "true", "create", "--bundle", "bundle", &home.id];
    let output = |arguments: &[&str]| {
        let mut command = manager.known_to(home.command(arguments));
        // What it prints outlives it.
        let said = File::create(home.path("said")).unwrap();
        let status = command.stdout(said.try_clone().unwrap()).stderr(said).status().unwrap();
        (status.code(), std::fs::read_to_string(home.path("said")).unwrap())
    };
    assert_eq!(output(&create), (Some(0), String::new()));

    let pid = home.state()["pid"].to_string();
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let group = groups.strip_prefix("0::").unwrap().trim_end();
    assert!(group.ends_with(&format!("/{unit}")), "{group}");
    let limit = |file: &str| std::fs::read_to_string(format!("/sys/fs/cgroup{group}/{file}")).unwrap();
    assert_eq!((limit("pids.max"), limit("memory.max")), ("9\n".into(), "67108864\n".into()));
    let told = ["TasksMax", "ActiveState"].map(|name| manager.property(&unit, name));
    assert_eq!(told, ["9", "active"]);

    assert_eq!(output(&["update", "--pids-limit", "7", &home.id]), (Some(0), String::new()));
    assert_eq!((limit("pids.max"), manager.property(&unit, "TasksMax")), ("7\n".into(), "7".into()));

    assert_eq!(output(&["start", &home.id]), (Some(0), String::new()));
    let told = home.path("bundle/rootfs/told");
    while std::fs::read(&told).unwrap_or_default().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    // In the scope, and that from the beginning of its control group namespace.
    let inside = ["exec", &home.id, "/bin/busybox", "cat", "/proc/self/cgroup", "/told"];
    assert_eq!(output(&inside), (Some(0), "0::/\n0::/\n".into()));
    assert_eq!(output(&create).0, Some(1), "there is a container of that name");

    assert_eq!(output(&["delete", "--force", &home.id]), (Some(0), String::new()));
    assert_eq!(manager.property(&unit, "LoadState"), "not-found");
    assert!(!Path::new(&format!("/sys/fs/cgroup{group}")).exists());

    // A creation that fails when the scope is there already takes it away.
    home.configure("process", "args", json!(["/nothing"]));
    let run = ["--systemd-cgroup", "--rootless", "true", "run", "--bundle", "bundle", &home.id];
    assert_eq!(output(&run).0, Some(1));
    assert_eq!(manager.property(&unit, "LoadState"), "not-found");
}
