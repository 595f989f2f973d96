//! Packets as they pass the interfaces of a network namespace, and the file format `pcapng` for them.

mod pcapng;
mod socket;
mod summary;

pub use insula_sys::packet::PacketWay;
pub use pcapng::{LinkType, Pcapng};
pub use socket::{Capture, CaptureError, Packet};
pub use summary::Summary;
