use rustix::thread::CapabilitySet;

use super::*;
use crate::idmap::test_files::TestFiles;
use proptest::prelude::*;

fn ada() -> Caller {
    Caller { uid: 1000, gid: 1000, euid: 1000, egid: 1000, capabilities: CapabilitySet::empty() }
}

fn resolve(own: Option<u32>, ranges: &[&str], files: &TestFiles) -> Result<String, ResolveError> {
    let ranges = ranges.iter().map(|text| text.parse().unwrap()).collect();
    let request = IdRequest { own, ranges };
    request.resolve(IdKind::Uid, &ada(), &files.sources).map(|map| map.to_string())
}

#[test]
fn words_lists_and_the_old_order_parse() {
    assert_eq!("all".parse(), Ok(Ranges::All));
    assert_eq!("subids".parse(), Ok(Ranges::Subids));
    let two = vec![Extent::single(0, 1000), Extent { inside: 1, outside: 100_000, count: 5 }];
    assert_eq!("0:1000:1,1:100000:5".parse(), Ok(Ranges::Extents(two)));
    assert_eq!("1000,0,1".parse(), Ok(Ranges::Extents(vec![Extent::single(0, 1000)])));
    for text in ["", "auto,all", "0:0:1,", "1,2", "1,2,3,4", "Auto"] {
        assert!(text.parse::<Ranges>().is_err(), "{text}");
    }
}

#[test]
fn auto_and_subids_take_the_first_range() {
    let files = TestFiles::new();
    files.write("subuid", "ada:100000:65536\nada:300000:10\n");
    assert_eq!(resolve(None, &["auto"], &files).unwrap(), "0 100000 65536\n");
    assert_eq!(resolve(None, &["subids"], &files).unwrap(), "100000 100000 65536\n");
    assert_eq!(resolve(Some(0), &["auto"], &files).unwrap(), "0 1000 1\n1 100000 65535\n");
    assert_eq!(resolve(Some(0), &["subids"], &files).unwrap(), "0 1000 1\n100000 100000 65536\n");
    assert_eq!(
        resolve(Some(1000), &["auto"], &files).unwrap(),
        "0 100000 1000\n1000 1000 1\n1001 101000 64535\n"
    );
}

#[test]
fn all_subids_come_after_root() {
    let files = TestFiles::new();
    files.write("subuid", "ada:300000:10\nada:100000:5\nada:100003:4\n");
    files.write("subgid", "ada:100:2\n");
    let maps = IdMaps::all_subids(&ada(), &files.sources).unwrap();
    assert_eq!(maps.uid.to_string(), "0 1000 1\n1 100000 7\n8 300000 10\n");
    assert_eq!(maps.gid.to_string(), "0 1000 1\n1 100 2\n");
}

#[test]
fn all_is_what_the_parent_has() {
    let files = TestFiles::new();
    files.write("uid_map", " 0 1000 1\n 1 100000 65535\n");
    files.write("gid_map", " 5 5 5\n");
    let maps = IdMaps::all(&ada(), &files.sources).unwrap();
    assert_eq!(maps.uid.to_string(), "0 0 65536\n");
    assert_eq!(maps.gid.to_string(), "5 5 5\n");
    assert_eq!(resolve(Some(0), &["all"], &files).unwrap(), "0 1000 1\n1 0 1000\n1001 1001 64535\n");
}

#[test]
fn failures_say_what_was_asked_for() {
    let files = TestFiles::new();
    let error = resolve(None, &["auto"], &files).unwrap_err();
    assert_eq!(error.to_string(), "cannot map the user ids granted to the user");
    assert!(matches!(
        resolve(None, &["0:0:0"], &files),
        Err(ResolveError::Map { kind: IdKind::Uid, source: MapError::Empty { .. } })
    ));
    assert!(matches!(
        resolve(Some(0), &["0:0:0"], &files),
        Err(ResolveError::Map { source: MapError::Empty { .. }, .. })
    ));
    assert!(matches!(
        resolve(None, &["0:0:5", "4:100:5"], &files),
        Err(ResolveError::Map { source: MapError::Overlap { .. }, .. })
    ));
    assert!(matches!(
        resolve(Some(0), &["1:4294967290:6"], &files),
        Err(ResolveError::Map { source: MapError::PastEnd { .. }, .. })
    ));
    std::fs::remove_file(files.sources.parent.join("uid_map")).unwrap();
    assert!(matches!(
        resolve(None, &["all"], &files),
        Err(ResolveError::Parent { source: ParentMapError::Read { .. }, .. })
    ));
}

#[test]
fn nothing_asked_for_is_nothing() {
    assert_eq!(resolve(None, &[], &TestFiles::new()).unwrap(), "");
    assert_eq!(resolve(Some(7), &[], &TestFiles::new()).unwrap(), "7 1000 1\n");
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused(text in "[0-9:,]*|.*") {
        let _ = text.parse::<Ranges>();
    }
}
