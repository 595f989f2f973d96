//! Symbolic links swapped for directories while a root is set up: CVE-2021-30465, CVE-2024-45310.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use insula_oci::{ContainerId, Creation, Deletion, When};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use crate::bundle::Home;

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
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for name in swapped {
                    let (one, other) = (root.join(name), root.join(format!("{name}.link")));
                    let _ = renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE);
                }
            }
        });
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
