//! What must not be possible: from inside, and by what lies in wait in a root file system.

use std::os::unix::fs::symlink;

use insula_ns::Kind;
use insula_sandbox::capability::CapabilitySet;
use insula_sandbox::mounts::{Bind, File, Mount, Proc, Tmpfs};
use insula_sandbox::{Action, Error};

use crate::world::{Scratch, as_both, as_user, inside, kinds, output, shell, succeed, with};

#[test]
fn symlinks_in_the_root_never_lead_outside() {
    as_both("walls::symlinks_in_the_root_never_lead_outside", || {
        let scratch = Scratch::with_root();
        let outside = scratch.path("outside");
        std::fs::create_dir(&outside).unwrap();
        scratch.write("victim", "untouched");
        // The root is two levels below the scratch directory's parent; more `..` than there are levels anywhere.
        let up = "../".repeat(20);
        symlink(&outside, scratch.path("root/absolute")).unwrap();
        symlink(format!("{up}{}", outside.display()), scratch.path("root/relative")).unwrap();
        symlink("../outside", scratch.path("root/sibling")).unwrap();
        symlink("/proc/self/cwd", scratch.path("root/magic")).unwrap();
        symlink("../victim", scratch.path("root/file")).unwrap();
        let source = scratch.write("source/secret", "secret");
        for target in
            ["/absolute/made", "/relative/made", "/sibling/made", "/../../outside/made", "/magic/made"]
        {
            for mount in [
                Mount::Tmpfs(Tmpfs::new(target)),
                Mount::Bind(Bind::new(scratch.path("source"), target)),
                Mount::Dir { target: target.into(), mode: 0o755 },
                Mount::Symlink { target: target.into(), to: "x".into() },
                Mount::File(File::new(target, "data")),
            ] {
                // A dangling link is an error; one that leads somewhere leads to somewhere inside.
                let _ = with(inside(&scratch), [mount.clone()]).args(["-c", "true"]).status();
                let left: Vec<_> = std::fs::read_dir(&outside).unwrap().collect();
                assert!(left.is_empty(), "{mount:?} made {left:?}");
            }
        }
        let bind = Mount::Bind(Bind::new(source, "/file"));
        let _ = with(inside(&scratch), [bind]).args(["-c", "echo overwritten > /file"]).status();
        assert_eq!(scratch.read("victim"), "untouched");
        assert_eq!(scratch.read("source/secret"), "secret");
    });
}

#[test]
fn absolute_symlink_in_the_root_is_seen_from_inside() {
    let scratch = Scratch::with_root();
    std::fs::create_dir(scratch.path("root/real")).unwrap();
    symlink("/real", scratch.path("root/link")).unwrap();
    let text =
        succeed(with(inside(&scratch), [Mount::File(File::new("/link/file", "data"))]), "cat /real/file");
    assert_eq!(text, "data");
}

#[test]
fn dangling_symlink_is_refused_with_its_path() {
    let scratch = Scratch::with_root();
    symlink("/nowhere", scratch.path("root/link")).unwrap();
    let error = with(inside(&scratch), [Mount::Tmpfs(Tmpfs::new("/link"))]).status().unwrap_err();
    assert_eq!(error.to_string(), "cannot make `/link`: no such file or directory (ENOENT)");
}

#[test]
fn masked_paths_are_empty_and_cannot_be_uncovered() {
    as_both("walls::masked_paths_are_empty_and_cannot_be_uncovered", || {
        let scratch = Scratch::with_root();
        scratch.write("root/secret/key", "secret");
        scratch.write("root/password", "secret");
        let mut sandbox = with(inside(&scratch), [Mount::Proc("/proc".into())]);
        sandbox.mounts.masked =
            ["/secret", "/password", "/no/such", "/proc/sys", "/proc/version"].map(Into::into).into();
        sandbox.identity.capabilities.bounding = Some(CapabilitySet::NONE);
        let script = "ls /secret | wc -l; wc -c < /password; ls /proc/sys | wc -l; wc -c < /proc/version;
            touch /secret/new; umount /secret; umount /password; umount /proc; mount -t tmpfs none /bin;
            mount -o remount,rw /secret; ls /secret | wc -l; wc -c < /password";
        let (text, _) = output(sandbox, script);
        assert!(text.starts_with("0\n0\n0\n0\n") && text.ends_with("\n0\n0\n"), "{text}");
        assert_eq!(text.matches("ermitted").count() + text.matches("denied").count(), 5, "{text}");
        assert!(text.contains("touch: /secret/new: Read-only file system"), "{text}");
    });
}

#[test]
fn read_only_paths_are_read_only_and_stay_so() {
    as_both("walls::read_only_paths_are_read_only_and_stay_so", || {
        let scratch = Scratch::with_root();
        scratch.write("root/etc/conf", "original");
        scratch.write("source/file", "original");
        let bind = Mount::Bind(Bind::new(scratch.path("source"), "/etc/below"));
        let mut sandbox = with(inside(&scratch), [Mount::Proc("/proc".into()), bind]);
        sandbox.mounts.read_only = ["/etc", "/proc/sys", "/no/such"].map(Into::into).into();
        sandbox.identity.capabilities.bounding = Some(CapabilitySet::NONE);
        let script = "echo changed > /etc/conf; echo changed > /etc/below/file; echo x > /proc/sys/kernel/domainname;
            mount -o remount,rw,bind /etc; echo changed > /etc/conf; echo fine > /fine; cat /etc/conf /etc/below/file";
        let (text, _) = output(sandbox, script);
        assert_eq!(text.matches("Read-only file system").count(), 4, "{text}");
        assert!(text.ends_with("originaloriginal"), "{text}");
        assert!(scratch.exists("root/fine"));
    });
}

