//! `ip link`: interfaces.

mod add;
mod afstats;
mod brief;
mod delete;
mod filter;
mod flags;
mod function;
mod hardware;
mod kind;
pub(super) mod place;
mod property;
mod set;
mod settings;
mod show;
mod statistics;
mod xstats;

use super::page::Page;
use super::words::matches;
use super::{Session, Stop, Words};

pub(super) use filter::Filter;
pub(super) use kind::tunnel_service;
pub(super) use show::{Purpose, all};
pub(super) use statistics::show as statistics;

/// Shows one link, or the part of it that `purpose` needs.
pub(super) fn describe(session: &mut Session, page: &mut Page, link: &insula_net::Link, purpose: Purpose) {
    if session.options.brief {
        brief::head(session, page, link);
        if purpose == Purpose::LinkAddress {
            brief::tail(session, page, link);
        }
    } else {
        show::part(session, page, link, purpose);
    }
}

/// What is between `ip link` and the end of the line.
pub(super) fn run(session: &mut Session, words: &mut Words<'_>) -> Result<(), Stop> {
    let Some(verb) = words.take() else { return show::run(session, words) };
    // In iproute2's order: an abbreviation means the first that begins so.
    let (_, run) = VERBS
        .iter()
        .find(|(name, _)| matches(verb, name))
        .ok_or_else(|| Stop::unknown_command(verb, "link"))?;
    run(session, words)
}

type Verb = fn(&mut Session, &mut Words<'_>) -> Result<(), Stop>;

const VERBS: &[(&str, Verb)] = &[
    ("add", add::run),
    ("set", set::run),
    ("change", set::run),
    ("replace", add::replace),
    ("delete", delete::run),
    ("show", show::run),
    ("lst", show::run),
    ("list", show::run),
    ("xstats", xstats::run),
    ("afstats", afstats::run),
    ("property", property::run),
    ("help", |_, _| Err(usage())),
];

/// What `ip link help` says, as a failure: the original puts it on standard error and exits with 255.
fn usage() -> Stop {
    Stop::usage(HELP)
}

const HELP: &str = "\
Usage: ip link add [link DEVICE] [name] NAME [SETTINGS] type KIND [ARGUMENTS]
       ip link replace [link DEVICE] [name] NAME [SETTINGS] type KIND [ARGUMENTS]
       ip link set {[dev] DEVICE | group GROUP} [SETTINGS] [type KIND[_slave] ARGUMENTS]
       ip link delete {[dev] DEVICE | group GROUP} [type KIND]
       ip link [show] [[dev] DEVICE] [up] [group GROUP] [master DEVICE | nomaster] [vrf NAME] [type KIND[_slave]]
       ip link xstats type {bridge | bond}[_slave] [igmp | stp | 802.3ad] [dev DEVICE]
       ip link afstats [dev DEVICE]
       ip link property {add | del} [dev] DEVICE altname NAME...
       ip link help

SETTINGS of a link that is made or changed:
       up | down                       switch it on or off
       name NAME                       its name, up to 15 bytes
       index NUMBER                    its number; with netns that in the other namespace
       address ADDRESS, broadcast ADDRESS
       mtu BYTES, txqueuelen PACKETS, numtxqueues COUNT, numrxqueues COUNT
       arp, multicast, allmulticast, promisc, dynamic, trailers: each with on or off
       master DEVICE | nomaster | vrf NAME
       netns {NAME | PID}              the network namespace that it is to be in
       alias TEXT, group GROUP
       carrier {on | off}, state STATE, mode {default | dormant}
       protodown {on | off}, protodown_reason BIT {on | off}
       addrgenmode {eui64 | none | stable_secret | random}
       link-netnsid NUMBER, gso_max_size BYTES, gso_max_segs COUNT, gro_max_size BYTES
       vf NUMBER SETTINGS              of a virtual function: mac ADDRESS, vlan ID [qos PRIORITY] [proto 802.1ad], rate MBIT,
                                       max_tx_rate MBIT, min_tx_rate MBIT, spoofchk, query_rss and trust {on | off},
                                       state {auto | enable | disable}, node_guid GUID, port_guid GUID

KIND is bond, bridge, dummy, erspan, geneve, gre, gretap, ifb, ip6erspan, ip6gre, ip6gretap, ip6tnl, ipip, ipvlan, ipvtap, macvlan,
macvtap, netkit, sit, veth, vlan, vrf, vti, vti6, vxlan, wireguard, xfrm, or any other that is made without arguments; `ip link add type KIND help` shows those of one.";
