//! Bundles made of a static busybox.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use insula_oci::{Bundle, Container, ContainerId, Creation, Deletion, Made, Runtime, When};
use insula_sandbox::{Sandbox, Status};
use insula_sys::errno::words;
use serde_json::{Value, json};

/// A bundle and a state directory of its own, which go with it.
#[derive(Debug)]
pub(crate) struct Home {
    path: PathBuf,
    pub(crate) config: Value,
}

const APPLETS: [&str; 25] = [
    "sh", "cat", "ls", "id", "echo", "sleep", "stat", "mount", "touch", "true", "false", "hostname", "ps",
    "env", "grep", "tty", "stty", "readlink", "mkdir", "kill", "test", "umask", "dd", "head", "ip",
];

impl Home {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("insula-oci-{}-{number}", std::process::id()));
        let bin = path.join("bundle/rootfs/bin");
        std::fs::create_dir_all(&bin).unwrap();
        for directory in ["proc", "sys", "dev", "tmp", "etc"] {
            std::fs::create_dir(path.join("bundle/rootfs").join(directory)).unwrap();
        }
        // Not by us: a process that another test starts meanwhile would have the file open, and it could not be executed.
        assert!(
            Sandbox::new("cp").args(["/bin/busybox".as_ref(), bin.as_os_str()]).status().unwrap().success()
        );
        for applet in APPLETS {
            symlink("busybox", bin.join(applet)).unwrap();
        }
        let mut home = Self { path, config: minimal() };
        home.config["linux"]["cgroupsPath"] = json!(format!("/insula-oci-{}-{number}", std::process::id()));
        if !rustix::process::geteuid().is_root() {
            home.without_root();
        }
        home
    }

    /// What an ordinary user needs: a user namespace of one id.
    fn without_root(&mut self) {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let linux = &mut self.config["linux"];
        linux.as_object_mut().unwrap().remove("cgroupsPath");
        linux["namespaces"].as_array_mut().unwrap().push(json!({"type": "user"}));
        linux["uidMappings"] = json!([{"containerID": 0, "hostID": uid, "size": 1}]);
        linux["gidMappings"] = json!([{"containerID": 0, "hostID": gid, "size": 1}]);
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.path.join(path)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path("bundle/rootfs")
    }

    pub(crate) fn runtime(&self) -> Runtime {
        Runtime::new(self.path("state"))
    }

    pub(crate) fn bundle(&self) -> Bundle {
        let text = serde_json::to_string_pretty(&self.config).unwrap();
        std::fs::write(self.path("bundle/config.json"), text).unwrap();
        Bundle::open(&self.path("bundle")).unwrap()
    }

    /// Sets what is run: a shell script whose output goes to the file `out` of the root.
    pub(crate) fn script(&mut self, script: &str) {
        let script = format!("exec >/out 2>&1; {script}");
        self.config["process"]["args"] = json!(["sh", "-c", script]);
    }

    pub(crate) fn output(&self) -> String {
        std::fs::read_to_string(self.root().join("out")).unwrap_or_default()
    }

    pub(crate) fn create(&self, id: &str) -> Made {
        let id = ContainerId::new(id).unwrap();
        self.runtime()
            .create(&id, &self.bundle(), Creation::default())
            .unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    /// Why a container of this bundle is not made.
    pub(crate) fn refusal(&self, id: &str) -> String {
        let id = ContainerId::new(id).unwrap();
        match self.runtime().create(&id, &self.bundle(), Creation::default()) {
            Ok(made) => {
                made.container.delete(&self.runtime(), Deletion::Forced).unwrap();
                panic!("it was made")
            }
            Err(error) => chain(&error),
        }
    }

    /// Runs `script` in a container to its end; gives what it printed.
    pub(crate) fn run(&mut self, script: &str) -> (String, Status) {
        self.script(script);
        let id = ContainerId::new("run").unwrap();
        let creation = Creation { when: When::Now, ..Creation::default() };
        let made = self
            .runtime()
            .create(&id, &self.bundle(), creation)
            .unwrap_or_else(|error| panic!("{}", chain(&error)));
        let status = made.child.wait().unwrap();
        made.container.delete(&self.runtime(), Deletion::Stopped).unwrap();
        (self.output(), status)
    }

    pub(crate) fn find(&self, id: &str) -> Container {
        self.runtime().container(&ContainerId::new(id).unwrap()).unwrap()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What a failed test has not come to.
        for id in self.runtime().ids().unwrap_or_default() {
            if let Ok(container) = self.runtime().container(&id) {
                let _ = container.delete(&self.runtime(), Deletion::Forced);
            }
        }
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            assert!(std::thread::panicking(), "{} is left: {error}", self.path.display());
        }
    }
}

/// An error with all its causes; an error number by its name, whatever words the C library has for it.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(words).collect::<Vec<_>>().join(": ")
}

fn minimal() -> Value {
    let all = [
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_FSETID",
        "CAP_FOWNER",
        "CAP_MKNOD",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SETFCAP",
        "CAP_SETPCAP",
        "CAP_NET_BIND_SERVICE",
        "CAP_SYS_CHROOT",
        "CAP_KILL",
        "CAP_AUDIT_WRITE",
    ];
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": ["true"],
            "env": ["PATH=/bin", "TERM=xterm"],
            "cwd": "/",
            "capabilities": {"bounding": all, "effective": all, "permitted": all},
            "noNewPrivileges": true
        },
        "root": {"path": "rootfs"},
        "hostname": "inside",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
                "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
                "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue",
                "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs",
                "options": ["nosuid", "noexec", "nodev", "ro"]}
        ],
        "linux": {
            "namespaces": [
                {"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"},
                {"type": "cgroup"}
            ],
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/acpi", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
        }
    })
}
