//! Addresses that are free, where none are given.

use std::net::{IpAddr, Ipv4Addr};

use insula_net::Prefix;

/// Where subnets are taken from, in this order: private networks (RFC 1918), of which VPNs may take the most, and at last the
/// one for benchmarks (RFC 2544).
const POOLS: [(Ipv4Addr, u8); 4] = [
    (Ipv4Addr::new(10, 192, 0, 0), 10),
    (Ipv4Addr::new(172, 24, 0, 0), 13),
    (Ipv4Addr::new(192, 168, 128, 0), 17),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
];

/// A route that covers this much of all addresses says only where the rest of the world is.
const WORLD: u8 = 3;

/// A subnet of this length that has no address in common with what is in use. `seed` says where the search begins, so that the
/// same names get the same addresses where that is possible.
pub(super) fn free(used: &[Prefix], length: u8, seed: u64) -> Option<Prefix> {
    let used: Vec<Prefix> = used.iter().copied().filter(|prefix| prefix.length > WORLD).collect();
    POOLS.iter().find_map(|(start, pool)| {
        let count = 1_u64 << (length - pool);
        (0..count).map(|step| (seed.wrapping_add(step)) % count).find_map(|number| {
            let offset = u32::try_from(number << (32 - length)).expect("smaller than its pool");
            let address = Ipv4Addr::from_bits(start.to_bits() | offset);
            let subnet = Prefix { address: address.into(), length };
            (!used.iter().any(|prefix| prefix.overlaps(subnet))).then_some(subnet)
        })
    })
}

/// The `number`th address of a subnet, with its length.
pub(crate) fn host(subnet: Prefix, number: u32) -> Prefix {
    let address = match subnet.network().address {
        IpAddr::V4(network) => IpAddr::V4((network.to_bits().wrapping_add(number)).into()),
        IpAddr::V6(network) => IpAddr::V6((network.to_bits().wrapping_add(number.into())).into()),
    };
    Prefix { address, length: subnet.length }
}

/// The first address of the subnet of `of` that is not among `taken`; `None` if there is none.
pub(super) fn neighbour(of: Prefix, taken: &[IpAddr]) -> Option<Prefix> {
    let bits = if of.address.is_ipv4() { 32 } else { 128 } - of.length;
    // Of a pair both are hosts; else the first is the network, and the last of IPv4 goes to all.
    let (first, last) = match bits {
        0 => return None,
        1 => (0, 1),
        _ => {
            let size = 1_u64.checked_shl(bits.into()).unwrap_or(u64::MAX).min(1 << 20);
            (1, if of.address.is_ipv4() { size - 2 } else { size - 1 })
        }
    };
    (first..=last).find_map(|number| {
        let candidate = host(of, u32::try_from(number).ok()?);
        (!taken.contains(&candidate.address)).then_some(candidate)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prefix(text: &str) -> Prefix {
        text.parse().unwrap()
    }

    #[test]
    fn default_routes_are_in_nobodys_way_and_others_are() {
        let found = free(&[prefix("0.0.0.0/0"), prefix("128.0.0.0/1"), prefix("10.0.0.0/8")], 30, 7).unwrap();
        assert!(prefix("172.24.0.0/13").contains(found.address), "{found}");
        let all = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15"].map(prefix);
        assert_eq!(free(&all, 30, 7), None);
    }

    #[test]
    fn neighbours_are_hosts_of_the_same_subnet() {
        let of = prefix("172.16.0.2/24");
        assert_eq!(neighbour(of, &[of.address]), Some(prefix("172.16.0.1/24")));
        assert_eq!(
            neighbour(prefix("10.0.0.0/31"), &[prefix("10.0.0.0").address]),
            Some(prefix("10.0.0.1/31"))
        );
        assert_eq!(neighbour(prefix("10.0.0.1/32"), &[]), None);
        let full = ["10.0.0.1", "10.0.0.2"].map(|text| prefix(text).address);
        assert_eq!(neighbour(prefix("10.0.0.1/30"), &full), None);
        assert_eq!(neighbour(prefix("fd00::1/64"), &[prefix("fd00::1").address]), Some(prefix("fd00::2/64")));
    }

    proptest! {
        #[test]
        fn what_is_free_overlaps_nothing(used: Vec<(u32, u8)>, length in 16..=30_u8, seed: u64) {
            let used: Vec<Prefix> = used
                .into_iter()
                .map(|(bits, length)| Prefix { address: Ipv4Addr::from_bits(bits).into(), length: 8 + length % 25 })
                .collect();
            if let Some(found) = free(&used, length.max(17), seed) {
                prop_assert!(!used.iter().any(|prefix| prefix.overlaps(found)));
                prop_assert_eq!(found, found.network());
            }
        }
    }
}
