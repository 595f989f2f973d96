//! Interfaces of newer kernels, by using them. Everything works without them, if slower or with less detail.

use std::os::fd::AsFd as _;

use insula_ns::{Kind, Namespace, PidFd, mountinfo};
use insula_sys::errno::Described;
use insula_sys::{nsfs, pidfd, statmount as mounts};
use rustix::io::Errno;
use rustix::process::getpid;

use super::super::probe::{Lab, Outcome, chain};

fn outcome(result: Result<String, Errno>, without: &str) -> Outcome {
    match result {
        Ok(evidence) => Outcome::works(evidence),
        Err(errno) => Outcome::limited(format!("{}; {without}", Described(errno))),
    }
}

pub(super) fn listns(_: &Lab) -> Outcome {
    let result = nsfs::list(0, 0, &mut [0; 1]);
    outcome(
        result.map(|_| "the kernel listed one".to_owned()),
        "namespaces that nothing holds by /proc stay unseen",
    )
}

pub(super) fn statmount(_: &Lab) -> Outcome {
    let mut ids = [0; 1];
    let result = mounts::list(0, 0, &mut ids);
    outcome(result.map(|_| "the kernel listed one".to_owned()), "mounts are read from /proc/PID/mountinfo")
}

pub(super) fn pidfd_namespaces(_: &Lab) -> Outcome {
    let process = match PidFd::open(getpid()) {
        Ok(process) => process,
        Err(error) => return Outcome::limited(format!("{}; processes are read from /proc", chain(&error))),
    };
    let result = pidfd::namespace(process.as_fd(), pidfd::ProcessNamespace::Uts);
    outcome(result.map(|_| "opened our own".to_owned()), "they are opened by /proc/PID/ns")
}

pub(super) fn nsfs_handles(_: &Lab) -> Outcome {
    let own = match Namespace::of_self(Kind::Uts) {
        Ok(own) => own,
        Err(error) => return Outcome::limited(chain(&error)),
    };
    let Some(handle) = own.handle() else {
        return Outcome::limited("this kernel has none; a namespace is named by its inode number");
    };
    match Namespace::by_handle(handle) {
        Ok(_) => Outcome::works(format!("opened our own UTS namespace by its id, {}", handle.ns_id)),
        Err(error) => Outcome::limited(chain(&error)),
    }
}

pub(super) fn cgroups(lab: &Lab) -> Outcome {
    let Some(text) = lab.evidence.text("/proc/self/mountinfo") else {
        return Outcome::no("/proc/self/mountinfo can't be read");
    };
    let mounts: Vec<_> = mountinfo::parse(text.as_bytes()).filter_map(Result::ok).collect();
    let of_type = |name: &str| mounts.iter().filter(|mount| &*mount.fs_type == name).count();
    match (of_type("cgroup2"), of_type("cgroup")) {
        (0, 0) => Outcome::no("no control groups are mounted")
            .fix("as root: `mount -t cgroup2 cgroup2 /sys/fs/cgroup`"),
        (0, old) => Outcome::limited(format!("version 1 alone ({old} hierarchies)"))
            .fix("boot with `systemd.unified_cgroup_hierarchy=1`"),
        (_, 0) => {
            let controllers = lab.evidence.text("/sys/fs/cgroup/cgroup.controllers").unwrap_or_default();
            Outcome::works(format!("version 2, with the controllers: {}", controllers.trim()))
        }
        (_, old) => Outcome::limited(format!("hybrid: version 2 beside {old} hierarchies of version 1"))
            .fix("boot with `systemd.unified_cgroup_hierarchy=1`"),
    }
}
