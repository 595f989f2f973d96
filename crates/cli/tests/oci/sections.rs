//! One bundle, run by Insula, runc and crun: what a program inside sees of each section of the specification is the same.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use serde_json::{Value, json};

use super::home::{BUSYBOX, Home, Tool};
use super::{Fact, Need};

const ALL: &[Need] = &[Need::Runc, Need::Crun, Need::Root, Need::Busybox];

pub(crate) const FACTS: &[Fact] = &[
    Fact { name: "the_process_is_the_same_everywhere", needs: ALL, holds: process },
    Fact { name: "its_root_is_the_same_everywhere", needs: ALL, holds: root },
    Fact { name: "mounts_are_the_same_everywhere", needs: ALL, holds: mounts },
    Fact { name: "devices_are_the_same_everywhere", needs: ALL, holds: devices },
    Fact { name: "hidden_paths_are_the_same_everywhere", needs: ALL, holds: hidden_paths },
    Fact { name: "namespaces_are_the_same_everywhere", needs: ALL, holds: namespaces },
    Fact { name: "user_namespaces_are_the_same_everywhere", needs: ALL, holds: user_namespaces },
    Fact { name: "kernel_parameters_are_the_same_everywhere", needs: ALL, holds: kernel_parameters },
    Fact { name: "filters_of_system_calls_do_the_same_everywhere", needs: ALL, holds: filters },
    Fact { name: "hooks_are_told_the_same_everywhere", needs: ALL, holds: hooks },
    Fact { name: "the_personality_is_that_of_crun", needs: ALL, holds: personality },
];

const APPLETS: [&str; 17] = [
    "sh", "awk", "cat", "env", "grep", "hostname", "id", "ls", "mkdir", "mount", "nice", "pwd", "readlink",
    "sed", "sort", "stat", "touch",
];

