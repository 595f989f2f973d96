//! `insula ls`: every namespace on this machine.

mod cells;
mod column;
mod network;
mod options;
mod watch;

use std::collections::HashMap;
use std::fmt::Write as _;

use insula_engine::containers::Containers;
use insula_ns::{Kind, Scan, Snapshot, Want};
use serde_json::{Map, Value, json};

use self::cells::Cells;
pub(super) use self::cells::SetNames;
pub(super) use self::cells::creator;
use self::column::Column;
use self::network::Network;
use self::options::Options;
use super::EXITS;
use super::forest::{Node, Relation, Subject, Tree, by_process, by_relation, list, with_related};
use super::holders::{OfContainers, hidden_json, hidden_words};
use crate::args::{Arg, Command, Example, FaceKind, Order};
use crate::filter::Filter;
use crate::output;
use crate::report::Failure;
use crate::table::{Charset, Row, Style, Table, terminal_width};

pub(super) const COMMAND: Command<Options> = Command {
    name: "ls",
    face: FaceKind::Native,
    about: "List every namespace on this machine",
    usage: &["[OPTIONS]"],
    details: "\
Lists the namespaces that processes are in or that are mounted here: kind, inode number, processes, the lowest process \
id with its user and command, the set that it belongs to, and what else holds it. With --deep it also looks for \
descriptors, sockets, other mount namespaces' mounts and namespaces that hold others, which takes longer. Among the holders are \
containers of `insula oci`, with their state, what they use and may use; `insula show` says where they are looked for.

The columns are KIND, INODE, PROCS, PID, USER, SET, HOLDERS and COMMAND; further ones are ID (the 64-bit number that \
is never used again), THREADS, PPID, UID, PARENT, OWNER, CREATOR (the uid that made a user namespace), NETID and, of network \
namespaces, INTERFACES (with their addresses), PEERS (what is at the other ends of those) and PORTS (that processes listen on).

The JSON output is an object with `version` (1), `namespaces` and `hidden` (counts of what this user may not look at). \
A namespace is an object with the columns' names in lower case as keys: numbers, strings or null; `set` is an array of \
names, `interfaces`, `peers` and `ports` are arrays of objects as `insula who` has them, `holders` an array of objects whose `holder` is container, mount, descriptor, socket, for_children or namespace; a container has what `insula show --json` has of it, but with --watch nothing of its usage. In a \
tree, `children` are the namespaces that hang on it. With --watch each line is an object with `event` (appeared, \
changed or gone) and `namespace`.",
    examples: &[
        Example { line: "insula ls --type net,mnt", does: "network and mount namespaces" },
        Example { line: "insula ls --tree", does: "which user namespace owns which namespace" },
        Example { line: "insula ls --persistent --deep", does: "those without processes, and why they are still there" },
        Example { line: "insula ls -t net -o +PEERS,PORTS", does: "which network namespaces are connected, and what they serve" },
        Example { line: "insula ls --filter 'USER != \"root\"' --watch", does: "what happens to other users' ones" },
    ],
    order: Order::Anywhere,
    flags: options::FLAGS,
    exits: EXITS,
    run,
};

fn run(options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if let Some(word) = operands.first() {
        let word = word.display();
        return Err(Failure::usage(format!("unexpected `{word}`"))
            .hint(format!("`insula show {word}` shows one target")));
    }
    let request = Request::new(options)?;
    if request.options.watch.is_some() {
        return watch::watch(&request);
    }
    let listing = request.look()?;
    output::print(listing.text(&request, terminal_width()))?;
    listing.warn(&request);
    Ok(0)
}

/// What is to be listed.
struct Request {
    options: Options,
    columns: Vec<Column>,
    filter: Option<Filter>,
}

/// What was found.
struct Listing {
    snapshot: Snapshot,
    sets: SetNames,
    network: Network,
    containers: OfContainers,
    /// Why some sets could not be read.
    unreadable: Vec<String>,
    nodes: Vec<Node>,
}

impl Request {
    fn new(options: Options) -> Result<Self, Failure> {
        let columns = match (options.extend, options.columns.as_slice()) {
            (_, []) => Column::DEFAULT.to_vec(),
            (true, more) => [&Column::DEFAULT, more].concat(),
            (false, columns) => columns.to_vec(),
        };
        let filter = match options.filter {
            Some(text) => Some(
                Filter::parse(text, |name| Column::named(name).map(|column| column as usize))
                    .map_err(|error| Failure::usage(format!("bad filter `{text}`: {error}")))?,
            ),
            None => None,
        };
        Ok(Self { options, columns, filter })
    }

    fn needs(&self, column: Column) -> bool {
        let in_filter = |filter: &Filter| filter.columns().contains(&(column as usize));
        self.columns.contains(&column) || self.filter.as_ref().is_some_and(in_filter)
    }

    fn scan(&self) -> Scan {
        let related = matches!(self.options.tree, Some(Tree::Owner | Tree::Parent));
        let mut kinds = self.options.kinds;
        if related {
            // Those that hold the tree together.
            kinds = kinds | Kind::User | Kind::Pid;
        }
        let deep = self.options.deep;
        let needs = |column| self.needs(column);
        let mut scan = Scan::new(kinds).with(Want::Mounts).with(Want::Listed);
        for (want, wanted) in [
            (
                Want::Relations,
                related || deep || needs(Column::Parent) || needs(Column::Owner) || needs(Column::Creator),
            ),
            (Want::Ids, needs(Column::Id)),
            (Want::NetIds, needs(Column::Netid)),
            (Want::Threads, deep || needs(Column::Threads)),
            (Want::ForChildren, deep),
            (Want::Descriptors, deep),
            (Want::Sockets, deep && kinds.contains(Kind::Net)),
            (Want::AllMounts, deep && kinds.contains(Kind::Mnt)),
        ] {
            if wanted {
                scan = scan.with(want);
            }
        }
        scan
    }

