//! Each kind of mount, as root and as an ordinary user.

use std::os::unix::fs::MetadataExt as _;

use insula_ns::Kind;
use insula_ns::idmap::{Extent, IdMap, IdMaps, SetGroups};
use insula_sandbox::Error;
use insula_sandbox::mounts::{
    Bind, Changes, Dev, File, FileSystem, HidePid, Layers, Mount, Overlay, Proc, Tmpfs,
};

use crate::world::{Scratch, as_both, inside, kinds, output, shell, succeed, with};

#[test]
fn minimal_dev_has_what_programs_expect() {
    as_both("kinds::minimal_dev_has_what_programs_expect", || {
        let scratch = Scratch::with_root();
        let dev = Dev { mqueue: true, shared_memory: Some(1 << 20), ..Dev::new("/dev") };
        let sandbox = with(inside(&scratch), [Mount::Proc("/proc".into()), Mount::Dev(dev)]);
        let script = "ls /dev | tr '\\n' ' '; echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c;
            echo full > /dev/full; readlink /dev/stdin; echo out > /dev/stdout; stat -c %a /dev/shm /dev/pts/ptmx;
            echo shared > /dev/shm/x; exec 3<>/dev/ptmx && ls /dev/pts | tr '\\n' ' '; stat -c %t:%T /dev/null";
        let script = script.replace("tr '\\n' ' '", "busybox tr '\\n' ' '");
        let (text, _) = output(sandbox, &script);
        let expected = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero 3\n3\n\
            sh: write error: No space left on device\n/proc/self/fd/0\nout\n1777\n666\n0 ptmx 1:3\n";
        assert_eq!(text, expected);
    });
}

#[test]
fn dev_over_the_hosts_has_only_what_is_minimal() {
    as_both("kinds::dev_over_the_hosts_has_only_what_is_minimal", || {
        let (text, _) = output(
            with(shell(kinds()), [Mount::Dev(Dev::new("/dev"))]),
            "ls /dev | wc -l; echo > /dev/null; ls /dev/pts",
        );
        assert_eq!(text, "13\nptmx\n");
    });
}

#[test]
fn proc_shows_what_was_asked_for() {
    as_both("kinds::proc_shows_what_was_asked_for", || {
        let hidden =
            Proc { hide_pid: HidePid::Invisible, processes_only: true, read_only: true, .."/proc".into() };
        let script = "grep ' /proc ' /proc/self/mountinfo | tail -n 1; ls -d /proc/meminfo";
        let (text, _) = output(with(shell(kinds()), [Mount::Proc(hidden.clone())]), script);
        assert!(text.contains(" ro,nosuid,nodev,noexec,"), "{text}");
        assert!(text.contains("hidepid=invisible") && text.contains("subset=pid"), "{text}");
        assert!(text.contains("'/proc/meminfo': No such file"), "{text}");
        // The same in a root of its own, by the other interface.
        let scratch = Scratch::with_root();
        let (text, _) = output(with(inside(&scratch), [Mount::Proc(hidden)]), "cat /proc/self/mountinfo");
        assert!(text.contains("hidepid=invisible") && text.contains("subset=pid"), "{text}");
    });
}

#[test]
fn kernel_file_systems_are_those_of_the_new_namespaces() {
    as_both("kinds::kernel_file_systems_are_those_of_the_new_namespaces", || {
        let scratch = Scratch::with_root();
        let mounts = [
            Mount::FileSystem(FileSystem::sysfs("/sys")),
            Mount::FileSystem(FileSystem::cgroup2("/sys/fs/cgroup")),
            Mount::FileSystem(FileSystem::mqueue("/mq")),
            Mount::FileSystem(FileSystem::devpts("/pts", None)),
        ];
        let mut sandbox = with(inside(&scratch), mounts);
        sandbox.namespaces.new |= Kind::Cgroup;
        let text =
            succeed(sandbox, "ls /sys/class/net; ls /sys/fs/cgroup/cgroup.procs; ls /mq | wc -l; ls /pts");
        assert_eq!(text, "lo\n/sys/fs/cgroup/cgroup.procs\n0\nptmx\n");
    });
}

