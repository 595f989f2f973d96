//! Devices: two files in version 1, a program in version 2.

use std::os::fd::{AsFd as _, OwnedFd};

use insula_ns::ProcDir;
use insula_sys::bpf;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Act, SetError, Setting, Target};
use crate::devices::list::{List, Step};
use crate::devices::program::emit;
use crate::directory::read_whole;
use crate::{Controller, DeviceRule};

/// How many programs may be attached to a group: `BPF_CGROUP_MAX_PROGS`.
const MOST_PROGRAMS: usize = 64;

impl Setting<'_> {
    /// In a user namespace other than the initial one, nobody can make nodes or load programs, and what the devices of the
    /// host allow is a matter of their permissions; so there a refusal is passed over, as it is when nothing is denied.
    pub(super) fn set_devices(&self, rules: Option<&[DeviceRule]>) -> Result<(), SetError> {
        let Some(rules) = rules else { return Ok(()) };
        let result = self.target(Controller::Devices).and_then(|target| {
            if target.is_legacy() { target.legacy_devices(rules) } else { target.unified_devices(rules) }
        });
        match result {
            Err(
                SetError::NotDelegated { .. }
                | SetError::NoController { .. }
                | SetError::Program { source: Errno::PERM | Errno::ACCESS, .. },
            ) if denies_nothing(rules) || is_in_user_namespace() => Ok(()),
            result => result,
        }
    }
}

impl Target<'_> {
    fn legacy_devices(self, rules: &[DeviceRule]) -> Result<(), SetError> {
        let directory = || self.place.directory.path().clone();
        let list =
            List::of_rules(rules).map_err(|rule| SetError::PartOfRule { directory: directory(), rule })?;
        let now = self.place.directory.read(c"devices.list").map_err(|source| self.refused(source))?;
        let steps = list.steps(List::parse(&now).as_ref());
        for same in steps.chunk_by(|(one, _), (other, _)| one == other) {
            let file = match same[0].0 {
                Step::Allow => c"devices.allow",
                Step::Deny => c"devices.deny",
            };
            for (_, line) in same {
                (self.tell)(Act::Write { file: &self.place.directory.path_of(file), value: line });
            }
            let lines = same.iter().map(|(_, line)| line.as_str());
            self.place.directory.write_all(file, lines).map_err(|source| self.refused(source))?;
        }
        Ok(())
    }

    /// The new program takes the place of the old one at once; there is no moment without, nor one with less allowed than both
    /// allow.
    fn unified_devices(self, rules: &[DeviceRule]) -> Result<(), SetError> {
        let failed = |source| SetError::Program { directory: self.place.directory.path().clone(), source };
        let group = self.place.directory.as_fd();
        let program = bpf::load_device_program("insula_devices", &emit(rules)).map_err(failed)?;
        (self.tell)(Act::Attach { directory: self.place.directory.path(), rules: rules.len() });
        let mut ids = [0; MOST_PROGRAMS];
        let count = bpf::device_programs(group, &mut ids).map_err(failed)?;
        let old: Vec<OwnedFd> =
            ids[..count].iter().map(|id| bpf::program(*id)).collect::<Result<_, _>>().map_err(failed)?;
        if let [old] = &old[..] {
            match bpf::attach_device_program(group, program.as_fd(), Some(old.as_fd())) {
                // Before Linux 5.6 there is no replacing, and after that none of what was attached without company.
                Err(Errno::INVAL | Errno::PERM) => {}
                result => return result.map_err(failed),
            }
        }
        bpf::attach_device_program(group, program.as_fd(), None).map_err(failed)?;
        old.iter().try_for_each(|old| bpf::detach_device_program(group, old.as_fd())).map_err(failed)
    }
}

fn denies_nothing(rules: &[DeviceRule]) -> bool {
    List::of_rules(rules).is_ok_and(|list| list.allows && list.exceptions.is_empty())
}

/// Whether this process is in another user namespace than the initial one, which alone maps every id to itself.
fn is_in_user_namespace() -> bool {
    let map = || {
        let file = rustix::fs::openat(
            ProcDir::open().ok()?,
            c"self/uid_map",
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        String::from_utf8(read_whole(file.ok()?.as_fd()).ok()?).ok()
    };
    map().is_some_and(|map| map.split_whitespace().ne(["0", "0", "4294967295"]))
}
