//! Devices in the root that are none, as source of a mount: CVE-2025-31133, CVE-2025-52565.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;

use insula_oci::{ContainerId, Creation, Deletion};
use serde_json::json;

use crate::bundle::Home;

/// Without a file system on `/dev`: what is there is the root's.
fn own_dev(home: &mut Home) {
    let mounts = home.config["mounts"].as_array_mut().unwrap();
    mounts.retain(|mount| !mount["destination"].as_str().unwrap().starts_with("/dev"));
}

#[test]
fn masked_path_is_covered_by_the_hosts_null() {
    for rogue in ["link", "file", "proc"] {
        let mut home = Home::new();
        own_dev(&mut home);
        let null = home.root().join("dev/null");
        std::fs::write(home.root().join("secret"), "stolen").unwrap();
        for masked in ["masked", "etc/masked"] {
            std::fs::write(home.root().join(masked), "stolen").unwrap();
        }
        match rogue {
            "link" => symlink("/secret", &null).unwrap(),
            "proc" => symlink("/proc/sys/kernel/core_pattern", &null).unwrap(),
            _ => std::fs::write(&null, "stolen").unwrap(),
        }
        home.config["linux"]["maskedPaths"] = json!(["/masked", "/etc/masked"]);
        home.config["linux"]["readonlyPaths"] = json!([]);
        home.script("stat -c '%F %t:%T' /masked /etc/masked; cat /masked /etc/masked");
        let id = ContainerId::new("one").unwrap();
        let before = std::fs::read("/proc/sys/kernel/core_pattern").unwrap();
        match home.runtime().create(&id, &home.bundle(), Creation::default()) {
            // What is in the place of the device is not overwritten, and not taken for it.
            Err(error) => {
                let text = crate::bundle::chain(&error);
                assert!(text.contains("/dev/null"), "{text}");
            }
            Ok(mut made) => {
                made.container.start().unwrap();
                made.child.wait().unwrap();
                made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
                let device = "character special file 1:3\n";
                assert_eq!(home.output(), device.repeat(2), "{rogue}");
            }
        }
        assert_eq!(std::fs::read("/proc/sys/kernel/core_pattern").unwrap(), before);
        assert_eq!(std::fs::read_to_string(home.root().join("secret")).unwrap(), "stolen");
    }
}

#[test]
fn terminal_of_the_root_that_is_none_is_refused() {
    for rogue in ["directory", "link", "file"] {
        let mut home = Home::new();
        own_dev(&mut home);
        std::fs::write(home.path("victim"), "untouched").unwrap();
        let pts = home.root().join("dev/pts");
        match rogue {
            "link" => symlink("/tmp", &pts).unwrap(),
            "file" => std::fs::write(&pts, "").unwrap(),
            _ => std::fs::create_dir(&pts).unwrap(),
        }
        if rogue == "directory" {
            symlink("/tmp/master", pts.join("ptmx")).unwrap();
            std::fs::write(home.root().join("tmp/master"), "untouched").unwrap();
        }
        home.config["process"]["terminal"] = json!(true);
        let (_ours, theirs) = UnixStream::pair().unwrap();
        let creation = Creation { console: Some(theirs.into()), ..Creation::default() };
        let id = ContainerId::new("one").unwrap();
        let error = home.runtime().create(&id, &home.bundle(), creation).unwrap_err();
        let text = crate::bundle::chain(&error);
        assert!(text.contains("terminal") || text.contains("pts"), "{rogue}: {text}");
    }
}

#[test]
fn console_that_is_a_link_is_not_followed_out_of_the_root() {
    let mut home = Home::new();
    let mounts = home.config["mounts"].as_array_mut().unwrap();
    // A file system at `/dev/pts` alone, so `/dev/console` is the root's.
    mounts.retain(|mount| mount["destination"] != "/dev" && mount["destination"] != "/dev/shm");
    mounts.retain(|mount| mount["destination"] != "/dev/mqueue");
    std::fs::write(home.path("victim"), "untouched").unwrap();
    std::fs::create_dir(home.root().join("dev/pts")).unwrap();
    symlink(home.path("victim"), home.root().join("dev/console")).unwrap();
    home.config["process"]["terminal"] = json!(true);
    home.config["process"]["args"] = json!(["sh", "-c", "echo overwritten >/dev/console"]);
    let (_ours, theirs) = UnixStream::pair().unwrap();
    let creation = Creation { console: Some(theirs.into()), ..Creation::default() };
    let id = ContainerId::new("one").unwrap();
    if let Ok(mut made) = home.runtime().create(&id, &home.bundle(), creation) {
        made.container.start().unwrap();
        made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
        made.child.wait().unwrap();
    }
    assert_eq!(std::fs::read_to_string(home.path("victim")).unwrap(), "untouched");
}
