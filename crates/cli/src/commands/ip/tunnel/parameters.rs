//! What a tunnel is: as the words say, and as links have it.

use std::net::{IpAddr, Ipv4Addr};

use insula_net::kind::{Gre, IpTunnel, TunnelFlags, Vti};
use insula_net::{Link, LinkKind, Prefix};

use super::super::options::Family;
use super::super::words::{self, if_name, matches};
use super::super::{Session, Stop, Words, inet, link};

/// `SIT_ISATAP`.
const ISATAP: u16 = 1;

/// What a tunnel carries, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Ipip,
    Gre,
    Sit,
    Isatap,
    /// With a key for IPsec.
    Vti,
}

impl Mode {
    fn named(word: &str) -> Result<Self, Stop> {
        match word {
            "ipip" | "ip/ip" => Ok(Self::Ipip),
            "gre" | "gre/ip" => Ok(Self::Gre),
            "sit" | "ipv6/ip" => Ok(Self::Sit),
            "isatap" => Ok(Self::Isatap),
            "vti" => Ok(Self::Vti),
            _ => Err(Stop::usage(format!("Unknown tunnel mode \"{word}\""))),
        }
    }

    /// The tunnel that the kernel makes by itself, which failures name.
    pub(super) const fn base(self) -> &'static str {
        match self {
            Self::Ipip => "tunl0",
            Self::Gre => "gre0",
            Self::Sit | Self::Isatap => "sit0",
            Self::Vti => "ip_vti0",
        }
    }
}

/// What a tunnel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tunnel {
    pub(super) name: Option<String>,
    pub(super) mode: Option<Mode>,
    /// Whether it carries anything, as the kernel's own does.
    pub(super) any: bool,
    pub(super) local: Ipv4Addr,
    pub(super) remote: Ipv4Addr,
    /// The number of the link that packets leave by; 0 is any.
    pub(super) link: u32,
    /// 0 is that of what is carried.
    pub(super) ttl: u8,
    /// The lowest bit stands for that of what is carried.
    pub(super) tos: u8,
    pub(super) whole: bool,
    /// [`Gre::KEY`] and the like.
    pub(super) input: u16,
    pub(super) output: u16,
    pub(super) input_key: Ipv4Addr,
    pub(super) output_key: Ipv4Addr,
    /// IPv6 rapid deployment: the prefix, and that of the relays.
    pub(super) rapid: Option<(Prefix, Prefix)>,
}

impl Tunnel {
    /// Nothing but what is usual.
    pub(super) fn new() -> Self {
        Self {
            name: None,
            mode: None,
            any: false,
            local: Ipv4Addr::UNSPECIFIED,
            remote: Ipv4Addr::UNSPECIFIED,
            link: 0,
            ttl: 0,
            tos: 0,
            whole: true,
            input: 0,
            output: 0,
            input_key: Ipv4Addr::UNSPECIFIED,
            output_key: Ipv4Addr::UNSPECIFIED,
            rapid: None,
        }
    }

