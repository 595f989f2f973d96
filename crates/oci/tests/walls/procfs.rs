//! Writes that are meant for procfs, and a `/proc` that is none: CVE-2019-16884, CVE-2025-52881.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use insula_oci::{ContainerId, Creation, Deletion};
use insula_sandbox::Child;
use rustix::process::Signal;
use serde_json::json;

use crate::bundle::Home;
use crate::inside::{end, exec, exec_script, process, running};

/// Files that the runtime would write to, were this directory a procfs.
fn plant(directory: &Path) -> Vec<PathBuf> {
    let files = ["self/oom_score_adj", "self/attr/exec", "self/attr/apparmor/exec", "sys/kernel/domainname"];
    let planted: Vec<_> = files.iter().map(|file| directory.join(file)).collect();
    for file in &planted {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "planted").unwrap();
    }
    planted
}

fn assert_untouched(planted: &[PathBuf], what: &str) {
    for file in planted {
        assert_eq!(std::fs::read_to_string(file).unwrap(), "planted", "{what}: {}", file.display());
    }
}

/// What the kernel has for a process.
fn score_of(child: &Child) -> String {
    std::fs::read_to_string(format!("/proc/{}/oom_score_adj", child.pid())).unwrap()
}

#[test]
fn settings_reach_the_kernel_whatever_the_root_has_for_proc() {
    for proc in ["directory", "link", "bound", "tmpfs", "none"] {
        let mut home = Home::new();
        home.config["linux"]["sysctl"] = json!({"kernel.domainname": "written"});
        home.config["process"]["oomScoreAdj"] = json!(321);
        home.config["linux"]["maskedPaths"] = json!([]);
        home.config["linux"]["readonlyPaths"] = json!([]);
        let fake = home.path("fake");
        let mounts = home.config["mounts"].as_array_mut().unwrap();
        let planted = match proc {
            "directory" => plant(&home.root().join("proc")),
            "link" => {
                std::fs::remove_dir(home.root().join("proc")).unwrap();
                symlink("/fake", home.root().join("proc")).unwrap();
                plant(&home.root().join("fake"))
            }
            other => {
                mounts.retain(|mount| mount["destination"] != "/proc");
                let source = match other {
                    "bound" => json!({"type": "bind", "source": fake, "options": ["rbind"]}),
                    "tmpfs" => json!({"type": "tmpfs", "source": "tmpfs"}),
                    _ => json!(null),
                };
                if let Some(source) = source.as_object() {
                    let mut mount = source.clone();
                    mount.insert("destination".into(), "/proc".into());
                    mounts.insert(0, mount.into());
                }
                plant(&home.path("fake"))
            }
        };
        home.script("exec sleep 100");
        let id = ContainerId::new("one").unwrap();
        if let Ok(mut made) = home.runtime().create(&id, &home.bundle(), Creation::default()) {
            made.container.start().unwrap();
            assert_eq!(score_of(&made.child), "321\n", "{proc}");
            let fields = json!({"oomScoreAdj": 400, "args": ["sleep", "100"]});
            let added = exec(&made.container, &process(&home, &fields)).unwrap();
            assert_eq!(score_of(&added.child), "400\n", "{proc}");
            added.child.signal(Signal::KILL).unwrap();
            added.child.wait().unwrap();
            made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
            made.child.wait().unwrap();
        }
        assert_untouched(&planted, proc);
    }
}

#[test]
fn kernel_parameter_of_a_name_that_leads_elsewhere_is_refused() {
    let mut home = Home::new();
    for name in ["../self/oom_score_adj", "kernel/../../self/oom_score_adj", "net/../../kcore"] {
        home.config["linux"]["sysctl"] = json!({name: "1"});
        assert!(!home.refusal("one").is_empty());
    }
}

