//! The processes in a set.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use insula_ns::{Kind, NsId, Pid, PidFd, ProcDir, Scan, ScanError, Snapshot, Want};

use super::{RemoveError, Set, SetError};
use crate::keeper::kill;

/// A process in a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occupant {
    /// Its id.
    pub pid: Pid,
    /// Its arguments joined by spaces, or its name in brackets if it has none.
    pub command: String,
}

/// All processes in a namespace of the set, or in one inside of its PID or user namespace; its keeper is none of them.
pub(super) fn occupants(set: &Set) -> Result<Vec<Occupant>, ScanError> {
    let kinds = set.own_kinds();
    let mut scan = Scan::new(kinds);
    if kinds.contains(Kind::Pid) || kinds.contains(Kind::User) {
        scan = scan.with(Want::Relations);
    }
    let snapshot = scan.take()?;
    let members: Vec<NsId> =
        set.members().filter(|member| kinds.contains(member.kind)).map(|member| member.id).collect();
    let inside = inside(&snapshot, &members);
    let keepers = [set.keeper_pid(), crate::network::dns::keeper(set)];
    let in_set = snapshot.processes.iter().filter(|process| {
        let is_in = |kind| process.namespace(kind).is_some_and(|place| inside[place]);
        !keepers.contains(&Some(process.pid)) && kinds.iter().any(is_in) && lives(process.pid)
    });
    Ok(in_set
        .map(|process| Occupant { pid: process.pid, command: command(snapshot.proc(), process.pid) })
        .collect())
}

/// Whether a process has more to do than to be reaped: until then it keeps its place in its user and PID namespace.
fn lives(pid: Pid) -> bool {
    PidFd::open(pid).is_ok_and(|process| !process.has_exited())
}

/// Which of the namespaces are members, or have one among their ancestors.
fn inside(snapshot: &Snapshot, members: &[NsId]) -> Vec<bool> {
    let parents: HashMap<NsId, NsId> =
        snapshot.namespaces.iter().filter_map(|found| Some((found.id, found.parent?))).collect();
    let mut is_inside = Vec::with_capacity(snapshot.namespaces.len());
    for found in &snapshot.namespaces {
        let mut lineage = std::iter::successors(Some(found.id), |id| parents.get(id).copied());
        // The kernel nests 32 levels at most.
        is_inside.push(lineage.by_ref().take(64).any(|id| members.contains(&id)));
    }
    is_inside
}

