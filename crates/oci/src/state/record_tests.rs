use std::os::fd::OwnedFd;
use std::path::Path;

use proptest::prelude::*;
use rustix::fs::CWD;

use super::*;

/// A directory of the test's own, which goes with the value.
struct Scratch(PathBuf, OwnedFd);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("insula-record-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(CWD, &path, flags, Mode::empty()).unwrap();
        Self(path, directory)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn record() -> Record {
    let mut record =
        Record::new(ContainerId::new("web").unwrap(), "1.3.0".to_owned(), "/b".into(), "/b/rootfs".into());
    record.annotations.insert("a\"b".to_owned(), "c\n".to_owned());
    record.cgroup = Some(CgroupRecord {
        driver: CgroupDriver::Systemd("web.scope".to_owned()),
        path: "/system.slice/web.scope".into(),
        found_in: vec!["cpu".to_owned()],
    });
    let me = rustix::process::getpid();
    let pidfd = insula_ns::PidFd::open(me).unwrap();
    record.process = Some(ProcessMark::of(&pidfd, me).unwrap());
    record
}

#[test]
fn what_is_written_is_read_and_nothing_else_is_left() {
    let scratch = Scratch::new("written");
    let record = record();
    record.write(&scratch.1).unwrap();
    assert_eq!(Record::read(&scratch.1).unwrap(), record);
    let names: Vec<_> =
        std::fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["state.json"]);
}

/// Whoever reads it later, an older or a newer Insula, finds the process by these keys.
#[test]
fn the_first_process_is_an_id_and_what_is_its_own() {
    let record = serde_json::to_value(record()).unwrap();
    let process = record["process"].as_object().unwrap();
    assert_eq!(process["pid"], rustix::process::getpid().as_raw_pid());
    let unique = process.get("inode").or_else(|| process.get("start")).unwrap();
    assert!(unique.as_u64().unwrap() > 0 && process.len() == 2, "{process:?}");
}

#[test]
fn a_record_of_another_version_is_told_by_its_version() {
    let error = Record::parse(br#"{"version":2,"what":"ever"}"#).unwrap_err();
    assert_eq!(error.to_string(), "`state.json` has version 2 of the format, and only 1 is understood");
}

#[test]
fn a_record_with_a_name_that_leads_elsewhere_is_refused() {
    let mut text = serde_json::to_value(record()).unwrap();
    text["id"] = "../../etc".into();
    let error = Record::parse(text.to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, RecordError::Invalid { .. }), "{error:?}");
}

#[test]
fn a_link_a_fifo_and_a_huge_file_are_no_records() {
    let scratch = Scratch::new("strange");
    let path = scratch.path().join(Record::FILE);
    let absent = Record::read(&scratch.1).unwrap_err();
    assert!(matches!(absent, RecordError::File { step: Step::Open, source: Errno::NOENT, .. }), "{absent:?}");

    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    let link = Record::read(&scratch.1).unwrap_err();
    assert!(matches!(link, RecordError::File { source: Errno::LOOP, .. }), "{link:?}");
    std::fs::remove_file(&path).unwrap();

    rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let fifo = Record::read(&scratch.1).unwrap_err();
    assert!(matches!(fifo, RecordError::NoFile { .. }), "{fifo:?}");
    std::fs::remove_file(&path).unwrap();

    std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let huge = Record::read(&scratch.1).unwrap_err();
    assert!(matches!(huge, RecordError::TooLarge { .. }), "{huge:?}");
}

/// What a write left that was killed.
#[test]
fn a_draft_that_is_in_the_way_is_overwritten() {
    let scratch = Scratch::new("draft");
    std::fs::write(scratch.path().join(Record::DRAFT), "half of something").unwrap();
    record().write(&scratch.1).unwrap();
    assert_eq!(Record::read(&scratch.1).unwrap(), record_like(&scratch));
}

/// The record on disk, parsed without our own reader.
fn record_like(scratch: &Scratch) -> Record {
    serde_json::from_str(&std::fs::read_to_string(scratch.path().join(Record::FILE)).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn no_text_panics(text: Vec<u8>) {
        let _ = Record::parse(&text);
    }
}
