//! What shares the caller's terminal cannot type into it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests drive the binary")]

use std::process::Command;

/// Tries to put a key into the terminal, with whatever standard input is, and prints the error's name.
const TYPE: &str = "import errno, fcntl\ntry:\n  fcntl.ioctl(0, 0x5412, b'x')\n  print('typed')\nexcept OSError as error:\n  print(errno.errorcode[error.errno])";

/// What `insula run OPTIONS python3 …` prints, on a terminal of its own that `script(1)` makes.
fn on_a_terminal(options: &str) -> String {
    let line = format!("{} run {options} -- python3 -c \"{TYPE}\"", env!("CARGO_BIN_EXE_insula"));
    let output = Command::new("script").args(["-qec", &line, "/dev/null"]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn command_on_our_terminal_cannot_type_into_it() {
    assert_eq!(on_a_terminal(""), "EPERM");
    assert_eq!(on_a_terminal("--map root"), "EPERM");
    // What is read-only takes CAP_SYS_ADMIN from the command, which the filter needs.
    assert_eq!(on_a_terminal("--read-only /usr"), "EPERM");
}

#[test]
fn nothing_is_filtered_where_there_is_no_terminal_to_share() {
    let script = ["run", "--", "python3", "-c", TYPE];
    let output =
        Command::new("setsid").arg("-w").arg(env!("CARGO_BIN_EXE_insula")).args(script).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "ENOTTY");
}
