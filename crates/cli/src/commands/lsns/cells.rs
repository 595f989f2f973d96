//! What stands in the columns of one row, read when it is asked for.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use insula_ns::{Found, NetId, Pid, Snapshot};

use super::column::Column;
use crate::commands::forest::Subject;
use crate::commands::holders::number;
use crate::commands::ls::creator;
use crate::commands::process::Shown;
use crate::table::Cell;
use crate::users::Users;

/// The source of all cells.
pub(super) struct Cells<'s> {
    snapshot: &'s Snapshot,
    users: Users,
    processes: Shown,
    no_wrap: bool,
}

impl<'s> Cells<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, no_wrap: bool) -> Self {
        Self { snapshot, users: Users::default(), processes: Shown::default(), no_wrap }
    }

    pub(super) fn get(&mut self, subject: &Subject, column: Column) -> Cell {
        let found = &self.snapshot.namespaces[subject.namespace];
        match column {
            Column::Ns => Cell::Number(found.id.ino),
            Column::Type => Cell::from(found.kind.name()),
            Column::Path => Self::path(found, subject.pid),
            Column::Nprocs => Cell::Number(if subject.link_only { 0 } else { found.processes.into() }),
            Column::Pid => subject.pid.map(number).into(),
            Column::Ppid => subject.pid.map(|pid| self.parent(pid).map_or(0, number)).into(),
            Column::Command => {
                subject.pid.map(|pid| Cell::text(self.processes.command(self.snapshot.proc(), pid))).into()
            }
            Column::Uid => self.uid(subject).into(),
            Column::User => self.uid(subject).map(|uid| Cell::text(self.users.name_or_id(uid))).into(),
            Column::Netnsid => match found.net_id {
                Some(NetId::Assigned(id)) => Cell::text(id.to_string()),
                Some(NetId::Unassigned) => Cell::from("unassigned"),
                None => Cell::Empty,
            },
            Column::Nsfs => self.mounts(found),
            Column::Pns => Cell::Number(found.parent.map_or(0, |id| id.ino)),
            Column::Ons => Cell::Number(found.owner.map_or(0, |id| id.ino)),
        }
    }

    /// The parent of a process.
    pub(super) fn parent(&self, pid: Pid) -> Option<Pid> {
        self.snapshot.proc().parent(pid).ok().flatten()
    }

    fn path(found: &Found, pid: Option<Pid>) -> Cell {
        match (pid, found.mounts.first()) {
            (Some(pid), _) => Cell::text(format!("/proc/{pid}/ns/{}", found.kind)),
            (None, Some(mount)) => Cell::text(mount.path.as_os_str().as_bytes()),
            (None, None) => Cell::Empty,
        }
    }

    /// The user of the process; without one, who made the namespace or the user namespace that owns it.
    fn uid(&mut self, subject: &Subject) -> Option<u32> {
        if let Some(pid) = subject.pid {
            return self.processes.uid(self.snapshot.proc(), pid);
        }
        creator(self.snapshot, subject.namespace)
    }

    fn mounts(&self, found: &Found) -> Cell {
        let paths: Vec<&OsStr> = found.mounts.iter().map(|mount| mount.path.as_os_str()).collect();
        match paths[..] {
            [] => Cell::Empty,
            [path] => Cell::text(path.as_bytes()),
            _ if self.no_wrap => Cell::text(paths.join(OsStr::new(",")).as_bytes()),
            _ => Cell::Lines(paths.into_iter().map(|path| path.as_bytes().to_vec()).collect()),
        }
    }
}
