//! The control groups of the target: `cgroups(7)`.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use insula_cgroup::Membership;
use insula_engine::target::TargetProcess;
use insula_ns::mountinfo::{self, Mount};
use rustix::fs::{Mode, OFlags};

use crate::report::Failure;

/// The files by which one gets into the target's control groups, save those that we are in as well.
///
/// On a machine with version 2 alone there is one. Each hierarchy of version 1 has its own.
pub(super) fn files(target: &TargetProcess) -> Result<Vec<OwnedFd>, Failure> {
    let mut different = memberships(&target.control_groups()?, "the target")?;
    let ours = memberships(&read("/proc/self/cgroup")?, "this process")?;
    different.retain(|theirs| !ours.contains(theirs));
    if different.is_empty() {
        return Ok(Vec::new());
    }
    let mounts = read("/proc/self/mountinfo")?;
    let mounts: Vec<Mount<'_>> = mountinfo::parse(&mounts).filter_map(Result::ok).collect();
    different.iter().map(|membership| open(membership, &mounts)).collect()
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::from(error).context(&format!("cannot read `{path}`")))
}

fn memberships(text: &[u8], whose: &str) -> Result<Vec<Membership>, Failure> {
    Membership::parse_all(text).map_err(|error| {
        Failure::new(format!("cannot make sense of the control groups of {whose}")).cause(error.to_string())
    })
}

fn open(membership: &Membership, mounts: &[Mount<'_>]) -> Result<OwnedFd, Failure> {
    let shown = membership.path().display();
    let failed = |cause: String| {
        Failure::new(format!("cannot join the control group `{shown}` of the target")).cause(cause)
    };
    if membership.path().starts_with("/..") {
        return Err(failed("it lies outside of the cgroup namespace that we are in".to_owned()));
    }
    let Some(directory) = mounts.iter().find_map(|mount| directory(membership, mount)) else {
        let hierarchy = match membership.hierarchy() {
            "" => "of version 2".to_owned(),
            names => format!("`{names}`"),
        };
        return Err(failed(format!("the hierarchy {hierarchy} that it is in is not mounted here")));
    };
    let file = directory.join("cgroup.procs");
    rustix::fs::open(&file, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()).map_err(|errno| {
        Failure::from(errno).context(&format!("cannot move to the control group `{}`", directory.display()))
    })
}

/// Where `mount` shows the control group, if it does.
fn directory(membership: &Membership, mount: &Mount<'_>) -> Option<PathBuf> {
    if !membership.is_in(mount) {
        return None;
    }
    // A mount can show a part of the hierarchy: what is below its root.
    let below = membership.path().strip_prefix(&*mount.root).ok()?;
    Some(Path::new(&*mount.mount_point).join(below))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &[u8] = b"30 29 0:25 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n\
        31 29 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
        32 29 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n\
        33 29 0:28 /pod /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    fn place(line: &[u8]) -> Option<String> {
        let membership = &Membership::parse_all(line).unwrap()[0];
        let mounts: Vec<_> = mountinfo::parse(MOUNTS).map(Result::unwrap).collect();
        let found = mounts.iter().find_map(|mount| directory(membership, mount));
        found.map(|path| path.display().to_string())
    }

    #[test]
    fn each_hierarchy_is_found_where_it_is_mounted() {
        for (line, path) in [
            (&b"0::/a/b"[..], "/sys/fs/cgroup/unified/a/b"),
            (b"4:cpu,cpuacct:/", "/sys/fs/cgroup/cpu,cpuacct/"),
            (b"1:name=systemd:/x:y", "/sys/fs/cgroup/systemd/x:y"),
            (b"7:memory:/pod/one", "/sys/fs/cgroup/memory/one"),
        ] {
            assert_eq!(place(line).as_deref(), Some(path));
        }
        assert_eq!(place(b"7:memory:/other"), None, "the mount does not show it");
        assert_eq!(place(b"8:pids:/a"), None);
    }
}
