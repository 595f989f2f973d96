//! Counters that a type of interfaces, or a family of addresses, has of its own: `RTM_GETSTATS` in `linux/if_link.h`.

use std::fmt;

use crate::netlink::{Encoded, Error, Netlink, Request};
use crate::wire::{Malformed, Message, Received, at};

/// `RTM_NEWSTATS`, `RTM_GETSTATS`.
const NEW: u16 = 92;
const GET: u16 = 94;

/// `IFLA_STATS_LINK_XSTATS` and `IFLA_STATS_LINK_XSTATS_SLAVE`.
const OF_TYPE: u16 = 2;
const OF_PORT: u16 = 3;

/// `IFLA_STATS_AF_SPEC`, in it `AF_MPLS`, and in that `MPLS_STATS_LINK`.
const OF_FAMILY: u16 = 5;
const MPLS: u16 = 28;
const MPLS_LINK: u16 = 1;

/// `LINK_XSTATS_TYPE_*`, and in each `BRIDGE_XSTATS_*` and `BOND_XSTATS_*`.
const BRIDGE: u16 = 1;
const BOND: u16 = 2;
const MULTICAST: u16 = 2;
const SPANNING_TREE: u16 = 4;
const AGGREGATION: u16 = 1;

/// Received and sent.
pub type BothWays = [u64; 2];

/// Counters of one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeStatistics {
    /// The number of the interface.
    pub index: u32,
    /// What is counted, in the kernel's order.
    pub counters: Vec<TypeCounters>,
}

/// What is counted of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeCounters {
    /// Of a bridge or a port of it: multicast groups.
    Multicast(MulticastStatistics),
    /// Of a port of a bridge: the spanning tree.
    SpanningTree(SpanningTreeStatistics),
    /// Of a bond or a port of it: 802.3ad.
    Aggregation(AggregationStatistics),
    /// What came and went with labels.
    Mpls(MplsStatistics),
}

/// `struct mpls_link_stats` in `linux/mpls.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MplsStatistics {
    /// Packets.
    pub packets: BothWays,
    /// What they had in them.
    pub bytes: BothWays,
    /// Those that were not right.
    pub errors: BothWays,
    /// Those that were dropped.
    pub dropped: BothWays,
    /// Those that came and had no way to go.
    pub no_route: u64,
}

/// `struct br_mcast_stats` in `linux/if_bridge.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MulticastStatistics {
    /// Of IGMP 1, 2 and 3.
    pub igmp_queries: [BothWays; 3],
    /// Of IGMP.
    pub igmp_leaves: BothWays,
    /// Of IGMP 1, 2 and 3.
    pub igmp_reports: [BothWays; 3],
    /// Messages of IGMP that make no sense.
    pub igmp_parse_errors: u64,
    /// Of MLD 1 and 2.
    pub mld_queries: [BothWays; 2],
    /// Of MLD.
    pub mld_leaves: BothWays,
    /// Of MLD 1 and 2.
    pub mld_reports: [BothWays; 2],
    /// Messages of MLD that make no sense.
    pub mld_parse_errors: u64,
}

/// `struct bridge_stp_xstats` in `linux/if_bridge.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanningTreeStatistics {
    /// How often it began to block.
    pub blocked: u64,
    /// How often it began to forward.
    pub forwarding: u64,
    /// Configuration messages.
    pub bpdus: BothWays,
    /// Notices that the topology has changed.
    pub changes: BothWays,
}

/// `BOND_3AD_STAT_*` in `linux/if_bonding.h`, in that order; `None` for what the kernel does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AggregationStatistics(pub [Option<u64>; 9]);

/// Whose counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedAs {
    /// Those of an interface's own type.
    Itself,
    /// Those that the type of its master keeps of it.
    Port,
    /// Those that families of addresses keep of it.
    Family,
}

impl TypeStatistics {
    /// Of all interfaces that have some.
    ///
    /// # Errors
    /// [`Error`].
    #[doc(alias = "RTM_GETSTATS")]
    pub fn list(route: &mut Netlink, whose: CountedAs) -> Result<Vec<Self>, Error> {
        route
            .dump(&List(whose), |received| if received.kind == NEW { Self::read(received) } else { Ok(None) })
    }