    /// What `link` is, if it is a tunnel over IPv4.
    pub(super) fn of(link: &Link) -> Option<Self> {
        let name = Some(link.name.clone());
        match link.kind.as_deref()? {
            "gre" => {
                let data = link.data::<Gre>()?;
                let unspecified = Ipv4Addr::UNSPECIFIED;
                Some(Self {
                    name,
                    mode: Some(Mode::Gre),
                    local: v4(data.local),
                    remote: v4(data.remote),
                    link: data.link.unwrap_or(0),
                    ttl: data.ttl.unwrap_or(0),
                    tos: data.tos.unwrap_or(0),
                    whole: data.path_mtu_discovery.unwrap_or(false),
                    input: data.input_flags.unwrap_or(0),
                    output: data.output_flags.unwrap_or(0),
                    input_key: data.input_key.unwrap_or(unspecified),
                    output_key: data.output_key.unwrap_or(unspecified),
                    ..Self::new()
                })
            }
            "vti" => {
                let data = link.data::<Vti>()?;
                let (local, remote) = (v4(data.local), v4(data.remote));
                Some(Self {
                    name,
                    mode: Some(Mode::Vti),
                    local,
                    remote,
                    link: data.link.unwrap_or(0),
                    // The kernel does not tell; its own alone lets packets be cut.
                    whole: !(local.is_unspecified() && remote.is_unspecified()),
                    input: Gre::KEY,
                    output: Gre::KEY,
                    input_key: data.input_key.unwrap_or(Ipv4Addr::UNSPECIFIED),
                    output_key: data.output_key.unwrap_or(Ipv4Addr::UNSPECIFIED),
                    ..Self::new()
                })
            }
            kind @ ("ipip" | "sit") => {
                let data = link.data::<IpTunnel>()?;
                let isatap = matches!(data.flags, Some(TunnelFlags::V4(flags)) if flags & ISATAP != 0);
                let mode = match kind {
                    "ipip" => Mode::Ipip,
                    _ if isatap => Mode::Isatap,
                    _ => Mode::Sit,
                };
                Some(Self {
                    name,
                    mode: Some(mode),
                    any: data.protocol == Some(0),
                    local: v4(data.local),
                    remote: v4(data.remote),
                    link: data.link.unwrap_or(0),
                    ttl: data.ttl.unwrap_or(0),
                    tos: data.tos.unwrap_or(0),
                    whole: data.path_mtu_discovery.unwrap_or(false),
                    rapid: rapid(&data),
                    ..Self::new()
                })
            }
            _ => None,
        }
    }

    /// Takes all words. `existing` gives what the tunnel with a name is, before what follows changes that.
    pub(super) fn parse(
        session: &mut Session,
        words: &mut Words<'_>,
        existing: impl Fn(&mut Session, &str) -> Result<Option<Self>, Stop>,
    ) -> Result<Self, Stop> {
        let mut tunnel = Self::new();
        while let Some(word) = words.take() {
            match word {
                "mode" => tunnel.mode(words.value()?)?,
                "key" | "ikey" | "okey" => {
                    let key = key(word, words.value()?)?;
                    tunnel.both(word, "key", Gre::KEY);
                    if word != "okey" {
                        tunnel.input_key = key;
                    }
                    if word != "ikey" {
                        tunnel.output_key = key;
                    }
                }
                "seq" | "iseq" | "oseq" => tunnel.both(word, "seq", Gre::SEQUENCE),
                "csum" | "icsum" | "ocsum" => tunnel.both(word, "csum", Gre::CHECKSUM),
                "nopmtudisc" => tunnel.whole = false,
                "pmtudisc" => tunnel.whole = true,
                "remote" => tunnel.remote = address(words.value()?)?,
                "local" => tunnel.local = address(words.value()?)?,
                "dev" => tunnel.link = session.index(words.value()?)?,
                "ttl" | "hoplimit" | "hlim" => {
                    let word = words.value()?;
                    let number = if word == "inherit" { Some(0) } else { words::number(word) };
                    tunnel.ttl = number.ok_or_else(|| Stop::wrong(word, "invalid TTL\n"))?;
                }
                _ if word == "tos" || word == "tclass" || matches(word, "dsfield") => {
                    tunnel.tos = link::tunnel_service(session, words)?;
                }
                _ => {
                    let word = if word == "name" { words.value()? } else { word };
                    if matches(word, "help") {
                        return Err(super::usage());
                    }
                    if tunnel.name.is_some() {
                        return Err(Stop::garbage("name", word));
                    }
                    if_name(word, "name")?;
                    if let Some(there) = existing(session, word)? {
                        tunnel = there;
                    }
                    tunnel.name = Some(word.to_owned());
                }
            }
        }
        tunnel.check()?;
        Ok(tunnel)
    }

    fn mode(&mut self, word: &str) -> Result<(), Stop> {
        let mode = Mode::named(word)?;
        if self.mode.is_some_and(|before| before != mode) {
            return Err(Stop::usage("You managed to ask for more than one tunnel mode."));
        }
        self.mode = Some(mode);
        Ok(())
    }

