//! What keys and data of sets are, so that `nft` can show them.

/// A type of value, as `nft` numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// `ipv4_addr`.
    Ipv4Address,
    /// `ipv6_addr`.
    Ipv6Address,
    /// `inet_proto`: 6 is TCP, 17 UDP.
    Protocol,
    /// `inet_service`: a port.
    Service,
    /// `ifname`: 16 bytes, filled up with zeros.
    IfName,
}

/// How many bits of the number of a concatenation each field has.
const FIELD_BITS: u32 = 6;

impl DataType {
    const fn number(self) -> u32 {
        match self {
            Self::Ipv4Address => 7,
            Self::Ipv6Address => 8,
            Self::Protocol => 12,
            Self::Service => 13,
            Self::IfName => 41,
        }
    }

    const fn of(number: u32) -> Option<Self> {
        match number {
            7 => Some(Self::Ipv4Address),
            8 => Some(Self::Ipv6Address),
            12 => Some(Self::Protocol),
            13 => Some(Self::Service),
            41 => Some(Self::IfName),
            _ => None,
        }
    }

    /// How many bytes it has.
    #[must_use]
    pub const fn length(self) -> u32 {
        match self {
            Self::Ipv4Address => 4,
            Self::Ipv6Address | Self::IfName => 16,
            Self::Protocol => 1,
            Self::Service => 2,
        }
    }

    /// Whether its bytes are in the order of the network, not of the machine.
    pub(super) const fn is_big_endian(self) -> bool {
        !matches!(self, Self::IfName | Self::Protocol)
    }
}

/// The number of one type, or of several that make a key together.
pub(super) fn concatenation(fields: &[DataType]) -> u32 {
    fields.iter().fold(0, |all, field| all << FIELD_BITS | field.number())
}

/// The types with that number; `None` if one is not known here.
pub(super) fn fields(mut number: u32) -> Option<Vec<DataType>> {
    let mut fields = Vec::new();
    while number != 0 {
        fields.push(DataType::of(number & ((1 << FIELD_BITS) - 1))?);
        number >>= FIELD_BITS;
    }
    fields.reverse();
    Some(fields)
}

/// How many bytes they have together: each but a lone one is padded to whole words.
pub(super) fn length(fields: &[DataType]) -> u32 {
    match fields {
        [one] => one.length(),
        many => many.iter().map(|field| field.length().next_multiple_of(4)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concatenation_has_the_number_and_the_length_that_nft_gives_it() {
        let names = [DataType::IfName, DataType::IfName];
        assert_eq!((concatenation(&names), length(&names)), (0xa69, 32));
        assert_eq!(fields(0xa69).as_deref(), Some(&names[..]));
        assert_eq!(length(&[DataType::Service, DataType::Protocol]), 8);
    }

    #[test]
    fn unknown_type_is_none() {
        assert_eq!(fields(63), None);
    }
}
