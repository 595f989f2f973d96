//! Discovery, against the real kernel and util-linux's `lsns`.
#![expect(clippy::disallowed_methods, reason = "the system's tools make and list what these tests look at")]
#![expect(clippy::unwrap_used, reason = "a harness of its own makes clippy see no test here")]

mod common;

use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::process::Command;

use common::{Sleeper, root};
use insula_ns::{
    Found, HeldDescriptor, Kind, Kinds, Namespace, NetId, NsLink, NsMount, Pid, ProcDir, Process, Scan,
    SeenFrom, Snapshot, Want,
};
use libtest_mimic::{Arguments, Trial};
use rustix::thread::{Gid, Uid};

fn main() {
    let anybody: &[(&str, fn())] = &[
        ("processes_and_counts_are_those_of_lsns", processes_and_counts_are_those_of_lsns),
        ("only_the_kinds_asked_for_are_found", only_the_kinds_asked_for_are_found),
        ("descriptor_holds_a_namespace_without_processes", descriptor_holds_a_namespace_without_processes),
        ("parent_without_processes_is_found", parent_without_processes_is_found),
        ("mount_elsewhere_is_found_and_leads_in", mount_elsewhere_is_found_and_leads_in),
        ("pid_namespace_for_children_is_found", pid_namespace_for_children_is_found),
        ("fresh_network_namespace_has_no_number", fresh_network_namespace_has_no_number),
        ("every_found_namespace_opens_as_what_it_was", every_found_namespace_opens_as_what_it_was),
    ];
    let by_root: &[(&str, fn())] = &[
        ("thread_holds_a_namespace_without_processes", thread_holds_a_namespace_without_processes),
        ("socket_holds_a_namespace_without_processes", socket_holds_a_namespace_without_processes),
        ("mounts_in_a_mount_namespace_without_processes", mounts_in_a_mount_namespace_without_processes),
        ("mount_namespace_is_listed_by_the_kernel", mount_namespace_is_listed_by_the_kernel),
        ("what_an_ordinary_user_may_not_see_is_counted", what_an_ordinary_user_may_not_see_is_counted),
        ("hidepid_is_noticed", hidepid_is_noticed),
        ("inner_proc_is_read_in_its_own_ids", inner_proc_is_read_in_its_own_ids),
    ];
    let trial = |(name, test): &(&str, fn())| {
        let test = *test;
        Trial::test(*name, move || {
            test();
            Ok(())
        })
    };
    let by_root = by_root.iter().map(|test| trial(test).with_ignored_flag(!root()).with_kind("needs root"));
    libtest_mimic::run(&Arguments::from_args(), anybody.iter().map(trial).chain(by_root).collect()).exit();
}

fn scan(wants: &[Want]) -> Snapshot {
    wants.iter().fold(Scan::new(Kinds::ALL), |scan, want| scan.with(*want)).take().unwrap()
}

/// What a snapshot says of the namespace with this inode number.
fn found(snapshot: &Snapshot, inode: u64) -> &Found {
    let place = snapshot.find(inode).unwrap_or_else(|| panic!("namespace {inode} was not found"));
    &snapshot.namespaces[place]
}

fn inode(pid: Pid, link: impl Into<NsLink>) -> u64 {
    Namespace::of_pid(pid, link).unwrap().id().ino
}

fn me() -> Pid {
    rustix::process::getpid()
}

fn processes_and_counts_are_those_of_lsns() {
    let sleeper = Sleeper::unshare(&["-u", "-n", "-i", "-m", "-C"]);
    let lsns = Command::new("lsns").args(["-rno", "NS,TYPE,NPROCS,PID"]).output().unwrap();
    let lsns = String::from_utf8(lsns.stdout).unwrap();
    let snapshot = scan(&[]);
    for kind in [Kind::Uts, Kind::Net, Kind::Ipc, Kind::Mnt, Kind::Cgroup] {
        let found = found(&snapshot, inode(sleeper.pid(), kind));
        let lowest = found.lowest.unwrap();
        let line = format!("{} {} {} {}", found.id.ino, found.kind, found.processes, lowest);
        assert!(lsns.lines().any(|theirs| theirs == line), "no line {line} in\n{lsns}");
    }
    let process = snapshot.process(sleeper.pid()).unwrap();
    for kind in Kind::ALL {
        let place = process.namespace(kind).unwrap();
        assert_eq!(snapshot.namespaces[place].id.ino, inode(sleeper.pid(), kind));
        assert!(snapshot.members(place).any(|member| member.pid == sleeper.pid()));
    }
    // Nothing that nobody asked for is found out.
    assert!(snapshot.namespaces.iter().all(|found| found.owner.is_none() && found.ns_id.is_none()));
}

