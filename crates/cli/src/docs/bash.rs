//! Completion for bash.

use std::fmt::Write as _;

use super::words::{Words, fitting};
use crate::args::{Face, Names};

/// The script; source it, or install it as `insula` where bash-completion looks.
pub(crate) fn script(commands: &[&dyn Face]) -> String {
    let names: Vec<&str> = commands.iter().map(|face| face.name()).collect();
    let mut script = format!(
        r#"# bash completion for insula: made by `insula completions bash`
_insula() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command= i
    # Bash splits `--option=value` into three words.
    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${{COMP_WORDS[i]}} != -* ]]; then command=${{COMP_WORDS[i]}}; break; fi
    done
    case $command in
    '')
        COMPREPLY=($(compgen -W '{} --help --version' -- "$cur"))
        ;;
"#,
        names.join(" ")
    );
    for face in commands {
        if face.verbs().is_empty() {
            case(&mut script, face.name(), &face.flags());
        } else {
            group(&mut script, *face);
        }
    }
    script.push_str("    esac\n}\ncomplete -o bashdefault -o default -F _insula insula\n");
    script
}

/// The verbs of a group, and then the flags of the one that is there.
fn group(script: &mut String, face: &dyn Face) {
    let verbs: Vec<&str> = face.verbs().iter().map(|verb| verb.verb()).collect();
    let _ = writeln!(
        script,
        "    {})\n        if ((COMP_CWORD == i + 1)); then COMPREPLY=($(compgen -W '{} --help' -- \"$cur\")); return; fi\n        \
         case ${{COMP_WORDS[i+1]}} in",
        face.name(),
        verbs.join(" ")
    );
    for verb in face.verbs() {
        case(script, verb.verb(), &verb.flags());
    }
    script.push_str("        esac\n        ;;\n");
}

fn case(script: &mut String, name: &str, flags: &[Names]) {
    let _ = writeln!(script, "    {name})\n        case $prev in");
    for flag in flags {
        let words = match fitting(flag) {
            Some(Words::Of(list)) => format!("-W '{}'", list.join(" ")),
            Some(Words::Files) => "-f".to_owned(),
            Some(Words::Directories) => "-d".to_owned(),
            Some(Words::Users) => "-u".to_owned(),
            Some(Words::Groups) => "-g".to_owned(),
            Some(Words::Unknown) | None => continue,
        };
        let mut patterns: Vec<String> = flag.short.iter().map(|letter| format!("-{letter}")).collect();
        if !flag.long.is_empty() {
            patterns.push(format!("--{}", flag.long));
        }
        let _ = writeln!(
            script,
            "        {}) COMPREPLY=($(compgen {words} -- \"$cur\")); return ;;",
            patterns.join("|")
        );
    }
    let longs: Vec<String> = flags.iter().map(Names::shown).collect();
    let _ = writeln!(
        script,
        "        esac\n        [[ $cur == -* ]] && COMPREPLY=($(compgen -W '{}' -- \"$cur\"))\n        ;;",
        longs.join(" ")
    );
}
