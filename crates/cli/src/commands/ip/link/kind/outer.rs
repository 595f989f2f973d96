//! The header that a tunnel puts around what it carries: what is the same for all tunnels over IP.

use std::net::IpAddr;

use insula_net::Present;

use super::super::super::inet::{self, Host};
use super::super::super::options::Family;
use super::super::super::page::Page;
use super::super::super::words::{hexadecimal, number};
use super::super::super::{Session, Stop, Words};
use super::encapsulation::{self, Encapsulation};

/// The arguments over IPv4, in iproute2's order.
pub(super) const KEYS: &[&str] = &[
    "remote", "local", "dev", "ttl", "hoplimit", "hlim", "tos", "tclass", "tc", "dsfield", "external",
    "fwmark",
];

/// Those that there are over IPv6 besides.
pub(super) const KEYS_V6: &[&str] =
    &["flowlabel", "fl", "dscp", "encaplimit", "allow-localremote", "noallow-localremote"];

/// `IP6_TNL_F_*`.
const NO_ENCAP_LIMIT: u32 = 1;
const INHERIT_CLASS: u32 = 1 << 1;
const INHERIT_LABEL: u32 = 1 << 2;
const MOBILE: u32 = 1 << 3;
const COPY_DSCP: u32 = 1 << 4;
const INHERIT_MARK: u32 = 1 << 5;
const ALLOW_LOCAL_REMOTE: u32 = 1 << 6;

/// Where the flow label ends and the traffic class begins.
const LABEL: u32 = 0xf_ffff;
const CLASS_SHIFT: u32 = 20;

/// What the header has; the fields are those of the library's structures.
#[derive(Clone, Debug, Default)]
pub(super) struct Outer {
    pub(super) remote: Option<IpAddr>,
    pub(super) local: Option<IpAddr>,
    pub(super) link: Option<u32>,
    pub(super) ttl: Option<u8>,
    pub(super) tos: Option<u8>,
    pub(super) path_mtu_discovery: Option<bool>,
    pub(super) encap_limit: Option<u8>,
    pub(super) flow: Option<u32>,
    /// `IP6_TNL_F_*`.
    pub(super) flags: u32,
    pub(super) mark: Option<u32>,
    pub(super) collect_metadata: Option<Present>,
    pub(super) encapsulation: Encapsulation,
}

impl Outer {
    /// What iproute2 asks for where nothing is said.
    pub(super) fn new(family: Family) -> Self {
        let over_v6 = family == Family::Inet6;
        Self {
            ttl: Some(if over_v6 { 64 } else { 0 }),
            tos: (!over_v6).then_some(0),
            path_mtu_discovery: (!over_v6).then_some(true),
            encap_limit: over_v6.then_some(4),
            flow: over_v6.then_some(0),
            mark: Some(0),
            encapsulation: Encapsulation::new(family),
            ..Self::default()
        }
    }

    /// Takes what belongs to `key`, if that is one of these.
    pub(super) fn take(
        &mut self,
        session: &mut Session,
        family: Family,
        key: &str,
        words: &mut Words<'_>,
    ) -> Result<bool, Stop> {
        match key {
            "remote" => self.remote = Some(inet::address(words.value()?, family)?),
            "local" => self.local = Some(inet::address(words.value()?, family)?),
            "dev" => self.link = Some(device(session, words)?),
            "ttl" | "hoplimit" | "hlim" => {
                let wrong = if family == Family::Inet6 { "invalid HLIM" } else { "invalid TTL" };
                self.ttl = Some(inherited(words, 0, wrong)?);
            }
            "tos" | "tclass" | "tc" | "dsfield" if family == Family::Inet6 => self.class(words)?,
            "tos" | "tclass" | "tc" | "dsfield" => self.tos = Some(service(session, words)?),
            "external" => self.collect_metadata = Some(Present),
            "fwmark" => self.mark(family, words)?,
            "flowlabel" | "fl" => self.label(words)?,
            "dscp" => match words.value()? {
                "inherit" => self.flags |= COPY_DSCP,
                word => return Err(Stop::wrong(word, "not inherit")),
            },
            "encaplimit" => match words.value()? {
                "none" => self.flags |= NO_ENCAP_LIMIT,
                word => {
                    self.encap_limit = Some(number(word).ok_or_else(|| Stop::wrong(word, "invalid ELIM"))?);
                    self.flags &= !NO_ENCAP_LIMIT;
                }
            },
            "allow-localremote" => self.flags |= ALLOW_LOCAL_REMOTE,
            "noallow-localremote" => self.flags &= !ALLOW_LOCAL_REMOTE,
            _ => return self.encapsulation.take(key, words),
        }
        Ok(true)
    }

