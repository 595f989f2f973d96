//! Starts of whole programs, against the real kernel.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

use insula_sys::program::{Environment, Image, Init, Outside, Program, Stage, StartError, Way};
use insula_sys::step::Step;
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

fn c(text: &str) -> CString {
    CString::new(text).unwrap()
}

fn program(words: &[&str]) -> Program {
    Program::new(Image {
        candidates: vec![c(words[0])],
        arguments: words.iter().map(|word| c(word)).collect(),
        environment: Environment::Inherit,
        way: Way::Direct,
        context: None,
    })
}

fn status(program: &Program) -> i32 {
    let started = program.start().expect("the start succeeds");
    let status = waitid(WaitId::PidFd(started.pidfd.as_fd()), WaitIdOptions::EXITED).unwrap().unwrap();
    status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal)).unwrap()
}

#[test]
fn exit_status_comes_back() {
    assert_eq!(status(&program(&["/bin/sh", "-c", "exit 7"])), 7);
}

#[test]
fn all_kinds_at_once_with_an_init() {
    let mut program = program(&["/bin/sh", "-c", "test $$ = 2 && kill -9 $$"]);
    program.kinds = 0x7e02_0080 & !0x1000_0000;
    program.init = Init::Reaper;
    program.world.push(Step::Hostname(b"inside".to_vec().into()));
    program.world.push(Step::LoopbackUp);
    assert_eq!(status(&program), 128 + 9);
}

#[test]
fn signals_are_blocked_under_an_init_as_the_caller_has_them() {
    let blocked = insula_sys::signal::bit(10) | insula_sys::signal::bit(16);
    let before = insula_sys::signal::set_mask(blocked).unwrap();
    let line = format!("SigBlk:.{blocked:016x}");
    let mut program = program(&["/bin/grep", "-q", &line, "/proc/self/status"]);
    program.kinds = 0x2000_0000;
    program.init = Init::Reaper;
    assert_eq!(status(&program), 0);
    insula_sys::signal::set_mask(before).unwrap();
}

#[test]
fn no_signal_of_the_start_reaches_the_payload() {
    let mut program = program(&["/bin/grep", "-q", "ShdPnd:.0000000000000000", "/proc/self/status"]);
    program.kinds = 0x2000_0000;
    program.init = Init::Reaper;
    assert_eq!(status(&program), 0);
}

