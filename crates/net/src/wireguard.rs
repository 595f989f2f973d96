//! WireGuard interfaces: keys, peers, and the addresses that each may use. See `wg(8)` and `linux/wireguard.h`.

mod config;
mod device;
mod key;
mod peer;
mod section;

pub use config::{Config, ConfigError, ConfigFault};
pub use device::{Configure, Device};
pub use key::{Key, KeyError};
pub use peer::{Peer, PeerState};