    fn mark(&mut self, family: Family, words: &mut Words<'_>) -> Result<(), Stop> {
        let word = words.value()?;
        if family == Family::Inet6 && word == "inherit" {
            self.flags |= INHERIT_MARK;
            self.mark = Some(0);
        } else {
            self.flags &= !INHERIT_MARK;
            self.mark = Some(mark(word)?);
        }
        Ok(())
    }

    fn class(&mut self, words: &mut Words<'_>) -> Result<(), Stop> {
        let label = self.flow.unwrap_or(0) & LABEL;
        let class = match words.value()? {
            "inherit" => {
                self.flags |= INHERIT_CLASS;
                0
            }
            word => {
                self.flags &= !INHERIT_CLASS;
                hexadecimal(word, 0xff).ok_or_else(|| Stop::wrong(word, "invalid TClass"))?
            }
        };
        self.flow = Some(class << CLASS_SHIFT | label);
        Ok(())
    }

    fn label(&mut self, words: &mut Words<'_>) -> Result<(), Stop> {
        let class = self.flow.unwrap_or(0) & !LABEL;
        let label = match words.value()? {
            "inherit" => {
                self.flags |= INHERIT_LABEL;
                0
            }
            word => {
                self.flags &= !INHERIT_LABEL;
                hexadecimal(word, LABEL).ok_or_else(|| Stop::wrong(word, "invalid Flowlabel"))?
            }
        };
        self.flow = Some(class | label);
        Ok(())
    }

    pub(super) fn show_external(&self, page: &mut Page) {
        if self.collect_metadata.is_some() {
            page.field("external", true, "external ");
        }
    }

    /// Both ends, and the interface.
    pub(super) fn show_ends(&self, session: &mut Session, page: &mut Page) {
        ends(session, page, self.remote, self.local, self.link);
    }

    /// How far packets go over IPv4, and how they are treated on the way.
    pub(super) fn show_service(&self, page: &mut Page) {
        match self.ttl.unwrap_or(0) {
            0 => page.field("ttl", 0_u8, "ttl inherit "),
            ttl => page.field("ttl", ttl, format_args!("ttl {ttl} ")),
        }
        if let Some(tos) = self.tos.filter(|tos| *tos != 0) {
            let hex = format!("{tos:#x}");
            page.field("tos", &hex, format_args!("tos {} ", if tos == 1 { "inherit" } else { &hex }));
        }
    }

    /// The same over IPv6.
    pub(super) fn show_flow(&self, page: &mut Page) {
        match self.ttl.unwrap_or(0) {
            0 => page.field("ttl", 0_u8, "hoplimit inherit "),
            ttl => page.field("ttl", ttl, format_args!("hoplimit {ttl} ")),
        }
        if !self.show_flag(page, NO_ENCAP_LIMIT, "ip6_tnl_f_ign_encap_limit", "encaplimit none ") {
            super::named(page, "encap_limit", "encaplimit", self.encap_limit);
        }
        if !self.show_flag(page, INHERIT_CLASS, "ip6_tnl_f_use_orig_tclass", "tclass inherit ")
            && let Some(flow) = self.flow
        {
            let class = format!("{:#04x}", flow >> CLASS_SHIFT & 0xff);
            page.field("tclass", &class, format_args!("tclass {class} "));
        }
        if !self.show_flag(page, INHERIT_LABEL, "ip6_tnl_f_use_orig_flowlabel", "flowlabel inherit ")
            && let Some(flow) = self.flow
        {
            let label = format!("{:#07x}", flow & LABEL);
            page.field("flowlabel", &label, format_args!("flowlabel {label} "));
        }
        self.show_flag(page, COPY_DSCP, "ip6_tnl_f_rcv_dscp_copy", "dscp inherit ");
    }

