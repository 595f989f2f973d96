//! Failures provoked for real, and what is said of them. Each runs in a world made for it by util-linux's tools.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that drives other programs on purpose"
)]

use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::{Arguments, Trial};

mod calls;
#[path = "../../../sys/tests/program/mod.rs"]
mod program;
mod starts;

/// Set for this program when it runs inside: which part of it to run.
const INSIDE: &str = "INSULA_TEST_INSIDE";

/// Hides a part of every procfs in sight.
macro_rules! cover_proc {
    () => {
        r#"
        for place in $(sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - proc .*/\1/p" /proc/self/mountinfo); do
            mount -t tmpfs none "$place/tty"
        done
        "#
    };
}

/// A test: the shell commands that make its world and end by `exec` of `"$0"`, this program; and what runs there.
struct World {
    name: &'static str,
    needs: Needs,
    setup: &'static str,
    inside: fn(),
}

#[derive(Clone, Copy, PartialEq)]
enum Needs {
    Nothing,
    Root,
    /// No procfs out of sight with nothing hidden, such as that of an initramfs: the kernel would go by that one.
    SingleProc,
}

impl Needs {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Root => "needs root",
            Self::SingleProc => "needs a single /proc",
        }
    }

    fn are_met(self) -> bool {
        match self {
            Self::Nothing => true,
            Self::Root => rustix::process::geteuid().is_root(),
            Self::SingleProc => {
                let script = concat!(cover_proc!(), "! unshare -rpmf --mount-proc true 2>/dev/null");
                Command::new("unshare").args(["-rm", "sh", "-ec", script]).status().unwrap().success()
            }
        }
    }
}

const WORLDS: [World; 15] = [
    World {
        name: "every_probe_answers",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: starts::every_probe_answers,
    },
    World {
        name: "an_ordinary_user_gets_a_report",
        needs: Needs::Root,
        setup: r#"exec setpriv --reuid 4242 --regid 4242 --clear-groups --inh-caps=-all "$0""#,
        inside: starts::ordinary_user,
    },
    World {
        name: "a_limit_of_zero_is_named",
        needs: Needs::Nothing,
        setup: r#"exec unshare -r sh -c 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$0"' "$0""#,
        inside: starts::limit_of_zero,
    },
    World {
        name: "a_limit_that_is_reached_is_found_by_trying",
        needs: Needs::Nothing,
        setup: r#"exec unshare -r sh -c 'echo 1 > /proc/sys/user/max_uts_namespaces; exec unshare -u "$0"' "$0""#,
        inside: starts::limit_reached,
    },
    World {
        name: "namespaces_nested_too_deep_are_named",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: starts::nested_too_deep,
    },
    World {
        name: "a_missing_capability_and_a_missing_map_are_named",
        needs: Needs::Nothing,
        setup: r#"exec unshare --user "$0""#,
        inside: starts::without_capabilities,
    },
    World {
        name: "a_chroot_is_named",
        needs: Needs::Nothing,
        setup: r#"
            exec unshare -rm sh -c '
                mkdir "$1/proc" && mount --rbind /proc "$1/proc" && exec chroot "$1" /test' "$0" "${0%/*}""#,
        inside: starts::chroot,
    },
    World {
        name: "a_covered_proc_is_named",
        needs: Needs::SingleProc,
        setup: concat!("exec unshare -rm sh -ec '", cover_proc!(), "exec \"$0\"' \"$0\""),
        inside: starts::covered_proc,
    },
    World {
        name: "a_limit_on_processes_is_named",
        needs: Needs::Root,
        setup: r#"exec setpriv --reuid 4243 --regid 4243 --clear-groups prlimit --nproc=0 "$0""#,
        inside: starts::limit_on_processes,
    },
    World {
        name: "each_step_of_a_start_is_explained",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: starts::each_step,
    },
    World {
        name: "each_mount_of_a_start_is_explained",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: starts::each_mount,
    },
    World {
        name: "map_writes_are_explained",
        needs: Needs::Nothing,
        setup: r#"exec unshare -r "$0""#,
        inside: calls::map_writes,
    },
    World {
        name: "joins_are_explained",
        needs: Needs::Nothing,
        setup: r#"exec 8</proc/self/ns/user 9</proc/self/ns/pid; exec unshare -rpf "$0""#,
        inside: calls::joins,
    },
    World {
        name: "threads_are_named",
        needs: Needs::Nothing,
        setup: r#"exec "$0""#,
        inside: starts::threads,
    },
    World {
        name: "mount_errors_are_explained",
        needs: Needs::Nothing,
        setup: r#"exec unshare -rm "$0""#,
        inside: calls::mount_errors,
    },
];

fn main() {
    if let Ok(name) = std::env::var(INSIDE) {
        let world = WORLDS.iter().find(|world| world.name == name).expect("the name of a world");
        return (world.inside)();
    }
    let trials = WORLDS.iter().map(|world| {
        let trial = Trial::test(world.name, || {
            world.run();
            Ok(())
        });
        trial.with_kind(world.needs.name()).with_ignored_flag(!world.needs.are_met())
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}

impl World {
    fn run(&self) {
        // Other users, and those in a chroot, can't reach the build directory.
        let directory = Directory::new(self.name);
        let program = directory.0.join("test");
        crate::program::copy(std::env::current_exe().unwrap(), &program);
        let output = Command::new("sh")
            .args(["-ec", self.setup])
            .arg(&program)
            .env(INSIDE, self.name)
            .env("RUST_BACKTRACE", "0")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}\n{told}", self.name);
    }
}

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("insula-doctor-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
