//! Calls that the kernel refuses, made right here.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;

use insula_engine::doctor::{Evidence, Operation, diagnose};
use insula_ns::Kind;
use insula_ns::idmap::IdKind;
use rustix::io::Errno;

/// Calls that a user namespace may make, with what the kernel refuses about them.
pub(crate) fn mount_errors() {
    use rustix::mount::{
        MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, unmount,
    };
    let target = Path::new("/tmp");
    let none = MountFlags::empty();
    let new = |fs_type| mount("none", target, fs_type, none, None);
    said(&Operation::Mount { fs_type: "nofs", target }, new("nofs"), Errno::NODEV, "no file system `nofs`");
    said(
        &Operation::Mount { fs_type: "sysfs", target },
        new("sysfs"),
        Errno::PERM,
        "shows the net namespace",
    );
    let options = mount("none", target, "tmpfs", none, c"size=much");
    said(&Operation::Mount { fs_type: "tmpfs", target }, options, Errno::INVAL, "no such option");
    let nowhere = Path::new("/tmp/insula-no-such-directory");
    let result = mount_bind(nowhere, target);
    said(&Operation::Bind { source: nowhere }, result, Errno::NOENT, "does not exist");
    mount("none", target, "tmpfs", none, None).unwrap();
    let (a, b) = (Path::new("/tmp/a"), Path::new("/tmp/b"));
    for directory in [a, b] {
        std::fs::create_dir(directory).unwrap();
    }
    mount("none", a, "tmpfs", none, None).unwrap();
    mount_change(a, MountPropagationFlags::UNBINDABLE).unwrap();
    said(&Operation::Bind { source: a }, mount_bind(a, b), Errno::INVAL, "unbindable");
    let result = unmount(b, UnmountFlags::empty());
    said(&Operation::Unmount { target: b }, result, Errno::INVAL, "no mount point");
    let result = mount("none", b, "overlay", none, c"lowerdir=/tmp/a,upperdir=/tmp/a,workdir=/tmp/b");
    said(&Operation::Mount { fs_type: "overlay", target: b }, result, Errno::INVAL, "overlay refuses");
    let result = rustix::process::pivot_root(b, b);
    said(
        &Operation::PivotRoot { new_root: b },
        result,
        Errno::INVAL,
        "`/tmp/b` is no mount point (it is on `/tmp`)",
    );
    let result = rustix::process::pivot_root("/", "/");
    let root = Path::new("/");
    assert!(matches!(result, Err(Errno::BUSY | Errno::INVAL)), "{result:?}");
    assert!(
        diagnose(&Operation::PivotRoot { new_root: root }, result.unwrap_err(), &Evidence::of_this_machine())
            .is_some()
    );
}

/// Checks that `result` is the error `errno`, and what is said of it.
#[track_caller]
fn said(operation: &Operation<'_>, result: Result<(), Errno>, errno: Errno, expected: &str) {
    assert_eq!(result, Err(errno), "{operation:?}");
    let diagnosis = diagnose(operation, errno, &Evidence::of_this_machine()).unwrap();
    assert!(diagnosis.cause.contains(expected), "{operation:?}: {diagnosis:?}");
}

pub(crate) fn map_writes() {
    let mut child = Command::new("unshare")
        .args(["--user", "sh", "-c", "echo; read line"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    let pid = child.id();
    let write = |file: &str, text: &str| {
        let path = format!("/proc/{pid}/{file}");
        std::fs::write(path, text).map_err(|error| Errno::from_io_error(&error).unwrap())
    };
    let uid = Operation::WriteMap(IdKind::Uid);
    for text in ["0 0 0", "0 0 1\n0 0 1", "0 0", "4294967295 0 1", &" ".repeat(5000)] {
        said(&uid, write("uid_map", text), Errno::INVAL, "the map is not one");
    }
    said(&uid, write("uid_map", "0 1 1"), Errno::PERM, "ids that do not exist in this user namespace");
    // This world denies `setgroups`, as every map of an ordinary user does.
    said(
        &Operation::WriteSetGroups,
        write("setgroups", "allow"),
        Errno::PERM,
        "denied in the user namespace outside",
    );
    said(&Operation::WriteSetGroups, write("setgroups", "perhaps"), Errno::INVAL, "`allow` or `deny`");
    write("uid_map", "0 0 1").unwrap();
    said(&uid, write("uid_map", "0 0 1"), Errno::PERM, "has been written before");
    drop(child.stdin.take());
    child.wait().unwrap();
    said(&uid, write("uid_map", "0 0 1"), Errno::NOENT, "the process has ended");
}

pub(crate) fn joins() {
    use rustix::thread::{
        LinkNameSpaceType, ThreadNameSpaceType, move_into_link_name_space, move_into_thread_name_spaces,
    };
    let enter = |path: &str, kind| {
        let file = std::fs::File::open(path).unwrap();
        move_into_link_name_space(file.as_fd(), Some(kind))
    };
    let operation = |kind: Kind| Operation::Enter { kinds: kind.into() };
    let own = enter("/proc/self/ns/user", LinkNameSpaceType::User);
    said(&operation(Kind::User), own, Errno::INVAL, "in that user namespace already");
    let outer = enter("/proc/self/fd/8", LinkNameSpaceType::User);
    said(&operation(Kind::User), outer, Errno::PERM, "takes CAP_SYS_ADMIN in that user namespace");
    let outer = enter("/proc/self/fd/9", LinkNameSpaceType::ProcessID);
    assert!(matches!(outer, Err(Errno::INVAL | Errno::PERM)), "{outer:?}");
    let wrong = enter("/proc/self/ns/net", LinkNameSpaceType::HostNameAndNISDomainName);
    said(&operation(Kind::Uts), wrong, Errno::INVAL, "not one of these kinds");
    let foreign = enter("/proc/self/ns/net", LinkNameSpaceType::Network);
    said(&operation(Kind::Net), foreign, Errno::PERM, "in which this process has no CAP_SYS_ADMIN");
    let mut child = Command::new("true").spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    let pidfd = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).unwrap();
    child.wait().unwrap();
    let gone = move_into_thread_name_spaces(pidfd.as_fd(), ThreadNameSpaceType::NETWORK);
    said(&operation(Kind::Net), gone, Errno::SRCH, "has ended");
}
