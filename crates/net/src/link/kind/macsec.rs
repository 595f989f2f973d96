//! Encrypted Ethernet, IEEE 802.1AE: `IFLA_MACSEC_*` in `linux/if_link.h`.

use crate::wire::attributes;

attributes! {
    /// What a MACsec interface is.
    pub struct Macsec: "macsec" {
        /// Its secure channel: a link-layer address and a port.
        channel: u64 = 1 Network,
        /// The port alone, to be asked for.
        port: u16 = 2 Network,
        /// The length of the integrity check, 8 to 16 bytes.
        check_length: u8 = 3,
        /// `MACSEC_CIPHER_ID_*`.
        cipher: u64 = 4,
        /// How far behind frames may come.
        window: u32 = 5,
        /// By which association it encrypts, 0 to 3.
        encoding_association: u8 = 6,
        /// Whether it encrypts.
        encrypt: bool = 7,
        /// Whether it signs.
        protect: bool = 8,
        /// Whether frames name the channel.
        send_channel: bool = 9,
        /// Whether it is the only one at its address.
        end_station: bool = 10,
        /// Whether it is a single copy broadcast.
        broadcast: bool = 11,
        /// Whether late frames are dropped.
        replay_protection: bool = 12,
        /// What is done with frames that are not right: 0 nothing, 1 they are counted, 2 they are dropped.
        validation: u8 = 13,
    }
}
