//! Bridges.

use insula_net::kind::{Bridge, BridgeState};
use insula_net::{HardwareAddress, Link, Present};

use super::super::super::page::Page;
use super::super::super::words::number;
use super::super::super::{Stop, Words};
use super::{hundredths, keyword, named};

/// `BR_BOOLOPT_*`, a bit each.
const NO_LINK_LOCAL_LEARN: u32 = 1 << 0;
const MULTICAST_VLAN_SNOOPING: u32 = 1 << 1;

/// In iproute2's order: an abbreviation means the first that begins so.
const KEYS: &[&str] = &[
    "forward_delay",
    "hello_time",
    "max_age",
    "ageing_time",
    "stp_state",
    "priority",
    "vlan_filtering",
    "vlan_protocol",
    "group_fwd_mask",
    "group_address",
    "fdb_flush",
    "vlan_default_pvid",
    "vlan_stats_enabled",
    "vlan_stats_per_port",
    "mcast_router",
    "mcast_snooping",
    "mcast_vlan_snooping",
    "mcast_query_use_ifaddr",
    "mcast_querier",
    "mcast_hash_elasticity",
    "mcast_hash_max",
    "mcast_last_member_count",
    "mcast_startup_query_count",
    "mcast_last_member_interval",
    "mcast_membership_interval",
    "mcast_querier_interval",
    "mcast_query_interval",
    "mcast_query_response_interval",
    "mcast_startup_query_interval",
    "mcast_stats_enabled",
    "mcast_igmp_version",
    "mcast_mld_version",
    "nf_call_iptables",
    "nf_call_ip6tables",
    "nf_call_arptables",
    "no_linklocal_learn",
    "fdb_max_learned",
];

pub(super) fn parse(words: &mut Words<'_>) -> Result<Bridge, Stop> {
    let mut bridge = Bridge::default();
    while let Some(word) = words.take() {
        let key = keyword(word, KEYS);
        if key == "fdb_flush" {
            bridge.flush = Some(Present);
        } else if key.is_empty() {
            return Err(super::unknown("bridge", "command", word, KEYS));
        } else {
            set(&mut bridge, key, words.value()?)?;
        }
    }
    Ok(bridge)
}