#[test]
fn locked_mounts_hold_against_root_of_the_user_namespace() {
    as_both("walls::locked_mounts_hold_against_root_of_the_user_namespace", || {
        let scratch = Scratch::with_root();
        scratch.write("root/secret/key", "secret");
        scratch.write("root/read-only/file", "original");
        let attempts = "umount /secret; umount -l /secret; mount -o remount,rw,bind /read-only; mount -o remount,rw,bind /;
            mount --bind / /mnt; echo changed > /read-only/file; echo changed > /new; ls /secret /mnt/secret";
        let inner = format!("unshare -Urm sh -c '{attempts}; umount /mnt'");
        let trace = "chroot /proc/1/root umount /secret; grep CapEff /proc/1/status /proc/self/status";
        let mut found = Vec::new();
        for keep in [false, true] {
            let mounts = [Mount::Proc("/proc".into()), Mount::Dir { target: "/mnt".into(), mode: 0o755 }];
            let mut sandbox = with(inside(&scratch), mounts);
            sandbox.namespaces.new |= Kind::User;
            let sandbox = &mut sandbox.map_root().unwrap();
            sandbox.mounts.masked = vec!["/secret".into()];
            sandbox.mounts.read_only = vec!["/read-only".into()];
            sandbox.mounts.read_only_root = true;
            sandbox.mounts.locked = true;
            sandbox.identity.keep_capabilities = keep;
            found.push(
                output(std::mem::take(sandbox), &format!("{attempts}; {inner}; {trace}; find / -name key")).0,
            );
        }
        for text in found {
            assert!(!text.contains("/key"), "{text}");
            // All but CAP_SYS_ADMIN, which is bit 21, in both processes.
            let sets: Vec<_> = text.lines().filter(|line| line.contains("CapEff")).collect();
            assert!(sets.len() == 2 && sets.iter().all(|set| set.contains("ffdfffff")), "{text}");
        }
        assert_eq!(scratch.read("root/read-only/file"), "original");
        assert!(!scratch.exists("root/new"));
    });
}

#[test]
fn lock_does_not_go_with_its_key() {
    let mut sandbox = shell(kinds());
    sandbox.mounts.locked = true;
    sandbox.identity.capabilities.permitted = Some(CapabilitySet::ALL);
    let error = sandbox.plan().unwrap_err().to_string();
    assert_eq!(error, "`cap_sys_admin` would let the payload undo the mounts that are locked");
}

#[test]
fn host_mounts_cannot_be_taken_off_or_made_writable_by_root_of_a_user_namespace() {
    as_both("walls::host_mounts_cannot_be_taken_off_or_made_writable_by_root_of_a_user_namespace", || {
        let mut sandbox = shell(kinds() | Kind::User);
        sandbox.mounts.propagation = Some(insula_sandbox::mounts::Propagation::Private);
        let (text, _) = output(sandbox, "umount /proc; echo $?; umount -l /dev; echo $?");
        assert!(!text.contains("\n0\n"), "{text}");
    });
}

#[test]
fn nothing_is_made_in_the_file_system_of_the_host() {
    as_both("walls::nothing_is_made_in_the_file_system_of_the_host", || {
        let scratch = Scratch::new();
        let target = scratch.path("missing");
        let mount = |mount| with(shell(kinds()), [mount]).args(["-c", "true"]).status().unwrap_err();
        let error = mount(Mount::Bind(Bind::new("/usr", &target)));
        let Error::Start(failure) = error else { panic!("{error}") };
        assert_eq!(failure.action, Action::MountPoint(target.clone()));
        for other in [
            Mount::Dir { target: target.clone(), mode: 0o755 },
            Mount::Symlink { target: target.clone(), to: "x".into() },
        ] {
            assert!(matches!(mount(other), Error::Contradiction { .. }));
        }
        assert!(matches!(mount(Mount::Tmpfs(Tmpfs::new(&target))), Error::Start(_)));
        assert!(matches!(mount(Mount::Proc(Proc::from(target.clone()))), Error::Start(_)));
        assert!(matches!(mount(Mount::File(File::new(&target, ""))), Error::Start(_)));
        assert!(!scratch.exists("missing"));
    });
}

#[test]
fn callers_own_mounts_are_not_touched() {
    for mut sandbox in [shell(Kind::Uts), shell(Kind::Uts)] {
        sandbox.mounts.mounts.push(Mount::Tmpfs(Tmpfs::new("/tmp")));
        let error = sandbox.status().unwrap_err();
        assert_eq!(error.to_string(), "a mount on `/tmp` needs a new mnt namespace");
    }
    let before = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let scratch = Scratch::with_root();
    succeed(with(inside(&scratch), [Mount::Proc("/proc".into()), Mount::Tmpfs(Tmpfs::new("/tmp"))]), "true");
    let ours = |text: &str| text.lines().filter(|line| line.contains("insula-mounts")).count();
    assert_eq!(ours(&before), 0);
    assert_eq!(ours(&std::fs::read_to_string("/proc/self/mountinfo").unwrap()), 0);
}

#[test]
fn covered_working_directory_is_left() {
    as_user("walls::covered_working_directory_is_left", || {
        let scratch = Scratch::new();
        scratch.write("hidden/secret", "secret");
        let directory = std::env::current_dir().unwrap();
        std::env::set_current_dir(scratch.path("hidden")).unwrap();
        let tmpfs = Mount::Tmpfs(Tmpfs::new(scratch.path("hidden")));
        let text = succeed(with(shell(kinds()), [tmpfs]), "pwd; ls | wc -l");
        std::env::set_current_dir(directory).unwrap();
        assert_eq!(text, format!("{}\n0\n", scratch.path("hidden").display()));
    });
}
