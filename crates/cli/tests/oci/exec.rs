//! Processes that are added to containers, and terminals, beside those of the original.

use std::process::Stdio;
use std::time::Duration;

use super::home::{Home, Tool, command};
use super::{Fact, Need};

const ALL: &[Need] = &[Need::Runc, Need::Root, Need::Busybox];
const OURS: &[Need] = &[Need::Root, Need::Busybox];

pub(crate) const FACTS: &[Fact] = &[
    Fact { name: "run_shows_the_containers_terminal", needs: OURS, holds: run_shows_the_terminal },
    Fact { name: "exec_shows_the_processs_terminal", needs: OURS, holds: exec_shows_the_terminal },
    Fact { name: "a_terminal_without_anybody_is_refused", needs: ALL, holds: terminal_without_anybody },
    Fact { name: "sockets_of_systemd_are_passed_as_runc_does", needs: ALL, holds: sockets_are_passed },
    Fact { name: "exec_is_in_the_group_that_is_named", needs: ALL, holds: exec_in_a_group_below },
    Fact { name: "exec_waits_in_a_paused_container_if_it_may", needs: OURS, holds: exec_waits_while_paused },
];

/// A script that tells of its terminal, and reads a line from it.
const TERMINAL: &str = "/bin/busybox tty; read line; echo got $line; exit 6";

fn run_shows_the_terminal() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sh", "-c", TERMINAL]);
    home.configure("process", "terminal", true.into());
    let (code, text) = typed(&home, &["run", "--bundle", "bundle", &home.id]);
    assert_eq!(code, Some(6), "{text}");
    // A terminal echoes what is typed, and ends lines by two characters.
    assert!(text.contains("/dev/pts/0\r\n") && text.ends_with("got word\r\n"), "{text:?}");
    assert_eq!(home.output(&["list", "-q"]), "");
}

fn exec_shows_the_terminal() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    home.output(&["start", &home.id]);
    let (code, text) = typed(&home, &["exec", "--tty", &home.id, "/bin/busybox", "sh", "-c", TERMINAL]);
    assert_eq!(code, Some(6), "{text}");
    assert!(text.contains("/dev/pts/0\r\n") && text.ends_with("got word\r\n"), "{text:?}");
}

/// How a command ends that reads a word, and what it prints.
fn typed(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    std::fs::write(home.path("typed"), "word\n").unwrap();
    let mut command = home.command(arguments);
    let output = command.stdin(std::fs::File::open(home.path("typed")).unwrap()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn terminal_without_anybody() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sleep", "60"]);
        home.create();
        home.output(&["start", &home.id]);
        let exec = home.run(&["exec", "--tty", "--detach", &home.id, "/bin/busybox", "true"]);
        home.output(&["delete", "--force", &home.id]);
        home.configure("process", "terminal", true.into());
        let run = home.run(&["run", "--detach", "--bundle", "bundle", &home.id]);
        let create = home.run(&["create", "--bundle", "bundle", &home.id]);
        assert_eq!(home.output(&["list", "-q"]), "");
        [exec, run, create].map(|output| {
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(message.contains("console") && message.contains("socket"), "{message}");
            output.status.code()
        })
    });
    assert_eq!(ours, theirs);
}

/// Descriptor 3 is a socket from systemd, descriptor 4 one that is preserved; unless the sockets are meant for somebody else.
fn sockets_are_passed() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        let inside = "echo $LISTEN_FDS $LISTEN_PID; for number in 3 4 5; do \
                      /bin/busybox cat /proc/self/fd/$number 2>/dev/null; echo; done";
        home.bundle(&["sh", "-c", inside]);
        for name in ["three", "four", "five"] {
            std::fs::write(home.path(name), name).unwrap();
        }
        ["$$", "1"].map(|pid| {
            let run = home.command(&["run", "--preserve-fds", "1", "--bundle", "bundle", &home.id]);
            let script = format!("LISTEN_FDS=1 LISTEN_PID={pid} exec \"$@\" 3<three 4<four 5<five");
            let mut shell = command("sh");
            shell.args(["-c", &script, "sh"]).arg(run.get_program()).args(run.get_args());
            let output = shell.current_dir(home.path("")).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        })
    });
    assert_eq!(ours, ["1 1\nthree\nfour\n\n", "\nthree\n\n\n"]);
    assert_eq!(ours, theirs);
}

