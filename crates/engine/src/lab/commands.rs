//! The commands that a file has for its nodes.

use std::io::{Read as _, Seek as _};

use insula_ns::Namespace;
use insula_sandbox::{Join, Sandbox, Stream};
use rustix::fs::MemfdFlags;

use super::error::LabError;
use super::ground::{Ground, on_threads};
use super::topology::Node;

/// How much of what a command says is kept, in bytes.
const MOST: u64 = 64 * 1024;

/// Runs the commands of all nodes: of one node in their order, of several at once. The output is told in the order of the
/// nodes, when all are done. A node without a ground is the host.
///
/// A command is done when its process has ended. What that leaves running stays, as long as the node does.
pub(super) fn run_all(
    nodes: &[(&Node, Option<&Ground>)],
    said: &mut dyn FnMut(&Node, &[String], &str),
) -> Result<(), LabError> {
    let wanted: Vec<_> = nodes.iter().filter(|(node, _)| !node.exec.is_empty()).collect();
    let outputs = on_threads(
        wanted.len(),
        || Ok(()),
        |(), index| {
            let (node, ground) = *wanted[index];
            node.exec.iter().map(|words| run(node, ground, words)).collect::<Result<Vec<_>, _>>()
        },
    )?;
    for ((node, _), outputs) in wanted.into_iter().zip(outputs) {
        for (words, output) in node.exec.iter().zip(outputs) {
            said(node, words, &output);
        }
    }
    Ok(())
}

fn run(node: &Node, ground: Option<&Ground>, words: &[String]) -> Result<String, LabError> {
    let command = || words.join(" ");
    let failed =
        |source| LabError::Start { node: node.name.clone(), command: command(), source: Box::new(source) };
    let no_file = |source| LabError::Output { source };
    let file = rustix::fs::memfd_create(c"insula-output", MemfdFlags::CLOEXEC).map_err(no_file)?;
    let duplicate = || rustix::io::fcntl_dupfd_cloexec(&file, 3).map_err(no_file);
    let mut sandbox = Sandbox::new(&words[0]).args(&words[1..]);
    for (name, value) in &node.environment {
        sandbox = sandbox.env(name, value);
    }
    sandbox.stdio.streams = [Stream::Null, Stream::Fd(duplicate()?), Stream::Fd(duplicate()?)];
    sandbox.namespaces.join = ground.map_or(Ok(Vec::new()), |ground| joins(node, ground))?;
    let status = sandbox.spawn().and_then(|child| child.wait()).map_err(failed)?;
    let mut output = Vec::new();
    let mut file = std::fs::File::from(file);
    let read = file.rewind().and_then(|()| file.take(MOST).read_to_end(&mut output));
    read.map_err(|error| no_file(rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO)))?;
    let output = String::from_utf8_lossy(&output).into_owned();
    if status.success() {
        return Ok(output);
    }
    Err(LabError::Command { node: node.name.clone(), command: command(), status, output })
}

/// The namespaces of a node that is being made.
fn joins(node: &Node, ground: &Ground) -> Result<Vec<Join>, LabError> {
    let join = |namespace: &Namespace| {
        let copy =
            rustix::io::fcntl_dupfd_cloexec(namespace, 3).map_err(|source| LabError::Output { source })?;
        let copy = Namespace::from_fd(copy);
        let failed = |source| LabError::Namespace { node: node.name.clone(), source };
        copy.map(Join::Namespace).map_err(failed)
    };
    ground.namespaces.iter().map(join).collect()
}
