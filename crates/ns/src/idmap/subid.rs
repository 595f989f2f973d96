//! The ranges of ids that the machine's administrator has granted to a user: `subuid(5)`, `getsubids(1)`.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::extent::{Extent, id};
use super::sources::{IdKind, IdSources};
use crate::accounts::{Accounts, ReadAccountsError};

/// One granted range, of ids of the namespace in which the files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The first id.
    pub start: u32,
    /// How many, at least 1, and none past 4294967294.
    pub count: u32,
}

/// Where ranges come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `/etc/subuid` or `/etc/subgid`.
    File(PathBuf),
    /// `getsubids(1)`, which knows the machine's other sources.
    Program(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Program(path) => path.display().fmt(f),
        }
    }
}

/// A line that grants nothing because nobody can tell what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLine {
    /// Counted from 1.
    pub number: usize,
    /// The line.
    pub text: String,
}

/// All ranges of one kind that one user has been granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubIds {
    ranges: Vec<Granted>,
    origin: Origin,
    skipped: Vec<SkippedLine>,
}

/// Why a user's ranges are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubIdError {
    /// There are none.
    #[error("`{origin}` grants no {kind} ids to {}", Whom { name: user.as_deref(), uid: *uid })]
    NoRange {
        /// Which kind of id.
        kind: IdKind,
        /// Where they would stand.
        origin: Origin,
        /// The user's name in `/etc/passwd`.
        user: Option<String>,
        /// The user's id.
        uid: u32,
    },
    /// A file can't be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The user's name, under which the ranges stand, can't be looked up.
    #[error("cannot look up the name of user {uid}")]
    Accounts {
        /// The user's id.
        uid: u32,
        /// Why.
        #[source]
        source: ReadAccountsError,
    },
    /// `getsubids` can't be started.
    #[error("cannot run `{}`, which `{}` says to ask", program.display(), nsswitch.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// The file whose line `subid:` names a source other than `files`.
        nsswitch: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// `getsubids` said no.
    #[error("`{}` failed for `{user}` ({status}): {}", program.display(), message.trim())]
    Refused {
        /// The program.
        program: PathBuf,
        /// The user it was asked about.
        user: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to its standard error.
        message: String,
    },
}

struct Whom<'a> {
    name: Option<&'a str>,
    uid: u32,
}

impl fmt::Display for Whom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => write!(f, "`{name}` (uid {})", self.uid),
            None => write!(f, "uid {}, which has no name in the password file", self.uid),
        }
    }
}

impl SubIdError {
    /// The smallest thing to do about it, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoRange { kind, origin: Origin::File(path), user, uid } => {
                let flag = match kind {
                    IdKind::Uid => "--add-subuids",
                    IdKind::Gid => "--add-subgids",
                };
                Some(match user {
                    Some(name) => format!("as root: `usermod {flag} 100000-165535 {name}`"),
                    // The helpers serve nobody whose name they can't look up.
                    None => format!(
                        "as root: add the user's name with a range to `{}` (`NAME:100000:65536`); without an account, \
                         first `useradd --uid {uid} NAME`",
                        path.display()
                    ),
                })
            }
            _ => None,
        }
    }
}

impl SubIds {
    pub(super) fn of(sources: &IdSources, kind: IdKind, uid: u32) -> Result<Self, SubIdError> {
        let accounts = Accounts::read(&sources.passwd, Path::new("/dev/null"))
            .map_err(|source| SubIdError::Accounts { uid, source })?;
        let name = accounts.user_by_id(uid).map(|user| user.name.as_str());
        let nsswitch = read_if_there(&sources.nsswitch)?;
        let (ranges, skipped, origin) = if names_other_source(&nsswitch) {
            let user = name.map_or_else(|| uid.to_string(), str::to_owned);
            let (ranges, skipped) = parse_listing(&ask(sources, kind, user)?);
            (ranges, skipped, Origin::Program(sources.getsubids()))
        } else {
            let file = sources.subid_file(kind);
            let (ranges, skipped) = parse_file(&read_if_there(file)?, name, uid);
            (ranges, skipped, Origin::File(file.to_owned()))
        };
        if ranges.is_empty() {
            return Err(SubIdError::NoRange { kind, origin, user: name.map(str::to_owned), uid });
        }
        Ok(Self { ranges, origin, skipped })
    }

    /// The ranges in the order in which they stand there; at least one. They may overlap.
    #[must_use]
    pub fn ranges(&self) -> &[Granted] {
        &self.ranges
    }

