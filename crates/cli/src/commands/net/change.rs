//! Differences between networks, as lines and as JSON.

use std::fmt::Write as _;

use insula_engine::network::fact::{Change, Fact};
use serde_json::{Map, Value};

use crate::printable;
use crate::report::Failure;

/// `+`, `~` or `-`, and what it is: of what was changed only that. It is printable, and without a line break.
pub(super) fn text(change: &Change) -> Result<String, Failure> {
    let text = match change {
        Change::Appeared(fact) => format!("+ {fact}"),
        Change::Gone(fact) => format!("- {fact}"),
        Change::Renamed { before, after } => {
            format!("~ {} {} name {} → {}", after.word(), name(before), name(before), name(after))
        }
        Change::Changed { before, after } => {
            format!("~ {} {}{}", after.word(), name(after), values(before, after)?)
        }
    };
    Ok(printable::line(&text).into_owned())
}

/// As an object: `event`, the word for what it is, and the thing under that word; `before` is how it was.
pub(super) fn object(change: &Change) -> Result<Map<String, Value>, Failure> {
    let (event, now, before) = match change {
        Change::Appeared(fact) => ("appeared", fact, None),
        Change::Gone(fact) => ("gone", fact, None),
        Change::Renamed { before, after } => ("renamed", after, Some(before)),
        Change::Changed { before, after } => ("changed", after, Some(before)),
    };
    let mut object = Map::new();
    object.insert("event".to_owned(), event.into());
    object.insert("kind".to_owned(), now.word().into());
    object.insert(now.word().to_owned(), fields(now)?.into());
    if let Some(before) = before {
        object.insert("before".to_owned(), fields(before)?.into());
    }
    Ok(object)
}

/// What people find it by.
fn name(fact: &Fact) -> String {
    match fact {
        Fact::Interface(interface) => interface.name.clone(),
        Fact::Address(address) => address.to_string(),
        Fact::Route(route) => route.destination.clone(),
        Fact::Rule(rule) => rule.to_string(),
        Fact::Neighbour(neighbour) => format!("{} dev {}", neighbour.address, neighbour.interface),
    }
}

fn fields(fact: &Fact) -> Result<Map<String, Value>, Failure> {
    let Value::Object(mut outer) = serde_json::to_value(fact)? else { return Ok(Map::new()) };
    match outer.remove(fact.word()) {
        Some(Value::Object(fields)) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// The fields that are not the same: ` mtu 1500 → 1400`.
fn values(before: &Fact, after: &Fact) -> Result<String, Failure> {
    let (before, after) = (fields(before)?, fields(after)?);
    let mut text = String::new();
    for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
        let _ = write!(text, " {key} {} → {}", shown(before.get(key)), shown(Some(value)));
    }
    Ok(text)
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(on)) => if *on { "yes" } else { "no" }.to_owned(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insula_engine::network::fact::{InterfaceFact, changes};

    fn interface(name: &str, mtu: u32) -> Fact {
        Fact::Interface(InterfaceFact {
            name: name.to_owned(),
            kind: Some("veth".to_owned()),
            up: true,
            state: "up".to_owned(),
            mtu,
            mac: None,
            master: None,
            qdisc: None,
        })
    }

    #[test]
    fn of_what_changed_only_that_is_said() {
        let told = changes(&[interface("a", 1500)], &[interface("a", 1400), interface("b", 1500)]);
        let texts: Vec<String> = told.iter().map(|change| text(change).unwrap()).collect();
        assert_eq!(texts, ["~ interface a mtu 1500 → 1400", "+ interface b type veth up state up mtu 1500"]);
        assert_eq!(object(&told[0]).unwrap()["before"]["mtu"], 1500);
        assert_eq!(changes(&[interface("a", 1500)], &[interface("a", 1500)]), []);
    }

    #[test]
    fn names_of_strangers_stay_on_their_line() {
        let line = text(&Change::Gone(interface("a\n\x1b[2J", 1))).unwrap();
        assert!(line.starts_with("- interface a\\n\\u{1b}[2J "), "{line}");
    }
}