#[test]
fn files_links_and_directories_from_data() {
    as_both("kinds::files_links_and_directories_from_data", || {
        let scratch = Scratch::with_root();
        scratch.write("root/etc/hosts", "of the root");
        let mounts = || {
            [
                Mount::File(File { mode: 0o600, ..File::new("/etc/hosts", "of the sandbox") }),
                Mount::File(File::new("/new/file", vec![b'x'; 100_000])),
                Mount::Symlink { target: "/etc/link".into(), to: "hosts".into() },
                Mount::Dir { target: "/a/b/c".into(), mode: 0o1777 },
            ]
        };
        let text = succeed(
            with(inside(&scratch), mounts()),
            "cat /etc/link; stat -c %a /etc/hosts /a/b/c /a/b; wc -c < /new/file",
        );
        assert_eq!(text, "of the sandbox600\n1777\n755\n100000\n");
        assert_eq!(scratch.read("root/etc/hosts"), "of the root");
        // Once more: what is there already is as good.
        succeed(with(inside(&scratch), mounts()), "true");
        let other = Mount::Symlink { target: "/etc/link".into(), to: "elsewhere".into() };
        let error = with(inside(&scratch), [other]).status().unwrap_err();
        assert!(error.to_string().starts_with("cannot make `/etc/link`: file exists"), "{error}");
    });
}

#[test]
fn things_are_made_in_a_tmpfs_over_the_host() {
    as_both("kinds::things_are_made_in_a_tmpfs_over_the_host", || {
        let scratch = Scratch::new();
        let source = scratch.write("source/file", "content");
        std::fs::create_dir(scratch.path("home")).unwrap();
        let (home, inner) = (scratch.path("home"), scratch.path("home/a/b"));
        let mounts = [
            Mount::Tmpfs(Tmpfs::new(&home)),
            Mount::Bind(Bind::read_only(scratch.path("source"), &inner)),
            Mount::File(File::new(home.join("note"), "note")),
            Mount::Symlink { target: home.join("link"), to: "note".into() },
            Mount::Tmpfs(Tmpfs::new(home.join("t"))),
        ];
        let script = format!(
            "cd {}; cat link a/b/file; ls; grep -c insula-mounts /proc/self/mountinfo",
            home.display()
        );
        let text = succeed(with(shell(kinds()), mounts), &script);
        assert_eq!(text, "notecontenta\nlink\nnote\nt\n4\n");
        assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0);
        drop(source);
    });
}

#[test]
fn overlay_over_a_directory_of_the_host() {
    as_both("kinds::overlay_over_a_directory_of_the_host", || {
        let scratch = Scratch::new();
        for (path, content) in [("a,b:c\\d/one", "1"), ("two/two", "2"), ("two/one", "hidden")] {
            scratch.write(path, content);
        }
        let layers = |changes| Layers { lower: vec![scratch.path("a,b:c\\d"), scratch.path("two")], changes };
        let mount = |changes| {
            let layers = layers(changes);
            let overlay = Overlay {
                target: scratch.path("two"),
                layers,
                attributes: insula_sandbox::mounts::Attributes::NONE,
            };
            with(shell(kinds()), [Mount::Overlay(overlay)])
        };
        let at = |script: &str| format!("cd {} && {script}", scratch.path("two").display());
        let text =
            succeed(mount(Changes::Discarded { size: None }), &at("cat one two; echo new > new; rm two; ls"));
        assert_eq!(text, "12new\none\n");
        let (text, _) = output(mount(Changes::Refused), &at("cat one two; echo new > new"));
        assert!(text.starts_with("12") && text.contains("Read-only file system"), "{text}");
        assert_eq!(std::fs::read_dir(scratch.path("two")).unwrap().count(), 2);
    });
}

