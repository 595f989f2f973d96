//! `insula oci` beside the original: the same line, run with runc and with ours, tells the same and ends the same.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test program")]
#![expect(clippy::disallowed_methods, reason = "drives the tools from outside")]

mod exec;
mod home;
mod life;
mod sections;
mod shown;
mod systemd;
mod walls;
mod within;
mod words;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// A fact, and what must be there for it.
struct Fact {
    name: &'static str,
    needs: &'static [Need],
    holds: fn(),
}

/// What a fact may need.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// The original.
    Runc,
    /// The other original, without control groups.
    Crun,
    /// Containers without a user namespace.
    Root,
    /// A systemd to start, where version 2 of control groups is all that there is.
    Systemd,
    /// A static program to put into a root file system.
    Busybox,
}

impl Need {
    /// Why it is not there.
    fn obstacle(self) -> Option<&'static str> {
        let (there, reason) = match self {
            Self::Runc => (home::command("runc").arg("--version").output().is_ok(), "runc is not installed"),
            Self::Crun => (home::command("crun").arg("--version").output().is_ok(), "crun is not installed"),
            Self::Root => (rustix::process::geteuid().is_root(), "needs root"),
            Self::Systemd => (
                std::path::Path::new(systemd::SYSTEMD).exists()
                    && std::path::Path::new("/sys/fs/cgroup/cgroup.controllers").exists(),
                "version 2 is not all that there is, or no systemd is installed",
            ),
            Self::Busybox => (std::path::Path::new(home::BUSYBOX).exists(), "no static busybox is installed"),
        };
        (!there).then_some(reason)
    }
}

fn main() -> ExitCode {
    let all =
        [words::FACTS, life::FACTS, sections::FACTS, shown::FACTS, systemd::FACTS, exec::FACTS, walls::FACTS];
    let trials = all.into_iter().flatten().map(|fact| {
        Trial::ignorable_test(fact.name, move || {
            if let Some(reason) = fact.needs.iter().find_map(|need| need.obstacle()) {
                return Ok::<_, Failed>(Completion::ignored_with(reason));
            }
            within::limit(fact.holds)?;
            Ok(Completion::Completed)
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
