//! `insula links DIR`: other tools' names for this binary.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{COMMANDS, EXITS};
use crate::args::{Arg, Command, Example, FaceKind, Order, flag};
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    force: bool,
}

pub(super) const COMMAND: Command<Options> = Command {
    name: "links",
    face: FaceKind::Native,
    about: "Link other tools' names to this binary",
    usage: &["[OPTIONS] DIR"],
    details: "\
Makes a symbolic link to this binary for each tool whose command line it takes. Called by such a name it takes that \
tool's options, prints what it prints and exits as it exits. The directory is made if it isn't there.",
    examples: &[Example {
        line: "insula links ~/.local/bin",
        does: "puts unshare, nsenter, lsns, getino and ip where they come first on many machines",
    }],
    order: Order::Anywhere,
    flags: &[flag("force", "replace what is there").short('f').switch(|o| o.force = true)],
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [dir] = operands else { return Err(Failure::usage("expected one directory")) };
    let dir = Path::new(dir);
    let program = std::env::current_exe()
        .map_err(|error| Failure::from(error).context("cannot tell where this binary is"))?;
    fs::create_dir_all(dir).map_err(|error| {
        Failure::from(error).context(&format!("cannot make directory `{}`", dir.display()))
    })?;
    for face in COMMANDS.iter().filter(|face| face.is_personality()) {
        link(&program, &dir.join(face.name()), options.force)?;
    }
    Ok(0)
}

fn link(program: &Path, path: &Path, force: bool) -> Result<(), Failure> {
    let fail = |error| Failure::from(error).context(&format!("cannot make link `{}`", path.display()));
    match symlink(program, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(fail(error)),
        Err(_) if fs::read_link(path).is_ok_and(|target| target == program) => Ok(()),
        Err(error) if !force => Err(fail(error).hint("`--force` replaces what is there")),
        Err(_) => {
            // By renaming, so that the name is never missing.
            let new = path.with_extension(format!("insula-{}", std::process::id()));
            symlink(program, &new).map_err(fail)?;
            fs::rename(&new, path).map_err(|error| {
                let _ = fs::remove_file(&new);
                fail(error)
            })
        }
    }
}