#[test]
fn many_long_layers_are_one_overlay() {
    as_both("kinds::many_long_layers_are_one_overlay", || {
        let scratch = Scratch::new();
        let lower: Vec<_> = (0..4).map(|number| format!("{number}{}", "x".repeat(120))).collect();
        for name in &lower {
            scratch.write(&format!("{name}/{}", &name[..1]), "");
        }
        std::fs::create_dir(scratch.path("target")).unwrap();
        let layers = Layers {
            lower: lower.iter().map(|name| scratch.path(name)).collect(),
            changes: Changes::Refused,
        };
        let attributes = insula_sandbox::mounts::Attributes::NONE;
        let overlay = Overlay { target: scratch.path("target"), layers, attributes };
        let text = succeed(
            with(shell(kinds()), [Mount::Overlay(overlay)]),
            &format!("ls {}", scratch.path("target").display()),
        );
        assert_eq!(text, "0\n1\n2\n3\n");
    });
}

#[test]
fn host_can_be_read_only_but_for_what_is_mounted() {
    as_both("kinds::host_can_be_read_only_but_for_what_is_mounted", || {
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.path("free")).unwrap();
        std::fs::create_dir(scratch.path("out")).unwrap();
        let out = Bind::new(scratch.path("out"), scratch.path("out"));
        let mounts = [Mount::Tmpfs(Tmpfs::new(scratch.path("free"))), Mount::Bind(out)];
        let mut sandbox = with(shell(kinds()), mounts);
        sandbox.mounts.read_only_root = true;
        let script = format!(
            "cd {}; echo no > no; echo out > out/file; echo yes > free/yes && cat free/yes",
            scratch.path("").display()
        );
        let (text, _) = output(sandbox, &script);
        assert!(text.contains("Read-only file system") && text.ends_with("yes\n"), "{text}");
        assert!(!scratch.exists("no"));
        assert_eq!(scratch.read("out/file"), "out\n");
    });
}

#[test]
fn ids_of_a_bind_are_mapped_for_root_alone() {
    as_both("kinds::ids_of_a_bind_are_mapped_for_root_alone", || {
        let scratch = Scratch::with_root();
        scratch.write("source/file", "");
        let on_disk = rustix::process::geteuid().as_raw();
        let ids = |outside| IdMap::new([Extent { inside: on_disk, outside, count: 1000 }]).unwrap();
        let maps = IdMaps { uid: ids(70_000), gid: ids(80_000), setgroups: SetGroups::Unchanged };
        let bind = Bind { ids: Some(maps), ..Bind::new(scratch.path("source"), "/source") };
        let sandbox = || with(inside(&scratch), [Mount::Bind(bind.clone())]);
        if !rustix::process::geteuid().is_root() {
            let error = sandbox().status().unwrap_err().to_string();
            let source = scratch.path("source");
            let expected = "cannot copy its mount: operation not permitted (EPERM)";
            assert_eq!(error, format!("cannot map the ids of `{}`: {expected}", source.display()));
            return;
        }
        match sandbox().plan() {
            // The file system of the temporary directory cannot do it on this kernel, and we say so.
            Err(Error::MapMount { doing: "map ids in its file system", .. }) => return,
            other => drop(other.unwrap()),
        }
        let mut user = sandbox();
        user.identity.uid = Some(70_005);
        user.identity.gid = Some(80_005);
        std::os::unix::fs::chown(scratch.path("source"), Some(5), Some(5)).unwrap();
        let text = succeed(user, "stat -c %u:%g /source /source/file; touch /source/new");
        assert_eq!(text, "70005:80005\n70000:80000\n");
        let new = std::fs::metadata(scratch.path("source/new")).unwrap();
        assert_eq!((new.uid(), new.gid()), (5, 5));
        // As seen from a user namespace that has the ids outside.
        let mut mapped = sandbox();
        mapped.namespaces.new |= Kind::User;
        let both = |outside| IdMap::new([Extent { inside: 0, outside, count: 1000 }]).unwrap();
        mapped.namespaces.ids =
            Some(IdMaps { uid: both(70_000), gid: both(80_000), setgroups: SetGroups::Unchanged });
        mapped.identity.uid = Some(0);
        mapped.identity.gid = Some(0);
        assert_eq!(succeed(mapped, "stat -c %u:%g /source /source/file"), "5:5\n0:0\n");
    });
}

