//! `--seccomp`: the profile of the command's system calls.

use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use insula_sandbox::capability::{Capability, CapabilitySet};
use insula_sandbox::{Error, Seccomp, Status};
use insula_seccomp::json::{DEFAULT, Reader};
use insula_seccomp::{Machine, Profile};
use rustix::process::Signal;

use super::values;
use crate::args::{Arg, Invalid};
use crate::output;
use crate::report::Failure;

/// Where a profile comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Our own.
    Default,
    /// This file.
    File(PathBuf),
}

impl Source {
    /// `default`, `off` or a file.
    pub(super) fn parse(value: Arg) -> Result<Option<Self>, Invalid> {
        Ok(match value.as_bytes() {
            b"default" => Some(Self::Default),
            b"off" => None,
            file => Some(Self::File(values::path(file)?)),
        })
    }

    fn profile(&self, bounding: CapabilitySet) -> Result<Profile, Failure> {
        let capability = |name: &str| name.parse::<Capability>().is_ok_and(|one| bounding.contains(one));
        let reader = Reader { machine: Machine::HERE, kernel: release(), capability: &capability };
        let text = match self {
            Self::Default => DEFAULT.to_owned(),
            Self::File(path) => {
                let cannot = |error: std::io::Error| {
                    Failure::from(error).context(&format!("cannot read the profile `{}`", path.display()))
                };
                std::fs::read_to_string(path).map_err(cannot)?
            }
        };
        reader.read(&text).map_err(|error| self.invalid(&error))
    }

    fn invalid(&self, error: &(dyn std::error::Error + 'static)) -> Failure {
        Failure::new(format!("cannot use the profile {self}: {}", crate::report::chain(error)))
    }

    /// The filter for a command with this bounding set; names that are no calls are told.
    pub(super) fn filter(&self, bounding: CapabilitySet) -> Result<Seccomp, Failure> {
        let profile = self.profile(bounding)?;
        if profile.notifies() {
            return Err(Failure::new(format!(
                "cannot use the profile {self}: it asks a listener, and there is none"
            ))
            .hint("an OCI runtime has `listenerPath`; here, let it allow or refuse the calls"));
        }
        let filter = profile.compile(Machine::HERE).map_err(|error| self.invalid(&error))?;
        if !filter.unknown().is_empty() {
            let names = filter.unknown().join("`, `");
            output::complain(&format!(
                "insula: the profile {self} names what is no system call here: `{names}`\n"
            ));
        }
        Ok(Seccomp { filter, listener: None })
    }

    /// The cause, if the start failed by the profile itself: a call that it makes after the filter is there.
    pub(super) fn explain(&self, error: &Error, failure: Failure) -> Failure {
        let hint = "a profile has to allow the execution of the command itself";
        match error {
            Error::Vanished { signal: Some(signal), .. } if *signal == Signal::SYS.as_raw() => failure
                .cause(format!(
                    "the profile {self} kills for a call that the start makes, `execve` or another"
                ))
                .hint(hint),
            Error::Start(start) => {
                let Ok(profile) = self.profile(CapabilitySet::ALL) else { return failure };
                let calls = start.call.split("; ").filter_map(|call| call.split('(').next());
                match calls.into_iter().find(|call| refuses(&profile, call)) {
                    Some(call) => failure
                        .cause(format!("the profile {self} refuses `{call}`, which the start makes after the filter is there"))
                        .hint(hint),
                    None => failure,
                }
            }
            _ => failure,
        }
    }

    /// Tells if the profile has ended the command.
    pub(super) fn report(&self, status: Status) {
        // An init says it by its own status.
        if i32::from(status.code()) == 128 + Signal::SYS.as_raw() {
            let failure = Failure::new("the command was killed by SIGSYS")
                .cause(format!("the profile {self} kills whoever makes some call, and it was made"))
                .hint("which call it was stands in the kernel's log: `sudo dmesg | grep type=1326`");
            output::complain(&failure.text("insula"));
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("`default`"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// Whether it is a call, and the profile does not always let it be made.
fn refuses(profile: &Profile, call: &str) -> bool {
    insula_seccomp::number(call, Machine::HERE.native()).is_some() && !profile.permits(call, Machine::HERE)
}

/// The first two numbers of the kernel's release: a profile can have rules from some kernel on.
fn release() -> (u32, u32) {
    let name = rustix::system::uname();
    let text = name.release().to_string_lossy();
    let mut numbers =
        text.split(|letter: char| !letter.is_ascii_digit()).map(|digits| digits.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
