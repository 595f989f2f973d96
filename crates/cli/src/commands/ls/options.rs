//! The options of `insula ls`.

use std::path::PathBuf;
use std::time::Duration;

use insula_ns::Kinds;

use super::column::Column;
use crate::args::{Flag, Invalid, flag, text};
use crate::commands::forest::Tree;
use crate::commands::live;

/// What the command line said.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one for each switch")]
pub(in crate::commands) struct Options {
    pub(super) kinds: Kinds,
    pub(super) tree: Option<Tree>,
    pub(super) persistent: bool,
    pub(super) deep: bool,
    pub(super) filter: Option<&'static str>,
    pub(super) columns: Vec<Column>,
    /// The columns are added to the default ones.
    pub(super) extend: bool,
    pub(super) no_headings: bool,
    pub(super) json: bool,
    /// State directories of containers.
    pub(super) roots: Vec<PathBuf>,
    /// How long to wait between two looks.
    pub(super) watch: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kinds: Kinds::ALL,
            tree: None,
            persistent: false,
            deep: false,
            filter: None,
            columns: Vec::new(),
            extend: false,
            no_headings: false,
            json: false,
            roots: Vec::new(),
            watch: None,
        }
    }
}

pub(super) const FLAGS: &[Flag<Options>] = &[
    flag("type", "only these kinds of namespaces, separated by commas").short('t').required(
        "KINDS",
        |o, kinds| {
            o.kinds = text(kinds)?.parse()?;
            Ok(())
        },
    ),
    flag("tree", "show which namespace owns which, was made in which, or whose process started whose")
        .short('T')
        .choices(&["owner", "parent", "process"])
        .optional("RELATION", |o, relation| {
            o.tree = Some(match relation.map(text).transpose()? {
                None | Some("owner") => Tree::Owner,
                Some("parent") => Tree::Parent,
                Some("process") => Tree::Process,
                Some(_) => return Err(Invalid("expected owner, parent or process".to_owned())),
            });
            Ok(())
        }),
    flag("persistent", "only namespaces without processes").short('P').switch(|o| o.persistent = true),
    flag("deep", "look for all that can hold a namespace").short('d').switch(|o| o.deep = true),
    flag("filter", "only those that EXPR is true of, such as 'USER != \"root\" and PROCS > 1'")
        .short('Q')
        .required("EXPR", |o, filter| {
            o.filter = Some(text(filter)?);
            Ok(())
        }),
    flag("columns", "print these columns; with a + in front, these too").short('o').required(
        "LIST",
        |o, list| {
            let list = text(list)?;
            let (names, extend) = list.strip_prefix('+').map_or((list, false), |names| (names, true));
            o.columns = names.split(',').map(column).collect::<Result<_, _>>()?;
            o.extend = extend;
            Ok(())
        },
    ),
    flag("no-headings", "print no headings").short('n').switch(|o| o.no_headings = true),
    flag("json", "print JSON").short('J').switch(|o| o.json = true),
    flag("root", crate::commands::show::ROOT_DOC).required("DIR", |o, dir| {
        o.roots.push(PathBuf::from(dir));
        Ok(())
    }),
    flag("watch", "keep looking, every second or as often as is said, and show what changes")
        .short('w')
        .optional("SECONDS", |o, seconds| {
            o.watch = Some(live::pause(seconds)?);
            Ok(())
        }),
];

fn column(name: &str) -> Result<Column, Invalid> {
    Column::named(name).ok_or_else(|| Invalid(format!("unknown column `{name}`")))
}
