//! The options before the object.

use super::color::Palette;
use super::words::matches;
use super::{Stop, Words};
use crate::args::{Names, Value, flag};

/// The protocol that what is shown or changed belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Family {
    /// Any.
    #[default]
    Unspecified,
    Inet,
    Inet6,
    /// Links: `AF_PACKET`.
    Link,
    Mpls,
    Bridge,
}

impl Family {
    /// That of `address`.
    pub(super) const fn of(address: std::net::IpAddr) -> Self {
        if address.is_ipv4() { Self::Inet } else { Self::Inet6 }
    }

    /// Which IP it is, if it is one.
    pub(super) const fn of_ip(self) -> Option<insula_net::Family> {
        match self {
            Self::Inet => Some(insula_net::Family::V4),
            Self::Inet6 => Some(insula_net::Family::V6),
            _ => None,
        }
    }
}

impl From<insula_net::Family> for Family {
    fn from(family: insula_net::Family) -> Self {
        match family {
            insula_net::Family::V4 => Self::Inet,
            insula_net::Family::V6 => Self::Inet6,
        }
    }
}

/// What was asked for.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Version,
    Help,
    Work(Options),
}

/// The options before the object.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is given or not")]
pub(super) struct Options {
    pub(super) family: Family,
    /// Numbers with `k`, `M` and so on: `-human`.
    pub(super) human: bool,
    /// By 1024 instead of 1000: `-iec`.
    pub(super) iec: bool,
    /// How often `-stats` was given.
    pub(super) stats: u8,
    pub(super) details: bool,
    pub(super) resolve: bool,
    pub(super) oneline: bool,
    /// Before each event: `-timestamp`, and `-tshort`.
    pub(super) timestamp: Option<Timestamp>,
    pub(super) force: bool,
    pub(super) batch: Option<String>,
    pub(super) brief: bool,
    pub(super) json: bool,
    pub(super) pretty: bool,
    /// Numbers instead of names from `/etc/iproute2`.
    pub(super) numeric: bool,
    /// For `netns`: each of them.
    pub(super) all: bool,
    /// How often `address flush` tries.
    pub(super) loops: u32,
    /// Whether the kernel's word of each change is shown: `-echo`.
    pub(super) echo: bool,
    pub(super) netns: Option<String>,
    pub(super) palette: Palette,
}

/// How a time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timestamp {
    Long,
    Short,
}

/// One option.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Loops,
    Family,
    Only(Family),
    Human,
    Iec,
    Stats,
    Details,
    Resolve,
    Oneline,
    Timestamp,
    ShortTimestamp,
    Version,
    Force,
    Batch,
    Brief,
    Json,
    Pretty,
    ReceiveBuffer,
    Color,
    Help,
    Netns,
    Numeric,
    All,
    Echo,
}

/// How a name is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Whole,
    CutShort,
}

use Length::{CutShort, Whole};

/// In iproute2's order: an abbreviation means the first that begins so.
const KINDS: &[(&str, Length, Kind)] = &[
    ("loops", CutShort, Kind::Loops),
    ("family", CutShort, Kind::Family),
    ("4", Whole, Kind::Only(Family::Inet)),
    ("6", Whole, Kind::Only(Family::Inet6)),
    ("0", Whole, Kind::Only(Family::Link)),
    ("M", Whole, Kind::Only(Family::Mpls)),
    ("B", Whole, Kind::Only(Family::Bridge)),
    ("human-readable", CutShort, Kind::Human),
    ("iec", CutShort, Kind::Iec),
    ("stats", CutShort, Kind::Stats),
    ("statistics", CutShort, Kind::Stats),
    ("details", CutShort, Kind::Details),
    ("resolve", CutShort, Kind::Resolve),
    ("oneline", CutShort, Kind::Oneline),
    ("timestamp", CutShort, Kind::Timestamp),
    ("tshort", CutShort, Kind::ShortTimestamp),
    ("Version", CutShort, Kind::Version),
    ("force", CutShort, Kind::Force),
    ("batch", CutShort, Kind::Batch),
    ("brief", CutShort, Kind::Brief),
    ("json", CutShort, Kind::Json),
    ("pretty", CutShort, Kind::Pretty),
    ("rcvbuf", CutShort, Kind::ReceiveBuffer),
    ("color", CutShort, Kind::Color),
    ("help", CutShort, Kind::Help),
    ("netns", CutShort, Kind::Netns),
    ("Numeric", CutShort, Kind::Numeric),
    ("all", CutShort, Kind::All),
    ("echo", Whole, Kind::Echo),
];