    /// `None` where there are none.
    pub(crate) fn read(received: &Received<'_>) -> Result<Option<Self>, Malformed> {
        let (header, attributes) = received.split::<{ Header::LENGTH }>()?;
        let index = u32::from_ne_bytes(at(&header, 4)?);
        let Some(whole) = [OF_TYPE, OF_PORT, OF_FAMILY].into_iter().find_map(|kind| attributes.find(kind))
        else {
            return Ok(None);
        };
        let mut counters = Vec::new();
        for of in whole.nested() {
            for counted in of.nested() {
                counters.push(match (of.kind, counted.kind) {
                    (BRIDGE, MULTICAST) => {
                        TypeCounters::Multicast(MulticastStatistics::read(counted.payload)?)
                    }
                    (BRIDGE, SPANNING_TREE) => {
                        TypeCounters::SpanningTree(SpanningTreeStatistics::read(counted.payload)?)
                    }
                    (BOND, AGGREGATION) => {
                        let mut numbers = [None; 9];
                        for (kind, number) in (0..).zip(&mut numbers) {
                            *number = counted.nested().find(kind).map(|found| found.u64()).transpose()?;
                        }
                        TypeCounters::Aggregation(AggregationStatistics(numbers))
                    }
                    (MPLS, MPLS_LINK) => TypeCounters::Mpls(MplsStatistics::read(counted.payload)?),
                    _ => continue,
                });
            }
        }
        Ok(Some(Self { index, counters }))
    }
}

impl MulticastStatistics {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let both = |place: usize| -> Result<BothWays, Malformed> {
            Ok([number(bytes, place)?, number(bytes, place + 1)?])
        };
        Ok(Self {
            igmp_queries: [both(0)?, both(2)?, both(4)?],
            igmp_leaves: both(6)?,
            igmp_reports: [both(8)?, both(10)?, both(12)?],
            igmp_parse_errors: number(bytes, 14)?,
            mld_queries: [both(15)?, both(17)?],
            mld_leaves: both(19)?,
            mld_reports: [both(21)?, both(23)?],
            mld_parse_errors: number(bytes, 25)?,
        })
    }
}

impl SpanningTreeStatistics {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let next = |place| number(bytes, place);
        Ok(Self {
            blocked: next(0)?,
            forwarding: next(1)?,
            bpdus: [next(2)?, next(3)?],
            changes: [next(4)?, next(5)?],
        })
    }
}

impl MplsStatistics {
    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let both = |place: usize| -> Result<BothWays, Malformed> {
            Ok([number(bytes, place)?, number(bytes, place + 1)?])
        };
        let (packets, bytes_of, errors, dropped) = (both(0)?, both(2)?, both(4)?, both(6)?);
        Ok(Self { packets, bytes: bytes_of, errors, dropped, no_route: number(bytes, 8)? })
    }
}

/// The counter at `place`, from 0.
fn number(bytes: &[u8], place: usize) -> Result<u64, Malformed> {
    at(bytes, place * size_of::<u64>()).map(u64::from_ne_bytes)
}

/// `struct if_stats_msg`.
struct Header {
    filter: u32,
}

impl Header {
    const LENGTH: usize = 12;

    fn bytes(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[8..].copy_from_slice(&self.filter.to_ne_bytes());
        bytes
    }
}

#[derive(Debug)]
struct List(CountedAs);

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("list the counters that links have of their own")
    }
}

