//! The packets of network namespaces, as they pass.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use insula_net::capture::{Capture, CaptureError, LinkType, Packet, PacketWay, Summary};
use insula_ns::{Namespace, NsId};
use rustix::io::Errno;

use super::name::shown_name;
use super::open_site::OpenSite;
use super::{NetworkError, Networks, Site};

/// Sees the packets of one network namespace.
#[derive(Debug)]
pub struct Tap {
    open: OpenSite,
    capture: Capture,
    /// The names of the interfaces by their numbers.
    names: BTreeMap<u32, String>,
    lost: u64,
}

/// A packet that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketSeen {
    /// When, since 1970.
    pub time: Duration,
    /// Where.
    pub site: Site,
    /// The name of the interface; its number behind `#` if it is gone.
    pub interface: String,
    /// How its first bytes are to be read.
    pub link_type: LinkType,
    /// In or out.
    pub way: PacketWay,
    /// What it is, in short.
    pub summary: Summary,
    /// How many bytes it has.
    pub length: usize,
    /// Those of them that were kept.
    pub bytes: Vec<u8>,
}

impl Networks {
    /// Begins to see the packets of `site`.
    ///
    /// # Errors
    /// [`NetworkError`].
    pub fn tap(&self, site: &Site) -> Result<Tap, NetworkError> {
        let mut open = OpenSite::open(&self.sets, site)?;
        let capture = match site {
            Site::Host => Capture::open(&[]),
            _ => capture_in(&open.net),
        };
        let capture = capture.map_err(|source| NetworkError::Capture { site: site.clone(), source })?;
        let names = names(&mut open)?;
        Ok(Tap { open, capture, names, lost: 0 })
    }
}

impl Tap {
    /// The next packet that waits, of which at most `keep` bytes are kept; `None` if none does.
    ///
    /// # Errors
    /// [`NetworkError::Capture`].
    pub fn next_waiting(&mut self, keep: usize) -> Result<Option<PacketSeen>, NetworkError> {
        let site = &self.open.site;
        let waiting = self.capture.next_waiting();
        let waiting = waiting.map_err(|source| NetworkError::Capture { site: site.clone(), source })?;
        let Some(packet) = waiting else { return Ok(None) };
        let mut seen = PacketSeen::of(site, &packet, keep);
        let index = packet.index;
        if !self.names.contains_key(&index) {
            // A new one; if it is gone already, nobody knows what it was called.
            self.names = names(&mut self.open)?;
            self.names.entry(index).or_insert_with(|| format!("#{index}"));
        }
        seen.interface = self.names.get(&index).cloned().unwrap_or_default();
        Ok(Some(seen))
    }

    /// Whose packets it sees.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.open.site
    }

    /// The network namespace, which lives as long as this looks into it.
    #[must_use]
    pub fn namespace(&self) -> NsId {
        self.open.net.id()
    }

    /// How many packets were lost so far, because they were not taken in time.
    ///
    /// # Errors
    /// [`NetworkError::Capture`].
    pub fn lost(&mut self) -> Result<u64, NetworkError> {
        let lost = self.capture.lost();
        let lost = lost.map_err(|source| NetworkError::Capture { site: self.open.site.clone(), source })?;
        self.lost += u64::from(lost);
        Ok(self.lost)
    }
}

impl AsFd for Tap {
    /// Readable when a packet waits.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.capture.as_fd()
    }
}

impl PacketSeen {
    fn of(site: &Site, packet: &Packet<'_>, keep: usize) -> Self {
        Self {
            time: packet.time,
            site: site.clone(),
            interface: String::new(),
            link_type: packet.link_type,
            way: packet.way,
            summary: Summary::of(packet),
            length: packet.length,
            bytes: packet.bytes[..packet.bytes.len().min(keep)].to_vec(),
        }
    }

    /// As what was captured, for a file.
    #[must_use]
    pub fn packet(&self) -> Packet<'_> {
        Packet {
            index: 0,
            link_type: self.link_type,
            way: self.way,
            time: self.time,
            length: self.length,
            bytes: &self.bytes,
        }
    }
}

fn names(open: &mut OpenSite) -> Result<BTreeMap<u32, String>, NetworkError> {
    let shown = |link: insula_net::Link| (link.index, shown_name(&link).to_owned());
    Ok(open.links()?.into_iter().map(shown).collect())
}

/// In `net`. Who has no power over it from where they are has it in the user namespace that owns it.
fn capture_in(net: &Namespace) -> Result<Capture, CaptureError> {
    match Capture::open(&[net.as_fd()]) {
        Err(CaptureError::Open { source: Errno::PERM }) => match net.owner() {
            Ok(Some(user)) => Capture::open(&[user.as_fd(), net.as_fd()]),
            _ => Err(CaptureError::Open { source: Errno::PERM }),
        },
        other => other,
    }
}
