//! Configuration files as `wg(8)` and `wg-quick(8)` have them.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::key::{Key, KeyError};
use super::peer::Peer;
use super::section::{Line, lines};
use crate::address::{Prefix, PrefixError};

/// What a configuration file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The interface's key.
    pub private_key: Key,
    /// The UDP port that it listens on; none: the kernel chooses one.
    pub listen_port: Option<u16>,
    /// The mark of the packets that it sends; 0 is none.
    pub fwmark: u32,
    /// The interface's own addresses: `Address` of `wg-quick(8)`.
    pub addresses: Vec<Prefix>,
    /// Name servers: `DNS`.
    pub name_servers: Vec<IpAddr>,
    /// Domains to search: what of `DNS` is no address.
    pub search: Vec<String>,
    /// The largest packet, in bytes: `MTU`.
    pub mtu: Option<u32>,
    /// Whether the peers' allowed addresses become routes: all but `Table = off`.
    pub routes: bool,
    /// Who it talks to.
    pub peers: Vec<Peer>,
}

/// A line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}")]
pub struct ConfigError {
    /// Its number, from 1; 0 where something is missing in the whole file.
    pub line: usize,
    /// What is wrong with it.
    #[source]
    pub source: ConfigFault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigFault {
    /// Neither `[Section]` nor `Key = value`.
    #[error("neither `[Section]` nor `Key = value`")]
    Nonsense,
    /// A section that is neither `[Interface]` nor `[Peer]`.
    #[error("`[{name}]` is neither `[Interface]` nor `[Peer]`")]
    Section {
        /// Its name.
        name: Box<str>,
    },
    /// A key that its section does not have.
    #[error("`{key}` is not known here")]
    Key {
        /// The key.
        key: Box<str>,
    },
    /// Commands are `wg-quick`'s own business.
    #[error("`{key}` has a command, and no command of a file is run here")]
    Command {
        /// The key.
        key: Box<str>,
    },
    /// A value that does not fit.
    #[error("`{value}` is no {wanted}")]
    Value {
        /// The value.
        value: Box<str>,
        /// What it should be.
        wanted: &'static str,
    },
    /// A name where an address has to be: this binary asks no name server.
    #[error(
        "`{value}` is no address and port, such as `192.0.2.1:51820` or `[2001:db8::1]:51820`; names are not looked up"
    )]
    Endpoint {
        /// The value.
        value: Box<str>,
    },
    /// Not a key.
    #[error(transparent)]
    WrongKey(#[from] KeyError),
    /// Not a prefix.
    #[error(transparent)]
    WrongPrefix(#[from] PrefixError),
    /// A peer without its key.
    #[error("the peer has no `PublicKey`")]
    PeerWithoutKey,
    /// A file without the interface's key.
    #[error("`[Interface]` has no `PrivateKey`")]
    WithoutKey,
}

impl Config {
    /// One with this key and nothing else.
    #[must_use]
    pub const fn new(private_key: Key) -> Self {
        Self {
            private_key,
            listen_port: None,
            fwmark: 0,
            addresses: Vec::new(),
            name_servers: Vec::new(),
            search: Vec::new(),
            mtu: None,
            routes: true,
            peers: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    None,
    Interface,
    Peer,
}

/// A peer of which the key may still come, from this line on.
struct Draft {
    line: usize,
    key: Option<Key>,
    peer: Peer,
}

impl FromStr for Config {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let mut config = Self::new(Key::new([0; Key::LENGTH]));
        let mut key = None;
        let mut drafts: Vec<Draft> = Vec::new();
        let mut section = Section::None;
        for (line, read) in lines(text) {
            let fail = |source| ConfigError { line, source };
            match read {
                Line::Nonsense => return Err(fail(ConfigFault::Nonsense)),
                Line::Section(name) if name.eq_ignore_ascii_case("interface") => section = Section::Interface,
                Line::Section(name) if name.eq_ignore_ascii_case("peer") => {
                    section = Section::Peer;
                    drafts.push(Draft { line, key: None, peer: Peer::new(Key::new([0; Key::LENGTH])) });
                }
                Line::Section(name) => return Err(fail(ConfigFault::Section { name: name.into() })),
                Line::Entry { key: name, value } => match (section, drafts.last_mut()) {
                    (Section::Interface, _) => config.set(name, value, &mut key).map_err(fail)?,
                    (Section::Peer, Some(draft)) => draft.set(name, value).map_err(fail)?,
                    _ => return Err(fail(ConfigFault::Key { key: name.into() })),
                },
            }
        }
        config.private_key = key.ok_or(ConfigError { line: 0, source: ConfigFault::WithoutKey })?;
        for draft in drafts {
            let public_key =
                draft.key.ok_or(ConfigError { line: draft.line, source: ConfigFault::PeerWithoutKey })?;
            config.peers.push(Peer { public_key, ..draft.peer });
        }
        Ok(config)
    }
}

impl Config {
    fn set(&mut self, name: &str, value: &str, key: &mut Option<Key>) -> Result<(), ConfigFault> {
        match name.to_ascii_lowercase().as_str() {
            "privatekey" => *key = Some(value.parse()?),
            "listenport" => self.listen_port = Some(number(value, "port from 0 to 65535")?),
            "fwmark" => self.fwmark = mark(value)?,
            "address" => self.addresses.extend(prefixes(value)?),
            "mtu" => self.mtu = Some(number(value, "number of bytes")?),
            "dns" => {
                for part in list(value) {
                    match part.parse() {
                        Ok(address) => self.name_servers.push(address),
                        Err(_) if is_domain(part) => self.search.push(part.to_owned()),
                        Err(_) => {
                            return Err(ConfigFault::Value {
                                value: part.into(),
                                wanted: "address or domain",
                            });
                        }
                    }
                }
            }
            "table" => match value {
                "off" => self.routes = false,
                "auto" => self.routes = true,
                _ => {
                    return Err(ConfigFault::Value { value: value.into(), wanted: "table: `auto` or `off`" });
                }
            },
            "preup" | "postup" | "predown" | "postdown" => {
                return Err(ConfigFault::Command { key: name.into() });
            }
            _ => return Err(ConfigFault::Key { key: name.into() }),
        }
        Ok(())
    }
}

impl Draft {
    fn set(&mut self, name: &str, value: &str) -> Result<(), ConfigFault> {
        match name.to_ascii_lowercase().as_str() {
            "publickey" => self.key = Some(value.parse()?),
            "presharedkey" => self.peer.preshared_key = Some(value.parse()?),
            "allowedips" => self.peer.allowed.extend(prefixes(value)?.into_iter().map(Prefix::network)),
            "endpoint" => {
                let endpoint: Result<SocketAddr, _> = value.parse();
                self.peer.endpoint =
                    Some(endpoint.map_err(|_| ConfigFault::Endpoint { value: value.into() })?);
            }
            "persistentkeepalive" => {
                self.peer.keepalive = match value {
                    "off" | "0" => None,
                    seconds => Some(number(seconds, "number of seconds up to 65535, or `off`")?),
                };
            }
            _ => return Err(ConfigFault::Key { key: name.into() }),
        }
        Ok(())
    }
}

/// Whether it can be a domain to search. What ends with a number was to be an address.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let plain = text.strip_suffix('.').unwrap_or(text);
    let is_number =
        plain.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    plain.len() <= 253 && !is_number && plain.split('.').all(is_label)
}

fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn prefixes(value: &str) -> Result<Vec<Prefix>, ConfigFault> {
    Ok(list(value).map(str::parse).collect::<Result<_, _>>()?)
}

fn number<N: FromStr>(value: &str, wanted: &'static str) -> Result<N, ConfigFault> {
    let refused = || ConfigFault::Value { value: value.into(), wanted };
    if value.starts_with('+') {
        return Err(refused());
    }
    value.parse().map_err(|_| refused())
}

fn mark(value: &str) -> Result<u32, ConfigFault> {
    const WANTED: &str = "mark: a number of 32 bits, or `off`";
    match value.strip_prefix("0x") {
        _ if value == "off" => Ok(0),
        Some(digits) if !digits.starts_with('+') => u32::from_str_radix(digits, 16)
            .map_err(|_| ConfigFault::Value { value: value.into(), wanted: WANTED }),
        _ => number(value, WANTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";

    #[test]
    fn file_of_the_man_page_is_read() {
        let text = "# our end\n[Interface]\nAddress = 10.192.122.1/24, 10.10.0.1/16\nSaveConfig=x\n";
        assert_eq!(text.parse::<Config>().unwrap_err().line, 4);
        let text = format!(
            "[Interface]\nAddress = 10.192.122.1/24\nPrivateKey = {KEY}\nListenPort = 51820 # here\nDNS = 10.0.0.1, lan\n\
             FwMark = 0xca6c\n\n[Peer]\nPublicKey = {KEY}\nAllowedIPs = 10.192.122.3/32, 10.192.124.1/24\n\
             Endpoint = [2001:db8::1]:51820\nPersistentKeepalive = 25\n[Peer]\nPublicKey={KEY}\nAllowedIPs=\n"
        );
        let config: Config = text.parse().unwrap();
        assert_eq!(config.listen_port, Some(51820));
        assert_eq!(config.fwmark, 0xca6c);
        assert_eq!(config.search, ["lan"]);
        assert_eq!(config.peers.len(), 2);
        assert_eq!(config.peers[0].allowed[1].to_string(), "10.192.124.0/24");
        assert_eq!(config.peers[0].keepalive, Some(25));
    }

    #[test]
    fn faults_name_their_line() {
        let cases = [
            ("x", 1, "neither"),
            ("[Server]", 1, "`[Server]` is neither"),
            ("A = b", 1, "`A` is not known here"),
            ("[Interface]\nPostUp = rm -rf /", 2, "no command of a file is run here"),
            ("[Interface]\nPrivateKey = x", 2, "not a WireGuard key"),
            ("[Interface]\nListenPort = 65536", 2, "no port"),
            ("[Interface]\nDNS = 10.9.0.1, 10.9.0.300", 2, "`10.9.0.300` is no address or domain"),
            ("[Interface]\nDNS = a b", 2, "no address or domain"),
            ("[Peer]\nEndpoint = vpn.example:1", 2, "names are not looked up"),
            ("[Interface]\n", 0, "no `PrivateKey`"),
        ];
        for (text, line, words) in cases {
            let error = text.parse::<Config>().unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.source.to_string().contains(words), "{text}: {}", error.source);
        }
        let text = format!("[Interface]\nPrivateKey={KEY}\n[Peer]\nAllowedIPs=::/0");
        let error = text.parse::<Config>().unwrap_err();
        assert_eq!((error.line, error.source), (3, ConfigFault::PeerWithoutKey));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\[(Peer|Interface)\\]\n|[A-Za-z]{0,12} ?= ?\\PC{0,12}\n){0,8}") {
            let _ = text.parse::<Config>();
        }
    }
}
