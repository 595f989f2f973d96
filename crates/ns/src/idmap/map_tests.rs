use super::*;
use proptest::prelude::*;

fn extent(inside: u32, outside: u32, count: u32) -> Extent {
    Extent { inside, outside, count }
}

fn map(text: &str) -> IdMap {
    IdMap::from_proc(text).unwrap()
}

#[test]
fn each_fault_is_named() {
    let empty = extent(0, 5, 0);
    assert_eq!(IdMap::new([empty]), Err(MapError::Empty { extent: empty }));
    for (past, side) in [
        (extent(u32::MAX, 0, 1), Side::Inside),
        (extent(1, 0, u32::MAX), Side::Inside),
        (extent(0, u32::MAX, 1), Side::Outside),
        (extent(0, 4_294_967_290, 6), Side::Outside),
    ] {
        assert_eq!(IdMap::new([past]), Err(MapError::PastEnd { extent: past, side }));
    }
    let (low, high) = (extent(0, 1000, 10), extent(9, 2000, 10));
    let inside = MapError::Overlap { first: low, second: high, id: 9, side: Side::Inside };
    assert_eq!(IdMap::new([high, low]), Err(inside));
    let (low, high) = (extent(0, 1000, 10), extent(100, 1009, 10));
    let outside = MapError::Overlap { first: low, second: high, id: 1009, side: Side::Outside };
    assert_eq!(IdMap::new([high, low]), Err(outside));
}

#[test]
fn the_whole_range_of_ids_fits() {
    assert_eq!(IdMap::new([extent(0, 0, u32::MAX)]).unwrap().len(), u32::MAX);
}

#[test]
fn at_most_340_ranges() {
    let ranges = |count: u32| (0..count).map(|n| extent(n * 2, n * 3, 1));
    assert_eq!(IdMap::new(ranges(340)).unwrap().extents().len(), 340);
    assert_eq!(IdMap::new(ranges(341)), Err(MapError::TooMany { count: 341 }));
}

#[test]
fn neighbours_are_joined_before_they_are_counted() {
    let joined = IdMap::new((0..1000).map(|n| extent(n, 5000 + n, 1))).unwrap();
    assert_eq!(joined.extents(), [extent(0, 5000, 1000)]);
}

#[test]
fn less_than_a_page_of_text() {
    let long = |count: u32| (0..count).map(|n| extent(4_000_000_000 + n * 9, 3_000_000_000 + n * 8, 7));
    assert!(IdMap::new(long(170)).is_ok());
    assert_eq!(IdMap::new(long(171)), Err(MapError::TooLong { bytes: 171 * 24 }));
}

#[test]
fn the_kernels_text_is_read_with_its_padding() {
    let read = map("         0       1000          1\n         1     100000      65536\n");
    assert_eq!(read.extents(), [extent(0, 1000, 1), extent(1, 100_000, 65536)]);
    assert!(matches!(IdMap::from_proc("0 0\n"), Err(ParseMapError::Line { number: 1, .. })));
    assert!(matches!(IdMap::from_proc("0 0 0\n"), Err(ParseMapError::Map { .. })));
}

#[test]
fn ids_that_the_reader_lacks_stay_unseen() {
    let read = map("0 4294967295 10\n20 4294967295 10\n40 7 1\n");
    assert_eq!(read.to_outside(5), None);
    assert_eq!(read.to_outside(40), Some(7));
    assert_eq!(read.to_inside(u32::MAX), None);
}

#[test]
fn pinning_root_moves_the_rest_up_and_drops_the_topmost() {
    let all = IdMap::with_pinned(Extent::single(0, 1000), &[extent(0, 100_000, 65536)]).unwrap();
    assert_eq!(all, map("0 1000 1\n1 100000 65535\n"));
}

#[test]
fn pinning_in_the_middle_splits() {
    let all = IdMap::with_pinned(Extent::single(1000, 1000), &[extent(0, 100_000, 65536)]).unwrap();
    assert_eq!(all, map("0 100000 1000\n1000 1000 1\n1001 101000 64535\n"));
}

