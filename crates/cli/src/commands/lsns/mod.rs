//! `lsns`: util-linux's list of namespaces. See `lsns(8)` there.

mod cells;
mod column;
mod options;
mod rows;

use insula_ns::{Kind, Kinds, Scan, Snapshot, Want};

use self::cells::Cells;
use self::column::Column;
use self::options::{Format, Options};
use super::forest::Tree;
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::filter::Filter;
use crate::output;
use crate::report::{Exits, Failure};
use crate::table::{Align, Cell, Charset, Row, Style, Table, terminal_width};

pub(super) const COMMAND: Command<Options> = Command {
    name: "lsns",
    face: FaceKind::Personality,
    about: "List namespaces",
    usage: &["[OPTIONS] [NAMESPACE]"],
    details: "\
Lists the namespaces that processes are in or that are mounted, or the processes in the one whose inode number is \
NAMESPACE. Takes the options of util-linux 2.42's lsns.

The columns are NS, TYPE, PATH, NPROCS, PID, PPID, COMMAND, UID, USER, NETNSID, NSFS, PNS and ONS; --list-columns \
says what they hold. Without --list, the column COMMAND shows which process started which.",
    examples: &[
        Example { line: "lsns -t net -o NS,PID,NSFS", does: "network namespaces, and where they are mounted" },
        Example { line: "lsns --tree=owner", does: "which user namespace owns which other one" },
        Example {
            line: "lsns -Q 'USER != \"root\" and NPROCS > 1'",
            does: "those of more than one process, of others than root",
        },
    ],
    order: Order::Anywhere,
    flags: options::FLAGS,
    exits: Exits { failed: 1, usage: 1 },
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if options.list_columns {
        return output::print(list_columns(options.format)).map(|()| 0);
    }
    let request = Request::new(options, operands)?;
    let snapshot = request.scan().take()?;
    output::print(request.table(&snapshot)?.render(request.style())).map(|()| 0)
}

/// What is to be listed.
struct Request {
    options: Options,
    /// The columns to print.
    columns: Vec<Column>,
    /// The kinds to list; without `--type` all.
    kinds: Kinds,
    filter: Option<Filter>,
    /// The namespace whose processes are to be listed.
    namespace: Option<u64>,
}

/// The column that is drawn as a tree.
fn drawn(tree: Tree) -> Column {
    tree.column(Column::Command, Column::Ns)
}

impl Request {
    fn new(options: Options, operands: &[Arg]) -> Result<Self, Failure> {
        let namespace = match operands {
            [] => None,
            [inode] => Some(inode.to_str().and_then(|inode| inode.parse().ok()).ok_or_else(|| {
                Failure::usage(format!("`{}` is not the inode number of a namespace", inode.display()))
            })?),
            _ => return Err(Failure::usage("expected one namespace at most")),
        };
        if namespace.is_some() && options.task.is_some() {
            return Err(Failure::usage("`--task` and a namespace exclude each other"));
        }
        if options.persistent && options.task.is_some() {
            return Err(Failure::usage("`--persistent` and `--task` exclude each other"));
        }
        let default: &[Column] = match namespace {
            Some(_) => &[Column::Pid, Column::Ppid, Column::User, Column::Command],
            None if options.kinds.contains(Kind::Net) => &[
                Column::Ns,
                Column::Type,
                Column::Nprocs,
                Column::Pid,
                Column::User,
                Column::Netnsid,
                Column::Nsfs,
                Column::Command,
            ],
            None => &[Column::Ns, Column::Type, Column::Nprocs, Column::Pid, Column::User, Column::Command],
        };
        let columns = if options.output_all {
            Column::ALL.to_vec()
        } else if options.extend || options.columns.is_empty() {
            [default, &options.columns].concat()
        } else {
            options.columns.clone()
        };
        let filter = match options.filter {
            Some(text) => Some(
                Filter::parse(text, |name| Column::named(name).map(|column| column as usize))
                    .map_err(|error| Failure::usage(format!("bad filter `{text}`: {error}")))?,
            ),
            None => None,
        };
        let kinds = if options.kinds.is_empty() { Kinds::ALL } else { options.kinds };
        Ok(Self { options, columns, kinds, filter, namespace })
    }

