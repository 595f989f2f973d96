//! Who an added process is, and whom a signal reaches: CVE-2022-29162, CVE-2026-30892, reused process ids, and names.

use std::os::fd::AsFd as _;

use insula_oci::state::{Record, Status};
use insula_oci::{ContainerId, Deletion, Error};
use insula_sandbox::{Child, Sandbox};
use rustix::process::{Signal, WaitId, WaitIdOptions, waitid};
use serde_json::{Value, json};

use crate::bundle::Home;
use crate::inside::{end, exec_script, running};

#[test]
fn added_process_is_whom_it_is_told_to_be() {
    let mut home = Home::new();
    let made = running(&mut home, "exec sleep 100");
    let look = "id; grep -E '^(Cap|NoNew)' /proc/self/status; touch /etc/mine";
    let inherited =
        |text: &str| text.contains("CapInh:\t0000000000000000") && text.contains("CapAmb:\t0000000000000000");
    if rustix::process::geteuid().is_root() {
        std::fs::set_permissions(home.root(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        std::fs::write(home.root().join("etc/passwd"), "1:x:0:0::/:/bin/sh\nroot:x:1:1::/:/bin/sh\n")
            .unwrap();
        let user = json!({"user": {"uid": 1, "gid": 2, "additionalGids": [3]}});
        let (text, _) = exec_script(&home, &made.container, look, user);
        assert!(text.starts_with("uid=1(root) gid=2 groups=3\n"), "{text}");
        assert!(
            text.contains("CapEff:\t0000000000000000") && text.contains("CapPrm:\t0000000000000000"),
            "{text}"
        );
        assert!(inherited(&text) && text.contains("touch: /etc/mine: Permission denied"), "{text}");
    }
    let (text, _) = exec_script(&home, &made.container, look, json!({}));
    assert!(inherited(&text) && text.contains("NoNewPrivs:\t1"), "{text}");
    end(&home, made);
    let (text, _) = home.run("grep ^Cap /proc/self/status");
    assert!(inherited(&text), "{text}");
}

/// Somebody who has by now the process id that is on record.
fn bystander_with_the_id_of(home: &Home) -> Child {
    let bystander = Sandbox::new("sleep").arg("100").spawn().unwrap();
    let path = home.path("state/one").join(Record::FILE);
    let mut record: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    record["process"]["pid"] = json!(bystander.pid().as_raw_pid());
    std::fs::write(&path, record.to_string()).unwrap();
    bystander
}

fn assert_was_spared(bystander: &Child) {
    bystander.signal(Signal::CONT).unwrap();
    assert!(std::fs::exists(format!("/proc/{}/exe", bystander.pid())).unwrap(), "it was killed");
    bystander.signal(Signal::KILL).unwrap();
    bystander.wait().unwrap();
}

#[test]
fn stale_record_does_not_lead_to_who_has_the_id_now() {
    let mut home = Home::new();
    let made = running(&mut home, "true");
    made.child.wait().unwrap();
    drop(made.container);
    let bystander = bystander_with_the_id_of(&home);
    let container = home.find("one");
    assert!(matches!(container.kill(Signal::KILL), Err(Error::NotRunning(_))));
    let (_, status) = exec_script(&home, &container, "true", json!({}));
    assert!(status.is_none(), "it was executed in another process's namespaces");
    container.delete(&home.runtime(), Deletion::Forced).unwrap();
    assert_was_spared(&bystander);
}

/// CVE-2022-29162: what is ambient in a configuration is not to be inherited unless it is inheritable there.
#[test]
fn ambient_capabilities_that_are_not_inheritable_are_none() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let mut home = Home::new();
    home.config["process"]["capabilities"]["ambient"] = json!(["CAP_KILL", "CAP_CHOWN"]);
    home.config["process"]["capabilities"]["inheritable"] = json!(["CAP_CHOWN"]);
    std::fs::set_permissions(home.root(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let look = "grep -E '^Cap(Inh|Eff|Amb)' /proc/self/status";
    let user = json!({"uid": 5, "gid": 5});
    let chown = "CapInh:\t0000000000000001\nCapEff:\t0000000000000001\nCapAmb:\t0000000000000001\n";
    let made = running(&mut home, "exec sleep 100");
    let (text, _) = exec_script(&home, &made.container, look, json!({"user": user}));
    assert_eq!(text, chown);
    end(&home, made);
    home.config["process"]["user"] = user;
    std::fs::remove_file(home.root().join("out")).unwrap();
    assert_eq!(home.run(look).0, chown);
}

/// To the kernel the id -1 stands for the one that there is, which is the runtime's.
#[test]
fn nobody_stays_who_the_runtime_is_by_the_id_that_stands_for_no_change() {
    let mut home = Home::new();
    let made = running(&mut home, "exec sleep 100");
    for key in ["uid", "gid"] {
        let mut user = json!({"uid": 0, "gid": 0});
        user[key] = json!(u32::MAX);
        let (text, status) = exec_script(&home, &made.container, "true", json!({"user": user}));
        // A user namespace has no such id either.
        assert!(status.is_none() && text.contains("4294967295"), "{key}: {text}");
    }
    end(&home, made);
    for key in ["uid", "gid"] {
        home.config["process"]["user"] = json!({"uid": 0, "gid": 0});
        home.config["process"]["user"][key] = json!(u32::MAX);
        let error = home.refusal("one");
        assert!(error.contains("4294967295"), "{key}: {error}");
    }
}

/// A process id that is somebody else's by now, on start: whoever has it is neither let through nor killed.
#[test]
fn stale_record_of_a_created_container_is_not_started() {
    let home = Home::new();
    let made = home.create("one");
    made.child.signal(Signal::KILL).unwrap();
    made.child.wait().unwrap();
    drop(made.container);
    let bystander = bystander_with_the_id_of(&home);
    let mut container = home.find("one");
    assert_eq!(container.status().unwrap(), Status::Stopped);
    assert!(matches!(container.start(), Err(Error::State { status: Status::Stopped, .. })));
    container.delete(&home.runtime(), Deletion::Forced).unwrap();
    assert_was_spared(&bystander);
}

#[test]
fn record_of_an_earlier_boot_says_nothing_of_the_processes_and_groups_of_this_one() {
    let mut home = Home::new();
    let made = running(&mut home, "exec sleep 100");
    drop(made.container);
    let path = home.path("state/one").join(Record::FILE);
    let text = std::fs::read_to_string(&path).unwrap();
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert!(text.contains(boot.trim()));
    // The process and the group are what another container could have by now: same path, same number, same inode number.
    std::fs::write(&path, text.replace(boot.trim(), "an earlier one")).unwrap();
    let container = home.find("one");
    assert_eq!(container.status().unwrap(), Status::Stopped);
    assert!(matches!(container.kill(Signal::KILL), Err(Error::NotRunning(_))));
    container.delete(&home.runtime(), Deletion::Stopped).unwrap();
    assert_eq!(home.runtime().ids().unwrap(), []);
    let ended = waitid(WaitId::PidFd(made.child.as_fd()), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
    assert!(ended.unwrap().is_none(), "it was killed");
    std::fs::create_dir(home.path("state/one")).unwrap();
    std::fs::write(home.path("state/one").join("config.json"), home.config.to_string()).unwrap();
    std::fs::write(&path, text).unwrap();
    home.find("one").delete(&home.runtime(), Deletion::Forced).unwrap();
    made.child.wait().unwrap();
}

#[test]
fn name_that_is_too_long_for_a_directory_is_told_and_leaves_nothing() {
    let home = Home::new();
    let long = ContainerId::new("a".repeat(1024)).unwrap();
    let error = home.runtime().create(&long, &home.bundle(), insula_oci::Creation::default()).unwrap_err();
    assert!(crate::bundle::chain(&error).contains("(ENAMETOOLONG)"), "{}", crate::bundle::chain(&error));
    assert!(matches!(home.runtime().container(&long), Err(Error::Unknown(_))));
    assert_eq!(home.runtime().ids().unwrap(), []);
}

#[test]
fn directory_that_is_no_name_is_not_followed() {
    let home = Home::new();
    let made = home.create("one");
    std::fs::create_dir(home.path("elsewhere")).unwrap();
    std::fs::write(home.path("elsewhere/config.json"), "untouched").unwrap();
    std::os::unix::fs::symlink(home.path("elsewhere"), home.path("state/link")).unwrap();
    assert!(home.runtime().container(&ContainerId::new("link").unwrap()).is_err());
    assert!(home.path("elsewhere/config.json").exists());
    std::fs::remove_file(home.path("state/link")).unwrap();
    end(&home, made);
}
