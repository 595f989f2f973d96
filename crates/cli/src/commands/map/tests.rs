//! What the formats make of hostile names.

use insula_engine::map::{InterfaceKind, Map};
use insula_ns::Kind;
use proptest::prelude::*;

use super::captions::Captions;
use super::{dot, html, json, outline, samples, svg, text};
use crate::table::Charset;

/// A machine whose processes, interfaces, sets and labs are called `name`.
fn called(name: &str) -> Map {
    let mut machine = samples::Machine::new();
    let host = machine.initial();
    machine.process(host, name);
    let inside = machine.unshare(host, &[Kind::Net, Kind::Pid], name);
    machine.process(inside, name);
    machine.pair((&host, name, &["10.0.0.1/24"]), (&inside, name, &[]));
    machine.add(&host, name, InterfaceKind::Other(name.to_owned()), &[]);
    machine.namespace(Kind::Uts, &host, name);
    let lab =
        insula_engine::map::Lab { name: name.to_owned(), nodes: vec![(name.to_owned(), name.to_owned())] };
    machine.survey.labs.push(lab);
    machine.map()
}

/// The tags of a picture or page without what they say, and without titles.
fn tags(markup: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for piece in markup.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        let word = tag.split_ascii_whitespace().next().unwrap_or_default();
        // A text that does not fit has the whole in a title.
        if !word.ends_with("title") {
            tags.push(word.to_owned());
        }
    }
    tags
}

fn all(name: &str) -> [String; 4] {
    let map = called(name);
    let captions = Captions::of(&map);
    let outline = outline::of(&map, &captions);
    [
        svg::document(&map, &captions),
        html::document(&map, &captions),
        dot::document(&map, &captions),
        text::document(&outline, Charset::Utf8),
    ]
}

#[test]
fn names_are_text_whatever_is_in_them() {
    let usual = all("name");
    for name in [
        "</script><script>document.documentElement.dataset.owned=1</script>",
        "</title></text></svg><img src=x onerror=alert(1)>",
        "\"' onload=\"alert(1)\" x='",
        "]]><!--",
        "&amp;&#0;&lt;",
        "\\\"];evil [label=\"",
        "\u{202e}gpj.exe",
    ] {
        let hostile = all(name);
        assert_eq!(tags(&usual[0]), tags(&hostile[0]), "{name}");
        assert_eq!(tags(&usual[1]), tags(&hostile[1]), "{name}");
        for document in &hostile {
            let odd = |letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}';
            assert!(!document.contains(odd), "{name:?}: {document}");
        }
        let map = called(name);
        let parsed: serde_json::Value =
            serde_json::from_str(&json::document(&map, &Captions::of(&map))).unwrap();
        assert_eq!(parsed["rooms"][1]["processes"][1]["command"], name);
    }
}

#[test]
fn page_fetches_nothing() {
    let map = samples::thirty().map();
    let page = html::document(&map, &Captions::of(&map));
    assert!(page.contains("default-src 'none'"));
    for word in ["src=\"", "href=", "url(", "@import", "fetch(", "XMLHttpRequest", "import("] {
        assert!(!page.contains(word), "{word}");
    }
    let addresses: Vec<&str> = page.split("http").skip(1).filter(|rest| rest.starts_with("://")).collect();
    assert!(addresses.iter().all(|rest| rest.starts_with("://www.w3.org/2000/svg\"")));
}

#[test]
fn text_for_an_ascii_terminal_is_ascii() {
    let map = samples::three().map();
    let captions = Captions::of(&map);
    let text = text::document(&outline::of(&map, &captions), Charset::Ascii);
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("|  |  |- v-web -> web eth0\n"), "{text}");
    assert!(text.contains("published 127.0.0.1:8080 -> 80/tcp\n"), "{text}");
}

proptest! {
    #[test]
    fn any_name_leaves_the_picture_as_it_is(name in "\\PC{1,12}|[<>&'\"\\x00-\\x7f]{1,12}") {
        let map = called(&name);
        let picture = svg::document(&map, &Captions::of(&map));
        prop_assert!(!picture.contains(|letter: char| letter.is_control() && letter != '\n'));
        let elements = picture.matches('<').count();
        prop_assert_eq!(elements, picture.matches('>').count() - svg::STYLE.matches('>').count());
    }
}
