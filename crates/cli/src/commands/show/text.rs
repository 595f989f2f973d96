//! What `insula show` prints for people.

use std::fmt::Write as _;

use super::facts::{Extent, Facts, IdMaps, NamespaceFacts, ProcessFacts};
use super::tables::Link;
use crate::table::{Align, Cell, Charset, Column, Row, Style, Table};
use crate::users::Users;

/// So many processes are printed; JSON has all.
const SHOWN: usize = 20;

impl Facts {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        if let Some(container) = &self.container {
            text.push_str(&container.text());
            text.push('\n');
        }
        if let Some(process) = &self.process {
            text.push_str(&process_text(process));
            text.push('\n');
        }
        if !self.namespaces.is_empty() {
            text.push_str(&namespaces(&self.namespaces));
        }
        if let Some(maps) = &self.id_maps {
            text.push_str(&id_maps(maps));
        }
        if let Some(links) = &self.links {
            text.push_str(&links_text(links));
        }
        if !self.ports.is_empty() {
            text.push_str("\nlistening\n");
            for line in self.ports.iter().take(SHOWN) {
                let _ = writeln!(text, "  {line}");
            }
            if self.ports.len() > SHOWN {
                let _ = writeln!(text, "  and {} more", self.ports.len() - SHOWN);
            }
        }
        if let Some(processes) = &self.processes {
            let _ = writeln!(text, "\n{} in {}", count(processes.len(), "process", "processes"), self.target);
            for process in processes.iter().take(SHOWN) {
                let _ = writeln!(text, "  {}", process.line());
            }
            if processes.len() > SHOWN {
                let _ = writeln!(text, "  and {} more", processes.len() - SHOWN);
            }
        }
        if let Some(cgroups) = &self.cgroups {
            text.push_str("\ncontrol groups\n");
            for line in cgroups {
                let _ = writeln!(text, "  {line}");
            }
        }
        if let Some(limits) = &self.limits {
            text.push_str("\nlimits, soft and hard\n");
            let shown = |limit: Option<u64>| limit.map_or("unlimited".to_owned(), |limit| limit.to_string());
            for limit in limits {
                let unit = limit.unit.as_deref().unwrap_or_default();
                let line =
                    format!("  {:<22}{:>20} {:>20} {unit}", limit.name, shown(limit.soft), shown(limit.hard));
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
        text
    }
}

fn count(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}

fn process_text(process: &ProcessFacts) -> String {
    let mut text = format!("process {}\n", process.brief.line());
    let list = |ids: &[u32]| ids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<22}{value}");
    };
    if let Some(inode) = process.inode {
        fact("pidfd inode", inode.to_string());
    }
    if let Some(parent) = process.parent {
        fact("parent", parent.to_string());
    }
    if process.nested_pids.len() > 1 {
        let pids: Vec<String> = process.nested_pids.iter().map(u64::to_string).collect();
        fact("id, going inwards", pids.join(" "));
    }
    fact("uids", list(&process.uids));
    fact("gids", list(&process.gids));
    let groups = list(&process.groups);
    fact("groups", if groups.is_empty() { "none".to_owned() } else { groups });
    if let Some(threads) = process.threads {
        fact("threads", threads.to_string());
    }
    if let Some(capabilities) = &process.effective_capabilities {
        fact("capabilities", capabilities.clone());
    }
    if let Some(set) = process.no_new_privs {
        fact("no_new_privs", if set { "set" } else { "not set" }.to_owned());
    }
    if let Some(filters) = process.seccomp_filters {
        fact("seccomp filters", filters.to_string());
    }
    text
}

fn namespaces(namespaces: &[NamespaceFacts]) -> String {
    let mut users = Users::default();
    let column = |name, align| Column { name, align, usual_width: 0, truncate: false };
    let table = Table {
        columns: vec![
            column("KIND", Align::Left),
            column("INODE", Align::Right),
            column("ID", Align::Right),
            column("OWNER", Align::Right),
            column("PARENT", Align::Right),
            column("MADE BY", Align::Left),
            column("PROCS", Align::Right),
            column("YOURS", Align::Left),
            column("SET", Align::Left),
        ],
        rows: namespaces
            .iter()
            .map(|namespace| Row {
                cells: vec![
                    Cell::from(namespace.kind),
                    Cell::Number(namespace.inode),
                    namespace.id.into(),
                    namespace.owner.into(),
                    namespace.parent.into(),
                    namespace.creator.map(|uid| Cell::text(users.name_or_id(uid))).into(),
                    namespace.processes.into(),
                    Cell::from(if namespace.shared_with_caller { "yes" } else { "no" }),
                    Cell::text(namespace.sets.join(",")),
                ],
                parent: None,
            })
            .collect(),
        tree: None,
    };
    let style = Style::Plain { headings: true, width: None, charset: Charset::Utf8 };
    String::from_utf8_lossy(&table.render(style)).into_owned()
}

fn id_maps(maps: &IdMaps) -> String {
    let mut text = String::from("\nids of the user namespace\n");
    for (name, extents) in [("uid", &maps.uid), ("gid", &maps.gid)] {
        if extents.is_empty() {
            let _ = writeln!(text, "  {name}: none are mapped");
        }
        for Extent { inside, outside, count } in extents {
            let range = |first: u32| match count {
                1 => first.to_string(),
                _ => format!("{first} to {}", u64::from(first) + u64::from(*count) - 1),
            };
            let outside = outside.map_or("unmapped where you are".to_owned(), range);
            let verb = if *count == 1 { "is" } else { "are" };
            let _ = writeln!(text, "  {name} {} {verb} {outside} outside", range(*inside));
        }
    }
    if let Some(setgroups) = &maps.setgroups {
        let _ = writeln!(text, "  setgroups: {setgroups}");
    }
    text
}

fn links_text(links: &[Link]) -> String {
    let mut text = format!("\n{}\n", count(links.len(), "link", "links"));
    for Link { name, received_bytes, sent_bytes, words, .. } in links {
        let name = Cell::text(name.as_str()).shown();
        if words.is_empty() {
            let _ = writeln!(text, "  {name:<15} {received_bytes} bytes received, {sent_bytes} sent");
        } else {
            let words = Cell::text(words.as_str()).shown();
            let _ =
                writeln!(text, "  {name:<15} {words} ({received_bytes} bytes received, {sent_bytes} sent)");
        }
    }
    text
}
