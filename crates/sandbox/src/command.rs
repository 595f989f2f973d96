//! The program to execute: arguments, environment and working directory.

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use insula_sys::program::{Environment, Image};

use crate::error::Error;

/// Where programs are looked for when the environment has no `PATH`: what `execvp(3)` takes.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";

/// What is executed, and with what words.
#[derive(Clone, Debug, Default)]
pub struct Command {
    /// A path if it contains a slash, else a name that is looked for in `PATH` of the sandbox's environment and root.
    pub program: OsString,
    /// What the program is told as its own name, if not `program`.
    pub name: Option<OsString>,
    /// The arguments after the name.
    pub arguments: Vec<OsString>,
    /// Whether the environment starts out empty instead of as the caller's.
    pub clear_environment: bool,
    /// Variables to set (`Some`) or remove (`None`), in order.
    pub environment: Vec<(OsString, Option<OsString>)>,
    /// The working directory, seen from inside. Without one: as the caller's; `/` in a new root.
    pub working_directory: Option<PathBuf>,
}

impl Command {
    /// Compiles what `execve(2)` takes.
    pub(crate) fn image(&self) -> Result<Image, Error> {
        let name = self.name.as_ref().unwrap_or(&self.program);
        let arguments = [name].into_iter().chain(&self.arguments).map(c_string).collect::<Result<_, _>>()?;
        let unchanged = !self.clear_environment && self.environment.is_empty();
        let variables = if unchanged { Vec::new() } else { self.variables() };
        let path = if unchanged {
            std::env::var_os("PATH").map(OsString::into_vec)
        } else {
            variables.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_bytes().to_owned())
        };
        let environment = if unchanged {
            Environment::Inherit
        } else {
            let join = |(name, value): &(OsString, OsString)| {
                let mut text = name.clone();
                text.push("=");
                text.push(value);
                c_string(&text)
            };
            Environment::Exactly(variables.iter().map(join).collect::<Result<_, _>>()?)
        };
        Ok(Image {
            candidates: self.candidates(path.as_deref().unwrap_or(DEFAULT_PATH))?,
            arguments,
            environment,
            way: insula_sys::program::Way::Direct,
            context: None,
        })
    }

    fn variables(&self) -> Vec<(OsString, OsString)> {
        let mut variables: Vec<(OsString, OsString)> =
            if self.clear_environment { Vec::new() } else { std::env::vars_os().collect() };
        for (name, value) in &self.environment {
            let known = variables.iter().position(|(known, _)| known == name);
            match (known, value) {
                (Some(at), Some(value)) => variables[at].1.clone_from(value),
                (Some(at), None) => drop(variables.remove(at)),
                (None, Some(value)) => variables.push((name.clone(), value.clone())),
                (None, None) => {}
            }
        }
        variables
    }

    fn candidates(&self, path: &[u8]) -> Result<Vec<CString>, Error> {
        let program = self.program.as_bytes();
        if program.contains(&b'/') || program.is_empty() {
            return Ok(vec![c_string(&self.program)?]);
        }
        path.split(|byte| *byte == b':')
            .map(|dir| {
                // An empty element of PATH is the working directory.
                let dir = if dir.is_empty() { b"." } else { dir };
                c_string(OsStr::from_bytes(&[dir, b"/", program].concat()))
            })
            .collect()
    }
}

/// A string for the kernel.
pub(crate) fn c_string(text: impl AsRef<OsStr>) -> Result<CString, Error> {
    CString::new(text.as_ref().as_bytes()).map_err(|_| Error::Nul { text: text.as_ref().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(program: &str) -> Command {
        Command { program: program.into(), ..Command::default() }
    }

    #[test]
    fn name_is_looked_for_in_each_directory_of_the_new_path() {
        let mut command = command("ls");
        command.environment.push(("PATH".into(), Some("/a::/b".into())));
        let image = command.image().unwrap();
        let expected: Vec<CString> = ["/a/ls", "./ls", "/b/ls"].map(|path| c_string(path).unwrap()).into();
        assert_eq!(image.candidates, expected);
    }

    #[test]
    fn cleared_environment_has_the_default_path() {
        let mut command = command("ls");
        command.clear_environment = true;
        assert_eq!(command.image().unwrap().candidates[0].to_bytes(), b"/bin/ls");
    }

    #[test]
    fn nul_in_an_argument_is_refused() {
        let mut command = command("ls");
        command.arguments.push("a\0b".into());
        assert!(matches!(command.image(), Err(Error::Nul { .. })));
    }
}
