//! `insula man [COMMAND]`: prints a man page, or writes all of them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{ABOUT, COMMANDS, EXITS, find};
use crate::args::{Arg, Command, Example, Face, FaceKind, Order, flag};
use crate::docs::man;
use crate::output;
use crate::report::Failure;

#[derive(Debug, Default)]
pub(super) struct Options {
    man_dir: Option<PathBuf>,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "man",
    face: FaceKind::Native,
    about: "Print a man page, or write all of them",
    usage: &["[COMMAND [VERB]]", "--man-dir DIR"],
    details: "",
    examples: &[
        Example { line: "insula man ls | man -l -", does: "shows the page of `insula ls`" },
        Example {
            line: "insula man --man-dir /usr/local/share/man/man1",
            does: "installs all pages on this machine",
        },
    ],
    order: Order::Anywhere,
    flags: &[flag("man-dir", "write every page to this directory").required("DIR", |options, dir| {
        options.man_dir = Some(dir.into());
        Ok(())
    })],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    match (options.man_dir, operands) {
        (Some(dir), []) => {
            write(&dir.join("insula.1"), &man::overview(ABOUT, COMMANDS))?;
            for face in COMMANDS.iter().flat_map(|face| std::iter::once(face).chain(face.verbs())) {
                write(&dir.join(format!("{}.1", man::page_name(*face))), &man::page(*face))?;
            }
        }
        (None, []) => output::print(man::overview(ABOUT, COMMANDS))?,
        (None, [name]) => {
            let face = find(name.as_encoded_bytes())
                .ok_or_else(|| Failure::usage(format!("unknown command `{}`", name.display())))?;
            output::print(man::page(face))?;
        }
        (None, [name, verb]) => {
            let verbs = find(name.as_encoded_bytes()).map(Face::verbs).unwrap_or_default();
            let face = verbs.iter().find(|face| face.verb().as_bytes() == verb.as_encoded_bytes());
            let face = face.ok_or_else(|| {
                Failure::usage(format!("unknown command `{} {}`", name.display(), verb.display()))
            })?;
            output::print(man::page(*face))?;
        }
        _ => return Err(Failure::usage("expected one command, or a directory for all pages")),
    }
    Ok(0)
}

fn write(path: &Path, page: &str) -> Result<(), Failure> {
    fs::write(path, page)
        .map_err(|error| Failure::from(error).context(&format!("cannot write `{}`", path.display())))
}
