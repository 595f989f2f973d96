//! `insula oci checkpoint` and `restore`: runc has them by CRIU, and here they say that they cannot.

use super::verb::{Context, Perform};
use crate::args::{Arg, Face, Names};
use crate::report::Failure;

/// A command of runc's that fails whatever follows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unavailable {
    name: &'static str,
    about: &'static str,
}

pub(super) const CHECKPOINT: Unavailable = Unavailable {
    name: "oci checkpoint",
    about: "Write a container to files (fails: this runtime does not)",
};
pub(super) const RESTORE: Unavailable = Unavailable {
    name: "oci restore",
    about: "Make a container of such files (fails: this runtime does not)",
};

impl Perform for Unavailable {
    fn perform(&self, _: &mut Context<'_>, _: &[Arg]) -> Result<u8, Failure> {
        Err(self.failure())
    }
}

impl Unavailable {
    fn failure(&self) -> Failure {
        Failure::new(format!("cannot {}: this runtime does not drive CRIU", self.verb()))
            .hint("where containers have to be checkpointed, runc and crun do it")
    }
}

impl Face for Unavailable {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn usage(&self) -> &'static [&'static str] {
        &["…"]
    }

    fn details(&self) -> &'static str {
        "Fails, and changes nothing: this runtime does not drive CRIU."
    }

    fn flags(&self) -> Vec<Names> {
        Vec::new()
    }

    fn main(&self, args: &[Arg]) -> u8 {
        super::verb::main(self.verb(), args)
    }
}