fn set(bridge: &mut Bridge, key: &str, word: &str) -> Result<(), Stop> {
    let invalid = || Stop::wrong(word, &format!("invalid {key}"));
    let byte = || number::<u8>(word).ok_or_else(invalid);
    let switch = || byte().map(|value| Some(value != 0));
    let short = || number::<u16>(word).ok_or_else(invalid).map(Some);
    let long = || number::<u32>(word).ok_or_else(invalid).map(Some);
    let time = || number::<u64>(word).ok_or_else(invalid).map(Some);
    let mut option = |bit: u32| {
        let (values, mask) = bridge.switches.unwrap_or_default();
        let values = if byte()? == 0 { values & !bit } else { values | bit };
        bridge.switches = Some((values, mask | bit));
        Ok(())
    };
    match key {
        "no_linklocal_learn" => return option(NO_LINK_LOCAL_LEARN),
        "mcast_vlan_snooping" => return option(MULTICAST_VLAN_SNOOPING),
        "forward_delay" => bridge.forward_delay = long()?,
        "hello_time" => bridge.hello_time = long()?,
        "max_age" => bridge.max_age = long()?,
        "ageing_time" => bridge.ageing_time = long()?,
        "stp_state" => bridge.stp_state = long()?,
        "priority" => bridge.priority = short()?,
        "vlan_filtering" => bridge.vlan_filtering = switch()?,
        "vlan_protocol" => {
            bridge.vlan_protocol = Some(super::vlan::protocol(word).ok_or_else(invalid)?);
        }
        "group_fwd_mask" => bridge.group_forward_mask = short()?,
        "group_address" => bridge.group_address = Some(address(word)?),
        "vlan_default_pvid" => bridge.vlan_default_pvid = short()?,
        "vlan_stats_enabled" => bridge.vlan_stats = switch()?,
        "vlan_stats_per_port" => bridge.vlan_stats_per_port = switch()?,
        "mcast_router" => bridge.multicast_router = Some(byte()?),
        "mcast_snooping" => bridge.multicast_snooping = switch()?,
        "mcast_query_use_ifaddr" => bridge.multicast_query_use_address = switch()?,
        "mcast_querier" => bridge.multicast_querier = switch()?,
        "mcast_hash_elasticity" => bridge.multicast_hash_elasticity = long()?,
        "mcast_hash_max" => bridge.multicast_hash_max = long()?,
        "mcast_last_member_count" => bridge.multicast_last_member_count = long()?,
        "mcast_startup_query_count" => bridge.multicast_startup_query_count = long()?,
        "mcast_last_member_interval" => bridge.multicast_last_member_interval = time()?,
        "mcast_membership_interval" => bridge.multicast_membership_interval = time()?,
        "mcast_querier_interval" => bridge.multicast_querier_interval = time()?,
        "mcast_query_interval" => bridge.multicast_query_interval = time()?,
        "mcast_query_response_interval" => bridge.multicast_query_response_interval = time()?,
        "mcast_startup_query_interval" => bridge.multicast_startup_query_interval = time()?,
        "mcast_stats_enabled" => bridge.multicast_stats = switch()?,
        "mcast_igmp_version" => bridge.multicast_igmp_version = Some(byte()?),
        "mcast_mld_version" => bridge.multicast_mld_version = Some(byte()?),
        "nf_call_iptables" => bridge.netfilter_iptables = switch()?,
        "nf_call_ip6tables" => bridge.netfilter_ip6tables = switch()?,
        "nf_call_arptables" => bridge.netfilter_arptables = switch()?,
        _ => bridge.fdb_max_learned = long()?,
    }
    Ok(())
}

/// Six bytes in hexadecimal.
pub(super) fn address(word: &str) -> Result<[u8; 6], Stop> {
    let parsed: Option<HardwareAddress> = word.parse().ok();
    let bytes = parsed.and_then(|address| <[u8; 6]>::try_from(address.bytes()).ok());
    bytes.ok_or_else(|| Stop::failed(format!("\"{word}\" is invalid lladdr.")))
}

/// The mask of forwarded groups: a number and its text in hexadecimal, which has no `0x` before zero.
pub(super) fn mask(mask: u16) -> String {
    if mask == 0 { "0".to_owned() } else { format!("{mask:#x}") }
}

pub(super) fn show(page: &mut Page, link: &Link) {
    let Some(bridge) = link.data::<Bridge>() else { return };
    let state: BridgeState = link.data().unwrap_or_default();
    let number = |page: &mut Page, key: &str, value: Option<u64>| super::number(page, key, value);
    number(page, "forward_delay", bridge.forward_delay.map(u64::from));
    number(page, "hello_time", bridge.hello_time.map(u64::from));
    number(page, "max_age", bridge.max_age.map(u64::from));
    number(page, "ageing_time", bridge.ageing_time.map(u64::from));
    number(page, "stp_state", bridge.stp_state.map(u64::from));
    number(page, "priority", bridge.priority.map(u64::from));
    number(page, "vlan_filtering", bridge.vlan_filtering.map(u64::from));
    if let Some(protocol) = bridge.vlan_protocol {
        let protocol = super::vlan::protocol_name(protocol);
        page.field("vlan_protocol", &protocol, format_args!("vlan_protocol {protocol} "));
    }
    spanning_tree(page, &state);
    number(page, "vlan_default_pvid", bridge.vlan_default_pvid.map(u64::from));
    number(page, "vlan_stats_enabled", bridge.vlan_stats.map(u64::from));
    number(page, "vlan_stats_per_port", bridge.vlan_stats_per_port.map(u64::from));
    if let Some(value) = bridge.group_forward_mask {
        let value = mask(value);
        page.field("group_fwd_mask", &value, format_args!("group_fwd_mask {value} "));
    }
    if let Some(address) = bridge.group_address {
        let address = HardwareAddress::new(address).to_string();
        page.field("group_addr", &address, format_args!("group_address {address} "));
    }
    number(page, "mcast_snooping", bridge.multicast_snooping.map(u64::from));
    if let Some((values, mask)) = bridge.switches {
        for (bit, key) in
            [(NO_LINK_LOCAL_LEARN, "no_linklocal_learn"), (MULTICAST_VLAN_SNOOPING, "mcast_vlan_snooping")]
        {
            if mask & bit != 0 {
                number(page, key, Some(u64::from(values & bit != 0)));
            }
        }
    }
    multicast(page, &bridge);
    number(page, "nf_call_iptables", bridge.netfilter_iptables.map(u64::from));
    number(page, "nf_call_ip6tables", bridge.netfilter_ip6tables.map(u64::from));
    number(page, "nf_call_arptables", bridge.netfilter_arptables.map(u64::from));
}

