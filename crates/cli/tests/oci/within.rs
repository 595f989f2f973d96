//! A time limit for each fact, so that nothing that waits for ever, be it ours or the original, keeps all others waiting.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use libtest_mimic::Failed;
use rustix::process::{Pid, Signal, kill_process};

/// Longer than any fact takes where the machine does much else.
const LIMIT: Duration = Duration::from_secs(180);
/// How long the fact may take to clean up when what it waited for was ended.
const END: Duration = Duration::from_secs(30);

/// Finds out whether the fact holds. If it takes too long, tells what its children were waiting in, and ends them.
pub(crate) fn limit(holds: fn()) -> Result<(), Failed> {
    let (begun, thread) = channel();
    let (done, end) = channel();
    let fact = std::thread::spawn(move || {
        begun.send(rustix::thread::gettid()).unwrap();
        let held = std::panic::catch_unwind(holds);
        done.send(()).unwrap();
        held
    });
    let thread = thread.recv().unwrap();
    if let Err(RecvTimeoutError::Timeout) = end.recv_timeout(LIMIT) {
        let waiting = children_of(thread);
        let told: Vec<_> = waiting.iter().map(|child| told(*child)).collect();
        for child in waiting {
            let _ = kill_process(child, Signal::KILL);
        }
        let _ = end.recv_timeout(END);
        return Err(format!("not done in {} seconds; its children: {told:#?}", LIMIT.as_secs()).into());
    }
    match fact.join().unwrap() {
        Ok(()) => Ok(()),
        Err(panic) => resume_unwind(panic),
    }
}

/// What this thread has started and not reaped.
fn children_of(thread: Pid) -> Vec<Pid> {
    let file = format!("/proc/self/task/{}/children", thread.as_raw_pid());
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().filter_map(|number| Pid::from_raw(number.parse().ok()?)).collect()
}

/// The words of a process, and where in the kernel it waits.
fn told(process: Pid) -> String {
    let read = |file| std::fs::read(format!("/proc/{}/{file}", process.as_raw_pid())).unwrap_or_default();
    let [words, stack] =
        ["cmdline", "stack"].map(|file| String::from_utf8_lossy(&read(file)).replace('\0', " "));
    format!("{words}\n{stack}")
}
