//! `--tty`, and what a terminal sends without it.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::pseudo::Pseudo;

pub(super) const TESTS: &[(&str, fn())] = &[
    ("status_of_the_command_passes", status_of_the_command_passes),
    ("terminal_is_not_ours", terminal_is_not_ours),
    ("key_that_interrupts_arrives_once", key_that_interrupts_arrives_once),
    ("size_is_ours_and_follows_it", size_is_ours_and_follows_it),
    ("settings_come_back", settings_come_back),
    ("key_that_ends_the_input_does", key_that_ends_the_input_does),
    ("last_output_is_not_lost", last_output_is_not_lost),
    ("input_need_not_be_a_terminal", input_need_not_be_a_terminal),
    ("reader_that_goes_away_leaves_a_usable_terminal", reader_that_goes_away_leaves_a_usable_terminal),
    ("hang_up_reaches_the_command", hang_up_reaches_the_command),
    ("terminal_can_be_closed_and_opened_again", terminal_can_be_closed_and_opened_again),
    ("new_dev_has_a_name_for_it", new_dev_has_a_name_for_it),
    ("who_enters_gets_a_terminal_of_its_own", who_enters_gets_a_terminal_of_its_own),
];

fn shell<'a>(options: &[&'a str], script: &'a str) -> Pseudo {
    let words: Vec<&str> =
        ["run"].into_iter().chain(options.iter().copied()).chain(["sh", "-c", script]).collect();
    Pseudo::start(&words)
}

fn status_of_the_command_passes() {
    assert_eq!(shell(&["-t"], "exit 5").ends(), 5);
    assert_eq!(shell(&["--tty"], "kill -TERM $$; sleep 5").ends(), 143);
    assert_eq!(Pseudo::start(&["run", "-t", "no-such-program"]).ends(), 127);
}

fn terminal_is_not_ours() {
    let mut ours = shell(&[], "tty; exit 3");
    assert_eq!(ours.ends(), 3);
    let mut own = shell(&["-t"], "test -t 0 && test -t 1 && test -t 2 && tty && echo through > /dev/tty");
    assert_eq!(own.ends(), 0, "{}", own.seen());
    own.sees("through");
    let tty = |seen: &str| seen.lines().next().unwrap_or_default().to_owned();
    assert!(tty(own.seen()).starts_with("/dev/pts/") && tty(ours.seen()).starts_with("/dev/pts/"));
    assert_ne!(tty(own.seen()), tty(ours.seen()));
}

fn key_that_interrupts_arrives_once() {
    const COUNT: &str = "count=0; trap 'count=$((count + 1)); echo caught' INT; echo ready; \
        turn=0; while [ $turn -lt 20 ]; do sleep 0.05; turn=$((turn + 1)); done; echo count=$count";
    for options in [&[][..], &["--no-init"], &["-t"], &["--new-session"]] {
        let mut person = shell(options, COUNT);
        person.sees("ready");
        person.types("\x03");
        person.sees("caught");
        assert_eq!(person.ends(), 0);
        assert!(person.seen().contains("count=1"), "{options:?}: {}", person.seen());
    }
}

fn size_is_ours_and_follows_it() {
    let mut person =
        shell(&["-t"], "stty size; trap 'stty size; exit 9' WINCH; echo ready; while :; do sleep 0.05; done");
    person.sees("ready");
    person.sees("24 80");
    person.resize(40, 133);
    person.sees("40 133");
    assert_eq!(person.ends(), 9);
}

fn settings_come_back() {
    let mut person = shell(&["-t"], "echo ready; read line; exit 0");
    person.sees("ready");
    assert!(!person.is_as_at_first());
    person.types("line\r");
    assert_eq!(person.ends(), 0);
    assert!(person.is_as_at_first());

    let mut person = shell(&["-t"], "echo ready; sleep 4711");
    person.sees("ready");
    person.signals(Signal::TERM);
    assert_eq!(person.ends(), 143);
    assert!(person.is_as_at_first());

    let mut person = Pseudo::start(&["run", "-t", "no-such-program"]);
    assert_eq!(person.ends(), 127);
    assert!(person.is_as_at_first());
}

