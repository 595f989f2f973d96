//! A root file system to try things in, and the ways to run something there.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use insula_ns::{Kind, Kinds};
use insula_sandbox::mounts::{Mount, Root};
use insula_sandbox::{Passed, Sandbox, Status, Stream};

const APPLETS: [&str; 22] = [
    "cat", "chmod", "chroot", "dd", "echo", "find", "grep", "head", "id", "ls", "mkdir", "mount", "pwd",
    "readlink", "rm", "sh", "stat", "touch", "true", "umount", "unshare", "wc",
];

/// A directory of this test's own, which goes with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("insula-mounts-{}-{count}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// With a static busybox in `root`, and nothing else there but `bin`.
    pub(crate) fn with_root() -> Self {
        let scratch = Self::new();
        let bin = scratch.path("root/bin");
        std::fs::create_dir_all(&bin).unwrap();
        let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|path| Path::new(path).exists());
        // Not by us: a process that another test starts meanwhile would have the file open, and it could not be executed.
        let copy =
            Sandbox::new("cp").arg(busybox.expect("the package busybox-static is installed")).arg(&bin);
        assert!(copy.status().unwrap().success());
        for applet in APPLETS {
            symlink("busybox", bin.join(applet)).unwrap();
        }
        scratch
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    pub(crate) fn write(&self, path: &str, content: &str) -> PathBuf {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // An overlay's work directory has one without permissions.
        let _ = std::fs::set_permissions(self.path("work/work"), PermissionsExt::from_mode(0o700));
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            assert!(std::thread::panicking(), "{} is left: {error}", self.0.display());
        }
    }
}

/// A shell in new namespaces of these kinds, mapped to root if one is a user namespace.
pub(crate) fn shell(kinds: impl Into<Kinds>) -> Sandbox {
    let kinds = kinds.into();
    let sandbox = Sandbox::new("sh").unshare(kinds);
    if kinds.contains(Kind::User) { sandbox.map_root().unwrap() } else { sandbox }
}

/// What an ordinary user needs to mount anything; root needs no user namespace.
pub(crate) fn kinds() -> Kinds {
    let kinds = Kind::Mnt | Kind::Pid | Kind::Ipc | Kind::Net;
    if rustix::process::geteuid().is_root() { kinds } else { kinds | Kind::User }
}

/// A shell in `root` of `scratch`.
pub(crate) fn inside(scratch: &Scratch) -> Sandbox {
    rooted(Root::Dir(scratch.path("root")))
}

/// A shell in this root.
pub(crate) fn rooted(root: Root) -> Sandbox {
    let mut sandbox = shell(kinds()).env("PATH", "/bin");
    sandbox.mounts.root = root;
    sandbox
}

pub(crate) fn with(mut sandbox: Sandbox, mounts: impl IntoIterator<Item = Mount>) -> Sandbox {
    sandbox.mounts.mounts.extend(mounts);
    sandbox
}

/// What a shell command prints, errors too, with its status.
pub(crate) fn output(sandbox: Sandbox, script: &str) -> (String, Status) {
    run(sandbox.args(["-c", script]))
}

fn run(mut sandbox: Sandbox) -> (String, Status) {
    let (reader, writer) = std::io::pipe().unwrap();
    sandbox.stdio.streams[2] = Stream::Fd(OwnedFd::from(writer.try_clone().unwrap()));
    sandbox.stdio.streams[1] = Stream::Fd(OwnedFd::from(writer));
    let child = sandbox.spawn().unwrap_or_else(|error| panic!("{error}"));
    let mut text = String::new();
    std::fs::File::from(OwnedFd::from(reader)).read_to_string(&mut text).unwrap();
    (text, child.wait().unwrap())
}

/// The same, of a command that succeeds.
pub(crate) fn succeed(sandbox: Sandbox, script: &str) -> String {
    let (text, status) = output(sandbox, script);
    assert!(status.success(), "{status:?}: {text}");
    text
}

/// Runs `body` as an ordinary user: root starts the test of this name again as one. The test binary is executed through
/// its descriptor, since the user may not reach its path.
pub(crate) fn as_user(test: &str, body: impl FnOnce()) {
    if !rustix::process::geteuid().is_root() {
        return body();
    }
    let binary = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
    let mut again = Sandbox::new("/proc/self/fd/9").args([test, "--exact", "--nocapture"]);
    again.stdio.passed.push(Passed { fd: binary.into(), number: 9 });
    again.identity.uid = Some(4242);
    again.identity.gid = Some(4242);
    again.identity.groups = Some(Vec::new());
    again.command.working_directory = Some("/".into());
    let (report, status) = run(again);
    assert!(status.success() && report.contains("1 passed"), "{report}");
}

/// Runs `body` as root, if we are it, and as an ordinary user.
pub(crate) fn as_both(test: &str, body: impl Fn()) {
    if rustix::process::geteuid().is_root() {
        body();
    }
    as_user(test, body);
}
