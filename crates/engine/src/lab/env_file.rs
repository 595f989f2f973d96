//! Files with variables of nodes' environments: `env-files`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use rustix::io::Errno;

use super::problem::{FileError, Problem};
use super::topology::Topology;
use super::yaml::Place;

/// The most that is read of one, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// A file that a node names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Its path, from the directory that the lab's file is in.
    pub path: String,
    /// Where it is named.
    pub place: Place,
}

/// What is in the files that a lab names, by their paths as they are named.
pub(super) type Contents = BTreeMap<String, String>;

/// Reads all files that the nodes name.
pub(super) fn read(topology: &Topology, directory: &Path) -> Result<Contents, FileError> {
    let mut contents = Contents::new();
    for file in topology.nodes.iter().flat_map(|node| &node.env_files) {
        if !contents.contains_key(&file.path) {
            let text = read_one(&directory.join(&file.path))
                .map_err(|errno| Problem::EnvFile { path: file.path.clone(), errno }.at(file.place))?;
            contents.insert(file.path.clone(), text);
        }
    }
    Ok(contents)
}

fn read_one(path: &Path) -> Result<String, Errno> {
    let errno = |error: std::io::Error| Errno::from_io_error(&error).unwrap_or(Errno::ILSEQ);
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(errno)?;
    let read = file.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(errno)?;
    if read as u64 > MAX_BYTES { Err(Errno::FBIG) } else { Ok(text) }
}

/// Gives the nodes the variables of their files. What `env` says counts more, and a later file more than an earlier one.
pub(super) fn apply(topology: &mut Topology, contents: &Contents) -> Result<(), FileError> {
    for node in &mut topology.nodes {
        let mut variables = BTreeMap::new();
        for file in &node.env_files {
            let text = contents.get(&file.path).map(String::as_str).unwrap_or_default();
            variables.extend(
                parse(text)
                    .map_err(|line| Problem::EnvLine { path: file.path.clone(), line }.at(file.place))?,
            );
        }
        variables.append(&mut node.environment);
        node.environment = variables;
    }
    Ok(())
}

/// The variables in a text: `KEY=VALUE` lines, with `export` before and quotes around the value if somebody likes; `#` begins a
/// comment. Otherwise the number of the line that is none.
fn parse(text: &str) -> Result<Vec<(String, String)>, usize> {
    let mut variables = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let (name, value) = line.split_once('=').ok_or(number)?;
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) || line.contains('\0') {
            return Err(number);
        }
        variables.push((name.to_owned(), unquoted(value.trim()).to_owned()));
    }
    Ok(variables)
}

fn unquoted(value: &str) -> &str {
    let between = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    between('"').or_else(|| between('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_are_variables() {
        let text = "# said\n\nA=1\nexport B = two words \r\nC='#x'\nD=\"a=b\"\nE=\n";
        let expected = [("A", "1"), ("B", "two words"), ("C", "#x"), ("D", "a=b"), ("E", "")];
        assert_eq!(
            parse(text),
            Ok(expected.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
        );
        for (text, line) in [("A=1\nB\n", 2), ("=x", 1), ("A B=1", 1)] {
            assert_eq!(parse(text), Err(line), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = parse(&text);
        }
    }
}