/// What the manual says of them.
pub(super) const FLAGS: &[Names] = &[
    flag("", "only IPv4: `-family inet`").short('4'),
    flag("", "only IPv6: `-family inet6`").short('6'),
    flag("", "only links: `-family link`").short('0'),
    flag("", "the family bridge: `-family bridge`").short('B'),
    valued("FAMILY", flag("family", "the protocol: inet, inet6, link, mpls or bridge").short('f')),
    flag("json", "JSON").short('j'),
    flag("pretty", "JSON for people").short('p'),
    flag("brief", "one short line for each thing; `-br`"),
    flag("oneline", "one line for each thing, with backslashes where the others were").short('o'),
    flag("details", "more about each thing").short('d'),
    flag("stats", "counters; twice for those of errors too").short('s'),
    flag("human-readable", "counters with a letter for thousands; `-h`"),
    flag("iec", "with `-human-readable`, by 1024"),
    flag("color", "colours: always, or as `=auto` says, or `=never`").short('c'),
    flag("Numeric", "numbers, not names from /etc/iproute2").short('N'),
    flag("resolve", "names of hosts, not addresses").short('r'),
    valued("NETNS", flag("netns", "work in this network namespace, named by `ip netns`").short('n')),
    flag("all", "with `netns`, each namespace").short('a'),
    valued("FILE", flag("batch", "read commands from FILE, or from standard input for `-`").short('b')),
    flag("echo", "show what each change did, as the kernel tells it"),
    flag("force", "with `-batch`, go on after a command that failed"),
    flag("timestamp", "with `monitor`, when each thing happened").short('t'),
    flag("tshort", "with `monitor`, that on the same line; `-ts`"),
    valued("COUNT", flag("loops", "how often a flush tries, 10 if not given").short('l')),
    valued("BYTES", flag("rcvbuf", "size of the socket's receive buffer; `-rc`")),
    flag("Version", "print the version and exit").short('V'),
    flag("help", "print this text and exit"),
];

/// The same, with a value in the manual.
const fn valued(value: &'static str, names: Names) -> Names {
    Names { value: Value::Required(value), ..names }
}

/// Takes the options off `words`.
pub(super) fn parse(words: &mut Words<'_>) -> Result<Asked, Stop> {
    let mut options = Options {
        family: Family::Unspecified,
        human: false,
        iec: false,
        stats: 0,
        details: false,
        resolve: false,
        oneline: false,
        timestamp: None,
        force: false,
        batch: None,
        brief: false,
        json: false,
        pretty: false,
        numeric: false,
        all: false,
        echo: false,
        loops: 10,
        netns: None,
        palette: Palette::Plain,
    };
    let mut color = When::Never;
    while let Some(word) = words.peek() {
        let Some(name) = word.strip_prefix('-') else { break };
        words.take();
        if name == "-" {
            break;
        }
        let name = name.strip_prefix('-').unwrap_or(name);
        let unknown = || Stop::usage(format!("Option \"-{name}\" is unknown, try \"ip -help\"."));
        let (bare, attached) = name.split_once('=').map_or((name, None), |(bare, value)| (bare, Some(value)));
        let found = KINDS.iter().find(|(full, length, kind)| match (length, kind, attached) {
            (CutShort, Kind::Color, _) => matches(bare, full),
            (_, _, Some(_)) => false,
            (Whole, ..) => bare == *full,
            (CutShort, ..) => matches(bare, full),
        });
        let (_, _, kind) = found.ok_or_else(unknown)?;
        let mut value = || words.take().ok_or_else(super::usage);
        match kind {
            Kind::Loops => options.loops = super::words::number(value()?).unwrap_or(0),
            Kind::Family => match value()? {
                "help" => return Ok(Asked::Help),
                word => options.family = family(word)?,
            },
            Kind::Only(family) => options.family = *family,
            Kind::Human => options.human = true,
            Kind::Iec => options.iec = true,
            Kind::Stats => options.stats = options.stats.saturating_add(1),
            Kind::Details => options.details = true,
            Kind::Resolve => options.resolve = true,
            Kind::Oneline => options.oneline = true,
            Kind::Timestamp => options.timestamp = options.timestamp.or(Some(Timestamp::Long)),
            Kind::ShortTimestamp => options.timestamp = Some(Timestamp::Short),
            Kind::Version => return Ok(Asked::Version),
            Kind::Force => options.force = true,
            Kind::Batch => options.batch = Some(value()?.to_owned()),
            Kind::Brief => options.brief = true,
            Kind::Json => options.json = true,
            Kind::Pretty => options.pretty = true,
            Kind::ReceiveBuffer => {
                // Ours is never full: each answer is read before the next request.
                let size = value()?;
                super::words::number::<u32>(size)
                    .ok_or_else(|| Stop::usage(format!("Invalid rcvbuf size '{size}'")))?;
            }
            Kind::Color => color = When::parse(attached).ok_or_else(unknown)?,
            Kind::Help => return Ok(Asked::Help),
            Kind::Netns => options.netns = Some(value()?.to_owned()),
            Kind::Numeric => options.numeric = true,
            Kind::All => options.all = true,
            Kind::Echo => options.echo = true,
        }
    }
    if color.holds() {
        options.palette = Palette::of_terminal();
    }
    Ok(Asked::Work(options))
}

fn family(word: &str) -> Result<Family, Stop> {
    match word {
        "inet" => Ok(Family::Inet),
        "inet6" => Ok(Family::Inet6),
        "link" => Ok(Family::Link),
        "mpls" => Ok(Family::Mpls),
        "bridge" => Ok(Family::Bridge),
        _ => Err(Stop::wrong(word, "invalid protocol family")),
    }
}

/// When there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    OnTerminal,
    Never,
}

impl When {
    fn parse(value: Option<&str>) -> Option<Self> {
        match value {
            None | Some("always") => Some(Self::Always),
            Some("auto") => Some(Self::OnTerminal),
            Some("never") => Some(Self::Never),
            Some(_) => None,
        }
    }

    fn holds(self) -> bool {
        match self {
            Self::Always => true,
            Self::OnTerminal => rustix::termios::isatty(rustix::stdio::stdout()),
            Self::Never => false,
        }
    }
}
