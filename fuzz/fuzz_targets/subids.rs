//! `/etc/subuid`: the first byte splits the input into a password file and a file of ranges.
#![no_main]
use insula_ns::idmap::{IdKind, IdSources};
use libfuzzer_sys::fuzz_target;
use std::fs;
use std::path::PathBuf;

fuzz_target!(|input: (&[u8], &[u8])| {
    let directory = PathBuf::from(format!("/dev/shm/insula-fuzz-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("passwd"), input.0).unwrap();
    fs::write(directory.join("subuid"), input.1).unwrap();
    let sources = IdSources {
        passwd: directory.join("passwd"),
        subuid: directory.join("subuid"),
        subgid: directory.join("subuid"),
        nsswitch: directory.join("none"),
        ..IdSources::of_this_machine()
    };
    if let Ok(granted) = sources.subids(IdKind::Uid, 1000) {
        assert!(!granted.ranges().is_empty());
    }
    fs::remove_dir_all(&directory).unwrap();
});