#[test]
fn files_are_roots_of_a_user_namespace_that_lacks_the_callers_ids() {
    let plain = with(shell(kinds() | Kind::User), [Mount::Tmpfs(Tmpfs::new("/tmp"))]);
    assert!(!plain.plan().unwrap().to_string().contains("setfsuid"));
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let scratch = Scratch::with_root();
    std::os::unix::fs::chown(scratch.path("root"), Some(70_000), Some(80_000)).unwrap();
    let mounts = [
        Mount::Tmpfs(Tmpfs::new("/tmp")),
        Mount::Dir { target: "/tmp/made".into(), mode: 0o700 },
        Mount::File(File::new("/file", "data")),
    ];
    let mut sandbox = with(inside(&scratch), mounts);
    sandbox.namespaces.new |= Kind::User;
    let map = |outside| IdMap::new([Extent { inside: 0, outside, count: 1000 }]).unwrap();
    sandbox.namespaces.ids =
        Some(IdMaps { uid: map(70_000), gid: map(80_000), setgroups: SetGroups::Unchanged });
    sandbox.identity.uid = Some(3);
    sandbox.identity.gid = Some(3);
    let (text, _) = output(sandbox, "id -u; stat -c %u:%g /tmp /tmp/made /file; touch /tmp/no");
    assert_eq!(text, "3\n0:0\n0:0\n0:0\ntouch: /tmp/no: Permission denied\n");
}

#[test]
fn file_system_that_cannot_map_ids_is_named() {
    let maps = IdMaps { uid: IdMap::single(0, 1).unwrap(), ..IdMaps::default() };
    let bind = Bind { ids: Some(maps), recursive: false, ..Bind::new("/proc", "/proc") };
    let error = with(shell(kinds()), [Mount::Bind(bind)]).status().unwrap_err();
    let why = if rustix::process::geteuid().is_root() {
        "map ids in its file system: invalid argument (EINVAL)"
    } else {
        "copy its mount: operation not permitted (EPERM)"
    };
    assert_eq!(error.to_string(), format!("cannot map the ids of `/proc`: cannot {why}"));
}

#[test]
fn kernel_says_why_it_refuses_a_file_system() {
    as_both("kinds::kernel_says_why_it_refuses_a_file_system", || {
        let scratch = Scratch::with_root();
        let wrong = FileSystem::new("tmpfs", "/tmp").option("nonsense", "1");
        let error = with(inside(&scratch), [Mount::FileSystem(wrong)]).status().unwrap_err();
        let expected =
            "cannot mount tmpfs on `/tmp`: invalid argument (EINVAL): tmpfs: Unknown parameter 'nonsense'";
        assert_eq!(error.to_string(), expected);
    });
}

#[test]
fn console_is_a_terminal_of_the_caller() {
    as_both("kinds::console_is_a_terminal_of_the_caller", || {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
        let scratch = Scratch::with_root();
        let dev = Dev { console: Some(name.into()), ..Dev::new("/dev") };
        let sandbox = with(inside(&scratch), [Mount::Dev(dev)]);
        succeed(sandbox, "exec 3<>/dev/console && echo hello >&3 && test -t 3 && head -c 0 /dev/console");
        let mut said = [0; 16];
        let length = rustix::io::read(&terminal, &mut said).unwrap();
        assert_eq!(said[..length], *b"hello\r\n");
    });
}
