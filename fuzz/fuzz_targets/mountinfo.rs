//! `/proc/PID/mountinfo`: never panics, and each line is a mount or an error, not both and not neither.
#![no_main]
use insula_ns::mountinfo;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    assert_eq!(mountinfo::parse(text).count(), lines);
    for mount in mountinfo::parse(text).flatten() {
        let _ = (mount.namespace(), mount.has_option("ro"));
    }
    let _ = mountinfo::unescape(text);
});
