use super::*;
use crate::idmap::map::MapError;
use crate::idmap::test_files::TestFiles;

const MAP_CAPABILITIES: CapabilitySet =
    CapabilitySet::SETUID.union(CapabilitySet::SETGID).union(CapabilitySet::SETFCAP);

fn ada() -> Caller {
    Caller { uid: 1000, gid: 1000, euid: 1000, egid: 1000, capabilities: CapabilitySet::empty() }
}

fn root() -> Caller {
    Caller { uid: 0, gid: 0, euid: 0, egid: 0, capabilities: MAP_CAPABILITIES }
}

fn maps(uid: &str, gid: &str, setgroups: SetGroups) -> IdMaps {
    IdMaps { uid: IdMap::from_proc(uid).unwrap(), gid: IdMap::from_proc(gid).unwrap(), setgroups }
}

fn subids(files: &TestFiles) {
    files.write("subuid", "ada:100000:65536\nada:1001:5\n");
    files.write("subgid", "ada:100000:65536\n");
}

/// A program that passes for a helper; `None` where a test can't make one.
fn helpers(files: &TestFiles) -> Option<()> {
    use std::os::unix::fs::PermissionsExt;
    for name in ["newuidmap", "newgidmap"] {
        let path = files.script(name, "");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o4755)).unwrap();
    }
    files.sources.helper(IdKind::Uid).ok().map(drop)
}

#[test]
fn ones_own_id_is_written_by_the_new_process() {
    let files = TestFiles::new();
    std::fs::remove_file(files.sources.parent.join("uid_map")).unwrap();
    let expected = MapPlan {
        setgroups: SetGroups::Deny,
        uid: Writing::Itself(b"0 1000 1\n".to_vec()),
        gid: Writing::Itself(b"0 1000 1\n".to_vec()),
    };
    assert_eq!(IdMaps::root_only(1000, 1000).unwrap().plan(&ada(), &files.sources).unwrap(), expected);
    let unchanged = maps("0 1000 1\n", "0 1000 1\n", SetGroups::Unchanged);
    assert_eq!(unchanged.plan(&ada(), &files.sources).unwrap(), expected, "the kernel wants `deny`");
    let kept = IdMaps::keep_my_id(0, 0).unwrap().plan(&root(), &files.sources).unwrap();
    assert_eq!(kept.uid, Writing::Itself(b"0 0 1\n".to_vec()));
    assert_eq!(kept.gid, Writing::Itself(b"0 0 1\n".to_vec()));
}

#[test]
fn privilege_keeps_setgroups_by_writing_from_outside() {
    let files = TestFiles::new();
    for setgroups in [SetGroups::Unchanged, SetGroups::Allow] {
        let plan = maps("0 0 1\n", "0 0 1\n", setgroups).plan(&root(), &files.sources).unwrap();
        assert_eq!(plan.setgroups, setgroups);
        assert_eq!(plan.uid, Writing::Itself(b"0 0 1\n".to_vec()));
        assert_eq!(plan.gid, Writing::Outside(b"0 0 1\n".to_vec()));
    }
    let error = maps("0 1000 1\n", "0 1000 1\n", SetGroups::Allow).plan(&ada(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::SetGroupsAllowed));
}

#[test]
fn privilege_writes_any_map_that_the_parent_has() {
    let files = TestFiles::new();
    let plan =
        maps("0 5000 100\n", "0 6000 7\n", SetGroups::Unchanged).plan(&root(), &files.sources).unwrap();
    assert_eq!(plan.uid, Writing::Outside(b"0 5000 100\n".to_vec()));
    assert_eq!(plan.gid, Writing::Outside(b"0 6000 7\n".to_vec()));
    files.write("gid_map", "0 100000 6005\n");
    let error =
        maps("0 5000 100\n", "0 6000 7\n", SetGroups::Unchanged).plan(&root(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::NotInParent { kind: IdKind::Gid, id: 6005, .. }), "{error}");
    assert!(error.hint().is_some());
}

