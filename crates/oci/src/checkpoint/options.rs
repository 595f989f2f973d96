//! The words of a request: `criu_opts` in criu's `images/rpc.proto`.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use insula_ns::Kind;

use super::message::Message;
use super::{CgroupMode, Checkpoint, Extent, Imaging, Restoration};

/// Where criu finds what it is to use, as numbers of descriptors of ours, which it opens by our `/proc`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) images: i32,
    pub(super) work: Option<i32>,
}

/// What both directions have in common.
pub(super) fn common(
    imaging: &Imaging,
    at: Numbers,
    log: &str,
    settings: Option<&str>,
    root: &Path,
) -> Message {
    const EVERYTHING: u32 = 4;
    let message = Message::default()
        .number(1, number(at.images))
        .number(4, imaging.external_sockets)
        .number(5, imaging.tcp_established)
        .number(7, imaging.shell_job)
        .number(8, imaging.file_locks)
        .number(9, EVERYTHING)
        .bytes(10, log)
        // Tell what happens on the way.
        .number(12, true)
        .bytes(13, root.as_os_str().as_bytes())
        .number(16, imaging.deduplicated)
        .number(24, imaging.cgroups != CgroupMode::Ignore)
        .number(34, mode(imaging.cgroups))
        // Interfaces, addresses and routes are made by whoever made them before.
        .number(38, Kind::Net.clone_flag())
        // The controlling side of a terminal inside is ours.
        .number(50, true)
        .bytes_if(51, settings);
    match at.work {
        Some(work) => message.number(17, number(work)),
        None => message,
    }
}

/// What is dumped: `pid` and all below it.
pub(super) fn checkpoint(message: Message, asked: &Checkpoint, pid: i32, freezer: Option<&Path>) -> Message {
    let message = message.number(2, number(pid)).number(3, asked.extent == Extent::Running);
    let message = message.bytes_if(44, freezer.map(|path| path.as_os_str().as_bytes()));
    match &asked.parent {
        // What has changed since is known only if the kernel was told to take note.
        Some(parent) => message.bytes(14, parent.as_os_str().as_bytes()).number(15, true),
        None => message,
    }
}

/// How it is restored: as a child of ours.
pub(super) fn restoration(message: Message, asked: &Restoration) -> Message {
    message
        // A device is the same whatever its path.
        .number(6, true)
        .number(26, true)
        .bytes_if(53, asked.security_context.as_ref())
        .bytes_if(63, asked.mount_context.as_ref())
}

/// Something outside of the container that is not dumped, or is put in its place.
pub(super) fn external(message: Message, what: &str) -> Message {
    message.bytes(37, what)
}

/// A descriptor of criu's that takes the place of something.
pub(super) fn inherited(message: Message, key: &str, descriptor: i32) -> Message {
    message.bytes(27, Message::default().bytes(1, key).number(2, number(descriptor)))
}

/// A namespace that is there, and is entered.
pub(super) fn joined(message: Message, kind: Kind, file: &Path) -> Message {
    message.bytes(39, Message::default().bytes(1, kind.name()).bytes(2, file.as_os_str().as_bytes()))
}

/// The group that takes the place of the one that was dumped, in one hierarchy.
pub(super) fn group(message: Message, controllers: &[u8], path: &[u8]) -> Message {
    message.bytes(25, Message::default().bytes(1, controllers).bytes(2, path))
}

const fn mode(mode: CgroupMode) -> u32 {
    match mode {
        CgroupMode::Ignore => 0,
        CgroupMode::Soft => 3,
        CgroupMode::Full => 4,
        CgroupMode::Strict => 5,
    }
}

/// Numbers of descriptors and processes are not negative.
fn number(number: i32) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::message::{Fields, Value};
    use super::*;

    const AT: Numbers = Numbers { images: 5, work: None };

    fn number_of(message: &Message, field: u32) -> Option<u64> {
        Fields::find(message.as_ref(), field).and_then(Value::as_number)
    }

    fn text_of(message: &Message, field: u32) -> Option<&str> {
        Fields::find(message.as_ref(), field)
            .and_then(Value::as_bytes)
            .map(|bytes| std::str::from_utf8(bytes).unwrap())
    }

    #[test]
    fn flags_are_the_fields_that_criu_has_for_them() {
        let imaging = Imaging { tcp_established: true, cgroups: CgroupMode::Strict, ..Imaging::default() };
        let at = Numbers { work: Some(7), ..AT };
        let message = common(&imaging, at, "dump.log", Some("/etc/criu/runc.conf"), Path::new("/b/rootfs"));
        let numbers: Vec<_> =
            [1, 4, 5, 7, 8, 17, 24, 34, 38].map(|field| number_of(&message, field)).into_iter().collect();
        let expected = [5, 0, 1, 0, 0, 7, 1, 5, 0x4000_0000].map(Some);
        assert_eq!(numbers, expected);
        assert_eq!(text_of(&message, 10), Some("dump.log"));
        assert_eq!(text_of(&message, 13), Some("/b/rootfs"));
        assert_eq!(text_of(&message, 51), Some("/etc/criu/runc.conf"));
    }

    #[test]
    fn a_checkpoint_that_goes_on_from_another_one_names_it() {
        let asked =
            Checkpoint { parent: Some("../one".into()), extent: Extent::Running, ..Checkpoint::default() };
        let message = checkpoint(Message::default(), &asked, 42, Some(Path::new("/sys/fs/cgroup/web")));
        assert_eq!([2, 3, 15].map(|field| number_of(&message, field)), [Some(42), Some(1), Some(1)]);
        assert_eq!(text_of(&message, 14), Some("../one"));
        assert_eq!(text_of(&message, 44), Some("/sys/fs/cgroup/web"));
    }

    #[test]
    fn a_restored_process_is_our_child() {
        let asked = Restoration { security_context: Some("apparmor:web".into()), ..Restoration::default() };
        let message = restoration(Message::default(), &asked);
        assert_eq!([6, 26].map(|field| number_of(&message, field)), [Some(1), Some(1)]);
        assert_eq!(text_of(&message, 53), Some("apparmor:web"));
        assert_eq!(text_of(&message, 63), None);
    }
}