impl Request for List {
    fn encode(&self) -> Encoded {
        // `IFLA_STATS_FILTER_BIT`.
        let kind = match self.0 {
            CountedAs::Itself => OF_TYPE,
            CountedAs::Port => OF_PORT,
            CountedAs::Family => OF_FAMILY,
        };
        Encoded(Message::new(GET, libc::NLM_F_DUMP, &Header { filter: 1 << (kind - 1) }.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Messages;
    use proptest::prelude::*;

    fn told(index: u32, counters: &[TypeCounters]) -> Vec<u8> {
        let mut header = Header { filter: 0 }.bytes();
        header[4..8].copy_from_slice(&index.to_ne_bytes());
        let mut message = Message::new(NEW, 0, &header);
        let bytes =
            |numbers: &[u64]| numbers.iter().flat_map(|number| number.to_ne_bytes()).collect::<Vec<u8>>();
        message.nest(OF_TYPE, |all| {
            for one in counters {
                match one {
                    TypeCounters::Multicast(m) => all.nest(BRIDGE, |bridge| {
                        let mut numbers = m.igmp_queries.as_flattened().to_vec();
                        numbers.extend(m.igmp_leaves);
                        numbers.extend(m.igmp_reports.as_flattened());
                        numbers.push(m.igmp_parse_errors);
                        numbers.extend(m.mld_queries.as_flattened());
                        numbers.extend(m.mld_leaves);
                        numbers.extend(m.mld_reports.as_flattened());
                        numbers.push(m.mld_parse_errors);
                        bridge.put(MULTICAST, &bytes(&numbers));
                    }),
                    TypeCounters::SpanningTree(tree) => all.nest(BRIDGE, |bridge| {
                        let [bpdus, changes] = [tree.bpdus, tree.changes];
                        let numbers =
                            [tree.blocked, tree.forwarding, bpdus[0], bpdus[1], changes[0], changes[1]];
                        bridge.put(SPANNING_TREE, &bytes(&numbers));
                    }),
                    TypeCounters::Mpls(mpls) => all.nest(MPLS, |family| {
                        let mut numbers = [mpls.packets, mpls.bytes, mpls.errors, mpls.dropped].concat();
                        numbers.push(mpls.no_route);
                        family.put(MPLS_LINK, &bytes(&numbers));
                    }),
                    TypeCounters::Aggregation(AggregationStatistics(numbers)) => all.nest(BOND, |bond| {
                        bond.nest(AGGREGATION, |aggregation| {
                            for (kind, number) in (0..).zip(numbers) {
                                if let Some(number) = number {
                                    aggregation.put_u64(kind, *number);
                                }
                            }
                        });
                    }),
                }
            }
        });
        let mut buffer = Vec::new();
        message.write(1, 0, &mut buffer);
        buffer
    }

    proptest! {
        #[test]
        fn what_is_told_is_read(
            index: u32, n: [u64; 8], tree: [u64; 6], bond: [Option<u64>; 9], m: [u64; 9],
        ) {
            let multicast = MulticastStatistics {
                igmp_queries: [[n[0], 1], [2, 3], [4, n[1]]],
                igmp_leaves: [n[2], 5],
                igmp_reports: [[6, 7], [n[3], 8], [9, 10]],
                igmp_parse_errors: n[4],
                mld_queries: [[11, 12], [13, n[5]]],
                mld_leaves: [14, 15],
                mld_reports: [[16, n[6]], [17, 18]],
                mld_parse_errors: n[7],
            };
            let [blocked, forwarding, received, sent, changes, told_changes] = tree;
            let (bpdus, changes) = ([received, sent], [changes, told_changes]);
            let tree = SpanningTreeStatistics { blocked, forwarding, bpdus, changes };
            let bond = AggregationStatistics(bond);
            let counters = vec![
                TypeCounters::Multicast(multicast),
                TypeCounters::SpanningTree(tree),
                TypeCounters::Aggregation(bond),
                TypeCounters::Mpls(MplsStatistics {
                    packets: [m[0], m[1]],
                    bytes: [m[2], m[3]],
                    errors: [m[4], m[5]],
                    dropped: [m[6], m[7]],
                    no_route: m[8],
                }),
            ];
            let bytes = told(index, &counters);
            let received = Messages::new(&bytes).next().unwrap().unwrap();
            prop_assert_eq!(TypeStatistics::read(&received), Ok(Some(TypeStatistics { index, counters })));
        }

        #[test]
        fn no_bytes_panic(body: Vec<u8>) {
            let _ = TypeStatistics::read(&Received { kind: NEW, flags: 0, sequence: 0, body: &body });
        }
    }
}
