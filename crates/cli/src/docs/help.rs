//! Help texts.

use std::fmt::Write as _;

use super::words::with_value;
use crate::args::{Face, Manual, Names};

/// Lines are broken before this column.
const WIDTH: usize = 100;
/// Where the descriptions of flags begin.
const INDENT: usize = 30;

/// What `insula COMMAND --help` prints.
pub(crate) fn text(face: &dyn Face) -> String {
    let Manual { about, usage, details, examples } = face.manual();
    let mut help = format!("{about}.\n");
    for (position, usage) in usage.iter().enumerate() {
        let label = if position == 0 { "\nUsage:" } else { "      " };
        let _ = writeln!(help, "{label} {} {usage}", face.invocation());
    }
    if !details.is_empty() {
        for paragraph in details.split("\n\n") {
            help.push('\n');
            fill(&mut help, paragraph, 0);
        }
    }
    if !face.verbs().is_empty() {
        help.push_str("\nCommands:\n");
        for verb in face.verbs() {
            let _ = writeln!(help, "  {:<12} {}", verb.verb(), verb.manual().about);
        }
    }
    let flags = face.flags();
    for group in groups(&flags) {
        let _ = writeln!(help, "\n{}:", if group.is_empty() { "Options" } else { group });
        for flag in flags.iter().filter(|flag| flag.group == group) {
            describe(&mut help, flag);
        }
    }
    if !examples.is_empty() {
        help.push_str("\nExamples:\n");
        for example in examples {
            let _ = writeln!(help, "  {}\n      {}", example.line, example.does);
        }
    }
    help
}

/// What `insula --help` prints.
pub(crate) fn overview(about: &str, commands: &[&dyn Face]) -> String {
    let mut help = format!("{about}.\n\nUsage: insula COMMAND [OPTIONS] …\n\nCommands:\n");
    let list = |help: &mut String, personality: bool| {
        for face in commands.iter().filter(|face| face.is_personality() == personality) {
            let _ = writeln!(help, "  {:<12} {}", face.name(), face.manual().about);
        }
    };
    list(&mut help, false);
    help.push_str("\nOther tools' command lines (`insula links DIR` makes the links):\n");
    list(&mut help, true);
    help.push_str("\n`insula COMMAND --help` and `insula man COMMAND` say more.\n");
    help
}

/// The headings in the order in which they first appear.
pub(super) fn groups(flags: &[Names]) -> Vec<&'static str> {
    let mut groups = vec![];
    for flag in flags {
        if !groups.contains(&flag.group) {
            groups.push(flag.group);
        }
    }
    groups
}

fn describe(help: &mut String, flag: &Names) {
    let start = help.len();
    match flag.short {
        Some(letter) if flag.long.is_empty() => {
            let _ = write!(help, "  {}", with_value(&Names { short: Some(letter), ..*flag }));
        }
        Some(letter) => {
            let _ = write!(help, "  -{letter}, {}", with_value(flag));
        }
        None => {
            let _ = write!(help, "      {}", with_value(flag));
        }
    }
    let used = help[start..].chars().count();
    if used + 2 > INDENT {
        help.push('\n');
        help.extend(std::iter::repeat_n(' ', INDENT));
    } else {
        help.extend(std::iter::repeat_n(' ', INDENT - used));
    }
    let mut doc = String::new();
    let choices = match flag.choices {
        [] => String::new(),
        choices => format!(" [{}]", choices.join(", ")),
    };
    fill(&mut doc, &format!("{}{choices}", flag.doc), INDENT);
    help.push_str(doc.trim_start());
}

/// Appends `text`, its words spread over lines that start with `indent` spaces. Lines that start with a space stay.
fn fill(out: &mut String, text: &str, indent: usize) {
    if text.starts_with(' ') {
        let _ = writeln!(out, "{text}");
        return;
    }
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}
