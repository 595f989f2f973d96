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
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if input.buffer().is_empty() {
            // The next line may be long in coming.
            tell(session, file, &mut status);
        }
        let lines = read(&mut input, &mut bytes)
            .map_err(|error| Stop::failed(format!("Cannot read file \"{file}\": {}", sentence_of(&error))))?;
        if lines == 0 {
            break;
        }
        number += lines;
        let Some(all) = split(&bytes) else {
            tell(session, file, &mut status);
            return Err(Stop::failed("Unterminated quoted string").cause(format!("line {number} of {file}")));
        };
        if all.is_empty() {
            continue;
        }
        session.at_line(number);
        let done = text(&all).and_then(|all| object::run_line(session, &mut Words::new(&all)));
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
fn read(input: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut lines = 0;
    loop {
        let start = line.len();
        if input.read_until(b'\n', line)? == 0 {
            return Ok(lines);
        }
        lines += 1;
        line.pop_if(|last| *last == b'\n');
        if let Some(comment) = line[start..].iter().position(|byte| *byte == b'#') {
            line.truncate(start + comment);
        }
        if line.pop_if(|last| *last == b'\\').is_none() {
            return Ok(lines);
        }
    }
}

/// The words of a line, by blanks; quotes hold some together. `None` where a quote is not closed.
fn split(line: &[u8]) -> Option<Vec<&[u8]>> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        rest = &rest[rest.iter().take_while(|byte| is_blank(byte)).count()..];
        let Some(first) = rest.first() else { return Some(words) };
        let (word, after) = if matches!(first, b'"' | b'\'') {
            let end = rest[1..].iter().position(|byte| byte == first)?;
            (&rest[1..=end], end + 2)
        } else {
            let end = rest.iter().position(is_blank).unwrap_or(rest.len());
            (&rest[..end], end)
        };
        words.push(word);
        rest = &rest[after..];
    }
}

/// The words as text, which is all that names can be here; the command alone fails where one is not.
fn text<'a>(words: &[&'a [u8]]) -> Result<Vec<&'a str>, Stop> {
    let text = |word: &&'a [u8]| {
        std::str::from_utf8(word)
            .map_err(|_| Stop::failed(format!("argument `{}` is not valid UTF-8", word.escape_ascii())))
    };
    words.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_words_together() {
        let words = split(b"  link set a  alias \"two words\" x'y' '' ").unwrap();
        assert_eq!(text(&words).unwrap(), ["link", "set", "a", "alias", "two words", "x'y'", ""]);
        assert_eq!(split(b"alias 'open"), None);
        assert_eq!(split(b""), Some(vec![]));
    }

    #[test]
    fn lines_are_continued_and_comments_left_out() {
        let mut input: &[u8] = b"link \\\nshow # all\n\nlink\n";
        let mut line = Vec::new();
        assert_eq!(read(&mut input, &mut line).unwrap(), 2);
        assert_eq!(line, b"link show ");
    }
}
