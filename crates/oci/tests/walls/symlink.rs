//! Symbolic links swapped for directories while a root is set up: CVE-2021-30465, CVE-2024-45310, CVE-2026-41579,
//! CVE-2026-47766.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use insula_oci::{Addition, ContainerId, Creation, Deletion, When};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use crate::bundle::Home;
use crate::inside::{end, exec_script, process, running};

/// Everything below a directory.
fn listing(directory: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            all.extend(listing(&path));
        }
        all.push(path);
    }
    all.sort();
    all
}

/// Exchanges each of these directories of a root and what has `.link` behind its name, until it is told to stop.
fn rename(root: &Path, names: &[&str], done: &AtomicBool) {
    while !done.load(Ordering::Relaxed) {
        for name in names {
            let (one, other) = (root.join(name), root.join(format!("{name}.link")));
            let _ = renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE);
        }
    }
}

#[test]
fn nothing_is_made_or_read_outside_while_directories_become_links() {
    let mut home = Home::new();
    let outside = home.path("outside");
    std::fs::create_dir_all(outside.join("sub")).unwrap();
    std::fs::write(outside.join("secret"), "stolen").unwrap();
    let root = home.root();
    let swapped = ["dev", "proc", "sys", "etc", "target"];
    std::fs::create_dir_all(root.join("target/sub")).unwrap();
    for (index, name) in swapped.into_iter().enumerate() {
        let to = if index % 2 == 0 { outside.clone() } else { "../../outside".into() };
        symlink(to, root.join(format!("{name}.link"))).unwrap();
    }
    std::fs::create_dir(home.path("source")).unwrap();
    let source = home.path("source");
    let mounts = home.config["mounts"].as_array_mut().unwrap();
    // Devices, links and mount points are made in the root itself then.
    mounts.retain(|mount| mount["destination"] == "/proc");
    for target in ["/etc/made/deep", "/target/sub/made", "/dev/made", "/sys/made"] {
        mounts.push(json!({"destination": target, "type": "tmpfs", "source": "tmpfs"}));
    }
    mounts.push(
        json!({"destination": "/target/bound", "type": "bind", "source": source, "options": ["rbind"]}),
    );
    home.config["linux"]["maskedPaths"] = json!(["/etc/secret", "/dev/secret", "/target/secret"]);
    home.config["linux"]["readonlyPaths"] = json!(["/etc/sub", "/sys/sub"]);
    home.script("cat /dev/secret /etc/secret /sys/secret /target/secret; echo x >/target/sub/written");
    let before = listing(&outside);
    let (done, mut made, mut refused) = (AtomicBool::new(false), 0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| rename(&root, &swapped, &done));
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            let id = ContainerId::new("one").unwrap();
            let creation = Creation { when: When::Now, ..Creation::default() };
            match home.runtime().create(&id, &home.bundle(), creation) {
                Ok(container) => {
                    container.child.wait().unwrap();
                    container.container.delete(&home.runtime(), Deletion::Forced).unwrap();
                    made += 1;
                }
                Err(_) => refused += 1,
            }
            assert!(!home.output().contains("stolen"), "{}", home.output());
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(made + refused > 0);
    assert_eq!(listing(&outside), before, "{made} were made and {refused} refused");
    assert_eq!(std::fs::read_dir(&source).unwrap().count(), 0);
    assert_eq!(std::fs::read_to_string(outside.join("secret")).unwrap(), "stolen");
}

/// On exec nothing is mounted; but the runtime looks up the user's home in the root, and opens a terminal and the working
/// directory there.
#[test]
fn nothing_is_made_or_read_outside_on_exec_while_directories_become_links() {
    let mut home = Home::new();
    let outside = home.path("outside");
    std::fs::create_dir_all(outside.join("sub")).unwrap();
    std::fs::write(outside.join("passwd"), "root:x:0:0::/stolen:/bin/sh\n").unwrap();
    std::fs::write(outside.join("sub/secret"), "stolen").unwrap();
    std::os::unix::fs::symlink(home.path("victim"), outside.join("ptmx")).unwrap();
    let (root, swapped) = (home.root(), ["etc", "dev", "target"]);
    std::fs::create_dir_all(root.join("target/sub")).unwrap();
    for (index, name) in swapped.into_iter().enumerate() {
        let to = if index % 2 == 0 { outside.clone() } else { "../../outside".into() };
        symlink(to, root.join(format!("{name}.link"))).unwrap();
    }
    let mounts = home.config["mounts"].as_array_mut().unwrap();
    mounts.retain(|mount| !mount["destination"].as_str().unwrap().starts_with("/dev"));
    let before = listing(&outside);
    let made = running(&mut home, "exec sleep 100");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| rename(&root, &swapped, &done));
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            let look = "echo $HOME; cat secret /target/sub/secret";
            let (text, _) = exec_script(&home, &made.container, look, json!({"cwd": "/target/sub"}));
            assert!(!text.contains("stolen"), "{text}");
            let (_ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
            let addition = Addition { console: Some(theirs.into()), ..Addition::default() };
            let process = process(&home, &json!({"terminal": true}));
            if let Ok(added) = made.container.exec(&process, addition) {
                added.child.wait().unwrap();
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    end(&home, made);
    assert_eq!(listing(&outside), before);
    assert!(!home.path("victim").exists());
}
