//! What WireGuard interfaces there are, and who they talk to.

use insula_net::IfName;
use insula_net::wireguard::{Device, Key, PeerState};
use rustix::io::Errno;

use super::name::shown_name;
use super::open_site::{OpenSite, generic_in};
use super::{NetworkError, Networks, Site};

/// A WireGuard interface, without its secrets: neither its private key nor keys that it shares with peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelState {
    /// The interface.
    pub interface: String,
    /// The key that peers know it by.
    pub public_key: Option<Key>,
    /// The UDP port that it listens on.
    pub listen_port: u16,
    /// The mark of the packets that it sends; 0 is none.
    pub fwmark: u32,
    /// Who it talks to.
    pub peers: Vec<PeerState>,
}

impl Networks {
    /// The WireGuard interfaces of `site`; none to a caller who may not configure them.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn tunnels(&self, site: &Site) -> Result<Vec<TunnelState>, NetworkError> {
        let mut open = OpenSite::open(&self.sets, site)?;
        let links = open.links()?;
        let tunnels: Vec<_> = links.iter().filter(|link| link.kind.as_deref() == Some("wireguard")).collect();
        if tunnels.is_empty() {
            return Ok(Vec::new());
        }
        let mut generic = generic_in(&open)?;
        let mut found = Vec::new();
        for link in tunnels {
            let Ok(name) = IfName::new(&link.name) else { continue };
            match Device::read(&mut generic, &name) {
                Ok(device) => found.push(TunnelState::of(shown_name(link), device)),
                // It may have gone since.
                Err(error) if matches!(error.errno(), Some(Errno::PERM | Errno::NODEV)) => {}
                Err(source) => return Err(open.failed(source)),
            }
        }
        Ok(found)
    }
}

impl TunnelState {
    fn of(interface: &str, device: Device) -> Self {
        let mut peers = device.peers;
        for peer in &mut peers {
            peer.peer.preshared_key = None;
        }
        Self {
            interface: interface.to_owned(),
            public_key: device.public_key,
            listen_port: device.listen_port,
            fwmark: device.fwmark,
            peers,
        }
    }
}
