//! Id maps, as the user writes them and as the kernel prints them.
#![no_main]
use insula_ns::idmap::{Extent, IdMap, Ranges};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(extent) = text.parse::<Extent>() {
        assert_eq!(extent.to_string().parse::<Extent>().ok(), Some(extent));
    }
    if let Ok(Ranges::Extents(extents)) = text.parse::<Ranges>()
        && let Ok(map) = IdMap::new(extents)
    {
        // Whatever is accepted is one-to-one at the ends of each extent.
        for extent in map.extents() {
            for inside in [extent.inside, extent.inside + (extent.count - 1)] {
                assert_eq!(map.to_outside(inside).and_then(|outside| map.to_inside(outside)), Some(inside));
            }
        }
    }
    if let Ok(map) = IdMap::from_proc(text) {
        assert_eq!(IdMap::from_proc(&map.to_string()).ok().as_ref(), Some(&map));
    }
});
