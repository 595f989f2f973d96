//! Networks as JSON.

use insula_engine::firewall::{Client, Egress, Forwarded, Published, Ruleset, Walled};
use insula_engine::network::{
    LimitFound, LinkFound, MarkState, Purpose, Site, SiteFound, full_name, shown_name,
};
use insula_engine::set::SetName;
use serde::Serialize;

/// A network namespace, or a bridge of the host.
#[derive(Debug, Serialize)]
pub(super) struct Network {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) interfaces: Vec<Interface>,
    /// What is published of a set.
    pub(super) published: Vec<Port>,
    /// What a set, or a bridge of the host, reaches of the host's loopback.
    pub(super) forwarded: Vec<Service>,
}

/// A service of the host's loopback that is reached.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    /// As `insula net forward` takes it.
    pub(super) what: String,
    /// The set or bridge.
    pub(super) network: String,
    /// The address of the host.
    pub(super) address: String,
}

/// Ports of the host that lead into a set.
#[derive(Debug, Serialize)]
pub(super) struct Port {
    /// As `insula net publish` takes it.
    pub(super) what: String,
    /// The set, or the bridge of what a command alone has.
    pub(super) network: String,
    /// The addresses of the set.
    pub(super) addresses: Vec<String>,
}

/// An interface.
#[derive(Debug, Serialize)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) full_name: Option<String>,
    pub(super) index: u32,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) up: bool,
    pub(super) state: String,
    pub(super) mtu: u32,
    pub(super) mac: Option<String>,
    /// The bridge, bond or VRF that it is a port of.
    pub(super) master: Option<String>,
    pub(super) qdisc: Option<String>,
    pub(super) addresses: Vec<String>,
    /// `link`, `port`, `port-of`, `bridge`, `shaper`, `wireguard`, or null if Insula did not make it.
    pub(super) purpose: Option<&'static str>,
    /// The set, `host` or the bridge at the other end.
    pub(super) leads_to: Option<String>,
    pub(super) complete: Option<bool>,
    /// `closed`, `nat`, or null where there are no walls.
    pub(super) egress: Option<&'static str>,
}

impl Network {
    /// A set, or the host with what `shown` lets through.
    pub(super) fn of(found: &SiteFound, ruleset: &Ruleset, shown: impl Fn(&LinkFound) -> bool) -> Self {
        let walls = if found.site == Site::Host { &ruleset.networks[..] } else { &[] };
        // What a command alone has is at a bridge of the host.
        let is_of = |one: &&Published| match &found.site {
            Site::Set(name) => one.set.as_ref() == Some(name),
            Site::Host => one.set.is_none(),
            Site::Nameless => false,
        };
        Self {
            name: found.site.word().to_owned(),
            kind: if found.site == Site::Host { "host" } else { "set" },
            interfaces: found
                .links
                .iter()
                .filter(|link| shown(link))
                .map(|link| Interface::of(link, &found.links, walls))
                .collect(),
            published: ruleset.published.iter().filter(is_of).map(Port::of).collect(),
            forwarded: ruleset
                .forwarded
                .iter()
                .filter(|one| reaches(&found.site, one))
                .map(Service::of)
                .collect(),
        }
    }
}

/// Whether it is for this set, or for a bridge of this host.
fn reaches(site: &Site, forwarded: &Forwarded) -> bool {
    match (&forwarded.client, site) {
        (Client::Set { name, .. }, Site::Set(set)) => name == set,
        (Client::Bridge(_), Site::Host) => true,
        _ => false,
    }
}

impl Service {
    fn of(forwarded: &Forwarded) -> Self {
        Self {
            what: forwarded.forward.to_string(),
            network: forwarded.client.name().to_owned(),
            address: forwarded.address.to_string(),
        }
    }
}

impl Port {
    fn of(published: &Published) -> Self {
        Self {
            what: published.publication.to_string(),
            network: published.set.as_ref().map_or(published.interface.as_str(), SetName::as_str).to_owned(),
            addresses: published.addresses.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Interface {
    fn of(found: &LinkFound, all: &[LinkFound], walls: &[Walled]) -> Self {
        let link = &found.link;
        let egress = walls.iter().find(|walled| walled.index == link.index).map(|walled| walled.egress);
        let (purpose, leads_to) = match found.mark.as_ref().map(|mark| &mark.purpose) {
            None => (None, None),
            Some(Purpose::Link { there, .. }) => (Some("link"), Some(there.to_string())),
            Some(Purpose::Port { bridge, .. }) => (Some("port"), Some(bridge.to_string())),
            Some(Purpose::PortOf { set, .. }) => {
                (Some("port-of"), Some(set.to_string()).filter(|set| !set.is_empty()))
            }
            Some(Purpose::Bridge { .. }) => (Some("bridge"), None),
            Some(Purpose::Shaper { .. }) => (Some("shaper"), None),
            Some(Purpose::WireGuard { .. }) => (Some("wireguard"), None),
        };
        Self {
            name: link.name.clone(),
            full_name: full_name(&link.name, &link.alternative_names).map(str::to_owned),
            index: link.index,
            kind: link.kind.clone(),
            up: link.is_up(),
            state: link.state.to_string().to_lowercase(),
            mtu: link.mtu,
            mac: link.address.as_ref().map(ToString::to_string),
            master: link.master.map(|index| {
                let master = all.iter().find(|other| other.link.index == index);
                master.map_or_else(|| format!("#{index}"), |master| shown_name(&master.link).to_owned())
            }),
            qdisc: link.qdisc.clone(),
            addresses: found.addresses.iter().map(ToString::to_string).collect(),
            purpose,
            leads_to,
            egress: match egress {
                Some(Egress::Closed) => Some("closed"),
                Some(Egress::Nat) => Some("nat"),
                Some(Egress::Open) | None => None,
            },
            complete: found.mark.as_ref().map(|mark| mark.state == MarkState::Complete),
        }
    }

    /// The name that the user knows it by.
    pub(super) fn shown(&self) -> &str {
        self.full_name.as_deref().unwrap_or(&self.name)
    }
}

/// A limit of one way through an interface.
#[derive(Debug, Serialize)]
pub(super) struct Limit {
    network: String,
    interface: String,
    way: String,
    delay_us: u128,
    jitter_us: u128,
    /// These four in percent.
    loss: f64,
    duplicate: f64,
    corrupt: f64,
    reorder: f64,
    /// Bits a second.
    rate: Option<u64>,
}

impl Limit {
    /// `None` where it was taken away.
    pub(super) fn of(found: &LimitFound) -> Option<Self> {
        let limit = found.limit?;
        // The kernel counts in steps of one in 2³².
        let percent = |share: insula_net::traffic::Probability| (share.percent() * 1e6).round() / 1e6;
        Some(Self {
            network: found.site.word().to_owned(),
            interface: found.interface.clone(),
            way: found.flow.to_string(),
            delay_us: limit.delay.as_micros(),
            jitter_us: limit.jitter.as_micros(),
            loss: percent(limit.loss),
            duplicate: percent(limit.duplicate),
            corrupt: percent(limit.corrupt),
            reorder: percent(limit.reorder),
            rate: limit.rate.map(|rate| rate.in_bytes() * 8),
        })
    }
}