    /// Sets a flag both ways, or one: `word` is `what` with or without a letter before it.
    fn both(&mut self, word: &str, what: &str, flag: u16) {
        let way = word.strip_suffix(what);
        if way != Some("o") {
            self.input |= flag;
        }
        if way != Some("i") {
            self.output |= flag;
        }
    }

    /// What cannot be, whatever else is said.
    fn check(&mut self) -> Result<(), Stop> {
        let keys = (self.input | self.output) & Gre::KEY != 0;
        if matches!(self.mode, Some(Mode::Ipip | Mode::Sit | Mode::Isatap)) && keys {
            return Err(Stop::failed("Keys are not allowed with ipip and sit tunnels"));
        }
        if self.mode == Some(Mode::Isatap) && !self.remote.is_unspecified() {
            return Err(Stop::failed("no remote with isatap"));
        }
        if self.remote.is_multicast() {
            if self.local.is_unspecified() {
                return Err(Stop::failed("A broadcast tunnel requires a source address"));
            }
            if self.mode == Some(Mode::Gre) && !keys {
                (self.input_key, self.output_key) = (self.remote, self.remote);
                self.input |= Gre::KEY;
                self.output |= Gre::KEY;
            }
        }
        Ok(())
    }

    /// What is said to the kernel.
    pub(super) fn kind(&self) -> Option<LinkKind> {
        let given = |address: Ipv4Addr| Some(IpAddr::V4(address));
        match self.mode? {
            Mode::Gre => Some(LinkKind::Gre(Box::new(Gre {
                link: Some(self.link),
                input_flags: Some(self.input),
                output_flags: Some(self.output),
                input_key: Some(self.input_key),
                output_key: Some(self.output_key),
                local: given(self.local),
                remote: given(self.remote),
                ttl: Some(self.ttl),
                tos: Some(self.tos),
                path_mtu_discovery: Some(self.whole),
                ..Gre::default()
            }))),
            Mode::Vti => None,
            mode => {
                let isatap = if mode == Mode::Isatap { ISATAP } else { 0 };
                let protocol = if mode == Mode::Ipip { 4 } else { 41 };
                let tunnel = Box::new(IpTunnel {
                    link: Some(self.link),
                    local: given(self.local),
                    remote: given(self.remote),
                    ttl: Some(self.ttl),
                    tos: Some(self.tos),
                    path_mtu_discovery: Some(self.whole),
                    protocol: Some(if self.any { 0 } else { protocol }),
                    flags: (mode != Mode::Ipip).then_some(TunnelFlags::V4(isatap)),
                    ..IpTunnel::default()
                });
                Some(if mode == Mode::Ipip { LinkKind::Ipip(tunnel) } else { LinkKind::Sit(tunnel) })
            }
        }
    }
}

fn v4(address: Option<IpAddr>) -> Ipv4Addr {
    if let Some(IpAddr::V4(address)) = address { address } else { Ipv4Addr::UNSPECIFIED }
}

fn rapid(data: &IpTunnel) -> Option<(Prefix, Prefix)> {
    let length = |length: Option<u16>| length.and_then(|length| u8::try_from(length).ok()).unwrap_or(0);
    let prefix = Prefix { address: data.rapid_prefix?.into(), length: length(data.rapid_prefix_length) };
    let relay = Prefix {
        address: data.relay_prefix.unwrap_or(Ipv4Addr::UNSPECIFIED).into(),
        length: length(data.relay_prefix_length),
    };
    (prefix.length > 0).then_some((prefix, relay))
}

fn address(word: &str) -> Result<Ipv4Addr, Stop> {
    match inet::address(word, Family::Inet) {
        Ok(IpAddr::V4(address)) => Ok(address),
        _ => Err(Stop::failed(format!("Error: an IP address is expected rather than \"{word}\""))),
    }
}

/// A number, or four with dots between.
fn key(what: &str, word: &str) -> Result<Ipv4Addr, Stop> {
    let dotted = word.contains('.').then(|| word.parse().ok()).flatten();
    let number = || words::number::<u32>(word).map(Ipv4Addr::from_bits);
    dotted.or_else(number).ok_or_else(|| {
        Stop::failed(format!("invalid value for \"{what}\": \"{word}\"; it should be an unsigned integer"))
    })
}
