//! What is entered by handle, and a user namespace on somebody's behalf, on the real kernel.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Read as _;
use std::os::fd::OwnedFd;

use insula_ns::{Kind, Namespace};
use insula_sandbox::mounts::{Directory, Mount, Propagation, Root};
use insula_sandbox::{Owner, Sandbox, Stream};

fn output(mut sandbox: Sandbox) -> String {
    let (reader, writer) = std::io::pipe().unwrap();
    sandbox.stdio.streams[1] = Stream::Fd(OwnedFd::from(writer));
    let child = sandbox.spawn().unwrap();
    let mut text = String::new();
    std::fs::File::from(OwnedFd::from(reader)).read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    text
}

fn open(path: &str) -> OwnedFd {
    std::fs::File::open(path).unwrap().into()
}

#[test]
fn working_directory_by_handle_may_lie_outside_of_the_root() {
    let mut sandbox = Sandbox::new("/bin/sh").args(["-c", "pwd -P; ls -d ./passwd"]);
    sandbox = sandbox.unshare(Kind::User).map_root().unwrap();
    sandbox.mounts.root = Root::Handle { directory: open("/"), name: "/".into() };
    sandbox.mounts.directory = Some(Directory::Handle { directory: open("/etc"), name: "/etc".into() });
    assert_eq!(output(sandbox), "/etc\n./passwd\n");
}

#[test]
fn working_directory_is_entered_inside_the_new_root() {
    let mut sandbox = Sandbox::new("/bin/pwd").unshare(Kind::User).map_root().unwrap();
    sandbox.mounts.root = Root::Chroot("/".into());
    sandbox.mounts.directory = Some(Directory::Path("usr".into()));
    assert_eq!(output(sandbox), "/usr\n");
}

#[test]
fn user_namespace_can_belong_to_somebody_else() {
    let mut sandbox = Sandbox::new("/bin/sh").args(["-c", "id -u; id -g; read line"]);
    sandbox = sandbox.unshare(Kind::User).map_root().unwrap();
    sandbox.namespaces.owner = Some(Owner { uid: 4242, gid: 4343 });
    if !rustix::process::geteuid().is_root() {
        let error = sandbox.status().unwrap_err().to_string();
        let expected =
            "cannot make the user namespace as user 4242 and group 4343: operation not permitted (EPERM)";
        assert_eq!(error, expected);
        return;
    }
    let (reader, writer) = std::io::pipe().unwrap();
    let (input, release) = std::io::pipe().unwrap();
    sandbox.stdio.streams = [Stream::Fd(input.into()), Stream::Fd(writer.into()), Stream::Inherit];
    let child = sandbox.spawn().unwrap();
    let owner = Namespace::of_pid(child.pid(), Kind::User).unwrap().owner_uid().unwrap();
    drop(release);
    let mut text = String::new();
    std::fs::File::from(OwnedFd::from(reader)).read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    assert_eq!((owner, text.as_str()), (Some(4242), "0\n0\n"));
}

#[test]
fn binary_format_is_registered_inside_alone() {
    let mut sandbox = Sandbox::new("cat").arg("/proc/sys/fs/binfmt_misc/insula-test");
    sandbox = sandbox.unshare(Kind::User | Kind::Mnt).map_root().unwrap();
    sandbox.mounts.propagation = Some(Propagation::Private);
    sandbox.mounts.mounts.push(Mount::Binfmt {
        target: "/proc/sys/fs/binfmt_misc".into(),
        register: vec![b":insula-test:E::insulatest::/bin/true:".to_vec()],
    });
    let text = output(sandbox);
    assert!(text.starts_with("enabled\ninterpreter /bin/true\n"), "{text}");
    assert!(!std::path::Path::new("/proc/sys/fs/binfmt_misc/insula-test").exists());
}
