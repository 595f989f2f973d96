//! A real systemd, one of a user's that is started for the test where version 2 is all that there is.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use insula_cgroup::systemd::{BusError, Systemd, SystemdError, Unit};
use insula_cgroup::{Cgroup, Limit, Memory, Resources};
use rustix::process::{Pid, Signal};

use crate::harness::{Place, Running, Tests, soon, wait_for};

const PROGRAM: &str = "/lib/systemd/systemd";
const DAEMON: &str = "/usr/bin/dbus-daemon";

pub(crate) fn add(tests: &mut Tests) {
    tests.add_where(
        "systemd_starts_limits_and_stops_a_scope",
        "version 2 is not all that there is, or no systemd is installed",
        |hierarchies| hierarchies.is_unified() && Path::new(PROGRAM).exists(),
        scope,
    );
    tests.add_where(
        "a_bus_without_systemd_understands_and_says_so",
        "no dbus-daemon is installed",
        |_| Path::new(DAEMON).exists(),
        bus,
    );
}

/// A manager in a group of the test's, which listens in a directory of its own.
struct Manager {
    child: Child,
    directory: PathBuf,
}

impl Manager {
    fn start(group: &Cgroup) -> Self {
        let directory = std::env::temp_dir().join(format!("insula-test-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        // One unit of ours instead of all that are installed, which it would look for.
        let unit = directory.join("basic.target");
        std::fs::write(unit, "[Unit]\nDescription=a test\nDefaultDependencies=no\n").unwrap();
        // It takes the group that it finds itself in for its own, and wants to see that systemd runs the machine.
        let script = format!(
            "read go; mount -t tmpfs none /run && mkdir -p /run/systemd/system && \
             exec {PROGRAM} --user --unit=basic.target --log-target=console"
        );
        let mut child = Command::new("unshare")
            .args(["--mount", "sh", "-c", &script])
            .env("XDG_RUNTIME_DIR", &directory)
            .env("SYSTEMD_UNIT_PATH", &directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(directory.join("said")).unwrap())
            .spawn()
            .unwrap();
        group.add(Pid::from_child(&child)).unwrap();
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), b"go\n").unwrap();
        let manager = Self { child, directory };
        // It is slow to start where the machine is emulated.
        let deadline = Instant::now() + Duration::from_secs(120);
        while UnixStream::connect(manager.directory.join("systemd/private")).is_err() {
            let said = || std::fs::read_to_string(manager.directory.join("said")).unwrap();
            assert!(Instant::now() < deadline, "systemd does not listen: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
        manager
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        std::fs::remove_dir_all(&self.directory).unwrap();
    }
}

/// The manager is found by the environment, which a process has but one of: so this is one test, in a process of its own.
fn scope(place: &Place) {
    let group = place.create("manager");
    let manager = Manager::start(&group);
    let output = Command::new(std::env::current_exe().unwrap())
        .arg("--with-systemd")
        .env("XDG_RUNTIME_DIR", &manager.directory)
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    drop(manager);
    group.kill(Signal::KILL).unwrap();
    group.remove(soon()).unwrap();
}

/// The other process of [`scope`].
pub(crate) fn with_systemd() {
    let hierarchies = insula_cgroup::Hierarchies::find().unwrap();
    // An emulated machine that is busy may take longer than one call waits.
    let again = |_| Systemd::user();
    let mut systemd = Systemd::user().or_else(again).or_else(again).unwrap();
    let unit = Unit::from_cgroups_path(":insula:1").unwrap();
    let mut sleeper = Running::waiting("exec sleep 1000");
    let memory = Memory { limit: Some(Limit::At(64 << 20)), ..Memory::default() };
    let resources = Resources { memory, pids: Some(Limit::At(7)), ..Resources::default() };
    let path = systemd.start_scope(&unit, &[sleeper.pid()], &hierarchies, &resources, &[]).unwrap();
    assert!(path.to_string().ends_with("/insula-1.scope"), "{path}");

    let group = Cgroup::create(&hierarchies, &path).unwrap();
    assert!(!group.is_new());
    assert!(group.processes().unwrap().contains(&sleeper.pid()));
    let read = |file: &str| std::fs::read_to_string(group.directories().next().unwrap().join(file)).unwrap();
    assert_eq!((read("memory.max"), read("pids.max")), ("67108864\n".into(), "7\n".into()));
    systemd
        .set(&unit, &hierarchies, &Resources { pids: Some(Limit::At(9)), ..Resources::default() })
        .unwrap();
    assert_eq!(read("pids.max"), "9\n");

    // A second one of that name is refused.
    let other = Running::waiting("exec sleep 1000");
    match systemd.start_scope(&unit, &[other.pid()], &hierarchies, &Resources::default(), &[]).unwrap_err() {
        SystemdError::Call { source, .. } => assert!(source.to_string().contains("UnitExists"), "{source}"),
        error => panic!("{error:?}"),
    }
    sleeper.go();
    systemd.stop(&unit).unwrap();
    sleeper.died_of();
    group.remove(soon()).unwrap();
    systemd.stop(&unit).unwrap();
}

fn bus(_: &Place) {
    let directory = std::env::temp_dir().join(format!("insula-test-bus-{}", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    let address = format!("unix:path={}/bus", directory.display());
    let mut daemon = Command::new(DAEMON)
        .args(["--session", "--nofork", "--nopidfile", "--nosyslog"])
        .arg(format!("--address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A socket that is there need not be listened to yet.
    wait_for("the bus", || UnixStream::connect(directory.join("bus")).is_ok());
    let output = Command::new(std::env::current_exe().unwrap())
        .arg("--with-bus")
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .env_remove("XDG_RUNTIME_DIR")
        .output();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The other process of [`bus`]. What is ill-formed, a bus answers by closing the connection.
pub(crate) fn with_bus() {
    match Systemd::user().unwrap_err() {
        SystemdError::Connect { source: BusError::Call { member: "Subscribe", name, .. }, .. } => {
            assert!(name.starts_with("org.freedesktop.DBus.Error."), "{name}");
        }
        error => panic!("{error:?}"),
    }
}
