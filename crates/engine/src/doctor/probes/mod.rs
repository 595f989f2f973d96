//! The list of probes.

use insula_ns::Kind;

use super::probe::{Lab, Outcome, Probe};

mod ids;
mod kernel;
mod mounts;
mod namespaces;
mod policy;

const fn probe(name: &'static str, what: &'static str, test: fn(&Lab) -> Outcome) -> Probe {
    Probe { name, what, test }
}

/// A new namespace of one kind; the kind as a constant, so that the test is a plain function.
macro_rules! create {
    ($kind:ident) => {
        |lab: &Lab| namespaces::create(lab, Kind::$kind)
    };
}

pub(super) const ALL: [Probe; 27] = [
    probe("namespaces.user", "new user namespace", create!(User)),
    probe("namespaces.mnt", "new mount namespace", create!(Mnt)),
    probe("namespaces.pid", "new PID namespace", create!(Pid)),
    probe("namespaces.net", "new network namespace", create!(Net)),
    probe("namespaces.uts", "new UTS namespace", create!(Uts)),
    probe("namespaces.ipc", "new IPC namespace", create!(Ipc)),
    probe("namespaces.cgroup", "new cgroup namespace", create!(Cgroup)),
    probe("namespaces.time", "new time namespace", create!(Time)),
    probe("namespaces.all", "all eight kinds in one call", namespaces::all),
    probe("namespaces.limits", "limits on the number of namespaces", namespaces::limits),
    probe("ids.own", "map one's own id to root", ids::own),
    probe("ids.granted", "map the ids granted in /etc/subuid and /etc/subgid", ids::granted),
    probe("ids.helpers", "`newuidmap` and `newgidmap`", ids::helpers),
    probe("ids.all", "map every id of this user namespace", ids::all),
    probe("mounts.proc", "fresh /proc in a new PID namespace", mounts::proc),
    probe("mounts.overlay", "overlay file system", mounts::overlay),
    probe("mounts.idmapped", "bind mount with mapped ids", mounts::idmapped),
    probe("policy.userns", "settings about unprivileged user namespaces", policy::user_namespaces),
    probe("policy.capabilities", "capabilities that this process can have", policy::capabilities),
    probe("policy.seccomp", "system calls unfiltered", policy::seccomp),
    probe("policy.no-new-privs", "set-user-ID programs gain privilege", policy::no_new_privs),
    probe("policy.surroundings", "outside of any container or sandbox", policy::surroundings),
    probe("kernel.cgroups", "control groups, version 2", kernel::cgroups),
    probe("kernel.listns", "namespaces listed by the kernel (listns)", kernel::listns),
    probe("kernel.statmount", "mounts described by the kernel (statmount)", kernel::statmount),
    probe("kernel.pidfd-namespaces", "namespaces of a process by its pidfd", kernel::pidfd_namespaces),
    probe("kernel.nsfs-handles", "file handles of namespaces", kernel::nsfs_handles),
];
