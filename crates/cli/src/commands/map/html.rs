//! A map as a page: the picture, an outline beside it, and a script that searches, zooms and folds. Nothing is fetched.

use std::fmt::Write as _;

use insula_engine::map::Map;

use super::captions::Captions;
use super::markup::Escaped;
use super::outline::{self, Entry, Subject};
use super::svg;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page. Names are text and attributes in it, and never in the script.
pub(super) fn document(map: &Map, captions: &Captions) -> String {
    let mut tree = String::new();
    entry(&mut tree, &outline::of(map, captions));
    let picture = svg::picture(map, captions);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Map of namespaces</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <aside>\n<div class=\"search\"><input id=\"search\" type=\"search\" placeholder=\"Search\" \
         aria-label=\"Search\" autocomplete=\"off\" spellcheck=\"false\"><output id=\"found\"></output></div>\n\
         <nav id=\"outline\">\n{tree}</nav>\n</aside>\n<main id=\"stage\">\n{picture}\n\
         <div class=\"zoom\"><button id=\"in\" title=\"Zoom in (+)\">+</button>\
         <button id=\"out\" title=\"Zoom out (-)\">−</button>\
         <button id=\"fit\" title=\"Show all (0)\">Fit</button></div>\n</main>\n\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

fn entry(tree: &mut String, of: &Entry) {
    let class = match of.what {
        Subject::Room(_) => "room",
        Subject::Interface => "interface",
        Subject::Published => "published",
        Subject::Process => "process",
        Subject::Note => "note",
    };
    let text = Escaped(&of.text);
    match of.what {
        Subject::Room(room) => {
            // What is deep inside is folded at first.
            let _ = writeln!(tree, "<details data-room=\"{room}\"{}><summary>{text}</summary>", open(room));
            of.inside.iter().for_each(|inner| entry(tree, inner));
            tree.push_str("</details>\n");
        }
        _ if of.inside.is_empty() => {
            let _ = writeln!(tree, "<p class=\"{class}\">{text}</p>");
        }
        _ => {
            let _ = writeln!(tree, "<details class=\"{class}\"><summary>{text}</summary>");
            of.inside.iter().for_each(|inner| entry(tree, inner));
            tree.push_str("</details>\n");
        }
    }
}

const fn open(room: usize) -> &'static str {
    if room == 0 { " open" } else { "" }
}
