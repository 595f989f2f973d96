//! A start shares the caller's memory for a moment: nobody inside may profit from it, and the caller stays as it was.

use std::io::Read as _;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Mutex, PoisonError};

use insula_ns::Kind;
use insula_sandbox::mounts::{Mount, Propagation};
use insula_sandbox::{Error, Join, Sandbox, Stream};
use rustix::process::{DumpableBehavior, dumpable_behavior};

/// The dumpable flag is one for all threads of this test program.
static FLAG: Mutex<()> = Mutex::new(());

/// A loop that finds the process which is about to join, then tries to look into it, as a debugger would.
const LOOK: &str = r#"
    echo ready
    while :; do
        for p in /proc/[0-9]*; do
            read -r name < $p/comm && [ "$name" = newcomer ] && break 2
        done
    done 2> /dev/null
    readlink $p/exe && echo "its program is seen"
    readlink $p/fd/* && echo "its descriptors are seen"
    head -c 1 $p/maps && echo "its memory is seen"
    kill -9 "${p#/proc/}"
"#;

#[test]
fn joining_process_cannot_be_looked_into_before_it_executes() {
    let _guard = FLAG.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut outer = Sandbox::new("sh").args(["-c", LOOK]).unshare(Kind::User | Kind::Pid | Kind::Mnt);
    outer = outer.map_root().unwrap();
    outer.mounts.propagation = Some(Propagation::Private);
    outer.mounts.mounts.push(Mount::Proc("/proc".into()));
    outer.stdio.streams[1] = Stream::Fd(OwnedFd::from(writer));
    outer.stdio.streams[2] = Stream::Null;
    let outer = outer.spawn().unwrap();
    let mut ready = [0; 6];
    reader.read_exact(&mut ready).unwrap();
    let pidfd = outer.as_fd().try_clone_to_owned().unwrap();
    // Inside, before its execution, it waits until the other kills it.
    let inner = Sandbox::new("true").join(Join::Process(pidfd, Kind::User | Kind::Pid)).stop_before(4);
    let join = move || inner.status().map(drop);
    let ended = std::thread::Builder::new().name("newcomer".to_owned()).spawn(join).unwrap().join().unwrap();
    assert!(matches!(ended, Err(Error::Vanished { signal: Some(9), .. })), "{ended:?}");
    let mut seen = String::new();
    reader.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "");
    assert!(outer.wait().unwrap().success());
}

#[test]
fn caller_stays_dumpable_when_the_payload_is_somebody_else() {
    let _guard = FLAG.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
    for kinds in [Kind::Uts | Kind::Pid, Kind::Uts.into()] {
        let mut sandbox = Sandbox::new("true").unshare(kinds);
        sandbox.identity.uid = Some(4242);
        match sandbox.spawn() {
            Ok(child) => assert!(child.wait().unwrap().success()),
            Err(Error::Start(failure)) => assert!(!rustix::process::geteuid().is_root(), "{failure}"),
            Err(error) => panic!("{error}"),
        }
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
    }
}

#[test]
fn oom_score_is_the_payloads_alone() {
    let own = || std::fs::read_to_string("/proc/self/oom_score_adj").unwrap();
    let before = own();
    let mut sandbox = Sandbox::new("sh")
        .args(["-c", "test $(cat /proc/self/oom_score_adj) = 987"])
        .unshare(Kind::Pid | Kind::User);
    sandbox.limits.oom_score = Some(987);
    assert!(sandbox.status().unwrap().success());
    assert_eq!(own(), before);
}
