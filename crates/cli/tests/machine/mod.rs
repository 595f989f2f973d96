//! A second kernel for a test program, where a virtual machine is at hand.

use libtest_mimic::{Completion, Failed};
use std::process::Command;

/// Names a program that runs `[--user] -- COMMAND...` on a second kernel, on these files and in this directory.
const MACHINE: &str = "INSULA_VM";

/// Runs this program there with `arguments`, by way of the command `by` if it is not empty. `options` are the machine's own.
pub(crate) fn there(options: &[&str], by: &[&str], arguments: &[&str]) -> Result<Completion, Failed> {
    let machine = std::env::var(MACHINE).unwrap_or_default();
    if machine.is_empty() {
        return Ok(Completion::ignored_with(format!("{MACHINE} names no virtual machine to run on")));
    }
    let output = Command::new(&machine)
        .args(options)
        .args(["--", "env", "-u", MACHINE])
        .args(by)
        .arg(std::env::current_exe()?)
        .args(arguments)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains("test result: ok.") && !said.contains(" 0 passed") {
        return Ok(Completion::Completed);
    }
    Err(format!("{}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}
