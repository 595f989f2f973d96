//! What there is to say of a port.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use insula_engine::firewall::{HostAddress, PortMap, Ruleset};
use insula_engine::listening::Listening;
use insula_engine::network::Networks;
use insula_net::Transport;
use insula_ns::Snapshot;
use serde::Serialize;
use serde_json::Value;

use crate::commands::interfaces::{port_json, port_words};
use crate::commands::ls::SetNames;
use crate::commands::process::Brief;
use crate::report::Failure;
use crate::users::Users;

/// A port, of one address or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Port {
    transport: Transport,
    address: Option<IpAddr>,
    number: u16,
}

impl Port {
    /// What `tcp:8080` or `udp:[::1]:53` means; `None` for what is about something else.
    pub(super) fn parse(word: &OsStr) -> Result<Option<Self>, Failure> {
        let Some((protocol, rest)) = word.to_str().and_then(|word| word.split_once(':')) else {
            return Ok(None);
        };
        let transport = match protocol {
            "tcp" => Transport::Tcp,
            "udp" => Transport::Udp,
            _ => return Ok(None),
        };
        let number = |digits: &str| digits.parse().ok().filter(|port| *port != 0);
        let whole = || {
            let address: SocketAddr = rest.parse().ok()?;
            Some((Some(address.ip()), address.port())).filter(|(_, port)| *port != 0)
        };
        match number(rest).map(|port| (None, port)).or_else(whole) {
            Some((address, number)) => Ok(Some(Self { transport, address, number })),
            None => Err(Failure::usage(format!(
                "`{rest}` is neither a port, 1 to 65535, nor an address and a port"
            ))),
        }
    }

    /// Whether it is among these, at `address` or at all addresses.
    fn is_one_of(self, ports: &PortMap, address: HostAddress) -> bool {
        let is_here = self.address.is_none_or(|own| address.has(own));
        is_here && ports.transport == self.transport && ports.from.contains(&self.number)
    }

    /// What answers for it, where it is one of these.
    fn led_by(self, ports: &PortMap, address: IpAddr) -> SocketAddr {
        SocketAddr::new(address, ports.to.start() + (self.number - ports.from.start()))
    }

    fn is_taken_by(self, listener: &insula_net::Listener) -> bool {
        let local = listener.local;
        let address = self.address.is_none_or(|address| {
            // One of all addresses takes what comes to any; that of IPv6 usually also to those of IPv4.
            local.ip() == address || local.ip().is_unspecified() && (local.is_ipv6() || address.is_ipv4())
        });
        (listener.transport, local.port()) == (self.transport, self.number) && address
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            Some(address) => write!(f, "{}:{}", self.transport, SocketAddr::new(address, self.number)),
            None => write!(f, "{}:{}", self.transport, self.number),
        }
    }
}

/// A port of the host that leads elsewhere.
#[derive(Debug, Serialize)]
struct Led {
    /// As `insula net publish` or `forward` takes it.
    what: String,
    /// The set or bridge that it is for; null for a sandbox.
    network: Option<String>,
    /// What answers.
    leads_to: Vec<SocketAddr>,
}

#[derive(Serialize)]
pub(super) struct PortAnswer {
    port: String,
    sockets: Vec<Value>,
    published: Vec<Led>,
    forwarded: Vec<Led>,
    /// The same as a person reads it.
    #[serde(skip)]
    words: Vec<String>,
}

impl PortAnswer {
    pub(super) fn find(snapshot: &Snapshot, port: Port, sets: &SetNames) -> Result<Self, Failure> {
        let (found, unknown) = Listening::list(snapshot, None, |listener| port.is_taken_by(listener));
        // Who may not look at the packet filter sees sockets all the same.
        let ruleset = Networks::of_caller().ruleset_if_any().unwrap_or_default();
        let (published, forwarded) = led(port, &ruleset);
        if found.is_empty() && published.is_empty() && forwarded.is_empty() {
            let failure = Failure::new(format!("nothing in sight listens on {port}"));
            return Err(match unknown.len() {
                0 => failure,
                1 => failure.cause("one network namespace could not be asked").hint("run as root to see all"),
                count => failure
                    .cause(format!("{count} network namespaces could not be asked"))
                    .hint("run as root to see all"),
            });
        }
        let mut users = Users::default();
        let mut words = Vec::new();
        for (led, verb) in published
            .iter()
            .map(|led| (led, "published"))
            .chain(forwarded.iter().map(|led| (led, "forwarded")))
        {
            let network = led.network.as_deref().map_or("a sandbox".into(), |name| format!("`{name}`"));
            let leads_to: Vec<String> = led.leads_to.iter().map(ToString::to_string).collect();
            words.push(format!(
                "{port} of this network is {verb} for {network} ({}): it leads to {}\n",
                led.what,
                leads_to.join(" and ")
            ));
        }
        let mut answer = Self { port: port.to_string(), sockets: Vec::new(), published, forwarded, words };
        for listening in &found {
            answer.sockets.push(port_json(listening, snapshot, &mut users));
            let mut words = format!("{} in net:[{}]", port_words(listening), listening.net);
            let id = snapshot.find(listening.net).map(|place| snapshot.namespaces[place].id);
            if let Some(names) = id.and_then(|id| sets.of(id)) {
                let _ = write!(words, ", of set {}", names.join(", "));
            }
            words.push('\n');
            for pid in &listening.processes {
                let process = Brief::of(snapshot.proc(), *pid, &mut users);
                let _ = writeln!(words, "  process {}", process.line());
            }
            if listening.processes.is_empty() {
                let user = users.name_or_id(listening.listener.uid);
                let _ = writeln!(words, "  a socket of {user}, whose process is out of sight");
            }
            answer.words.push(words);
        }
        Ok(answer)
    }

    pub(super) fn text(&self) -> String {
        self.words.concat()
    }
}

/// What is published at a port, and what of the host is reached there.
fn led(port: Port, ruleset: &Ruleset) -> (Vec<Led>, Vec<Led>) {
    let published = ruleset.published.iter().filter(|one| {
        let publication = &one.publication;
        port.is_one_of(&publication.ports, publication.address)
    });
    let forwarded = ruleset
        .forwarded
        .iter()
        .filter(|one| port.is_one_of(&one.forward.ports, HostAddress::Only(one.address)));
    let published = published.map(|one| Led {
        what: one.publication.to_string(),
        network: one.set.as_ref().map(ToString::to_string),
        leads_to: one.addresses.iter().map(|address| port.led_by(&one.publication.ports, *address)).collect(),
    });
    let forwarded = forwarded.map(|one| Led {
        what: one.forward.to_string(),
        network: Some(one.client.name().to_owned()),
        leads_to: vec![port.led_by(&one.forward.ports, one.forward.service)],
    });
    (published.collect(), forwarded.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_from_other_subjects() {
        let parse = |word: &str| Port::parse(OsStr::new(word));
        let shown = |word: &str| parse(word).unwrap().unwrap().to_string();
        assert_eq!(shown("tcp:8080"), "tcp:8080");
        assert_eq!(shown("udp:127.0.0.1:53"), "udp:127.0.0.1:53");
        assert_eq!(shown("tcp:[::1]:80"), "tcp:[::1]:80");
        for other in ["web", "net:4026531840", "12:34", "/run/netns/tcp:1"] {
            assert_eq!(parse(other).unwrap(), None, "{other}");
        }
        for wrong in ["tcp:", "tcp:0", "udp:65536", "tcp:http", "tcp:1.2.3.4"] {
            assert!(parse(wrong).unwrap_err().is_usage(), "{wrong}");
        }
    }
}
