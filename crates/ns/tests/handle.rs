//! Handles on namespaces, against the real kernel.
#![expect(clippy::disallowed_methods, reason = "the system's `unshare` makes what these tests look at")]

mod common;

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;

use common::{Sleeper, readlink, root};
use insula_ns::{Kind, Namespace, NamespaceError, NsLink, Pid, PidFd, enter_process};
use rustix::io::Errno;

#[test]
fn own_namespaces_are_those_of_proc() {
    for kind in Kind::ALL {
        let ns = Namespace::of_self(kind).unwrap();
        assert_eq!(ns.kind(), kind);
        assert_eq!(readlink(&format!("/proc/self/ns/{kind}")), format!("{kind}:[{}]", ns.id().ino));
    }
    assert_eq!(
        Namespace::of_self(NsLink::PidForChildren).unwrap().id(),
        Namespace::of_self(Kind::Pid).unwrap().id()
    );
}

#[test]
fn namespaces_of_a_process_are_found_by_pidfd_pid_and_file() {
    let sleeper = Sleeper::unshare(&["-u", "-n", "-i", "-m", "-C"]);
    let process = PidFd::open(sleeper.pid()).unwrap();
    for kind in Kind::ALL {
        let path = format!("/proc/{}/ns/{kind}", sleeper.pid());
        let by_process = Namespace::of_process(&process, kind).unwrap();
        assert_eq!(readlink(&path), format!("{kind}:[{}]", by_process.id().ino));
        assert_eq!(Namespace::of_pid(sleeper.pid(), kind).unwrap().id(), by_process.id());
        let by_file = Namespace::open(&path).unwrap();
        assert_eq!((by_file.id(), by_file.kind()), (by_process.id(), kind));
    }
}

#[test]
fn process_that_ended_is_named() {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = Pid::from_child(&child);
    let process = PidFd::open(pid).unwrap();
    child.wait().unwrap();
    assert!(process.has_exited());
    assert_eq!(process.pid().unwrap(), None);
    let error = Namespace::of_process(&process, Kind::Net).unwrap_err();
    assert!(matches!(error, NamespaceError::OfProcess { source: Errno::SRCH, .. }), "{error:?}");
    let error = Namespace::of_pid(pid, Kind::Net).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot open the net namespace of process {pid}"));
}

#[test]
fn files_that_are_no_namespaces_are_refused_by_name() {
    let error = Namespace::open("/dev/null").unwrap_err();
    assert!(matches!(error, NamespaceError::NotANamespace { .. }));
    assert_eq!(error.to_string(), "`/dev/null` is not a namespace file: its file system is not nsfs");
    let error = Namespace::open("/nonexistent").unwrap_err();
    assert!(matches!(error, NamespaceError::File { source: Errno::NOENT, .. }));
    let pipe = rustix::pipe::pipe().unwrap().0;
    assert!(matches!(Namespace::from_fd(pipe), Err(NamespaceError::NotANamespace { .. })));
}

#[test]
fn wrong_kind_is_refused() {
    let error = Namespace::open("/proc/self/ns/uts").unwrap().require(Kind::Net).unwrap_err();
    assert!(matches!(error, NamespaceError::WrongKind { found: Kind::Uts, expected: Kind::Net, .. }));
}

#[test]
fn handle_leads_back() {
    for kind in Kind::ALL {
        let ns = Namespace::of_self(kind).unwrap();
        // Kernels before 6.18 have no handles.
        let Some(handle) = ns.handle() else { return };
        assert_eq!(Some(handle.ns_id), ns.ns_id());
        assert_eq!(Namespace::by_handle(handle).unwrap().id(), ns.id());
        let wrong = insula_ns::NsHandle { ns_id: u64::MAX, ..handle };
        let error = Namespace::by_handle(wrong).unwrap_err();
        assert!(matches!(error, NamespaceError::Handle { source: Errno::STALE, .. }), "{error:?}");
    }
}

#[test]
fn socket_tells_its_network_namespace() {
    let (socket, _peer) = UnixStream::pair().unwrap();
    match Namespace::of_socket(&socket) {
        Ok(ns) => assert_eq!(ns.id(), Namespace::of_self(Kind::Net).unwrap().id()),
        Err(error) => {
            assert!(!root() && matches!(error, NamespaceError::Socket { source: Errno::PERM, .. }));
        }
    }
    let file = std::fs::File::open("/dev/null").unwrap();
    assert!(matches!(
        Namespace::of_socket(&file),
        Err(NamespaceError::Socket { source: Errno::NOTSOCK, .. })
    ));
}

#[test]
fn owner_and_parent_of_an_inner_user_namespace_are_ours() {
    let sleeper = Sleeper::unshare(&["-U", "-n"]);
    let ours = Namespace::of_self(Kind::User).unwrap();
    let inner = Namespace::of_pid(sleeper.pid(), Kind::User).unwrap();
    let net = Namespace::of_pid(sleeper.pid(), Kind::Net).unwrap();
    assert_eq!(net.owner().unwrap().unwrap().id(), inner.id());
    assert_eq!(inner.owner().unwrap().unwrap().id(), ours.id());
    assert_eq!(inner.parent().unwrap().unwrap().id(), ours.id());
    assert_eq!(inner.owner_uid().unwrap(), Some(rustix::process::geteuid().as_raw()));
    assert_eq!(net.owner_uid().unwrap(), None);
    assert!(net.parent().unwrap().is_none());
}

#[test]
fn entering_changes_the_calling_thread_only() {
    let sleeper = Sleeper::unshare(&["-u", "-n"]);
    let net = Namespace::of_pid(sleeper.pid(), Kind::Net).unwrap();
    let uts = Namespace::of_pid(sleeper.pid(), Kind::Uts).unwrap();
    if !root() {
        // It would have to enter the user namespace first, which a process with threads may not.
        assert!(matches!(net.enter(), Err(NamespaceError::Enter { source: Errno::PERM, .. })));
        return;
    }
    let before = Namespace::of_self(Kind::Net).unwrap().id();
    std::thread::scope(|scope| {
        let entered = scope.spawn(|| {
            net.enter().unwrap();
            Namespace::of_self(Kind::Net).unwrap().id()
        });
        assert_eq!(entered.join().unwrap(), net.id());
        let entered = scope.spawn(|| {
            let process = PidFd::open(sleeper.pid()).unwrap();
            enter_process(&process, Kind::Net | Kind::Uts).unwrap();
            [Kind::Net, Kind::Uts].map(|kind| Namespace::of_self(kind).unwrap().id())
        });
        assert_eq!(entered.join().unwrap(), [net.id(), uts.id()]);
    });
    assert_eq!(Namespace::of_self(Kind::Net).unwrap().id(), before);
}

#[test]
fn refusal_to_enter_names_the_namespace() {
    // A multithreaded process may not enter a user namespace, nor anyone its own.
    let own = Namespace::of_self(Kind::User).unwrap();
    let error = own.enter().unwrap_err();
    assert_eq!(error.to_string(), format!("cannot enter user:[{}]", own.id().ino));
    assert!(matches!(error, NamespaceError::Enter { source: Errno::INVAL, .. }));
}

#[test]
fn descriptor_survives_the_round_trip() {
    let ns = Namespace::of_self(Kind::Ipc).unwrap();
    let id = ns.id();
    assert!(rustix::io::fcntl_getfd(ns.as_fd()).unwrap().contains(rustix::io::FdFlags::CLOEXEC));
    assert_eq!(Namespace::from_fd(OwnedFd::from(ns)).unwrap().id(), id);
}
