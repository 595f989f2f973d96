//! What a container runtime needs of a start: a gate, questions, a terminal of the container's own, nodes.

use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use insula_sandbox::mounts::{AttributeChange, Attributes, Bind, FileSystem, Mount, Node, NodeKind, Tmpfs};
use insula_sandbox::{Console, Point, Sandbox, SecurityContext, Status};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType, recvmsg,
    socketpair,
};

use crate::world::{Scratch, as_both, inside, output, succeed, with};

fn fifo(scratch: &Scratch) -> OwnedFd {
    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
    let path = scratch.path("gate");
    mknodat(CWD, &path, FileType::Fifo, Mode::from(0o600), 0).unwrap();
    open(&path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap()
}

#[test]
fn gated_payload_starts_when_a_byte_comes() {
    as_both("container::gated_payload_starts_when_a_byte_comes", || {
        let scratch = Scratch::with_root();
        let gate = fifo(&scratch);
        let mut sandbox = inside(&scratch).args(["-c", "exit 9"]).init(insula_sandbox::Init::Payload);
        sandbox.gate = Some(gate.try_clone().unwrap());
        let child = sandbox.spawn().unwrap();
        let comm = std::fs::read_to_string(format!("/proc/{}/cmdline", child.pid())).unwrap();
        assert!(comm.starts_with("insula-exec"), "{comm}");
        rustix::io::write(&gate, b".").unwrap();
        assert_eq!(child.wait().unwrap(), Status::Exited(9));
    });
}

#[test]
fn gated_payload_never_starts_when_another_byte_comes() {
    as_both("container::gated_payload_never_starts_when_another_byte_comes", || {
        let scratch = Scratch::with_root();
        let gate = fifo(&scratch);
        let mut sandbox = inside(&scratch).args(["-c", "touch /ran"]).init(insula_sandbox::Init::Payload);
        sandbox.gate = Some(gate.try_clone().unwrap());
        let child = sandbox.spawn().unwrap();
        rustix::io::write(&gate, b"x").unwrap();
        assert_eq!(child.wait().unwrap(), Status::Exited(125));
        assert!(!scratch.exists("root/ran"));
    });
}

#[test]
fn caller_is_asked_when_there_are_namespaces_and_when_all_is_mounted() {
    as_both("container::caller_is_asked_when_there_are_namespaces_and_when_all_is_mounted", || {
        let scratch = Scratch::with_root();
        let mut sandbox = with(inside(&scratch), [Mount::Proc("/proc".into())]).args(["-c", "exit 0"]);
        sandbox.attended = vec![Point::Created, Point::Mounted];
        let mut seen = Vec::new();
        let child = sandbox
            .plan()
            .unwrap()
            .spawn_attended(&mut |point, pid| {
                let mounts = std::fs::read_to_string(format!("/proc/{pid}/mountinfo")).unwrap();
                seen.push((
                    point,
                    mounts.lines().any(|line| line.contains(" /proc ") && line.contains("- proc")),
                ));
                // The host's root is still theirs.
                assert!(std::fs::exists(format!("/proc/{pid}/root/proc/self")).unwrap());
                Ok(())
            })
            .unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(
            seen.iter().map(|(point, _)| *point).collect::<Vec<_>>(),
            [Point::Created, Point::Mounted]
        );
    });
}

#[test]
fn refusal_of_the_caller_ends_the_start() {
    let scratch = Scratch::with_root();
    let mut sandbox = inside(&scratch).args(["-c", "exit 0"]);
    sandbox.attended = vec![Point::Mounted];
    let error = sandbox
        .plan()
        .unwrap()
        .spawn_attended(&mut |_, _| Err(rustix::io::Errno::TIMEDOUT))
        .unwrap_err()
        .to_string();
    assert!(error.contains("before the root is entered"), "{error}");
}

/// The descriptor that comes over this socket.
fn received(socket: &OwnedFd) -> OwnedFd {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut data = [0; 64];
    recvmsg(socket, &mut [IoSliceMut::new(&mut data)], &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
    let message = control.drain().next().unwrap();
    let RecvAncillaryMessage::ScmRights(mut descriptors) = message else { panic!("no descriptor came") };
    descriptors.next().unwrap()
}

fn with_terminal(sandbox: Sandbox, script: &str) -> (OwnedFd, Status) {
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    let mut sandbox = sandbox.args(["-c", script]);
    sandbox.stdio.console = Some(Console { socket: theirs, size: Some((17, 99)), owner: None });
    let child = sandbox.spawn().unwrap();
    (received(&ours), child.wait().unwrap())
}

#[test]
fn terminal_is_one_of_the_container_and_its_other_side_comes_out() {
    as_both("container::terminal_is_one_of_the_container_and_its_other_side_comes_out", || {
        let scratch = Scratch::with_root();
        let mounts = [
            Mount::Proc("/proc".into()),
            Mount::Tmpfs(Tmpfs::new("/dev")),
            Mount::FileSystem(FileSystem::devpts("/dev/pts", None)),
        ];
        let script = "tty; stty size; test -c /dev/console && echo console >/dev/console";
        let (master, status) = with_terminal(with(inside(&scratch), mounts), script);
        assert!(status.success());
        let mut text = [0; 200];
        let length = rustix::io::read(&master, &mut text).unwrap();
        let text = String::from_utf8_lossy(&text[..length]).into_owned();
        assert_eq!(text.lines().collect::<Vec<_>>(), ["/dev/pts/0", "17 99", "console"]);
    });
}

#[test]
fn directory_that_is_no_devpts_gives_no_terminal() {
    as_both("container::directory_that_is_no_devpts_gives_no_terminal", || {
        let scratch = Scratch::with_root();
        std::fs::create_dir_all(scratch.path("root/dev/pts")).unwrap();
        let (_ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        // A stranger's node, by which the host's terminals would come in; who may not make one has a file.
        let device = rustix::fs::makedev(5, 2);
        let path = scratch.path("root/dev/pts/ptmx");
        let kind = rustix::fs::FileType::CharacterDevice;
        if rustix::fs::mknodat(rustix::fs::CWD, &path, kind, rustix::fs::Mode::from(0o666), device).is_err() {
            std::fs::write(&path, "").unwrap();
        }
        let mut sandbox = inside(&scratch).args(["-c", "true"]);
        sandbox.stdio.console = Some(Console { socket: theirs, size: None, owner: None });
        let error = sandbox.spawn().unwrap_err().to_string();
        assert!(error.contains("open a terminal inside"), "{error}");
    });
}

#[test]
fn node_has_its_number_permissions_and_owner() {
    as_both("container::node_has_its_number_permissions_and_owner", || {
        let scratch = Scratch::with_root();
        let null = Node {
            target: "/dev/deep/null".into(),
            kind: NodeKind::Character(1, 3),
            mode: 0o640,
            owner: Some((12, 34)),
        };
        let fifo = Node { target: "/dev/pipe".into(), kind: NodeKind::Fifo, mode: 0o600, owner: None };
        let mut dev = Tmpfs::new("/dev");
        dev.attributes = Attributes::NO_SUID;
        let mounts = [Mount::Tmpfs(dev), Mount::Node(null.clone()), Mount::Node(fifo), Mount::Node(null)];
        if !rustix::process::geteuid().is_root() {
            let error = with(inside(&scratch), mounts).args(["-c", "true"]).spawn().unwrap_err().to_string();
            assert!(error.starts_with("cannot make `/dev/deep/null`"), "{error}");
            return;
        }
        let text = succeed(
            with(inside(&scratch), mounts),
            "stat -c '%n %F %t:%T %a %u:%g' /dev/deep/null /dev/pipe; echo x >/dev/deep/null",
        );
        let expected = ["/dev/deep/null character special file 1:3 640 12:34", "/dev/pipe fifo 0:0 600 0:0"];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    });
}

#[test]
fn attributes_of_the_top_mount_alone() {
    as_both("container::attributes_of_the_top_mount_alone", || {
        let scratch = Scratch::with_root();
        let source = scratch.path("source");
        std::fs::create_dir(&source).unwrap();
        let mut bind = Bind::new(&source, "/mnt");
        bind.top = AttributeChange { set: Attributes::READ_ONLY, clear: Attributes::NONE };
        let sandbox = with(inside(&scratch), [Mount::Bind(bind)]);
        let (text, status) = output(sandbox, "touch /mnt/file");
        assert!(!status.success() && text.contains("Read-only"), "{text}");
    });
}

#[test]
fn payload_that_cannot_be_labelled_does_not_run() {
    as_both("container::payload_that_cannot_be_labelled_does_not_run", || {
        let scratch = Scratch::with_root();
        let gate = fifo(&scratch);
        let mut sandbox = with(inside(&scratch), [Mount::Tmpfs(Tmpfs::new("/run"))]);
        sandbox = sandbox.args(["-c", "exit 0"]).init(insula_sandbox::Init::Payload);
        sandbox.gate = Some(gate.try_clone().unwrap());
        sandbox.identity.security_context = Some(SecurityContext::AppArmor("no-such-profile".to_owned()));
        let child = sandbox.spawn().unwrap();
        rustix::io::write(&gate, b".").unwrap();
        let Status::Exited(code) = child.wait().unwrap() else { panic!("it was killed") };
        assert!(matches!(code, 126 | 127), "{code}");
    });
}
