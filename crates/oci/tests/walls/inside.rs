//! A container that runs, and processes that are added to it.

use std::os::unix::fs::PermissionsExt as _;

use insula_oci::spec::Process;
use insula_oci::{Added, Addition, Container, ContainerId, Creation, Deletion, Error, Made, When};
use insula_sandbox::{Sandbox, Status};
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

/// Has the containers of `home` from now on share the PID namespace of this one, as those of a pod do. For root: that of an ordinary
/// user belongs to a user namespace that denies `setgroups(2)`, which a container that joins it by its path needs.
pub(crate) fn join_pid_namespace(home: &mut Home, made: &Made) {
    for namespace in home.config["linux"]["namespaces"].as_array_mut().unwrap() {
        if namespace["type"] == "pid" {
            namespace["path"] = json!(format!("/proc/{}/ns/pid", made.child.pid()));
        }
    }
    // The group is the other one's.
    let group = home.config["linux"]["cgroupsPath"].as_str().unwrap();
    home.config["linux"]["cgroupsPath"] = json!(format!("{group}-neighbour"));
}

/// Has the containers of `home` be in a user namespace of ids that nobody has, whose root may write in their root.
pub(crate) fn own_user_namespace(home: &mut Home) {
    home.config["linux"]["namespaces"].as_array_mut().unwrap().push(json!({"type": "user"}));
    for kind in ["uidMappings", "gidMappings"] {
        home.config["linux"][kind] = json!([{"containerID": 0, "hostID": 100_000, "size": 10}]);
    }
    for directory in [home.path(""), home.path("bundle"), home.root()] {
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o777)).unwrap();
    }
}

/// Makes a container `two` beside another one, to its end.
pub(crate) fn run_beside(home: &Home, when: When) -> Status {
    let creation = Creation { when, ..Creation::default() };
    let id = ContainerId::new("two").unwrap();
    let made = home.runtime().create(&id, &home.bundle(), creation);
    let mut made = made.unwrap_or_else(|error| panic!("{}", chain(&error)));
    if when == When::Started {
        made.container.start().unwrap();
    }
    let status = made.child.wait().unwrap();
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    status
}

/// Puts a program in C into the root.
pub(crate) fn compile(home: &Home, name: &str, source: &str) {
    let file = home.path("source.c");
    std::fs::write(&file, source).unwrap();
    let compiled = Sandbox::new("cc")
        .args(["-static".as_ref(), "-o".as_ref(), home.root().join("bin").join(name).as_os_str()])
        .arg(&file)
        .status();
    assert!(compiled.unwrap().success());
}
