//! The lines that people know by heart, with only our links and busybox on the PATH. Each is tried on the original tools
//! too where they are installed: a test that they fail would be wrong.

use crate::Check;
use crate::place::Place;
use crate::stage::{self, Scratch};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use Place::{Root, ThreeDeep, User};

pub(crate) const CHECKS: &[Check] = &[
    ("ps_shows_two_processes", Place::ALL, TOOLS, ps_shows_two_processes),
    ("a_new_network_has_only_a_loopback", Place::ALL, TOOLS, only_a_loopback),
    ("a_hostname_set_inside_stays_inside", Place::ALL, TOOLS, hostname_stays_inside),
    ("a_mapped_root_is_root", Place::ALL, TOOLS, mapped_root_is_root),
    (
        "every_subordinate_id_is_mapped",
        &[User],
        &["busybox", "unshare", "newuidmap"],
        subordinate_ids_are_mapped,
    ),
    ("namespaces_are_listed", Place::ALL, TOOLS, namespaces_are_listed),
    ("namespaces_are_listed_by_owner", Place::ALL, TOOLS, namespaces_are_listed_by_owner),
    ("a_process_is_joined", Place::ALL, TOOLS, process_is_joined),
];

/// Busybox, and the tools whose names we take.
const TOOLS: &[&str] = &["busybox", "unshare", "nsenter", "lsns"];
const APPLETS: [&str; 11] =
    ["cat", "head", "hostname", "id", "ip", "kill", "ps", "readlink", "sh", "sleep", "true"];

/// The shell outside is not busybox's, which would prefer applets of its own to the tools. The one inside is.
const SHELL: &str = "/bin/sh";

/// Who is called by the tools' names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tools {
    Ours,
    Original,
}

/// A directory that is the whole PATH.
fn tool_box(tools: Tools) -> Result<Scratch, String> {
    let scratch = Scratch::new(Root);
    let installed = |name: &str| {
        let found = ["/bin", "/usr/bin"].map(|directory| format!("{directory}/{name}")).into_iter();
        found
            .clone()
            .find(|path| fs::exists(path).unwrap_or(false))
            .ok_or(format!("`{name}` is not installed"))
    };
    let busybox = installed("busybox")?;
    for applet in APPLETS {
        symlink(&busybox, scratch.path(applet)).unwrap();
    }
    for tool in &TOOLS[1..] {
        let to =
            if tools == Tools::Ours { stage::program(&format!("links/{tool}")) } else { installed(tool)? };
        symlink(to, scratch.path(tool)).unwrap();
    }
    // Set-user-id programs that the original looks for on the PATH only.
    for helper in ["newuidmap", "newgidmap"] {
        if let Ok(path) = installed(helper) {
            symlink(path, scratch.path(helper)).unwrap();
        }
    }
    Ok(scratch)
}

/// Runs a line from a place, where `$user` makes the user namespace that an ordinary user needs.
fn line(place: Place, tools: Tools, script: &str) -> Result<String, String> {
    let tool_box = tool_box(tools)?;
    let variables =
        [format!("PATH={}", tool_box.path("")), format!("user={}", if place == Root { "" } else { "-Ur" })];
    let words = ["-i", &variables[0], &variables[1], SHELL, "-c", script];
    let mut command = match place {
        Root | User => place.outside("env"),
        ThreeDeep => place.run(&[], &["env"]),
    };
    said(command.args(words))
}

/// What a command prints, or how it failed.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err(format!("{command:?}: {}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// Holds that a line prints what it should, with our tools and with the original ones.
fn holds(place: Place, script: &str, right: impl Fn(&str) -> bool) -> Result<(), String> {
    holds_with(&[Tools::Ours, Tools::Original], place, script, right)
}

fn holds_with(
    tools: &[Tools],
    place: Place,
    script: &str,
    right: impl Fn(&str) -> bool,
) -> Result<(), String> {
    for &tools in tools {
        let mut said = line(place, tools, script);
        // The original `lsns` now and then fails without a word where a process ends that it is looking at.
        for _ in 0..5 {
            if tools == Tools::Original && said.is_err() {
                said = line(place, tools, script);
            }
        }
        let said = said?;
        if !right(&said) {
            return Err(format!("with {tools:?} tools, `{script}` printed:\n{said}"));
        }
    }
    Ok(())
}

/// A shell executes the last command of its line in its own place, so `ps` is not the last.
fn ps_shows_two_processes(place: Place) -> Result<(), String> {
    holds(place, "unshare $user --pid --fork --mount-proc sh -c 'ps aux; true'", |said| {
        let processes: Vec<Vec<&str>> =
            said.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        processes.len() == 2 && processes[0][0] == "1" && processes[0].contains(&"sh")
    })
}

