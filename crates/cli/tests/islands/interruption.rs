//! Many at once, and killed at any moment: afterwards nothing is left.

use crate::Check;
use crate::place::Place;
use crate::stage::{self, Scratch};
use crate::walls::Rootfs;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::Pid;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

pub(crate) const CHECKS: &[Check] = &[
    ("killed_before_every_step_nothing_is_left", Place::ALL, &[], killed_at_every_step),
    ("killed_after_a_change_of_ids_nothing_is_left", &[Place::Root], &[], killed_after_a_change_of_ids),
    ("killed_at_every_call_nothing_is_left", &[Place::Root, Place::User], &["strace"], killed_at_every_call),
    ("a_child_killed_at_each_call_leaves_nothing", &[Place::Root, Place::User], &["strace"], child_killed),
    ("a_hundred_start_at_once", Place::ALL, &[], hundred_at_once),
    ("killed_at_any_moment_nothing_is_left", Place::ALL, &[], killed_at_any_moment),
];

/// Without it, what runs already stays when its supervisor is killed.
const DIES_WITH_US: &[&str] = &["--die-with-parent"];

/// The environment of every process of one test carries this variable, with the path of its scratch directory.
const MARK: &str = "INSULA_TEST_MARK";

fn hundred_at_once(place: Place) -> Result<(), String> {
    let scratch = Scratch::new(place);
    let start = || {
        let mut command = place.run(&[], &["true"]);
        command.env(MARK, scratch.path("")).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..100).map(|_| start()).collect();
    let mut complaints = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        if !output.status.success() {
            complaints.push(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
        }
    }
    if let Some(first) = complaints.first() {
        return Err(format!("{} of 100 did not start; the first: {first}", complaints.len()));
    }
    nothing_left(&scratch)
}

