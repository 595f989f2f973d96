//! Variables in the values of a file: `${NAME}`, `${NAME:-default}` and the like.

use super::problem::Problem;
use super::yaml::{Content, Place, Value};

/// Where the values of variables come from.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How long a value may get, in bytes.
const MAX_BYTES: usize = 1 << 16;
/// How long all values that have variables may get together, in bytes.
const MAX_ALL: usize = 64 << 20;

impl Value {
    /// Puts the values of variables into all keys and values. They stay one key or value each, whatever is in them.
    pub(super) fn substitute(&mut self, lookup: Lookup<'_>) -> Result<(), (Place, Problem)> {
        self.substitute_within(lookup, &mut { MAX_ALL })
    }

    fn substitute_within(&mut self, lookup: Lookup<'_>, left: &mut usize) -> Result<(), (Place, Problem)> {
        match &mut self.content {
            Content::Null => {}
            Content::Text(text) => expand(text, lookup, left).map_err(|problem| (self.place, problem))?,
            Content::List(items) => {
                for item in items {
                    item.substitute_within(lookup, left)?;
                }
            }
            Content::Map(entries) => {
                for (key, value) in entries {
                    expand(&mut key.name, lookup, left).map_err(|problem| (key.place, problem))?;
                    value.substitute_within(lookup, left)?;
                }
            }
        }
        Ok(())
    }
}

/// Puts the values of variables into a text; what it has of them then is taken off `left`.
fn expand(text: &mut String, lookup: Lookup<'_>, left: &mut usize) -> Result<(), Problem> {
    if !text.contains("${") {
        return Ok(());
    }
    let mut expanded = String::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        if let Some(literal) = before.strip_suffix('$') {
            expanded.push_str(literal);
            expanded.push_str("${");
            rest = &from[2..];
            continue;
        }
        expanded.push_str(before);
        let Some(end) = from.find('}') else {
            return Err(Problem::Variable { text: from.to_owned() });
        };
        expanded.push_str(&value(&from[2..end], lookup)?);
        rest = &from[end + 1..];
        if expanded.len() > MAX_BYTES {
            return Err(Problem::VariableTooLong { bytes: MAX_BYTES });
        }
    }
    expanded.push_str(rest);
    *left = left.checked_sub(expanded.len()).ok_or(Problem::VariablesTooLong { bytes: MAX_ALL })?;
    *text = expanded;
    Ok(())
}

/// The value of what stands between the braces.
fn value(inside: &str, lookup: Lookup<'_>) -> Result<String, Problem> {
    let length = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
    let (name, operation) = inside.split_at(length);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Problem::Variable { text: format!("${{{inside}}}") });
    }
    let set = lookup(name);
    // With a colon an empty value counts as none, as in a shell.
    let (usable, operation) = match operation.strip_prefix(':') {
        Some(operation) => (set.filter(|value| !value.is_empty()), operation),
        None => (set, operation),
    };
    match (usable, operation.chars().next()) {
        (Some(value), None | Some('-' | '=')) => Ok(value),
        (None, Some('-' | '=')) => Ok(operation[1..].to_owned()),
        (None, None) => Err(Problem::VariableNotSet { name: name.to_owned() }),
        _ => Err(Problem::Variable { text: format!("${{{inside}}}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expanded(text: &str) -> Result<String, Problem> {
        let mut text = text.to_owned();
        let lookup = |name: &str| match name {
            "SET" => Some("x".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        expand(&mut text, &lookup, &mut { MAX_ALL }).map(|()| text)
    }

    #[test]
    fn defaults_are_as_in_a_shell() {
        for (text, value) in [
            ("a${SET}b", "axb"),
            ("${SET:=d}${SET-d}", "xx"),
            ("${EMPTY:-d}${EMPTY-d}", "d"),
            ("${NONE:=10.0.0.1/24}", "10.0.0.1/24"),
            ("${NONE=}", ""),
            ("$HOME $$ $${SET}", "$HOME $$ ${SET}"),
        ] {
            assert_eq!(expanded(text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn variable_without_value_and_default_is_refused() {
        assert_eq!(expanded("${NONE}"), Err(Problem::VariableNotSet { name: "NONE".into() }));
        for text in ["${", "${}", "${1}", "${SET?no}", "${SET:+x}", "${SET%x}"] {
            assert!(matches!(expanded(text), Err(Problem::Variable { .. })), "{text}");
        }
    }

    #[test]
    fn values_do_not_grow_without_bound() {
        let long = |_: &str| Some("x".repeat(MAX_BYTES - 1));
        let item = || Value { place: Place::default(), content: Content::Text("${A}".to_owned()) };
        let list = |count: usize| Value {
            place: Place::default(),
            content: Content::List((0..count).map(|_| item()).collect()),
        };
        assert!(list(10).substitute(&long).is_ok());
        let (_, problem) = list(2000).substitute(&long).unwrap_err();
        assert_eq!(problem, Problem::VariablesTooLong { bytes: MAX_ALL });
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(\\$|\\{|\\}|SET|:|-|=|é)*") {
            let _ = expanded(&text);
        }
    }
}
