//! A blocking client of D-Bus, as much as it takes to talk to systemd: one connection, calls and their replies, signals.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::{Duration, Instant};

pub(crate) mod message;
pub(crate) mod wire;

use message::{FIXED, Kind, Message};
use wire::{Value, Writer};

/// Why there was no answer from a bus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BusError {
    /// Nobody listens there.
    #[error("cannot connect to the D-Bus address `{}`", address.escape_debug())]
    Connect {
        /// The address.
        address: Box<str>,
        /// Why not.
        source: std::io::Error,
    },
    /// It is no address of a socket on this machine.
    #[error("`{}` is no D-Bus address of a unix socket", address.escape_debug())]
    Address {
        /// The address.
        address: Box<str>,
    },
    /// The bus does not believe who the caller is.
    #[error("the bus refused this user: `{}`", said.escape_debug())]
    Refused {
        /// Its words.
        said: Box<str>,
    },
    /// The connection broke or timed out.
    #[error("the bus did not answer")]
    Io {
        /// Why.
        source: std::io::Error,
    },
    /// What came was no message.
    #[error("the bus sent something that is no message")]
    Garbled,
    /// The other side answered with an error.
    #[error("`{member}` failed with {name}: {}", text.escape_debug())]
    Call {
        /// The method that was called.
        member: &'static str,
        /// The name of the error.
        name: Box<str>,
        /// What it says.
        text: Box<str>,
    },
}

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
#[derive(Debug)]
pub(crate) struct Bus {
    stream: UnixStream,
    serial: u32,
    /// Signals that came while a reply was waited for.
    signals: VecDeque<Message>,
    has_broker: bool,
}

/// Whether a daemon passes messages on, or the other side is who they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Broker,
    Direct,
}

/// A method of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Method<'a> {
    pub(crate) destination: &'a str,
    pub(crate) path: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) member: &'static str,
}

impl Bus {
    /// Connects to the first of `address` (separated by `;`) that answers, and says who the caller is.
    pub(crate) fn connect(address: &str, route: Route) -> Result<Self, BusError> {
        let mut result = Err(BusError::Address { address: address.into() });
        for one in address.split(';') {
            let Some(socket) = socket(one) else { continue };
            match UnixStream::connect_addr(&socket) {
                Ok(stream) => return Self::greet(stream, route),
                Err(source) => result = Err(BusError::Connect { address: address.into(), source }),
            }
        }
        result
    }

    /// "Authentication Protocol": by what the kernel says of the peer, with no name given, so that ids of user namespaces need
    /// no translation.
    fn greet(stream: UnixStream, route: Route) -> Result<Self, BusError> {
        let mut bus =
            Self { stream, serial: 0, signals: VecDeque::new(), has_broker: route == Route::Broker };
        let deadline = Instant::now() + PATIENCE;
        bus.write(b"\0AUTH EXTERNAL\r\nDATA\r\n", deadline)?;
        loop {
            let line = bus.line(deadline)?;
            match line.split(' ').next() {
                Some("OK") => break,
                Some("DATA") => {}
                _ => return Err(BusError::Refused { said: line.into() }),
            }
        }
        bus.write(b"BEGIN\r\n", deadline)?;
        if bus.has_broker {
            bus.call(broker("Hello"), "", |_| {})?;
        }
        Ok(bus)
    }

    /// Asks for a signal to be passed on.
    pub(crate) fn subscribe(&mut self, rule: &str) -> Result<(), BusError> {
        if self.has_broker {
            self.call(broker("AddMatch"), "s", |body| body.text(rule))?;
        }
        Ok(())
    }

    /// Calls a method, and waits for its reply.
    pub(crate) fn call(
        &mut self,
        method: Method<'_>,
        signature: &str,
        body: impl FnOnce(&mut Writer),
    ) -> Result<Message, BusError> {
        let deadline = Instant::now() + PATIENCE;
        self.serial += 1;
        let mut writer = Writer::default();
        body(&mut writer);
        let message = Message {
            kind: Some(Kind::Call),
            serial: self.serial,
            path: method.path.into(),
            interface: method.interface.into(),
            member: method.member.into(),
            destination: if self.has_broker { method.destination.into() } else { "".into() },
            signature: signature.into(),
            body: writer.0,
            ..Message::default()
        };
        self.write(&message.encode(), deadline)?;
        loop {
            let message = self.read(deadline)?;
            match message.kind {
                Some(Kind::Signal) => self.signals.push_back(message),
                Some(Kind::Return) if message.reply_to == self.serial => return Ok(message),
                Some(Kind::Error) if message.reply_to == self.serial => {
                    let text =
                        if message.signature.starts_with('s') { message.reader().text() } else { None };
                    let text = text.unwrap_or_default().into();
                    return Err(BusError::Call { member: method.member, name: message.error, text });
                }
                _ => {}
            }
        }
    }

