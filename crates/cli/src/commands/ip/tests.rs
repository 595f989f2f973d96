//! What is the same for every object.

use super::json::{Json, Layout, Value};
use super::options::{Asked, parse};
use super::words::{Words, matches, number};

#[test]
fn beginnings_match_and_nothing_does_not() {
    assert!(matches("l", "link") && matches("link", "link"));
    assert!(!matches("", "link") && !matches("links", "link") && !matches("k", "link"));
}

#[test]
fn numbers_are_those_of_c() {
    assert_eq!((number::<u8>("0x1f"), number::<u8>("010"), number::<u8>("0")), (Some(31), Some(8), Some(0)));
    assert_eq!(
        (number::<u8>("256"), number::<u8>("+1"), number::<u8>(""), number::<u8>("0x")),
        (None, None, None, None)
    );
}

#[test]
fn options_can_be_cut_short_and_end_at_the_object() {
    let mut words = Words::new(&["-d", "--json", "-s", "-stat", "-br", "-o", "link", "-d"]);
    let Ok(Asked::Work(options)) = parse(&mut words) else { unreachable!() };
    assert!(options.details && options.json && options.brief && options.oneline);
    assert_eq!((options.stats, words.rest()), (2, &["link", "-d"][..]));
}

#[test]
fn unknown_options_are_named() {
    for word in ["-foo", "--foo", "-json=x", "-color=perhaps", "-"] {
        let stop = parse(&mut Words::new(&[word])).unwrap_err();
        assert!(stop.text().starts_with("Option \"-"), "{word}: {}", stop.text());
        assert_eq!(stop.status(), 255);
    }
}

#[test]
fn json_is_indented_as_the_original_does() {
    let mut json = Json::new(Layout::Pretty);
    json.begin_array();
    json.begin_object();
    json.name("a");
    json.value(Value::Int(-1));
    json.name("b");
    json.begin_array();
    json.value("x\"\\\n\u{1}".into());
    json.value(true.into());
    json.end_array();
    json.end_object();
    json.end_array();
    assert_eq!(
        json.text,
        "[ {\n        \"a\": -1,\n        \"b\": [ \"x\\\"\\\\\\n\\u0001\",true ]\n    } ]"
    );
}
