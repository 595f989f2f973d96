//! A terminal that is shared with the caller: CVE-2017-5226, CVE-2016-2781.

use std::io::Read as _;
use std::os::fd::OwnedFd;

use insula_oci::{Addition, Bundle, Creation, Deletion, When};
use insula_sandbox::{Session, Stream};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::again::{Errand, again, errand};
use crate::bundle::Home;
use crate::inside::{compile, end, running};

/// A program that types into its terminal, having made it its own if it can. It prints how many of its requests were granted.
const TYPIST: &str = r#"
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
int main(void) {
    char key = 'x', paste[2] = {2, 3};
    int granted = 0;
    for (int fd = 0; fd < 3; fd++) {
        granted += ioctl(fd, TIOCSCTTY, 1) == 0;
        granted += ioctl(fd, TIOCSTI, &key) == 0;
        granted += ioctl(fd, TIOCLINUX, paste) == 0;
    }
    granted += open("/dev/tty", O_RDWR) >= 0;
    FILE *out = fopen("/granted", "w");
    fprintf(out, "%d\n", granted);
    return fclose(out);
}
"#;

fn typist(home: &Home) {
    compile(home, "typist", TYPIST);
}

fn assert_nothing_was_granted(errand: &Errand) {
    let granted = errand.path.join("bundle/rootfs/granted");
    assert_eq!(std::fs::read_to_string(&granted).unwrap(), "0\n");
    std::fs::remove_file(granted).unwrap();
}

/// Adds the typist to a container that waits, on the same terminal.
fn type_on_exec(errand: &Errand) {
    let mut process = errand.bundle.spec().process.clone().unwrap();
    let text = std::fs::read_to_string(errand.path.join("bundle/config.json")).unwrap();
    std::fs::write(errand.path.join("bundle/config.json"), text.replace("\"typist\"", "\"sleep\", \"100\""))
        .unwrap();
    let bundle = Bundle::open(&errand.path.join("bundle")).unwrap();
    let creation = Creation { when: When::Now, ..Creation::default() };
    let made = errand.runtime.create(&errand.id, &bundle, creation).unwrap();
    process.args = vec!["typist".into()];
    let added = made.container.exec(&process, Addition::default()).unwrap();
    assert!(added.child.wait().unwrap().success());
    made.container.delete(&errand.runtime, Deletion::Forced).unwrap();
    made.child.wait().unwrap();
    assert_nothing_was_granted(errand);
}

#[test]
fn nobody_inside_types_into_the_callers_terminal() {
    if let Some(errand) = errand() {
        // The terminal is ours, and that of what we start: as of a shell whose user calls us.
        for when in [When::Now, When::Started] {
            let creation = Creation { when, ..Creation::default() };
            let mut made = errand.runtime.create(&errand.id, &errand.bundle, creation).unwrap();
            if when == When::Started {
                made.container.start().unwrap();
            }
            assert!(made.child.wait().unwrap().success());
            made.container.delete(&errand.runtime, Deletion::Forced).unwrap();
            assert_nothing_was_granted(&errand);
        }
        type_on_exec(&errand);
        return;
    }
    let mut home = Home::new();
    typist(&home);
    home.config["process"]["args"] = serde_json::json!(["typist"]);
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave =
        || rustix::fs::open(&*name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let mut process = again("terminal::nobody_inside_types_into_the_callers_terminal", &home);
    process.stdio.streams = [slave(), slave(), slave()].map(|fd: OwnedFd| Stream::Fd(fd));
    process.stdio.session = Session::Terminal;
    let child = process.spawn().unwrap();
    // What it says, until nobody has the terminal any more.
    let mut said = Vec::new();
    let _ = std::fs::File::from(master).read_to_end(&mut said);
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn added_process_has_no_terminal_of_the_callers() {
    let mut home = Home::new();
    typist(&home);
    let made = running(&mut home, "exec sleep 100");
    let process = crate::inside::process(&home, &serde_json::json!({"args": ["typist"]}));
    assert!(crate::inside::exec(&made.container, &process).unwrap().child.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(home.root().join("granted")).unwrap(), "0\n");
    end(&home, made);
}