fn only_the_kinds_asked_for_are_found() {
    let snapshot = Scan::new(Kind::Net | Kind::Uts).with(Want::Relations).with(Want::Mounts).take().unwrap();
    assert!(snapshot.namespaces.iter().all(|found| matches!(found.kind, Kind::Net | Kind::Uts)));
    let own = found(&snapshot, Namespace::of_self(Kind::Net).unwrap().id().ino);
    assert_eq!(own.owner, Namespace::of_self(Kind::Net).unwrap().owner().unwrap().map(|owner| owner.id()));
}

fn descriptor_holds_a_namespace_without_processes() {
    let sleeper = Sleeper::unshare(&["-n"]);
    let net = Namespace::of_pid(sleeper.pid(), Kind::Net).unwrap();
    drop(sleeper);
    let snapshot = scan(&[Want::Descriptors]);
    let found = found(&snapshot, net.id().ino);
    assert!(found.is_without_processes() && found.lowest.is_none());
    let descriptor = rustix::fd::AsFd::as_fd(&net).as_raw_fd();
    // A child that another test is starting may have a copy, until it executes its program.
    assert!(found.descriptors.contains(&HeldDescriptor { pid: me(), descriptor }));
    let place = snapshot.find(net.id().ino).unwrap();
    assert_eq!(snapshot.open(place).unwrap().id(), net.id());
    assert!(scan(&[]).find(net.id().ino).is_none());
}

fn parent_without_processes_is_found() {
    // Each `unshare` becomes the next, so that no process stays in the middle.
    let sleeper = Sleeper::unshare(&["-U", "-r", "unshare", "-U", "-r", "-n"]);
    let inner = Namespace::of_pid(sleeper.pid(), Kind::User).unwrap();
    let middle = inner.parent().unwrap().unwrap();
    assert!(scan(&[]).find(middle.id().ino).is_none());
    let snapshot = scan(&[Want::Relations, Want::Ids]);
    let (inner, middle) = (found(&snapshot, inner.id().ino), found(&snapshot, middle.id().ino));
    assert_eq!((inner.parent, inner.owner), (Some(middle.id), Some(middle.id)));
    assert!(middle.is_without_processes());
    assert_eq!(middle.creator, Some(rustix::process::geteuid().as_raw()));
    let net = found(&snapshot, inode(sleeper.pid(), Kind::Net));
    assert_eq!(net.owner, Some(inner.id));
    assert_eq!(net.ns_id, Namespace::of_pid(sleeper.pid(), Kind::Net).unwrap().ns_id());
    let inner_place = snapshot.find(inner.id.ino).unwrap();
    assert!(snapshot.owned(inner_place).any(|owned| owned.id == net.id));
    let middle_place = snapshot.find(middle.id.ino).unwrap();
    assert!(snapshot.children(middle_place).any(|child| child.id == inner.id));
}

fn mount_elsewhere_is_found_and_leads_in() {
    // The shell that pins its UTS namespace goes on in another one: only the mount holds the first.
    let script = "mount -t tmpfs t /tmp && touch '/tmp/a b' && mount --bind /proc/self/ns/uts '/tmp/a b' && \
                  exec unshare -u \"$@\"";
    let sleeper = Sleeper::unshare(&["-u", "-m", "sh", "-c", script, "sh"]);
    let snapshot = scan(&[Want::AllMounts]);
    let own = found(&snapshot, inode(sleeper.pid(), Kind::Mnt)).id;
    let seen_from = SeenFrom::Process(sleeper.pid());
    let mount = NsMount { mount_ns: own, seen_from, path: "/tmp/a b".into() };
    let pinned = snapshot.namespaces.iter().find(|found| found.mounts.contains(&mount));
    let pinned = pinned.expect("the mount was not found");
    assert_eq!(pinned.kind, Kind::Uts);
    assert_eq!(pinned.mounts, [mount]);
    assert!(pinned.is_without_processes());
    let place = snapshot.find(pinned.id.ino).unwrap();
    assert_eq!(snapshot.open(place).unwrap().id(), pinned.id);
    assert!(scan(&[Want::Mounts]).find(pinned.id.ino).is_none(), "the caller's own table doesn't have it");
}