/// What a container of the bundle prints, and how it ends.
fn told(tool: Tool, script: &str, change: impl Fn(&mut Value)) -> (String, Option<i32>) {
    let ours = Home::new(Tool::Insula);
    let bundle = ours.bundle(&["sh", "-c", &format!("exec 2>&1; {script}")]);
    let mut config: Value =
        serde_json::from_slice(&std::fs::read(bundle.join("config.json")).unwrap()).unwrap();
    for applet in APPLETS {
        symlink(BUSYBOX, bundle.join("rootfs/bin").join(applet)).unwrap();
    }
    for directory in ["proc", "dev", "sys", "tmp", "data"] {
        std::fs::create_dir(bundle.join("rootfs").join(directory)).unwrap();
    }
    std::fs::write(bundle.join("rootfs/data/text"), "text\n").unwrap();
    // The newest version that all of them know.
    config["ociVersion"] = json!("1.0.2");
    config["process"]["env"] = json!(["PATH=/bin", "HOME=/"]);
    change(&mut config);
    std::fs::write(bundle.join("config.json"), config.to_string()).unwrap();
    let home = Home::new(tool);
    // crun gives what it has as standard input to the root of a user namespace, and `/dev/null` is the machine's.
    let mut run = home.command(&["run", "--bundle", bundle.to_str().unwrap(), &home.id]);
    let output = run.stdin(Stdio::piped()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (text.into_owned(), output.status.code())
}

#[track_caller]
fn same_as(others: &[Tool], script: &str, change: impl Fn(&mut Value) + Copy) {
    let ours = told(Tool::Insula, script, change);
    assert!(!ours.0.is_empty(), "it prints nothing and ends with {:?}", ours.1);
    for other in others {
        assert_eq!(ours, told(*other, script, change), "Insula, and {other:?}");
    }
}

/// The last line of the script says so if all of it was run.
#[track_caller]
fn same(script: &str, change: impl Fn(&mut Value) + Copy) {
    same_as(&[Tool::Runc, Tool::Crun], script, change);
}

/// `config.md`, "Process".
fn process() {
    same(
        "id; umask; pwd; env | sort; ulimit -n; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj; \
         grep -E '^(Cap|NoNewPrivs|Groups)' /proc/self/status; exit 42",
        |config| {
            let process = &mut config["process"];
            process["user"] = json!({"uid": 12, "gid": 34, "additionalGids": [56, 78], "umask": 0o027});
            process["cwd"] = json!("/data");
            process["env"] = json!(["PATH=/bin", "HOME=/x", "A=b=c", "EMPTY="]);
            process["rlimits"] = json!([
                {"type": "RLIMIT_NOFILE", "soft": 64, "hard": 128},
                {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}
            ]);
            process["oomScoreAdj"] = json!(321);
            process["capabilities"] = json!({
                "bounding": ["CAP_KILL", "CAP_CHOWN"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"],
                "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]
            });
        },
    );
}

/// `config.md`, "Root".
fn root() {
    for readonly in [true, false] {
        same("touch /file && ls /; awk '$5 == \"/\" { print $6 }' /proc/self/mountinfo", move |config| {
            config["root"]["readonly"] = json!(readonly);
        });
    }
}

/// `config.md`, "Mounts", and `rootfsPropagation`.
fn mounts() {
    // Where, with which options and propagation, of which type, from what.
    let table = "awk '{ line = $5 \" \" $6; for (i = 7; $i != \"-\"; i++) { sub(/:.*/, \"\", $i); line = line \" \" $i } \
                 print line, $(i + 1), $(i + 3) }' /proc/self/mountinfo | grep -E '^/(tmp|data|made)' | \
                 sed 's/,inode64//; s/ ext4 .*//; s/ xfs .*//; s/ overlay .*//; s/ btrfs .*//'; cat /made/deep/text; touch /data/x";
    same(table, |config| {
        let source = config["root"]["path"].as_str().unwrap_or("rootfs").to_owned() + "/data";
        config["root"]["readonly"] = json!(false);
        let more = [
            json!({"destination": "/tmp", "type": "tmpfs", "source": "t",
                "options": ["nosuid", "noexec", "mode=1770", "size=64k"]}),
            json!({"destination": "/data", "type": "bind", "source": source, "options": ["bind", "ro", "nodev"]}),
            json!({"destination": "/made/deep", "type": "bind", "source": source,
                "options": ["rbind", "rslave", "noatime"]}),
        ];
        config["mounts"].as_array_mut().unwrap().extend(more);
    });
}

/// `config-linux.md`, "Devices" and "Default Devices".
fn devices() {
    // crun has a link to the memory of the kernel as well.
    let list = "for f in /dev/*; do [ $f = /dev/core ] && continue; [ -L $f ] && echo $f $(readlink $f) || stat -c '%n %F %a %u:%g %t:%T' $f; done; \
                echo x >/dev/null && echo written";
    same(list, |config| {
        config["linux"]["devices"] = json!([
            {"path": "/dev/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 3, "gid": 4},
            {"path": "/dev/pipe", "type": "p", "fileMode": 0o600}
        ]);
    });
}

/// `config-linux.md`, "Masked Paths" and "Readonly Paths".
fn hidden_paths() {
    let look = "ls -A /data; cat /proc/keys; ls -A /proc/acpi /sys/firmware; echo 1 > /proc/sys/kernel/sysrq; \
                echo x >/proc/sysrq-trigger; echo seen";
    same(look, |config| {
        config["linux"]["maskedPaths"] =
            json!(["/data", "/proc/keys", "/proc/acpi", "/sys/firmware", "/nosuch"]);
        config["linux"]["readonlyPaths"] = json!(["/proc/sys", "/proc/sysrq-trigger", "/nosuch"]);
    });
}

/// `config-linux.md`, "Namespaces": which are the container's own.
fn namespaces() {
    let kinds = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];
    let look = "hostname; cat /proc/sys/kernel/domainname; for kind in cgroup ipc mnt net pid user uts; do \
                echo $kind $(readlink /proc/self/ns/$kind); done";
    for shared in [&["network"][..], &["ipc", "cgroup"], &[]] {
        let own = |tool| {
            let (text, status) = told(tool, look, |config| {
                let all = config["linux"]["namespaces"].as_array_mut().unwrap();
                all.retain(|namespace| !shared.contains(&namespace["type"].as_str().unwrap()));
                config["hostname"] = json!("inside");
            });
            let lines: BTreeMap<_, _> = text.lines().filter_map(|line| line.split_once(' ')).collect();
            let own = kinds.map(|kind| {
                let host = std::fs::read_link(format!("/proc/self/ns/{kind}")).unwrap();
                *lines.get(kind).unwrap_or_else(|| panic!("{tool:?}: {text}")) != host.to_str().unwrap()
            });
            (text.lines().take(2).map(str::to_owned).collect::<Vec<_>>(), own, status)
        };
        let ours = own(Tool::Insula);
        assert_eq!(ours, own(Tool::Runc));
        assert_eq!(ours, own(Tool::Crun));
    }
}

/// `config-linux.md`, "User namespace mappings".
fn user_namespaces() {
    let look = "cat /proc/self/uid_map /proc/self/gid_map; id; stat -c %u:%g /data/text /dev/null; touch /tmp/x; \
                stat -c %u:%g /tmp/x";
    same(look, |config| {
        config["linux"]["namespaces"].as_array_mut().unwrap().push(json!({"type": "user"}));
        config["linux"]["uidMappings"] = json!([{"containerID": 0, "hostID": 100_000, "size": 1000}]);
        config["linux"]["gidMappings"] = json!([{"containerID": 0, "hostID": 200_000, "size": 1000}]);
        config["mounts"]
            .as_array_mut()
            .unwrap()
            .push(json!({"destination": "/tmp", "type": "tmpfs", "source": "t"}));
    });
}

/// `config-linux.md`, "Sysctl".
fn kernel_parameters() {
    same(
        "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced /proc/sys/fs/mqueue/msg_max",
        |config| {
            config["linux"]["sysctl"] = json!({
                "net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "12"
            });
        },
    );
}

/// `config-linux.md`, "Seccomp".
fn filters() {
    let actions = [
        json!({"action": "SCMP_ACT_ERRNO"}),
        json!({"action": "SCMP_ACT_ERRNO", "errnoRet": 38}),
        json!({"action": "SCMP_ACT_KILL_PROCESS"}),
        json!({"action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": 0o700, "op": "SCMP_CMP_EQ"}]}),
    ];
    for action in actions {
        same(
            "mkdir -m 755 /tmp/a; mkdir -m 700 /tmp/b; ls /tmp; grep Seccomp: /proc/self/status",
            |config| {
                config["root"]["readonly"] = json!(false);
                let mut call = action.clone();
                call["names"] = json!(["mkdir"]);
                config["linux"]["seccomp"] = json!({
                    "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [call]
                });
            },
        );
    }
}

