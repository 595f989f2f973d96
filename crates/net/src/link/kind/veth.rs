//! The pair `veth(4)`.

use crate::link::NewLink;
use crate::wire::Message;

/// `VETH_INFO_PEER` in `linux/veth.h`.
const VETH_INFO_PEER: u16 = 1;

/// The other end of a pair: an interface with a name, a state and a namespace of its own.
#[derive(Clone, Debug)]
pub struct Veth {
    peer: Box<NewLink>,
}

impl Veth {
    /// A pair whose other end is `peer`, of which the kind is not looked at.
    #[must_use]
    pub fn new(peer: NewLink) -> Self {
        Self { peer: Box::new(peer) }
    }

    pub(super) fn put(&self, data: &mut Message) {
        data.nest(VETH_INFO_PEER | super::NESTED, |peer| {
            peer.append(&self.peer.header().bytes());
            self.peer.put_attributes(peer);
        });
    }
}
