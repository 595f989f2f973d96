//! Man pages: see `man(7)` for the macros.

use std::fmt::Write as _;

use super::help::groups;
use crate::args::{Face, Manual, Names, Value};
use crate::version::VERSION;

/// The name of the page of a command, without the section.
pub(crate) fn page_name(face: &dyn Face) -> String {
    format!("insula-{}", face.name().replace(' ', "-"))
}

/// The page of one command, in section 1.
pub(crate) fn page(face: &dyn Face) -> String {
    let Manual { about, usage, details, examples } = face.manual();
    let mut page = head(&page_name(face), about);
    page.push_str(".SH SYNOPSIS\n");
    for usage in usage {
        let _ = writeln!(page, ".B {}\n{}\n.br", escape(&face.invocation()), escape(usage));
    }
    page.push_str(".SH DESCRIPTION\n");
    let about = format!("{about}.");
    paragraphs(&mut page, if details.is_empty() { &about } else { details });
    if !face.verbs().is_empty() {
        page.push_str(".SH COMMANDS\n");
        for verb in face.verbs() {
            entry(&mut page, *verb);
        }
    }
    let flags = face.flags();
    for group in groups(&flags) {
        let heading = if group.is_empty() { "OPTIONS".to_owned() } else { group.to_uppercase() };
        let _ = writeln!(page, ".SH {}", escape(&heading));
        for flag in flags.iter().filter(|flag| flag.group == group) {
            describe(&mut page, flag);
        }
    }
    if !examples.is_empty() {
        page.push_str(".SH EXAMPLES\n");
        for example in examples {
            let _ = writeln!(page, ".TP\n.B {}\n{}", escape(example.line), escape(example.does));
        }
    }
    page.push_str(".SH SEE ALSO\n.BR insula (1),\n.BR namespaces (7)\n");
    page
}

/// The page of `insula` itself, which lists the commands.
pub(crate) fn overview(about: &str, commands: &[&dyn Face]) -> String {
    let mut page = head("insula", about);
    page.push_str(".SH SYNOPSIS\n.B insula\nCOMMAND [OPTIONS]\n.SH DESCRIPTION\n");
    let _ = writeln!(page, "{}.", escape(about));
    for (heading, personality) in [("COMMANDS", false), ("OTHER TOOLS' COMMAND LINES", true)] {
        let _ = writeln!(page, ".SH {}", escape(heading));
        for face in commands.iter().filter(|face| face.is_personality() == personality) {
            entry(&mut page, *face);
        }
    }
    page.push_str(".SH SEE ALSO\n.BR namespaces (7)\n");
    page
}

/// A command in a list of them.
fn entry(page: &mut String, face: &dyn Face) {
    let _ = writeln!(page, ".TP\n.BR {} (1)\n{}.", escape(&page_name(face)), escape(face.manual().about));
}

fn head(name: &str, about: &str) -> String {
    let title = escape(&name.to_uppercase());
    let mut first = about.chars();
    let about: String = first.next().map(|c| c.to_ascii_lowercase()).into_iter().chain(first).collect();
    format!(
        ".TH {title} 1 \"\" \"insula {VERSION}\" \"Insula\"\n.SH NAME\n{} \\- {}\n",
        escape(name),
        escape(&about)
    )
}

fn describe(page: &mut String, flag: &Names) {
    let mut names: Vec<String> = flag.short.iter().map(|letter| format!("\\fB\\-{letter}\\fR")).collect();
    if !flag.long.is_empty() {
        names.push(format!("\\fB\\-\\-{}\\fR", escape(flag.long)));
    }
    let value = match flag.value {
        Value::None => String::new(),
        Value::Required(name) => format!(" \\fI{}\\fR", escape(name)),
        Value::Optional(name) => format!("[=\\fI{}\\fR]", escape(name)),
    };
    let _ = writeln!(page, ".TP\n{}{value}\n{}.", names.join(", "), escape(&sentence(flag.doc)));
    if !flag.choices.is_empty() {
        let _ = writeln!(page, "One of {}.", escape(&flag.choices.join(", ")));
    }
}

fn sentence(doc: &str) -> String {
    let mut letters = doc.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn paragraphs(page: &mut String, text: &str) {
    for (position, paragraph) in text.split("\n\n").enumerate() {
        if position > 0 {
            page.push_str(".PP\n");
        }
        if paragraph.starts_with(' ') {
            let lines: Vec<String> = paragraph.lines().map(escape).collect();
            let _ = writeln!(page, ".nf\n{}\n.fi", lines.join("\n"));
        } else {
            let words: Vec<&str> = paragraph.split_whitespace().collect();
            let _ = writeln!(page, "{}", escape(&words.join(" ")));
        }
    }
}

/// `text` as roff prints it literally.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    if text.starts_with(['.', '\'']) {
        escaped.push_str("\\&");
    }
    for letter in text.chars() {
        match letter {
            '\\' => escaped.push_str("\\e"),
            '-' => escaped.push_str("\\-"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_of_roff_are_escaped() {
        assert_eq!(escape(".a \\n --x"), "\\&.a \\en \\-\\-x");
    }
}
