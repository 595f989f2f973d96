//! What runs inside: each attempt tries to get through one wall, and fails if it could.

use crate::{binary, escape, outsider};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};
use rustix::process::Pid;
use rustix::thread::{CapabilitySet, CapabilitySets, UnshareFlags};
use std::collections::BTreeSet;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs, io};

/// The last line of an attempt that was made in full and denied.
pub(crate) const STOOD: &str = "the wall stood";

/// A breach, or the reason why the attempt could not be made.
type Verdict = Result<(), String>;
type Attempt = fn(&[String]) -> Verdict;

const ATTEMPTS: &[(&str, Attempt)] = &[
    ("see", see),
    ("signal", signal),
    ("leave-kinds", leave_kinds),
    ("rename-host", rename_host),
    ("mount-over", mount_over),
    ("set-clock", set_clock),
    ("reach-network", reach_network),
    ("use-descriptor", use_descriptor),
    ("regain", regain),
    ("act-without", act_without),
    ("remap", remap),
    ("act-not", |_| Ok(())),
    ("linger", linger),
    ("seize", binary::seize),
    ("escape", escape::escape),
    ("write-read-only", escape::write_read_only),
    ("read-masked", escape::read_masked),
];

pub(crate) fn main(mut words: impl Iterator<Item = String>) -> ExitCode {
    let name = words.next().unwrap_or_default();
    let arguments: Vec<String> = words.collect();
    let Some((_, attempt)) = ATTEMPTS.iter().find(|(known, _)| *known == name) else {
        eprintln!("no attempt is called `{name}`");
        return ExitCode::from(2);
    };
    match attempt(&arguments) {
        Ok(()) => println!("{STOOD}"),
        Err(breach) => {
            eprintln!("{name}: {breach}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Holds that `result` is an error, and one of those that the wall gives.
pub(crate) fn denied<T>(what: &str, result: Result<T, impl Into<io::Error>>, errors: &[Errno]) -> Verdict {
    match result.map_err(Into::into) {
        Ok(_) => Err(format!("{what} went through")),
        Err(error) if errors.iter().any(|e| Some(e.raw_os_error()) == error.raw_os_error()) => Ok(()),
        Err(error) => Err(format!("{what} failed for another reason: {error}")),
    }
}

/// Attempts as started, and again with every capability over a user and a mount namespace further in, where one may be made.
pub(crate) fn here_and_further_in(attempt: impl Fn() -> Verdict) -> Verdict {
    attempt()?;
    #[expect(
        deprecated,
        reason = "what took its place is unsafe for the sake of descriptor tables, which stay shared here"
    )]
    match rustix::thread::unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNS) {
        Ok(()) => attempt().map_err(|breach| format!("from a user namespace further in: {breach}")),
        Err(_) => Ok(()),
    }
}

/// `see NUMBER`: no process of `/proc` is the outsider.
fn see(arguments: &[String]) -> Verdict {
    let name = outsider::name(&arguments[0]);
    let mut seen = 0;
    for entry in fs::read_dir("/proc").map_err(|error| format!("cannot read /proc: {error}"))? {
        let path = entry.unwrap().path();
        let Ok(line) = fs::read_to_string(path.join("cmdline")) else { continue };
        seen += 1;
        if line.contains(&name) {
            return Err(format!("the outsider is {}", path.display()));
        }
    }
    if seen > 0 { Ok(()) } else { Err("/proc shows no process at all".into()) }
}

/// `signal PID PID-NAMESPACE`: the outsider is no process here, and a signal to everyone does not reach it.
fn signal(arguments: &[String]) -> Verdict {
    // Before anything is sent: without this wall, the signal would reach the whole machine.
    if link("pid")? == arguments[1] {
        return Err("still in the PID namespace outside".into());
    }
    let outsider = Pid::from_raw(arguments[0].parse().unwrap()).unwrap();
    let absent = &[Errno::SRCH];
    denied("a signal by number", rustix::process::test_kill_process(outsider), absent)?;
    denied("a pidfd", rustix::process::pidfd_open(outsider, rustix::process::PidfdFlags::empty()), absent)?;
    let broadcast = Command::new("sh").args(["-c", "kill -s URG -1"]).status();
    broadcast.map_err(|error| format!("no signal was sent: {error}")).map(drop)
}

/// `leave-kinds KIND=LINK...`: each namespace named is another one than outside.
fn leave_kinds(arguments: &[String]) -> Verdict {
    for pair in arguments {
        let (kind, outside) = pair.split_once('=').unwrap();
        if link(kind)? == outside {
            return Err(format!("still in the {kind} namespace outside"));
        }
    }
    Ok(())
}

fn link(kind: &str) -> Result<String, String> {
    let path = format!("/proc/self/ns/{kind}");
    fs::read_link(&path).map(|link| link.display().to_string()).map_err(|error| format!("{path}: {error}"))
}

/// `rename-host`: succeeds, in here.
fn rename_host(_: &[String]) -> Verdict {
    rustix::system::sethostname(b"breached").map_err(|error| format!("cannot set the hostname: {error}"))?;
    let name = rustix::system::uname();
    if name.nodename() == c"breached" { Ok(()) } else { Err("the hostname did not change in here".into()) }
}

/// `mount-over DIRECTORY`: covers it and writes there, and takes `/proc` away; all succeeds, in here.
fn mount_over(arguments: &[String]) -> Verdict {
    let directory = &arguments[0];
    rustix::mount::mount("tmpfs", directory.as_str(), "tmpfs", MountFlags::empty(), None)
        .map_err(|error| format!("cannot mount: {error}"))?;
    fs::write(format!("{directory}/breach"), "").map_err(|error| format!("cannot write: {error}"))?;
    rustix::mount::unmount("/proc", UnmountFlags::DETACH)
        .map_err(|error| format!("cannot unmount /proc: {error}"))
}

/// `set-clock`: to the time that it shows, so that even a breach does no harm.
fn set_clock(_: &[String]) -> Verdict {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    denied(
        "setting the clock",
        rustix::time::clock_settime(rustix::time::ClockId::Realtime, now),
        &[Errno::PERM],
    )
}

/// `reach-network PORT NAME`: only the loopback is here, and it is not the outside's.
fn reach_network(arguments: &[String]) -> Verdict {
    let table = fs::read_to_string("/proc/net/dev").map_err(|error| format!("/proc/net/dev: {error}"))?;
    let links: Vec<&str> =
        table.lines().skip(2).filter_map(|line| line.split(':').next()).map(str::trim).collect();
    // Every new network namespace is born with the fallback devices of the tunnels that the kernel has loaded.
    let fallbacks =
        ["lo", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0"];
    if let Some(other) = links.iter().find(|link| !fallbacks.contains(link)) {
        return Err(format!("the link `{other}` is here"));
    }
    let port: u16 = arguments[0].parse().unwrap();
    denied(
        "a connection to the port outside",
        std::net::TcpStream::connect(("127.0.0.1", port)),
        &[Errno::CONNREFUSED, Errno::NETUNREACH],
    )?;
    let address = SocketAddr::from_abstract_name(&arguments[1]).unwrap();
    denied("a connection to the socket outside", UnixStream::connect_addr(&address), &[Errno::CONNREFUSED])?;
    let down = Command::new("ip").args(["link", "set", "lo", "down"]).status();
    match down {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("`ip link set lo down` was not done: {other:?}")),
    }
}

/// `use-descriptor SECRET`: no descriptor above the standard three, and none of any process here leads to the secret.
fn use_descriptor(arguments: &[String]) -> Verdict {
    let secret = arguments[0].as_bytes();
    let mut own = BTreeSet::new();
    for entry in fs::read_dir("/proc/self/fd").map_err(|error| format!("/proc/self/fd: {error}"))? {
        let entry = entry.unwrap();
        // The descriptor of this very listing leads to a directory of /proc.
        if !fs::read_link(entry.path()).is_ok_and(|to| to.starts_with("/proc")) {
            own.insert(entry.file_name().into_string().unwrap());
        }
    }
    if let Some(other) = own.iter().find(|fd| !["0", "1", "2"].contains(&fd.as_str())) {
        return Err(format!(
            "descriptor {other} came along: {:?}",
            fs::read_link(format!("/proc/self/fd/{other}"))
        ));
    }
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(descriptors) = fs::read_dir(process.path().join("fd")) else { continue };
        for descriptor in descriptors.flatten() {
            let is_file = fs::metadata(descriptor.path()).is_ok_and(|metadata| metadata.is_file());
            if is_file && fs::read(descriptor.path()).is_ok_and(|text| text == secret) {
                return Err(format!("{} leads to the secret", descriptor.path().display()));
            }
        }
    }
    Ok(())
}

