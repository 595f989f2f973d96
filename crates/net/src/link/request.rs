//! What can be said of an interface, whether it is to be made or to be changed.

use super::create::Place;
use super::hardware::HardwareAddress;
use super::kind::LinkKind;
use super::settings::LinkSettings;

/// What is asked of an interface in one request: [`NewLink`](super::NewLink) or [`ChangeLink`](super::ChangeLink), by the
/// `purpose`.
#[derive(Clone, Debug)]
#[must_use]
pub struct LinkRequest<P> {
    pub(super) purpose: P,
    pub(super) kind: Option<LinkKind>,
    pub(super) settings: LinkSettings,
}

impl<P> LinkRequest<P> {
    pub(super) const fn of(purpose: P, settings: LinkSettings) -> Self {
        Self { purpose, kind: None, settings }
    }

    /// All of these, instead of those so far.
    pub fn settings(self, settings: LinkSettings) -> Self {
        Self { settings, ..self }
    }

    /// What it is, or has, as one of its type.
    pub fn kind(self, kind: LinkKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Brings it up. Not the peer of a new veth pair: the kernel answers `ENOTCONN`, as the pair is not whole yet.
    pub fn up(mut self) -> Self {
        self.settings.up(true);
        self
    }

    /// Its link-layer address; a new one has a random one otherwise.
    pub fn address(mut self, address: HardwareAddress) -> Self {
        self.settings.address = Some(address);
        self
    }

    /// The largest packet that it takes, in bytes.
    pub fn mtu(mut self, mtu: u32) -> Self {
        self.settings.mtu = Some(mtu);
        self
    }

    /// Makes it a port of the bridge, bond or VRF with this number; 0 takes it out.
    pub fn master(mut self, index: u32) -> Self {
        self.settings.master = Some(index);
        self
    }

    /// The network namespace that it is to be in, if not that of the socket. What moves there is down and without addresses.
    pub fn place(mut self, place: Place) -> Self {
        self.settings.place = Some(place);
        self
    }
}
