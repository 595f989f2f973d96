//! One line a failure: what was tried, what the kernel answered, in which world, and what the cause must say.

use std::path::Path;

use insula_ns::{Kind, Kinds};

use super::*;
use crate::doctor::world::World;

const ALL_CAPABILITIES: u64 = 0x1ff_ffff_ffff;

fn create(kinds: impl Into<Kinds>) -> Operation<'static> {
    Operation::Create { kinds: kinds.into(), cgroup: Birthplace::Inherited }
}

fn place(path: &str) -> &Path {
    Path::new(path)
}

/// What the world is changed to; a line of a table can't capture.
type Change = fn(&World);

fn ordinary(_: &World) {}

fn root(world: &World) {
    world.status(ALL_CAPABILITIES, 0, 1);
}

fn filtered_root(world: &World) {
    world.status(ALL_CAPABILITIES, 2, 1);
}

fn docker(world: &World) {
    world.status(0, 2, 1);
    world.write("/.dockerenv", "");
}

fn apparmor_limits(world: &World) {
    world.set("kernel.apparmor_restrict_unprivileged_userns", "1");
}

fn inner_root(world: &World) {
    root(world);
    world.namespace("user", 4_026_532_100);
    world.write("/proc/self/uid_map", "0 1000 1\n");
}

fn chroot(world: &World) {
    world.write("/proc/self/mountinfo", "28 27 0:5 / /proc rw - proc proc rw\n");
}

fn threads(world: &World) {
    world.status(0, 0, 4);
}

fn covered_proc(world: &World) {
    root(world);
    world.write(
        "/proc/self/mountinfo",
        "27 1 8:1 / / rw - ext4 d rw\n28 27 0:5 / /proc rw - proc proc rw\n29 28 0:9 / /proc/acpi ro - tmpfs t ro\n",
    );
}

