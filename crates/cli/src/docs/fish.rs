//! Completion for fish.

use std::fmt::Write as _;

use super::words::{Words, fitting};
use crate::args::{Face, Names, Value};

/// The script; install it as `insula.fish` in fish's directory of completions.
pub(crate) fn script(commands: &[&dyn Face]) -> String {
    let mut script = String::from("# fish completion for insula: made by `insula completions fish`\n");
    for face in commands {
        let _ = writeln!(
            script,
            "complete -c insula -n __fish_use_subcommand -f -a {} -d '{}'",
            face.name(),
            quote(face.manual().about)
        );
    }
    for face in commands {
        for verb in face.verbs() {
            let _ = writeln!(
                script,
                "complete -c insula -n '__fish_seen_subcommand_from {}' -f -a {} -d '{}'",
                face.name(),
                verb.verb(),
                quote(verb.manual().about)
            );
        }
        for flag in face.flags() {
            let _ = writeln!(
                script,
                "complete -c insula -n '__fish_seen_subcommand_from {}'{}",
                face.name(),
                describe(&flag)
            );
        }
    }
    script
}

fn describe(flag: &Names) -> String {
    let mut words = String::new();
    if let Some(letter) = flag.short {
        let _ = write!(words, " -s {letter}");
    }
    if !flag.long.is_empty() {
        let _ = write!(words, " -l {}", flag.long);
    }
    // `-r`: the value may be the next word. Without it, only `--option=value` is completed.
    if let Value::Required(_) = flag.value {
        words.push_str(" -r");
    }
    match fitting(flag) {
        Some(Words::Of(list)) => {
            let _ = write!(words, " -f -a '{}'", list.join(" "));
        }
        Some(Words::Directories) => words.push_str(" -f -a '(__fish_complete_directories)'"),
        Some(Words::Users) => words.push_str(" -f -a '(__fish_complete_users)'"),
        Some(Words::Groups) => words.push_str(" -f -a '(__fish_complete_groups)'"),
        Some(Words::Files | Words::Unknown) | None => {}
    }
    let _ = write!(words, " -d '{}'", quote(flag.doc));
    words
}

/// `text` as it stands between single quotes.
fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