    pub(super) fn show_mobile(&self, page: &mut Page) {
        self.show_flag(page, MOBILE, "ip6_tnl_f_mip6_dev", "mip6 ");
    }

    /// What is known of the other end, and the mark, over IPv6; the mark alone over IPv4.
    pub(super) fn show_mark(&self, page: &mut Page) {
        self.show_flag(page, ALLOW_LOCAL_REMOTE, "ip6_tnl_f_allow_local_remote", "allow-localremote ");
        if !self.show_flag(page, INHERIT_MARK, "ip6_tnl_f_use_orig_fwmark", "fwmark inherit ") {
            show_mark(page, self.mark);
        }
    }

    fn show_flag(&self, page: &mut Page, flag: u32, key: &str, text: &str) -> bool {
        let is_set = self.flags & flag != 0;
        if is_set {
            page.field(key, true, text);
        }
        is_set
    }
}

/// The argument that `word` is: one of the type's `own`, or of those that all have over this IP.
pub(super) fn keyword<'k>(word: &str, own: &[&'k str], family: Family) -> &'k str {
    keys(own, family).find(|key| super::matches(word, key)).unwrap_or_default()
}

/// All of them.
pub(super) fn keys<'k>(own: &[&'k str], family: Family) -> impl Iterator<Item = &'k str> {
    let more = if family == Family::Inet6 { KEYS_V6 } else { &[] };
    own.iter().chain(KEYS).chain(more).chain(encapsulation::KEYS).copied()
}

/// The interface that the next word names.
pub(super) fn device(session: &mut Session, words: &mut Words<'_>) -> Result<u32, Stop> {
    let word = words.value()?;
    let link = session.link(word)?.ok_or_else(|| Stop::no_device(word).exit(255))?;
    Ok(link.index)
}

/// A number, or `inherit`, which is another one.
fn inherited(words: &mut Words<'_>, inherit: u8, wrong: &str) -> Result<u8, Stop> {
    match words.value()? {
        "inherit" => Ok(inherit),
        word => number(word).ok_or_else(|| Stop::wrong(word, wrong)),
    }
}

/// A type of service, by name or in hexadecimal, or `inherit`.
pub(in super::super::super) fn service(session: &mut Session, words: &mut Words<'_>) -> Result<u8, Stop> {
    let word = words.value()?;
    if word == "inherit" {
        return Ok(1);
    }
    session.service(word).ok_or_else(|| Stop::wrong(word, "bad TOS value"))
}

/// A firewall mark.
pub(super) fn mark(word: &str) -> Result<u32, Stop> {
    number(word).ok_or_else(|| Stop::wrong(word, "invalid fwmark"))
}

pub(super) fn show_mark(page: &mut Page, mark: Option<u32>) {
    if let Some(mark) = mark.filter(|mark| *mark != 0) {
        let mark = format!("{mark:#x}");
        page.field("fwmark", &mark, format_args!("fwmark {mark} "));
    }
}

/// Both ends of a tunnel, and the interface that it leaves by.
pub(super) fn ends(
    session: &mut Session,
    page: &mut Page,
    remote: Option<IpAddr>,
    local: Option<IpAddr>,
    link: Option<u32>,
) {
    for (key, address) in [("remote", remote), ("local", local)] {
        let given = address.filter(|address| !address.is_unspecified());
        let text = given.map_or_else(|| "any".to_owned(), |address| Host(address).to_string());
        page.field(key, &text, format_args!("{key} {text} "));
    }
    if let Some(index) = link.filter(|index| *index != 0) {
        let name = session.name(index);
        page.field("link", &name, format_args!("dev {name} "));
    }
}
