//! A map in the language of Graphviz.

use std::fmt::{self, Write as _};

use insula_engine::map::{LineKind, Map, Presence};

use super::captions::Captions;

/// The whole graph.
pub(super) fn document(map: &Map, captions: &Captions) -> String {
    let mut dot = String::from(
        "graph map {\n  compound=true;\n  node [shape=box, fontname=\"sans-serif\", fontsize=10];\n  \
         graph [fontname=\"sans-serif\", fontsize=11, style=rounded, labeljust=l];\n",
    );
    let children = map.children();
    room(&mut dot, map, captions, &children, 0, 1);
    for line in &map.lines {
        let [one, other] = line.ends;
        let style = match line.kind {
            LineKind::Pair => "solid",
            LineKind::OnTop => "dashed",
        };
        let _ = writeln!(
            dot,
            "  n{}i{} -- n{}i{} [style={style}];",
            one.network, one.interface, other.network, other.interface
        );
    }
    dot.push_str("}\n");
    dot
}

fn room(
    dot: &mut String,
    map: &Map,
    captions: &Captions,
    children: &[Vec<usize>],
    index: usize,
    depth: usize,
) {
    let indent = "  ".repeat(depth);
    let room_of = &map.rooms[index];
    let kinds: Vec<&str> = room_of.own.iter().map(|named| named.kind.name()).collect();
    let label = if index == 0 || kinds.is_empty() {
        captions.title(index).to_owned()
    } else {
        format!("{} ({})", captions.title(index), kinds.join(" "))
    };
    let _ = writeln!(dot, "{indent}subgraph cluster_{index} {{");
    let _ = writeln!(dot, "{indent}  label={};", Quoted(&label));
    if let Some((network, Presence::Home)) = room_of.network {
        let interfaces = &map.networks[network].interfaces;
        for (place, interface) in interfaces.iter().enumerate() {
            let has_line = map
                .lines
                .iter()
                .any(|line| line.ends.iter().any(|end| (end.network, end.interface) == (network, place)));
            if !has_line && !captions.is_shown(interface) {
                continue;
            }
            let mut label = captions.interface(interface);
            for address in captions.addresses(interface) {
                label.push('\n');
                label.push_str(&address);
            }
            let _ = writeln!(dot, "{indent}  n{network}i{place} [label={}];", Quoted(&label));
            let master = interfaces.iter().position(|other| Some(other.index) == interface.master);
            if let Some(master) = master {
                let _ = writeln!(dot, "{indent}  n{network}i{place} -- n{network}i{master} [style=bold];");
            }
        }
    }
    let mut words: Vec<String> = captions.ports(index).iter().map(|port| port.words.clone()).collect();
    words.extend(captions.processes(index).iter().map(|group| group.text.clone()));
    words.extend(captions.notes(index));
    if !words.is_empty() || children[index].is_empty() {
        let _ = writeln!(dot, "{indent}  r{index} [shape=plaintext, label={}];", Quoted(&words.join("\n")));
    }
    for &child in &children[index] {
        room(dot, map, captions, children, child, depth + 1);
    }
    let _ = writeln!(dot, "{indent}}}");
}

/// A string in quotation marks, in which lines end on the left.
struct Quoted<'t>(&'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                // Graphviz reads escapes in labels once more.
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\l")?,
                letter => f.write_char(letter)?,
            }
        }
        if self.0.contains('\n') {
            f.write_str("\\l")?;
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_quoted_string() {
        assert_eq!(Quoted("a\"b\\").to_string(), r#""a\"b\\""#);
        assert_eq!(Quoted("a\nb").to_string(), r#""a\lb\l""#);
    }
}
