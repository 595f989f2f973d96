//! VLANs.

use insula_net::Link;
use insula_net::kind::{PriorityMap, Vlan};

use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Stop, Words};
use super::keyword;

/// `VLAN_FLAG_*`.
const FLAGS: [(u32, &str, &str); 5] = [
    (1 << 0, "REORDER_HDR", "reorder_hdr"),
    (1 << 1, "GVRP", "gvrp"),
    (1 << 3, "MVRP", "mvrp"),
    (1 << 2, "LOOSE_BINDING", "loose_binding"),
    (1 << 4, "BRIDGE_BINDING", "bridge_binding"),
];

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &[
    "protocol",
    "id",
    "reorder_hdr",
    "gvrp",
    "mvrp",
    "loose_binding",
    "bridge_binding",
    "ingress-qos-map",
    "egress-qos-map",
];

pub(super) fn parse(words: &mut Words<'_>) -> Result<Vlan, Stop> {
    let mut vlan = Vlan::default();
    while let Some(word) = words.take() {
        match keyword(word, KEYS) {
            "" => return Err(super::unknown("vlan", "command", word, KEYS)),
            "protocol" => {
                let word = words.value()?;
                vlan.protocol = Some(protocol(word).ok_or_else(|| Stop::wrong(word, "protocol is invalid"))?);
            }
            "id" => vlan.id = Some(words.number("id is invalid")?),
            "ingress-qos-map" => vlan.ingress = Some(map(words)?),
            "egress-qos-map" => vlan.egress = Some(map(words)?),
            key => {
                let bit = FLAGS.iter().find(|(_, _, word)| *word == key).map_or(0, |(bit, ..)| *bit);
                let (values, mask) = vlan.flags.unwrap_or_default();
                let values = match words.value()? {
                    "on" => values | bit,
                    "off" => values & !bit,
                    other => {
                        return Err(Stop::failed(format!(
                            "Error: argument of \"{key}\" must be \"on\" or \"off\", not \"{other}\""
                        )));
                    }
                };
                vlan.flags = Some((values, mask | bit));
            }
        }
    }
    Ok(vlan)
}

/// As many pairs as follow.
fn map(words: &mut Words<'_>) -> Result<PriorityMap, Stop> {
    let mut map = PriorityMap::default();
    // What is no pair is the next argument, or wrong there.
    while let Some((from, to)) = words.peek().and_then(|word| word.split_once(':')) {
        let pair = number(from).zip(number(to));
        let word = words.value()?;
        map.0.push(pair.ok_or_else(|| Stop::wrong(word, "invalid qos mapping"))?);
    }
    Ok(map)
}

/// `ETH_P_8021Q`, `ETH_P_8021AD`, or a number.
pub(in super::super) fn protocol(word: &str) -> Option<u16> {
    match word.to_ascii_lowercase().as_str() {
        "802.1q" => Some(0x8100),
        "802.1ad" => Some(0x88a8),
        other => number(other),
    }
}

pub(super) fn protocol_name(protocol: u16) -> String {
    match protocol {
        0x8100 => "802.1Q".to_owned(),
        0x88a8 => "802.1ad".to_owned(),
        other => format!("[{other}]"),
    }
}

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(vlan) = link.data::<Vlan>() else { return };
    match vlan.protocol {
        Some(protocol) => {
            let protocol = protocol_name(protocol);
            page.field("protocol", &protocol, format_args!("protocol {protocol} "));
        }
        None => page.field("protocol", "802.1q", "protocol 802.1q "),
    }
    super::number(page, "id", vlan.id);
    if let Some((values, _)) = vlan.flags {
        flags(page, values);
    }
    for (key, word, map) in
        [("ingress_qos", "ingress-qos-map", &vlan.ingress), ("egress_qos", "egress-qos-map", &vlan.egress)]
    {
        if let Some(map) = map {
            pairs(page, key, word, map);
        }
    }
}

fn flags(page: &mut Page, mut left: u32) {
    page.text('<');
    page.array("flags", |page| {
        for (bit, name, _) in FLAGS {
            if left & bit != 0 {
                left &= !bit;
                page.element(name, format_args!("{name}{}", if left == 0 { "" } else { "," }));
            }
        }
        if left != 0 {
            let hex = format!("{left:x}");
            page.element(&hex, &hex);
        }
    });
    page.text("> ");
}

fn pairs(page: &mut Page, key: &str, word: &str, map: &PriorityMap) {
    page.line();
    page.text(format_args!("      {word} {{ "));
    page.array(key, |page| {
        for (from, to) in &map.0 {
            page.object(|page| {
                page.field("from", *from, from);
                page.field("to", *to, format_args!(":{to} "));
            });
        }
    });
    page.text("} ");
}
