//! How a process is shown.

use insula_ns::{Pid, ProcDir};

/// The command line of a process with blanks between the arguments; of a kernel thread or a zombie its name.
pub(super) fn command(proc: &ProcDir, pid: Pid) -> Vec<u8> {
    let mut line = proc.command_line(pid).unwrap_or_default();
    if line.is_empty() {
        return proc.name(pid).unwrap_or_default();
    }
    if line.last() == Some(&0) {
        line.pop();
    }
    for byte in &mut line {
        if *byte == 0 {
            *byte = b' ';
        }
    }
    line
}
