//! A machine made up of files, for tests.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use insula_ns::Kind;

use super::evidence::Evidence;

/// A directory that stands for `/`; removed when dropped.
pub(super) struct World(PathBuf);

impl World {
    /// An ordinary user of an ordinary machine: first namespaces, all ids, no capabilities, nothing in the way.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let world = Self(std::env::temp_dir().join(format!("insula-world-{}-{number}", std::process::id())));
        for (index, kind) in
            [Kind::Mnt, Kind::Net, Kind::Time, Kind::Cgroup, Kind::Pid, Kind::User, Kind::Uts, Kind::Ipc]
                .into_iter()
                .enumerate()
        {
            world.namespace(kind.name(), 0xefff_fff8 + u32::try_from(index).unwrap());
            world.set(&format!("user.max_{kind}_namespaces"), "1000");
        }
        world.namespace("pid_for_children", 0xefff_fffc);
        world.status(0, 0, 1);
        world.write("/proc/self/uid_map", "0 0 4294967295\n");
        world.write("/proc/self/gid_map", "0 0 4294967295\n");
        world.write("/proc/self/setgroups", "allow\n");
        world.write(
            "/proc/self/mountinfo",
            "27 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n28 27 0:5 / /proc rw - proc proc rw\n",
        );
        world.write("/proc/filesystems", "nodev\ttmpfs\nnodev\tproc\n\text4\nnodev\toverlay\n");
        world
    }

    /// User 1000 with these effective capabilities, seccomp mode and number of threads.
    pub(super) fn status(&self, capabilities: u64, seccomp: u8, threads: u32) {
        self.write(
            "/proc/self/status",
            &format!(
                "Name:\ttest\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nThreads:\t{threads}\n\
                 CapInh:\t0000000000000000\nCapPrm:\t{capabilities:016x}\nCapEff:\t{capabilities:016x}\n\
                 CapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t{seccomp}\n"
            ),
        );
    }

    pub(super) fn set(&self, setting: &str, value: &str) {
        self.write(&format!("/proc/sys/{}", setting.replace('.', "/")), &format!("{value}\n"));
    }

    pub(super) fn namespace(&self, link: &str, inode: u32) {
        let path = self.0.join("proc/self/ns").join(link);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        let kind = link.split('_').next().unwrap();
        std::os::unix::fs::symlink(format!("{kind}:[{inode}]"), path).unwrap();
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn remove(&self, path: &str) {
        std::fs::remove_file(self.0.join(path.trim_start_matches('/'))).unwrap();
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence::below(&self.0)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
