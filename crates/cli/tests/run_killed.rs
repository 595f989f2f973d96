//! A start that a seccomp filter outside ends by a signal says so: it is no exit status of the command's.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::Command;

/// Kills, by a filter that outlives exec, whoever calls mount(2); then executes its arguments.
#[cfg(target_arch = "x86_64")]
const FILTER: &str = r#"
import ctypes, os, struct, sys
ins = [(0x20, 0, 0, 0), (0x15, 0, 1, 165), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in ins))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(ins), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"#;

#[test]
#[cfg(target_arch = "x86_64")]
fn start_that_a_filter_kills_is_a_failure_with_its_cause() {
    let lines = [
        (125, &["run", "--no-init", "--", "true"][..]),
        (125, &["run", "--", "true"]),
        (1, &["unshare", "-r", "--mount", "--fork", "--", "true"]),
    ];
    for (code, words) in lines {
        let mut command = Command::new("python3");
        command.args(["-c", FILTER, env!("CARGO_BIN_EXE_insula")]).args(words);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(
            said.contains("the process was killed by signal 31 before it could execute `true`"),
            "{said}"
        );
        assert!(said.contains("cause: a seccomp filter outside"), "{said}");
    }
}
