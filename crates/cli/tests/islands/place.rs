//! Where a start comes from: root, an ordinary user, or two islands further in.

use crate::stage;
use std::path::Path;
use std::process::{Command, Stdio};

/// The ordinary user of these tests, who has no account and no subordinate ids.
const USER: &str = "4242";

/// Who starts `insula run`, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Root on the machine: no user namespace unless one is asked for.
    Root,
    /// An ordinary user: always in a new user namespace.
    User,
    /// An ordinary user, in an island in an island.
    ThreeDeep,
}

impl Place {
    pub(crate) const ALL: &[Self] = &[Self::Root, Self::User, Self::ThreeDeep];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Root => "as_root",
            Self::User => "as_an_ordinary_user",
            Self::ThreeDeep => "three_deep",
        }
    }

    /// Why nothing can be checked from here, if so.
    pub(crate) fn obstacle(self, programs: &[&str]) -> Option<String> {
        if !self.is_possible() {
            return Some("needs to be started as root".into());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let missing = programs
            .iter()
            .find(|program| !std::env::split_paths(&path).any(|directory| directory.join(program).exists()));
        missing.map(|program| format!("`{program}` is not installed"))
    }

    pub(crate) fn is_possible(self) -> bool {
        self != Self::Root || we_are_root()
    }

    /// Whether an island made from here lies in a user namespace of its own without asking.
    pub(crate) fn has_own_users(self) -> bool {
        self != Self::Root
    }

    /// A command with the rights of this place, outside of any island.
    pub(crate) fn outside(self, program: &str) -> Command {
        if self == Self::Root || !we_are_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--", program]);
        command
    }

    /// The words of `insula run OPTIONS -- COMMAND`, with the islands around it that belong to this place.
    pub(crate) fn words(self, options: &[&str], command: &[&str]) -> Vec<String> {
        let insula = stage::program("insula");
        let around = if self == Self::ThreeDeep { 2 } else { 0 };
        // Where the outermost is killed, all within must end.
        let mut words = [insula.as_str(), "run", "--die-with-parent", "--"].repeat(around);
        words.extend([insula.as_str(), "run"].iter().chain(options).chain(&["--"]).chain(command));
        words.into_iter().map(str::to_owned).collect()
    }

    /// `insula run OPTIONS -- COMMAND` from this place.
    pub(crate) fn run(self, options: &[&str], command: &[&str]) -> Command {
        let words = self.words(options, command);
        let mut start = self.outside(&words[0]);
        start.args(&words[1..]).stdin(Stdio::null());
        start
    }

    /// Attempts something from inside an island.
    ///
    /// # Errors
    /// What went through the wall, or why the attempt was not made.
    pub(crate) fn attempt(self, options: &[&str], attempt: &[&str]) -> Result<(), String> {
        let islands = stage::program("islands");
        let command: Vec<&str> =
            [islands.as_str(), "attempt"].into_iter().chain(attempt.iter().copied()).collect();
        judge(&mut self.run(options, &command))
    }

    /// Makes this place's user the owner of a file.
    pub(crate) fn own(self, path: &Path) {
        if self != Self::Root && we_are_root() {
            stage::give(path, USER.parse().unwrap());
        }
    }
}

/// Runs a command that ends in an attempt, and reads its verdict.
///
/// # Errors
/// What went through the wall, or why the attempt was not made.
pub(crate) fn judge(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.lines().any(|line| line == crate::attempt::STOOD) {
        return Ok(());
    }
    Err(format!("{command:?}: {}\n{said}{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

fn we_are_root() -> bool {
    rustix::process::geteuid().is_root()
}
