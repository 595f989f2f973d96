//! From what the runtime could not do to what the user and the engine read.

use insula_oci::Error;

use crate::diagnosis;
use crate::report::Failure;

/// Why something could not be done with a container. Evidence is read now, so ask at once.
pub(super) fn explain(error: Error) -> Failure {
    match error {
        // Engines find out from the words whether there is no such command, so the status is that of all failures.
        Error::Start(error) => diagnosis::explain(&error).exit(super::EXITS.failed),
        error if error.is_for_want_of_systemd() => Failure::from(error)
            .hint("`--cgroup-manager=cgroupfs` makes control groups as directories, without systemd"),
        error if error.is_for_want_of_criu() => Failure::from(error).hint(
            "install the package `criu` of your distribution, or of https://criu.org; it has to be in PATH",
        ),
        error => Failure::from(error),
    }
}
