//! WireGuard interfaces and their peers, as lines and as JSON. No secret of theirs is here.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use insula_engine::network::TunnelState;
use insula_net::wireguard::PeerState;
use serde::Serialize;

/// A WireGuard interface.
#[derive(Debug, Serialize)]
pub(super) struct Tunnel {
    interface: String,
    public_key: Option<String>,
    listen_port: u16,
    fwmark: u32,
    peers: Vec<Peer>,
}

#[derive(Debug, Serialize)]
struct Peer {
    public_key: String,
    endpoint: Option<String>,
    allowed: Vec<String>,
    /// Seconds.
    keepalive: Option<u16>,
    /// Seconds since 1970.
    last_handshake: Option<u64>,
    /// Bytes.
    received: u64,
    sent: u64,
}

impl Tunnel {
    pub(super) fn of(state: &TunnelState) -> Self {
        Self {
            interface: state.interface.clone(),
            public_key: state.public_key.as_ref().map(ToString::to_string),
            listen_port: state.listen_port,
            fwmark: state.fwmark,
            peers: state.peers.iter().map(Peer::of).collect(),
        }
    }

    /// A line for it, and one for each peer.
    pub(super) fn lines(&self) -> String {
        let mut text = format!("{}\tkey {}", self.interface, self.public_key.as_deref().unwrap_or("none"));
        if self.listen_port != 0 {
            let _ = write!(text, " port {}", self.listen_port);
        }
        if self.fwmark != 0 {
            let _ = write!(text, " fwmark {:#x}", self.fwmark);
        }
        text.push('\n');
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        for peer in &self.peers {
            peer.write(&mut text, now);
        }
        text
    }
}

impl Peer {
    fn of(state: &PeerState) -> Self {
        let peer = &state.peer;
        Self {
            public_key: peer.public_key.to_string(),
            endpoint: peer.endpoint.map(|endpoint| endpoint.to_string()),
            allowed: peer.allowed.iter().map(ToString::to_string).collect(),
            keepalive: peer.keepalive,
            last_handshake: state.last_handshake.map(|time| time.as_secs()),
            received: state.received,
            sent: state.sent,
        }
    }

    fn write(&self, text: &mut String, now: Duration) {
        let _ = write!(text, "\tpeer {}", self.public_key);
        if let Some(endpoint) = &self.endpoint {
            let _ = write!(text, " at {endpoint}");
        }
        if !self.allowed.is_empty() {
            let _ = write!(text, " allowed {}", self.allowed.join(" "));
        }
        if let Some(seconds) = self.keepalive {
            let _ = write!(text, " keepalive {seconds} s");
        }
        match self.last_handshake {
            Some(time) => {
                let _ = write!(text, " heard {} s ago", now.as_secs().saturating_sub(time));
            }
            None => text.push_str(" never heard"),
        }
        let _ = writeln!(text, " received {} sent {}", self.received, self.sent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_lines() {
        let peer = |last_handshake| Peer {
            public_key: "KEY=".to_owned(),
            endpoint: Some("192.0.2.1:51820".to_owned()),
            allowed: vec!["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()],
            keepalive: Some(25),
            last_handshake,
            received: 1,
            sent: 2,
        };
        let mut text = String::new();
        peer(Some(90)).write(&mut text, Duration::from_secs(100));
        let begin = "\tpeer KEY= at 192.0.2.1:51820 allowed 10.0.0.0/8 fd00::/8 keepalive 25 s";
        assert_eq!(text, format!("{begin} heard 10 s ago received 1 sent 2\n"));
        text.clear();
        peer(None).write(&mut text, Duration::from_secs(100));
        assert_eq!(text, format!("{begin} never heard received 1 sent 2\n"));
    }
}
