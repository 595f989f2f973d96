//! Completion for zsh.

use std::fmt::Write as _;

use super::words::{Words, fitting};
use crate::args::{Face, Names, Value};

/// The script; install it as `_insula` in a directory of `$fpath`.
pub(crate) fn script(commands: &[&dyn Face]) -> String {
    let mut script =
        String::from("#compdef insula\n# zsh completion for insula: made by `insula completions zsh`\n\n");
    for face in commands {
        let _ = writeln!(script, "_insula_{}() {{\n    _arguments -s -S \\", face.name());
        for flag in face.flags() {
            argument(&mut script, &flag);
        }
        script.push_str("        '*: :_default'\n}\n\n");
    }
    script.push_str("_insula() {\n    local -a commands=(\n");
    for face in commands {
        let _ = writeln!(script, "        '{}:{}'", face.name(), quote(face.manual().about));
    }
    script.push_str(
        r#"    )
    if ((CURRENT == 2)); then
        _describe command commands
        _arguments '--help[print help]' '--version[print the version]'
        return
    fi
    local name=_insula_$words[2]
    shift words
    ((CURRENT--))
    (($+functions[$name])) && $name
}

_insula "$@"
"#,
    );
    script
}

fn argument(script: &mut String, flag: &Names) {
    let doc = quote(flag.doc).replace('[', "\\[").replace(']', "\\]");
    let words = match fitting(flag) {
        Some(Words::Of(list)) => format!("({})", list.join(" ")),
        Some(Words::Files) => "_files".to_owned(),
        Some(Words::Directories) => "_files -/".to_owned(),
        Some(Words::Users) => "_users".to_owned(),
        Some(Words::Groups) => "_groups".to_owned(),
        Some(Words::Unknown) | None => String::new(),
    };
    // `-` after a short and `=` after a long name: the value is attached, or is the next word.
    let (short, long, value) = match flag.value {
        Value::None => ("", "", String::new()),
        Value::Required(name) => ("+", "=", format!(":{name}:{words}")),
        Value::Optional(name) => ("-", "=-", format!("::{name}:{words}")),
    };
    if let Some(letter) = flag.short {
        let _ = writeln!(script, "        '*-{letter}{short}[{doc}]{value}' \\");
    }
    if !flag.long.is_empty() {
        let _ = writeln!(script, "        '*--{}{long}[{doc}]{value}' \\", flag.long);
    }
}

/// `text` as it stands between single quotes in a description.
fn quote(text: &str) -> String {
    text.replace('\'', "'\\''").replace(':', "\\:")
}