#[test]
fn process_that_joins_is_out_of_reach_for_those_inside() {
    let mut home = Home::new();
    std::fs::write(home.path("secret"), "stolen").unwrap();
    let secret = home.path("secret");
    // All of a process that lead out of the container, and its memory.
    let reach = format!(
        "while :; do for p in /proc/[0-9]*; do [ $p = /proc/1 ] && continue; \
         cat $p/root{0} $p/cwd{0} $p/fd/*{0} >>/seen 2>/dev/null; readlink $p/exe >>/links 2>/dev/null; \
         (echo x >$p/mem) 2>/dev/null; done; done",
        secret.display()
    );
    let made = running(&mut home, &reach);
    for _ in 0..60 {
        let (_, status) = exec_script(&home, &made.container, "true", json!({}));
        assert!(status.unwrap().success());
    }
    end(&home, made);
    let seen = std::fs::read_to_string(home.root().join("seen")).unwrap_or_default();
    assert_eq!(seen, "");
    let links = std::fs::read_to_string(home.root().join("links")).unwrap_or_default();
    let own = std::env::current_exe().unwrap();
    assert!(!links.contains(own.to_str().unwrap()), "{links}");
}

/// Files that are bound over those of `/proc`, by the configuration, or later by whoever may mount inside.
#[test]
fn settings_reach_the_kernel_whatever_is_mounted_over_files_of_proc() {
    let covered =
        ["/proc/self/oom_score_adj", "/proc/sys/kernel/domainname", "/proc/self/attr/exec", "/proc/sys"];
    for target in covered {
        let mut home = Home::new();
        if rustix::process::geteuid().is_root() {
            home.config["linux"]["sysctl"] = json!({"kernel.domainname": "written"});
        }
        home.config["process"]["oomScoreAdj"] = json!(321);
        home.config["linux"]["readonlyPaths"] = json!([]);
        let fake = home.path("fake");
        let planted = if target == "/proc/sys" {
            plant(&fake);
            vec![fake.join("sys/kernel/domainname")]
        } else {
            std::fs::write(&fake, "planted").unwrap();
            vec![fake.clone()]
        };
        let source = if target == "/proc/sys" { fake.join("sys") } else { fake };
        let mounts = home.config["mounts"].as_array_mut().unwrap();
        mounts.push(json!({"destination": target, "type": "bind", "source": source, "options": ["rbind"]}));
        home.script("hostname; cat /proc/1/oom_score_adj; exec sleep 100");
        let id = ContainerId::new("one").unwrap();
        match home.runtime().create(&id, &home.bundle(), Creation::default()) {
            Err(error) => assert!(crate::bundle::chain(&error).contains("/proc"), "{target}: {error}"),
            Ok(mut made) => {
                made.container.start().unwrap();
                assert_eq!(score_of(&made.child), "321\n", "{target}");
                made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
                made.child.wait().unwrap();
            }
        }
        assert_untouched(&planted, target);
    }
}

/// Root inside, who may mount, lays files over those that the runtime writes when it adds a process.
#[test]
fn settings_of_an_added_process_reach_the_kernel_whatever_root_inside_mounts() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let mut home = Home::new();
    for set in ["bounding", "effective", "permitted"] {
        home.config["process"]["capabilities"][set].as_array_mut().unwrap().push(json!("CAP_SYS_ADMIN"));
    }
    home.config["linux"]["readonlyPaths"] = json!([]);
    plant(&home.root().join("fake"));
    let made = running(&mut home, "mount --bind /fake /proc; cat /proc/self/oom_score_adj; exec sleep 100");
    while !home.output().contains("planted") {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let fields = json!({"oomScoreAdj": 400, "args": ["sleep", "100"]});
    let added = exec(&made.container, &process(&home, &fields)).unwrap();
    assert_eq!(score_of(&added.child), "400\n");
    added.child.signal(Signal::KILL).unwrap();
    added.child.wait().unwrap();
    end(&home, made);
    let fake = home.root().join("fake/self/oom_score_adj");
    assert_eq!(std::fs::read_to_string(fake).unwrap(), "planted");
}
