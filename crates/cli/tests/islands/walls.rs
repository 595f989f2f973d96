//! The walls: what stands outside, what is attempted inside, and what must be true outside afterwards.

use crate::Check;
use crate::outsider::Outsider;
use crate::place::{Place, judge};
use crate::stage::{self, Scratch};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::{fs, process};

pub(crate) const CHECKS: &[Check] = &[
    ("a_process_outside_is_not_seen", Place::ALL, &[], process_is_not_seen),
    ("a_process_outside_is_not_signalled", Place::ALL, &[], process_is_not_signalled),
    ("every_kind_is_left", Place::ALL, &[], every_kind_is_left),
    ("the_hostname_outside_stays", Place::ALL, &[], hostname_stays),
    ("the_mounts_outside_stay", Place::ALL, &[], mounts_stay),
    ("a_mount_does_not_travel_out_of_a_shared_tree", Place::ALL, &["unshare"], mount_does_not_travel),
    ("the_clock_is_not_set", Place::ALL, &[], clock_is_not_set),
    ("the_network_outside_is_not_reached", Place::ALL, &["ip"], network_is_not_reached),
    ("an_open_descriptor_does_not_come_along", Place::ALL, &[], descriptor_does_not_come_along),
    ("a_dropped_capability_is_not_regained", Place::ALL, &[], capability_is_not_regained),
    (
        "without_the_administrators_capability_nothing_is_administered",
        Place::ALL,
        &[],
        nothing_is_administered,
    ),
    ("the_id_maps_are_not_rewritten", Place::ALL, &[], maps_are_not_rewritten),
    ("the_root_is_not_left", Place::ALL, &[], root_is_not_left),
    ("a_read_only_root_stays_so", Place::ALL, &[], read_only_root_stays),
    ("a_masked_path_stays_masked", Place::ALL, &[], masked_path_stays),
];

fn process_is_not_seen(place: Place) -> Result<(), String> {
    let outsider = Outsider::start(place);
    place.attempt(&[], &["see", &outsider.number()])
}

fn process_is_not_signalled(place: Place) -> Result<(), String> {
    let mut outsider = Outsider::start(place);
    place.attempt(&[], &["signal", &outsider.pid(), &link("pid")])?;
    outsider.is_untouched()
}

fn every_kind_is_left(place: Place) -> Result<(), String> {
    let kinds = ["mnt", "pid", "uts", "ipc", "net", "cgroup", "user"];
    let kinds = if place.has_own_users() { &kinds[..] } else { &kinds[..6] };
    let pairs: Vec<String> = kinds.iter().map(|kind| format!("{kind}={}", link(kind))).collect();
    let words: Vec<&str> = ["leave-kinds"].into_iter().chain(pairs.iter().map(String::as_str)).collect();
    place.attempt(&[], &words)
}

fn hostname_stays(place: Place) -> Result<(), String> {
    let before = rustix::system::uname().nodename().to_owned();
    place.attempt(&[], &["rename-host"])?;
    same("the hostname", &before, &rustix::system::uname().nodename().to_owned())
}

fn mounts_stay(place: Place) -> Result<(), String> {
    let scratch = Scratch::new(place);
    let directory = scratch.directory("covered", place);
    place.attempt(&[], &["mount-over", &directory])?;
    same("the directory", &0, &fs::read_dir(&directory).unwrap().count())?;
    same("/proc outside", &true, &fs::exists("/proc/self/status").unwrap())
}

/// Debian's root is shared; where this machine's is not, a mount namespace around the start makes it so.
fn mount_does_not_travel(place: Place) -> Result<(), String> {
    let scratch = Scratch::new(place);
    let directory = scratch.directory("covered", place);
    let islands = stage::program("islands");
    let mut shared = place.outside("unshare");
    shared.args(if place == Place::Root {
        &["--mount"][..]
    } else {
        &["--user", "--map-root-user", "--mount"]
    });
    // The shell looks at the directory after the start, in the mount namespace that the start left.
    shared.args([
        "--propagation",
        "shared",
        "sh",
        "-c",
        r#"dir=$0; "$@" && test -z "$(ls -A "$dir")""#,
        &directory,
    ]);
    shared.args(place.words(&[], &[&islands, "attempt", "mount-over", &directory]));
    judge(&mut shared)
}

fn clock_is_not_set(place: Place) -> Result<(), String> {
    let options: &[&str] = if place.has_own_users() { &[] } else { &["--cap-drop", "sys_time"] };
    place.attempt(options, &["set-clock"])
}

