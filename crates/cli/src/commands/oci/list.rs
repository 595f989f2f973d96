//! `insula oci list`: the containers that are known.

use std::fmt::Write as _;

use insula_ns::accounts::Accounts;
use insula_oci::{Container, Error};

use super::Verb;
use super::failure::explain;
use super::verb::Context;
use crate::args::{Arg, Invalid, Order, flag};
use crate::output;
use crate::report::Failure;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    json: bool,
    quiet: bool,
}

pub(super) const VERB: Verb<Options> = Verb {
    name: "oci list",
    about: "List containers",
    usage: &["[OPTIONS]"],
    details: "\
The JSON output is an array of objects with the keys of `state`, or null if there is no container, as runc prints it.",
    order: Order::Anywhere,
    flags: &[
        flag("format", "the form of the list").short('f').choices(&["table", "json"]).required(
            "FORMAT",
            |o, format| {
                o.json = match format.as_encoded_bytes() {
                    b"table" => false,
                    b"json" => true,
                    _ => return Err(Invalid("expected table or json".to_owned())),
                };
                Ok(())
            },
        ),
        flag("quiet", "only the names").short('q').switch(|o| o.quiet = true),
    ],
    run,
};

fn run(context: &mut Context<'_>, options: Options, operands: &[Arg]) -> Result<u8, Failure> {
    if !operands.is_empty() {
        return Err(Failure::usage("expected no operand"));
    }
    let runtime = context.globals.runtime();
    let ids = runtime.ids().map_err(explain)?;
    if options.quiet {
        let mut names = String::new();
        for id in &ids {
            let _ = writeln!(names, "{id}");
        }
        return output::print(names).map(|()| 0);
    }
    // Without them, owners are numbers.
    let accounts = Accounts::of_this_machine().unwrap_or_else(|_| Accounts::parse(b"", b""));
    let mut rows = Vec::new();
    for id in &ids {
        match runtime.container(id) {
            Ok(container) => rows.push(row(&container, &accounts, options.json)?),
            // It went away just now.
            Err(Error::Unknown(_)) => {}
            Err(error) => context.log.warning(&explain(error).line()),
        }
    }
    output::print(if options.json { json(&rows) } else { table(&rows) })?;
    Ok(0)
}

/// A line of the list: the cells of the table, or one of JSON.
fn row(container: &Container, accounts: &Accounts, json: bool) -> Result<Vec<String>, Failure> {
    let uid = container.record().owner;
    let owner = accounts.user_by_id(uid).map_or_else(|| format!("#{uid}"), |user| user.name.clone());
    let report = container.report(&owner).map_err(explain)?;
    if json {
        return Ok(vec![serde_json::to_string(&report)?]);
    }
    Ok(vec![
        report.id.to_string(),
        report.pid.to_string(),
        report.status.to_string(),
        report.bundle.display().to_string(),
        report.created.to_string(),
        owner,
    ])
}

/// As Go writes an array that may be none.
fn json(rows: &[Vec<String>]) -> String {
    if rows.is_empty() { "null\n".to_owned() } else { format!("[{}]\n", rows.concat().join(",")) }
}

const HEADINGS: [&str; 6] = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

/// As Go's `tabwriter` lays it out for runc: columns of at least 12, three blanks between them.
fn table(rows: &[Vec<String>]) -> String {
    let headings = HEADINGS.map(String::from).to_vec();
    let lines = || std::iter::once(&headings).chain(rows);
    let mut text = String::new();
    for line in lines() {
        for (column, cell) in line.iter().enumerate() {
            let width = lines().map(|line| line[column].chars().count()).max().unwrap_or_default() + 3;
            let is_last = column + 1 == line.len();
            let _ =
                if is_last { writeln!(text, "{cell}") } else { write!(text, "{cell:<0$}", width.max(12)) };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Vec<String> {
        line.split_whitespace().map(String::from).collect()
    }

    /// What runc 1.1.5 printed.
    #[test]
    fn a_table_is_that_of_runc() {
        let empty = "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n";
        assert_eq!(table(&[]), empty);
        let one = "\
ID          PID         STATUS      BUNDLE        CREATED                          OWNER
c1          4776        created     /tmp/spec/b   2026-11-29T17:05:52.257203488Z   root
";
        assert_eq!(table(&[cells("c1 4776 created /tmp/spec/b 2026-11-29T17:05:52.257203488Z root")]), one);
    }

    #[test]
    fn no_container_is_null() {
        assert_eq!(json(&[]), "null\n");
        assert_eq!(json(&[vec!["{}".to_owned()], vec!["{}".to_owned()]]), "[{},{}]\n");
    }
}
