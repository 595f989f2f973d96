//! `config.md`, "Process": who the program is, and what it may do and use.

use insula_oci::Deletion;
use serde_json::json;

use crate::bundle::Home;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn user_groups_and_umask() {
    let mut home = Home::new();
    if is_root() {
        home.config["process"]["user"] =
            json!({"uid": 12, "gid": 34, "additionalGids": [56, 78], "umask": 0o027});
        std::fs::set_permissions(home.root(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        let (text, _) = home.run("id; umask");
        assert_eq!(text, "uid=12 gid=34 groups=56,78\n0027\n");
    } else {
        home.config["process"]["user"] = json!({"uid": 0, "gid": 0, "additionalGids": [5]});
        assert!(home.refusal("one").contains("additionalGids"));
    }
}

#[test]
fn capabilities_are_those_that_are_named() {
    let mut home = Home::new();
    home.config["process"]["capabilities"] = json!({
        "bounding": ["CAP_KILL", "CAP_CHOWN"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"],
        "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]
    });
    home.config["process"]["user"] = json!({"uid": 0, "gid": 0});
    let (text, _) = home.run("grep Cap /proc/self/status");
    // Without new privileges, root does not get what is in the bounding set when it executes.
    let expected = "CapInh:\t0000000000000020\nCapPrm:\t0000000000000020\nCapEff:\t0000000000000020\n\
        CapBnd:\t0000000000000021\nCapAmb:\t0000000000000020\n";
    assert_eq!(text, expected);
    home.config["process"].as_object_mut().unwrap().remove("capabilities");
    let (text, _) = home.run("grep CapBnd /proc/self/status");
    assert_eq!(text, "CapBnd:\t0000000000000000\n");
}

#[test]
fn limits_and_score() {
    let mut home = Home::new();
    home.config["process"]["rlimits"] = json!([{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 128}]);
    home.config["process"]["oomScoreAdj"] = json!(500);
    home.config["process"]["ioPriority"] = json!({"class": "IOPRIO_CLASS_IDLE", "priority": 0});
    let (text, _) = home.run("ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj");
    assert_eq!(text, "64\n128\n500\n");
    let own = std::fs::read_to_string("/proc/self/oom_score_adj").unwrap();
    assert_ne!(own, "500\n", "the runtime's own score stays");
}

#[test]
fn home_is_that_of_the_user_and_a_missing_working_directory_is_made() {
    let mut home = Home::new();
    std::fs::write(home.root().join("etc/passwd"), "root:x:0:0::/home/of/root:/bin/sh\n").unwrap();
    home.config["process"]["cwd"] = json!("/deep/down");
    let (text, status) = home.run("echo $HOME $PWD");
    assert!(status.success());
    assert_eq!(text, "/home/of/root /deep/down\n");
}

#[test]
fn filter_of_system_calls_holds_for_the_program() {
    let mut home = Home::new();
    home.config["linux"]["seccomp"] = json!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]
    });
    let (text, _) = home.run("mkdir /tmp/x");
    assert!(text.contains("Permission denied"), "{text}");
    home.config["process"]["noNewPrivileges"] = json!(false);
    let (text, _) = home.run("mkdir /tmp/x");
    assert!(text.contains("Permission denied"), "{text}");
}

#[test]
fn terminal_is_sent_to_whoever_asked() {
    use std::io::{IoSliceMut, Read as _};
    use std::mem::MaybeUninit;
    use std::os::unix::net::UnixStream;

    use insula_oci::{ContainerId, Creation, Deletion};
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

    let mut home = Home::new();
    home.config["process"]["terminal"] = json!(true);
    home.config["process"]["consoleSize"] = json!({"height": 33, "width": 111});
    home.config["process"]["args"] = json!(["sh", "-c", "tty; stty size; exec sleep 100"]);
    let (ours, theirs) = UnixStream::pair().unwrap();
    let creation = Creation { console: Some(theirs.into()), ..Creation::default() };
    let id = ContainerId::new("tty").unwrap();
    let mut made = home.runtime().create(&id, &home.bundle(), creation).unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut data = [0; 64];
    recvmsg(&ours, &mut [IoSliceMut::new(&mut data)], &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
    let Some(RecvAncillaryMessage::ScmRights(mut received)) = control.drain().next() else {
        panic!("nothing came")
    };
    let mut master = std::fs::File::from(received.next().unwrap());
    made.container.start().unwrap();
    let mut text = String::new();
    while text.lines().count() < 2 {
        let mut bytes = [0; 64];
        let length = master.read(&mut bytes).unwrap();
        text += std::str::from_utf8(&bytes[..length]).unwrap();
    }
    assert_eq!(text.lines().collect::<Vec<_>>(), ["/dev/pts/0", "33 111"]);
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
    home.config["process"]["terminal"] = json!(true);
    assert!(home.refusal("tty").contains("--console-socket"));
}

/// `execCPUAffinity` is for what is added, and does not concern the container's own process.
#[test]
fn added_process_runs_on_the_final_processors_or_on_all_of_the_containers() {
    let mut home = Home::new();
    let allowed = || std::fs::read_to_string("/proc/thread-self/status").unwrap();
    let own = |text: &str| {
        text.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:\t")).unwrap().to_owned()
    };
    let all = own(&allowed());
    let last = all.rsplit([',', '-']).next().unwrap().to_owned();
    home.config["process"]["execCPUAffinity"] = json!({"initial": "0", "final": last});
    home.script("grep Cpus_allowed_list: /proc/self/status; exec sleep 100");
    let mut made = home.create("one");
    made.container.start().unwrap();
    while home.output().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(own(&home.output()), all);
    let mut process = home.bundle().spec().process.clone().unwrap();
    for (affinity, expected) in [
        (json!({"initial": "0", "final": last}), &last),
        (json!({"final": last}), &last),
        (json!({"initial": "0"}), &all),
    ] {
        process.exec_cpu_affinity = Some(serde_json::from_value(affinity).unwrap());
        process.args[2] = "exec >/out; grep Cpus_allowed_list: /proc/self/status".into();
        let added = made.container.exec(&process, insula_oci::Addition::default()).unwrap();
        assert!(added.child.wait().unwrap().success());
        assert_eq!(&own(&home.output()), expected);
    }
    assert_eq!(own(&allowed()), all, "the runtime's own affinity stays");
    process.exec_cpu_affinity = Some(serde_json::from_value(json!({"initial": "1023"})).unwrap());
    let error = made.container.exec(&process, insula_oci::Addition::default()).unwrap_err();
    assert!(error.to_string().contains("execCPUAffinity.initial"), "{error}");
    made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}