fn key_that_ends_the_input_does() {
    let mut person = shell(&["-t"], "echo ready; cat; echo end");
    person.sees("ready");
    person.types("word\r");
    person.sees("word\r\nword\r\n");
    person.types("\x04");
    assert_eq!(person.ends(), 0);
    assert!(person.seen().ends_with("end\r\n"), "{}", person.seen());
}

fn last_output_is_not_lost() {
    let mut person = shell(&["-t"], "seq 1 20000; exit 3");
    assert_eq!(person.ends(), 3);
    assert_eq!(person.seen().lines().count(), 20000);
    assert!(person.seen().ends_with("20000\r\n"));
}

/// What `insula run -t` with these words prints, when it reads `input` from a pipe.
fn piped(words: &[&str], input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_insula"))
        .args(["run", "-t"])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    let _ = writer.join();
    assert!(child.wait().unwrap().success(), "{text}");
    text
}

fn input_need_not_be_a_terminal() {
    assert_eq!(piped(&["sh", "-c", "test -t 0 && echo yes"], ""), "yes\r\n");
    assert_eq!(
        piped(&["sh", "-c", "stty -echo; read word; echo \"[$word]\""], "word\n").trim_end().lines().last(),
        Some("[word]")
    );
    // The end comes through, be it in the middle of a line.
    assert!(piped(&["sh", "-c", "cat; echo end"], "unfinished").ends_with("unfinishedend\r\n"));
    let lines: String = (1..=20000).flat_map(|number: u32| [number.to_string(), "\n".to_owned()]).collect();
    assert!(piped(&["sh", "-c", "stty -echo; cat | tail -n 1"], &lines).ends_with("20000\r\n"));
}

fn reader_that_goes_away_leaves_a_usable_terminal() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let words = ["run", "-t", "sh", "-c", "while :; do echo word; done"];
    let mut person = Pseudo::start_with(&words, Some(writer.into()));
    reader.read_exact(&mut [0; 4]).unwrap();
    drop(reader);
    assert_eq!(person.ends(), 129);
    assert!(person.is_as_at_first());
}

fn hang_up_reaches_the_command() {
    let mut person = shell(&["-t"], "trap 'exit 9' HUP; echo ready; while :; do sleep 0.05; done");
    person.sees("ready");
    assert_eq!(person.hangs_up(), 9);
    let mut person = shell(&["--new-session"], "trap 'exit 9' HUP; echo ready; while :; do sleep 0.05; done");
    person.sees("ready");
    assert_eq!(person.hangs_up(), 9);
}

fn terminal_can_be_closed_and_opened_again() {
    let mut person = shell(&["-t"], "exec < /dev/null > /dev/null 2>&1; sleep 0.2; echo late > /dev/tty");
    assert_eq!(person.ends(), 0);
    assert!(person.seen().contains("late"), "{}", person.seen());
}

fn new_dev_has_a_name_for_it() {
    let mut person = shell(&["-t", "--dev"], "tty");
    assert_eq!(person.ends(), 0, "{}", person.seen());
    assert_eq!(person.seen(), "/dev/console\r\n");
}

fn who_enters_gets_a_terminal_of_its_own() {
    let child_of = |pid: String| {
        let found = Command::new("pgrep").args(["-P", &pid]).output().unwrap().stdout;
        String::from_utf8(found).unwrap().trim_end().to_owned()
    };
    let mut target = shell(&[], "tty; echo ready; sleep 4711; exit");
    target.sees("ready");
    let pid = child_of(child_of(target.pid().to_string()));
    let mut guest = Pseudo::start(&["enter", &pid, "sh", "-c", "tty; exit 4"]);
    assert_eq!(guest.ends(), 4, "{}", guest.seen());
    assert!(guest.seen().starts_with("/dev/pts/"));
    assert_ne!(guest.seen().lines().next(), target.seen().lines().next());
    let mut guest = Pseudo::start(&["enter", "--no-tty", &pid, "sh", "-c", "ps -o tty= -p $$"]);
    assert_eq!(guest.ends(), 0, "{}", guest.seen());
    assert!(guest.is_as_at_first());
    target.signals(Signal::TERM);
    assert_eq!(target.ends(), 143);
}
