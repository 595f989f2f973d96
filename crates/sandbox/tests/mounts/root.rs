//! Roots of a sandbox's own.

use insula_sandbox::mounts::{Attributes, Bind, Changes, Layers, Mount, Proc, Propagation, Root, Tmpfs};

use crate::world::{Scratch, as_both, inside, kinds, output, rooted, shell, succeed, with};

#[test]
fn root_is_the_directory_and_the_old_one_is_gone() {
    as_both("root::root_is_the_directory_and_the_old_one_is_gone", || {
        let scratch = Scratch::with_root();
        scratch.write("root/mark", "here");
        let sandbox = with(inside(&scratch), [Mount::Proc("/proc".into())]);
        let script = "cat /mark; pwd; ls / | wc -l; ls /.. | wc -l; wc -l < /proc/self/mountinfo; ls -d /proc/1/root/etc";
        let (text, _) = output(sandbox, script);
        let lines: Vec<&str> = text.lines().collect();
        // bin, mark and proc; two mounts: the root and procfs.
        assert_eq!(
            lines[..5],
            ["here/", "3", "3", "2", "ls: /proc/1/root/etc: No such file or directory"],
            "{text}"
        );
    });
}

#[test]
fn binds_tmpfs_and_their_attributes() {
    as_both("root::binds_tmpfs_and_their_attributes", || {
        let scratch = Scratch::with_root();
        scratch.write("source/file", "content");
        let plain = scratch.write("plain", "one file");
        let mut quiet = Bind::read_only(scratch.path("source"), "/deep/ro");
        quiet.attributes |= Attributes::NO_EXEC | Attributes::NO_SUID | Attributes::NO_DEV;
        let small = Tmpfs { size: Some(1 << 20), mode: 0o1777, ..Tmpfs::new("/tmp") };
        let mounts = [
            Mount::Proc(Proc { processes_only: true, .."/proc".into() }),
            Mount::Bind(Bind::new(scratch.path("source"), "/rw")),
            Mount::Bind(quiet),
            Mount::Bind(Bind::read_only(plain, "/etc/plain")),
            Mount::Tmpfs(small),
            Mount::Bind(Bind::new(scratch.path("source"), "/tmp/below")),
        ];
        let script = "cat /deep/ro/file /etc/plain; echo new > /rw/new; echo no > /deep/ro/no; echo no > /etc/plain;
            cat /tmp/below/new; stat -c %a /tmp; ls /proc/meminfo; grep -c 'ro,nosuid,nodev,noexec' /proc/self/mountinfo;
            dd if=/bin/busybox of=/tmp/big 2>&1 | grep -c space";
        let (text, _) = output(with(inside(&scratch), mounts), script);
        assert!(text.starts_with("contentone file"), "{text}");
        for expected in [
            "can't create /deep/ro/no: Read-only file system",
            "can't create /etc/plain: Read-only file system",
            "new\n1777\n",
            "ls: /proc/meminfo: No such file or directory\n1\n1\n",
        ] {
            assert!(text.contains(expected), "{expected:?} is not in {text}");
        }
        assert_eq!(scratch.read("source/new"), "new\n");
        // Mount points were made in the directory that was given as a root.
        assert!(scratch.exists("root/deep/ro") && scratch.exists("root/etc/plain"));
    });
}

#[test]
fn read_only_root_is_read_only_and_what_is_mounted_in_it_is_not() {
    as_both("root::read_only_root_is_read_only_and_what_is_mounted_in_it_is_not", || {
        let scratch = Scratch::with_root();
        let mut sandbox = with(inside(&scratch), [Mount::Tmpfs(Tmpfs::new("/tmp"))]);
        sandbox.mounts.read_only_root = true;
        let (text, _) = output(sandbox, "echo no > /no; rm /bin/cat; echo yes > /tmp/yes && cat /tmp/yes");
        assert!(text.contains("/no: Read-only file system"), "{text}");
        assert!(text.contains("'/bin/cat': Read-only file system"), "{text}");
        assert!(text.ends_with("yes\n"), "{text}");
    });
}

