//! The options of `lsns`.

use insula_ns::{Kind, Kinds, Pid};

use super::column::Column;
use crate::args::{Flag, Invalid, flag, number, text};
use crate::commands::forest::Tree;

/// What the command line said.
#[expect(clippy::struct_excessive_bools, reason = "one for each switch")]
#[derive(Debug, Default)]
pub(in crate::commands) struct Options {
    pub(super) format: Format,
    pub(super) list: bool,
    pub(super) no_headings: bool,
    pub(super) columns: Vec<Column>,
    /// The columns are added to the default ones.
    pub(super) extend: bool,
    pub(super) output_all: bool,
    pub(super) persistent: bool,
    pub(super) task: Option<Pid>,
    pub(super) filter: Option<&'static str>,
    pub(super) kinds: Kinds,
    pub(super) no_truncate: bool,
    pub(super) no_wrap: bool,
    pub(super) tree: Option<Tree>,
    pub(super) list_columns: bool,
}

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    Plain,
    Raw,
    Json,
}

impl Format {
    /// Chooses a form; two different ones make no sense.
    fn choose(&mut self, wanted: Self) -> Result<(), Invalid> {
        if *self != Self::Plain && *self != wanted {
            return Err(Invalid("`--json` and `--raw` exclude each other".to_owned()));
        }
        *self = wanted;
        Ok(())
    }
}

pub(super) const FLAGS: &[Flag<Options>] = &[
    flag("json", "print JSON").short('J').attempt(|o| o.format.choose(Format::Json)),
    flag("list", "print a list, not a tree").short('l').switch(|o| o.list = true),
    flag("noheadings", "print no headings").short('n').switch(|o| o.no_headings = true),
    flag("output", "print these columns; with a + in front, these too").short('o').required(
        "LIST",
        |o, list| {
            let list = text(list)?;
            let (names, extend) = list.strip_prefix('+').map_or((list, false), |names| (names, true));
            o.columns =
                names.split(',').filter(|name| !name.is_empty()).map(column).collect::<Result<_, _>>()?;
            o.extend = extend;
            Ok(())
        },
    ),
    flag("output-all", "print all columns").switch(|o| o.output_all = true),
    flag("persistent", "only namespaces without processes").short('P').switch(|o| o.persistent = true),
    flag("task", "only the namespaces of this process").short('p').required("PID", |o, pid| {
        o.task =
            Some(Pid::from_raw(number(pid)?).ok_or_else(|| Invalid("there is no process 0".to_owned()))?);
        Ok(())
    }),
    flag("filter", "only the rows that EXPR is true of: see scols-filter(5)").short('Q').required(
        "EXPR",
        |o, filter| {
            o.filter = Some(text(filter)?);
            Ok(())
        },
    ),
    flag("raw", "print words with blanks between them").short('r').attempt(|o| o.format.choose(Format::Raw)),
    flag("type", "only this kind of namespace; can be given more than once")
        .short('t')
        .choices(&["mnt", "net", "ipc", "user", "pid", "uts", "cgroup", "time"])
        .required("KIND", |o, kind| {
            o.kinds.insert(text(kind)?.parse::<Kind>()?);
            Ok(())
        }),
    flag("notruncate", "cut no text to fit the terminal").short('u').switch(|o| o.no_truncate = true),
    flag("nowrap", "print no cell over several lines").short('W').switch(|o| o.no_wrap = true),
    flag("tree", "print a tree of this relation, or of owners")
        .short('T')
        .aliases(&["nstree"])
        .choices(&["process", "parent", "owner"])
        .optional("REL", |o, relation| {
            o.tree = Some(match relation.map(text).transpose()? {
                None | Some("owner") => Tree::Owner,
                Some("parent") => Tree::Parent,
                Some("process") => Tree::Process,
                Some(_) => return Err(Invalid("expected process, parent or owner".to_owned())),
            });
            Ok(())
        }),
    flag("list-columns", "say which columns there are").short('H').switch(|o| o.list_columns = true),
];

fn column(name: &str) -> Result<Column, Invalid> {
    Column::named(name).ok_or_else(|| Invalid(format!("unknown column `{name}`")))
}
