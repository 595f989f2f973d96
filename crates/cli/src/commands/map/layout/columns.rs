//! Where things in a row stand, so that what is connected is near to being one above the other.

/// The nearest places to the `wanted` ones at which things of these `widths` stand in order, `gap` apart.
///
/// Least squares by pooling neighbours that would overlap; `weights` say how much each insists.
pub(super) fn settle(wanted: &[i64], weights: &[i64], widths: &[i32], gap: i32) -> Vec<i32> {
    // What is between the first thing's left edge and each one's, if they stand close.
    let mut offsets = Vec::with_capacity(widths.len());
    let mut offset = 0;
    for width in widths {
        offsets.push(offset);
        offset += i64::from(width + gap);
    }
    // Pools of things that stand close: the sum of what they want, their weight, and how many.
    let mut pools: Vec<(i64, i64, usize)> = Vec::new();
    for ((want, weight), offset) in wanted.iter().zip(weights).zip(&offsets) {
        let weight = (*weight).max(1);
        let mut pool = ((want - offset) * weight, weight, 1);
        while let Some(last) = pools.last()
            && last.0.div_euclid(last.1) > pool.0.div_euclid(pool.1)
        {
            pool = (pool.0 + last.0, pool.1 + last.1, pool.2 + last.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let starts =
        pools.iter().flat_map(|(sum, weight, count)| std::iter::repeat_n(sum.div_euclid(*weight), *count));
    let place = |(start, offset): (i64, &i64)| i32::try_from(start + offset).unwrap_or(i32::MAX / 4);
    starts.zip(&offsets).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_has_room_stands_where_it_wants() {
        assert_eq!(settle(&[0, 100, 300], &[1; 3], &[50, 50, 50], 10), [0, 100, 300]);
    }

    #[test]
    fn what_would_overlap_shares_the_way() {
        assert_eq!(settle(&[100, 100], &[1; 2], &[40, 40], 10), [75, 125]);
    }

    proptest! {
        #[test]
        fn nothing_overlaps(things in proptest::collection::vec((-500i64..500, 1i64..5, 1i32..200), 1..20)) {
            let wanted: Vec<i64> = things.iter().map(|thing| thing.0).collect();
            let weights: Vec<i64> = things.iter().map(|thing| thing.1).collect();
            let widths: Vec<i32> = things.iter().map(|thing| thing.2).collect();
            let places = settle(&wanted, &weights, &widths, 7);
            for index in 1..places.len() {
                prop_assert!(places[index] >= places[index - 1] + widths[index - 1] + 7);
            }
        }
    }
}