/// `config.md`, "POSIX-platform Hooks": what each is told, in which order, and where it runs.
fn hooks() {
    let lists = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
    let heard = |tool| {
        let log = Home::new(Tool::Insula);
        let file = log.path("heard");
        let place = file.to_str().unwrap().to_owned();
        let (text, status) = told(tool, "echo run", |config| {
            config["root"]["readonly"] = json!(false);
            for list in lists {
                // That of `startContainer` is of the container's root.
                let (shell, to) =
                    if list == "startContainer" { ("/bin/sh", "/heard") } else { ("/bin/sh", &*place) };
                let script = format!(
                    "read -r state; echo \"{list} $state\" >> {to}; [ {list} != startContainer ] || cat {to}"
                );
                config["hooks"][list] =
                    json!([{"path": shell, "args": ["sh", "-c", script], "env": ["PATH=/bin"]}]);
            }
        });
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{tool:?}: {error}: {text}"));
        let told = text.lines().map(|line| {
            let (list, state) = line.split_once(' ').unwrap();
            let state: Value =
                serde_json::from_str(state).unwrap_or_else(|error| panic!("{tool:?}: {error}: {line}"));
            // What runc 1.1 tells after the start is that it has not been: against `runtime.md`, "State".
            let status = if list == "poststart" { "" } else { state["status"].as_str().unwrap() };
            (list.to_owned(), status.to_owned(), state["pid"].as_i64().unwrap_or(0) > 0)
        });
        (told.collect::<Vec<_>>(), status)
    };
    let ours = heard(Tool::Insula);
    assert_eq!(ours.0.len(), 5, "{ours:?}");
    assert_eq!(ours, heard(Tool::Runc));
}

/// `config-linux.md`, "Personality", which this runc has not.
fn personality() {
    same_as(&[Tool::Crun], "cat /proc/self/personality", |config| {
        config["linux"]["personality"] = json!({"domain": "LINUX32"});
        config["process"]["user"] = json!({"uid": 0, "gid": 0});
    });
}
