//! `ip tunnel add`, `change` and `delete`.

use insula_net::{ChangeLink, DeleteLink, Error, LinkSettings, NewLink};
use insula_sys::errno::sentence;

use super::super::words::if_name;
use super::super::{Session, Stop, Words};
use super::parameters::{Mode, Tunnel};
use super::show;

/// Makes a tunnel.
pub(super) fn add(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let tunnel = Tunnel::parse(session, words, |_, _| Ok(None))?;
    let mode = mode(&tunnel)?;
    let kind = tunnel.kind().ok_or_else(vti)?;
    // Without a name the kernel chooses one.
    let name = tunnel.name.as_deref().map(|name| if_name(name, "name")).transpose()?;
    let settings = LinkSettings { name, ..LinkSettings::default() };
    session.change(NewLink::with(kind, settings), move |error| failed("add", mode.base(), error))
}

/// Changes what the words say, and nothing else.
pub(super) fn change(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let tunnel = Tunnel::parse(session, words, |session, name| {
        let found = session.link(name)?;
        let missing = |reason| Stop::failed(format!("get tunnel \"{name}\" failed: {}", sentence(reason)));
        let link = found.ok_or_else(|| missing(rustix::io::Errno::NODEV))?;
        Tunnel::of(&link).map(Some).ok_or_else(|| missing(rustix::io::Errno::OPNOTSUPP))
    })?;
    let mode = mode(&tunnel)?;
    let name = tunnel.name.clone().unwrap_or_else(|| mode.base().to_owned());
    let kind = tunnel.kind().ok_or_else(vti)?;
    let link = session.link(&name)?.ok_or_else(|| Stop::no_device(&name))?;
    session.change(ChangeLink::new(link.index).kind(kind), move |error| failed("change", &name, error))
}

/// Deletes the tunnel that is named, or the one that is like that.
pub(super) fn delete(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let tunnel = Tunnel::parse(session, words, |_, _| Ok(None))?;
    let refused =
        |name: &str, errno| Stop::failed(format!("delete tunnel \"{name}\" failed: {}", sentence(errno)));
    let link = if let Some(name) = &tunnel.name {
        let link = session.link(name)?.ok_or_else(|| refused(name, rustix::io::Errno::NODEV))?;
        if Tunnel::of(&link).is_none() {
            return Err(refused(name, rustix::io::Errno::OPNOTSUPP));
        }
        link
    } else {
        let mode = mode(&tunnel)?;
        let like = show::like(session, &tunnel)?;
        like.ok_or_else(|| refused(mode.base(), rustix::io::Errno::NOENT))?
    };
    session.forget();
    let name = link.name;
    session.change(DeleteLink { index: link.index }, move |error| failed("delete", &name, error))
}

/// What kind of tunnel is meant.
fn mode(tunnel: &Tunnel) -> Result<Mode, Stop> {
    let mode =
        tunnel.mode.ok_or_else(|| Stop::failed("cannot determine tunnel mode (ipip, gre, vti or sit)"))?;
    if tunnel.ttl != 0 && !tunnel.whole {
        return Err(Stop::failed("ttl != 0 and nopmtudisc are incompatible"));
    }
    Ok(mode)
}

fn vti() -> Stop {
    Stop::failed("`ip tunnel` with mode vti is not supported")
        .hint("`ip link add type vti` makes such a tunnel")
}

fn failed(what: &str, name: &str, error: Error) -> Stop {
    match error.errno() {
        Some(errno) => Stop::failed(format!("{what} tunnel \"{name}\" failed: {}", sentence(errno))),
        None => error.into(),
    }
}