    /// The range that stands first: what `--map-auto` of `unshare(1)` takes.
    #[must_use]
    pub fn first(&self) -> Granted {
        self.ranges[0]
    }

    /// Where they stand.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The lines there that make no sense, whoever they were meant for.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedLine] {
        &self.skipped
    }

    /// How many ids from `first` on are granted without a gap, at most `count`.
    pub(super) fn run_from(&self, first: u32, count: u32) -> u32 {
        let end = first.saturating_add(count);
        let mut next = first;
        while let Some(range) =
            self.ranges.iter().find(|range| range.start <= next && next - range.start < range.count)
        {
            next = range.start + range.count;
            if next >= end {
                return count;
            }
        }
        next - first
    }

    /// The ranges in order, without the parts that an earlier one already has.
    pub(super) fn distinct(&self) -> Vec<(u32, u32)> {
        let mut sorted: Vec<(u32, u32)> =
            self.ranges.iter().map(|range| (range.start, range.count)).collect();
        sorted.sort_unstable();
        let mut distinct: Vec<(u32, u32)> = Vec::new();
        for (start, count) in sorted {
            match distinct.last_mut() {
                Some((last, length)) if start <= *last + *length => {
                    *length = (*length).max(start - *last + count);
                }
                _ => distinct.push((start, count)),
            }
        }
        distinct
    }
}

fn read_if_there(path: &Path) -> Result<String, SubIdError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(SubIdError::Read { path: path.to_owned(), source }),
    }
}

/// Whether the first source on the line `subid:` is another than `files`; the shadow suite asks just that one.
fn names_other_source(nsswitch: &str) -> bool {
    nsswitch
        .lines()
        .filter_map(|line| line.split('#').next()?.trim_start().strip_prefix("subid:"))
        .find_map(|sources| sources.split_ascii_whitespace().next())
        .is_some_and(|first| first != "files")
}

/// The ranges of one user in a file of `NAME:START:COUNT` lines, where `NAME` may be the number of a user.
fn parse_file(text: &str, name: Option<&str>, uid: u32) -> (Vec<Granted>, Vec<SkippedLine>) {
    let uid = uid.to_string();
    parse(text, |line| {
        let [owner, start, count] = line.split(':').collect::<Vec<_>>().try_into().ok()?;
        let granted = granted(start, count).filter(|_| !owner.is_empty())?;
        Some((Some(owner) == name || owner == uid).then_some(granted))
    })
}

/// The lines `INDEX: NAME START COUNT` that `getsubids` prints.
fn parse_listing(text: &str) -> (Vec<Granted>, Vec<SkippedLine>) {
    parse(text, |line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, _, start, count] = words.try_into().ok()?;
        granted(start, count).map(Some)
    })
}

/// `line` gives nothing for a line that makes no sense, and `Some(None)` for one about somebody else.
fn parse(text: &str, line: impl Fn(&str) -> Option<Option<Granted>>) -> (Vec<Granted>, Vec<SkippedLine>) {
    let mut ranges = Vec::new();
    let mut skipped = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        match line(trimmed) {
            Some(granted) => ranges.extend(granted),
            None => skipped.push(SkippedLine { number: index + 1, text: text.to_owned() }),
        }
    }
    (ranges, skipped)
}

fn granted(start: &str, count: &str) -> Option<Granted> {
    let granted = Granted { start: id(start)?, count: id(count)? };
    (granted.count > 0 && granted.start.checked_add(granted.count).is_some()).then_some(granted)
}

/// Asks `getsubids` about one user; the one program that a library of ours starts without a sandbox.
fn ask(sources: &IdSources, kind: IdKind, user: String) -> Result<String, SubIdError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a question to the machine's own id service, not an isolated process"
    )]
    let mut command = std::process::Command::new(sources.getsubids());
    if kind == IdKind::Gid {
        command.arg("-g");
    }
    let output = command.arg(&user).output().map_err(|source| SubIdError::Run {
        program: sources.getsubids(),
        nsswitch: sources.nsswitch.clone(),
        source,
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(SubIdError::Refused {
        program: sources.getsubids(),
        user,
        status: output.status,
        message: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

impl Granted {
    /// The range, the same inside as outside.
    pub(super) const fn identity(self) -> Extent {
        Extent { inside: self.start, outside: self.start, count: self.count }
    }

    /// The range, from 0 on inside.
    pub(super) const fn onto_zero(self) -> Extent {
        Extent { inside: 0, outside: self.start, count: self.count }
    }
}

#[cfg(test)]
#[path = "subid_tests.rs"]
mod tests;