    fn look(&self) -> Result<Listing, Failure> {
        let snapshot = self.scan().take()?;
        let (sets, unreadable) = if self.needs(Column::Set) || self.needs(Column::Peers) {
            SetNames::read()
        } else {
            Default::default()
        };
        let network = Network::read(&snapshot, &sets, |column| self.needs(column));
        let containers = if self.needs(Column::Holders) {
            let roots = self.options.roots.iter();
            OfContainers::read(&roots.fold(Containers::known(), Containers::and_in), &snapshot)
        } else {
            OfContainers::default()
        };
        // Else each of them would be told as changed every time.
        let containers = if self.options.watch.is_some() { containers.without_usage() } else { containers };
        let nodes = self.nodes(&snapshot, &sets, &network, &containers);
        Ok(Listing { snapshot, sets, network, containers, unreadable, nodes })
    }

    fn nodes(
        &self,
        snapshot: &Snapshot,
        sets: &SetNames,
        network: &Network,
        containers: &OfContainers,
    ) -> Vec<Node> {
        let mut cells = Cells::new(snapshot, sets, network, containers);
        let mut keep = |subject: &Subject| self.passes(subject, &mut cells);
        let mut listed: Vec<usize> = (0..snapshot.namespaces.len())
            .filter(|&place| {
                let found = &snapshot.namespaces[place];
                self.options.kinds.contains(found.kind)
                    && (!self.options.persistent || found.is_without_processes())
            })
            .collect();
        listed.sort_unstable_by_key(|&place| {
            (snapshot.namespaces[place].kind, snapshot.namespaces[place].id.ino)
        });
        let subjects = listed.iter().map(|&place| Subject {
            namespace: place,
            pid: snapshot.namespaces[place].lowest,
            link_only: false,
        });
        let kinds = self.options.kinds;
        match self.options.tree {
            None => list(subjects, &mut keep),
            Some(Tree::Process) => by_process(snapshot, subjects, &mut keep),
            Some(Tree::Parent) => {
                by_relation(snapshot, Relation::Parent, kinds, &with_related(snapshot, &listed), &mut keep)
            }
            Some(Tree::Owner) => {
                by_relation(snapshot, Relation::Owner, kinds, &with_related(snapshot, &listed), &mut keep)
            }
        }
    }

    fn passes(&self, subject: &Subject, cells: &mut Cells<'_>) -> bool {
        let Some(filter) = &self.filter else { return true };
        let wanted: HashMap<usize, _> = filter
            .columns()
            .into_iter()
            .map(|column| (column, cells.get(subject, Column::ALL[column])))
            .collect();
        filter.accepts(|column| wanted[&column].clone())
    }
}

impl Listing {
    /// All of it, as the request has it.
    fn text(&self, request: &Request, width: Option<usize>) -> Vec<u8> {
        if request.options.json {
            let document = json!({
                "version": 1,
                "namespaces": self.objects(request),
                "hidden": hidden_json(self.snapshot.hidden),
            });
            return format!("{document:#}\n").into_bytes();
        }
        let headings = !request.options.no_headings;
        self.table(request).render(Style::Plain { headings, width, charset: Charset::of_environment() })
    }

    fn table(&self, request: &Request) -> Table {
        let tree = request.options.tree.map(|tree| tree.column(Column::Command, Column::Inode));
        let mut cells = Cells::new(&self.snapshot, &self.sets, &self.network, &self.containers);
        Table {
            columns: request.columns.iter().map(|column| column.layout(tree)).collect(),
            rows: self
                .nodes
                .iter()
                .map(|node| Row {
                    cells: request.columns.iter().map(|column| cells.get(&node.subject, *column)).collect(),
                    parent: node.parent,
                })
                .collect(),
            tree: tree.and_then(|tree| request.columns.iter().position(|column| *column == tree)),
        }
    }

    /// The namespaces as objects, in a tree with those that hang on them inside.
    fn objects(&self, request: &Request) -> Vec<Value> {
        let mut cells = Cells::new(&self.snapshot, &self.sets, &self.network, &self.containers);
        let mut objects: Vec<Option<Map<String, Value>>> =
            self.nodes.iter().map(|node| Some(cells.json(&node.subject, &request.columns))).collect();
        let mut children: Vec<Vec<Value>> = self.nodes.iter().map(|_| Vec::new()).collect();
        let mut top = Vec::new();
        // A row comes behind what it hangs on, so that from the end each is complete when it is moved there.
        for index in (0..self.nodes.len()).rev() {
            let Some(mut object) = objects[index].take() else { continue };
            if request.options.tree.is_some() {
                let mut below = std::mem::take(&mut children[index]);
                below.reverse();
                object.insert("children".to_owned(), below.into());
            }
            match self.nodes[index].parent {
                Some(parent) => children[parent].push(object.into()),
                None => top.push(object.into()),
            }
        }
        top.reverse();
        top
    }

    /// Says on standard error what the listing lacks.
    fn warn(&self, request: &Request) {
        let mut text = String::new();
        for why in &self.unreadable {
            let _ = writeln!(text, "insula: a set is not shown: {why}");
        }
        if !request.options.json
            && let Some(words) = hidden_words(self.snapshot.hidden)
        {
            let _ = writeln!(text, "insula: {words}");
        }
        output::complain(&text);
    }
}
