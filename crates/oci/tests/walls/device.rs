//! Devices in the root that are none, as source of a mount: CVE-2025-31133, CVE-2025-52565.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;

use insula_oci::{Addition, ContainerId, Creation, Deletion};
use serde_json::json;

use crate::bundle::Home;
use crate::inside::{end, exec, process, running};

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

/// Also where the root is read-only: CVE-2026-88264.
#[test]
fn console_that_is_a_link_is_not_followed_out_of_the_root() {
    for read_only in [false, true] {
        console_that_is_a_link(read_only);
    }
}

fn console_that_is_a_link(read_only: bool) {
    let mut home = Home::new();
    home.config["root"]["readonly"] = json!(read_only);
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

/// A container without a file system of its own on `/dev` can have anything there by the time that a process is added.
#[test]
fn terminal_of_an_added_process_is_no_file_of_the_root() {
    for rogue in ["directory", "link", "file"] {
        let mut home = Home::new();
        own_dev(&mut home);
        std::fs::create_dir(home.path("outside")).unwrap();
        std::fs::write(home.path("outside/ptmx"), "untouched").unwrap();
        let pts = home.root().join("dev/pts");
        match rogue {
            "link" => symlink(home.path("outside"), &pts).unwrap(),
            "file" => std::fs::write(&pts, "").unwrap(),
            _ => {
                std::fs::create_dir(&pts).unwrap();
                std::fs::write(pts.join("ptmx"), "untouched").unwrap();
            }
        }
        let made = running(&mut home, "exec sleep 100");
        let (ours, theirs) = UnixStream::pair().unwrap();
        let addition = Addition { console: Some(theirs.into()), ..Addition::default() };
        let added = made.container.exec(&process(&home, &json!({"terminal": true})), addition);
        let text = crate::bundle::chain(&added.unwrap_err());
        assert!(text.contains("terminal") || text.contains("pts"), "{rogue}: {text}");
        drop(ours);
        end(&home, made);
        assert_eq!(std::fs::read_to_string(home.path("outside/ptmx")).unwrap(), "untouched");
    }
}

/// CVE-2026-88265: the standard streams are opened outside, and what the root has in the place of the device changes hands neither
/// on start nor on exec.
#[test]
fn null_of_the_root_does_not_become_a_standard_stream() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let mut home = Home::new();
    own_dev(&mut home);
    home.config["linux"]["maskedPaths"] = json!([]);
    home.config["process"]["user"] = json!({"uid": 5, "gid": 5});
    std::fs::write(home.root().join("victim"), "untouched").unwrap();
    home.config["process"]["args"] = json!(["sleep", "100"]);
    let mut made = home.create("one");
    made.container.start().unwrap();
    std::fs::remove_file(home.root().join("dev/null")).unwrap();
    symlink("/victim", home.root().join("dev/null")).unwrap();
    let added = exec(&made.container, &process(&home, &json!({"args": ["sh", "-c", "echo x"]}))).unwrap();
    added.child.wait().unwrap();
    end(&home, made);
    // And what is there when the next one begins is not taken for the device.
    assert!(home.refusal("two").contains("/dev/null"));
    let victim = std::fs::metadata(home.root().join("victim")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::uid(&victim), 0);
    assert_eq!(std::fs::read_to_string(home.root().join("victim")).unwrap(), "untouched");
}