fn network_is_not_reached(place: Place) -> Result<(), String> {
    let name = format!("insula-outside-{}-{}", process::id(), place.name());
    let _socket = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let number = port.local_addr().unwrap().port().to_string();
    let loopback = || fs::read_to_string("/sys/class/net/lo/flags").unwrap();
    let before = loopback();
    place.attempt(&[], &["reach-network", &number, &name])?;
    same("the loopback outside", &before, &loopback())
}

/// The shell opens the descriptors, since the standard library would mark them close-on-exec.
fn descriptor_does_not_come_along(place: Place) -> Result<(), String> {
    let scratch = Scratch::new(place);
    let words = format!("secret of {}", scratch.path(""));
    let secret = scratch.file("secret", &words, place);
    let islands = stage::program("islands");
    let mut shell = place.outside("sh");
    shell.args(["-c", r#"file=$0; exec 3<"$file" 7<"$file" 9<"${file%/*}"; exec "$@""#, &secret]);
    shell.args(place.words(&[], &[&islands, "attempt", "use-descriptor", &words]));
    judge(&mut shell)
}

fn capability_is_not_regained(place: Place) -> Result<(), String> {
    place.attempt(&["--cap-drop", "sys_chroot"], &["regain"])
}

fn nothing_is_administered(place: Place) -> Result<(), String> {
    let before = rustix::system::uname().nodename().to_owned();
    place.attempt(&["--cap-drop", "sys_admin"], &["act-without"])?;
    same("the hostname", &before, &rustix::system::uname().nodename().to_owned())
}

fn maps_are_not_rewritten(place: Place) -> Result<(), String> {
    place.attempt(&["--new", "all"], &["remap"])
}

/// A root file system with nothing but this program, an empty `/tmp`, and places for `/proc` and `/dev`; beside it, a secret.
#[derive(Debug)]
pub(crate) struct Rootfs {
    scratch: Scratch,
    root: String,
}

impl Rootfs {
    pub(crate) fn new(place: Place) -> Self {
        let scratch = Scratch::new(place);
        let root = scratch.directory("root", place);
        for directory in ["root/tmp", "root/proc", "root/dev", "root/sys", "root/masked"] {
            scratch.directory(directory, place);
        }
        fs::hard_link(stage::program("islands"), scratch.path("root/islands")).unwrap();
        for file in ["secret", "root/file", "root/masked/file"] {
            scratch.file(file, "what it says", place);
        }
        Self { scratch, root }
    }

    /// The directory that becomes the root.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// The directory in which it lies.
    pub(crate) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Attempts something in the root.
    fn attempt(&self, place: Place, options: &[&str], attempt: &[&str]) -> Result<(), String> {
        let options: Vec<&str> =
            ["--rootfs", &self.root].into_iter().chain(options.iter().copied()).collect();
        let command: Vec<&str> = ["/islands", "attempt"].into_iter().chain(attempt.iter().copied()).collect();
        judge(&mut place.run(&options, &command))
    }

    /// The names of what lies in a directory.
    fn names(&self, below: &str) -> Vec<String> {
        let entries = fs::read_dir(self.scratch.path(below)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn root_is_not_left(place: Place) -> Result<(), String> {
    let rootfs = Rootfs::new(place);
    rootfs.attempt(place, &[], &["escape", &rootfs.scratch.path("")])?;
    same("what lies beside the root", &vec!["root".into(), "secret".into()], &rootfs.names(""))?;
    same("the root outside", &false, &fs::exists("/breach").unwrap())
}

fn read_only_root_stays(place: Place) -> Result<(), String> {
    let rootfs = Rootfs::new(place);
    let before = rootfs.names("root");
    rootfs.attempt(place, &["--ro", "--cap-drop", "sys_admin"], &["write-read-only"])?;
    same("what lies in the root", &before, &rootfs.names("root"))
}

fn masked_path_stays(place: Place) -> Result<(), String> {
    let rootfs = Rootfs::new(place);
    let options = ["--mask", "/file", "--mask", "/masked", "--cap-drop", "sys_admin"];
    rootfs.attempt(place, &options, &["read-masked", "/file", "/masked"])
}

/// This process's namespace of a kind, as the kernel names it.
fn link(kind: &str) -> String {
    fs::read_link(format!("/proc/self/ns/{kind}")).unwrap().display().to_string()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, before: &T, after: &T) -> Result<(), String> {
    if before == after { Ok(()) } else { Err(format!("{what} changed: {before:?} became {after:?}")) }
}