#[test]
fn foreign_signal_in_place_of_the_inits_does_not_hold_the_payload_up() {
    let directory = std::env::temp_dir().join(format!("insula-sys-signal-{}", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    let _gone_after = Gone(directory.clone());
    rustix::fs::mknodat(CWD, directory.join("hold"), FileType::Fifo, Mode::from(0o600), 0).unwrap();
    let mut program = program(&["/bin/true"]);
    program.kinds = 0x2000_0000;
    program.init = Init::Reaper;
    program.world.push(Step::DeathSignal(9)); // Nothing stays, should this test fail.
    let at =
        program.keep(rustix::fs::open(&directory, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).unwrap());
    // The init-to-be waits here for a reader; the payload's process is there already.
    program.reaper.push(Step::Write { at: at.into(), path: c("hold"), data: b"x".to_vec().into() });
    let (tell, told) = std::sync::mpsc::channel();
    let starter = std::thread::spawn(move || {
        tell.send(rustix::thread::gettid()).unwrap();
        status(&program)
    });
    let init = child_of(told.recv().unwrap());
    let payload = child_of(init);
    kill_process(payload, Signal::STOP).unwrap();
    kill_process(payload, Signal::STKFLT).unwrap();
    let hold = std::fs::read(directory.join("hold")).unwrap();
    assert_eq!(hold, b"x");
    let name = format!("/proc/{}/comm", init.as_raw_pid());
    until(|| (std::fs::read_to_string(&name).unwrap() == "insula-init\n").then_some(()));
    kill_process(payload, Signal::CONT).unwrap();
    let ended = until(|| starter.is_finished().then_some(()));
    if ended.is_none() {
        kill_process(init, Signal::KILL).unwrap();
    }
    assert!(ended.is_some(), "the payload waits for ever");
    assert_eq!(starter.join().unwrap(), 0);
}

/// Removes a directory when it is dropped.
struct Gone(std::path::PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Asks until there is an answer, for half a minute.
fn until<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    (0..3000).find_map(|_| {
        ask().or_else(|| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            None
        })
    })
}

/// The child that this process, or thread of ours, makes.
fn child_of(maker: Pid) -> Pid {
    let id = maker.as_raw_pid();
    let paths = [format!("/proc/self/task/{id}/children"), format!("/proc/{id}/task/{id}/children")];
    until(|| {
        let list = paths.iter().find_map(|path| std::fs::read_to_string(path).ok())?;
        Pid::from_raw(list.split_whitespace().next()?.parse().ok()?)
    })
    .expect("it makes one")
}

#[test]
fn failed_step_is_named_and_nothing_is_left() {
    let mut program = program(&["/bin/true"]);
    program.process.push(Step::Umask(0o22));
    program.process.push(Step::Chdir(c("/does/not/exist")));
    for init in [Init::Payload, Init::Reaper] {
        program.init = init;
        program.kinds = 0x2000_0000;
        let Err(StartError::Step(failure)) = program.start() else { panic!("the start should fail") };
        assert_eq!((failure.stage, failure.index), (Stage::Process, 1));
        assert_eq!(failure.errno, rustix::io::Errno::NOENT);
    }
}

#[test]
fn missing_program_fails_at_exec() {
    let Err(StartError::Step(failure)) = program(&["/does/not/exist"]).start() else {
        panic!("it should fail")
    };
    assert_eq!((failure.stage, failure.errno), (Stage::Exec, rustix::io::Errno::NOENT));
}

/// A program in a user namespace with maps that only somebody outside may write.
fn mapped_from_outside() -> Program {
    let mut program = program(&["/bin/sh", "-c", "test \"$(cat /proc/self/uid_map | wc -l)\" = 2"]);
    program.kinds = 0x1000_0000;
    let proc = rustix::fs::open(
        "/proc",
        rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    );
    program.proc = Some(program.keep(proc.unwrap()).into());
    for file in ["uid_map", "gid_map"] {
        program
            .outside
            .push(Outside::WriteProc { file: c(file), data: b"0 0 1\n1 100000 10\n".to_vec().into() });
    }
    program.world.push(Step::Outside);
    program
}

#[test]
fn helper_outside_writes_maps_that_the_child_may_not() {
    let mut program = mapped_from_outside();
    assert_eq!(status(&program), 0);
    program.outside[1] = Outside::WriteProc { file: c("gid_map"), data: b"nonsense".to_vec().into() };
    let Err(StartError::Step(failure)) = program.start() else { panic!("it should fail") };
    assert_eq!((failure.stage, failure.index), (Stage::Outside, 1));
}

#[test]
fn helper_outside_knows_a_child_whose_maker_had_a_copy_of_our_memory() {
    let mut outer = program(&["/bin/sleep", "100"]);
    outer.kinds = 0x0400_0000;
    let outer = outer.start().unwrap();
    for join_time in [false, true] {
        let mut inner = mapped_from_outside();
        let fd = inner.keep(outer.pidfd.try_clone().unwrap()).into();
        inner.join.push(Step::Join { fd, kinds: 0x0400_0000 });
        inner.join_time = join_time;
        assert_eq!(status(&inner), 0);
    }
    rustix::process::pidfd_send_signal(&outer.pidfd, rustix::process::Signal::KILL).unwrap();
    waitid(WaitId::PidFd(outer.pidfd.as_fd()), WaitIdOptions::EXITED).unwrap();
}

#[test]
fn joined_pid_namespace_is_that_of_the_payload() {
    let mut outer = program(&["/bin/sleep", "100"]);
    outer.kinds = 0x2000_0000;
    let outer = outer.start().unwrap();
    let mut inner = program(&["/bin/sh", "-c", "exit $$"]);
    let fd = inner.keep(outer.pidfd.try_clone().unwrap()).into();
    inner.join.push(Step::Join { fd, kinds: 0x2000_0000 });
    assert_eq!(status(&inner), 2);
    inner.join_time = true;
    assert_eq!(status(&inner), 3);
    rustix::process::pidfd_send_signal(&outer.pidfd, rustix::process::Signal::KILL).unwrap();
    waitid(WaitId::PidFd(outer.pidfd.as_fd()), WaitIdOptions::EXITED).unwrap();
}

/// A FIFO in a directory of its own, open for reading and writing.
fn gate() -> (Gone, OwnedFd) {
    let directory = std::env::temp_dir().join(format!(
        "insula-sys-gate-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::create_dir(&directory).unwrap();
    let gone = Gone(directory.clone());
    let path = directory.join("gate");
    rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::from(0o600), 0).unwrap();
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    (gone, rustix::fs::open(&path, flags, Mode::empty()).unwrap())
}

#[test]
fn gated_payload_waits_until_a_byte_comes() {
    let (_gone, fifo) = gate();
    let mut program = program(&["/bin/sh", "-c", "exit 7"]);
    program.kinds = 0x2000_0000;
    let gate = program.keep(fifo.try_clone().unwrap());
    program.image.way = Way::Gated(gate);
    let started = program.start().unwrap();
    let name = || std::fs::read_to_string(format!("/proc/{}/cmdline", started.pid)).unwrap();
    assert!(name().starts_with("insula-exec"), "{}", name());
    rustix::io::write(&fifo, b".").unwrap();
    let status = waitid(WaitId::PidFd(started.pidfd.as_fd()), WaitIdOptions::EXITED).unwrap().unwrap();
    assert_eq!(status.exit_status(), Some(7));
}

#[test]
fn gated_payload_that_is_not_there_is_told_before() {
    let (_gone, fifo) = gate();
    let mut program = program(&["/does/not/exist"]);
    let gate = program.keep(fifo);
    program.image.way = Way::Gated(gate);
    let Err(StartError::Step(failure)) = program.start() else { panic!("it should fail") };
    assert_eq!((failure.stage, failure.errno), (Stage::Exec, rustix::io::Errno::NOENT));
}

#[test]
fn attendant_answers_while_the_child_waits() {
    let outer = program(&["/bin/sleep", "100"]).start().unwrap();
    for joins in [false, true] {
        let mut program = mapped_from_outside();
        if joins {
            let fd = program.keep(outer.pidfd.try_clone().unwrap()).into();
            program.join.push(Step::Join { fd, kinds: 0x0400_0000 });
            program.kinds |= 0x2000_0000;
        }
        program.world.extend([Step::Ask(3), Step::Ask(4)]);
        let mut asked = Vec::new();
        let started = program
            .start_attended(&mut |request| {
                let map = std::fs::read_to_string(format!("/proc/{}/uid_map", request.pid)).unwrap();
                asked.push((request.number, map.lines().count()));
                Ok(())
            })
            .unwrap();
        let status = waitid(WaitId::PidFd(started.pidfd.as_fd()), WaitIdOptions::EXITED).unwrap().unwrap();
        assert_eq!(status.exit_status(), Some(0));
        assert_eq!(asked, [(3, 2), (4, 2)]);
        let failed = program.start_attended(&mut |request| {
            if request.number == 4 { Err(rustix::io::Errno::NODEV) } else { Ok(()) }
        });
        let Err(StartError::Step(failure)) = failed else { panic!("it should fail") };
        assert_eq!((failure.stage, failure.index), (Stage::World, 2));
        assert_eq!(failure.errno, rustix::io::Errno::NODEV);
    }
    rustix::process::pidfd_send_signal(&outer.pidfd, rustix::process::Signal::KILL).unwrap();
    waitid(WaitId::PidFd(outer.pidfd.as_fd()), WaitIdOptions::EXITED).unwrap();
}
