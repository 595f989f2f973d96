//! `ip tuntap`: interfaces whose other end is a program, as `ip-tuntap(8)` describes it.

use std::fs;
use std::path::Path;

use insula_net::kind::Tun;
use insula_net::{Link, NewTun, TunError, TunMode};
use insula_ns::accounts::Accounts;
use insula_sys::errno::sentence;

use super::page::Page;
use super::verbs::Verbs;
use super::words::{if_name, matches, number};
use super::{Session, Stop, Words};

/// What is between `ip tuntap` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    session.settle();
    VERBS.run(session, words)
}

const VERBS: Verbs = Verbs {
    object: "tuntap",
    without: show,
    table: &[(&["add"], add), (&["delete"], delete), (&["show", "lst", "list"], show)],
    absent: (&[], ""),
    usage,
};

/// What `ip tuntap help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(
        "\
Usage: ip tuntap {add | del} [[dev | name] NAME] mode {tun | tap} [user USER] [group GROUP] [one_queue] [pi] [vnet_hdr] [multi_queue]
       ip [-details] tuntap [show]
       ip tuntap help",
    )
}

/// `IFF_ONE_QUEUE`, which the kernel keeps and does not heed.
const ONE_QUEUE: u16 = 0x2000;
/// `IFF_TUN_EXCL`: an interface that is there is not taken hold of.
const NEW: u16 = 0x8000;

fn add(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let mut tun = parse(words, Deed::Add)?;
    tun.flags |= NEW;
    session.forget();
    tun.create(&[]).map_err(explain)
}

fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let tun = parse(words, Deed::Delete)?;
    session.forget();
    tun.delete(&[]).map_err(explain)
}

/// What is done with it; whose it is can be said of a new one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Add,
    Delete,
}

fn parse(words: &mut Words<'_>, deed: Deed) -> Result<NewTun, Stop> {
    let (mut mode, mut name, mut flags) = (None, None, 0);
    let (mut owner, mut group) = (None, None);
    let accounts = || Accounts::of_this_machine().unwrap_or_default();
    let may_own = deed == Deed::Add;
    while let Some(word) = words.take() {
        match word {
            _ if matches(word, "mode") => {
                let asked = parse_mode(words.value()?)?;
                if mode.is_some_and(|mode| mode != asked) {
                    return Err(Stop::usage("You managed to ask for more than one tunnel mode."));
                }
                mode = Some(asked);
            }
            _ if may_own && matches(word, "user") => {
                let word = words.value()?;
                let id = number(word).or_else(|| accounts().user(word).map(|user| user.uid));
                owner = Some(id.ok_or_else(|| Stop::usage(format!("invalid user \"{word}\"")))?);
            }
            _ if may_own && matches(word, "group") => {
                let word = words.value()?;
                let id = number(word).or_else(|| accounts().group(word).map(|group| group.gid));
                group = Some(id.ok_or_else(|| Stop::usage(format!("invalid group \"{word}\"")))?);
            }
            _ if matches(word, "pi") => flags |= NewTun::PACKET_INFORMATION,
            _ if matches(word, "one_queue") => flags |= ONE_QUEUE,
            _ if matches(word, "vnet_hdr") => flags |= NewTun::VNET_HEADER,
            _ if matches(word, "multi_queue") => flags |= NewTun::MULTI_QUEUE,
            _ if matches(word, "dev") => name = Some(if_name(words.value()?, "dev")?),
            _ => {
                let word = if matches(word, "name") { words.value()? } else { word };
                if matches(word, "help") {
                    return Err(usage());
                }
                if name.is_some() {
                    return Err(Stop::garbage("name", word));
                }
                name = Some(if_name(word, "name")?);
            }
        }
    }
    let mode = mode.ok_or_else(|| Stop::failed("You failed to specify a tunnel mode"))?;
    // The kernel puts a number there.
    let name = name.map_or_else(|| if_name(&format!("{mode}%d"), "name"), Ok)?;
    Ok(NewTun { owner, group, flags, ..NewTun::new(name, mode) })
}

fn parse_mode(word: &str) -> Result<TunMode, Stop> {
    match word {
        _ if matches(word, "tun") => Ok(TunMode::Tun),
        _ if matches(word, "tap") => Ok(TunMode::Tap),
        _ => Err(Stop::usage(format!("Unknown tunnel mode \"{word}\""))),
    }
}

fn explain(error: TunError) -> Stop {
    match error {
        TunError::Open { source } => Stop::failed(format!("open: {}", sentence(source))),
        TunError::Create { source, .. } | TunError::Delete { source, .. } => {
            Stop::failed(format!("ioctl(TUNSETIFF): {}", sentence(source)))
        }
        other => Stop::failed(other.to_string()),
    }
}

/// Shows all of them; further words do not matter to the original either.
fn show(session: &mut Session, _: &mut Words<'_>) -> Result<(), Stop> {
    let links = session.links()?;
    session.show(|session, page| {
        for link in &links {
            if let Some(tun) = link.data::<Tun>() {
                page.object(|page| one(session, page, link, &tun));
            }
        }
        Ok(())
    })
}

fn one(session: &Session, page: &mut Page, link: &Link, tun: &Tun) {
    page.field("ifname", &link.name, format_args!("{}:", link.name));
    let packets = tun.packet_information == Some(true);
    page.array("flags", |page| {
        for (name, is_set) in [
            ("tun", tun.mode == Some(1)),
            ("tap", tun.mode == Some(2)),
            ("pi", packets),
            ("vnet_hdr", tun.virtio_header == Some(true)),
            ("multi_queue", tun.multi_queue == Some(true)),
            ("persist", tun.persistent == Some(true)),
            // The bit of `pi` has two meanings, and the original shows both.
            ("filter", packets),
        ] {
            if is_set {
                page.element(name, format_args!(" {name}"));
            }
        }
    });
    if let Some(owner) = tun.owner {
        page.field("user", owner, format_args!(" user {owner}"));
    }
    if let Some(group) = tun.group {
        page.field("group", group, format_args!(" group {group}"));
    }
    if session.options.details {
        page.line();
        page.text("\tAttached to processes:");
        page.array("processes", |page| {
            for (id, name) in holders(&link.name) {
                page.object(|page| {
                    page.field("name", &name, &name);
                    page.field("pid", id, format_args!("({id})"));
                });
            }
        });
    }
    page.end();
}

/// The processes that have the interface's other end open, as far as that can be seen.
fn holders(interface: &str) -> Vec<(u32, String)> {
    let mut holders = Vec::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = process.file_name().to_str().and_then(number::<u32>) else { continue };
        let process = process.path();
        for descriptor in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
            let is_tun = fs::read_link(descriptor.path()).is_ok_and(|path| path == Path::new("/dev/net/tun"));
            let about = process.join("fdinfo").join(descriptor.file_name());
            let is_its = |line: &str| line.strip_prefix("iff:").is_some_and(|name| name.trim() == interface);
            if is_tun && fs::read_to_string(about).is_ok_and(|about| about.lines().any(is_its)) {
                let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
                holders.push((id, name.trim_end().to_owned()));
            }
        }
    }
    holders
}
