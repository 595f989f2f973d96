//! The options of `insula map`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::args::{Flag, Invalid, flag, text};
use crate::commands::live;
use crate::report::Failure;

/// What the command line said.
#[derive(Clone, Debug, Default)]
pub(in crate::commands) struct Options {
    pub(super) format: Option<Format>,
    pub(super) output: Option<PathBuf>,
    pub(super) labs: Vec<String>,
    /// How long to wait between two looks.
    pub(super) watch: Option<Duration>,
}

/// What a map is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Format {
    Svg,
    Html,
    Dot,
    Json,
    Text,
}

impl Format {
    /// What is called `name`, which is also what files of it end with.
    pub(in crate::commands) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "svg" => Self::Svg,
            "html" | "htm" => Self::Html,
            "dot" | "gv" => Self::Dot,
            "json" => Self::Json,
            "text" | "txt" => Self::Text,
            _ => return None,
        })
    }
}

impl Options {
    /// The format that was asked for, by name or by what the file's name ends with; else text.
    pub(super) fn format(&self) -> Result<Format, Failure> {
        let ending = self.output.as_deref().and_then(Path::extension).and_then(OsStr::to_str);
        let format = self.format.or_else(|| Format::named(ending?)).unwrap_or(Format::Text);
        if self.watch.is_some() && self.output.is_none() && !matches!(format, Format::Text | Format::Json) {
            return Err(
                Failure::usage("a picture that is drawn again needs a file").hint("name one with --output")
            );
        }
        Ok(format)
    }
}

pub(super) const FLAGS: &[Flag<Options>] = &[
    flag("format", "write svg, html, dot, json or text")
        .short('f')
        .choices(&["svg", "html", "dot", "json", "text"])
        .required("FORMAT", |o, name| {
            let format = Format::named(text(name)?);
            o.format =
                Some(format.ok_or_else(|| Invalid("expected svg, html, dot, json or text".to_owned()))?);
            Ok(())
        }),
    flag("output", "write to FILE, whose ending says the format unless --format does").short('o').required(
        "FILE",
        |o, path| {
            o.output = Some(path.into());
            Ok(())
        },
    ),
    flag("lab", "only this lab; more than one can be named").required("NAME", |o, name| {
        o.labs.push(text(name)?.to_owned());
        Ok(())
    }),
    flag("watch", "keep looking, every second or as often as is said, and draw again when something changes")
        .short('w')
        .optional("SECONDS", |o, seconds| {
            o.watch = Some(live::pause(seconds)?);
            Ok(())
        }),
];
