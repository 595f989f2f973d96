//! `ip vrf`: virtual routers, and the processes whose sockets are of one.

use insula_cgroup::Membership;
use insula_net::kind::Vrf;
use insula_ns::ProcDir;
use insula_sys::errno::sentence;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::verbs::Verbs;
use super::{Session, Stop, Words};

/// What is between `ip vrf` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "vrf",
    without: show,
    table: &[
        (&["identify"], |session, words| identify(session, words.rest())),
        (&["pids"], |session, words| pids(session, words.rest())),
        (&["show", "lst", "list"], show),
    ],
    absent: (
        &["exec"],
        "a socket is bound to a VRF by SO_BINDTODEVICE, which `ping -I`, `ssh -B` and `curl --interface` do",
    ),
    usage,
};

fn usage() -> Stop {
    Stop::usage(
        "Usage:\tip vrf show [NAME]\n\
         \tip vrf identify [PID]\n\
         \tip vrf pids NAME",
    )
}

/// All virtual routers, or the one that is named, which is never JSON.
fn show(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    match words.rest() {
        [] => {}
        [name] => {
            let table = table(session, name)?.ok_or_else(|| Stop::usage("Invalid VRF"))?;
            crate::output::show(&format!("{name} {table}\n")).map_err(|failure| Stop::output(&failure))?;
            return Ok(());
        }
        _ => return Err(usage()),
    }
    let all: Vec<_> = session
        .links()?
        .into_iter()
        .filter_map(|link| Some((link.data::<Vrf>()?.table?, link.name)))
        .collect();
    session.show(|_, page| {
        page.text(format_args!("{:<16}  {:>5}\n{}\n", "Name", "Table", "-".repeat(23)));
        if all.is_empty() {
            page.text("No VRF has been configured\n");
        }
        for (table, name) in &all {
            page.object(|page| {
                page.field("name", name, format_args!("{name:<16}"));
                page.field("table", *table, format_args!(" {table:>5}"));
                page.end();
            });
        }
        Ok(())
    })
}

/// The table of the virtual router called `name`.
fn table(session: &mut Session, name: &str) -> Result<Option<u32>, Stop> {
    Ok(session.link(name)?.and_then(|link| link.data::<Vrf>()).and_then(|vrf| vrf.table))
}

fn identify(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    let pid = match arguments {
        [] => "self",
        [pid] if pid.bytes().all(|byte| byte.is_ascii_digit()) => pid,
        [word] => return Err(Stop::wrong(word, "Invalid pid\n")),
        [_, word, ..] => return Err(Stop::wrong(word, "Extra arguments specified\n")),
    };
    let failed = |errno| Stop::failed(format!("Failed to lookup vrf association: {}", sentence(errno)));
    let found = of_process(&opened()?, pid).map_err(failed)?;
    if let Some(name) = found {
        session.page.text(format_args!("{name}\n"));
    }
    Ok(())
}

fn pids(session: &mut Session, arguments: &[&str]) -> Result<(), Stop> {
    let [name] = arguments else { return Err(Stop::failed("Invalid arguments")) };
    if *name != "default" && table(session, name)?.is_none() {
        return Err(Stop::failed("Invalid VRF name"));
    }
    let proc = opened()?;
    for pid in proc.pids().unwrap_or_default() {
        // It may be gone by now.
        let of = of_process(&proc, &pid.to_string()).ok().flatten();
        if of.as_deref().unwrap_or("default") == *name {
            let command = read(&proc, &format!("{pid}/comm")).unwrap_or_default();
            session.page.text(format_args!("{:>5}  {}\n", pid.to_string(), command.trim_end()));
        }
    }
    Ok(())
}

fn opened() -> Result<ProcDir, Stop> {
    ProcDir::open()
        .map_err(|error| Stop::failed(format!("Open of /proc failed: {}", crate::report::chain(&error))))
}

/// The virtual router that sockets of a process are of: the name of its control group below one called `vrf`.
fn of_process(proc: &ProcDir, pid: &str) -> Result<Option<String>, Errno> {
    let groups = read(proc, &format!("{pid}/cgroup"))?;
    let groups = Membership::parse_all(groups.as_bytes()).unwrap_or_default();
    let path = groups.iter().find(|group| group.is_unified()).and_then(|group| group.path().to_str());
    Ok(path.and_then(|path| path.rsplit_once("/vrf/")).map(|(_, name)| name.to_owned()))
}

fn read(proc: &ProcDir, path: &str) -> Result<String, Errno> {
    let opened = rustix::fs::openat(proc, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    let mut bytes = Vec::with_capacity(4096);
    rustix::io::read(&opened, rustix::buffer::spare_capacity(&mut bytes))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
