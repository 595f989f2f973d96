//! The commands, one file each, and the list of them all.

mod completions;
mod container;
mod create;
mod doctor;
mod enter;
mod execute;
mod forest;
mod gc;
mod getino;
mod holders;
mod interfaces;
mod ip;
mod lab;
mod links;
mod live;
mod ls;
mod lsns;
mod man;
mod map;
mod mapping;
mod net;
mod nsenter;
mod oci;
mod process;
mod rm;
mod run;
mod show;
mod signals;
mod unshare;
mod who;

use crate::args::{Arg, Face, try_help};
use crate::report::{Exits, Failure};
use crate::{docs, output, version};

/// What Insula is, in one line.
pub(crate) const ABOUT: &str = "Linux namespaces in one tool";

/// Every command, in the order of the help text.
#[rustfmt::skip] // One a line, so that each command's addition is a line of its own.
pub(crate) const COMMANDS: &[&dyn Face] = &[
    &run::COMMAND,
    &enter::COMMAND,
    &ls::COMMAND,
    &show::COMMAND,
    &who::COMMAND,
    &map::COMMAND,
    &create::COMMAND,
    &rm::COMMAND,
    &gc::COMMAND,
    &net::COMMAND,
    &lab::COMMAND,
    &oci::COMMAND,
    &doctor::COMMAND,
    &links::COMMAND,
    &completions::COMMAND,
    &man::COMMAND,
    &unshare::COMMAND,
    &nsenter::COMMAND,
    &lsns::COMMAND,
    &getino::COMMAND,
    &ip::COMMAND,
    &oci::RUNC,
    &oci::CRUN,
    &oci::RUNTIME,
];

/// The exit statuses of Insula's own commands, save `run` and `enter`.
pub(crate) const EXITS: Exits = Exits { failed: 1, usage: 2 };

/// The command called `name`.
pub(crate) fn find(name: &[u8]) -> Option<&'static dyn Face> {
    COMMANDS.iter().find(|face| face.name().as_bytes() == name).copied()
}

/// Runs what the arguments of the process say: the tool that it is called as, or the command that its first word names.
pub(crate) fn dispatch(argv: &[Arg]) -> u8 {
    let (program, words) = argv.split_first().map_or((&b""[..], argv), |(program, words)| {
        (program.as_encoded_bytes().rsplit(|&byte| byte == b'/').next().unwrap_or_default(), words)
    });
    if let Some(face) = find(program).filter(|face| face.is_personality()) {
        return face.main(words);
    }
    let Some((&word, rest)) = words.split_first() else {
        output::complain(&docs::help::overview(ABOUT, COMMANDS));
        return EXITS.usage;
    };
    let printed = match word.as_encoded_bytes() {
        b"--version" | b"-V" => output::print(version::LINE),
        b"--help" | b"-h" | b"help" => output::print(docs::help::overview(ABOUT, COMMANDS)),
        name => match find(name) {
            Some(face) => return face.main(rest),
            None => Err(unknown(word)),
        },
    };
    match printed {
        Ok(()) => 0,
        Err(failure) => {
            output::complain(&failure.text("insula"));
            if failure.is_usage() {
                output::complain(&try_help("insula"));
            }
            failure.status(EXITS)
        }
    }
}

fn unknown(word: Arg) -> Failure {
    let what = if word.as_encoded_bytes().starts_with(b"-") { "option" } else { "command" };
    Failure::usage(format!("unknown {what} `{}`", word.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> impl Iterator<Item = &'static &'static dyn Face> {
        COMMANDS.iter().flat_map(|face| std::iter::once(face).chain(face.verbs()))
    }

    #[test]
    fn no_two_flags_of_a_command_share_a_name() {
        for face in every() {
            let flags = face.flags();
            for (position, flag) in flags.iter().enumerate() {
                for earlier in &flags[..position] {
                    assert!(flag.long.is_empty() || earlier.long != flag.long, "{} {flag:?}", face.name());
                    assert!(flag.short.is_none() || earlier.short != flag.short, "{} {flag:?}", face.name());
                }
            }
        }
    }

    #[test]
    fn descriptions_are_sentences_without_capital_and_full_stop() {
        for face in every() {
            assert!(!face.manual().about.ends_with('.'), "{}", face.name());
            for flag in face.flags() {
                assert!(!flag.doc.ends_with('.') && !flag.doc.is_empty(), "{} {}", face.name(), flag.shown());
                assert!(
                    !flag.doc.starts_with(char::is_uppercase)
                        || flag.doc[1..].starts_with(char::is_uppercase)
                );
            }
        }
    }
}
