//! `ip link add` and `replace`.

use insula_net::{Error, LinkKind, NewLink};
use rustix::io::Errno;

use super::super::words::if_name;
use super::super::{Session, Stop, Words};
use super::kind;
use super::settings::Asked;

/// Makes a link; if it is there already that is an error.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    make(session, words, Existing::Refused)
}

/// Makes a link, or changes the one that is there.
pub(super) fn replace(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    make(session, words, Existing::Changed)
}

/// What happens to a link of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Existing {
    Refused,
    Changed,
}

fn make(session: &mut Session, words: &mut Words<'_>, existing: Existing) -> Result<(), Stop> {
    let asked = Asked::parse(session, words)?;
    let Some(kind) = &asked.kind else {
        return Err(Stop::failed("Not enough information: \"type\" argument is required"));
    };
    let kind = kind::parse(session, kind, words, None)?;
    let index = asked.index;
    let new = new(session, asked, kind.clone())?;
    let new = if existing == Existing::Changed { new.or_change() } else { new };
    let new = if let Some(index) = index { new.index(index) } else { new };
    if existing == Existing::Changed {
        session.forget();
    }
    session.change(new, move |error| explain(error, &kind))
}

/// The link that `asked` describes, which is not there yet.
fn new(session: &mut Session, asked: Asked, kind: LinkKind) -> Result<NewLink, Stop> {
    let mut settings = asked.settings;
    if settings.name.is_none()
        && let Some(device) = &asked.device
    {
        settings.name = Some(if_name(device, "dev")?);
    }
    if let Some(link) = &asked.link {
        settings.link = Some(session.index(link)?);
    }
    Ok(NewLink::with(kind, settings))
}

/// The other end of a pair, as the words describe it.
pub(super) fn peer(session: &mut Session, words: &mut Words<'_>) -> Result<NewLink, Stop> {
    let asked = Asked::parse(session, words)?;
    let mut settings = asked.settings;
    if settings.name.is_none()
        && let Some(device) = &asked.device
    {
        settings.name = Some(if_name(device, "dev")?);
    }
    let end = NewLink::end(settings);
    Ok(if let Some(index) = asked.index { end.index(index) } else { end })
}

/// Adds why, where it is known.
fn explain(error: Error, kind: &LinkKind) -> Stop {
    let unknown = error.errno() == Some(Errno::OPNOTSUPP)
        && matches!(&error, Error::Refused { source, .. } if source.said.as_deref() == Some("Unknown device type"));
    let stop = Stop::from(error);
    if !unknown {
        return stop;
    }
    let name = kind.name();
    stop.cause(format!("this kernel has no links of type `{name}`"))
        .hint(format!("load the module (`modprobe {}`), or use a kernel that has it", module(name)))
}

/// The module that has this type of links.
fn module(kind: &str) -> &str {
    match kind {
        "vlan" => "8021q",
        "bond" => "bonding",
        "gre" | "gretap" | "erspan" => "ip_gre",
        "ip6gre" | "ip6gretap" | "ip6erspan" => "ip6_gre",
        "ip6tnl" => "ip6_tunnel",
        "vti" => "ip_vti",
        "vti6" => "ip6_vti",
        "xfrm" => "xfrm_interface",
        other => other,
    }
}