fn command(proc: &ProcDir, pid: Pid) -> String {
    let words = proc.command_line(pid).unwrap_or_default();
    let words = words.strip_suffix(b"\0").unwrap_or(&words);
    if words.is_empty() {
        let name = proc.name(pid).unwrap_or_default();
        return format!("[{}]", String::from_utf8_lossy(&name));
    }
    words.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

/// How often, and how long apart, a set is looked into again before what is in it is said to use it.
const GLANCES: usize = 20;
const BETWEEN_GLANCES: Duration = Duration::from_millis(5);

/// Who of those found in a set does more than to look into it: `insula gc`, for one, is in a namespace until it has opened a socket.
///
/// They are told by their ids alone, since a process that executes another program has another command line, and who is found
/// when all of them have gone may be what they have started. `look` finds who is there now.
pub(super) fn who_stays<E>(
    found: Vec<Occupant>,
    mut look: impl FnMut() -> Result<Vec<Occupant>, E>,
) -> Result<Vec<Occupant>, E> {
    let mut left = found;
    for _ in 0..GLANCES {
        if left.is_empty() {
            break;
        }
        std::thread::sleep(BETWEEN_GLANCES);
        let there = look()?;
        let (still, new): (Vec<_>, Vec<_>) =
            there.into_iter().partition(|one| left.iter().any(|known| known.pid == one.pid));
        left = if still.is_empty() { new } else { still };
    }
    Ok(left)
}

/// How often the processes in a set are looked for again, in case they start others.
const ROUNDS: usize = 100;

/// Kills processes of a set until there are none; returns all that were.
pub(super) fn end_all(set: &Set, found: Vec<Occupant>) -> Result<Vec<Occupant>, RemoveError> {
    let scan = || occupants(set).map_err(|source| RemoveError::Scan { name: set.name().clone(), source });
    let mut killed = Vec::new();
    let mut left = found;
    for _ in 0..ROUNDS {
        let held: Vec<_> =
            left.into_iter().filter_map(|one| Some((PidFd::open(one.pid).ok()?, one))).collect();
        // Before it was held, an id may have become that of a process elsewhere.
        let still = scan()?;
        for (process, occupant) in held {
            if still.iter().any(|one| one.pid == occupant.pid) && !process.has_exited() {
                killed.push(end(set, &process, occupant)?);
            }
        }
        left = scan()?;
        if left.is_empty() {
            return Ok(killed);
        }
    }
    Err(RemoveError::Survivors { name: set.name().clone(), occupants: left })
}

/// Kills processes in network namespaces until there are none.
pub(super) fn end_all_in(nets: &HashSet<NsId>) -> Result<(), SetError> {
    let scan = || -> Result<Vec<Pid>, SetError> {
        let snapshot = Scan::new(Kind::Net.into()).take().map_err(SetError::Scan)?;
        let is_in = |process: &&insula_ns::Process| {
            let place = process.namespace(Kind::Net);
            place.is_some_and(|place| nets.contains(&snapshot.namespaces[place].id)) && lives(process.pid)
        };
        Ok(snapshot.processes.iter().filter(is_in).map(|process| process.pid).collect())
    };
    for _ in 0..ROUNDS {
        let held: Vec<_> =
            scan()?.into_iter().filter_map(|pid| Some((PidFd::open(pid).ok()?, pid))).collect();
        if held.is_empty() {
            break;
        }
        // Before it was held, an id may have become that of a process elsewhere.
        let still = scan()?;
        for (process, pid) in held {
            if still.contains(&pid) && !process.has_exited() {
                let _ = kill(&process);
            }
        }
    }
    Ok(())
}

fn end(set: &Set, process: &PidFd, occupant: Occupant) -> Result<Occupant, RemoveError> {
    let name = set.name().clone();
    match kill(process) {
        Ok(true) => Ok(occupant),
        Ok(false) => Err(RemoveError::Survivors { name, occupants: vec![occupant] }),
        Err(source) => Err(RemoveError::Kill { name, occupant, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    type Found<'a> = &'a [(i32, &'a str)];

    /// Who stays of those that are there first, when later looks find the others, the last for good; and how often was looked.
    fn stay(looks: &[Found<'_>]) -> (Vec<i32>, usize) {
        let found = |look: Found<'_>| {
            let occupant = |&(pid, command): &(i32, &str)| Occupant {
                pid: Pid::from_raw(pid).unwrap(),
                command: command.to_owned(),
            };
            look.iter().map(occupant).collect::<Vec<_>>()
        };
        let mut looked = 0;
        let left = who_stays(found(looks[0]), || {
            looked += 1;
            Ok::<_, Infallible>(found(looks[looked.min(looks.len() - 1)]))
        });
        (left.unwrap().iter().map(|one| one.pid.as_raw_nonzero().get()).collect(), looked)
    }

    #[test]
    fn who_goes_while_a_set_is_looked_at_does_not_use_it() {
        assert_eq!(stay(&[&[(7, "insula gc")], &[(7, "insula gc")], &[]]), (vec![], 2));
        assert_eq!(stay(&[&[(7, "insula gc"), (9, "sleep 9")], &[(9, "sleep 9")]]), (vec![9], GLANCES));
    }

    #[test]
    fn who_executes_or_starts_another_program_uses_a_set() {
        assert_eq!(stay(&[&[(7, "insula enter web")], &[(7, "sh")]]).0, [7]);
        assert_eq!(stay(&[&[(7, "insula enter web")], &[(9, "sleep 9")]]).0, [9]);
    }
}
