//! `ip -br link`: one short line.

use insula_net::Link;

use super::super::Session;
use super::super::color::Color;
use super::super::page::Page;
use super::{flags, hardware, show};

/// Shows one link.
pub(super) fn show(session: &mut Session, page: &mut Page, link: &Link) {
    head(session, page, link);
    tail(session, page, link);
}

/// Its name and its state.
pub(super) fn head(session: &mut Session, page: &mut Page, link: &Link) {
    let (other, _) = show::below(session, link);
    show::name(page, link, other.as_deref());
    let at = other.map_or(String::new(), |other| format!("@{other}"));
    page.colored_text(Color::Interface, format_args!("{:<16} ", format!("{}{at}", link.name)));
    let state = link.state.to_string();
    page.colored(show::state_color(link.state), "operstate", &state, format_args!("{state:<14} "));
}

/// Its address and its flags.
pub(super) fn tail(session: &mut Session, page: &mut Page, link: &Link) {
    if let Some(address) = &link.address {
        let shown = hardware::Shown(address, link.hardware).to_string();
        page.colored(Color::LinkAddress, "address", &shown, format_args!("{shown} "));
    }
    flags::show(page, link.flags, show::below(session, link).1);
    page.end();
}
