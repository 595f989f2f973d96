//! What annotations tell systemd of a container's scope: `org.systemd.property.NAME`, as runc has it. Each value is in the text form
//! of `GVariant`: `true`, `'text'`, `5`, `uint64 5`, `['one', 'two']`.

use std::collections::BTreeMap;

use insula_cgroup::systemd::Value;

use crate::error::Error;

const PREFIX: &str = "org.systemd.property.";

/// The properties that annotations name, in the order of their names.
pub(super) fn properties(annotations: &BTreeMap<String, String>) -> Result<Vec<(Box<str>, Value)>, Error> {
    let named = annotations.iter().filter_map(|(key, text)| Some((key.strip_prefix(PREFIX)?, text)));
    named
        .map(|(name, text)| {
            property(name, text)
                .ok_or_else(|| Error::UnitProperty { name: name.to_owned(), value: text.clone() })
        })
        .collect()
}

fn property(name: &str, text: &str) -> Option<(Box<str>, Value)> {
    if name.len() < 3 || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    match name.strip_suffix("Sec").filter(|stem| !stem.ends_with('U')) {
        // What unit files say in seconds D-Bus has in microseconds.
        Some(stem) => Some((format!("{stem}USec").into(), Value::U64(microseconds(text)?))),
        None => Some((name.into(), value(text)?)),
    }
}

/// So many seconds, with or without a type before the number.
fn microseconds(text: &str) -> Option<u64> {
    let number = text.split_ascii_whitespace().next_back()?;
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.is_empty() {
        return None;
    }
    let part: String = part.chars().chain("000000".chars()).take(6).collect();
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(part.parse().ok()?)
}

fn value(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Some(list) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Some(Value::Texts(texts(list)?));
    }
    if let Some((kind, number)) = text.split_once(' ') {
        let number = number.trim();
        return match kind {
            "boolean" => boolean(number),
            "int32" => number.parse().ok().map(Value::I32),
            "uint32" => number.parse().ok().map(Value::U32),
            "uint64" => number.parse().ok().map(Value::U64),
            _ => alone(text),
        };
    }
    boolean(text).or_else(|| text.parse().ok().map(Value::I32)).or_else(|| alone(text))
}

/// A text in quotes, and nothing else.
fn alone(text: &str) -> Option<Value> {
    quoted(text).filter(|(_, rest)| rest.is_empty()).map(|(text, _)| Value::Text(text))
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// Texts with commas between them.
fn texts(mut list: &str) -> Option<Vec<Box<str>>> {
    let mut texts = Vec::new();
    loop {
        list = list.trim_start();
        if list.is_empty() {
            return Some(texts);
        }
        let (text, rest) = quoted(list)?;
        texts.push(text);
        let rest = rest.trim_start();
        list = match rest.strip_prefix(',') {
            None if rest.is_empty() => rest,
            more => more?,
        };
    }
}

/// A text in quotes at the beginning, and what follows it.
fn quoted(text: &str) -> Option<(Box<str>, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let mut found = String::new();
    let mut rest = text[1..].chars();
    loop {
        match rest.next()? {
            // Further escapes are for what no property has.
            '\\' => match rest.next()? {
                escaped @ ('\\' | '\'' | '"') => found.push(escaped),
                _ => return None,
            },
            end if end == quote => return Some((found.into(), rest.as_str())),
            plain => found.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_types_that_they_are_written_with() {
        let texts = |texts: &[&str]| Value::Texts(texts.iter().map(|&text| text.into()).collect());
        for (name, text, expected) in [
            ("CollectMode", "'inactive-or-failed'", Value::Text("inactive-or-failed".into())),
            ("Description", "\"it's a \\\"web\\\"\"", Value::Text("it's a \"web\"".into())),
            ("TimeoutStopUSec", "uint64 123456789", Value::U64(123_456_789)),
            ("Delegate", "true", Value::Bool(true)),
            ("OOMScoreAdjust", "-5", Value::I32(-5)),
            ("CPUWeight", "uint32 7", Value::U32(7)),
            ("After", "['one.service', \"two.service\"]", texts(&["one.service", "two.service"])),
            ("Before", "[]", texts(&[])),
        ] {
            assert_eq!(property(name, text), Some((name.into(), expected)), "{text}");
        }
    }

    #[test]
    fn seconds_are_told_in_microseconds() {
        for (text, expected) in [("2", 2_000_000), ("uint64 90", 90_000_000), ("2.5", 2_500_000)] {
            assert_eq!(
                property("RuntimeMaxSec", text),
                Some(("RuntimeMaxUSec".into(), Value::U64(expected)))
            );
        }
        assert_eq!(property("RuntimeMaxSec", "-1"), None);
    }

    #[test]
    fn what_is_no_value_or_name_is_refused() {
        for text in ["", "text", "'open", "'a' 'b'", "['a' 'b']", "uint64 x", "uint32 -1", "@as []", "'\\n'"]
        {
            assert_eq!(value(text), None, "{text}");
        }
        assert_eq!(property("Io", "true"), None);
        assert_eq!(property("Wants-two", "true"), None);
        let annotations = [("org.systemd.property.CPUWeight", "x"), ("other", "x")];
        let annotations = annotations.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let error = properties(&annotations).unwrap_err().to_string();
        assert_eq!(
            error,
            "the annotation `org.systemd.property.CPUWeight` is `x`, which is no value that systemd can be told: such as `true`, `'text'`, `uint64 5`"
        );
    }
}
