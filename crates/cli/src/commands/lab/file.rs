//! The file of a lab, from the command line.

use std::io::Read as _;
use std::path::Path;

use insula_engine::lab::{FileError, MAX_BYTES, Source, Topology};

use crate::args::Arg;
use crate::output;
use crate::report::{Failure, chain};

/// What becomes of keys that have no effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They are told.
    #[default]
    Warn,
    /// They are an error.
    Refuse,
    /// Nothing: somebody else has told them.
    Ignore,
}

/// Reads a file, `-` for standard input, and tells what has no effect.
pub(super) fn read(file: Arg, unknown: Unknown) -> Result<(Source, Topology), Failure> {
    let path = Path::new(file);
    let shown = path.display();
    let failed = |error: std::io::Error| Failure::new(format!("cannot read `{shown}`: {}", chain(&error)));
    let mut text = Vec::new();
    // One byte more than is taken, so that it is noticed.
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX) + 1;
    let directory = if file == "-" {
        std::io::stdin().take(most).read_to_end(&mut text).map_err(failed)?;
        std::env::current_dir().map_err(failed)?
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut text)).map_err(failed)?;
        let parent = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        parent.canonicalize().map_err(failed)?
    };
    let at = |error: &FileError| Failure::new(format!("{shown}:{}", chain(error)));
    let text = match String::from_utf8(text) {
        Ok(text) => text,
        // Reading it as a topology says where.
        Err(error) => {
            let read = Topology::read(error.as_bytes(), &|_| None);
            return Err(read.err().map_or_else(|| Failure::new("not UTF-8"), |error| at(&error)));
        }
    };
    let absolute = std::path::absolute(path).map_err(failed)?;
    let name = if file == "-" { "-".to_owned() } else { absolute.display().to_string() };
    let lookup = |name: &str| std::env::var_os(name).and_then(|value| value.into_string().ok());
    let (source, topology, warnings) =
        Source::read(name, directory.display().to_string(), text, &lookup).map_err(|error| at(&error))?;
    match (unknown, warnings.first()) {
        (Unknown::Refuse, Some(warning)) => Err(Failure::new(format!("{shown}:{warning}"))
            .hint("without `--strict` this is a warning, and the rest is done")),
        (Unknown::Ignore, _) => Ok((source, topology)),
        _ => {
            for warning in &warnings {
                output::complain(&format!("insula: warning: {shown}:{warning}\n"));
            }
            Ok((source, topology))
        }
    }
}
