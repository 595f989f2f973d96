//! A caller that does not want to know of its children's end.

use std::ffi::CString;

use insula_sys::program::{Environment, Image, Init, Program, Way};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

#[test]
fn init_ends_though_the_caller_ignores_sigchld() {
    insula_sys::signal::set_ignored(17).unwrap();
    let path = CString::new("/bin/true").unwrap();
    let image = Image {
        candidates: vec![path.clone()],
        arguments: vec![path],
        environment: Environment::Inherit,
        way: Way::Direct,
        context: None,
    };
    let mut program = Program::new(image);
    program.kinds = 0x2000_0000;
    program.init = Init::Reaper;
    let started = program.start().unwrap();
    let mut ended = [PollFd::new(&started.pidfd, PollFlags::IN)];
    let ready = poll(&mut ended, Some(&Timespec { tv_sec: 60, tv_nsec: 0 })).unwrap();
    let _ = rustix::process::pidfd_send_signal(&started.pidfd, rustix::process::Signal::KILL);
    assert_eq!(ready, 1, "the init waits for ever");
}
