//! Netkit pairs, with the words of later iproute2: 6.1 does not know them.

use insula_net::Link;
use insula_net::kind::{Netkit, NetkitMode};

use super::super::super::page::Page;
use super::super::super::{Session, Stop, Words};

const MODES: [&str; 2] = ["l2", "l3"];
const POLICIES: [(u32, &str); 2] = [(0, "forward"), (2, "blackhole")];

pub(super) fn parse(session: &mut Session, words: &mut Words<'_>) -> Result<Netkit, Stop> {
    let mut netkit = Netkit::default();
    let mut own = true;
    while let Some(word) = words.take() {
        match word {
            "mode" => {
                let word = words.value()?;
                let mode = (0_u32..).zip(MODES).find(|(_, mode)| *mode == word);
                netkit.mode.mode = Some(
                    mode.ok_or_else(|| {
                        Stop::failed(format!(
                            "Error: argument of \"mode\" must be either \"l2\" or \"l3\", not \"{word}\""
                        ))
                    })?
                    .0,
                );
            }
            "peer" => {
                own = false;
                if words.peek().is_some_and(|word| !POLICIES.iter().any(|(_, name)| *name == word)) {
                    netkit.peer = Some(Box::new(super::super::add::peer(session, words)?));
                }
            }
            _ => match POLICIES.iter().find(|(_, name)| *name == word) {
                Some((policy, _)) if own => netkit.mode.policy = Some(*policy),
                Some((policy, _)) => netkit.mode.peer_policy = Some(*policy),
                None => {
                    let keys = ["mode { l2 | l3 }", "forward", "blackhole", "peer ..."];
                    return Err(super::unknown("netkit", "option", word, &keys));
                }
            },
        }
    }
    Ok(netkit)
}

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(mode) = link.data::<NetkitMode>() else { return };
    if let Some(mode) = mode.mode.and_then(|mode| MODES.get(usize::try_from(mode).ok()?)) {
        page.field("mode", *mode, format_args!("mode {mode} "));
    }
    if let Some(primary) = mode.primary {
        let kind = if primary { "primary" } else { "peer" };
        page.field("type", kind, format_args!("type {kind} "));
    }
    for (key, word, policy) in
        [("policy", "policy", mode.policy), ("peer_policy", "peer policy", mode.peer_policy)]
    {
        if let Some(policy) = policy {
            let name =
                POLICIES.iter().find(|(number, _)| *number == policy).map_or("unknown", |(_, name)| name);
            page.field(key, name, format_args!("{word} {name} "));
        }
    }
}