fn pid_namespace_for_children_is_found() {
    // The parent stays outside; its child, the sleeper, is born inside.
    let sleeper = Sleeper::unshare(&["-p", "--fork"]);
    let snapshot = scan(&[Want::ForChildren, Want::Relations]);
    let parent = snapshot.proc().parent(sleeper.pid()).unwrap().unwrap();
    let inside = found(&snapshot, inode(sleeper.pid(), Kind::Pid));
    assert_eq!(inside.for_children_of, [parent]);
    assert_eq!(inside.parent.map(|id| id.ino), Some(inode(parent, Kind::Pid)));
    let namespace = Namespace::of_pid(sleeper.pid(), Kind::Pid).unwrap();
    let one = Pid::from_raw(1).unwrap();
    assert_eq!(namespace.pid_inside(sleeper.pid()).unwrap(), Some(one));
    assert_eq!(namespace.pid_outside(one).unwrap(), Some(sleeper.pid()));
    assert_eq!(snapshot.proc().nested_pids(sleeper.pid()).unwrap().last(), Some(&one));
}

fn fresh_network_namespace_has_no_number() {
    let sleeper = Sleeper::unshare(&["-n"]);
    let snapshot = scan(&[Want::NetIds]);
    assert_eq!(found(&snapshot, inode(sleeper.pid(), Kind::Net)).net_id, Some(NetId::Unassigned));
    assert_eq!(found(&snapshot, inode(sleeper.pid(), Kind::Uts)).net_id, None);
}

fn every_found_namespace_opens_as_what_it_was() {
    let sleeper = Sleeper::unshare(&["-u", "-n", "-m"]);
    let snapshot = scan(&[Want::Descriptors, Want::Mounts]);
    for kind in Kind::ALL {
        let place = snapshot.process(sleeper.pid()).and_then(|process| process.namespace(kind)).unwrap();
        assert_eq!(snapshot.open(place).unwrap().id(), snapshot.namespaces[place].id);
    }
}

fn thread_holds_a_namespace_without_processes() {
    let sleeper = Sleeper::unshare(&["-u"]);
    let uts = Namespace::of_pid(sleeper.pid(), Kind::Uts).unwrap();
    let id = uts.id();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            uts.enter().unwrap();
            drop((uts, sleeper));
            let snapshot = scan(&[Want::Threads]);
            let thread = rustix::thread::gettid();
            let found = found(&snapshot, id.ino);
            assert_eq!((found.processes, found.threads, found.lowest), (0, 1, None));
            assert_eq!(snapshot.process(thread).and_then(|thread| thread.thread_of), Some(me()));
            let place = snapshot.find(id.ino).unwrap();
            assert_eq!(snapshot.members(place).map(|member| member.pid).collect::<Vec<_>>(), [thread]);
            assert_eq!(snapshot.open(place).unwrap().id(), id);
        });
    });
}

fn socket_holds_a_namespace_without_processes() {
    let sleeper = Sleeper::unshare(&["-n"]);
    let net = Namespace::of_pid(sleeper.pid(), Kind::Net).unwrap();
    let id = net.id();
    let enter = move || {
        net.enter().unwrap();
        UdpSocket::bind("0.0.0.0:0").unwrap()
    };
    let socket = std::thread::spawn(enter).join().unwrap();
    assert_eq!(Namespace::of_socket(&socket).unwrap().id(), id);
    drop(sleeper);
    let snapshot = scan(&[Want::Sockets]);
    let found = found(&snapshot, id.ino);
    assert!(found.sockets.contains(&HeldDescriptor { pid: me(), descriptor: socket.as_raw_fd() }));
    assert!(found.is_without_processes());
    let own = snapshot.process(me()).and_then(|process| process.namespace(Kind::Net)).unwrap();
    let of_mine = |held: &HeldDescriptor| held.pid == me();
    assert!(!snapshot.namespaces[own].sockets.iter().any(of_mine), "we are in it ourselves");
    let place = snapshot.find(id.ino).unwrap();
    assert_eq!(snapshot.open(place).unwrap().id(), id);
}