/// `regain [again]`: chroot, which the start dropped, cannot be had back in any set, nor by executing a program.
fn regain(arguments: &[String]) -> Verdict {
    let dropped = CapabilitySet::SYS_CHROOT;
    let held = rustix::thread::capabilities(None).map_err(|error| format!("capget: {error}"))?;
    let all = held.effective | held.permitted | held.inheritable;
    if all.contains(dropped) || rustix::thread::capability_is_in_bounding_set(dropped) != Ok(false) {
        return Err(format!("the capability was not dropped from every set: {held:?}"));
    }
    for (set, sets) in [
        ("permitted", CapabilitySets { permitted: held.permitted | dropped, ..held }),
        ("effective", CapabilitySets { effective: held.effective | dropped, ..held }),
        ("inheritable", CapabilitySets { inheritable: held.inheritable | dropped, ..held }),
    ] {
        denied(
            &format!("raising it in the {set} set"),
            rustix::thread::set_capabilities(None, sets),
            &[Errno::PERM],
        )?;
    }
    denied(
        "the ambient set",
        rustix::thread::configure_capability_in_ambient_set(dropped, true),
        &[Errno::PERM],
    )?;
    denied("chroot", rustix::process::chroot("/"), &[Errno::PERM])?;
    init_has_not(dropped)?;
    if arguments.is_empty() {
        let myself = env::current_exe().map_err(|error| format!("cannot find myself: {error}"))?;
        let again = Command::new(myself).args(["attempt", "regain", "again"]).output();
        let again = again.map_err(|error| format!("cannot execute myself: {error}"))?;
        if !again.status.success() {
            return Err(format!("after exec: {}", String::from_utf8_lossy(&again.stderr)));
        }
    }
    Ok(())
}