/// SIGKILL after ever longer waits, from before the first system call to long after the command runs.
fn killed_at_any_moment(place: Place) -> Result<(), String> {
    let scratch = Scratch::new(place);
    let islands = stage::program("islands");
    for step in 0..60 {
        let mut command = place.run(DIES_WITH_US, &[&islands, "attempt", "linger"]);
        let mut child = quiet(&mut command, &scratch).stdout(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_micros(150 * step));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    nothing_left(&scratch)
}

/// The child stops for good before its step N, for every N, and the supervisor is killed meanwhile. Not before the two steps
/// by which a child that goes on notices that its supervisor is gone; and without [`DIES_WITH_US`] only up to the step that
/// lets the command outlive its supervisor, from where on the start completes by itself.
fn killed_at_every_step(place: Place) -> Result<(), String> {
    killed_from_step(place, None, DIES_WITH_US)?;
    killed_from_step(place, Some("prctl(PR_SET_PDEATHSIG, 0)"), &[])
}

/// As above, where the start changes its ids on the way: to make files as an owner that the new user namespace knows, and to
/// become the command's user.
fn killed_after_a_change_of_ids(place: Place) -> Result<(), String> {
    let strangers = ["--new", "user,mnt,uts", "--map-users", "0:100000:10", "--map-groups", "0:100000:10"];
    let files = ["--tmpfs", "/tmp"];
    killed_from_step(place, None, &[DIES_WITH_US, &strangers, &files].concat())?;
    killed_from_step(place, None, &[DIES_WITH_US, &["--no-init", "--user", "4242:4242"]].concat())
}

/// Ends where the command runs, or before the step that `--explain` prints as `end`.
fn killed_from_step(place: Place, end: Option<&str>, options: &[&str]) -> Result<(), String> {
    let rootfs = Rootfs::new(place);
    let options = [options, &["--rootfs", rootfs.root(), "--hostname", "island"]].concat();
    let steps = explained(place, &options)?;
    let end = match end {
        Some(step) => Some(
            steps
                .iter()
                .position(|line| line.starts_with(step))
                .ok_or_else(|| format!("no `{step}`: {steps:?}"))?,
        ),
        None => None,
    };
    for step in 2..end.unwrap_or(200) {
        // A change of ids, of which there are up to two at once, has ended the request for that signal.
        let asks_again = ["setresuid(", "prctl(PR_SET_PDEATHSIG, 9)"];
        if steps.get(step).is_some_and(|line| asks_again.iter().any(|call| line.starts_with(call))) {
            continue;
        }
        let number = step.to_string();
        let options = [&options[..], &["--stop-before", &number]].concat();
        let mut command = place.run(&options, &["/islands", "attempt", "linger"]);
        let mut child = quiet(&mut command, rootfs.scratch()).spawn().unwrap();
        // Where no such step is left, the command runs and says so.
        let runs = says_something(child.stdout.as_ref().unwrap());
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        if let Some(status) = ended {
            return Err(format!("before step {step} it did not stop but end: {status}"));
        }
        nothing_left(rootfs.scratch()).map_err(|left| format!("killed before step {step}: {left}"))?;
        if runs {
            return if step > 10 { Ok(()) } else { Err(format!("there are only {step} steps")) };
        }
    }
    if end.is_some() { Ok(()) } else { Err("there are too many steps".into()) }
}

/// The steps of a start, as it explains them, without the calls that are no steps.
fn explained(place: Place, options: &[&str]) -> Result<Vec<String>, String> {
    let command = ["/islands", "attempt", "act-not"];
    let output = place.run(&[options, &["--explain"]].concat(), &command).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let no_step = |line: &str| line.starts_with("clone3(") || line.starts_with("  outside:");
    let steps: Vec<String> = said.lines().filter(|line| !no_step(line)).map(str::to_owned).collect();
    if output.status.success() { Ok(steps) } else { Err(said.into_owned()) }
}

/// SIGKILL at the supervisor's first system call, at its second, and so on until it waits for the command.
fn killed_at_every_call(place: Place) -> Result<(), String> {
    let scratch = Scratch::new(place);
    let mut made: Vec<String> = Vec::new();
    for name in calls_of_a_start(place, &scratch)? {
        made.push(name.clone());
        let so_many = made.iter().filter(|earlier| **earlier == name).count();
        let inject = format!("inject={name}:signal=KILL:when={so_many}");
        let mut strace = place.outside("strace");
        strace.args(["-o", "/dev/null", "-e", &inject, "--"]);
        strace.args(place.words(DIES_WITH_US, &[&stage::program("islands"), "attempt", "linger"]));
        let mut tracer = quiet(&mut strace, &scratch).spawn().unwrap();
        // The line that the command prints means that no call of the start is left to be killed at.
        let mut line = String::new();
        let started =
            BufReader::new(tracer.stdout.take().unwrap()).read_line(&mut line).is_ok_and(|bytes| bytes > 0);
        let survivor = children(tracer.id()).into_iter().find(|_| started && still_runs(&mut tracer));
        if let Some(supervisor) = survivor {
            kill(supervisor);
        }
        tracer.wait().unwrap();
        nothing_left(&scratch).map_err(|left| format!("killed at {name} number {so_many}: {left}"))?;
        if survivor.is_some() {
            break;
        }
    }
    if made.iter().any(|name| name == "clone3") {
        Ok(())
    } else {
        Err(format!("no child was ever made: {made:?}"))
    }
}

/// The names of the system calls that the supervisor of a short command makes, in order.
fn calls_of_a_start(place: Place, scratch: &Scratch) -> Result<Vec<String>, String> {
    let trace = scratch.path("trace");
    let mut strace = place.outside("strace");
    strace.args(["-o", &trace, "--"]).args(place.words(DIES_WITH_US, &["true"]));
    let output = quiet(&mut strace, scratch).stderr(Stdio::piped()).output().unwrap();
    if !output.status.success() {
        return Err(format!("{strace:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let trace = fs::read_to_string(trace).map_err(|error| format!("no trace: {error}"))?;
    // The first is strace's own execve, which cannot be killed at.
    Ok(trace.lines().skip(1).filter_map(|line| Some(line.split_once('(')?.0.to_owned())).collect())
}

/// Whether the tracer, and so what it traces, lives on after what it does at once.
fn still_runs(tracer: &mut Child) -> bool {
    thread::sleep(Duration::from_millis(100));
    tracer.try_wait().unwrap().is_none()
}

/// Calls that only the child makes, between clone3 and exec. Where it makes none of a name, the start goes well.
const CHILD_CALLS: &[&str] = &[
    "capset",
    "chdir",
    "chroot",
    "close_range",
    "fchdir",
    "fsconfig",
    "fsmount",
    "fsopen",
    "mount",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "pivot_root",
    "sethostname",
    "setresgid",
    "setresuid",
    "setsid",
    "umount2",
];

fn child_killed(place: Place) -> Result<(), String> {
    let scratch = Scratch::new(place);
    let mut killed = 0;
    for call in CHILD_CALLS {
        let inject = format!("inject={call}:signal=KILL:when=1");
        let mut strace = place.outside("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &inject, "--"]);
        strace.args(place.words(&["--hostname", "island"], &["true"]));
        let output = quiet(&mut strace, &scratch).output().unwrap();
        // What never became the command has no status of the command's.
        killed += u32::from(output.status.code() == Some(125));
        nothing_left(&scratch).map_err(|left| format!("the child was killed at {call}: {left}"))?;
    }
    if killed > 0 { Ok(()) } else { Err("no child was killed".into()) }
}

/// Marks the processes of a command as this test's.
fn quiet<'a>(command: &'a mut Command, scratch: &Scratch) -> &'a mut Command {
    let mark = scratch.path("");
    command.env(MARK, mark).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null())
}

/// Whether anything is said within a tenth of a second, which is long for a start.
fn says_something(output: &ChildStdout) -> bool {
    let mut ready = [PollFd::new(output, PollFlags::IN)];
    let patience = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    rustix::event::poll(&mut ready, Some(&patience)).is_ok_and(|count| count > 0)
        && ready[0].revents().contains(PollFlags::IN)
}

/// The direct children of a process.
fn children(parent: u32) -> Vec<Pid> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

/// Waits until no process carries the mark of this test; what does not end by itself is a failure, and is ended here.
fn nothing_left(scratch: &Scratch) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while marked(scratch).next().is_some() {
        if Instant::now() > deadline {
            let line = |pid| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let lines: Vec<String> = marked(scratch).inspect(|pid| kill(*pid)).map(line).collect();
            return Err(format!("left: {lines:?}"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The processes with the mark of this test in their environment.
fn marked(scratch: &Scratch) -> impl Iterator<Item = Pid> {
    let mark = format!("{MARK}={}", scratch.path("")).into_bytes();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let processes = entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    processes.filter(move |pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark)
    })
}

fn kill(process: Pid) {
    let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
}
