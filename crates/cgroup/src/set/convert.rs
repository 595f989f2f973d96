//! Values of version 1, in which the OCI specification thinks, for version 2.

use crate::{Limit, SetError};

/// The weight (1 to 10,000) for shares (2 to 262,144).
///
/// A quadratic curve through what both call the least, the usual (1,024 and 100) and the most: the straight line that was used
/// before gave the usual 39. `runc` and `crun` use it too.
pub(crate) fn weight_of_shares(shares: u64) -> u64 {
    const LEAST: u64 = 2;
    const MOST: u64 = 1 << 18;
    if shares <= LEAST {
        return 1;
    }
    if shares >= MOST {
        return 10_000;
    }
    let bits = f64::from(u32::try_from(shares).expect("it is below 2^18")).log2();
    let exponent = (bits * bits + 125.0 * bits) / 612.0 - 7.0 / 34.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and 10,000")]
    let weight = 10_f64.powf(exponent).ceil() as u64;
    weight.clamp(1, 10_000)
}

/// The shares of a group whose weight (1 to 10,000) is as much more or less than the usual.
pub(crate) fn shares_of_weight(weight: u64) -> u64 {
    (weight.saturating_mul(1024) / 100).clamp(2, 1 << 18)
}

/// The weight of `io.weight` (1 to 10,000) for one of `blkio.weight` (10 to 1,000).
pub(crate) fn io_weight(weight: u16) -> u64 {
    1 + (u64::from(weight).clamp(10, 1000) - 10) * 9999 / 990
}

/// The limit of swap alone, of a limit of memory and swap together; `None` leaves it as it is.
pub(crate) fn swap_alone(limit: Option<Limit>, swap: Option<Limit>) -> Result<Option<Limit>, SetError> {
    match (limit, swap) {
        // Memory without limit has swap without one, as in version 1.
        (Some(Limit::Max), None) | (_, Some(Limit::Max)) => Ok(Some(Limit::Max)),
        (_, None) => Ok(None),
        (None, Some(Limit::At(_))) => Err(SetError::SwapAlone),
        (Some(Limit::Max), Some(swap)) => Ok(Some(swap)),
        (Some(Limit::At(limit)), Some(Limit::At(swap))) => match swap.checked_sub(limit) {
            Some(alone) => Ok(Some(Limit::At(alone))),
            None => Err(SetError::SwapBelowMemory { swap, limit }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_known_points_of_the_curve() {
        // Reckoned from the formula apart from this code; 2, 1,024 and 262,144 are the points that it was made for.
        let known = [
            (0, 1),
            (2, 1),
            (3, 2),
            (512, 59),
            (1024, 100),
            (2048, 174),
            (262_144, 10_000),
            (u64::MAX, 10_000),
        ];
        for (shares, weight) in known {
            assert_eq!(weight_of_shares(shares), weight, "{shares}");
        }
        assert_eq!([10, 100, 500, 1000].map(io_weight), [1, 910, 4950, 10_000]);
        assert_eq!([1, 100, 200, 10_000].map(shares_of_weight), [10, 1024, 2048, 102_400]);
    }

    #[test]
    fn swap_is_what_is_left_of_both() {
        let at = |value| Some(Limit::At(value));
        assert_eq!(swap_alone(at(100), at(300)).unwrap(), at(200));
        assert_eq!(swap_alone(at(100), at(100)).unwrap(), at(0));
        assert_eq!(swap_alone(at(100), None).unwrap(), None);
        assert_eq!(swap_alone(at(100), Some(Limit::Max)).unwrap(), Some(Limit::Max));
        assert_eq!(swap_alone(Some(Limit::Max), None).unwrap(), Some(Limit::Max));
        assert!(matches!(
            swap_alone(at(100), at(99)),
            Err(SetError::SwapBelowMemory { swap: 99, limit: 100 })
        ));
        assert!(matches!(swap_alone(None, at(1)), Err(SetError::SwapAlone)));
    }

    proptest! {
        #[test]
        fn more_shares_are_no_less_weight(shares in 0..300_000_u64, more in 0..1000_u64) {
            let (less, more) = (weight_of_shares(shares), weight_of_shares(shares + more));
            prop_assert!((1..=10_000).contains(&less) && less <= more);
        }

        #[test]
        fn io_weights_are_in_their_range(weight: u16) {
            prop_assert!((1..=10_000).contains(&io_weight(weight)));
        }
    }
}
