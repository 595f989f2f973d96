//! `insula net capture`: packets as they pass, in lines or in a file.

use std::fs::File;
use std::io::BufWriter;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;

use insula_engine::network::{Networks, PacketSeen, Tap};
use insula_engine::set::{Sets, SetsWatch};
use insula_net::capture::{PacketWay, Pcapng};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::stdio;

use super::super::EXITS;
use super::report::explain;
use super::time_of_day::time_of_day;
use super::{sites, words};
use crate::args::{Arg, Command, Example, FaceKind, Invalid, Order, flag, number};
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    file: Option<PathBuf>,
    interface: Option<String>,
    count: Option<u64>,
    keep: Option<usize>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "net capture",
    face: FaceKind::Native,
    about: "Show or record the packets of sets, of labs, or of the host",
    usage: &["[OPTIONS] SET|LAB|host…"],
    details: "\
Shows every packet that passes an interface of the named networks, all of them at once, until Ctrl-C or the signal TERM ends it, \
or the last of them is removed. A lab stands for all its nodes. A packet that goes from one network to another is seen where it leaves and where it comes in.

A line has the time (of day, UTC), the set and the interface, `in` or `out`, and what the packet is:

  12:00:01.000042 web/eth0 out 10.0.0.2:40000 > 10.0.0.1:80 tcp SYN

With `-w` the packets are written in the format pcapng, which Wireshark and tcpdump read, with interfaces called SET/IFACE.

At the end it says on standard error how many packets there were, and how many were lost because they came faster than they \
could be taken. Packets are seen from the moment on which it says on standard error that it is capturing.",
    examples: &[
        Example { line: "insula net capture web", does: "what the set `web` sends and receives" },
        Example { line: "insula net capture -w lab.pcapng mylab", does: "records a whole lab" },
        Example { line: "insula net capture -w - web | wireshark -k -i -", does: "looks on in Wireshark" },
    ],
    order: Order::Anywhere,
    flags: &[
        flag("write", "write pcapng to this file, `-` for standard output").short('w').required("FILE", |o, word| {
            o.file = Some(PathBuf::from(word));
            Ok(())
        }),
        flag("interface", "only what passes interfaces of this name").short('i').required("IFACE", |o, word| {
            o.interface = Some(words::interface(word)?);
            Ok(())
        }),
        flag("count", "end after so many packets").short('c').required("NUMBER", |o, word| {
            o.count = Some(number(word)?);
            Ok(())
        }),
        flag("snaplen", "keep at most so many bytes of each packet in the file").short('s').required(
            "BYTES",
            |o, word| {
                o.keep = Some(number(word)?);
                if o.keep == Some(0) {
                    return Err(Invalid("nothing would be left of a packet".to_owned()));
                }
                Ok(())
            },
        ),
    ],
    exits: EXITS,
    run,
};

/// So many packets are taken from one network before the others have their turn.
const TURN: usize = 256;

/// So many turns are left after the signal that ends it, or when a network is removed.
const LAST_ROUNDS: usize = 64;

#[expect(clippy::needless_pass_by_value, reason = "the signature of every command")]
fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if operands.is_empty() {
        return Err(Failure::usage("expected a set, a lab or `host`"));
    }
    let sites = sites::named(operands)?;
    sites::allow_files();
    let networks = Networks::of_caller();
    let mut sets = Sets::of_caller().watch()?;
    let mut taps =
        sites.iter().map(|site| networks.tap(site)).collect::<Result<Vec<_>, _>>().map_err(explain)?;
    let signals = sites::signals()?;
    let mut sink = Sink::open(&options)?;
    let shown = if taps.len() == 1 { sites[0].to_string() } else { format!("{} networks", taps.len()) };
    output::complain(&format!("insula: capturing in {shown}\n"));
    let mut left = options.count.unwrap_or(u64::MAX);
    let (mut count, mut lost, mut rounds) = (0_u64, 0, 0);
    while left > 0 && !taps.is_empty() {
        let ready = wait(&signals, &sets, &taps)?;
        let gone = if ready.sets { gone(&mut sets, &taps)? } else { vec![false; taps.len()] };
        let mut seen = Vec::new();
        for (tap, _) in taps.iter_mut().zip(&ready.taps).filter(|(_, ready)| **ready) {
            seen.extend(take(tap, &options)?);
        }
        // Our socket is the last that keeps what was removed: once its packets are taken it goes.
        for at in (0..taps.len()).rev().filter(|at| gone[*at]) {
            let mut tap = taps.remove(at);
            for _ in 0..LAST_ROUNDS {
                seen.extend(take(&mut tap, &options)?);
            }
            lost += tap.lost().map_err(explain)?;
        }
        seen.sort_by_key(|packet: &PacketSeen| packet.time);
        seen.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        let number = u64::try_from(seen.len()).unwrap_or(u64::MAX);
        (count, left) = (count + number, left - number);
        sink.write(&seen)?;
        // What came before the signal is still there to be told; on a busy line there is always more.
        rounds += usize::from(ready.end);
        if ready.end && (seen.is_empty() || rounds == LAST_ROUNDS) {
            break;
        }
    }
    if taps.is_empty() {
        output::complain("insula: nothing is left to capture\n");
    }
    for tap in &mut taps {
        lost += tap.lost().map_err(explain)?;
    }
    output::complain(&format!("insula: {count} packets, {lost} lost\n"));
    Ok(0)
}

