//! What nobody gets past, and what nobody leaves behind, by the commands that engines use.

use std::process::{Output, Stdio};

use super::home::{Home, Tool, command};
use super::{Fact, Need};

const NEEDS: &[Need] = &[Need::Root, Need::Busybox];

pub(crate) const FACTS: &[Fact] = &[
    Fact { name: "exec_is_the_user_that_is_named", needs: NEEDS, holds: exec_is_the_user_that_is_named },
    Fact { name: "exec_gives_no_capability_to_inherit", needs: NEEDS, holds: nothing_to_inherit },
    Fact { name: "what_cannot_be_told_of_is_not_left", needs: NEEDS, holds: untold_is_not_left },
    Fact { name: "fifty_runtimes_at_once_leave_nothing", needs: NEEDS, holds: fifty_at_once },
    Fact { name: "nothing_of_ours_stays_beside_a_container", needs: NEEDS, holds: nothing_stays_resident },
];

/// A container that sleeps.
fn started() -> Home {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    home.output(&["start", &home.id]);
    home
}

fn exec(home: &Home, flags: &[&str], script: &str) -> Output {
    home.run(&[&["exec"], flags, &[&home.id, "/bin/busybox", "sh", "-c", script]].concat())
}

/// CVE-2026-30892: crun took `--user 1` for root. And the user -1 would be whoever the runtime is.
fn exec_is_the_user_that_is_named() {
    let home = started();
    for (user, expected) in
        [("1", "1:0"), ("0", "0:0"), ("1:2", "1:2"), ("65534:0", "65534:0"), ("01", "1:0")]
    {
        let output = exec(&home, &["--user", user], "echo $(/bin/busybox id -u):$(/bin/busybox id -g)");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{user}: {output:?}");
    }
    for user in
        ["", ":", "1:", ":1", "-1", "1:-1", "root", "1x", "0x1", "4294967295", "0:4294967295", "4294967296"]
    {
        let output = exec(&home, &["--user", user], "echo ran");
        assert!(!output.status.success() && output.stdout.is_empty(), "{user}: {output:?}");
    }
    let output = exec(&home, &["--additional-gids", "4294967295"], "echo ran");
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    home.output(&["delete", "--force", &home.id]);
    for key in ["uid", "gid"] {
        home.configure("process", "user", serde_json::json!({"uid": 0, "gid": 0, key: 4_294_967_295_u32}));
        let output = home.run(&["run", "--bundle", "bundle", &home.id]);
        assert!(!output.status.success(), "{key}: {output:?}");
        assert_eq!(home.output(&["list", "-q"]), "");
    }
}

/// CVE-2022-29162.
fn nothing_to_inherit() {
    let home = started();
    for user in ["0", "5"] {
        let flags = ["--user", user, "--cap", "CAP_SYS_CHROOT"];
        let output = exec(&home, &flags, "/bin/busybox grep -E '^Cap(Inh|Amb)' /proc/self/status");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text, "CapInh:\t0000000000000000\nCapAmb:\t0000000000000000\n", "{user}");
    }
}

/// Whoever asked for its id would not find it again.
fn untold_is_not_left() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    std::fs::create_dir(home.path("no-file")).unwrap();
    for told in
        [&["--pid-file", "no-file"][..], &["--pid-file", "missing/pid"], &["--pidfd-socket", "missing"]]
    {
        for command in [&["create"][..], &["run", "--detach"]] {
            let output = home.run(&[command, told, &["--bundle", "bundle", &home.id]].concat());
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.code() == Some(1) && message.contains(told[1]),
                "{command:?} {told:?}: {message}"
            );
            assert_eq!(home.output(&["list", "-q"]), "");
            assert!(processes_in(&home).is_empty(), "{command:?} {told:?}");
        }
    }
    home.create();
    home.output(&["start", &home.id]);
    let before = processes_in(&home);
    for told in [["--pid-file", "no-file"], ["--pidfd-socket", "missing"]] {
        for detach in [&[][..], &["--detach"]] {
            let output = exec(&home, &[&told[..], detach].concat(), "/bin/busybox sleep 60");
            assert_eq!(output.status.code(), Some(255), "{output:?}");
            assert_eq!(processes_in(&home), before, "{told:?} {detach:?}");
        }
    }
}

/// The processes in the control group of the container.
fn processes_in(home: &Home) -> Vec<u32> {
    let in_it = |pid: &u32| {
        let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        groups.lines().any(|line| line.ends_with(&home.id))
    };
    let all = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let mut found: Vec<u32> = all.filter(in_it).collect();
    found.sort_unstable();
    found
}

fn fifty_at_once() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sh", "-c", "exit 7"]);
    let runtimes: Vec<_> = (0..50)
        .map(|number| {
            let id = format!("{}-{number}", home.id);
            home.command(&["run", "--bundle", "bundle", &id]).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for runtime in runtimes {
        let output = runtime.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(home.output(&["list", "-q"]), "");
    assert_eq!(std::fs::read_dir(home.path("state")).unwrap().count(), 0);
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&home.id), "{mounts}");
    for directory in ["/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/unified"] {
        let entries =
            std::fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = entries.filter(|name| name.to_string_lossy().starts_with(&home.id)).collect();
        assert!(left.is_empty(), "{left:?} in {directory}");
    }
}

/// In a PID namespace of their own: all that is there afterwards is the shell, and the container.
fn nothing_stays_resident() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    let script = r#"
        show() { for process in /proc/[0-9]*; do readlink $process/exe; done; }
        quiet() { "$@" </dev/null >/dev/null 2>&1 || echo failed; }
        "$@" run --detach --bundle bundle one </dev/null >/dev/null 2>&1 || echo failed
        echo ran; show
        quiet "$@" delete --force one
        quiet "$@" create --bundle bundle one
        echo created; show
        quiet "$@" start one
        echo started; show
        quiet "$@" delete --force one
        echo deleted; show"#;
    let oci = home.command(&[]);
    let mut shell = command("unshare");
    shell.args(["--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh"]);
    shell.arg(oci.get_program()).args(oci.get_args()).current_dir(home.path(""));
    let output = shell.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let own = std::fs::canonicalize("/bin/sh").unwrap().display().to_string();
    let lines: Vec<&str> = text.lines().filter(|line| *line != own).collect();
    let waits = "/memfd:insula-init (deleted)";
    let expected = ["ran", "/bin/busybox", "created", waits, "started", "/bin/busybox", "deleted"];
    assert_eq!(lines, expected, "{}", String::from_utf8_lossy(&output.stderr));
}
