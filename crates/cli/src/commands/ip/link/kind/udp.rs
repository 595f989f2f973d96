//! What virtual networks over UDP have in common: VXLAN and GENEVE.

use super::super::super::Stop;
use super::super::super::page::Page;
use super::super::super::words::number;

/// Whether packets may be cut up, by number.
pub(super) const DONT_FRAGMENT: [&str; 3] = ["unset", "set", "inherit"];

/// The number of a virtual network, of 24 bits.
pub(super) fn network(word: &str) -> Result<u32, Stop> {
    number(word).filter(|id| *id < 1 << 24).ok_or_else(|| Stop::wrong(word, "invalid id"))
}

/// A flow label of IPv6, of 20 bits.
pub(super) fn flow_label(word: &str) -> Result<u32, Stop> {
    number(word).filter(|label| *label < 1 << 20).ok_or_else(|| Stop::wrong(word, "invalid flowlabel"))
}

/// The checksums over IPv4, and those that are left out over IPv6, sent and received.
pub(super) fn show_checksums(
    page: &mut Page,
    over_v4: Option<bool>,
    sent: Option<bool>,
    received: Option<bool>,
) {
    for (key, word, on) in [
        ("udp_csum", "udpcsum", over_v4),
        ("udp_zero_csum6_tx", "udp6zerocsumtx", sent),
        ("udp_zero_csum6_rx", "udp6zerocsumrx", received),
    ] {
        if let Some(on) = on {
            page.field(key, on, format_args!("{}{word} ", if on { "" } else { "no" }));
        }
    }
}