/// What can be done without waiting.
struct Ready {
    /// A signal has come.
    end: bool,
    /// Sets may have come or gone.
    sets: bool,
    /// Of each tap, whether packets wait.
    taps: Vec<bool>,
}

fn wait(signals: &OwnedFd, sets: &SetsWatch, taps: &[Tap]) -> Result<Ready, Failure> {
    let mut ready = vec![PollFd::new(signals, PollFlags::IN)];
    ready.extend(sets.polled());
    let own = ready.len();
    ready.extend(taps.iter().map(|tap| PollFd::from_borrowed_fd(tap.as_fd(), PollFlags::IN)));
    loop {
        match poll(&mut ready, None) {
            Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::from(errno).context("cannot wait for packets")),
            Ok(_) => break,
        }
    }
    let is_ready = |fd: &PollFd<'_>| !fd.revents().is_empty();
    Ok(Ready {
        end: is_ready(&ready[0]),
        sets: ready[1..own].iter().any(is_ready),
        taps: ready[own..].iter().map(is_ready).collect(),
    })
}

/// Of each tap, whether its network was removed.
fn gone(sets: &mut SetsWatch, taps: &[Tap]) -> Result<Vec<bool>, Failure> {
    sets.rearm()?;
    let present = sites::present(|site| taps.iter().any(|tap| tap.site() == site))?;
    Ok(taps.iter().map(|tap| present.get(tap.site()) != Some(&tap.namespace())).collect())
}

/// Some of the packets that wait.
fn take(tap: &mut Tap, options: &Options) -> Result<Vec<PacketSeen>, Failure> {
    let mut seen = Vec::new();
    for _ in 0..TURN {
        let next = tap.next_waiting(options.keep.unwrap_or(usize::MAX)).map_err(explain)?;
        let Some(packet) = next else { break };
        if options.interface.as_ref().is_none_or(|name| *name == packet.interface) {
            seen.push(packet);
        }
    }
    Ok(seen)
}

/// Where packets go.
enum Sink {
    Lines,
    File { pcapng: Pcapng<BufWriter<File>>, shown: String },
}

impl Sink {
    fn open(options: &Options) -> Result<Self, Failure> {
        let Some(path) = &options.file else { return Ok(Self::Lines) };
        let shown = format!("cannot write `{}`", path.display());
        let file = if path.as_os_str() == "-" {
            if rustix::termios::isatty(stdio::stdout()) {
                return Err(Failure::usage("a recording makes no sense on a terminal")
                    .hint("`-w FILE`, or a pipe; without `-w` lines are printed"));
            }
            rustix::io::fcntl_dupfd_cloexec(stdio::stdout(), 3).map(File::from).map_err(std::io::Error::from)
        } else {
            File::create(path)
        };
        let pcapng = file.and_then(|file| Pcapng::new(BufWriter::new(file)));
        let pcapng = pcapng.map_err(|error| Failure::from(error).context(&shown))?;
        let mut sink = Self::File { pcapng, shown };
        sink.write(&[])?;
        Ok(sink)
    }

    fn write(&mut self, packets: &[PacketSeen]) -> Result<(), Failure> {
        match self {
            Self::Lines => output::print(packets.iter().map(line).collect::<String>()),
            Self::File { pcapng, shown } => {
                let written = packets
                    .iter()
                    .try_for_each(|packet| pcapng.write(&interface(packet), &packet.packet()))
                    .and_then(|()| pcapng.flush());
                written.map_err(|error| Failure::from(error).context(shown))
            }
        }
    }
}

fn interface(packet: &PacketSeen) -> String {
    format!("{}/{}", packet.site.word(), packet.interface)
}

fn line(packet: &PacketSeen) -> String {
    let way = if packet.way == PacketWay::Out { "out" } else { "in" };
    format!("{} {} {way} {}\n", time_of_day(packet.time), interface(packet), packet.summary)
}
