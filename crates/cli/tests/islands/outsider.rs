//! A process outside, of the same user as the one inside, that must neither be seen nor be signalled.

use crate::place::Place;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Dies of SIGURG, which everyone else ignores; answers SIGWINCH. Pending signals are handled in the order of their numbers,
/// so an answer means that no SIGURG came before.
const SCRIPT: &str =
    "trap 'exit 9' URG; trap 'echo alive' WINCH; echo alive; while :; do sleep 0.2 & wait; done";

#[derive(Debug)]
pub(crate) struct Outsider {
    process: Child,
    answers: BufReader<ChildStdout>,
    number: u32,
}

impl Outsider {
    pub(crate) fn start(place: Place) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = std::process::id() * 1000 + NEXT.fetch_add(1, Ordering::Relaxed);
        let mut process = place
            .outside("sh")
            .args(["-c", SCRIPT, &name(number)])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut outsider = Self { process, answers, number };
        assert!(outsider.answers(), "the outsider did not start");
        outsider
    }

    pub(crate) fn pid(&self) -> String {
        self.process.id().to_string()
    }

    /// What [`name`] makes this process's name of; the name itself must not stand on the insider's command line.
    pub(crate) fn number(&self) -> String {
        self.number.to_string()
    }

    fn answers(&mut self) -> bool {
        let mut line = String::new();
        self.answers.read_line(&mut line).is_ok_and(|_| line == "alive\n")
    }

    /// # Errors
    /// If a signal reached it.
    pub(crate) fn is_untouched(&mut self) -> Result<(), String> {
        let pid = rustix::process::Pid::from_child(&self.process);
        let asked = rustix::process::kill_process(pid, rustix::process::Signal::WINCH).is_ok();
        if asked && self.answers() { Ok(()) } else { Err("a signal reached the process outside".into()) }
    }
}

impl Drop for Outsider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The name that an outsider has on its command line.
pub(crate) fn name(number: impl std::fmt::Display) -> String {
    format!("outsider-{number}")
}