fn spanning_tree(page: &mut Page, state: &BridgeState) {
    for (key, word, id) in [("bridge_id", "bridge_id", state.id), ("root_id", "designated_root", state.root)]
    {
        if let Some(id) = id {
            let id = id.to_string();
            page.field(key, &id, format_args!("{word} {id} "));
        }
    }
    super::number(page, "root_port", state.root_port);
    super::number(page, "root_path_cost", state.root_path_cost);
    super::number(page, "topology_change", state.topology_change);
    super::number(page, "topology_change_detected", state.topology_change_detected);
    for (key, ticks) in [
        ("hello_timer", state.hello_timer),
        ("tcn_timer", state.tcn_timer),
        ("topology_change_timer", state.topology_change_timer),
        ("gc_timer", state.gc_timer),
    ] {
        if let Some(ticks) = ticks {
            hundredths(page, key, ticks);
        }
    }
}

fn multicast(page: &mut Page, bridge: &Bridge) {
    let rows: [(&str, &str, Option<u64>); 15] = [
        ("mcast_router", "mcast_router", bridge.multicast_router.map(u64::from)),
        (
            "mcast_query_use_ifaddr",
            "mcast_query_use_ifaddr",
            bridge.multicast_query_use_address.map(u64::from),
        ),
        ("mcast_querier", "mcast_querier", bridge.multicast_querier.map(u64::from)),
        ("mcast_hash_elasticity", "mcast_hash_elasticity", bridge.multicast_hash_elasticity.map(u64::from)),
        ("mcast_hash_max", "mcast_hash_max", bridge.multicast_hash_max.map(u64::from)),
        (
            "mcast_last_member_cnt",
            "mcast_last_member_count",
            bridge.multicast_last_member_count.map(u64::from),
        ),
        (
            "mcast_startup_query_cnt",
            "mcast_startup_query_count",
            bridge.multicast_startup_query_count.map(u64::from),
        ),
        ("mcast_last_member_intvl", "mcast_last_member_interval", bridge.multicast_last_member_interval),
        ("mcast_membership_intvl", "mcast_membership_interval", bridge.multicast_membership_interval),
        ("mcast_querier_intvl", "mcast_querier_interval", bridge.multicast_querier_interval),
        ("mcast_query_intvl", "mcast_query_interval", bridge.multicast_query_interval),
        (
            "mcast_query_response_intvl",
            "mcast_query_response_interval",
            bridge.multicast_query_response_interval,
        ),
        (
            "mcast_startup_query_intvl",
            "mcast_startup_query_interval",
            bridge.multicast_startup_query_interval,
        ),
        ("mcast_stats_enabled", "mcast_stats_enabled", bridge.multicast_stats.map(u64::from)),
        ("mcast_igmp_version", "mcast_igmp_version", bridge.multicast_igmp_version.map(u64::from)),
    ];
    for (key, word, value) in rows {
        named(page, key, word, value);
    }
    super::number(page, "mcast_mld_version", bridge.multicast_mld_version);
}
