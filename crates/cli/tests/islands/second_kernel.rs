//! The same checks on another kernel, where a virtual machine is at hand.

use libtest_mimic::{Completion, Failed, Trial};
use std::process::Command;

/// Names a program that runs `[--user] -- COMMAND...` on a second kernel, on these files and in this directory.
const MACHINE: &str = "INSULA_VM";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::ignorable_test("the_second_kernel_as_root", || everything_there(&[], &[])),
        Trial::ignorable_test("the_second_kernel_as_an_ordinary_user", || {
            everything_there(&["--user"], &["as_an_ordinary_user"])
        }),
    ]
}

/// Runs this program there, without these two, and without interruption, for which an emulated machine takes minutes.
fn everything_there(options: &[&str], filter: &[&str]) -> Result<Completion, Failed> {
    let machine = std::env::var(MACHINE).unwrap_or_default();
    if machine.is_empty() {
        return Ok(Completion::ignored_with(format!("{MACHINE} names no virtual machine to run on")));
    }
    let output = Command::new(&machine)
        .args(options)
        .args(["--", "env", "-u", MACHINE])
        .arg(std::env::current_exe()?)
        .args(["--test-threads", "2", "--skip", "the_second_kernel", "--skip", "kill", "--skip", "a_hundred"])
        .args(filter)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains("test result: ok.") && !said.contains(" 0 passed") {
        return Ok(Completion::Completed);
    }
    Err(format!("{}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)).into())
}
