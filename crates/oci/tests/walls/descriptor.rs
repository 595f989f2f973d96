//! Descriptors of the runtime's that lead outside: CVE-2024-21626, CVE-2016-9962.

use insula_oci::{ContainerId, Creation, Deletion, When};
use rustix::fs::{Mode, OFlags};
use serde_json::json;

use crate::bundle::Home;
use crate::inside::{end, exec_script, running};

/// How many numbers are tried; the runtime uses far fewer.
const MOST: i32 = 48;

/// A descriptor on the host's root that nobody has marked close-on-exec.
fn careless() -> std::os::fd::OwnedFd {
    rustix::fs::open("/", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap()
}

/// A script that reads a secret from outside if its working directory is there.
fn thief(home: &Home) -> String {
    std::fs::write(home.path("secret"), "stolen").unwrap();
    let secret = home.path("secret");
    format!("cat .{0} ./../../../../../..{0} /proc/self/cwd{0} 2>/dev/null; echo done", secret.display())
}

#[test]
fn working_directory_is_none_of_the_runtimes_descriptors_on_start() {
    let mut home = Home::new();
    let _open = careless();
    let thief = thief(&home);
    for number in 0..MOST {
        for cwd in [format!("/proc/self/fd/{number}"), format!("/proc/self/fd/{number}/../..")] {
            home.config["process"]["cwd"] = json!(cwd);
            home.script(&thief);
            let id = ContainerId::new("one").unwrap();
            let creation = Creation { when: When::Now, ..Creation::default() };
            if let Ok(made) = home.runtime().create(&id, &home.bundle(), creation) {
                made.child.wait().unwrap();
                made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
            }
            assert!(!home.output().contains("stolen"), "{cwd}");
        }
    }
}

#[test]
fn working_directory_is_none_of_the_runtimes_descriptors_on_exec() {
    let mut home = Home::new();
    let _open = careless();
    let thief = thief(&home);
    let made = running(&mut home, "exec sleep 100");
    for number in 0..MOST {
        for cwd in [format!("/proc/self/fd/{number}"), format!("/proc/self/fd/{number}/../..")] {
            let (text, _) = exec_script(&home, &made.container, &thief, json!({"cwd": cwd}));
            assert!(!text.contains("stolen"), "{cwd}: {text}");
        }
    }
    end(&home, made);
}

#[test]
fn program_is_not_found_by_the_runtimes_descriptors() {
    let mut home = Home::new();
    let _open = careless();
    std::fs::create_dir(home.path("outside")).unwrap();
    crate::program::copy("/bin/busybox", home.path("outside/outside"));
    let made = running(&mut home, "exec sleep 100");
    let program = home.path("outside/outside");
    for number in 3..MOST {
        let path = format!("/proc/self/fd/{number}{}", program.display());
        let process = crate::inside::process(&home, &json!({"args": [path, "true"]}));
        assert!(crate::inside::exec(&made.container, &process).is_err(), "{path}");
    }
    end(&home, made);
    for number in 3..MOST {
        let path = format!("/proc/self/fd/{number}{}", program.display());
        home.config["process"]["args"] = json!([path, "true"]);
        for when in [When::Now, When::Started] {
            let creation = Creation { when, ..Creation::default() };
            let id = ContainerId::new("two").unwrap();
            // A look finds it; when it comes to be executed, the descriptor is closed.
            let Ok(mut made) = home.runtime().create(&id, &home.bundle(), creation) else { continue };
            assert_eq!(when, When::Started, "{path}");
            made.container.start().unwrap();
            assert_eq!(made.child.wait().unwrap(), insula_sandbox::Status::Exited(127), "{path}");
            made.container.delete(&home.runtime(), Deletion::Forced).unwrap();
        }
    }
}

#[test]
fn no_descriptor_comes_along() {
    let mut home = Home::new();
    let _open = careless();
    // The last one is that of the directory that is listed.
    let list = "echo $(ls /proc/self/fd)";
    let (text, _) = home.run(list);
    assert_eq!(text, "0 1 2 3\n");
    let made = running(&mut home, "exec sleep 100");
    let (text, _) = exec_script(&home, &made.container, list, json!({}));
    assert_eq!(text, "0 1 2 3\n");
    end(&home, made);
}

#[test]
fn process_that_waits_for_its_start_holds_nothing_but_its_gate() {
    let mut home = Home::new();
    let _open = careless();
    home.script("true");
    let made = home.create("one");
    let process = std::path::PathBuf::from(format!("/proc/{}", made.child.pid()));
    let links: Vec<_> = std::fs::read_dir(process.join("fd"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().parse::<u32>().unwrap() > 2)
        .map(|path| path.read_link().unwrap())
        .collect();
    assert_eq!(links, [home.path("state/one/gate")]);
    let exe = process.join("exe").read_link().unwrap();
    assert!(exe.to_str().unwrap().contains("memfd:"), "{}", exe.display());
    std::fs::write(process.join("exe"), "overwritten").unwrap_err();
    end(&home, made);
}
