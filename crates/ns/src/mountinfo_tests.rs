use super::*;
use proptest::prelude::*;

fn one(line: &str) -> Mount<'_> {
    parse(line.as_bytes()).next().unwrap().unwrap()
}

#[test]
fn the_example_of_the_man_page() {
    let mount = one("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue");
    assert_eq!((mount.id, mount.parent, mount.device), (36, 35, Device { major: 98, minor: 0 }));
    assert_eq!((&*mount.root, &*mount.mount_point), ("/mnt1".as_ref(), "/mnt2".as_ref()));
    assert!(mount.has_option("noatime") && !mount.has_option("no"));
    assert_eq!(mount.propagation, Propagation { master: Some(1), ..Propagation::default() });
    assert_eq!((&*mount.fs_type, &*mount.source), ("ext3".as_ref(), "/dev/root".as_ref()));
    assert_eq!(&*mount.super_options, "rw,errors=continue");
}

#[test]
fn optional_fields_may_be_none_many_or_new() {
    assert_eq!(one("1 1 0:1 / / rw - rootfs rootfs rw").propagation, Propagation::default());
    let line = "1 1 0:1 / / rw shared:2 master:3 propagate_from:4 unbindable newer:5 - tmpfs t rw";
    let all = Propagation { shared: Some(2), master: Some(3), propagate_from: Some(4), unbindable: true };
    assert_eq!(one(line).propagation, all);
}

#[test]
fn a_source_may_be_empty() {
    let mount = one("1 1 0:1 / / rw - tmpfs  rw,size=4k");
    assert_eq!((&*mount.source, &*mount.super_options), ("".as_ref(), "rw,size=4k".as_ref()));
}

#[test]
fn a_namespace_file_is_known_by_its_root() {
    let mount = one("90 26 0:4 net:[4026532000] /run/netns/blue rw shared:7 - nsfs nsfs rw");
    assert_eq!(mount.namespace(), Some((Kind::Net, 4_026_532_000)));
    assert_eq!(one("90 26 0:4 /net:[4026532000] /x rw - ext4 nsfs rw").namespace(), None);
}

#[test]
fn a_faulty_line_is_told_with_its_field_and_the_rest_is_read() {
    let text = b"1 1 0:1 / / rw - rootfs rootfs rw\n1 1 0 / / rw - a b c\n1 1 0:1 / / rw a b c\n\n2 1 0:1 / / rw - a b c\n";
    let all: Vec<_> = parse(text).collect();
    assert_eq!(all.len(), 4);
    let field =
        |index: usize| all[index].as_ref().map(|mount| mount.id).map_err(|error| (error.number, error.field));
    assert_eq!(field(1), Err((2, "device number")));
    assert_eq!(field(2), Err((3, "separator")));
    assert_eq!(field(3), Ok(2));
}

#[test]
fn only_whole_escapes_are_undone() {
    assert_eq!(&*unescape(b"a\\040b\\011\\134\\043"), "a b\t\\#");
    for literal in ["\\", "\\04", "\\4", "\\400", "\\08x", "\\x41"] {
        assert_eq!(&*unescape(literal.as_bytes()), literal);
    }
}

#[test]
fn our_own_mounts_parse() {
    let text = std::fs::read("/proc/self/mountinfo").unwrap();
    let mounts: Vec<_> = parse(&text).collect::<Result<_, _>>().unwrap();
    assert!(mounts.iter().any(|mount| &*mount.mount_point == "/proc" && &*mount.fs_type == "proc"));
}

/// What the kernel's `seq_escape` does.
fn escape(bytes: &[u8]) -> Vec<u8> {
    let escaped = |byte: &u8| match byte {
        b' ' | b'\t' | b'\n' | b'\\' | b'#' => format!("\\{byte:03o}").into_bytes(),
        _ => vec![*byte],
    };
    bytes.iter().flat_map(escaped).collect()
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![prop::collection::vec(1..=255_u8, 0..12), "[a-z/ \\\\#\t]{0,12}".prop_map(String::into_bytes),]
}

proptest! {
    #[test]
    fn what_the_kernel_would_write_is_read_back(
        (id, parent, major, minor) in any::<(u32, u32, u32, u32)>(),
        (root, mount_point, source, super_options) in (name(), name(), name(), name()),
        options in "[a-z,=]{0,12}",
        fs_type in "[a-z.]{1,12}",
        (shared, master, propagate_from, unbindable) in any::<(Option<u32>, Option<u32>, Option<u32>, bool)>(),
    ) {
        let propagation = Propagation { shared, master, propagate_from, unbindable };
        let mut line = format!("{id} {parent} {major}:{minor} ").into_bytes();
        line.extend(escape(&root));
        line.push(b' ');
        line.extend(escape(&mount_point));
        line.extend(format!(" {options}").bytes());
        for (word, group) in [("shared", shared), ("master", master), ("propagate_from", propagate_from)] {
            line.extend(group.map(|group| format!(" {word}:{group}")).unwrap_or_default().bytes());
        }
        line.extend(if unbindable { " unbindable" } else { "" }.bytes());
        line.extend(format!(" - {fs_type} ").bytes());
        line.extend(escape(&source));
        line.push(b' ');
        line.extend(escape(&super_options));
        let expected = Mount {
            id,
            parent,
            device: Device { major, minor },
            root: OsStr::from_bytes(&root).into(),
            mount_point: OsStr::from_bytes(&mount_point).into(),
            options: OsStr::new(&options),
            propagation,
            fs_type: OsStr::new(&fs_type).into(),
            source: OsStr::from_bytes(&source).into(),
            super_options: OsStr::from_bytes(&super_options).into(),
        };
        prop_assert_eq!(parse(&line).collect::<Vec<_>>(), [Ok(expected)]);
    }

    #[test]
    fn any_bytes_parse_or_are_refused(text: Vec<u8>) {
        let _ = parse(&text).count();
    }
}