fn check(table: &[(Operation<'_>, Errno, Change, &str, Option<&str>)]) {
    for (operation, errno, change, cause, hint) in table {
        let world = World::new();
        change(&world);
        let Some(diagnosis) = diagnose(operation, *errno, &world.evidence()) else {
            panic!("{operation:?} with {errno:?} has no diagnosis");
        };
        assert!(diagnosis.cause.contains(cause), "{operation:?} {errno:?}: {diagnosis:?}, not {cause}");
        match (hint, &diagnosis.hint) {
            (Some(hint), Some(given)) => {
                assert!(given.contains(hint), "{operation:?} {errno:?}: {diagnosis:?}");
            }
            (Some(hint), None) => panic!("{operation:?} {errno:?} has no hint, not `{hint}`"),
            (None, _) => {}
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn clone_and_unshare() {
    let user = create(Kind::User);
    let net = create(Kind::Net);
    let unshare = |kinds: Kinds| Operation::Unshare { kinds };
    let born = Operation::Create { kinds: Kinds::NONE, cgroup: Birthplace::OtherCgroup };
    check(&[
        (net, Errno::PERM, ordinary, "takes CAP_SYS_ADMIN", Some("user namespace")),
        (unshare(Kind::Net.into()), Errno::PERM, ordinary, "takes CAP_SYS_ADMIN", Some("root")),
        (net, Errno::PERM, filtered_root, "seccomp filter", Some("no such filter")),
        (user, Errno::PERM, docker, "seccomp filter of Docker", Some("seccomp=unconfined")),
        (
            user,
            Errno::PERM,
            |world| world.set("kernel.unprivileged_userns_clone", "0"),
            "kernel.unprivileged_userns_clone = 0",
            Some("sysctl kernel.unprivileged_userns_clone=1"),
        ),
        (user, Errno::PERM, apparmor_limits, "AppArmor", Some("--install-apparmor-profile")),
        (user, Errno::ACCESS, apparmor_limits, "AppArmor", None),
        (user, Errno::PERM, chroot, "in a chroot", Some("--rootfs")),
        (
            user,
            Errno::PERM,
            |world| world.write("/proc/self/gid_map", "0 0 10\n"),
            "effective group id of this process does not exist",
            None,
        ),
        (
            user,
            Errno::PERM,
            |world| world.write("/proc/self/attr/current", "user_u:user_r:user_t:s0\0"),
            "user_u:user_r:user_t:s0",
            Some("dmesg"),
        ),
        (
            create(Kind::User | Kind::Net),
            Errno::NOSPC,
            |world| world.set("user.max_net_namespaces", "0"),
            "user.max_net_namespaces = 0",
            Some("sysctl user.max_net_namespaces="),
        ),
        (
            net,
            Errno::NOSPC,
            ordinary,
            "as many net namespaces as allowed (user.max_net_namespaces = 1000",
            None,
        ),
        (create(Kind::Pid), Errno::NOSPC, ordinary, "nested as deep", None),
        (unshare(Kind::User.into()), Errno::NOSPC, ordinary, "32 levels", None),
        (create(Kind::Net | Kind::Uts), Errno::NOSPC, ordinary, "one of these kinds", None),
        (unshare(Kind::User.into()), Errno::USERS, ordinary, "32 levels", None),
        (
            create(Kind::Time),
            Errno::INVAL,
            |world| world.remove("/proc/self/ns/time"),
            "no time namespaces",
            Some("--share time"),
        ),
        (unshare(Kind::User.into()), Errno::INVAL, threads, "4 threads", Some("--fork")),
        (unshare(Kind::Pid.into()), Errno::INVAL, ordinary, "PID namespace for its children", Some("--fork")),
        (net, Errno::NOSYS, docker, "Docker", None),
        (net, Errno::NOSYS, ordinary, "this kernel doesn't have", None),
        (net, Errno::NOMEM, ordinary, "memory", None),
        (unshare(Kind::Net.into()), Errno::NOMEM, ordinary, "memory", None),
        (
            net,
            Errno::NOMEM,
            |world| world.namespace("pid_for_children", 4_026_532_100),
            "lost its first process",
            None,
        ),
        (net, Errno::EXIST, ordinary, "process id", None),
        (net, Errno::TOOBIG, ordinary, "clone3", None),
        (born, Errno::ACCESS, ordinary, "cgroup.procs", Some("Delegate=yes")),
        (born, Errno::BUSY, ordinary, "controllers", None),
        (born, Errno::OPNOTSUPP, ordinary, "threaded", None),
        (
            net,
            Errno::AGAIN,
            |world| {
                world.write(
                    "/proc/self/limits",
                    "Max processes             12                20   processes\n",
                );
            },
            "RLIMIT_NPROC = 12",
            Some("ulimit -u"),
        ),
        (
            net,
            Errno::AGAIN,
            |world| {
                world.write("/proc/self/cgroup", "0::/a/b\n");
                world.write("/sys/fs/cgroup/a/pids.max", "7\n");
                world.write("/sys/fs/cgroup/a/pids.current", "7\n");
                world.write("/sys/fs/cgroup/a/b/pids.max", "max\n");
            },
            "/sys/fs/cgroup/a` has as many processes as it may (7)",
            Some("pids.max"),
        ),
    ]);
}

#[test]
fn setns() {
    let enter = |kinds: Kinds| Operation::Enter { kinds };
    let (user, net) = (enter(Kind::User.into()), enter(Kind::Net.into()));
    check(&[
        (net, Errno::BADF, ordinary, "not open", None),
        (net, Errno::SRCH, ordinary, "has ended", None),
        (net, Errno::NOMEM, ordinary, "memory", None),
        (enter(Kind::Time.into()), Errno::USERS, threads, "single thread", None),
        (user, Errno::INVAL, threads, "4 threads", None),
        (user, Errno::INVAL, ordinary, "already", Some("leave the user namespace out")),
        (enter(Kind::Pid.into()), Errno::INVAL, ordinary, "further in", None),
        (enter(Kind::Mnt.into()), Errno::INVAL, threads, "shares its root", None),
        (net, Errno::INVAL, ordinary, "not one of these kinds", None),
        (net, Errno::INVAL, |world| world.remove("/proc/self/ns/net"), "no net namespaces", None),
        (user, Errno::PERM, ordinary, "user who created it", Some("root")),
        (net, Errno::PERM, ordinary, "CAP_SYS_ADMIN", Some("user namespace that owns it")),
        (net, Errno::PERM, inner_root, "in which this process has no CAP_SYS_ADMIN", None),
        (net, Errno::PERM, filtered_root, "seccomp", None),
        (enter(Kind::Mnt.into()), Errno::PERM, |world| world.status(1 << 21, 0, 1), "CAP_SYS_CHROOT", None),
    ]);
}

#[test]
fn maps_and_offsets() {
    let (uid, gid) = (Operation::WriteMap(IdKind::Uid), Operation::WriteMap(IdKind::Gid));
    let (groups, offsets) = (Operation::WriteSetGroups, Operation::WriteTimeOffsets);
    check(&[
        (uid, Errno::INVAL, ordinary, "overlap", None),
        (uid, Errno::PERM, ordinary, "without CAP_SETUID", Some("newuidmap")),
        (gid, Errno::PERM, ordinary, "after `setgroups` is denied", Some("newgidmap")),
        (uid, Errno::PERM, apparmor_limits, "AppArmor", None),
        (uid, Errno::PERM, |world| world.status(1 << 7, 0, 1), "CAP_SETFCAP", None),
        (uid, Errno::PERM, inner_root, "there are 1 here", Some("/proc/self/uid_map")),
        (uid, Errno::PERM, root, "written before", None),
        (uid, Errno::ACCESS, ordinary, "may not be traced", None),
        (uid, Errno::ROFS, ordinary, "read-only", None),
        (uid, Errno::NOENT, ordinary, "/proc", None),
        (groups, Errno::PERM, ordinary, "only before that", None),
        (
            groups,
            Errno::PERM,
            |world| world.write("/proc/self/setgroups", "deny\n"),
            "denied in the user namespace outside",
            None,
        ),
        (groups, Errno::INVAL, ordinary, "allow", None),
        (groups, Errno::ACCESS, apparmor_limits, "AppArmor", None),
        (offsets, Errno::ACCESS, ordinary, "before the first", None),
        (offsets, Errno::PERM, ordinary, "CAP_SYS_TIME", None),
        (offsets, Errno::RANGE, ordinary, "146 years", Some("/proc/uptime")),
        (offsets, Errno::INVAL, ordinary, "nanoseconds", None),
    ]);
}

#[test]
fn new_file_systems() {
    let new = |fs_type| Operation::Mount { fs_type, target: place("/mnt") };
    check(&[
        (new("tmpfs"), Errno::PERM, ordinary, "CAP_SYS_ADMIN", Some("mount namespace")),
        (new("tmpfs"), Errno::PERM, apparmor_limits, "AppArmor", None),
        (new("ext4"), Errno::PERM, inner_root, "first user namespace", Some("let root mount it")),
        (new("proc"), Errno::PERM, covered_proc, "/proc/acpi", Some("unmount")),
        (
            new("proc"),
            Errno::PERM,
            |world| {
                covered_proc(world);
                world.write("/.dockerenv", "");
            },
            "/proc/acpi",
            Some("systempaths=unconfined"),
        ),
        (new("proc"), Errno::PERM, inner_root, "shows the pid namespace", Some("new pid namespace")),
        (new("sysfs"), Errno::PERM, inner_root, "shows the net namespace", Some("new net namespace")),
        (new("tmpfs"), Errno::PERM, filtered_root, "seccomp", None),
        (new("tmpfs"), Errno::ACCESS, ordinary, "nodev", Some("read-only")),
        (
            new("tmpfs"),
            Errno::ACCESS,
            |world| world.write("/proc/self/attr/current", "docker-default (enforce)\n"),
            "docker-default",
            None,
        ),
        (new("erofs"), Errno::ROFS, root, "only be read", None),
        (new("tmpfs"), Errno::BUSY, root, "already", None),
        (new("overlay"), Errno::INVAL, root, "extended attributes", Some("tmpfs")),
        (new("tmpfs"), Errno::INVAL, root, "no such option", None),
        (new("zfs"), Errno::NODEV, root, "no file system `zfs`", Some("modprobe zfs")),
        (new("ext4"), Errno::NODEV, root, "no device with a ext4", None),
        (new("ext4"), Errno::NOTBLK, root, "block device", None),
        (new("ext4"), Errno::NXIO, root, "no driver", None),
        (new("tmpfs"), Errno::MFILE, root, "no number left", None),
        (new("tmpfs"), Errno::OVERFLOW, root, "owner", None),
        (new("tmpfs"), Errno::NOENT, root, "`/mnt`", None),
        (new("tmpfs"), Errno::NOTDIR, root, "no directory", None),
        (new("tmpfs"), Errno::LOOP, root, "symbolic links", None),
        (new("tmpfs"), Errno::NAMETOOLONG, root, "longer than", None),
        (new("tmpfs"), Errno::NOMEM, root, "memory", None),
        (new("tmpfs"), Errno::NOSPC, root, "fs.mount-max", None),
    ]);
}

#[test]
fn mounts_of_what_is_mounted() {
    let target = place("/mnt");
    let (bind, attach) = (Operation::Bind { source: target }, Operation::Attach { target });
    let (attributes, map) =
        (Operation::SetMountAttributes { target }, Operation::MapMount { source: target });
    let unmount = Operation::Unmount { target };
    check(&[
        (bind, Errno::INVAL, ordinary, "look under", Some("recursively")),
        (
            bind,
            Errno::INVAL,
            |world| {
                world.write(
                    "/proc/self/mountinfo",
                    "1 1 0:1 / / rw - a a rw\n2 1 0:1 / /mnt rw unbindable - a a rw\n",
                );
            },
            "unbindable",
            None,
        ),
        (
            Operation::Bind { source: place("/proc/7/ns/mnt") },
            Errno::INVAL,
            ordinary,
            "keep itself alive",
            None,
        ),
        (bind, Errno::PERM, ordinary, "CAP_SYS_ADMIN", None),
        (bind, Errno::ACCESS, ordinary, "searched", None),
        (bind, Errno::MFILE, ordinary, "descriptors", Some("ulimit -n")),
        (attach, Errno::INVAL, ordinary, "shared", Some("private")),
        (attach, Errno::LOOP, ordinary, "inside", None),
        (attach, Errno::BUSY, ordinary, "already", None),
        (attach, Errno::NOTDIR, ordinary, "other is not", None),
        (attach, Errno::PERM, ordinary, "CAP_SYS_ADMIN", None),
        (attach, Errno::XDEV, ordinary, "out of the root", None),
        (attributes, Errno::PERM, root, "locked", None),
        (attributes, Errno::PERM, ordinary, "CAP_SYS_ADMIN", None),
        (attributes, Errno::INVAL, root, "no mount point", None),
        (attributes, Errno::BUSY, root, "open for writing", None),
        (attributes, Errno::NOSPC, root, "no number left", None),
        (map, Errno::INVAL, root, "ext4 doesn't support it", None),
        (map, Errno::PERM, ordinary, "user namespace that mounted ext4", None),
        (map, Errno::PERM, root, "already", None),
        (map, Errno::BUSY, root, "open for writing", None),
        (map, Errno::BADF, root, "no user namespace", None),
        (unmount, Errno::INVAL, root, "locked", None),
        (unmount, Errno::BUSY, root, "in use", Some("--lazy")),
        (unmount, Errno::PERM, ordinary, "CAP_SYS_ADMIN", None),
    ]);
}

#[test]
fn pivot_root() {
    let pivot = Operation::PivotRoot { new_root: place("/mnt") };
    check(&[
        (pivot, Errno::BUSY, root, "the root already", None),
        (pivot, Errno::INVAL, root, "`/mnt` is no mount point (it is on `/`)", None),
        (pivot, Errno::INVAL, chroot, "chroot", None),
        (
            pivot,
            Errno::INVAL,
            |world| world.write("/proc/self/mountinfo", "1 1 0:1 / / rw - rootfs rootfs rw\n"),
            "rootfs",
            None,
        ),
        (
            pivot,
            Errno::INVAL,
            |world| {
                world.write(
                    "/proc/self/mountinfo",
                    "1 1 0:1 / / rw - a a rw\n2 1 0:2 / /mnt rw shared:1 - a a rw\n",
                );
            },
            "shared",
            Some("private"),
        ),
        (pivot, Errno::PERM, ordinary, "CAP_SYS_ADMIN", None),
        (pivot, Errno::NOTDIR, root, "no directory", None),
        (pivot, Errno::NOENT, root, "does not exist", None),
    ]);
}

#[test]
fn names_links_and_ids() {
    check(&[
        (Operation::SetName, Errno::INVAL, root, "64 bytes", None),
        (Operation::SetName, Errno::PERM, ordinary, "CAP_SYS_ADMIN", Some("together")),
        (Operation::SetName, Errno::PERM, apparmor_limits, "AppArmor", None),
        (Operation::SetName, Errno::PERM, inner_root, "outside", None),
        (Operation::SetLinkUp, Errno::PERM, ordinary, "CAP_NET_ADMIN", None),
        (Operation::SetLinkUp, Errno::NODEV, ordinary, "no such interface", None),
        (Operation::SetUid(7), Errno::INVAL, root, "user id 7 does not exist", Some("--map-users 7:")),
        (Operation::SetGid(7), Errno::PERM, ordinary, "CAP_SETGID", None),
        (Operation::SetUid(7), Errno::AGAIN, ordinary, "RLIMIT_NPROC", None),
        (
            Operation::SetGroups,
            Errno::PERM,
            |world| world.write("/proc/self/setgroups", "deny\n"),
            "denied in this user namespace",
            None,
        ),
        (Operation::SetGroups, Errno::PERM, root, "group map is not written yet", None),
        (Operation::SetGroups, Errno::PERM, ordinary, "CAP_SETGID", None),
        (Operation::SetGroups, Errno::INVAL, root, "65536", None),
    ]);
}

#[test]
fn the_process_itself() {
    let execute = |program| Operation::Execute { program };
    check(&[
        (execute("ls"), Errno::NOENT, root, "no directory of PATH", Some("PATH")),
        (execute("/bin/ls"), Errno::NOENT, root, "interpreter", Some("static")),
        (execute("/bin/ls"), Errno::ACCESS, root, "noexec", Some("findmnt -T /bin/ls")),
        (execute("ls"), Errno::ACCESS, root, "may not be searched", Some("PATH")),
        (execute("/bin/ls"), Errno::NOEXEC, root, "#!", None),
        (execute("/bin/ls"), Errno::TOOBIG, root, "environment", None),
        (execute("/bin/ls"), Errno::TXTBSY, root, "writing", None),
        (execute("/bin/ls"), Errno::NOTDIR, root, "no directory", None),
        (execute("/bin/ls"), Errno::LOOP, root, "/proc/self/exe", Some("in that root")),
        (Operation::SetLimit, Errno::PERM, ordinary, "CAP_SYS_RESOURCE", Some("ulimit")),
        (Operation::SetLimit, Errno::INVAL, ordinary, "above the hard one", None),
        (Operation::SetScheduling, Errno::ACCESS, ordinary, "CAP_SYS_NICE", None),
        (Operation::SetOomScore, Errno::ACCESS, ordinary, "CAP_SYS_RESOURCE", None),
        (Operation::SetCapabilities, Errno::PERM, ordinary, "0x1ffffffffff", None),
        (Operation::SetCapabilities, Errno::INVAL, ordinary, "cap_last_cap", None),
        (Operation::Prepare, Errno::MFILE, ordinary, "descriptors", Some("ulimit -n")),
        (Operation::UsePath(place("/x")), Errno::NOENT, ordinary, "`/x`", None),
    ]);
}

#[test]
fn filters_and_restrictions() {
    check(&[
        (Operation::InstallFilter, Errno::ACCESS, ordinary, "CAP_SYS_ADMIN", Some("--no-new-privs")),
        (Operation::InstallFilter, Errno::PERM, filtered_root, "seccomp filter", None),
        (Operation::InstallFilter, Errno::INVAL, root, "CONFIG_SECCOMP_FILTER", Some("actions_avail")),
        (Operation::InstallFilter, Errno::BUSY, root, "a listener", None),
        (Operation::HandOver, Errno::PIPE, root, "closed the connection", None),
        (Operation::RestrictSelf, Errno::PERM, ordinary, "CAP_SYS_ADMIN", Some("--no-new-privs")),
        (Operation::RestrictSelf, Errno::TOOBIG, root, "16 times", None),
    ]);
}

#[test]
fn steps_inside_a_new_user_namespace_are_judged_by_what_it_may() {
    let world = World::new();
    root(&world);
    let cause = |kinds: Kinds, operation: &Operation<'_>| {
        diagnose(operation, Errno::PERM, &world.evidence().inside(kinds)).unwrap().cause
    };
    let proc = Operation::Mount { fs_type: "proc", target: place("/proc") };
    let ext4 = Operation::Mount { fs_type: "ext4", target: place("/mnt") };
    assert!(cause(Kind::User | Kind::Mnt, &proc).contains("shows the pid namespace"));
    assert!(cause(Kind::User | Kind::Mnt | Kind::Pid, &proc).contains("nothing hidden"));
    assert!(cause(Kind::User.into(), &proc).contains("belongs to the user namespace outside"));
    assert!(cause(Kind::User | Kind::Mnt, &ext4).contains("first user namespace"));
    assert!(cause(Kind::User.into(), &Operation::SetName).contains("outside"));
}

#[test]
fn a_trial_finds_the_kind_among_several() {
    let world = World::new();
    let evidence = world
        .evidence()
        .with_attempt(|kinds| Some(if kinds.contains(Kind::Uts) { Err(Errno::NOSPC) } else { Ok(()) }));
    let all = create(Kind::User | Kind::Net | Kind::Uts);
    let diagnosis = diagnose(&all, Errno::NOSPC, &evidence).unwrap();
    assert!(
        diagnosis.cause.contains("as many uts namespaces as allowed (user.max_uts_namespaces = 1000"),
        "{diagnosis:?}"
    );
}

#[test]
fn an_error_that_nothing_explains_has_no_diagnosis() {
    let evidence = World::new().evidence();
    assert_eq!(diagnose(&create(Kind::Net), Errno::FAULT, &evidence), None);
    assert_eq!(diagnose(&create(Kind::User), Errno::PERM, &evidence), None, "nothing is in the way");
}

#[test]
fn nothing_is_claimed_without_proc() {
    let nowhere = Evidence::below("/nonexistent");
    assert_eq!(diagnose(&create(Kind::Net), Errno::PERM, &nowhere), None);
    assert_eq!(diagnose(&create(Kind::User), Errno::PERM, &nowhere), None);
}