fn exec_in_a_group_below() {
    let [ours, theirs] = [Tool::Insula, Tool::Runc].map(|tool| {
        let home = Home::new(tool);
        home.bundle(&["sleep", "60"]);
        home.create();
        home.output(&["start", &home.id]);
        let groups = |arguments: &[&str]| {
            let output = home.run(
                &[&["exec"], arguments, &[&home.id, "/bin/busybox", "cat", "/proc/self/cgroup"]].concat(),
            );
            let text = String::from_utf8(output.stdout).unwrap();
            // The unified hierarchy beside others is used by us alone; and runc begins where it is itself.
            let lines = text.lines().filter(|line| !line.starts_with("0::")).map(|line| {
                let (hierarchy, path) = line.rsplit_once(':').unwrap();
                format!("{hierarchy}:{}", path.split_once(&home.id).unwrap().1)
            });
            (output.status.code() == Some(0), lines.collect::<Vec<_>>())
        };
        let plain = groups(&[]);
        assert!(plain.0, "{plain:?}");
        let made: Vec<_> =
            ["pids", "memory"].map(|controller| below(&home.state()["pid"].to_string(), controller)).into();
        for directory in &made {
            let _ = std::fs::create_dir(directory);
        }
        let told = vec![
            groups(&["--cgroup", "pids:low"]),
            groups(&["--cgroup", "pids,memory:low"]),
            groups(&["--cgroup", "pids:low", "--cgroup", "memory:/low"]),
            groups(&["--cgroup", "nosuch:low"]),
            groups(&["--cgroup", "pids:../low"]),
            groups(&["--cgroup", "pids:high"]),
            groups(&["--cgroup", "low", "--cgroup", "pids:low"]),
            groups(&["--cgroup", "/"]),
            groups(&["--cgroup", "pids:/", "--cgroup", "memory:low"]),
        ];
        home.output(&["delete", "--force", &home.id]);
        told
    });
    let is_in = |(_, lines): &(bool, Vec<String>), name: &str| {
        lines.iter().filter(|line| line.ends_with(name)).count()
    };
    assert_eq!(
        (is_in(&ours[0], ":/low"), is_in(&ours[1], ":/low"), is_in(&ours[2], ":/low")),
        (1, 2, 2),
        "{ours:?}"
    );
    assert_eq!(ours, theirs);
}

/// A group `low` below that of a process, in the hierarchy of a controller of version 1.
fn below(pid: &str, controller: &str) -> std::path::PathBuf {
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let path = groups.lines().find_map(|line| line.split_once(&format!(":{controller}:"))).unwrap().1;
    std::path::Path::new("/sys/fs/cgroup").join(controller).join(path.trim_start_matches('/')).join("low")
}

fn exec_waits_while_paused() {
    let home = Home::new(Tool::Insula);
    home.bundle(&["sleep", "60"]);
    home.create();
    home.output(&["start", &home.id]);
    home.output(&["pause", &home.id]);
    let refused = home.run(&["exec", &home.id, "/bin/busybox", "true"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("it is paused"));
    let mut exec = home.command(&["exec", "--ignore-paused", &home.id, "/bin/busybox", "sh", "-c", "exit 3"]);
    let mut exec = exec.stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(exec.try_wait().unwrap().is_none(), "it has run though all is paused");
    home.output(&["resume", &home.id]);
    assert_eq!(exec.wait().unwrap().code(), Some(3));
}