    /// The tree to draw; only where the column is printed that shows it.
    fn tree(&self) -> Option<Tree> {
        let tree = match self.options.tree {
            // The processes of one namespace have no other tree.
            Some(Tree::Owner | Tree::Parent) if self.namespace.is_some() => return None,
            Some(tree) => tree,
            _ if self.options.list => return None,
            // As util-linux has it.
            None if self.options.output_all && self.namespace.is_none() => return None,
            _ => Tree::Process,
        };
        self.columns.contains(&drawn(tree)).then_some(tree)
    }

    /// Whether a column is printed, or asked by the filter.
    fn needs(&self, column: Column) -> bool {
        let in_filter = |filter: &Filter| filter.columns().contains(&(column as usize));
        self.columns.contains(&column) || self.filter.as_ref().is_some_and(in_filter)
    }

    /// What has to be read for all of it.
    fn scan(&self) -> Scan {
        let tree = self.tree();
        let mut kinds = self.kinds;
        if matches!(tree, Some(Tree::Owner | Tree::Parent)) {
            // Those that hold the tree together.
            kinds = kinds | Kind::User | Kind::Pid;
        }
        let mut scan = Scan::new(kinds);
        if matches!(tree, Some(Tree::Owner | Tree::Parent))
            || self.needs(Column::Pns)
            || self.needs(Column::Ons)
        {
            scan = scan.with(Want::Relations);
        }
        if self.needs(Column::Netnsid) {
            scan = scan.with(Want::NetIds);
        }
        if self.namespace.is_none() && self.options.task.is_none() || self.needs(Column::Nsfs) {
            scan = scan.with(Want::Mounts);
        }
        // Who asks for namespaces without processes wants those too that only a descriptor holds.
        let by_number = self.filter.is_some() && self.needs_in_filter(Column::Nprocs);
        if self.options.persistent || by_number {
            scan = scan.with(Want::Descriptors).with(Want::Listed);
            if self.kinds.contains(Kind::Net) {
                scan = scan.with(Want::Sockets);
            }
        }
        scan
    }

    fn needs_in_filter(&self, column: Column) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.columns().contains(&(column as usize)))
    }

    fn table(&self, snapshot: &Snapshot) -> Result<Table, Failure> {
        let tree = self.tree();
        let drawn = tree.map(drawn);
        let mut cells = Cells::new(snapshot, self.options.no_wrap);
        let mut table = Table {
            columns: self.columns.iter().map(|column| column.layout(drawn)).collect(),
            rows: Vec::new(),
            tree: drawn.and_then(|drawn| self.columns.iter().position(|column| *column == drawn)),
        };
        for row in self.rows(snapshot, tree, &mut cells)? {
            table.rows.push(Row {
                cells: self.columns.iter().map(|column| cells.get(&row.subject, *column)).collect(),
                parent: row.parent,
            });
        }
        Ok(table)
    }

    fn style(&self) -> Style {
        let headings = !self.options.no_headings;
        let charset = Charset::of_environment();
        match self.options.format {
            Format::Json => Style::Json { name: "namespaces" },
            Format::Raw => Style::Raw { headings, charset },
            Format::Plain => {
                let width = if self.options.no_truncate { None } else { terminal_width() };
                Style::Plain { headings, width, charset }
            }
        }
    }
}

/// What `--list-columns` prints.
fn list_columns(format: Format) -> Vec<u8> {
    let rows = Column::ALL.map(|column| {
        let kind = if column.is_number() { "<number>" } else { "<string>" };
        (column.name(), kind, column.doc())
    });
    if format == Format::Plain {
        return rows.map(|(name, kind, doc)| format!("{name:>12}  {kind:<8}  {doc}\n")).concat().into_bytes();
    }
    let table = Table {
        columns: ["HOLDER", "TYPE", "DESCRIPTION"]
            .map(|name| crate::table::Column { name, align: Align::Left, usual_width: 0, truncate: false })
            .to_vec(),
        rows: rows
            .map(|(name, kind, doc)| Row { cells: [name, kind, doc].map(Cell::from).to_vec(), parent: None })
            .into(),
        tree: None,
    };
    table.render(match format {
        Format::Json => Style::Json { name: "lsns-columns" },
        _ => Style::Raw { headings: true, charset: Charset::Ascii },
    })
}
