//! Names of numbers that the kernel leaves to user space: the tables in `/etc/iproute2`.

use std::fs;
use std::path::Path;

use super::words::number;

/// Where the tables are, the administrator's first.
const DIRECTORIES: [&str; 2] = ["/etc/iproute2", "/usr/share/iproute2"];

/// The names of one kind of number: `rt_tables`, `rt_protos`, `rt_scopes`, `group`.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Vec<(u32, String)>);

impl Table {
    /// Reads the table called `file`, over the names that are `known` without one. A missing file is no error.
    pub(super) fn load(file: &str, known: &[(u32, &str)]) -> Self {
        let mut table = Self(known.iter().map(|(number, name)| (*number, (*name).to_owned())).collect());
        let directory =
            DIRECTORIES.into_iter().map(Path::new).find(|directory| directory.join(file).exists());
        if let Some(directory) = directory {
            table.read(&directory.join(file));
        }
        // Further files, in which packages and administrators put names of theirs.
        for directory in DIRECTORIES {
            let Ok(entries) = fs::read_dir(Path::new(directory).join(format!("{file}.d"))) else { continue };
            for path in entries.flatten().map(|entry| entry.path()) {
                if path.extension().is_some_and(|extension| extension == "conf") {
                    table.read(&path);
                }
            }
        }
        table
    }

    fn read(&mut self, path: &Path) {
        for line in fs::read_to_string(path).unwrap_or_default().lines() {
            self.0.extend(entry(line));
        }
    }

    /// The name of `number`; the last one given counts.
    pub(super) fn name(&self, number: u32) -> Option<&str> {
        self.0.iter().rev().find(|(one, _)| *one == number).map(|(_, name)| name.as_str())
    }

    /// The number called `name`, which may be a number itself.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.number_named(name).or_else(|| number(name))
    }

    /// The number called `name`.
    pub(super) fn number_named(&self, name: &str) -> Option<u32> {
        self.0.iter().rev().find(|(_, one)| one == name).map(|(number, _)| *number)
    }
}

/// `NUMBER NAME`, perhaps a comment behind it.
fn entry(line: &str) -> Option<(u32, String)> {
    let mut words = line.split('#').next()?.split_whitespace();
    Some((number(words.next()?)?, words.next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_a_number_and_a_name() {
        assert_eq!(entry("254\tmain"), Some((254, "main".to_owned())));
        assert_eq!(entry("0x10 sixteen # why"), Some((16, "sixteen".to_owned())));
        assert_eq!(entry("# 1 none"), None);
        assert_eq!(entry(""), None);
    }
}
