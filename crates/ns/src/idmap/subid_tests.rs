use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::idmap::test_files::TestFiles;
use proptest::prelude::*;

fn range(start: u32, count: u32) -> Granted {
    Granted { start, count }
}

#[test]
fn ranges_are_found_by_name_and_by_number_in_order() {
    let files = TestFiles::new();
    files.write("subuid", "ada:100000:65536\nbob:1:1\n1000:300000:10\nada:200000:5\n");
    let subids = files.sources.subids(IdKind::Uid, 1000).unwrap();
    assert_eq!(subids.ranges(), [range(100_000, 65536), range(300_000, 10), range(200_000, 5)]);
    assert_eq!(subids.first(), range(100_000, 65536));
    assert_eq!(*subids.origin(), Origin::File(files.sources.subuid.clone()));
    assert_eq!(subids.skipped(), []);
}

#[test]
fn a_user_without_a_name_has_the_ranges_of_the_number() {
    let files = TestFiles::new();
    files.write("subgid", "4242:70:3\n");
    assert_eq!(files.sources.subids(IdKind::Gid, 4242).unwrap().ranges(), [range(70, 3)]);
}

#[test]
fn garbage_is_passed_over_and_told() {
    let files = TestFiles::new();
    files.write("subuid", "# me\n\nada:1\n ada:10:5 \nada:x:5\nada:5:0\nada:4294967295:1\n:1:1\n\u{0}\n");
    let subids = files.sources.subids(IdKind::Uid, 1000).unwrap();
    assert_eq!(subids.ranges(), [range(10, 5)]);
    let numbers: Vec<usize> = subids.skipped().iter().map(|line| line.number).collect();
    assert_eq!(numbers, [3, 5, 6, 7, 8, 9]);
    assert_eq!(subids.skipped()[0].text, "ada:1");
}

#[test]
fn no_range_names_the_file_and_the_user() {
    let files = TestFiles::new();
    let error = files.sources.subids(IdKind::Uid, 1000).unwrap_err();
    let file = files.sources.subuid.display();
    assert_eq!(error.to_string(), format!("`{file}` grants no user ids to `ada` (uid 1000)"));
    assert_eq!(error.hint().unwrap(), "as root: `usermod --add-subuids 100000-165535 ada`");
    let error = files.sources.subids(IdKind::Gid, 77).unwrap_err();
    assert!(
        error.to_string().ends_with("grants no group ids to uid 77, which has no name in the password file")
    );
    assert!(error.hint().unwrap().contains("`useradd --uid 77 NAME`"));
}

#[test]
fn another_source_is_asked_through_getsubids() {
    let files = TestFiles::new();
    files.write("subuid", "ada:1:1\n");
    files.write("nsswitch", "passwd: files\nsubid: sss # the directory\n");
    files.script("getsubids", "case $*:$LANG in '-g ada'*) echo '0: ada 7 8';; *) echo '0: ada 5 6';; esac");
    assert_eq!(files.sources.subids(IdKind::Uid, 1000).unwrap().ranges(), [range(5, 6)]);
    let groups = files.sources.subids(IdKind::Gid, 1000).unwrap();
    assert_eq!(groups.ranges(), [range(7, 8)]);
    assert_eq!(*groups.origin(), Origin::Program(files.sources.getsubids()));
}

#[test]
fn getsubids_may_fail_or_be_missing() {
    let files = TestFiles::new();
    files.write("nsswitch", "subid: sss\n");
    assert!(matches!(files.sources.subids(IdKind::Uid, 1000), Err(SubIdError::Run { .. })));
    files.script("getsubids", "echo 'Error fetching ranges' >&2; exit 1");
    let error = files.sources.subids(IdKind::Uid, 1000).unwrap_err();
    assert!(
        error.to_string().ends_with("failed for `ada` (exit status: 1): Error fetching ranges"),
        "{error}"
    );
    files.script("getsubids", "");
    let error = files.sources.subids(IdKind::Uid, 1000).unwrap_err();
    assert!(matches!(error, SubIdError::NoRange { origin: Origin::Program(_), .. }));
}

#[test]
fn files_first_means_files() {
    for text in ["", "subid: files sss\n", "# subid: sss\n", "subid:\n", "subid: # sss\n", "subids: sss\n"] {
        assert!(!names_other_source(text), "{text:?}");
    }
    assert!(names_other_source(" subid:\tsss files\n"));
}

#[test]
fn a_file_that_may_not_be_read_is_an_error() {
    let files = TestFiles::new();
    std::fs::create_dir(&files.sources.subuid).unwrap();
    assert!(matches!(files.sources.subids(IdKind::Uid, 1000), Err(SubIdError::Read { .. })));
}

#[test]
fn a_helper_must_be_there_and_have_privilege() {
    let files = TestFiles::new();
    let missing = files.sources.helper(IdKind::Uid).unwrap_err();
    assert!(missing.to_string().starts_with("`newuidmap` is not installed"));
    assert!(missing.hint().contains("`uidmap`"));
    let path = files.script("newuidmap", "");
    let plain = files.sources.helper(IdKind::Uid).unwrap_err();
    assert_eq!(
        plain,
        crate::idmap::HelperError::Unprivileged { path: path.clone(), capability: "CAP_SETUID" }
    );
    if rustix::process::geteuid().is_root() {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o4755)).unwrap();
        match files.sources.helper(IdKind::Uid) {
            Ok(program) => assert_eq!(program.to_str().unwrap(), path.to_str().unwrap()),
            Err(error) => assert!(matches!(error, crate::idmap::HelperError::NoSuid { .. }), "{error}"),
        }
    }
}

proptest! {
    #[test]
    fn any_text_parses(text in "(([a-z#]{0,2}:){0,3}[0-9]{0,11}\n?){0,5}|.*") {
        let _ = parse_file(&text, Some("ada"), 1000);
        let _ = parse_listing(&text);
        let _ = names_other_source(&text);
    }

    #[test]
    fn runs_and_distinct_ranges_agree_with_the_plain_definition(
        ranges in prop::collection::vec((0..60u32, 1..20u32), 1..6),
        first in 0..90u32,
        count in 1..90u32,
    ) {
        let ids: std::collections::BTreeSet<u32> =
            ranges.iter().flat_map(|(start, count)| *start..start + count).collect();
        let subids = SubIds {
            ranges: ranges.into_iter().map(|(start, count)| range(start, count)).collect(),
            origin: Origin::File("subuid".into()),
            skipped: Vec::new(),
        };
        let run = (first..first + count).take_while(|id| ids.contains(id)).count();
        prop_assert_eq!(subids.run_from(first, count) as usize, run);
        let distinct: Vec<u32> =
            subids.distinct().into_iter().flat_map(|(start, count)| start..start + count).collect();
        prop_assert_eq!(distinct, ids.into_iter().collect::<Vec<_>>());
    }
}