#[test]
fn tmpfs_root_takes_everything_by_binds() {
    as_both("root::tmpfs_root_takes_everything_by_binds", || {
        let scratch = Scratch::with_root();
        let root = Root::Tmpfs(Tmpfs::new("/"));
        let bin = Mount::Bind(Bind::read_only(scratch.path("root/bin"), "/bin"));
        let text = succeed(with(rooted(root), [bin]), "touch /file; ls /");
        assert_eq!(text, "bin\nfile\n");
    });
}

#[test]
fn overlay_root_keeps_its_changes_or_not() {
    as_both("root::overlay_root_keeps_its_changes_or_not", || {
        let scratch = Scratch::with_root();
        scratch.write("root/old", "old");
        // Every character that the kernel gives a meaning.
        let upper = "up,p\\e:r";
        std::fs::create_dir(scratch.path(upper)).unwrap();
        std::fs::create_dir(scratch.path("work")).unwrap();
        let script = "echo new > /new; rm /old; ls /";
        for changes in [
            Changes::Discarded { size: Some(1 << 20) },
            Changes::Kept { upper: scratch.path(upper), work: scratch.path("work") },
        ] {
            let layers = Layers { lower: vec![scratch.path("root")], changes };
            assert_eq!(succeed(rooted(Root::Overlay(layers)), script), "bin\nnew\n");
            assert!(scratch.exists("root/old") && !scratch.exists("root/new"));
        }
        assert_eq!(scratch.read(&format!("{upper}/new")), "new\n");
    });
}

#[test]
fn mounts_in_a_root_of_its_own_are_as_many_as_wanted() {
    let scratch = Scratch::with_root();
    let file = scratch.write("file", "x");
    let binds = (0..300).map(|number| Mount::Bind(Bind::new(&file, format!("/many/{number}"))));
    let text = succeed(with(inside(&scratch), binds), "cat /many/* | wc -c");
    assert_eq!(text, "300\n");
    // In the host's, all are opened first.
    let binds = (0..300).map(|_| Mount::Bind(Bind::new(&file, &file)));
    let error = with(shell(kinds()), binds).plan().unwrap_err();
    assert_eq!(error.to_string(), "too many mounts for one sandbox: at most 128 descriptors at a time");
}

#[test]
fn mounts_are_found_inside_of_a_changed_root() {
    as_both("root::mounts_are_found_inside_of_a_changed_root", || {
        let scratch = Scratch::with_root();
        scratch.write("root/proc/here", "");
        scratch.write("root/hidden/secret", "");
        scratch.write("root/source/of-the-root", "");
        let source = scratch.write("source/of-the-caller", "");
        // Absolute in the root: to the caller it would be another directory.
        std::os::unix::fs::symlink("/source", scratch.path("root/link")).unwrap();
        let bind = Mount::Bind(Bind::new(source.parent().unwrap(), "/link"));
        let mut sandbox =
            with(rooted(Root::Chroot(scratch.path("root"))), [Mount::Proc("/proc".into()), bind]);
        sandbox.mounts.propagation = Some(Propagation::Private);
        sandbox.mounts.masked = vec!["/hidden".into()];
        let text = succeed(sandbox, "ls /source /hidden; ls -d /proc/self; ls /proc/here; pwd");
        let gone = "ls: /proc/here: No such file or directory";
        assert_eq!(text, format!("/hidden:\n\n/source:\nof-the-caller\n/proc/self\n{gone}\n/\n"));
    });
}

#[test]
fn propagation_of_a_root_of_its_own() {
    for (propagation, expected) in [
        (None, false),
        (Some(Propagation::Private), false),
        (Some(Propagation::Slave), false),
        (Some(Propagation::Shared), true),
    ] {
        let scratch = Scratch::with_root();
        let mut sandbox = with(inside(&scratch), [Mount::Proc("/proc".into())]);
        sandbox.mounts.propagation = propagation;
        let text = succeed(sandbox, "cat /proc/self/mountinfo");
        assert_eq!(text.lines().all(|line| line.contains(" shared:")), expected, "{propagation:?}: {text}");
    }
    let mut sandbox = rooted(Root::Tmpfs(Tmpfs::new("/")));
    sandbox.mounts.propagation = Some(Propagation::Unchanged);
    let error = sandbox.plan().unwrap_err().to_string();
    assert_eq!(error, "a root of its own needs mounts that do not show outside");
}
