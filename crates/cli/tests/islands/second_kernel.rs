//! The same checks on another kernel, where a virtual machine is at hand.

use libtest_mimic::{Completion, Failed, Trial};

use crate::machine;

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
    let skipped =
        ["--test-threads", "2", "--skip", "the_second_kernel", "--skip", "kill", "--skip", "a_hundred"];
    machine::there(options, &[], &[&skipped, filter].concat())
}