fn only_a_loopback(place: Place) -> Result<(), String> {
    // The second line of each link's description and its addresses are indented; fallback tunnels are born with a kernel's modules.
    holds(place, "unshare $user --net ip addr", |said| {
        let links: Vec<&str> = said.lines().filter(|line| !line.starts_with(' ')).collect();
        links[0].starts_with("1: lo:") && !said.contains("eth") && !said.contains("state UP")
    })
}

fn hostname_stays_inside(place: Place) -> Result<(), String> {
    let script = "hostname; unshare $user --uts sh -c 'hostname isolated-container; hostname'; hostname";
    holds(place, script, |said| {
        let names: Vec<&str> = said.lines().collect();
        names.len() == 3 && names[1] == "isolated-container" && names[0] == names[2] && names[0] != names[1]
    })
}

fn mapped_root_is_root(place: Place) -> Result<(), String> {
    holds(place, "unshare -Ur id -u", |said| said == "0\n")
}

/// Of the range's 65,536 ids one has no place: root's, which is the user's own.
/// An account with the range is lent to the ordinary user, in a mount namespace around the line.
fn subordinate_ids_are_mapped(place: Place) -> Result<(), String> {
    let script = "unshare --map-auto -Ur cat /proc/self/uid_map";
    let right = |said: &str| {
        let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
        lines.len() == 2 && lines[0][0] == "0" && lines[0][2] == "1" && lines[1] == ["1", "100000", "65535"]
    };
    if !Root.is_possible() {
        return holds(place, script, right);
    }
    let scratch = Scratch::new(Root);
    let passwd = fs::read_to_string("/etc/passwd").unwrap() + "islander:x:4242:4242::/nonexistent:/bin/sh\n";
    for (name, text) in [
        ("passwd", passwd.as_str()),
        ("subuid", "islander:100000:65536\n"),
        ("subgid", "islander:100000:65536\n"),
    ] {
        scratch.file(name, text, Root);
    }
    for tools in [Tools::Ours, Tools::Original] {
        let tool_box = tool_box(tools)?;
        let lend = "for file in passwd subuid subgid; do mount --bind \"$0$file\" /etc/$file || exit; done; exec \"$@\"";
        let inner = place.outside("env");
        let mut outer = Command::new("unshare");
        outer
            .args(["--mount", "sh", "-c", lend, &scratch.path("")])
            .arg(inner.get_program())
            .args(inner.get_args());
        outer.args([&format!("PATH={}", tool_box.path("")), SHELL, "-c", script]);
        let said = said(&mut outer)?;
        if !right(&said) {
            return Err(format!("with {tools:?} tools, the map is:\n{said}"));
        }
    }
    Ok(())
}

fn namespaces_are_listed(place: Place) -> Result<(), String> {
    holds(place, "lsns", |said| {
        let mut lines = said.lines();
        let header: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
        let kinds: Vec<&str> = lines.filter_map(|line| line.split_whitespace().nth(1)).collect();
        header == ["NS", "TYPE", "NPROCS", "PID", "USER", "COMMAND"]
            && ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"]
                .iter()
                .all(|kind| kinds.contains(kind))
    })
}

/// The original has trees since 2.39 only, so this line is ours alone.
fn namespaces_are_listed_by_owner(place: Place) -> Result<(), String> {
    let said = line(place, Tools::Ours, "lsns -J -T=owner")?;
    let value: serde_json::Value = serde_json::from_str(&said).map_err(|error| format!("{error}: {said}"))?;
    let roots = value["namespaces"].as_array().ok_or_else(|| format!("no array `namespaces`: {said}"))?;
    let has_children =
        roots.iter().any(|root| root["children"].as_array().is_some_and(|children| !children.is_empty()));
    if has_children { Ok(()) } else { Err(format!("no namespace owns another: {said}")) }
}

/// An ordinary user has no right to change groups, on either side, as `nsenter` would by default. The original of 2.38 does
/// not join a user namespace further in with `-a` even so.
fn process_is_joined(place: Place) -> Result<(), String> {
    let script = "
        keep=${user:+--preserve-credentials}
        unshare $user --uts --pid --fork --mount-proc sh -c 'hostname island; exec sleep 1000' & parent=$!
        tries=0
        until child=$(cat /proc/$parent/task/$parent/children) && [ -n \"$child\" ] &&
            [ \"$(nsenter $keep -t $child -a hostname)\" = island ]; do
            tries=$((tries + 1)); [ $tries -lt 200 ] || break; sleep 0.05
        done 2>/dev/null
        nsenter $keep -t $child -a sh -c 'hostname; cat /proc/1/cmdline'
        kill -9 $child
        wait $parent 2>/dev/null; true";
    let tools = if place == Root { &[Tools::Ours, Tools::Original][..] } else { &[Tools::Ours] };
    holds_with(tools, place, script, |said| said.starts_with("island\nsleep\x001000\0"))
}
