//! How a process is shown.

use std::collections::HashMap;

use insula_ns::{Pid, ProcDir};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::Serialize;

use super::holders::number;
use crate::users::Users;

/// The command line of a process with blanks between the arguments; of a kernel thread or a zombie its name.
pub(super) fn command(proc: &ProcDir, pid: Pid) -> Vec<u8> {
    let mut line = proc.command_line(pid).unwrap_or_default();
    if line.is_empty() {
        return proc.name(pid).unwrap_or_default();
    }
    if line.last() == Some(&0) {
        line.pop();
    }
    for byte in &mut line {
        if *byte == 0 {
            *byte = b' ';
        }
    }
    line
}

/// What the columns of a list show of processes, each read once: most namespaces share their lowest process with others.
#[derive(Debug, Default)]
pub(super) struct Shown {
    commands: HashMap<Pid, Vec<u8>>,
    owners: HashMap<Pid, Option<u32>>,
}

impl Shown {
    /// As [`command`].
    pub(super) fn command(&mut self, proc: &ProcDir, pid: Pid) -> Vec<u8> {
        self.commands.entry(pid).or_insert_with(|| command(proc, pid)).clone()
    }

    /// The owner of a process.
    pub(super) fn uid(&mut self, proc: &ProcDir, pid: Pid) -> Option<u32> {
        *self.owners.entry(pid).or_insert_with(|| proc.uid(pid).ok())
    }
}

/// Who a process is, in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Brief {
    pub(super) pid: u64,
    pub(super) uid: Option<u32>,
    pub(super) user: Option<String>,
    pub(super) command: String,
}

impl Brief {
    pub(super) fn of(proc: &ProcDir, pid: Pid, users: &mut Users) -> Self {
        let uid = proc.uid(pid).ok();
        Self {
            pid: number(pid),
            uid,
            user: uid.map(|uid| users.name_or_id(uid)),
            command: String::from_utf8_lossy(&command(proc, pid)).into_owned(),
        }
    }

    /// As text: id, user and command, the last with what does not print escaped.
    pub(super) fn line(&self) -> String {
        let user = self.user.as_deref().unwrap_or("?");
        let command = crate::table::Cell::text(self.command.clone()).shown();
        format!("{} {user} {command}", self.pid)
    }
}

/// A file of a process, such as `status`; nothing if it is gone or may not be read.
pub(super) fn file(proc: &ProcDir, pid: Pid, name: &str) -> Option<String> {
    read(proc, &format!("{pid}/{name}"))
}

/// A file below `/proc`.
pub(super) fn read(proc: &ProcDir, path: &str) -> Option<String> {
    let file = rustix::fs::openat(proc, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut content = Vec::new();
    loop {
        content.reserve(4096);
        match rustix::io::read(&file, rustix::buffer::spare_capacity(&mut content)) {
            Ok(0) => return Some(String::from_utf8_lossy(&content).into_owned()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}
