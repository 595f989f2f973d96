//! Why criu did not do it.

use std::path::PathBuf;

use rustix::io::Errno;

/// Why criu did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CriuError {
    /// It is not there.
    #[error("there is no program `criu`, which does it")]
    Missing,
    /// It did not start.
    #[error("cannot run `criu`")]
    Start(#[from] insula_sandbox::Error),
    /// Nothing was heard of it.
    #[error("cannot talk to `criu`")]
    Socket(#[source] Errno),
    /// It ended before it had answered, or answered what nobody asked.
    #[error("`criu` gave no answer; its log is `{}`{}", log.display(), Said(said))]
    NoAnswer {
        /// Its log.
        log: PathBuf,
        /// The errors in it.
        said: String,
    },
    /// It refused.
    #[error("`criu` says that it failed; its log is `{}`{}", log.display(), Said(said))]
    Refused {
        /// Its log.
        log: PathBuf,
        /// The errors in it, or else its last lines.
        said: String,
    },
}

/// The lines of a log, below what is said of it.
struct Said<'a>(&'a str);

impl std::fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "" => Ok(()),
            text => write!(f, ": {text}"),
        }
    }
}

/// Of a log, the last lines that tell of an error; without any, the last lines.
pub(super) fn last_words(log: &str) -> String {
    const MOST: usize = 3;
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("Error (")).collect();
    let lines = if errors.is_empty() { log.lines().collect() } else { errors };
    let lines = lines.iter().skip(lines.len().saturating_sub(MOST));
    lines.map(|line| line.trim().escape_debug().to_string()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::last_words;

    #[test]
    fn of_a_log_the_errors_are_told() {
        let log = "(00.1) cg: one\n(00.2) Error (criu/mount.c:1): mnt: no\n(00.3) Unlock\n(00.4) Error (criu/cr-dump.c:2): Dumping FAILED.\n";
        assert_eq!(
            last_words(log),
            "(00.2) Error (criu/mount.c:1): mnt: no; (00.4) Error (criu/cr-dump.c:2): Dumping FAILED."
        );
        assert_eq!(last_words("1\n2\n3\n4\n"), "2; 3; 4");
        assert_eq!(last_words(""), "");
    }
}