#[test]
fn user_0_outside_needs_setfcap() {
    let files = TestFiles::new();
    let bare = Caller { capabilities: CapabilitySet::SETUID.union(CapabilitySet::SETGID), ..root() };
    for map in ["0 0 1\n", "5 0 9\n"] {
        let error = maps(map, "", SetGroups::Unchanged).plan(&bare, &files.sources).unwrap_err();
        assert!(matches!(error, PlanError::RootWithoutSetFcap { .. }), "{map}");
    }
    assert!(maps("0 1 9\n", "0 0 9\n", SetGroups::Unchanged).plan(&bare, &files.sources).is_ok());
}

#[test]
fn an_empty_map_is_not_written() {
    let plan = IdMaps::default().plan(&ada(), &TestFiles::new().sources).unwrap();
    assert_eq!(
        plan,
        MapPlan { setgroups: SetGroups::Unchanged, uid: Writing::Nothing, gid: Writing::Nothing }
    );
}

#[test]
fn granted_ranges_go_through_the_helpers() {
    let files = TestFiles::new();
    subids(&files);
    let both = maps("0 1000 1\n1 100000 65535\n", "0 1000 1\n1 100000 65535\n", SetGroups::Unchanged);
    let Some(()) = helpers(&files) else {
        let error = both.plan(&ada(), &files.sources).unwrap_err();
        assert!(
            matches!(error, PlanError::Helper { .. }),
            "not root, so the program is not set-user-ID root"
        );
        return;
    };
    let plan = both.plan(&ada(), &files.sources).unwrap();
    assert_eq!(plan.setgroups, SetGroups::Unchanged, "newgidmap leaves it allowed");
    let Writing::Helper { program, arguments } = plan.uid else { panic!("{:?}", plan.uid) };
    assert_eq!(program.to_str().unwrap(), files.sources.parent.join("newuidmap").to_str().unwrap());
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap()).collect();
    assert_eq!(words, ["0", "1000", "1", "1", "100000", "65535"]);

    // One range of the map, but no single grant: the helper must see two.
    let joined = maps("0 1000 6\n", "", SetGroups::Unchanged).plan(&ada(), &files.sources).unwrap();
    let Writing::Helper { arguments, .. } = joined.uid else { panic!("{:?}", joined.uid) };
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str().unwrap()).collect();
    assert_eq!(words, ["0", "1000", "1", "1", "1001", "5"]);

    let error = maps("0 100000 70000\n", "", SetGroups::Unchanged).plan(&ada(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::RangeTooSmall { granted: 65536, uid: 1000, .. }), "{error}");
    let error = maps("0 500 1\n", "", SetGroups::Unchanged).plan(&ada(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::NotGranted { id: 500, uid: 1000, .. }), "{error}");
}

#[test]
fn refusals_come_before_anything_starts() {
    let files = TestFiles::new();
    let wanted = maps("0 100000 10\n", "", SetGroups::Unchanged);
    let error = wanted.plan(&ada(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::SubIds { source: SubIdError::NoRange { .. }, .. }), "{error}");
    assert!(error.hint().unwrap().contains("--add-subuids"));
    subids(&files);
    let error = wanted.plan(&ada(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::Helper { source: HelperError::Missing { .. }, .. }), "{error}");
    assert!(error.hint().unwrap().contains("`uidmap`"));
    files.script("newuidmap", "");
    let error = wanted.plan(&ada(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::Helper { source: HelperError::Unprivileged { .. }, .. }), "{error}");
    let changed = Caller { euid: 1001, ..ada() };
    let error = wanted.plan(&changed, &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::TwoIdentities { real: 1000, effective: 1001, .. }), "{error}");
    files.write("uid_map", "0 0 50000\n");
    let error = wanted.plan(&ada(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::NotInParent { id: 100_000, .. }), "{error}");
}

#[test]
fn the_highest_id_is_no_id() {
    assert!(matches!(IdMaps::root_only(u32::MAX, 0), Err(MapError::PastEnd { .. })));
    assert!(matches!(IdMaps::keep_my_id(0, u32::MAX), Err(MapError::PastEnd { .. })));
}

#[test]
fn a_parent_that_denies_setgroups_is_noticed() {
    let files = TestFiles::new();
    files.write("setgroups", "deny\n");
    let error = maps("", "0 0 1\n", SetGroups::Allow).plan(&root(), &files.sources).unwrap_err();
    assert!(matches!(error, PlanError::SetGroupsDeniedInParent));
    assert!(maps("", "0 0 1\n", SetGroups::Unchanged).plan(&root(), &files.sources).is_ok());
}
