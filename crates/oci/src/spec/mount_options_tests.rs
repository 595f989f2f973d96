use proptest::prelude::*;

use super::*;

fn parse(options: &str) -> MountOptions<'static> {
    let options: &'static [String] = options.split(',').map(String::from).collect::<Vec<_>>().leak();
    MountOptions::parse(options)
}

#[test]
fn attributes_are_set_cleared_and_recursive() {
    let options = parse("nosuid,dev,ro,noexec,nosymfollow,rro,rdev,rnodiratime");
    let expected = attribute::NOSUID | attribute::RDONLY | attribute::NOEXEC | attribute::NOSYMFOLLOW;
    assert_eq!(options.attributes, AttributeChange { set: expected, clear: attribute::NODEV });
    let recursive = attribute::RDONLY | attribute::NODIRATIME;
    assert_eq!(options.recursive, AttributeChange { set: recursive, clear: attribute::NODEV });
    assert_eq!(options.data, [""; 0]);
}

#[test]
fn of_contradicting_options_the_last_counts() {
    assert_eq!(parse("ro,rw").attributes, AttributeChange { set: 0, clear: attribute::RDONLY });
    assert_eq!(parse("rw,ro").attributes, AttributeChange { set: attribute::RDONLY, clear: 0 });
    assert_eq!(parse("sync,async").file_system, FileSystemFlags { set: 0, clear: 16 });
    assert_eq!(parse("bind,rbind").binding, Some(Binding::Recursive));
}

/// What `mount_setattr(2)` demands: the choice is cleared as a whole, and one of three.
#[test]
fn access_times_are_one_choice() {
    let time = |options: &str| {
        let change = parse(options).attributes;
        (change.set, change.clear)
    };
    assert_eq!(time("noatime,strictatime"), (attribute::STRICTATIME, attribute::ATIME));
    assert_eq!(time("relatime"), (0, attribute::ATIME));
    assert_eq!(time("noatime,atime"), (0, attribute::ATIME));
    assert_eq!(time("strictatime,atime"), (attribute::STRICTATIME, attribute::ATIME));
    assert_eq!(time("noatime,nostrictatime"), (attribute::NOATIME, attribute::ATIME));
    assert_eq!(time("norelatime"), (0, 0));
    assert_eq!(
        parse("rnoatime").recursive,
        AttributeChange { set: attribute::NOATIME, clear: attribute::ATIME }
    );
}

#[test]
fn the_rest_is_data_in_its_order() {
    let options = parse("newinstance,ptmxmode=0666,defaults,rprivate,slave,gid=5,tmpcopyup,ridmap,remount");
    assert_eq!(options.data, ["newinstance", "ptmxmode=0666", "gid=5"]);
    assert_eq!(options.propagation.iter().map(|one| one.name()).collect::<Vec<_>>(), ["rprivate", "slave"]);
    assert!(options.copy_up && options.remount);
    assert_eq!(options.id_mapped, Some(Mapped::Recursive));
}

#[test]
fn flags_of_the_file_system_are_words_of_fsconfig() {
    let options = parse("sync,dirsync,silent,iversion,lazytime,mand");
    assert_eq!(options.file_system.words().collect::<Vec<_>>(), ["sync", "mand", "dirsync", "lazytime"]);
}

/// What `runc features` of runc 1.1 lists, but for `acl` and `noacl`, which newer ones leave to the file system.
#[test]
fn every_option_of_runc_is_known_and_is_no_data() {
    let runc = "async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev \
        nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime \
        rbind rdev rdiratime relatime remount rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime \
        rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw \
        shared silent slave strictatime suid symfollow sync tmpcopyup unbindable";
    let known = MountOptions::known();
    for name in runc.split_whitespace() {
        assert!(known.iter().any(|one| one == name), "{name}");
    }
    assert_eq!(known.len(), runc.split_whitespace().count() + ["idmap", "ridmap"].len());
    assert!(MountOptions::parse(&known).data.is_empty());
}

proptest! {
    #[test]
    fn attributes_keep_the_rules_of_mount_setattr(picks in prop::collection::vec(0..64_usize, 0..20)) {
        let known = MountOptions::known();
        let options: Vec<_> = picks.iter().map(|&pick| known[pick % known.len()].clone()).collect();
        let parsed = MountOptions::parse(&options);
        for change in [parsed.attributes, parsed.recursive] {
            let time = change.clear & attribute::ATIME;
            prop_assert!(time == 0 || time == attribute::ATIME);
            prop_assert!(change.set & attribute::ATIME == 0 || time == attribute::ATIME);
            prop_assert_eq!(change.set & change.clear & !attribute::ATIME, 0);
            prop_assert_ne!(change.set & attribute::ATIME, attribute::ATIME);
        }
    }
}
