//! Encrypted Ethernet: what is shown of it.

use insula_net::Link;
use insula_net::kind::Macsec;

use super::super::super::page::Page;
use super::{named, number, on_off};

/// `MACSEC_CIPHER_ID_*`.
const CIPHERS: [(u64, &str); 5] = [
    (0x0080_0200_0100_0001, "GCM-AES-128"),
    (0x0080_c200_0100_0001, "GCM-AES-128"),
    (0x0080_c200_0100_0002, "GCM-AES-256"),
    (0x0080_c200_0100_0003, "GCM-AES-XPN-128"),
    (0x0080_c200_0100_0004, "GCM-AES-XPN-256"),
];

/// `MACSEC_VALIDATE_*`, by their numbers.
const VALIDATIONS: [&str; 3] = ["disabled", "check", "strict"];

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(macsec) = link.data::<Macsec>() else { return };
    if let Some(channel) = macsec.channel {
        let channel = format!("{channel:016x}");
        page.field("sci", &channel, format_args!("sci {channel} "));
    }
    on_off(page, "protect", "protect", macsec.protect);
    if let Some(cipher) = macsec.cipher {
        let name = CIPHERS.iter().find(|(id, _)| *id == cipher).map_or("(unknown)", |(_, name)| name);
        page.field("cipher_suite", name, format_args!("cipher {name} "));
    }
    named(page, "icv_len", "icvlen", macsec.check_length);
    named(page, "encoding_sa", "encodingsa", macsec.encoding_association);
    if let Some(validation) = macsec.validation {
        let name = VALIDATIONS.get(usize::from(validation)).copied().unwrap_or("(unknown)");
        page.field("validation", name, format_args!("validate {name} "));
    }
    on_off(page, "encrypt", "encrypt", macsec.encrypt);
    on_off(page, "inc_sci", "send_sci", macsec.send_channel);
    on_off(page, "es", "end_station", macsec.end_station);
    on_off(page, "scb", "scb", macsec.broadcast);
    on_off(page, "replay_protect", "replay", macsec.replay_protection);
    number(page, "window", macsec.window);
}
