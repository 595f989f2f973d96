//! `insula completions SHELL`.

use super::{COMMANDS, EXITS};
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::report::Failure;
use crate::{docs, output};

/// The command has no options of its own.
#[derive(Debug, Default)]
pub(super) struct Options;

pub(super) const COMMAND: Command<Options> = Command {
    name: "completions",
    face: FaceKind::Native,
    about: "Print a shell's completion script",
    usage: &["bash|zsh|fish"],
    details: "",
    examples: &[Example {
        line: "insula completions bash > /etc/bash_completion.d/insula",
        does: "installs it for everyone on this machine",
    }],
    order: Order::Anywhere,
    flags: &[],
    exits: EXITS,
    run,
};

fn run(Options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    let [shell] = operands else { return Err(Failure::usage("expected one shell: bash, zsh or fish")) };
    let script = match shell.as_encoded_bytes() {
        b"bash" => docs::bash::script(COMMANDS),
        b"zsh" => docs::zsh::script(COMMANDS),
        b"fish" => docs::fish::script(COMMANDS),
        _ => {
            let shell = shell.display();
            return Err(Failure::usage(format!("unknown shell `{shell}`: expected bash, zsh or fish")));
        }
    };
    output::print(script).map(|()| 0)
}