    /// The next signal, of those that came already or will come.
    pub(crate) fn signal(&mut self, deadline: Instant) -> Result<Message, BusError> {
        if let Some(message) = self.signals.pop_front() {
            return Ok(message);
        }
        loop {
            let message = self.read(deadline)?;
            if message.kind == Some(Kind::Signal) {
                return Ok(message);
            }
        }
    }

    fn read(&mut self, deadline: Instant) -> Result<Message, BusError> {
        let mut fixed = [0; FIXED];
        self.fill(&mut fixed, deadline)?;
        let mut bytes = vec![0; Message::length(&fixed).ok_or(BusError::Garbled)?];
        let (head, rest) = bytes.split_at_mut_checked(FIXED).ok_or(BusError::Garbled)?;
        head.copy_from_slice(&fixed);
        self.fill(rest, deadline)?;
        Message::decode(&bytes).ok_or(BusError::Garbled)
    }

    /// A line of the greeting; nothing comes behind it before we go on.
    fn line(&mut self, deadline: Instant) -> Result<String, BusError> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\r\n") {
            if line.len() > 4096 {
                return Err(BusError::Garbled);
            }
            self.fill(&mut byte, deadline)?;
            line.push(byte[0]);
        }
        line.truncate(line.len() - 2);
        String::from_utf8(line).map_err(|_| BusError::Garbled)
    }

    fn fill(&mut self, mut buffer: &mut [u8], deadline: Instant) -> Result<(), BusError> {
        while !buffer.is_empty() {
            let left = left(deadline)?;
            let read = self.stream.set_read_timeout(Some(left)).and_then(|()| self.stream.read(buffer));
            match read {
                Ok(0) => return Err(BusError::Io { source: ErrorKind::UnexpectedEof.into() }),
                Ok(length) => buffer = &mut buffer[length..],
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => {}
                Err(source) => return Err(BusError::Io { source }),
            }
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), BusError> {
        let left = left(deadline)?;
        let written = self.stream.set_write_timeout(Some(left)).and_then(|()| self.stream.write_all(bytes));
        written.map_err(|source| BusError::Io { source })
    }
}

/// A method of the daemon itself.
const fn broker(member: &'static str) -> Method<'static> {
    Method {
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        member,
    }
}

fn left(deadline: Instant) -> Result<Duration, BusError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(BusError::Io { source: ErrorKind::TimedOut.into() }) } else { Ok(left) }
}

/// The socket of one address: `unix:path=…` or `unix:abstract=…`, with other keys besides; see "Server Addresses".
fn socket(address: &str) -> Option<SocketAddr> {
    address.strip_prefix("unix:")?.split(',').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value = unescape(value)?;
        match key {
            "path" => SocketAddr::from_pathname(std::path::Path::new(&value)).ok(),
            "abstract" => SocketAddr::from_abstract_name(value).ok(),
            _ => None,
        }
    })
}

/// `%` and two hexadecimal digits are a byte.
fn unescape(value: &str) -> Option<String> {
    let mut parts = value.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// An address for the socket at `path`.
pub(crate) fn address_of(path: &str) -> String {
    let mut address = String::from("unix:path=");
    for byte in path.bytes() {
        // What needs no escape, says the specification.
        if byte.is_ascii_alphanumeric() || b"-_/.\\*".contains(&byte) {
            address.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            write!(address, "%{byte:02x}").expect("a string takes everything");
        }
    }
    address
}

/// A list of properties: `a(sv)`.
pub(crate) fn properties(body: &mut Writer, properties: &[(Box<str>, Value)]) {
    body.array(8, |array| {
        for (name, value) in properties {
            array.align(8);
            array.text(name);
            array.variant(value);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_those_of_unix_sockets() {
        let path = |address| socket(address).and_then(|socket| Some(socket.as_pathname()?.to_owned()));
        assert_eq!(path("unix:path=/run/user/1000/bus,guid=0123"), Some("/run/user/1000/bus".into()));
        assert_eq!(path("unix:guid=0123,path=/a%20b"), Some("/a b".into()));
        assert_eq!(socket("unix:abstract=x").unwrap().as_abstract_name(), Some(b"x".as_slice()));
        for other in ["tcp:host=127.0.0.1,port=1", "unix:", "unix:path=/%zz", "unix:path=/%1", ""] {
            assert!(socket(other).is_none(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn paths_survive_as_addresses(path in "/[^\\x00]{1,20}") {
            let socket = socket(&address_of(&path)).unwrap();
            prop_assert_eq!(socket.as_pathname(), Some(std::path::Path::new(&path)));
        }

        #[test]
        fn no_address_is_too_odd(address in ".*|unix:[a-z=%,0-9]{0,20}") {
            let _ = socket(&address);
        }
    }
}
