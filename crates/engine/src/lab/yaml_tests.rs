//! Tests of the YAML tree.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<Value, YamlError> {
    Value::parse(text.as_bytes())
}

/// The tree without its places, as one line.
fn shown(value: &Value) -> String {
    match &value.content {
        Content::Null => "~".to_owned(),
        Content::Text(text) => format!("{text:?}"),
        Content::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(",")),
        Content::Map(entries) => {
            let entry = |(key, value): &(Key, Value)| format!("{}:{}", key.name, shown(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
    }
}

#[test]
fn values_know_their_lines() {
    let value = parse("name: x\n\ntopology:\n  nodes:\n    a: {kind: linux}\n").unwrap();
    let Content::Map(top) = &value.content else { panic!("{value:?}") };
    assert_eq!((top[1].0.name.as_str(), top[1].0.place), ("topology", Place { line: 3, column: 1 }));
    let Content::Map(topology) = &top[1].1.content else { panic!("{value:?}") };
    let Content::Map(nodes) = &topology[0].1.content else { panic!("{value:?}") };
    assert_eq!(nodes[0].0.place, Place { line: 5, column: 5 });
}

#[test]
fn anchors_and_merge_keys_are_replaced() {
    let text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [{z: 1}, *a]}\n";
    assert_eq!(shown(&parse(text).unwrap()), r#"{a:{x:"1",y:"2"},b:{y:"3",x:"1"},c:{z:"1",x:"1",y:"2"}}"#);
}

#[test]
fn quoted_null_is_text() {
    assert_eq!(shown(&parse("[null, '~', \"\", ]").unwrap()), r#"[~,"~",""]"#);
    assert_eq!(shown(&parse("").unwrap()), "~");
}

#[test]
fn key_that_stands_twice_is_refused() {
    let error = parse("a: 1\nb: 2\na: 3\n").unwrap_err();
    assert_eq!(error.to_string(), "3:1: the key `a` stands here a second time: the first is in line 1");
}

#[test]
fn bomb_of_a_long_text_is_refused() {
    let text = "x".repeat(MAX_BYTES / 2);
    let aliases = vec!["*a"; 2000].join(", ");
    assert!(matches!(parse(&format!("a: &a {text}\nb: [{aliases}]\n")), Err(YamlError::TooMany { .. })));
    // As a key, too.
    let entries = "{*a : 1}, ".repeat(2000);
    assert!(matches!(parse(&format!("a: &a {text}\nb: [{entries}]\n")), Err(YamlError::TooMany { .. })));
    assert!(parse(&format!("a: {text}\nb: {text:.1000}\n")).is_ok());
}

#[test]
fn bomb_of_aliases_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let last = level - 1;
        let aliases = vec![format!("*a{last}"); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert!(matches!(parse(&text), Err(YamlError::TooMany { .. })));
}

#[test]
fn alias_inside_of_what_it_stands_for_is_refused() {
    assert!(matches!(parse("a: &a [*a]"), Err(YamlError::UnknownAlias { .. } | YamlError::Syntax { .. })));
}

#[test]
fn collections_are_not_endlessly_deep() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let text = format!("{}x{}", open.repeat(5000), close.repeat(5000));
        assert!(matches!(parse(&text), Err(YamlError::TooDeep { .. } | YamlError::Syntax { .. })), "{open}");
    }
}

#[test]
fn second_document_and_bytes_that_are_no_text_are_refused() {
    assert!(matches!(parse("a: 1\n---\nb: 2\n"), Err(YamlError::SecondDocument { .. })));
    assert_eq!(Value::parse(b"a: 1\nb: \xff\n").unwrap_err(), YamlError::NotUtf8 { line: 2 });
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = parse(&text);
    }

    #[test]
    fn any_text_of_yaml_words_is_read_or_refused(words in prop::collection::vec("a|b|: |- |\n|  |\\[|\\]|\\{|\\}|&x |\\*x|<<|'|\"|\\||>|#|---|, |\\?|!t |%", 0..60)) {
        let _ = parse(&words.concat());
    }
}
