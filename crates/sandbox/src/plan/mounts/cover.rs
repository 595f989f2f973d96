//! A root that lies over the old one, which is not to be left with what is mounted there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;

use insula_ns::ProcDir;
use insula_ns::mountinfo::{self, ParseMountError};
use insula_sys::step::Step;
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

use super::super::Plan;
use crate::Action;
use crate::command::c_string;
use crate::error::Error;

/// Detaches all that is mounted below the old root. Paths still lead there.
pub(super) fn detach_others(plan: &mut Plan) -> Result<(), Error> {
    let failed = |errno| Error::Caller { what: "read the table of mounts", errno };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = openat(ProcDir::open()?, "self/mountinfo", flags, Mode::empty()).map_err(failed)?;
    let mut table = Vec::new();
    let read = File::from(file).read_to_end(&mut table);
    read.map_err(|error| failed(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
    let points = points(&table).map_err(|_| failed(Errno::BADMSG))?;
    for point in points {
        let action = Action::DetachOld((&point).into());
        plan.world(action.clone(), Step::Chdir(c_string(&point)?));
        plan.world(action, Step::DetachHere);
    }
    Ok(())
}

/// Where something is mounted, the deepest first; more than once where more than one lies upon the other.
fn points(table: &[u8]) -> Result<Vec<OsString>, ParseMountError> {
    let mut points = BTreeMap::<_, Vec<OsString>>::new();
    for mount in mountinfo::parse(table) {
        let point = mount?.mount_point.into_owned();
        let depth = point.as_bytes().split(|byte| *byte == b'/').filter(|name| !name.is_empty()).count();
        if depth > 0 {
            points.entry(depth).or_default().push(point);
        }
    }
    Ok(points.into_values().rev().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_deepest_goes_first_and_each_as_often_as_it_is_there() {
        let line = |point: &str| format!("21 1 0:2 / {point} rw shared:1 - tmpfs tmpfs rw\n");
        let table: String = ["/", "/a", "/a/b", "/c", "/a"].map(line).concat();
        assert_eq!(points(table.as_bytes()).unwrap(), ["/a/b", "/a", "/c", "/a"]);
    }
}
