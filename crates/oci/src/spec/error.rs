//! Why a document cannot be read, and where in it.

use std::fmt::{self, Write};

use serde::de::DeserializeOwned;

/// A document that is not JSON, or not what the specification says.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}")]
#[non_exhaustive]
pub struct SpecError {
    /// The value that is wrong, or that lacks something.
    pub path: KeyPath,
    /// What is wrong, with line and column.
    #[source]
    pub source: serde_json::Error,
}

/// The place of a value in a document: `process.args[1]`; empty for the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPath(String);

impl KeyPath {
    /// The path without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            "" => f.write_str("the document"),
            path => write!(f, "`{path}`"),
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, SpecError> {
    serde_json::from_slice(text)
        .map_err(|source| SpecError { path: path_at(before(text, source.line(), source.column())), source })
}

/// The text up to a place that `serde_json` names: lines from 1, and as column the number of bytes read of that line.
fn before(text: &[u8], line: usize, column: usize) -> &[u8] {
    let mut start = 0;
    for _ in 1..line {
        start += text[start..].iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    }
    &text[..text.len().min(start + column)]
}

/// What is open at a place in a text.
enum Open<'a> {
    /// An object, with the key of the value at hand.
    Object(Option<&'a [u8]>),
    /// An array, with the position of the value at hand.
    Array(usize),
}

/// The path of the last value of `text`, which is the beginning of a document. Looking for it costs nothing until
/// something is wrong, where a parser that keeps track of it would always pay.
fn path_at(text: &[u8]) -> KeyPath {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match (byte, open.last_mut()) {
            (b'"', top) => {
                let start = at;
                at = end_of_string(text, start);
                if let Some(Open::Object(key @ None)) = top {
                    *key = Some(&text[start..at]);
                }
                at += 1;
            }
            (b'{', _) => open.push(Open::Object(None)),
            (b'[', _) => open.push(Open::Array(0)),
            (b'}' | b']', _) => drop(open.pop()),
            (b',', Some(Open::Object(key))) => *key = None,
            (b',', Some(Open::Array(index))) => *index += 1,
            _ => (),
        }
    }
    let mut path = String::new();
    for place in &open {
        // Writing to a string cannot fail.
        let _ = match place {
            Open::Object(None) => Ok(()),
            Open::Object(Some(key)) => {
                let dot = if path.is_empty() { "" } else { "." };
                write!(path, "{dot}{}", String::from_utf8_lossy(key))
            }
            Open::Array(index) => write!(path, "[{index}]"),
        };
    }
    KeyPath(path)
}

/// The position of the quotation mark that ends the string that begins at `start`, or the end of the text.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at.min(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::Spec;

    fn refusal(text: &str) -> (String, String) {
        let error = Spec::parse(text.as_bytes()).unwrap_err();
        (error.path.as_str().to_owned(), error.source.to_string())
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let cases = [
            (r#"{"ociVersion":1}"#, "ociVersion", "string at line 1 column 15"),
            (
                r#"{"ociVersion":"1.0.0","process":{"cwd":"/","args":["a",["b"]]}}"#,
                "process.args[1]",
                "string",
            ),
            (r#"{"ociVersion":"1.0.0","process":{"args":[]}}"#, "process", "missing field `cwd`"),
            (
                r#"{"ociVersion":"1","linux":{"namespaces":[{"type":"pid"},{"type":"x"}]}}"#,
                "linux.namespaces[1].type",
                "`x`",
            ),
            (
                "{\"ociVersion\":\"1\",\n\"root\":{\"path\":\"a\\\"b\",\n \"readonly\":3}}",
                "root.readonly",
                "line 3 column 13",
            ),
            (r#"{"ociVersion":"1","linux":{"sysctl":{"net.x":1}}}"#, "linux.sysctl.net.x", "string"),
            (
                r#"{"ociVersion":"1","linux":{"rootfsPropagation":"up"}}"#,
                "linux.rootfsPropagation",
                "propagation type",
            ),
            ("[]x", "", ""),
            ("", "", "EOF"),
        ];
        for (text, path, message) in cases {
            let (found, source) = refusal(text);
            assert_eq!(found, path, "{text}");
            assert!(source.contains(message), "{source}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: Vec<u8>, line in 0..9_usize, column in 0..99_usize) {
            let _ = path_at(before(&text, line, column));
            let _ = Spec::parse(&text);
        }

        #[test]
        fn no_broken_document_panics(cut in 0..200_usize, byte: u8) {
            let mut text = br#"{"ociVersion":"1.0.0","root":{"path":"x\"y"},"process":{"cwd":"/","args":["sh","-c"]},
                "linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/x"}],"sysctl":{"net.a":"1"}}}"#.to_vec();
            let at = cut.min(text.len() - 1);
            text[at] = byte;
            let _ = Spec::parse(&text);
            let _ = Spec::parse(&text[..at]);
        }
    }
}
