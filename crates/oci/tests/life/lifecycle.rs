//! `runtime.md`: the operations, and the states between them.

use insula_oci::Deletion;
use insula_oci::state::Status;
use insula_sandbox::Status as Ended;
use rustix::process::Signal;

use crate::bundle::{Home, chain};

#[test]
fn program_runs_when_it_is_started_and_not_before() {
    let mut home = Home::new();
    home.script("echo ran; exit 3");
    let mut made = home.create("one");
    assert_eq!(made.container.status().unwrap(), Status::Created);
    assert_eq!(home.output(), "");
    made.container.start().unwrap();
    assert_eq!(made.child.wait().unwrap(), Ended::Exited(3));
    assert_eq!(home.output(), "ran\n");
    assert_eq!(made.container.status().unwrap(), Status::Stopped);
    made.container.delete(&home.runtime(), Deletion::Stopped).unwrap();
    assert_eq!(home.runtime().ids().unwrap(), []);
}

#[test]
fn each_operation_is_refused_in_a_state_that_it_does_not_belong_to() {
    let mut home = Home::new();
    home.script("exec sleep 100");
    let mut made = home.create("one");
    made.container.start().unwrap();
    assert_eq!(made.container.status().unwrap(), Status::Running);
    let error = made.container.start().unwrap_err();
    assert_eq!(error.to_string(), "cannot start container `one`: it is running");
    let again = home.runtime();
    drop(made.container);
    let error = home.find("one").delete(&again, Deletion::Stopped).unwrap_err();
    assert_eq!(error.to_string(), "cannot delete container `one`: it is running");
    home.find("one").kill(Signal::KILL).unwrap();
    assert_eq!(made.child.wait().unwrap(), Ended::Signaled(9));
    let error = home.find("one").kill(Signal::TERM).unwrap_err();
    assert!(error.to_string().contains("container not running"), "{error}");
    home.find("one").delete(&again, Deletion::Stopped).unwrap();
    let id = insula_oci::ContainerId::new("one").unwrap();
    let error = again.container(&id).unwrap_err();
    assert_eq!(error.to_string(), "container `one` does not exist");
}

#[test]
fn name_is_taken_once() {
    let home = Home::new();
    let made = home.create("one");
    let error = home.refusal("one");
    assert_eq!(error, "container `one` exists already");
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    assert_eq!(made.child.wait().unwrap(), Ended::Signaled(9));
}

#[test]
fn program_that_is_not_there_is_told_by_create_and_leaves_nothing() {
    let mut home = Home::new();
    home.config["process"]["args"] = serde_json::json!(["no-such-program"]);
    let error = home.refusal("one");
    assert!(error.contains("no-such-program") && error.contains("ENOENT"), "{error}");
    assert_eq!(home.runtime().ids().unwrap(), []);
}

#[test]
fn added_process_is_in_the_container() {
    let mut home = Home::new();
    home.script("exec sleep 100");
    let mut made = home.create("one");
    made.container.start().unwrap();
    let mut process = home.bundle().spec().process.clone().unwrap();
    process.args =
        ["sh", "-c", "hostname; id -u; readlink /proc/1/exe; exit 5 >/out"].map(String::from).into();
    process.args[2] = "exec >/out; hostname; id -u; readlink /proc/1/exe; exit 5".into();
    let added = made
        .container
        .exec(&process, insula_oci::Addition::default())
        .unwrap_or_else(|error| panic!("{}", chain(&error)));
    assert_eq!(added.child.wait().unwrap(), Ended::Exited(5));
    assert_eq!(home.output(), "inside\n0\n/bin/busybox\n");
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}

#[test]
fn what_the_container_sees() {
    let mut home = Home::new();
    let (text, status) = home.run(
        "echo $$; ls /dev | grep -v core; cat /proc/keys | head -c1; echo x >/proc/sys/kernel/hostname; stat -c %a /dev/shm; env | grep HOME; umask; \
         touch /sys/x; grep NoNewPrivs /proc/self/status",
    );
    assert!(status.success(), "{text}");
    let devices =
        "fd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n";
    let expected = format!(
        "1\n{devices}sh: can't create /proc/sys/kernel/hostname: Read-only file system\n1777\nHOME=/\n0022\ntouch: /sys/x: Read-only file \
         system\nNoNewPrivs:\t1\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn tmpfs_begins_with_a_copy_of_what_it_covers() {
    let mut home = Home::new();
    let below = home.root().join("data/deep");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::write(below.join("file"), "as it was").unwrap();
    std::fs::set_permissions(below.join("file"), std::os::unix::fs::PermissionsExt::from_mode(0o640))
        .unwrap();
    std::os::unix::fs::symlink("/nowhere", below.join("link")).unwrap();
    home.config["mounts"].as_array_mut().unwrap().push(serde_json::json!({
        "destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "tmpcopyup"]
    }));
    let (text, status) = home.run(
        "cat /data/deep/file; echo; stat -c %a /data/deep/file; readlink /data/deep/link; echo changed >/data/deep/file",
    );
    assert!(status.success(), "{text}");
    assert_eq!(text, "as it was\n640\n/nowhere\n");
    assert_eq!(std::fs::read_to_string(below.join("file")).unwrap(), "as it was");
}
