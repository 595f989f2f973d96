//! The binary on the host is not overwritten from inside, nor does anybody there get a handle on it to do so later.

use crate::Check;
use crate::place::Place;
use crate::stage;
use crate::walls::Rootfs;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) const CHECKS: &[Check] = &[
    ("run_does_not_execute_its_own_binary_inside", Place::ALL, &[], run_does_not_execute_itself),
    ("enter_does_not_execute_its_own_binary_inside", PLACES, &[], enter_does_not_execute_itself),
    ("nsenter_does_not_execute_its_own_binary_inside", PLACES, &[], nsenter_does_not_execute_itself),
    ("the_binary_of_who_enters_is_not_had_by_who_waits_inside", PLACES, &[], entering_binary_is_not_had),
];

/// Who is three islands further in has no process id out here to enter by.
const PLACES: &[Place] = &[Place::Root, Place::User];

/// Ways to name what the process executes that is to become the command: before that, the binary of Insula. As `docker`'s
/// were told by CVE-2019-5736.
const TRAPS: &[&str] = &["/link", "/script", "/script-of-a-script"];

/// A root file system whose programs are traps.
fn trapped(place: Place) -> Rootfs {
    let rootfs = Rootfs::new(place);
    symlink("/proc/self/exe", rootfs.scratch().path("root/link")).unwrap();
    for (name, interpreter) in [("script", "/proc/self/exe"), ("script-of-a-script", "/script")] {
        let path = rootfs.scratch().path(&format!("root/{name}"));
        fs::write(&path, format!("#!{interpreter}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    rootfs
}

/// Ends its process with the test, and so what it supervises.
struct Kept {
    child: Child,
    /// Where it says what became of it: it must be able to.
    _output: BufReader<ChildStdout>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Were the binary executed, its own `run` would run who finds it there.
fn words_for(trap: &str) -> Vec<String> {
    let binary = fs::metadata(stage::program("insula")).unwrap();
    let (device, inode) = (binary.dev().to_string(), binary.ino().to_string());
    [trap, "run", "--share", "all", "--", "/islands", "attempt", "seize", &device, &inode, "0"]
        .map(str::to_owned)
        .into()
}

fn run_does_not_execute_itself(place: Place) -> Result<(), String> {
    let rootfs = trapped(place);
    for init in [&[][..], &["--no-init"]] {
        for trap in TRAPS {
            let words = words_for(trap);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let options = [&["--rootfs", rootfs.root()], init].concat();
            refused(trap, &place.run(&options, &words).output().unwrap())?;
        }
    }
    Ok(())
}

fn enter_does_not_execute_itself(place: Place) -> Result<(), String> {
    does_not_execute_itself(place, |pid| {
        let mut command = place.outside(&stage::program("insula"));
        command.args(["enter", pid, "--"]);
        command
    })
}

fn nsenter_does_not_execute_itself(place: Place) -> Result<(), String> {
    does_not_execute_itself(place, |pid| {
        let mut command = place.outside(&stage::program("links/nsenter"));
        command.args(["--all", "--preserve-credentials", "--target", pid, "--"]);
        command
    })
}

fn does_not_execute_itself(place: Place, enter: impl Fn(&str) -> Command) -> Result<(), String> {
    let rootfs = trapped(place);
    let (_target, pid) = target(place, &rootfs, &["/islands", "attempt", "linger"]);
    for trap in TRAPS {
        let output = enter(&pid).args(words_for(trap)).stdin(Stdio::null()).output().unwrap();
        refused(trap, &output)?;
    }
    Ok(())
}

/// Whether nothing was executed, and the reason told.
fn refused(trap: &str, output: &Output) -> Result<(), String> {
    let said = String::from_utf8_lossy(&output.stderr);
    let reason =
        if trap == "/link" { "leads to Insula's own binary" } else { "this program is part of Insula" };
    if output.status.code() == Some(126) && said.contains(reason) {
        return Ok(());
    }
    Err(format!("{trap}: {}\n{}{said}", output.status, String::from_utf8_lossy(&output.stdout)))
}

/// Somebody waits inside and looks at every process that appears, while others enter and execute what is a trap.
fn entering_binary_is_not_had(place: Place) -> Result<(), String> {
    let rootfs = trapped(place);
    let binary = fs::metadata(stage::program("insula")).unwrap();
    let (device, inode) = (binary.dev().to_string(), binary.ino().to_string());
    let words = ["/islands", "attempt", "seize", &device, &inode, "3"];
    let (mut target, pid) = target(place, &rootfs, &words);
    while target.child.try_wait().unwrap().is_none() {
        let mut command = place.outside(&stage::program("insula"));
        command.args(["enter", &pid, "--", "/script"]).stdin(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap();
    }
    if target.child.wait().unwrap().success() { Ok(()) } else { Err("the binary is had inside".into()) }
}

/// Starts what others will enter, and waits until it is there. Without the capabilities of a debugger: who has them in the
/// user namespace of the machine can look into every process that enters.
fn target(place: Place, rootfs: &Rootfs, words: &[&str]) -> (Kept, String) {
    let options = ["--die-with-parent", "--rootfs", rootfs.root(), "--cap-drop", "sys_ptrace,sys_admin"];
    let mut child = place.run(&options, words).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "nothing runs inside");
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let pid = fs::read_to_string(children).unwrap().trim().to_owned();
    (Kept { child, _output: output }, pid)
}

/// `seize DEVICE INODE SECONDS`: no process in sight executes that file.
pub(crate) fn seize(arguments: &[String]) -> Result<(), String> {
    let (device, inode): (u64, u64) = (arguments[0].parse().unwrap(), arguments[1].parse().unwrap());
    let end = Instant::now() + Duration::from_secs(arguments[2].parse().unwrap());
    println!("looking");
    loop {
        for process in fs::read_dir("/proc").map_err(|error| format!("cannot read /proc: {error}"))?.flatten()
        {
            let Ok(file) = fs::File::open(process.path().join("exe")) else { continue };
            let found = file.metadata().map_err(|error| format!("cannot look at it: {error}"))?;
            if (found.dev(), found.ino()) == (device, inode) {
                return Err(format!("the binary is had from {}", process.path().display()));
            }
        }
        if Instant::now() > end {
            return Ok(());
        }
    }
}
