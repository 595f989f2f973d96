//! `-batch`: many commands, one process, one socket.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};

use insula_sys::errno::sentence_of;

use super::stop::Extent;
use super::{Session, Stop, Words, object};
use crate::output;

/// Runs the commands in `file`, one a line; `-` is standard input. The exit status.
///
/// Each is done before the next is looked at, since what follows one that failed must not happen without `-force`: the kernel goes
/// on after a request that it refuses. With it, those that only change something are sent many at once.
pub(super) fn run(session: &mut Session, file: &str) -> Result<u8, Stop> {
    let input: Box<dyn Read> = if file == "-" { Box::new(stdin()) } else { Box::new(open(file)?) };
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let (mut status, mut number) = (0, 0);
    let mut text = String::new();
    loop {
        text.clear();
        if input.buffer().is_empty() {
            // The next line may be long in coming.
            tell(session, file, &mut status);
        }
        let lines = read(&mut input, &mut text)
            .map_err(|error| Stop::failed(format!("Cannot read file \"{file}\": {}", sentence_of(&error))))?;
        if lines == 0 {
            break;
        }
        number += lines;
        let Some(all) = split(&text) else {
            tell(session, file, &mut status);
            return Err(Stop::usage(format!("Missing closing quote at {file}:{number}")));
        };
        if all.is_empty() {
            continue;
        }
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        session.at_line(number);
        let done = object::run_line(session, &mut Words::new(&all));
        if done.is_err() {
            session.settle();
        }
        // What was refused before has its place before what this command says.
        tell_refused(session, file, &mut status);
        session.page.flush()?;
        if let Err(stop) = done {
            if stop.extent() == Extent::Program {
                return Err(stop);
            }
            failed(&stop, file, number);
            status = 1;
            if !session.options.force {
                break;
            }
        }
    }
    tell(session, file, &mut status);
    Ok(status)
}

/// Performs what is left, and tells what was refused.
fn tell(session: &mut Session, file: &str, status: &mut u8) {
    session.settle();
    tell_refused(session, file, status);
}

fn tell_refused(session: &mut Session, file: &str, status: &mut u8) {
    for refused in session.refused() {
        failed(&refused.stop, file, refused.line);
        *status = 1;
    }
}

fn failed(stop: &Stop, file: &str, line: usize) {
    output::complain(&stop.text());
    output::complain(&format!("Command failed {file}:{line}\n"));
}

fn open(file: &str) -> Result<File, Stop> {
    File::open(file).map_err(|error| {
        Stop::failed(format!("Cannot open file \"{file}\" for reading: {}", sentence_of(&error)))
    })
}

/// Reads a line, and those that it is continued on by a backslash at its end, without a comment; how many lines it was.
fn read(input: &mut dyn BufRead, text: &mut String) -> std::io::Result<usize> {
    let mut lines = 0;
    loop {
        let start = text.len();
        if input.read_line(text)? == 0 {
            return Ok(lines);
        }
        lines += 1;
        if text.ends_with('\n') {
            text.pop();
        }
        if let Some(comment) = text[start..].find('#') {
            text.truncate(start + comment);
        }
        if !text.ends_with('\\') {
            return Ok(lines);
        }
        text.pop();
    }
}

/// The words of a line, by blanks; quotes hold some together. `None` where a quote is not closed.
fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches([' ', '\t', '\r', '\n']);
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '\'' => {
                rest = &rest[1..];
                let end = rest.find(first)?;
                words.push(rest[..end].to_owned());
                end + 1
            }
            _ => {
                let end = rest.find([' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                words.push(rest[..end].to_owned());
                end
            }
        };
        rest = rest[end..].trim_start_matches([' ', '\t', '\r', '\n']);
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_words_together() {
        let words = split("  link set a  alias \"two words\" x'y' '' ").unwrap();
        assert_eq!(words, ["link", "set", "a", "alias", "two words", "x'y'", ""]);
        assert_eq!(split("alias 'open"), None);
        assert_eq!(split(""), Some(vec![]));
    }

    #[test]
    fn lines_are_continued_and_comments_left_out() {
        let mut input: &[u8] = b"link \\\nshow # all\n\nlink\n";
        let mut text = String::new();
        assert_eq!(read(&mut input, &mut text).unwrap(), 2);
        assert_eq!(text, "link show ");
    }
}
