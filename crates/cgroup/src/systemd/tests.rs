//! A bus that is a thread, which says what systemd would and keeps what it was asked.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::bus::message::{FIXED, Kind, Message};
use super::bus::wire::Writer;
use super::bus::{Bus, Route, address_of};
use super::*;

/// A socket in a directory of its own, which goes with it.
struct Fake {
    directory: PathBuf,
    asked: Receiver<Message>,
}

/// What the fake says when the job of a unit is over, and before.
#[derive(Clone, Copy)]
struct Manners {
    result: &'static str,
    /// The end of the job is told before the call is answered.
    is_hasty: bool,
    /// The first start finds a unit of that name.
    finds_unit: bool,
}

const USUAL: Manners = Manners { result: "done", is_hasty: false, finds_unit: false };

impl Fake {
    fn start(name: &str, manners: Manners) -> Self {
        let directory = std::env::temp_dir().join(format!("insula-bus-{}-{name}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let listener = UnixListener::bind(directory.join("bus")).unwrap();
        let (sender, asked) = channel();
        std::thread::spawn(move || serve(listener.accept().unwrap().0, manners, &sender));
        Self { directory, asked }
    }

    fn connect(&self) -> Systemd {
        let address = address_of(self.directory.join("bus").to_str().unwrap());
        Systemd::subscribed(Bus::connect(&address, Route::Broker), "of a test", "system.slice").unwrap()
    }

    /// The next call of a method, however many others come before.
    fn asked(&self, member: &str) -> Message {
        loop {
            let message = self.asked.recv().unwrap();
            if &*message.member == member {
                return message;
            }
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.directory).unwrap();
    }
}

fn serve(mut stream: UnixStream, mut manners: Manners, asked: &Sender<Message>) {
    let mut greeting = [0; 22];
    stream.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"\0AUTH EXTERNAL\r\nDATA\r\n");
    stream.write_all(b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n").unwrap();
    let mut begin = [0; 7];
    stream.read_exact(&mut begin).unwrap();
    assert_eq!(&begin, b"BEGIN\r\n");
    let mut fixed = [0; FIXED];
    while stream.read_exact(&mut fixed).is_ok() {
        let mut bytes = fixed.to_vec();
        bytes.resize(Message::length(&fixed).unwrap(), 0);
        stream.read_exact(&mut bytes[FIXED..]).unwrap();
        let message = Message::decode(&bytes).unwrap();
        for answer in answers(&message, &mut manners) {
            stream.write_all(&answer.encode()).unwrap();
        }
        let _ = asked.send(message);
    }
}

fn answers(message: &Message, manners: &mut Manners) -> Vec<Message> {
    let mut body = Writer::default();
    let reply =
        Message { kind: Some(Kind::Return), serial: 1, reply_to: message.serial, ..Message::default() };
    let error = |name: &str| {
        let mut body = Writer::default();
        body.text("no such luck");
        let kind = Some(Kind::Error);
        Message { kind, error: name.into(), signature: "s".into(), body: body.0, ..reply.clone() }
    };
    match &*message.member {
        "StartTransientUnit" if manners.finds_unit => {
            manners.finds_unit = false;
            vec![error(UNIT_EXISTS)]
        }
        "StopUnit" if manners.result == "nothing" => vec![error(NO_SUCH_UNIT)],
        "ResetFailedUnit" => vec![error(NO_SUCH_UNIT)],
        "StartTransientUnit" | "StopUnit" => {
            body.text("/org/freedesktop/systemd1/job/7");
            let answer = Message { signature: "o".into(), body: body.0, ..reply };
            let over = |job: &str| {
                let mut body = Writer::default();
                body.u32(7);
                body.text(job);
                body.text("test-1.scope");
                body.text(manners.result);
                let (kind, member) = (Some(Kind::Signal), "JobRemoved".into());
                Message {
                    kind,
                    serial: 2,
                    member,
                    signature: "uoss".into(),
                    body: body.0,
                    ..Message::default()
                }
            };
            // The end of somebody else's job is no answer.
            let others = over("/org/freedesktop/systemd1/job/77");
            let ours = over("/org/freedesktop/systemd1/job/7");
            if manners.is_hasty { vec![others, ours, answer] } else { vec![answer, others, ours] }
        }
        "Get" => {
            body.signature("s");
            body.text("/system.slice/test-1.scope");
            vec![Message { signature: "v".into(), body: body.0, ..reply }]
        }
        _ => vec![reply],
    }
}

fn unit() -> Unit {
    Unit::from_cgroups_path(":test:1").unwrap()
}

fn start(systemd: &mut Systemd) -> Result<CgroupPath, SystemdError> {
    let hierarchies = Hierarchies::find().unwrap();
    let resources = Resources { pids: Some(crate::Limit::At(9)), ..Resources::default() };
    systemd.start_scope(&unit(), &[rustix::process::getpid()], &hierarchies, &resources, &[])
}

#[test]
fn a_scope_is_started_with_its_process_and_its_limits() {
    let fake = Fake::start("start", USUAL);
    let group = start(&mut fake.connect()).unwrap();
    assert_eq!(group.to_string(), "/system.slice/test-1.scope");
    let asked = fake.asked("StartTransientUnit");
    assert_eq!((&*asked.signature, &*asked.destination), ("ssa(sv)a(sa(sv))", "org.freedesktop.systemd1"));
    let mut reader = asked.reader();
    assert_eq!((reader.text(), reader.text()), (Some("test-1.scope"), Some("replace")));
    let has = |expected: &[u8]| asked.body.windows(expected.len()).any(|found| found == expected);
    assert!(
        has(b"Slice\0\x01s\0")
            && has(b"system.slice\0")
            && has(b"Delegate\0\x01b\0")
            && has(b"TasksMax\0\x01t\0")
    );
    let pid = rustix::process::getpid().as_raw_nonzero().get().to_le_bytes();
    assert!(has(&[b"\x04\0\0\0".as_slice(), &pid].concat()));
    let get = fake.asked("Get");
    assert_eq!(&*get.path, "/org/freedesktop/systemd1/unit/test_2d1_2escope");
}

#[test]
fn a_job_that_is_over_before_the_answer_comes_is_not_missed() {
    let fake = Fake::start("hasty", Manners { is_hasty: true, ..USUAL });
    start(&mut fake.connect()).unwrap();
}

#[test]
fn a_unit_that_failed_before_is_forgotten_and_started_again() {
    let fake = Fake::start("again", Manners { finds_unit: true, ..USUAL });
    start(&mut fake.connect()).unwrap();
    fake.asked("StartTransientUnit");
    fake.asked("ResetFailedUnit");
    fake.asked("StartTransientUnit");
}

#[test]
fn a_job_that_fails_is_an_error() {
    let fake = Fake::start("fails", Manners { result: "failed", ..USUAL });
    match start(&mut fake.connect()).unwrap_err() {
        SystemdError::Job { verb: "start", result, .. } => assert_eq!(&*result, "failed"),
        error => panic!("{error:?}"),
    }
}

#[test]
fn stopping_what_is_not_there_is_no_error() {
    let fake = Fake::start("stop", Manners { result: "nothing", ..USUAL });
    fake.connect().stop(&unit()).unwrap();
    let fake = Fake::start("stop-running", USUAL);
    fake.connect().stop(&unit()).unwrap();
}

#[test]
fn nobody_who_listens_is_an_error_with_the_address() {
    let error = Bus::connect("unix:path=/nowhere/at/all", Route::Direct).unwrap_err();
    assert!(error.to_string().contains("unix:path=/nowhere/at/all"), "{error}");
}
