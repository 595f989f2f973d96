//! The log that engines read: a line for each message, in the form of runc's.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use insula_oci::Warning;
use insula_oci::state::Created;

use super::globals::{Globals, LogFormat};
use crate::args::Arg;
use crate::output;
use crate::report::{Failure, chain};

/// Where messages go, beside standard error.
#[derive(Debug)]
pub(super) struct Log {
    file: Option<File>,
    format: LogFormat,
}

impl Log {
    /// Opens the file that the flags name, if they do; lines are added to it.
    pub(super) fn open(globals: &Globals) -> Result<Self, Failure> {
        let open = |path: Arg| {
            let file = File::options().append(true).create(true).open(Path::new(path));
            file.map_err(|error| {
                Failure::from(error).context(&format!("cannot open log file `{}`", path.display()))
            })
        };
        Ok(Self { file: globals.log.map(open).transpose()?, format: globals.log_format })
    }

    /// Writes down why the command failed: containerd takes the last such line for its own message.
    pub(super) fn failure(&mut self, failure: &Failure) {
        self.write("error", &failure.line());
    }

    /// Writes down something that is no failure; without a log it goes to standard error.
    pub(super) fn warning(&mut self, warning: &str) {
        if self.file.is_none() {
            output::complain(&format!("insula: warning: {warning}\n"));
        }
        self.write("warning", warning);
    }

    /// Writes down what the runtime could not have, with its causes.
    pub(super) fn warning_of(&mut self, warning: &Warning) {
        self.warning(&chain(warning));
    }

    /// Writes down what was asked for.
    pub(super) fn debug(&mut self, words: &[Arg]) {
        let words = words.join(OsStr::new(" "));
        self.write("debug", &words.to_string_lossy());
    }

    /// A log that cannot be written to has nobody to tell of it but standard error, where failures are told anyway.
    fn write(&mut self, level: &str, message: &str) {
        let Some(file) = &mut self.file else { return };
        let _ = file.write_all(line(self.format, level, message, Created::now()).as_bytes());
    }
}

fn line(format: LogFormat, level: &str, message: &str, time: Created) -> String {
    let quoted = serde_json::Value::from(message);
    match format {
        LogFormat::Text => format!("time=\"{time}\" level={level} msg={quoted}\n"),
        LogFormat::Json => format!("{{\"level\":\"{level}\",\"msg\":{quoted},\"time\":\"{time}\"}}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of runc 1.1.5.
    #[test]
    fn lines_are_those_of_runc() {
        let time = "2026-11-29T17:06:03Z".parse().unwrap();
        let message = "container does not exist";
        let json =
            "{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"2026-11-29T17:06:03Z\"}\n";
        assert_eq!(line(LogFormat::Json, "error", message, time), json);
        let text = "time=\"2026-11-29T17:06:03Z\" level=error msg=\"container does not exist\"\n";
        assert_eq!(line(LogFormat::Text, "error", message, time), text);
    }

    #[test]
    fn a_message_stays_on_its_line() {
        let line = line(LogFormat::Json, "error", "a \"b\"\nc", Created::now());
        assert_eq!(line.matches('\n').count(), 1);
        let parsed: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(parsed["msg"], "a \"b\"\nc");
    }
}