/// PID 1, which whoever may trace can make do what it may itself, does not have the capability either, nor gets it by exec.
fn init_has_not(dropped: CapabilitySet) -> Verdict {
    let status = fs::read_to_string("/proc/1/status").map_err(|error| format!("PID 1: {error}"))?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.map(str::trim).ok_or_else(|| format!("PID 1 has no {name}"))
    };
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
        let bits = u64::from_str_radix(field(set)?, 16).unwrap();
        if bits & dropped.bits() != 0 {
            return Err(format!("PID 1 has the capability: {set} {bits:x}"));
        }
    }
    if field("NoNewPrivs:")? == "1" { Ok(()) } else { Err("PID 1 may gain privileges".into()) }
}

/// `act-without`: the administrator's capability is dropped: no mount, no new hostname, and a user namespace further in,
/// where every capability is had again, gives none over the namespaces of this one.
fn act_without(_: &[String]) -> Verdict {
    denied(
        "a mount",
        rustix::mount::mount("tmpfs", "/", "tmpfs", MountFlags::empty(), None),
        &[Errno::PERM],
    )?;
    here_and_further_in(|| denied("a new hostname", rustix::system::sethostname(b"breached"), &[Errno::PERM]))
}

/// `remap`: the maps are written once; no other id of the outside can be had, and no group be dropped.
fn remap(_: &[String]) -> Verdict {
    for map in ["uid_map", "gid_map"] {
        let path = Path::new("/proc/self").join(map);
        denied(&format!("writing {map} again"), fs::write(path, "0 0 4294967295\n"), &[Errno::PERM])?;
    }
    if fs::read_to_string("/proc/self/setgroups").is_ok_and(|word| word.trim() == "deny") {
        denied("allowing setgroups", fs::write("/proc/self/setgroups", "allow"), &[Errno::PERM])?;
        denied("setgroups", rustix::thread::set_thread_groups(&[]), &[Errno::PERM])?;
    }
    Ok(())
}

/// `linger`: says so, and stays until killed.
fn linger(_: &[String]) -> Verdict {
    println!("lingering");
    loop {
        std::thread::park();
    }
}
