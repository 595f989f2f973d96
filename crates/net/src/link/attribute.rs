//! Numbers of attributes: `IFLA_*` in `linux/if_link.h`, without that beginning.

pub(crate) const ADDRESS: u16 = 1;
pub(crate) const BROADCAST: u16 = 2;
pub(crate) const IFNAME: u16 = 3;
pub(crate) const MTU: u16 = 4;
pub(crate) const LINK: u16 = 5;
pub(crate) const QDISC: u16 = 6;
pub(crate) const MASTER: u16 = 10;
pub(crate) const TXQLEN: u16 = 13;
pub(crate) const OPERSTATE: u16 = 16;
pub(crate) const LINKMODE: u16 = 17;
pub(crate) const LINKINFO: u16 = 18;
pub(crate) const IFALIAS: u16 = 20;
pub(crate) const VFINFO_LIST: u16 = 22;
pub(crate) const STATS64: u16 = 23;
pub(crate) const AF_SPEC: u16 = 26;
pub(crate) const GROUP: u16 = 27;
pub(crate) const EXT_MASK: u16 = 29;
pub(crate) const PROMISCUITY: u16 = 30;
pub(crate) const NUM_TX_QUEUES: u16 = 31;
pub(crate) const NUM_RX_QUEUES: u16 = 32;
pub(crate) const CARRIER: u16 = 33;
pub(crate) const CARRIER_CHANGES: u16 = 35;
pub(crate) const LINK_NETNSID: u16 = 37;
pub(crate) const PROTO_DOWN: u16 = 39;
pub(crate) const GSO_MAX_SEGS: u16 = 40;
pub(crate) const GSO_MAX_SIZE: u16 = 41;
pub(crate) const EVENT: u16 = 44;
pub(crate) const NEW_NETNSID: u16 = 45;
pub(crate) const NEW_IFINDEX: u16 = 49;
pub(crate) const MIN_MTU: u16 = 50;
pub(crate) const MAX_MTU: u16 = 51;
pub(crate) const PROP_LIST: u16 = 52;
pub(crate) const ALT_IFNAME: u16 = 53;
pub(crate) const PERM_ADDRESS: u16 = 54;
pub(crate) const PROTO_DOWN_REASON: u16 = 55;
pub(crate) const PARENT_DEV_NAME: u16 = 56;
pub(crate) const PARENT_DEV_BUS_NAME: u16 = 57;
pub(crate) const GRO_MAX_SIZE: u16 = 58;
pub(crate) const TSO_MAX_SIZE: u16 = 59;
pub(crate) const TSO_MAX_SEGS: u16 = 60;
pub(crate) const ALLMULTI: u16 = 61;
pub(crate) const GSO_IPV4_MAX_SIZE: u16 = 63;
pub(crate) const GRO_IPV4_MAX_SIZE: u16 = 64;

/// In `LINKINFO`.
pub(crate) const INFO_KIND: u16 = 1;
pub(crate) const INFO_DATA: u16 = 2;
pub(crate) const INFO_SLAVE_KIND: u16 = 4;
pub(crate) const INFO_SLAVE_DATA: u16 = 5;

/// In `AF_SPEC`: families, and in that of IPv6.
pub(crate) const AF_INET6: u16 = 10;
pub(crate) const INET6_ADDR_GEN_MODE: u16 = 8;

/// In `PROTO_DOWN_REASON`.
pub(crate) const PROTO_DOWN_REASON_MASK: u16 = 1;
pub(crate) const PROTO_DOWN_REASON_VALUE: u16 = 2;