#[test]
fn pinning_an_outside_id_of_the_range_splits() {
    let all = IdMap::with_pinned(Extent::single(70_000, 500), &[extent(0, 0, 1000)]).unwrap();
    assert_eq!(all, map("0 0 500\n500 501 499\n70000 500 1\n"));
    let all = IdMap::with_pinned(Extent::single(0, 500), &[extent(0, 0, 1000)]).unwrap();
    assert_eq!(all, map("0 500 1\n1 0 500\n501 501 499\n"));
}

#[test]
fn pinning_beside_a_range_leaves_it_whole() {
    let all = IdMap::with_pinned(Extent::single(10, 2000), &[extent(0, 1000, 10)]).unwrap();
    assert_eq!(all, map("0 1000 10\n10 2000 1\n"));
}

#[test]
fn an_id_that_the_parent_lacks_is_found_across_ranges() {
    let parent = map("0 1000 10\n10 5000 10\n30 6000 10\n");
    assert_eq!(parent.first_unmapped_in(&map("0 0 20\n")), None);
    assert_eq!(parent.first_unmapped_in(&map("0 5 20\n")), Some(20));
    assert_eq!(parent.first_unmapped_in(&map("0 30 10\n10 40 1\n")), Some(40));
    assert_eq!(parent.pass_through(), map("0 0 20\n30 30 10\n"));
}

fn any_extent() -> impl Strategy<Value = Extent> {
    (0..200u32, 0..200u32, 1..40u32).prop_map(|(inside, outside, count)| extent(inside, outside, count))
}

proptest! {
    #[test]
    fn reading_what_was_printed_is_the_identity(extents in prop::collection::vec(any_extent(), 0..4)) {
        if let Ok(map) = IdMap::new(extents) {
            prop_assert_eq!(IdMap::from_proc(&map.to_string()), Ok(map));
        }
    }

    #[test]
    fn any_text_reads_or_is_refused(text in "[0-9 \n]*|.*") {
        let _ = IdMap::from_proc(&text);
    }

    #[test]
    fn validity_and_translation_agree_with_the_plain_definition(
        extents in prop::collection::vec(any_extent(), 0..4),
    ) {
        let pairs: Vec<(u32, u32)> =
            extents.iter().flat_map(|e| (0..e.count).map(|n| (e.inside + n, e.outside + n))).collect();
        let unique = |pick: fn(&(u32, u32)) -> u32| {
            pairs.iter().map(pick).collect::<std::collections::BTreeSet<_>>().len() == pairs.len()
        };
        match IdMap::new(extents) {
            Ok(map) => {
                prop_assert!(unique(|pair| pair.0) && unique(|pair| pair.1));
                for (inside, outside) in &pairs {
                    prop_assert_eq!(map.to_outside(*inside), Some(*outside));
                    prop_assert_eq!(map.to_inside(*outside), Some(*inside));
                }
                prop_assert_eq!(map.len() as usize, pairs.len());
            }
            Err(MapError::Overlap { .. }) => prop_assert!(!(unique(|pair| pair.0) && unique(|pair| pair.1))),
            Err(other) => prop_assert!(false, "unexpected {other}"),
        }
    }

    #[test]
    fn pinning_pairs_up_what_is_left_in_order(range in any_extent(), inside in 0..250u32, outside in 0..250u32) {
        let map = IdMap::with_pinned(Extent::single(inside, outside), &[range]).unwrap();
        prop_assert_eq!(map.to_outside(inside), Some(outside));
        let left = (range.inside..range.inside + range.count).filter(|id| *id != inside);
        let right = (range.outside..range.outside + range.count).filter(|id| *id != outside);
        let mut pairs = 1;
        for (inside, outside) in left.zip(right) {
            prop_assert_eq!(map.to_outside(inside), Some(outside));
            pairs += 1;
        }
        prop_assert_eq!(map.len(), pairs);
    }
}
