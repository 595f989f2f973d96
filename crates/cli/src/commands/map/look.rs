//! One look at the machine.

use insula_engine::map::{Gathered, Map, Subject};
use insula_engine::target::{Resolved, Target};

use super::captions::Captions;
use super::options::Format;
use super::{dot, html, json, outline, svg, text};
use crate::args::Arg;
use crate::commands::holders::{hidden_words, number};
use crate::output;
use crate::report::Failure;
use crate::table::Charset;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Look {
    targets: Vec<Target>,
    labs: Vec<String>,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Seen {
    map: Map,
    captions: Captions,
    /// What is not in it, and why.
    lacks: Vec<String>,
}

impl Look {
    /// At the rooms of these targets and labs; without any, at all.
    pub(super) fn new(words: &[Arg], labs: &[String]) -> Result<Self, Failure> {
        let targets = words.iter().map(Target::parse).collect::<Result<_, _>>()?;
        Ok(Self { targets, labs: labs.to_vec() })
    }

    /// At a map that is there already.
    pub(super) fn at(map: Map) -> Seen {
        Seen { captions: Captions::of(&map), map, lacks: Vec::new() }
    }

    pub(super) fn take(&self) -> Result<Seen, Failure> {
        // Before the look, so that what they are is in it.
        let mut subjects = Vec::new();
        for target in &self.targets {
            add_subjects(&target.resolve()?, &mut subjects);
        }
        let gathered = Gathered::take()?;
        let mut map = Map::of(&gathered.survey);
        for lab in &self.labs {
            if !gathered.survey.labs.iter().any(|known| known.name == *lab) {
                return Err(Failure::new(format!("there is no lab `{lab}`")));
            }
            subjects.push(Subject::Lab(lab.clone()));
        }
        if !subjects.is_empty() {
            map.focus(&subjects);
        }
        let mut lacks: Vec<String> = Vec::new();
        for why in &gathered.unreadable {
            lacks.push(format!("a set is not shown: {}", crate::report::chain(why)));
        }
        if let Some(why) = &gathered.labs_unknown {
            lacks.push(format!("labs are not shown: {}", crate::report::chain(why)));
        }
        if let Some(why) = &gathered.ports_unknown {
            lacks.push(format!("published ports are not shown: {}", crate::report::chain(why)));
        }
        for why in &gathered.unknown {
            lacks.push(format!(
                "the interfaces of a network namespace are not shown: {}",
                crate::report::chain(why)
            ));
        }
        lacks.extend(hidden_words(gathered.snapshot.hidden));
        Ok(Seen { captions: Captions::of(&map), map, lacks })
    }
}

fn add_subjects(resolved: &Resolved, subjects: &mut Vec<Subject>) {
    match resolved {
        Resolved::Process(process) => {
            let pid = u32::try_from(number(process.pid())).expect("process ids have 31 bits");
            subjects.push(Subject::Process(pid));
        }
        Resolved::Set(set) => {
            subjects.extend(set.members().map(|member| Subject::Namespace(member.kind, member.id.ino)));
        }
        Resolved::Namespace(namespace) => {
            subjects.push(Subject::Namespace(namespace.kind(), namespace.id().ino));
        }
    }
}

impl Seen {
    /// The map, written; the character set is for text.
    pub(super) fn document(&self, format: Format, charset: Charset) -> String {
        let (map, captions) = (&self.map, &self.captions);
        match format {
            Format::Svg => svg::document(map, captions),
            Format::Html => html::document(map, captions),
            Format::Dot => dot::document(map, captions),
            Format::Json => json::document(map, captions),
            Format::Text => text::document(&outline::of(map, captions), charset),
        }
    }

    /// Says on standard error what it lacks.
    pub(super) fn warn(&self) {
        for what in &self.lacks {
            output::complain(&format!("insula: {what}\n"));
        }
    }
}
