//! A container that runs, and processes that are added to it.

use insula_oci::spec::Process;
use insula_oci::{Added, Addition, Container, Deletion, Error, Made};
use insula_sandbox::Status;
use serde_json::{Value, json};

use crate::bundle::{Home, chain};

/// A container whose first process runs this shell script, and is started.
pub(crate) fn running(home: &mut Home, script: &str) -> Made {
    home.script(script);
    let mut made = home.create("one");
    made.container.start().unwrap();
    made
}

/// A process for `exec`: that of the configuration, with other fields.
pub(crate) fn process(home: &Home, fields: &Value) -> Process {
    let mut process = home.config["process"].clone();
    process["args"] = json!(["true"]);
    for (name, value) in fields.as_object().unwrap() {
        process[name] = value.clone();
    }
    serde_json::from_value(process).unwrap()
}

/// Adds it to a container.
pub(crate) fn exec(container: &Container, process: &Process) -> Result<Added, Error> {
    container.exec(process, Addition::default())
}

/// Runs a shell script in an added process to its end; gives what it printed, or why it did not start.
pub(crate) fn exec_script(
    home: &Home,
    container: &Container,
    script: &str,
    fields: Value,
) -> (String, Option<Status>) {
    let _ = std::fs::remove_file(home.root().join("added"));
    let mut fields = fields;
    fields["args"] = json!(["sh", "-c", format!("exec >/added 2>&1; {script}")]);
    match exec(container, &process(home, &fields)) {
        Ok(added) => {
            let status = added.child.wait().unwrap();
            (std::fs::read_to_string(home.root().join("added")).unwrap_or_default(), Some(status))
        }
        Err(error) => (chain(&error), None),
    }
}

pub(crate) fn end(home: &Home, made: Made) {
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}
