//! What the kernel refuses, and what goes wrong on the way to it.

use std::fmt;

use insula_sys::errno::Described;
use rustix::io::Errno;

use super::{Protocol, Request};
use crate::wire::{Attributes, Malformed, Received, at};

/// Why something could not be asked, or was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No socket.
    #[error("cannot open a {protocol} socket")]
    Open {
        /// What it was to talk to.
        protocol: Protocol,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// No notifications.
    #[error("cannot join netlink group {group}")]
    Join {
        /// Its number.
        group: u32,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// No notifications of other namespaces.
    #[error("cannot listen to all network namespaces that have an id")]
    ListenAll {
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// The kernel refused to do it.
    #[error("cannot {request}")]
    Refused {
        /// What was asked.
        request: Box<str>,
        /// The kernel's reason.
        #[source]
        source: Refusal,
    },
    /// The request could not be sent.
    #[error("cannot {request}: the request was not sent")]
    Send {
        /// What was asked.
        request: Box<str>,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// The answer could not be received, so it is not known whether it was done.
    #[error("cannot {request}: no answer was received")]
    Receive {
        /// What was asked.
        request: Box<str>,
        /// The kernel's reason.
        #[source]
        source: Errno,
    },
    /// The answer is not what its header says.
    #[error("cannot {request}: the answer makes no sense")]
    Malformed {
        /// What was asked.
        request: Box<str>,
        /// What is wrong with it.
        #[source]
        source: Malformed,
    },
    /// The list changed each time while it was read.
    #[error("cannot {request}: it changes faster than it can be read")]
    Interrupted {
        /// What was asked.
        request: Box<str>,
    },
}

impl Error {
    pub(super) fn send(request: &dyn Request, source: Errno) -> Self {
        Self::Send { request: request.to_string().into(), source }
    }

    /// The kernel's error number, if it gave one.
    #[must_use]
    pub fn errno(&self) -> Option<Errno> {
        match self {
            Self::Refused { source, .. } => Some(source.errno),
            Self::Open { source, .. }
            | Self::Join { source, .. }
            | Self::ListenAll { source }
            | Self::Send { source, .. }
            | Self::Receive { source, .. } => Some(*source),
            Self::Malformed { .. } | Self::Interrupted { .. } => None,
        }
    }
}

/// The first request of a batch that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{source}")]
pub struct RequestFailed {
    /// Its position, from 0.
    pub index: usize,
    /// Why.
    pub source: Error,
}

/// The kernel's answer to what it does not do: `NLMSG_ERROR`, with the words of its extended acknowledgement where it has some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The error number.
    pub errno: Errno,
    /// What the kernel says of it.
    pub said: Option<Box<str>>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.said {
            Some(said) => write!(f, "{said}: {}", Described(self.errno)),
            None => Described(self.errno).fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

/// `NLMSGERR_ATTR_MSG`.
const MESSAGE: u16 = 1;

impl Refusal {
    /// One without words.
    pub(super) const fn bare(errno: Errno) -> Self {
        Self { errno, said: None }
    }

    /// The result that `message` tells, or `None` if it is no such message: `NLMSG_ERROR` and `NLMSG_DONE`.
    pub(crate) fn read(message: &Received<'_>) -> Result<Option<Result<(), Self>>, Malformed> {
        let kind = i32::from(message.kind);
        if kind != libc::NLMSG_ERROR && kind != libc::NLMSG_DONE {
            return Ok(None);
        }
        let code = i32::from_ne_bytes(at(message.body, 0)?);
        if code >= 0 {
            return Ok(Some(Ok(())));
        }
        // The header of the request follows, and all of it unless it was capped.
        let attributes = if kind == libc::NLMSG_DONE {
            message.body.get(4..)
        } else {
            let request = u32::from_ne_bytes(at(message.body, 4)?) as usize;
            let capped = message.flags & libc::NLM_F_CAPPED != 0;
            message.body.get(4 + if capped { 16 } else { request.next_multiple_of(4) }..)
        };
        let has_words = message.flags & libc::NLM_F_ACK_TLVS != 0;
        let said = attributes
            .filter(|_| has_words)
            .and_then(|bytes| Attributes::new(bytes).find(MESSAGE))
            .map(|attribute| printable(&attribute.text()));
        Ok(Some(Err(Self { errno: Errno::from_raw_os_error(code.wrapping_neg()), said })))
    }
}

/// Kernel modules write these words; they may quote a name.
fn printable(text: &str) -> Box<str> {
    text.trim_end_matches(['.', '\n']).chars().filter(|char| !char.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Messages;

    /// What Linux 6.18 answers to `ip link add v type nosuch`, with its words.
    fn refused(flags: u16, words: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 16];
        bytes[4..6].copy_from_slice(&2_u16.to_ne_bytes());
        bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
        bytes.extend_from_slice(&(-95_i32).to_ne_bytes());
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&u16::try_from(4 + words.len()).unwrap().to_ne_bytes());
        bytes.extend_from_slice(&1_u16.to_ne_bytes());
        bytes.extend_from_slice(words);
        let length = u32::try_from(bytes.len()).unwrap();
        bytes[0..4].copy_from_slice(&length.to_ne_bytes());
        bytes
    }

    #[test]
    fn words_of_the_kernel_are_in_the_error() {
        let bytes = refused(0x300, b"Unknown device type.\0");
        let message = Messages::new(&bytes).next().unwrap().unwrap();
        let refusal = Refusal::read(&message).unwrap().unwrap().unwrap_err();
        assert_eq!(refusal.to_string(), "Unknown device type: operation not supported (EOPNOTSUPP)");
    }

    #[test]
    fn words_are_read_only_where_they_are_announced() {
        let bytes = refused(0x100, b"Unknown device type.\0");
        let message = Messages::new(&bytes).next().unwrap().unwrap();
        let refusal = Refusal::read(&message).unwrap().unwrap().unwrap_err();
        assert_eq!(refusal, Refusal::bare(Errno::OPNOTSUPP));
    }
}