fn mounts_in_a_mount_namespace_without_processes() {
    let script =
        "mount -t tmpfs t /tmp && touch /tmp/u && mount --bind /proc/self/ns/uts /tmp/u && exec \"$@\"";
    let sleeper = Sleeper::unshare(&["-u", "-m", "sh", "-c", script, "sh"]);
    let held = Namespace::of_pid(sleeper.pid(), Kind::Mnt).unwrap();
    let uts = inode(sleeper.pid(), Kind::Uts);
    drop(sleeper);
    let snapshot = scan(&[Want::Descriptors, Want::AllMounts]);
    assert!(found(&snapshot, held.id().ino).is_without_processes());
    if held.ns_id().is_none() {
        // Before Linux 6.11 nobody can look there, and that is said.
        assert!(snapshot.hidden.mount_tables > 0);
        return;
    }
    let mounts = &found(&snapshot, uts).mounts;
    assert_eq!(mounts.len(), 1);
    assert_eq!((mounts[0].mount_ns, mounts[0].seen_from), (held.id(), SeenFrom::Kernel));
    assert_eq!(mounts[0].path.to_str(), Some("/tmp/u"));
}

fn mount_namespace_is_listed_by_the_kernel() {
    let sleeper = Sleeper::unshare(&["-m"]);
    let held = Namespace::of_pid(sleeper.pid(), Kind::Mnt).unwrap();
    drop(sleeper);
    let listed = scan(&[Want::Listed]).find(held.id().ino).is_some();
    // Such a list came with Linux 6.12, file handles with 6.18; ids of mount namespaces, with 6.11, tell neither.
    assert!(listed || held.handle().is_none(), "the kernel lists it and we do not");
}

fn what_an_ordinary_user_may_not_see_is_counted() {
    let sleeper = Sleeper::unshare(&["-u", "-n"]);
    let uts = inode(sleeper.pid(), Kind::Uts);
    // Credentials are a thread's own.
    let seen = std::thread::spawn(|| {
        let (user, group) = (Uid::from_raw(4242), Gid::from_raw(4242));
        rustix::thread::set_thread_groups(&[]).unwrap();
        rustix::thread::set_thread_res_gid(group, group, group).unwrap();
        rustix::thread::set_thread_res_uid(user, user, user).unwrap();
        scan(&[Want::Descriptors, Want::Relations])
    });
    let snapshot = seen.join().unwrap();
    assert!(snapshot.hidden.processes >= 2, "{:?}", snapshot.hidden);
    assert!(snapshot.process(sleeper.pid()).is_none());
    assert!(snapshot.find(uts).is_none());
    assert!(snapshot.process(me()).is_some(), "one sees oneself");
}

fn hidepid_is_noticed() {
    // In namespaces of its own, a process mounts a procfs that hides others; we read that one through its root.
    let script = "mount -t proc -o hidepid=ptraceable p /proc && exec \"$@\"";
    let sleeper = Sleeper::unshare(&["-m", "sh", "-c", script, "sh"]);
    let proc = proc_of(sleeper.pid());
    let snapshot = std::thread::spawn(|| {
        rustix::thread::set_thread_groups(&[]).unwrap();
        let (user, group) = (Uid::from_raw(4242), Gid::from_raw(4242));
        rustix::thread::set_thread_res_gid(group, group, group).unwrap();
        rustix::thread::set_thread_res_uid(user, user, user).unwrap();
        Scan::new(Kinds::ALL).take_in(proc).unwrap()
    });
    let snapshot = snapshot.join().unwrap();
    assert!(snapshot.hidden.unlisted, "{:?}", snapshot.hidden);
    let pids: Vec<Pid> = snapshot.processes.iter().map(|process: &Process| process.pid).collect();
    assert!(!pids.contains(&sleeper.pid()));
}

fn inner_proc_is_read_in_its_own_ids() {
    let script = "mount -t proc p /proc && exec \"$@\"";
    let sleeper =
        Sleeper::start(Command::new("unshare").args(["-m", "-p", "--fork", "sh", "-c", script, "sh"]));
    let outside = sleeper.outside();
    let proc = proc_of(outside);
    assert!(!proc.is_own() && ProcDir::open_own().unwrap().is_own());
    let snapshot = Scan::new(Kinds::ALL).with(Want::Sockets).take_in(proc).unwrap();
    let one = snapshot.process(Pid::from_raw(1).unwrap()).expect("a PID namespace has a first process");
    let place = one.namespace(Kind::Pid).unwrap();
    assert_eq!(snapshot.namespaces[place].id.ino, inode(outside, Kind::Pid));
}

/// The `/proc` that a process sees.
fn proc_of(pid: Pid) -> ProcDir {
    let root = std::fs::File::open(format!("/proc/{pid}/root/proc")).unwrap();
    ProcDir::from_fd(root.into()).unwrap()
}
